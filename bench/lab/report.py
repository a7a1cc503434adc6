"""runs.csv as one page of Markdown with SVG plots."""
import csv
from collections.abc import Callable
from pathlib import Path

import experiments
from experiments import STRATEGIES, Experiment
from harness import machine, svg
from harness.statistics import spread

Row = dict[str, str]


def figures(rows: list[Row], column: str) -> list[float]:
    return [float(row[column]) for row in rows if row["correct"] in ("True", "true")]


def throughput(rows: list[Row]) -> list[float]:
    return figures(rows, "calls_per_second")


def share(rows: list[Row], part: str, whole: str) -> list[float]:
    return [p / w if w > 0 else 0 for p, w in zip(figures(rows, part), figures(rows, whole))]


class Results:
    def __init__(self, rows: list[Row]):
        self.rows = rows

    def of(self, experiment: Experiment, strategy: str, value: float) -> list[Row]:
        return [row for row in self.rows
                if row["experiment"] == experiment.name and row["strategy"] == strategy
                and float(row[experiment.column]) == float(value)]

    def values(self, experiment: Experiment) -> list[float]:
        return sorted({float(row[experiment.column]) for row in self.rows
                       if row["experiment"] == experiment.name})

    def strategies(self, experiment: Experiment) -> list[str]:
        present = {row["strategy"] for row in self.rows if row["experiment"] == experiment.name}
        return [s for s in experiment.strategies if s in present]

    def line(self, experiment: Experiment, strategy: str,
             of: Callable[[list[Row]], list[float]]) -> list[tuple[float, float]]:
        """The median at each value."""
        points = []
        for value in self.values(experiment):
            found = of(self.of(experiment, strategy, value))
            if found:
                points.append((value, spread(found)["median"]))
        return points


def plot(results: Results, experiment: Experiment, kind: str) -> str:
    title, y_label, of, shown, log_y = PLOTS[kind]
    known = results.strategies(experiment)
    series = {s: results.line(experiment, s, of) for s in shown if s in known}
    return svg.lines(f"{experiment.title}: {title}", f"medians; workload {experiment.workload}",
                     experiment.x_label, y_label, series, log_x=experiment.log_x, log_y=log_y)


# kind: (title, axis, figures, strategies, logarithmic)
PLOTS = {
    "throughput": ("calls per second", "per second", throughput, STRATEGIES, False),
    "p99": ("p99 latency", "us", lambda rows: figures(rows, "p99_us"), STRATEGIES, True),
    "fairness": ("Jain's index", "1: all clients alike", lambda rows: figures(rows, "fairness"),
                 STRATEGIES, False),
    "cpu": ("CPU time of a call", "us", lambda rows: figures(rows, "cpu_us_per_call"), STRATEGIES,
            False),
    "wasted": ("decides thrown away", "% of all decides",
               lambda rows: [100 * x for x in figures(rows, "wasted_share")], ("optimistic",),
               False),
    "waiting": ("actors, asked by actors or by threads", "per second", throughput,
                ("mailbox", "blocking"), True),
    "freeing": ("optimistic, with shared_ptr or hazard pointers", "per second", throughput,
                ("optimistic", "hazard"), False),
}


def short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def with_spread(found: list[float], unit: Callable[[float], str]) -> str:
    if not found:
        return "wrong"
    s = spread(found)
    text = unit(s["median"])
    return text if s["rounds"] == 1 else f"{text} ({unit(s['min'])}-{unit(s['max'])})"


def throughput_table(results: Results, experiment: Experiment) -> list[str]:
    values = results.values(experiment)
    lines = [f"Thousand calls per second, by {experiment.x_label}:", "",
             "| strategy | " + " | ".join(f"{v:,g}" for v in values) + " |",
             "|---|" + "--:|" * len(values)]
    for strategy in results.strategies(experiment):
        cells = [with_spread([x / 1e3 for x in throughput(results.of(experiment, strategy, v))],
                             short) for v in values]
        lines.append(f"| {strategy} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def detail_table(results: Results, experiment: Experiment) -> list[str]:
    value = experiment.detail
    if value is None or float(value) not in results.values(experiment):
        value = results.values(experiment)[-1]
    lines = [f"At {experiment.x_label} = {value:,g} (latencies in us):", "",
             "| strategy | p50 | p90 | p99 | p99.9 | max | CPU us a call | Jain's index | "
             "retries per 1,000 calls | decides wasted % | aborted | rejected % of calls |",
             "|---|" + "--:|" * 11]
    for strategy in results.strategies(experiment):
        rows = results.of(experiment, strategy, value)
        if not throughput(rows):
            continue

        def median(column: str) -> float:
            return spread(figures(rows, column))["median"]

        cells = [*(short(median(c)) for c in ("p50_us", "p90_us", "p99_us", "p999_us", "max_us")),
                 f"{median('cpu_us_per_call'):.2f}",
                 with_spread(figures(rows, "fairness"), lambda x: f"{x:.2f}"),
                 f"{1000 * spread(share(rows, 'retries', 'calls'))['median']:.1f}",
                 f"{100 * median('wasted_share'):.1f}", f"{median('aborted'):,.0f}",
                 f"{100 * spread(share(rows, 'rejected', 'calls'))['median']:.1f}"]
        lines.append(f"| {strategy} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def head(rows: list[Row], is_smoke: bool) -> list[str]:
    m = machine.describe([], Path("/"))
    dates, commits = sorted({r["date"] for r in rows}), sorted({r["commit"] for r in rows})
    seeds = sorted({int(r["seed"]) for r in rows})
    right = sum(1 for r in rows if r["correct"] in ("True", "true"))
    seconds = sorted({float(r["seconds_max"]) for r in rows})
    lines = [
        "# The lab: one domain, several concurrency strategies", "",
        f"{dates[0]} to {dates[-1]}, commit {', '.join(commits)}. {m['cores']} cores ({m['cpu']}), "
        f"{m['memory_gib']} GiB, {m['system']}, Linux {m['kernel']}.", "",
        f"Made by `./dev lab`: {len(rows)} runs of {', '.join(f'{s:g}' for s in seconds)} s, seeds "
        f"{', '.join(map(str, seeds))} (one for each round). **{right} of {len(rows)} runs were "
        "checked and right.** Figures are medians over the rounds, in brackets the lowest and the "
        "highest. In memory, nothing is made durable; clients share the cores with what they call. "
        "What each figure means, and what none of them shows: docs/lab.md."]
    if is_smoke:
        lines += ["", "A smoke run: it shows that everything works, and nothing about speed."]
    return [*lines, ""]


def write(file: Path, folder: Path, is_smoke: bool) -> Path:
    with file.open(newline="") as table:
        rows = list(csv.DictReader(table))
    results = Results(rows)
    lines = head(rows, is_smoke)
    for experiment in experiments.ALL:
        if not results.values(experiment):
            continue
        lines += [f"## {experiment.title}", "", f"Workload `{experiment.workload}`.", "",
                  *throughput_table(results, experiment), *detail_table(results, experiment)]
        for kind in experiment.plots:
            name = f"{experiment.name}-{kind}.svg"
            (folder / name).write_text(plot(results, experiment, kind))
            lines += [f"![{experiment.title}: {PLOTS[kind][0]}]({name})"]
        if experiment.plots:
            lines.append("")
    target = folder / "report.md"
    target.write_text("\n".join(lines).rstrip() + "\n")
    return target
