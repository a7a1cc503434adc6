"""Ten thousand idle connections and ten thousand event streams: what each costs, and what they cost
the clients that are active meanwhile."""
import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import loader
from .measure import Effort
from .processes import BenchError
from .statistics import spread
from .systems import Context, System

ACTIVE_CONNECTIONS = 64
PER_SOURCE = 1_000  # connections from one loopback address, below the server's limit for one client
# Limits that let the crowd in and keep it.
ROOM = {"limits.connections_max": "40000", "limits.streams_max": "20000",
        "limits.idle_time_max": "10m"}


@dataclass(frozen=True)
class Size:
    idle: int
    streams: int


def memory_and_threads(pid: int) -> tuple[int, int]:
    """Resident bytes and threads of one process."""
    values = {}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        values[name] = value.split()
    return int(values["VmRSS"][0]) * 1024, int(values["Threads"][0])


class Held:
    """A crowd that stands; leave() sends it home and answers what it saw."""

    def __init__(self, context: Context, system: System, ids: Path, idle: int, streams: int,
                 probe_seconds: float = 1):
        sources = max(1, (idle + streams) // PER_SOURCE)
        command = [loader.program(context), "hold", "--port", str(system.port), "--ids", str(ids),
                   "--idle", str(idle), "--streams", str(streams), "--sources", str(sources),
                   "--probe-seconds", str(probe_seconds)]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      env={**os.environ, **context.env()}, text=True)
        self.result: dict = {}
        if self.child.stdout.readline().strip() != "ready":
            self.leave()
            raise BenchError(f"the crowd did not come together: {self.result.get('failures')}")

    def leave(self) -> dict:
        if not self.result:
            rest, _ = self.child.communicate()
            # Without "ready", the first line of the result has been read as that.
            text = rest if rest.startswith("{") else "{" + rest
            try:
                self.result = json.loads(text)
            except json.JSONDecodeError:
                self.result = {"failures": [f"the loader ended with {self.child.returncode}"]}
        return self.result


@contextmanager
def holding(*arguments):
    held = Held(*arguments)
    try:
        yield held
    finally:
        held.leave()


def measure(context: Context, system: System, effort: Effort, size: Size) -> tuple[dict, list[str]]:
    for key, value in ROOM.items():
        context.usher_options += ["--set", f"{key}={value}"]
    folder = context.scratch / system.name / "crowd"
    failures: list[str] = []
    with system.start(folder):
        ids = folder / "ids"
        loader.fill(context, system, 1_000, ids)
        pid = system.pids[0]

        def active() -> list[dict]:
            results = []
            for _ in range(effort.rounds):
                result = loader.load(context, system, "read_one", connections=ACTIVE_CONNECTIONS,
                                     seconds=effort.seconds, warm_up=effort.warm_up,
                                     tickets=1_000, ids=ids)
                failures.extend(result.get("failures", []))
                results.append(result)
            return results

        before = active()
        alone, threads_alone = memory_and_threads(pid)
        with holding(context, system, ids, size.idle, 0):
            with_idle, _ = memory_and_threads(pid)
        base, _ = memory_and_threads(pid)
        with holding(context, system, ids, 0, size.streams):
            with_streams, _ = memory_and_threads(pid)
        base_of_all, _ = memory_and_threads(pid)
        is_smoke = effort.heat <= 0
        with holding(context, system, ids, size.idle, size.streams,
                     0.1 if is_smoke else 1) as held:
            with_all, threads_with_all = memory_and_threads(pid)
            during = active()
        result = held.leave()
        failures += result["failures"]
        if size.streams > 0 and result["last_delivery_ms"]["count"] == 0:
            failures.append("no event reached every stream")

    def p99(results: list[dict]) -> dict:
        return spread([r["latency_ms"]["p99"] for r in results])

    def rate(results: list[dict]) -> dict:
        return spread([r["operations_per_second"] for r in results])

    total = size.idle + size.streams
    slower = p99(during)["median"] / max(p99(before)["median"], 1e-9)
    rows = [
        [f"{size.idle:,} idle connections, KiB each", f"{(with_idle - alone) / size.idle / 1024:.1f}",
         "15"],
        [f"{size.streams:,} event streams, KiB each",
         f"{(with_streams - base) / size.streams / 1024:.1f}", "15"],
        ["both at once, KiB each (memory freed before is used again)",
         f"{(with_all - base_of_all) / total / 1024:.1f}", ""],
        ["both at once against the start, KiB each", f"{(with_all - alone) / total / 1024:.1f}",
         "15"],
        ["threads without / with them", f"{threads_alone} / {threads_with_all}", "the same"],
        [f"{ACTIVE_CONNECTIONS} active readers alone: p99 ms; reads per second",
         f"{p99(before)['median']:.2f}; {rate(before)['median']:,.0f}", ""],
        [f"{ACTIVE_CONNECTIONS} active readers among them: p99 ms; reads per second",
         f"{p99(during)['median']:.2f}; {rate(during)['median']:,.0f}", ""],
        ["p99 with them / without", f"{slower:.2f}", "2"],
        ["an edit's event at a stream, p50 / p99 ms",
         f"{result['delivery_ms']['p50']:.0f} / {result['delivery_ms']['p99']:.0f}", ""],
        [f"an edit's event at the last of {size.streams:,} streams, worst of "
         f"{result['last_delivery_ms']['count']}, ms", f"{result['last_delivery_ms']['max']:.0f}",
         "1000"],
    ]
    section = {
        "title": f"{size.idle:,} idle connections and {size.streams:,} event streams at once",
        "text": ["Resident memory of the server's process, before and after. While the crowd stands, "
                 "one ticket is edited every second and its event goes to every stream."],
        "columns": ["", "measured", "aim: at most"], "rows": rows,
        "data": {"before": before, "during": during, "crowd": result,
                 "resident_bytes": {"alone": alone, "idle": with_idle, "streams": with_streams,
                                    "both": with_all}},
    }
    return section, failures
