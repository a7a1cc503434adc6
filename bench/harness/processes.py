"""Processes of the systems under test: started with a log file, stopped by their own pid."""
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30


class BenchError(Exception):
    """Something that makes a measurement impossible; the message says what."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_program(name: str, *folders: str) -> str | None:
    path = os.pathsep.join([*folders, os.environ.get("PATH", "")])
    return shutil.which(name, path=path)


def as_user(user: str, command: list[str]) -> list[str]:
    """The same command as an unprivileged user, when we are root (PostgreSQL refuses root)."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]


def give_to(user: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)


def run_once(command: list[str], **options) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command[:6])} ... failed: {(done.stderr or done.stdout)[-800:]}")
    return done.stdout


class Process:
    """One running program. Ended by stop(), which waits until it is gone."""

    def __init__(self, command: list[str], log: Path, env: dict[str, str] | None = None,
                 stop_signal: signal.Signals = signal.SIGTERM):
        self.name = Path(command[0]).name
        self.log = log
        self.stop_signal = stop_signal
        with open(log, "ab") as out:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env={**os.environ, **(env or {})}, start_new_session=True)

    @property
    def pid(self) -> int:
        return self.child.pid

    def wait_until(self, is_ready) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not is_ready():
            if self.child.poll() is not None:
                raise BenchError(f"{self.name} ended with {self.child.returncode}: {self.log_tail()}")
            if time.monotonic() > deadline:
                raise BenchError(f"{self.name} was not ready in time: {self.log_tail()}")
            time.sleep(0.05)

    def wait_for_http(self, port: int, path: str) -> None:
        def answers() -> bool:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as reply:
                    return reply.status == 200
            except (urllib.error.URLError, OSError):
                return False
        self.wait_until(answers)

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-800:]

    def stop(self) -> None:
        if self.child.poll() is None:
            self.child.send_signal(self.stop_signal)
        try:
            self.child.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        # What it started and left behind: its session is its own, so this reaches nobody else.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
