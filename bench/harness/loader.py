"""usher-load: one run, one dictionary."""
import json
import os
import subprocess
from pathlib import Path

from .processes import BenchError
from .systems import Context, System


def program(context: Context) -> str:
    return str(context.build / "bench" / "usher-load")


def load(context: Context, system: System, scenario: str, *, connections: int, seconds: float,
         warm_up: float, rate: float = 0, tickets: int | None = None, ids: Path | None = None,
         fill_seconds: float = 0, fill_connections: int = 128, seed: int = 1, extra: list[str] | None = None) -> dict:
    command = [program(context), "run", scenario, "--port", str(system.port),
               "--connections", str(connections), "--seconds", str(seconds),
               "--warm-up", str(warm_up), "--rate", str(rate), "--seed", str(seed),
               "--fill-seconds", str(fill_seconds), "--fill-connections", str(fill_connections),
               *(extra or [])]
    if tickets is not None:
        command += ["--tickets", str(tickets)]
    if ids is not None:
        command += ["--ids", str(ids)]
    command += ["--disk", str(context.scratch)]
    for pid in system.pids:
        command += ["--watch", str(pid)]
    return run_json(context, command)


def fill(context: Context, system: System, tickets: int, ids: Path, connections: int = 128) -> dict:
    result = run_json(context, [program(context), "fill", "--port", str(system.port),
                                "--tickets", str(tickets), "--ids", str(ids),
                                "--fill-connections", str(connections)])
    if result.get("failures"):
        raise BenchError(f"{system.name} could not be filled: {result['failures'][0]}")
    return result


def run_json(context: Context, command: list[str]) -> dict:
    """A failed run is a result as well: its "failures" say why."""
    done = subprocess.run(command, capture_output=True, text=True,
                          env={**os.environ, **context.env()})
    try:
        result = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise BenchError(f"{' '.join(command[1:3])} failed: {done.stderr[-600:]}") from None
    if done.returncode != 0 and not result.get("failures"):
        result["failures"] = [done.stderr[-600:] or f"exit code {done.returncode}"]
    return result
