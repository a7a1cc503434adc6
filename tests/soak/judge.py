"""What a soak must not have shown."""
import statistics

import hostile
import node as node_of

# The last third of the time may have this much more resident memory than the first (medians; the
# warm-up is left out).
RSS_GROWTH_BYTES_MAX = 12 << 20
RSS_BYTES_MAX = 512 << 20
RSS_BYTES_MAX_ASAN = 2048 << 20  # shadow, quarantine, red zones
WARM_UP_SHARE = 0.25
THREADS_GROWTH_MAX = 0
SOCKETS_LEFT_MAX = 2  # of the one who asks for the figures
SMOKE_SECONDS = 60  # shorter runs say nothing about growth


class Complaints(list):
    def expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.append(otherwise)


def mib(count: float) -> str:
    return f"{count / (1 << 20):.1f} MiB"


def thirds(samples: list[dict], key: str) -> tuple[float, float]:
    """The medians of the first and of the last third, without the warm-up."""
    measured = samples[int(len(samples) * WARM_UP_SHARE):]
    size = max(1, len(measured) // 3)
    return (statistics.median(s[key] for s in measured[:size]),
            statistics.median(s[key] for s in measured[-size:]))


def judge(samples, settled, market, results, seconds: float, is_asan: bool) -> Complaints:
    wrong = Complaints()
    for queue in node_of.QUEUES:
        wrong.expect(settled[queue] == 0, f"{queue} is still {settled[queue]:.0f} after the end")
    wrong.expect(settled["usher_oldest_unsettled_payment_seconds"] == 0,
                 "a payment is not settled though the gateway answers")
    for failure in ("usher_jobs_failed_total", "usher_failures_total"):
        wrong.expect(settled[failure] == 0, f"{failure} is {settled[failure]:.0f}")
    wrong.expect(settled["usher_streams"] == 0, f"{settled['usher_streams']:.0f} streams are left")
    wrong.expect(settled["usher_connections"] <= 1,
                 f"{settled['usher_connections']:.0f} connections are left")
    wrong.expect(settled["sockets"] <= samples[0]["sockets"] + SOCKETS_LEFT_MAX,
                 f"{settled['sockets']:.0f} sockets are left")
    wrong.expect(settled["threads"] <= samples[-1]["threads"] + THREADS_GROWTH_MAX,
                 "threads were left behind")
    wrong.expect(not market.unanswered, f"{len(market.unanswered)} requests were not answered: "
                 f"{market.unanswered[:3]}")
    wrong.expect(not market.surprises, f"{len(market.surprises)} answers against the contract: "
                 f"{sorted(set(market.surprises))[:5]}")
    wrong.expect(len(market.answers) >= 6, f"the load did too little: {dict(market.answers)}")
    wrong.expect(not results.forgotten, f"clients were forgotten: {results.forgotten[:5]}")
    peak = max(s["rss_bytes"] for s in samples)
    limit = RSS_BYTES_MAX_ASAN if is_asan else RSS_BYTES_MAX
    wrong.expect(peak <= limit, f"resident memory reached {mib(peak)}")
    if seconds < SMOKE_SECONDS:
        return wrong
    for name, outcome in hostile.EXPECTED.items():
        wrong.expect(results.counts[f"{name}: {outcome}"] > 0,
                     f"nobody with '{name}' was answered {outcome}")
    first, last = thirds(samples, "rss_bytes")
    if not is_asan:
        wrong.expect(last - first <= RSS_GROWTH_BYTES_MAX,
                     f"resident memory grew from {mib(first)} to {mib(last)}")
    first, last = thirds(samples, "threads")
    wrong.expect(last - first <= THREADS_GROWTH_MAX, f"threads grew from {first} to {last}")
    return wrong
