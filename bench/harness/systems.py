"""The systems under test. Each keeps its data in a folder and can be started on it again."""
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .processes import (BenchError, Process, as_user, find_program, free_port, give_to, run_once)

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
PEERS = BENCH / "peers"
POSTGRES_FOLDERS = ("/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin",
                    "/usr/lib/postgresql/17/bin")

# A tuned server, but as durable as Usher: every commit is synced before it is answered.
POSTGRES_SETTINGS = {
    "listen_addresses": "", "max_connections": "100",
    "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
    "shared_buffers": "1GB", "effective_cache_size": "4GB", "wal_buffers": "16MB",
    "max_wal_size": "4GB", "checkpoint_timeout": "15min", "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1", "jit": "off", "log_min_messages": "warning",
}


@dataclass
class Context:
    """Where things are; the same for all systems of one run."""
    build: Path          # has usher and bench/usher-load
    scratch: Path        # on a real disk; removed at the end
    jwt_key: str
    usher_config: Path
    usher_options: list[str] = field(default_factory=list)

    def env(self) -> dict[str, str]:
        return {"JWT_KEY": self.jwt_key, "NODE_ENV": "production"}


class System:
    """Start on a folder, ask for its port and processes, stop. Also a context manager."""
    name = ""
    durable = True  # False: a limit that stores nothing
    connections_max: int | None = None  # more are not measured: they would wait for ever

    def __init__(self, context: Context):
        self.context = context
        self.port = 0
        self.processes: list[Process] = []

    def missing(self) -> str | None:
        """What must be installed or built first; None when it can run."""
        raise NotImplementedError

    def versions(self) -> dict[str, str]:
        return {}

    def launch(self, folder: Path) -> None:
        raise NotImplementedError

    def start(self, folder: Path) -> "System":
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        self.port = free_port()
        try:
            self.launch(folder)
        except BaseException:
            self.stop()
            raise
        return self

    def add(self, process: Process) -> Process:
        self.processes.append(process)
        return process

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self.processes]

    def stop(self) -> None:
        while self.processes:
            self.processes.pop().stop()

    def __enter__(self) -> "System":
        return self

    def __exit__(self, *_) -> None:
        self.stop()


def split_by_presence(wanted: list[System]) -> tuple[list[System], list[str]]:
    """Those that can run, and the others with the reason, which is also said at once."""
    present, skipped = [], []
    for system in wanted:
        if (missing := system.missing()) is None:
            present.append(system)
        else:
            skipped.append(f"{system.name} ({missing})")
            print(f"left out: {skipped[-1]}", file=sys.stderr)
    return present, skipped


class Usher(System):
    name = "usher"

    @property
    def program(self) -> Path:
        return self.context.build / "usher"

    def missing(self) -> str | None:
        return None if self.program.exists() else f"{self.program} is not built"

    def launch(self, folder: Path) -> None:
        command = [str(self.program), "serve", "--data", str(folder / "data"),
                   "--listen", f"127.0.0.1:{self.port}",
                   "--config", str(self.context.usher_config),
                   "--set=log.access=false",  # as with the peers: no line for each request
                   *self.context.usher_options]
        server = self.add(Process(command, folder / "usher.log", self.context.env()))
        server.wait_for_http(self.port, "/readyz")


def start_postgres(system: System, folder: Path) -> dict[str, str]:
    """Starts PostgreSQL on the folder, creating the database first; answers the client's env."""
    data, sockets = folder / "postgres", folder / "socket"
    give_to("postgres", sockets)
    env = {"PGHOST": str(sockets), "PGPORT": str(system.port), "PGUSER": "postgres",
           "PGDATABASE": "postgres"}
    is_new = not data.exists()
    if is_new:
        give_to("postgres", data)
        data.chmod(0o700)
        run_once(as_user("postgres", [find_program("initdb", *POSTGRES_FOLDERS), "-D", str(data),
                                      "-U", "postgres", "-A", "trust", "-E", "UTF8",
                                      "--locale=C.UTF-8"]), cwd="/")
    command = [find_program("postgres", *POSTGRES_FOLDERS), "-D", str(data),
               "-p", str(system.port), "-k", str(sockets)]
    for name, value in POSTGRES_SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    # SIGINT is PostgreSQL's fast shutdown.
    server = system.add(Process(as_user("postgres", command), folder / "postgres.log",
                                stop_signal=signal.SIGINT))
    psql = find_program("psql", *POSTGRES_FOLDERS)

    def accepts() -> bool:
        return subprocess.run([psql, "-qAtc", "SELECT 1"], env={**os.environ, **env},
                              capture_output=True).returncode == 0
    server.wait_until(accepts)
    if is_new:
        run_once([psql, "-q", "-v", "ON_ERROR_STOP=1", "-f", str(PEERS / "express" / "schema.sql")],
                 env={**os.environ, **env})
    return env


def missing_postgres() -> str | None:
    for program in ("postgres", "initdb", "psql", "pgbench"):
        if find_program(program, *POSTGRES_FOLDERS) is None:
            return "PostgreSQL is not installed (bench/packages.txt)"
    return None


def missing_node() -> str | None:
    if find_program("node") is None:
        return "Node is not installed (bench/packages.txt)"
    if not (PEERS / "node_modules").exists():
        return "the peers' packages are not installed (npm ci in bench/peers)"
    return None


def first_line(command: list[str | None]) -> str:
    if command[0] is None:
        return "not installed"
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout or done.stderr).strip().splitlines()[0]


class ExpressPostgres(System):
    name = "express-postgres"

    def missing(self) -> str | None:
        return missing_node() or missing_postgres()

    def versions(self) -> dict[str, str]:
        return {"node": first_line([find_program("node"), "--version"]),
                "postgres": first_line([find_program("postgres", *POSTGRES_FOLDERS), "--version"])}

    def launch(self, folder: Path) -> None:
        env = start_postgres(self, folder)
        launch_express(self, folder, {"STORE": "postgres", **env})


class ExpressRedis(System):
    name = "express-redis"

    def missing(self) -> str | None:
        if find_program("redis-server") is None:
            return "Redis is not installed (bench/packages.txt)"
        return missing_node()

    def versions(self) -> dict[str, str]:
        return {"redis": first_line([find_program("redis-server"), "--version"])}

    def launch(self, folder: Path) -> None:
        data, path = folder / "redis", folder / "redis.sock"
        data.mkdir(exist_ok=True)
        command = [find_program("redis-server"), "--port", "0", "--unixsocket", str(path),
                   "--dir", str(data), "--appendonly", "yes", "--appendfsync", "always",
                   "--save", "", "--daemonize", "no"]
        server = self.add(Process(command, folder / "redis.log"))
        client = find_program("redis-cli")
        server.wait_until(lambda: b"PONG" in subprocess.run(
            [client, "-s", str(path), "ping"], capture_output=True).stdout)
        launch_express(self, folder, {"STORE": "redis", "REDIS_SOCKET": str(path)})


def launch_express(system: System, folder: Path, env: dict[str, str]) -> None:
    command = [find_program("node"), str(PEERS / "express" / "server.js")]
    env = {**system.context.env(), **env, "PORT": str(system.port)}
    system.add(Process(command, folder / "express.log", env)).wait_for_http(system.port, "/healthz")


class BareNode(System):
    name = "bare-node"
    durable = False

    def missing(self) -> str | None:
        return None if find_program("node") else "Node is not installed (bench/packages.txt)"

    def launch(self, folder: Path) -> None:
        command = [find_program("node"), str(PEERS / "bare" / "constant.js")]
        server = self.add(Process(command, folder / "node.log", {"PORT": str(self.port)}))
        server.wait_for_http(self.port, "/")


class BareHttplib(System):
    name = "bare-httplib"
    durable = False
    connections_max = 128  # its threads; each one stays with a keep-alive connection

    def missing(self) -> str | None:
        return None if self.program.exists() else f"{self.program} is not built"

    @property
    def program(self) -> Path:
        return self.context.build / "bench" / "bare-httplib"

    def launch(self, folder: Path) -> None:
        server = self.add(Process([str(self.program), str(self.port)], folder / "httplib.log"))
        server.wait_for_http(self.port, "/")


ALL: dict[str, type[System]] = {
    system.name: system
    for system in (Usher, ExpressPostgres, ExpressRedis, BareHttplib, BareNode)}


def install(packages_file: Path) -> None:
    """Installs the peers' Debian packages and Node modules. Needs root and a network."""
    packages = [line for line in packages_file.read_text().splitlines()
                if line and not line.startswith("#")]
    # A Node from elsewhere brings its own npm, which Debian's package would collide with.
    packages = [p for p in packages if not (p in ("nodejs", "npm", "python3") and
                                            shutil.which({"nodejs": "node"}.get(p, p)))]
    if packages:
        run_once(["apt-get", "install", "-y", "--no-install-recommends", *packages])
    run_once(["npm", "ci", "--ignore-scripts"], cwd=PEERS)
    for system in ("node", "npm"):
        if shutil.which(system) is None:
            raise BenchError(f"{system} is still missing")
