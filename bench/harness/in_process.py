"""Without HTTP: PostgreSQL alone through pgbench, and Usher's own door for commands."""
import json
import os
import re
import shutil

from . import svg
from .measure import Effort
from .processes import BenchError, find_program, run_once
from .progress import Progress
from .statistics import ratios, spread
from .systems import (PEERS, POSTGRES_FOLDERS, Context, System, missing_postgres, start_postgres)

CLIENTS = (1, 8, 64)
RESERVATIONS_PER_SECOND_MAX = 12_000  # tickets are made for this many by pgbench


class Postgres(System):
    name = "pgbench"

    def missing(self) -> str | None:
        return missing_postgres()

    def launch(self, folder) -> None:
        self.env = start_postgres(self, folder)


def pgbench(context: Context, clients: int, seconds: float) -> float:
    """Reservations per second, each a transaction; checks that every one of them is in the table."""
    folder = context.scratch / "pgbench"
    env = dict(os.environ)
    whole_seconds = max(1, round(seconds))
    per_client = int(RESERVATIONS_PER_SECOND_MAX * (whole_seconds + 1) / clients) + 10
    try:
        with Postgres(context).start(folder) as server:
            env.update(server.env)
            psql = [find_program("psql", *POSTGRES_FOLDERS), "-qAt", "-v", "ON_ERROR_STOP=1"]
            run_once([*psql, "-v", f"tickets={per_client * (clients + 1)}", "-f",
                      str(PEERS / "pgbench" / "fill.sql")], env=env)
            run_once([*psql, "-c", "CHECKPOINT"], env=env)
            output = run_once([
                find_program("pgbench", *POSTGRES_FOLDERS), "-n", "-M", "prepared",
                "-c", str(clients), "-j", str(min(2, clients)), "-T", str(whole_seconds),
                "-D", "i=0", "-D", f"per_client={per_client}",
                "-f", str(PEERS / "pgbench" / "reserve.sql")], env=env)
            done = int(re.search(r"actually processed: (\d+)", output).group(1))
            orders = int(run_once([*psql, "-c", "SELECT count(*) FROM orders"], env=env))
            if orders != done:
                raise BenchError(f"pgbench did {done} transactions, but made {orders} orders")
            return float(re.search(r"tps = ([\d.]+) \(without", output).group(1))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def usher(context: Context, clients: int, seconds: float) -> float:
    folder = context.scratch / "market"
    try:
        done = run_once([str(context.build / "bench" / "market_bench"), "--data", str(folder),
                         "--config", str(context.usher_config),
                         "--clients", str(clients), "--seconds", str(seconds)])
        return json.loads(done)["reservations_per_second"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(context: Context, effort: Effort, systems: list[System],
            skipped: list[str]) -> list[dict]:
    ways = {}
    if (context.build / "bench" / "market_bench").exists():
        ways["usher"] = usher
    else:
        skipped.append("market_bench (not built)")
    if (missing := missing_postgres()) is None:
        ways["pgbench"] = pgbench
    else:
        skipped.append(f"pgbench ({missing})")
    clients = (4,) if effort.heat <= 0 else CLIENTS
    figures: dict[str, dict[int, list[float]]] = {way: {c: [] for c in clients} for way in ways}
    progress = Progress(effort.rounds * len(clients) * len(ways))
    for count in clients:
        for round_number in range(effort.rounds):
            for way, run in ways.items():
                what = f"in process, {count} clients, round {round_number + 1}, {way}"
                progress.begin(what)
                figure = run(context, count, effort.seconds)
                figures[way][count].append(figure)
                progress.end(what, f"{figure:,.0f}/s")
    progress.finish()
    rows = []
    for count in clients:
        cells = [f"{spread(figures[way][count])['median']:,.0f}" for way in ways]
        ratio = (ratios(*(dict(enumerate(figures[way][count])) for way in ("usher", "pgbench")))
                 if len(ways) == 2 else None)
        rows.append([count, *cells, f"{ratio['median']:.2f} ({ratio['min']:.2f}-{ratio['max']:.2f})"
                     if ratio else ""])
    plot = svg.lines(
        "Reservations per second without HTTP", "durable, one transaction each; more is better",
        "clients", "per second",
        {way: [(c, spread(figures[way][c])["median"]) for c in clients] for way in ways},
        log_x=True)
    return [{
        "title": "Without HTTP",
        "text": ["Durable reservations of distinct tickets per second: Usher's in-process door for "
                 "commands, and PostgreSQL alone (pgbench, prepared, the peer's statement)."],
        "columns": ["clients", *ways, "usher is"], "rows": rows, "data": figures,
        "plots": [{"file": "in-process.svg", "title": "Without HTTP", "svg": plot}],
    }]
