"""What is measured: each workload is one scenario of usher-load, on data of a known size."""
from dataclasses import dataclass, field

DURABLE = ("usher", "express-postgres")
RESERVATION = ("usher", "express-postgres", "express-redis")
BARE = ("bare-httplib", "bare-node")


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    scenario: str
    systems: tuple[str, ...]
    # Tickets of the standing data set; None: the scenario makes its own, in an empty folder.
    tickets: int | None = None
    # Uses up tickets: as many are made as take this many times the run's length (see fill_seconds).
    uses_up: bool = False
    rates: bool = False  # is also measured at fixed rates
    connections: tuple[int, ...] = ()  # instead of those of the run
    extra: tuple[str, ...] = field(default_factory=tuple)


WORKLOADS = [
    Workload("read_one", "Read one ticket of 10,000", "read_one",
             (*RESERVATION, *BARE), tickets=10_000, rates=True),
    Workload("list_20", "List 20 of 100,000 tickets", "list_20", DURABLE, tickets=100_000),
    Workload("create", "Create a ticket", "create", RESERVATION),
    Workload("edit_uniform", "Edit one ticket of 1,000", "edit_uniform", DURABLE, tickets=1_000,
             rates=True),
    Workload("edit_zipf", "Edit one ticket of 1,000, zipf 0.99", "edit_zipf", DURABLE,
             tickets=1_000),
    Workload("hot_edit", "Edit one and the same ticket", "hot_edit", DURABLE, tickets=1_000),
    Workload("hot_reserve", "Reserve and release one and the same ticket", "hot_reserve",
             RESERVATION, tickets=1_000),
    Workload("reserve_distinct", "Reserve a ticket that nobody else wants", "reserve_distinct",
             RESERVATION, uses_up=True, rates=True),
    Workload("flash_sale", "Flash sale: 10,000 buyers, 100 tickets", "flash_sale", RESERVATION),
    Workload("purchase", "Create, order and pay", "purchase", DURABLE),
    Workload("mixed_90_10", "90 % reads, 10 % edits of 10,000 tickets", "mixed_90_10", DURABLE,
             tickets=10_000),
]

# Against the limits of HTTP itself: whatever Usher does, the bare servers answer a constant.
FRONT = [
    Workload("front_read", "Read one ticket of 10,000", "read_one", ("usher", *BARE),
             tickets=10_000, connections=(64, 512, 2000)),
    Workload("front_edit", "Durable edits over 1,000 tickets", "edit_uniform", ("usher", *BARE),
             tickets=1_000, connections=(64, 512)),
    Workload("front_hot_edit", "Durable edits of one ticket", "hot_edit", ("usher", *BARE),
             tickets=1_000, connections=(64, 512)),
    Workload("front_hot_reserve", "One ticket reserved and released", "hot_reserve",
             ("usher", *BARE), tickets=1_000, connections=(64, 512)),
    Workload("front_reserve", "Durable reservations of distinct tickets", "reserve_distinct",
             ("usher", *BARE), uses_up=True, connections=(64, 512)),
]
MAIN = {workload.name: workload for workload in WORKLOADS}
BY_NAME = {workload.name: workload for workload in [*WORKLOADS, *FRONT]}
