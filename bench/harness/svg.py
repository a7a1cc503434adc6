"""Plots as plain SVG: grouped bars and lines. No dependency, readable in a browser and on GitHub."""
import math
from html import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 78, 24, 62, 62
COLOURS = ["#1b6ca8", "#d1495b", "#edae49", "#3d8c57", "#7b5ea7", "#66788a", "#00798c", "#a0522d"]
TEXT, GRID, AXIS = "#24292f", "#e3e6ea", "#8b949e"
FONT = "font-family='system-ui, -apple-system, Segoe UI, sans-serif'"


def short(value: float) -> str:
    """1234567 -> 1.23M; three digits are all that a measurement deserves."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def nice_ceiling(value: float) -> float:
    if value <= 0:
        return 1
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value)


class Canvas:
    def __init__(self, title: str, subtitle: str):
        self.parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' "
            f"width='{WIDTH}' height='{HEIGHT}' role='img' aria-label='{escape(title, True)}' {FONT}>",
            f"<rect width='{WIDTH}' height='{HEIGHT}' fill='#ffffff'/>",
        ]
        self.text(20, 26, title, 16, weight="600")
        self.text(20, 45, subtitle, 12, fill=AXIS)

    def text(self, x, y, text, size=12, anchor="start", fill=TEXT, weight="400", extra=""):
        self.parts.append(f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' text-anchor='{anchor}' "
                          f"fill='{fill}' font-weight='{weight}' {extra}>{escape(str(text))}</text>")

    def line(self, x1, y1, x2, y2, colour=GRID, width=1.0):
        self.parts.append(f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' "
                          f"stroke='{colour}' stroke-width='{width}'/>")

    def add(self, part: str):
        self.parts.append(part)

    def legend(self, names: list[str]):
        x = LEFT
        y = HEIGHT - 14
        for i, name in enumerate(names):
            self.add(f"<rect x='{x}' y='{y - 10}' width='11' height='11' rx='2' "
                     f"fill='{COLOURS[i % len(COLOURS)]}'/>")
            self.text(x + 16, y, name)
            x += 30 + 7 * len(name)

    def finish(self) -> str:
        return "\n".join([*self.parts, "</svg>", ""])


class Axis:
    """Maps values to pixels, linear or logarithmic."""

    def __init__(self, low: float, high: float, start: float, end: float, log: bool):
        self.log = log
        if log:
            low = 10 ** math.floor(math.log10(low))
            high = 10 ** math.ceil(math.log10(high))
            if low == high:
                high = low * 10
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value: float) -> float:
        if self.log:
            share = (math.log10(max(value, self.low)) - math.log10(self.low)) / (
                math.log10(self.high) - math.log10(self.low))
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        if self.log:
            first, last = round(math.log10(self.low)), round(math.log10(self.high))
            return [10.0 ** exponent for exponent in range(first, last + 1)]
        return [self.low + (self.high - self.low) * i / 5 for i in range(6)]


def draw_y_axis(canvas: Canvas, axis: Axis, label: str) -> None:
    for tick in axis.ticks():
        y = axis(tick)
        canvas.line(LEFT, y, WIDTH - RIGHT, y)
        canvas.text(LEFT - 8, y + 4, short(tick), 11, "end", AXIS)
    canvas.text(16, (TOP + HEIGHT - BOTTOM) / 2, label, 11, "middle", AXIS,
                extra=f"transform='rotate(-90 16 {(TOP + HEIGHT - BOTTOM) / 2:.0f})'")


def bars(title: str, subtitle: str, unit: str, groups: list[str],
         series: dict[str, list[float | None]],
         spreads: dict[str, list[tuple[float, float] | None]] | None = None) -> str:
    """One group of bars for each name in `groups`, one bar in it for each series; the thin line on
    a bar runs from the slowest to the fastest round."""
    canvas = Canvas(title, subtitle)
    values = [v for row in series.values() for v in row if v is not None]
    highs = [s[1] for row in (spreads or {}).values() for s in row if s is not None]
    axis = Axis(0, nice_ceiling(max([*values, *highs, 1e-9])), HEIGHT - BOTTOM, TOP, log=False)
    draw_y_axis(canvas, axis, unit)
    group_width = (WIDTH - LEFT - RIGHT) / max(1, len(groups))
    bar_width = min(54.0, group_width * 0.82 / max(1, len(series)))
    for g, group in enumerate(groups):
        middle = LEFT + group_width * (g + 0.5)
        canvas.text(middle, HEIGHT - BOTTOM + 18, group, 12, "middle")
        left = middle - bar_width * len(series) / 2
        for s, (name, row) in enumerate(series.items()):
            value = row[g]
            if value is None:
                continue
            x, y = left + bar_width * s, axis(value)
            canvas.add(f"<rect x='{x + 1:.1f}' y='{y:.1f}' width='{bar_width - 2:.1f}' "
                       f"height='{HEIGHT - BOTTOM - y:.1f}' rx='2' "
                       f"fill='{COLOURS[s % len(COLOURS)]}'><title>{escape(name)}: "
                       f"{short(value)}</title></rect>")
            between = (spreads or {}).get(name, [None] * len(groups))[g]
            top = y
            if between is not None and between[1] > between[0]:
                centre = x + bar_width / 2
                top = axis(between[1])
                canvas.line(centre, axis(between[0]), centre, top, TEXT, 1.2)
            canvas.text(x + bar_width / 2, top - 5, short(value), 11, "middle")
    canvas.line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, AXIS)
    canvas.legend(list(series))
    return canvas.finish()


def lines(title: str, subtitle: str, x_label: str, y_label: str,
          series: dict[str, list[tuple[float, float]]], log_x: bool = False, log_y: bool = False,
          from_zero: bool = True) -> str:
    """One line for each series of (x, y) points."""
    canvas = Canvas(title, subtitle)
    points = [point for row in series.values() for point in row]
    if not points:
        points = [(1, 1)]
    xs, ys = [p[0] for p in points], [p[1] for p in points if p[1] > 0] or [1]
    x_low = min(xs) if log_x else (0 if from_zero else min(xs))
    x_axis = Axis(x_low, max(xs) if max(xs) > x_low else x_low + 1, LEFT, WIDTH - RIGHT, log_x)
    if log_x:  # the powers of ten around the data would leave half of the plot empty
        x_axis.low, x_axis.high = min(xs), max(max(xs), min(xs) * 1.01)
    y_low = min(ys) if log_y else 0
    y_axis = Axis(y_low, max(ys) if log_y else nice_ceiling(max(ys)), HEIGHT - BOTTOM, TOP, log_y)
    draw_y_axis(canvas, y_axis, y_label)
    x_ticks = sorted(set(xs)) if log_x or len(set(xs)) <= 8 else x_axis.ticks()
    for tick in x_ticks:
        canvas.line(x_axis(tick), TOP, x_axis(tick), HEIGHT - BOTTOM)
        canvas.text(x_axis(tick), HEIGHT - BOTTOM + 16, short(tick), 11, "middle", AXIS)
    canvas.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 32, x_label, 11, "middle", AXIS)
    for s, (name, row) in enumerate(series.items()):
        colour = COLOURS[s % len(COLOURS)]
        row = sorted(point for point in row if point[1] > 0 or not log_y)
        path = " ".join(f"{x_axis(x):.1f},{y_axis(y):.1f}" for x, y in row)
        canvas.add(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2.2'/>")
        for x, y in row:
            canvas.add(f"<circle cx='{x_axis(x):.1f}' cy='{y_axis(y):.1f}' r='3.4' fill='{colour}'>"
                       f"<title>{escape(name)}: {short(x)} -> {short(y)}</title></circle>")
    canvas.line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, AXIS)
    canvas.legend(list(series))
    return canvas.finish()
