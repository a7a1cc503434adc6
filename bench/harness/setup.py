"""What every bench script shares: its options, its scratch folder, where results go."""
import argparse
import contextlib
import datetime
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .systems import BENCH, ROOT, Context

RESULTS = BENCH / "results"


def add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release",
                        help="build folder with usher and bench/usher-load")
    parser.add_argument("--config", type=Path, default=ROOT / "config" / "course.toml",
                        help="Usher's settings")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                        help="a setting of Usher, such as server.io_threads=1")
    parser.add_argument("--name", help="results/<date>-<name>.json and .md")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where results are written")
    parser.add_argument("--scratch", type=Path, default=Path("/var/tmp"),
                        help="a folder on the disk to be measured (not tmpfs)")
    parser.add_argument("--smoke", action="store_true",
                        help="seconds only: does everything work? Says nothing about speed")


@contextlib.contextmanager
def context_of(arguments: argparse.Namespace) -> Iterator[Context]:
    scratch = Path(tempfile.mkdtemp(prefix="usher-bench-", dir=arguments.scratch))
    scratch.chmod(0o711)  # PostgreSQL runs as a user of its own
    # A bench that is told to end takes what it started with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    try:
        yield Context(build=arguments.build.resolve(), scratch=scratch,
                      jwt_key=secrets.token_hex(32), usher_config=arguments.config.resolve(),
                      usher_options=[f"--set={each}" for each in arguments.set])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def result_name(arguments: argparse.Namespace, default: str) -> str:
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    return f"{date}-{arguments.name or default}"


def save(document: dict, folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.json"
    partial = target.with_suffix(".partial")
    partial.write_text(json.dumps(document, indent=1) + "\n")
    os.replace(partial, target)
    return target


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part)
