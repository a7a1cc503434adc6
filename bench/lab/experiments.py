"""What `bench/lab/matrix` runs. An experiment varies one option of `usher-lab run` and keeps the
rest; a new one is an entry in ALL."""
from dataclasses import dataclass, field, replace

# In the order of the tables; `bench/harness/svg.py` has eight colours.
STRATEGIES = ("mailbox", "shard", "mutex", "global", "rwlock", "optimistic", "combining", "queue")
# Other ways to do what one of them does: in the tables, and in plots of their own.
VARIANTS = ("blocking", "hazard")


@dataclass(frozen=True)
class Experiment:
    name: str
    title: str
    workload: str                # see: usher-lab list
    vary: str                    # an option of `usher-lab run`, without the dashes
    column: str                  # its column in runs.csv
    values: tuple[float, ...]
    x_label: str
    options: dict[str, float] = field(default_factory=dict)
    strategies: tuple[str, ...] = STRATEGIES
    detail: float | None = None  # the value whose figures get a table of their own; default: last
    plots: tuple[str, ...] = ("throughput",)  # see PLOTS in report.py
    log_x: bool = False


ALL = [
    Experiment("threads", "More clients", "mixed", "threads", "threads", (1, 2, 4, 8, 16),
               "clients", {"tickets": 1000, "zipf": 0.99}, strategies=(*STRATEGIES, *VARIANTS),
               detail=8, log_x=True,
               plots=("throughput", "p99", "fairness", "cpu", "waiting", "freeing")),
    Experiment("skew", "More skew: edits, 8 clients, 1,000 tickets", "edit", "zipf", "zipf",
               (0, 0.7, 0.99, 1.2), "zipf exponent", {"threads": 8, "tickets": 1000},
               strategies=(*STRATEGIES, "hazard"),
               plots=("throughput", "p99", "wasted")),
    Experiment("tickets", "Fewer tickets: edits, 8 clients, all tickets alike", "edit", "tickets",
               "tickets", (1, 10, 100, 10_000), "tickets", {"threads": 8, "zipf": 0}, detail=1,
               log_x=True, plots=("throughput", "p99", "wasted")),
    Experiment("hold", "Longer decisions: edits, 8 clients, 4 tickets", "edit", "hold-ns",
               "hold_ns", (1_000, 10_000, 100_000), "ns busy inside each decide",
               {"threads": 8, "tickets": 4, "zipf": 0, "warm-up": 100}, log_x=True,
               plots=("throughput", "wasted")),
    Experiment("reads", "More reads of a microsecond each: 8 clients, 4 tickets", "browse", "reads",
               "reads", (0.5, 0.9, 0.99), "share of reads",
               {"threads": 8, "tickets": 4, "zipf": 0}),
    Experiment("people", "Clients that think and keep for 100 us: 100 tickets", "patient", "threads",
               "threads", (8, 64), "clients", {"tickets": 100, "warm-up": 100}, log_x=True,
               plots=()),
    Experiment("flash_sale", "Flash sale: all after the same ticket, ticket by ticket",
               "flash_sale", "threads", "threads", (16,), "clients",
               {"tickets": 80_000, "ops": 79_000}, plots=()),
]

BY_NAME = {experiment.name: experiment for experiment in ALL}


def small(experiment: Experiment) -> Experiment:
    """Does everything work? Two values, few tickets."""
    values = tuple(dict.fromkeys((experiment.values[0], experiment.values[-1])))
    options = {**experiment.options, "warm-up": 20}
    options.pop("ops", None)
    if experiment.vary != "tickets":
        options["tickets"] = min(100, int(options.get("tickets", 100)))
    detail = experiment.detail if experiment.detail in values else None
    return replace(experiment, values=values, options=options, detail=detail)
