"""Medians and spreads. Ratios are taken within a round, where both systems met the same machine."""
import statistics


def spread(values: list[float]) -> dict:
    return {"median": statistics.median(values), "min": min(values), "max": max(values),
            "rounds": len(values)}


def ratios(ours: dict[int, float], theirs: dict[int, float]) -> dict | None:
    """Both by round: a round that only one of them has, as the other failed, has no ratio."""
    pairs = [ours[number] / theirs[number] for number in sorted(ours) if theirs.get(number, 0) > 0]
    return spread(pairs) if pairs else None


def median_of(results: list[dict], *path: str) -> float:
    return spread(values_of(results, *path))["median"]


def values_of(results: list[dict], *path: str) -> list[float]:
    values = []
    for result in results:
        value = result
        for name in path:
            value = value[name]
        values.append(float(value))
    return values
