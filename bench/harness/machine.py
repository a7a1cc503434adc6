"""What a figure depends on: machine, versions, commit, date."""
import datetime
import os
import platform
import subprocess
from pathlib import Path

from .systems import ROOT, System


def first_value(file: str, key: str) -> str:
    try:
        for line in Path(file).read_text().splitlines():
            if line.startswith(key):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return "unknown"


def filesystem_of(folder: Path) -> str:
    """The kind of file system: syncing to memory (tmpfs) would measure nothing."""
    best, kind = "", "unknown"
    target = str(folder.resolve())
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, mount, name, *_ = line.split()
        inside = target == mount or target.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, name
    return kind


def commit() -> str:
    done = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=10"],
                          capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def describe(systems: list[System], scratch: Path) -> dict:
    versions: dict[str, str] = {}
    for system in systems:
        versions.update(system.versions())
    release = "unknown"
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("PRETTY_NAME="):
            release = line.split("=", 1)[1].strip('"')
    memory_kib = int(first_value("/proc/meminfo", "MemTotal").split()[0])
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "cpu": first_value("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kib / 2**20, 1),
        "kernel": platform.release(),
        "system": release,
        "filesystem": filesystem_of(scratch),
        "load_average_at_start": os.getloadavg()[0],
        "versions": versions,
    }
