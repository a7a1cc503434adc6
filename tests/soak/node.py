"""The node under test: started, sampled from outside, stopped, verified."""
import os
import re
import select
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from gateway import SECRET_KEY

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 40
OPERATOR_TOKEN = "the operator's token of the soak"

# Small, so that each limit is reached within seconds and memory has to level off: what grows in a
# soak of minutes would grow for days under the defaults.
LIMITS = {
    "actors.active_aggregates_max": "500",
    "actors.passivate_idle": "5s",
    "feed.ring_events": "512",
    "journal.block_cache_bytes": "2MiB",
    "journal.write_buffer_bytes": "1MiB",
    "journal.wal_bytes_max": "8MiB",
    "limits.head_time_max": "2s",
    "limits.body_time_max": "3s",
    "limits.idle_time_max": "8s",
    "limits.write_stall_time_max": "4s",
    "limits.stream_buffer_bytes_max": "64KiB",
    "limits.body_bytes_max": "64KiB",
    "accounts.scrypt_n": "1024",
    "orders.lifetime": "10s",
    "rate.signins_per_minute_per_client": "0",
    "rate.signups_per_minute_per_client": "0",
    "log.access": "false",
    # A gateway that answers with poison a good part of the time: gateway.py.
    "payments.gateway": "stripe",
    "payments.workers": "4",
    "payments.stripe_timeout": "500ms",
    "payments.wait": "2s",
    "payments.settle_retry_min": "100ms",
    "payments.settle_retry_max": "1s",
    "payments.look_up_after": "2s",
}
GAUGES = ["usher_asks_in_flight", "usher_append_queue", "usher_reader_queue",
          "usher_password_queue", "usher_gateway_queue", "usher_connections", "usher_streams",
          "usher_active_aggregates", "usher_reminders_near", "usher_journal_bytes",
          "usher_asks_total", "usher_gateway_unknown_total", "usher_jobs_failed_total",
          "usher_failures_total", "usher_oldest_unsettled_payment_seconds"]
# What waits somewhere; all of it is 0 when nobody asks for anything.
QUEUES = GAUGES[:5]


class SoakError(Exception):
    """The node did something that it must not do."""


class Node:
    def __init__(self, program: Path, data: Path, config: Path, is_asan: bool,
                 settings: dict[str, str] | None = None, err: int | None = None):
        """`settings` over LIMITS; `err`: a descriptor that gets the log instead of a file."""
        self.program, self.data = program, data
        self.log = data.with_suffix(".log")
        command = [str(program), "serve", "--config", str(config), "--data", str(data),
                   "--listen", "127.0.0.1:0"]
        for key, value in {**LIMITS, **(settings or {})}.items():
            command += ["--set", f"{key}={value}"]
        env = {**os.environ, "JWT_KEY": "the signing key of the soak test",
               "USHER_OPERATOR_TOKEN": OPERATOR_TOKEN, "STRIPE_KEY": SECRET_KEY}
        if is_asan:
            # Freed memory is kept for a while, so that its use is seen; less of it than usual.
            env["ASAN_OPTIONS"] = "quarantine_size_mb=16:detect_leaks=1:malloc_context_size=12"
            env["UBSAN_OPTIONS"] = "print_stacktrace=1"
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                          stderr=log if err is None else err,
                                          stdout=subprocess.PIPE, env=env, start_new_session=True)
        self.port = self._read_port()

    @property
    def pid(self) -> int:
        return self.child.pid

    def _read_port(self) -> int:
        deadline = time.monotonic() + START_SECONDS_MAX
        said = b""
        while time.monotonic() < deadline and self.child.poll() is None:
            if select.select([self.child.stdout], [], [], 0.2)[0]:
                said += os.read(self.child.stdout.fileno(), 4096)
            found = re.search(rb"Usher serves http://127\.0\.0\.1:(\d+)\s", said)
            if found:
                return int(found.group(1))
        raise SoakError(f"the node did not start: {self.log_tail()}")

    def is_running(self) -> bool:
        return self.child.poll() is None

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

    def metrics(self) -> dict[str, float]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/metrics",
                                         headers={"Authorization": f"Bearer {OPERATOR_TOKEN}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read().decode()
        values = {}
        for line in text.splitlines():
            name, _, value = line.rpartition(" ")
            if name in GAUGES:
                values[name] = float(value)
        missing = [name for name in GAUGES if name not in values]
        if missing:
            raise SoakError(f"/metrics has no {', '.join(missing)}")
        return values

    def sample(self) -> dict[str, float]:
        status = Path(f"/proc/{self.pid}/status").read_text()

        def number(name: str) -> float:
            return float(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE).group(1))

        kinds = []
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                kinds.append(os.readlink(link))
            except FileNotFoundError:  # closed meanwhile
                pass
        return {"rss_bytes": number("VmRSS") * 1024, "threads": number("Threads"),
                "fds": float(len(kinds)),
                "sockets": float(sum(kind.startswith("socket:") for kind in kinds)),
                **self.metrics()}

    def stop(self) -> int:
        """The exit status; raises when it does not end."""
        self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise SoakError(f"SIGTERM did not end it in {STOP_SECONDS_MAX} s") from None
        finally:
            self.kill()

    def kill(self) -> None:
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()

    def verify(self) -> subprocess.CompletedProcess:
        return subprocess.run([str(self.program), "verify", str(self.data)], capture_output=True,
                              text=True, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
