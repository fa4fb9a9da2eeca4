"""What went between the nodes and when: a strip of density a direction, marks for what is rare."""

from __future__ import annotations

from collections.abc import Sequence

from commonwatch.report import findings, words
from commonwatch.report.area_plot import PlotLayout, draw_time_axis
from commonwatch.report.axes import TimeAxis, flight_time_axis
from commonwatch.report.labels import text_width
from commonwatch.report.playback import playback_times
from commonwatch.report.svg import Canvas, number
from commonwatch.world.replay_result import ReplayResult, TimelineEntry

WIDE = PlotLayout(1120.0, 0.0, 132.0, 20.0, 40.0, 44.0, "wide")
NARROW = PlotLayout(380.0, 0.0, 84.0, 12.0, 40.0, 44.0, "narrow")
ROW_PX = 50.0
BAR_PX = 4.0
HALF_ROW_PX = 19.0
DENSE_KINDS = ("bulletin", "receipt", "withheld")
MARKS = {"suspended": "■ suspended", "restored": "▶ restored", "alert": "◆ alert"}
MARKS_MAX = 40


def timeline_rows(result: ReplayResult) -> list[tuple[str, str]]:
    """The directions that have a row of their own."""
    return [(source, target) for source, target, _ in findings.directions(result)]


def draw_timeline(result: ReplayResult, layout: PlotLayout) -> str:
    """The timeline as SVG."""
    rows = timeline_rows(result)
    height = layout.top + layout.bottom + ROW_PX * max(1, len(rows)) + 8.0
    when = findings.moments(result)
    axis = flight_time_axis(layout.left, layout.width - layout.right, when.burnout_s, when.end_s())
    canvas = Canvas(
        f"timeline-{layout.css_class}", layout.width, height,
        "Bulletins and receipts against time",
        "For each direction bulletins released (bars upwards), receipts that came back (bars "
        "downwards) and bulletins withheld (hatched bars upwards).",
        f"{layout.css_class} plot",
    )  # fmt: skip
    draw_time_axis(canvas, axis, (layout.top, height - layout.bottom), when)
    bins = _binned(result.timeline, axis)
    most = max((rate for rates in bins.values() for rate in rates.values()), default=1.0)
    for row, (source, target) in enumerate(rows):
        middle = layout.top + ROW_PX * (row + 0.5) + 4.0
        canvas.line((axis.left, middle), (axis.right, middle), "grid")
        told = f"{source} → {target}"
        canvas.text((axis.left - 10, middle + 5), told, "t", "end")
        for kind in DENSE_KINDS:
            source_first = (target, source) if kind == "receipt" else (source, target)
            data = _bars(bins.get((kind, *source_first), {}), axis, middle, most, kind)
            canvas.raw_path(data, f"bar-{kind}")
    _draw_marks(canvas, axis, result.timeline, rows, layout)
    xs = [axis.x(at_s) for at_s in playback_times(result)]
    canvas.follow_line(xs, layout.top, height - layout.bottom)
    canvas.text((4, height - 9), "◆ EXERCISE", "t t-exercise halo")
    return canvas.render()


Rates = dict[int, float]
"""Entries a second in each bar of a strip."""


def _binned(timeline: Sequence[TimelineEntry], axis: TimeAxis) -> dict[tuple[str, str, str], Rates]:
    """How many entries a second of a kind and direction fall into each bar of the strip."""
    bins: dict[tuple[str, str, str], Rates] = {}
    for entry in timeline:
        if entry.kind in DENSE_KINDS:
            rates = bins.setdefault((entry.kind, entry.source, entry.target), {})
            bar = int((axis.x(entry.at_s) - axis.left) / BAR_PX)
            start_x = axis.left + bar * BAR_PX
            span_s = axis.seconds(start_x + BAR_PX) - axis.seconds(start_x)
            rates[bar] = rates.get(bar, 0.0) + 1.0 / span_s
    return bins


def _bars(rates: Rates, axis: TimeAxis, middle: float, most: float, kind: str) -> str:
    """Bars whose length goes with the square root of the rate, so that one entry can be seen."""
    sign = 1.0 if kind == "receipt" else -1.0
    data = []
    for bar, rate in sorted(rates.items()):
        tall = max(2.0, HALF_ROW_PX * (rate / most) ** 0.5) * sign
        x = axis.left + bar * BAR_PX
        data.append(f"M{number(x)} {number(middle)}v{number(tall)}h3v{number(-tall)}z")
    return "".join(data)


def _draw_marks(
    canvas: Canvas,
    axis: TimeAxis,
    timeline: Sequence[TimelineEntry],
    rows: Sequence[tuple[str, str]],
    layout: PlotLayout,
) -> None:
    """Orders to suspend and restore, and alerts, each with its word on the rows that it touches."""
    rare = [entry for entry in timeline if entry.kind in MARKS][:MARKS_MAX]
    last_end: dict[int, float] = {}
    for entry in rare:
        x = axis.x(entry.at_s)
        touched = [row for row, way in enumerate(rows) if _touches(entry, way)]
        for row in touched[:1] if entry.kind == "alert" else touched:
            top = layout.top + ROW_PX * row + 4.0
            canvas.line((x, top), (x, top + ROW_PX), f"mark-{entry.kind}")
            told = MARKS[entry.kind]
            wide = text_width(told, 15.0)
            left = x - 5 - wide if axis.right - x < wide + 10 else x + 5
            if left < last_end.get(row, 0.0):
                continue
            last_end[row] = left + wide
            canvas.text((left, top + ROW_PX - 3), told, f"t t-{entry.kind} halo")


def _touches(entry: TimelineEntry, way: tuple[str, str]) -> bool:
    """Whether an order or an alert belongs on a direction's row."""
    if entry.kind == "alert":
        return way[0] == entry.source
    return set(way) == {entry.source, entry.target}


def timeline_table(result: ReplayResult) -> list[tuple[str, str, str]]:
    """The same for who cannot see it: per direction and minute, what went."""
    table = []
    for source, target in timeline_rows(result):
        for kind in DENSE_KINDS:
            pair = (target, source) if kind == "receipt" else (source, target)
            times = [
                entry.at_s
                for entry in result.timeline
                if entry.kind == kind and (entry.source, entry.target) == pair
            ]
            if times:
                told = f"{words.clock(min(times))} to {words.clock(max(times))}"
                name = words.count(len(times), kind) if kind != "withheld" else (
                    f"{len(times):,} withheld")  # fmt: skip
                table.append((f"{source} → {target}", name, told))
    marked = [entry for entry in result.timeline if entry.kind in MARKS][:MARKS_MAX]
    table += [
        (f"{entry.source} → {entry.target}", entry.kind, words.clock(entry.at_s))
        for entry in marked
    ]
    return table
