"""Runs workloads against systems in alternating rounds: A B C, A B C, ... so that a slow minute of
the machine meets all of them. A system runs only while it is measured."""
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import loader
from .processes import BenchError
from .progress import Progress
from .systems import Context, System
from .workloads import Workload

RATE_CONNECTIONS = 256       # at a fixed rate: enough that a free one is rarely waited for
FILL_MAX = 600_000           # tickets for scenarios that use them up
FILL_FACTOR = 1.5            # creating and reserving are about as fast, so this is enough
SATURATED_SHARE = 0.97       # below this share of the asked rate, higher rates are left out
HEAT_CONNECTIONS = 32


@dataclass(frozen=True)
class Effort:
    """How much is measured."""
    rounds: int
    connections: tuple[int, ...]
    rates: tuple[int, ...]
    seconds: float
    warm_up: float
    heat: float  # unmeasured load after a start, so that just-in-time compilers have compiled
    tickets_share: float = 1.0  # smoke runs work on fewer tickets
    sales: int = 5
    buyers: int = 10_000
    one_start: bool = False  # smoke runs start each system once, for all workloads


Save = Callable[[], None]


class Bench:
    def __init__(self, context: Context, systems: list[System], effort: Effort):
        self.context = context
        self.systems = systems
        self.effort = effort
        self.entries: list[dict] = []

    def turns(self, workloads: list[Workload]) -> list[tuple[Workload, int, System]]:
        turns = [(workload, round_number, system)
                 for workload in workloads
                 for round_number in range(self.effort.rounds)
                 for system in self.systems if system.name in workload.systems]
        if self.effort.one_start:
            turns.sort(key=lambda turn: self.systems.index(turn[2]))
        return turns

    def run(self, workloads: list[Workload], save: Save) -> None:
        turns = self.turns(workloads)
        progress = Progress(len(turns))
        try:
            for workload, round_number, system in turns:
                what = f"{workload.name}, round {round_number + 1}, {system.name}"
                progress.begin(what)
                try:
                    outcome = self.turn(workload, system, round_number)
                except BenchError as error:
                    outcome = f"FAILED: {error}"
                    self.note(workload, system, round_number, 0, 0, {"failures": [str(error)]})
                progress.end(what, outcome)
                save()
            progress.finish()
        finally:
            self.stop_all()

    def stop_all(self) -> None:
        for system in self.systems:
            system.stop()

    @property
    def failures(self) -> list[str]:
        return [f"{e['workload']} on {e['system']}, {e['connections']} connections: {failure}"
                for e in self.entries for failure in e["result"].get("failures", [])]

    def note(self, workload: Workload, system: System, round_number: int, connections: int,
             rate: int, result: dict) -> None:
        self.entries.append({"workload": workload.name, "system": system.name,
                             "round": round_number, "connections": connections, "rate": rate,
                             "result": result})

    def turn(self, workload: Workload, system: System, round_number: int) -> str:
        tickets = workload.tickets and max(20, int(workload.tickets * self.effort.tickets_share))
        standing = tickets is not None and system.durable
        name = f"tickets-{tickets}" if standing else "fresh"
        if self.effort.one_start:
            name = "all"
        folder = self.context.scratch / system.name / name
        ids = folder / f"ids-{tickets}" if standing else None
        try:
            if not system.pids:
                self.stop_all()
                system.start(folder)
            if standing:
                loader.fill(self.context, system, tickets, ids)
            self.heat(workload, system, tickets, ids)
            best = self.closed_loop(workload, system, round_number, tickets, ids)
            if workload.rates and system.durable:
                self.fixed_rates(workload, system, round_number, tickets, ids)
        finally:
            if not self.effort.one_start:
                system.stop()
                if not standing:
                    shutil.rmtree(folder, ignore_errors=True)
        return best

    def heat(self, workload: Workload, system: System, tickets: int | None,
             ids: Path | None) -> None:
        if self.effort.heat <= 0:
            return
        makes_own = workload.uses_up or workload.scenario == "flash_sale"
        scenario = "create" if makes_own else workload.scenario
        self.load(workload, system, scenario, HEAT_CONNECTIONS, tickets=tickets, ids=ids,
                  seconds=self.effort.heat, warm_up=0)

    def load(self, workload: Workload, system: System, scenario: str, connections: int,
             **options) -> dict:
        if not system.durable:
            scenario = "constant"
            options.update(tickets=None, ids=None)
            options.pop("fill_seconds", None)
            options.pop("fill_connections", None)
        options.setdefault("seconds", self.effort.seconds)
        options.setdefault("warm_up", self.effort.warm_up)
        extra = [*workload.extra, "--sales", str(self.effort.sales),
                 "--buyers", str(self.effort.buyers)]
        return loader.load(self.context, system, scenario, connections=connections, extra=extra,
                           **options)

    def closed_loop(self, workload: Workload, system: System, round_number: int,
                    tickets: int | None, ids: Path | None) -> str:
        best = 0.0
        own = () if self.effort.one_start else workload.connections
        for connections in own or self.effort.connections:
            if system.connections_max is not None and connections > system.connections_max:
                continue
            options = {"tickets": tickets, "ids": ids}
            if workload.uses_up:
                seconds = self.effort.seconds + self.effort.warm_up
                options = {"tickets": FILL_MAX, "fill_seconds": FILL_FACTOR * seconds,
                           "fill_connections": connections}
            result = self.load(workload, system, workload.scenario, connections, **options)
            self.note(workload, system, round_number, connections, 0, result)
            if result.get("failures"):
                return f"FAILED: {result['failures'][0][:160]}"
            best = max(best, result["operations_per_second"])
        return f"{best:,.0f}/s at best"

    def fixed_rates(self, workload: Workload, system: System, round_number: int,
                    tickets: int | None, ids: Path | None) -> None:
        for rate in self.effort.rates:
            options = {"tickets": tickets, "ids": ids}
            if workload.uses_up:
                seconds = self.effort.seconds + self.effort.warm_up
                options = {"tickets": int(rate * seconds * 1.2) + 100}
            result = self.load(workload, system, workload.scenario, RATE_CONNECTIONS, rate=rate,
                               **options)
            self.note(workload, system, round_number, RATE_CONNECTIONS, rate, result)
            if result.get("failures"):
                return
            if result["operations_per_second"] < SATURATED_SHARE * rate or result["never_started"]:
                return
