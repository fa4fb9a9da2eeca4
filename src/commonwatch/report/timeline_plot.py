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
RARE_KINDS = ("suspended", "restored", "alert")
SUSPENDED = "■ suspended"
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
    """On the rows that they touch: suspensions as shaded spans with their word, alerts as marks."""
    for row, (source, target) in enumerate(rows):
        top = layout.top + ROW_PX * row + 4.0
        for start_s, end_s in suspensions(timeline, {source, target}, axis.end_s):
            x0, x1 = axis.x(start_s), axis.x(end_s)
            canvas.rect((x0, top), x1 - x0, ROW_PX, "suspended-span")
            canvas.line((x0, top), (x0, top + ROW_PX), "mark-suspended")
            _label_span(canvas, axis, (x0, x1), top)
            if end_s < axis.end_s:
                canvas.line((x1, top), (x1, top + ROW_PX), "mark-restored")
        alerts = [e for e in timeline if e.kind == "alert" and e.source == source][:MARKS_MAX]
        first_row = next(k for k, way in enumerate(rows) if way[0] == source)
        for alert in alerts if row == first_row else []:
            canvas.text((axis.x(alert.at_s), top + 10), "◆", "t t-alert halo", "middle")


def _label_span(canvas: Canvas, axis: TimeAxis, ends: tuple[float, float], top: float) -> None:
    """The word within its span, or behind it where the span is too short for it."""
    wide = text_width(SUSPENDED, 15.0) + 10
    x = ends[0] if ends[1] - ends[0] > wide or ends[1] + wide > axis.right else ends[1]
    x = min(x, axis.right - wide)
    canvas.text((x + 5, top + ROW_PX - 5), SUSPENDED, "t t-suspended halo")


def suspensions(
    timeline: Sequence[TimelineEntry], pair: set[str], end_s: float
) -> list[tuple[float, float]]:
    """When nothing could cross between a pair: from the first order to the last one to restore.

    Restoring takes both sides, so a span ends with the last "restored" before the next "suspended".
    """
    spans: list[tuple[float, float]] = []
    open_since: float | None = None
    for entry in timeline:
        if {entry.source, entry.target} != pair or entry.kind not in {"suspended", "restored"}:
            continue
        if entry.kind == "suspended" and open_since is None:
            open_since = entry.at_s
        elif entry.kind == "restored" and open_since is not None:
            spans.append((open_since, entry.at_s))
            open_since = None
        elif entry.kind == "restored" and spans:
            spans[-1] = (spans[-1][0], entry.at_s)
    if open_since is not None:
        spans.append((open_since, end_s))
    return spans


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
    marked = [entry for entry in result.timeline if entry.kind in RARE_KINDS][:MARKS_MAX]
    table += [
        (f"{entry.source} → {entry.target}", entry.kind, words.clock(entry.at_s))
        for entry in marked
    ]
    return table
