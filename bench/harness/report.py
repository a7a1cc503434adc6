"""The results as Markdown with SVG plots, from the JSON that `bench/run` writes."""
from pathlib import Path

from . import svg
from .statistics import median_of, ratios, spread, values_of
from .workloads import BY_NAME

OURS, PEER = "usher", "express-postgres"
HEADLINE_CONNECTIONS = 64


class Results:
    """The entries of one run, by what was measured."""

    def __init__(self, document: dict):
        self.document = document
        self.entries = [e for e in document["entries"] if not e["result"].get("failures")]

    def workloads(self) -> list[str]:
        return list(dict.fromkeys(e["workload"] for e in self.entries))

    def systems(self, workload: str) -> list[str]:
        return list(dict.fromkeys(e["system"] for e in self.entries if e["workload"] == workload))

    def connections(self, workload: str) -> list[int]:
        return sorted({e["connections"] for e in self.entries
                       if e["workload"] == workload and e["rate"] == 0})

    def rates(self, workload: str, system: str) -> list[int]:
        return sorted({e["rate"] for e in self.entries if e["workload"] == workload
                       and e["system"] == system and e["rate"] > 0})

    def of(self, workload: str, system: str, connections: int, rate: int = 0) -> list[dict]:
        return list(self.by_round(workload, system, connections, rate).values())

    def by_round(self, workload: str, system: str, connections: int,
                 rate: int = 0) -> dict[int, dict]:
        found = [e for e in self.entries
                 if (e["workload"], e["system"], e["rate"]) == (workload, system, rate)
                 and (rate > 0 or e["connections"] == connections)]
        return {e["round"]: e["result"] for e in sorted(found, key=lambda e: e["round"])}

    def times_as_fast(self, workload: str, system: str, connections: int) -> dict | None:
        """How many times as fast as that system we are."""
        def speeds(of_whom: str) -> dict[int, float]:
            return {number: result["operations_per_second"] for number, result
                    in self.by_round(workload, of_whom, connections).items()}
        return ratios(speeds(OURS), speeds(system)) if system != OURS else None

    def headline_connections(self, workload: str) -> int:
        return min(self.connections(workload), key=lambda c: abs(c - HEADLINE_CONNECTIONS))


def throughput(results: list[dict]) -> list[float]:
    return values_of(results, "operations_per_second")


def milliseconds(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def times(ratio: dict | None) -> str:
    if ratio is None:
        return ""
    text = f"{ratio['median']:.2f}"
    return text if ratio["rounds"] == 1 else f"{text} ({ratio['min']:.2f}-{ratio['max']:.2f})"


def write(document: dict, folder: Path, name: str) -> Path:
    """<folder>/<name>.md, its plots in <folder>/<name>/."""
    results = Results(document)
    plots = folder / name
    plots.mkdir(parents=True, exist_ok=True)
    lines = [f"# {document['title']}", "", *machine_lines(document), ""]
    if results.workloads():
        lines += summary(results, plots, name)
    for workload in results.workloads():
        lines += section(results, workload, plots, name)
    for extra in document.get("sections", []):
        lines += extra_section(extra, plots, name)
    failed = [e for e in document["entries"] if e["result"].get("failures")]
    if failed:
        lines += ["## Failed runs", "", "These are not part of any figure above.", ""]
        lines += [f"- {e['workload']}, {e['system']}, {e['connections']} connections, round "
                  f"{e['round'] + 1}: {e['result']['failures'][0][:300]}" for e in failed]
    report = folder / f"{name}.md"
    report.write_text("\n".join(lines).rstrip() + "\n")
    return report


def machine_lines(document: dict) -> list[str]:
    m = document["machine"]
    versions = "; ".join(m["versions"].values())
    lines = [
        f"{m['date']}, commit {m['commit']}. {m['cores']} cores ({m['cpu']}), "
        f"{m['memory_gib']} GiB, {m['system']}, Linux {m['kernel']}, {m['filesystem']}."
        + (f" {versions}." if versions else ""),
        "", f"Made by `{document['command']}`: {document['effort']}. The loader runs on the same "
        "cores as the system under test. Figures are medians over the rounds, in brackets the "
        "slowest and the fastest round; ratios are taken within each round."]
    if document.get("skipped"):
        lines += ["", "Left out: " + "; ".join(document["skipped"]) + "."]
    return lines


def summary(results: Results, plots: Path, name: str) -> list[str]:
    rows, groups = [], []
    series: dict[str, list[float | None]] = {}
    spreads: dict[str, list[tuple[float, float] | None]] = {}
    systems = list(dict.fromkeys(s for w in results.workloads() for s in results.systems(w)))
    for workload in results.workloads():
        connections = results.headline_connections(workload)
        cells = []
        for system in systems:
            theirs = results.of(workload, system, connections)
            if not theirs:
                cells.append("")
                continue
            figure = spread(throughput(theirs))["median"]
            against = results.times_as_fast(workload, system, connections)
            cells.append(f"{figure:,.0f}" + (f" (x{against['median']:.2f})" if against else ""))
        rows.append(f"| {BY_NAME[workload].title} | {connections} | " + " | ".join(cells) + " |")
        groups.append(workload)
    for system in systems:
        series[system], spreads[system] = [], []
        for workload in groups:
            found = results.of(workload, system, results.headline_connections(workload))
            between = spread(throughput(found)) if found else None
            series[system].append(between["median"] if between else None)
            spreads[system].append((between["min"], between["max"]) if between else None)
    lines = ["## Operations per second", "",
             f"In brackets: how many times as fast {OURS} is.", "",
             "| workload | connections | " + " | ".join(systems) + " |",
             "|---|--:|" + "--:|" * len(systems), *rows, ""]
    for part in range(0, len(groups), 4):
        chunk = slice(part, part + 4)
        file = plots / f"summary-{part // 4 + 1}.svg"
        shown = [s for s in systems if any(v is not None for v in series[s][chunk])]
        file.write_text(svg.bars("Operations per second", "more is better; line: slowest to "
                                 "fastest round", "per second", groups[chunk],
                                 {s: series[s][chunk] for s in shown},
                                 {s: spreads[s][chunk] for s in shown}))
        lines.append(f"![Operations per second]({name}/{file.name})")
    return [*lines, ""]


def section(results: Results, workload: str, plots: Path, name: str) -> list[str]:
    title = BY_NAME[workload].title
    lines = [f"## {title}", "",
             "| system | connections | operations/s | usher is | p50 ms | p99 ms | p99.9 ms | "
             "CPU s per 1,000 requests | KiB to disk per success | memory MiB |",
             "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for connections in results.connections(workload):
        for system in results.systems(workload):
            found = results.of(workload, system, connections)
            if found:
                against = results.times_as_fast(workload, system, connections)
                lines.append(row(system, connections, found, against))
    lines.append("")
    if len(results.connections(workload)) > 1:
        series = {system: [(c, median_of(results.of(workload, system, c), "operations_per_second"))
                           for c in results.connections(workload)
                           if results.of(workload, system, c)]
                  for system in results.systems(workload)}
        file = plots / f"{workload}-connections.svg"
        file.write_text(svg.lines(title, "operations per second, closed loop", "connections",
                                  "per second", series, log_x=True))
        lines += [f"![{title}, by connections]({name}/{file.name})", ""]
    return lines + rate_lines(results, workload, plots, name)


def row(system: str, connections: int, found: list[dict], against: dict | None) -> str:
    between = spread(throughput(found))
    figure = f"{between['median']:,.0f}"
    if between["rounds"] > 1:
        figure += f" ({between['min']:,.0f}-{between['max']:,.0f})"
    latency = [milliseconds(median_of(found, "latency_ms", q)) for q in ("p50", "p99", "p999")]
    succeeded = any(status.startswith("2") for status in found[0]["statuses"])
    written = median_of(found, "cost", "disk_written_bytes_per_success") / 1024
    return (f"| {system} | {connections} | {figure} | {times(against)} | " + " | ".join(latency) +
            f" | {median_of(found, 'cost', 'cpu_seconds_per_1000_requests'):.4f} | "
            f"{f'{written:.2f}' if succeeded else ''} | "
            f"{median_of(found, 'cost', 'resident_bytes') / 2**20:,.0f} |")


def rate_lines(results: Results, workload: str, plots: Path, name: str) -> list[str]:
    systems = [s for s in results.systems(workload) if results.rates(workload, s)]
    if not systems:
        return []
    title = BY_NAME[workload].title
    lines = ["At fixed rates, latency from the moment an operation was due (ms):", "",
             "| system | asked per second | answered per second | p50 | p90 | p99 | p99.9 | max |",
             "|---|--:|--:|--:|--:|--:|--:|--:|"]
    series: dict[str, list[tuple[float, float]]] = {}
    for system in systems:
        for rate in results.rates(workload, system):
            found = results.of(workload, system, 0, rate)
            cells = [milliseconds(median_of(found, "latency_ms", q))
                     for q in ("p50", "p90", "p99", "p999", "max")]
            lines.append(f"| {system} | {rate:,} | "
                         f"{median_of(found, 'operations_per_second'):,.0f} | " +
                         " | ".join(cells) + " |")
            for quantile in ("p50", "p99"):
                series.setdefault(f"{system} {quantile}", []).append(
                    (rate, median_of(found, "latency_ms", quantile)))
    file = plots / f"{workload}-rates.svg"
    file.write_text(svg.lines(f"{title}: latency at fixed rates",
                              "milliseconds from when each operation was due; less is better",
                              "operations per second", "ms", series, log_x=True, log_y=True))
    return [*lines, "", f"![{title}, latency at fixed rates]({name}/{file.name})", ""]


def extra_section(extra: dict, plots: Path, name: str) -> list[str]:
    """A table and plots that another script has made: {"title", "text", "columns", "rows",
    "plots": [{"file", "title", "svg"}]}."""
    lines = [f"## {extra['title']}", "", *extra.get("text", []), ""]
    if extra.get("columns"):
        lines += ["| " + " | ".join(extra["columns"]) + " |",
                  "|---|" + "--:|" * (len(extra["columns"]) - 1)]
        lines += ["| " + " | ".join(str(cell) for cell in cells) + " |" for cells in extra["rows"]]
        lines.append("")
    for plot in extra.get("plots", []):
        (plots / plot["file"]).write_text(plot["svg"])
        lines += [f"![{plot['title']}]({name}/{plot['file']})", ""]
    return lines
