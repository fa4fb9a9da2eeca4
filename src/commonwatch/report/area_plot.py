"""The area to search against time, alone and shared: one panel a nation, logarithmic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from commonwatch.report import findings, words
from commonwatch.report.axes import LogAxis, TimeAxis, flight_time_axis, log_axis
from commonwatch.report.findings import Moments
from commonwatch.report.labels import text_width
from commonwatch.report.playback import playback_times
from commonwatch.report.svg import Canvas, Point
from commonwatch.world.replay_result import ImpactView, ReplayResult

GAP_S = 25.0
"""Answers come every 10 s; a line breaks where they stay out for longer."""
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class PlotLayout:
    """Size of one panel and of its margins on a wide or a narrow page."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    css_class: str


WIDE = PlotLayout(1120.0, 300.0, 74.0, 92.0, 34.0, 40.0, "wide")
NARROW = PlotLayout(380.0, 290.0, 46.0, 14.0, 46.0, 40.0, "narrow")


def draw_areas(result: ReplayResult, code: str, layout: PlotLayout) -> str:
    """One nation's panel. All panels of a result share both axes, so that they compare."""
    when = findings.moments(result)
    axis_x = flight_time_axis(
        layout.left, layout.width - layout.right, when.burnout_s, when.end_s()
    )
    node = result.nodes[code]
    areas = [i.area_km2 for view in findings.all_views(result) for i in view.impact]
    axis_y = log_axis(layout.top, layout.height - layout.bottom, areas)
    canvas = Canvas(
        f"area-{code.lower()}-{layout.css_class}", layout.width, layout.height,
        f"{words.nation(code)}: area of the 95 % impact ellipse against time",
        _in_words(result, code), f"{layout.css_class} plot",
    )  # fmt: skip
    _shade_unseen(canvas, axis_x, axis_y, findings.spans(node.alone.path, "coasting"))
    draw_time_axis(canvas, axis_x, (axis_y.top, axis_y.bottom), when)
    _draw_area_axis(canvas, axis_x, axis_y, layout)
    _fill_between(canvas, axis_x, axis_y, node.alone.impact, node.shared.impact)
    for impacts, css in ((node.alone.impact, "alone"), (node.shared.impact, "shared")):
        _draw_series(canvas, axis_x, axis_y, impacts, css)
    _draw_gains(canvas, axis_x, axis_y, result, code)
    _label_series(canvas, axis_x, axis_y, result, code)
    xs = [axis_x.x(at_s) for at_s in playback_times(result)]
    canvas.follow_line(xs, axis_y.top, axis_y.bottom)
    canvas.text((4, layout.height - 5), "◆ EXERCISE", "t t-exercise halo")
    return canvas.render()


def _in_words(result: ReplayResult, code: str) -> str:
    told = []
    for comparison in findings.compare(result, code):
        alone = words.area(comparison.alone.area_km2 if comparison.alone else None)
        shared = words.area(comparison.shared.area_km2 if comparison.shared else None)
        told.append(f"{comparison.checkpoint.name}: alone {alone}, shared {shared}")
    return "; ".join(told) + "."


def draw_time_axis(
    canvas: Canvas, axis: TimeAxis, rows: tuple[float, float], when: Moments
) -> None:
    """Minutes after lift-off, the knee where the scale changes, and the flight's moments."""
    top, bottom = rows
    canvas.line((axis.left, bottom), (axis.right, bottom), "axis")
    wide = axis.right - axis.left > 500
    for tick in axis.ticks(58.0 if wide else 34.0):
        x = axis.x(tick)
        canvas.line((x, bottom), (x, bottom + 5), "axis")
        canvas.text((x, bottom + 19), f"{tick / 60:.0f}", "t t-soft", "middle")
    canvas.text((axis.right, bottom + 35), "minutes after lift-off", "t t-soft", "end")
    if axis.is_bent:
        canvas.line((axis.knee_x, top), (axis.knee_x, bottom + 8), "knee")
        if wide:
            canvas.text((axis.knee_x - 6, bottom + 35), "first minutes drawn wider ◂",
                        "t t-soft", "end")  # fmt: skip
    marks = (("burnout", when.burnout_s), ("apogee", when.apogee_s), ("re-entry", when.reentry_s))
    for name, at_s in marks:
        if at_s is None:
            continue
        x = axis.x(at_s)
        canvas.line((x, top - 6), (x, bottom), "moment")
        near_end = axis.right - x < text_width(name, 15.0) / 2
        canvas.text((x, top - 10), name, "t t-soft halo", "end" if near_end else "middle")


def _draw_area_axis(canvas: Canvas, axis_x: TimeAxis, axis_y: LogAxis, layout: PlotLayout) -> None:
    decades = axis_y.decades()
    step = 1 if (axis_y.bottom - axis_y.top) / len(decades) > 22 else 2
    for exponent in decades:
        y = axis_y.y(10.0**exponent)
        canvas.line((axis_x.left, y), (axis_x.right, y), "grid")
        if exponent % step == 0:
            power = "1" if exponent == 0 else "10" + str(exponent).translate(SUPERSCRIPTS)
            canvas.text((axis_x.left - 8, y + 5), power, "t t-soft", "end")
    canvas.text((layout.left - 38, layout.top - 10), "km²", "t t-soft")
    if layout.right < 60:
        return
    for radius_m, told in ((10, "10 m"), (100, "100 m"), (1e3, "1 km"), (1e4, "10 km"),
                           (1e5, "100 km")):  # fmt: skip
        area_km2 = math.pi * (radius_m / 1e3) ** 2
        y = axis_y.y(area_km2)
        if axis_y.top + 8 < y < axis_y.bottom - 4:
            canvas.line((axis_x.right, y), (axis_x.right + 5, y), "axis")
            canvas.text((axis_x.right + 9, y + 5), f"r {told}", "t t-soft")


def _shade_unseen(
    canvas: Canvas, axis_x: TimeAxis, axis_y: LogAxis, unseen: Sequence[tuple[float, float]]
) -> None:
    """Times at which the nation's own sensors saw nothing of it, and it could only extrapolate."""
    for start_s, end_s in unseen:
        x0, x1 = axis_x.x(start_s), axis_x.x(end_s)
        canvas.rect((x0, axis_y.top), x1 - x0, axis_y.bottom - axis_y.top, "unseen")
        if x1 - x0 > 190:
            canvas.text(((x0 + x1) / 2, axis_y.bottom - 9), "out of its own sensors’ sight",
                        "t t-soft halo", "middle")  # fmt: skip


def _stretches(impacts: Sequence[ImpactView]) -> list[list[ImpactView]]:
    found: list[list[ImpactView]] = []
    for impact in impacts:
        if not found or impact.at_s - found[-1][-1].at_s > GAP_S:
            found.append([])
        found[-1].append(impact)
    return found


def _points(axis_x: TimeAxis, axis_y: LogAxis, impacts: Sequence[ImpactView]) -> list[Point]:
    return [(axis_x.x(i.at_s), axis_y.y(i.area_km2)) for i in impacts]


def _draw_series(
    canvas: Canvas, axis_x: TimeAxis, axis_y: LogAxis, impacts: Sequence[ImpactView], css: str
) -> None:
    for stretch in _stretches(impacts):
        points = _points(axis_x, axis_y, stretch)
        if len(points) == 1:
            canvas.circle(points[0], 2.5, f"dot-{css}")
        canvas.path(points, f"line-{css}", least_px=1.0)


def _fill_between(
    canvas: Canvas,
    axis_x: TimeAxis,
    axis_y: LogAxis,
    alone: Sequence[ImpactView],
    shared: Sequence[ImpactView],
) -> None:
    """What sharing took away, wherever both have an answer at the same time."""
    other = {impact.at_s: impact for impact in shared}
    both = [impact for impact in alone if impact.at_s in other]
    for stretch in _stretches(both):
        upper = _points(axis_x, axis_y, stretch)
        lower = _points(axis_x, axis_y, [other[impact.at_s] for impact in stretch])
        canvas.path([*upper, *reversed(lower)], "gain", closed=True, least_px=1.0)


def _draw_gains(
    canvas: Canvas, axis_x: TimeAxis, axis_y: LogAxis, result: ReplayResult, code: str
) -> None:
    """How many times smaller, at each checkpoint, where the panel has the room to say so."""
    last_x = -math.inf
    for comparison in findings.compare(result, code):
        if comparison.alone is None or comparison.shared is None:
            continue
        x = axis_x.x(comparison.checkpoint.at_s)
        y0, y1 = axis_y.y(comparison.alone.area_km2), axis_y.y(comparison.shared.area_km2)
        canvas.line((x, y0), (x, y1), "bracket")
        canvas.circle((x, y0), 4.0, "dot-alone")
        canvas.circle((x, y1), 4.0, "dot-shared")
        ratio = comparison.ratio
        room = axis_x.right - axis_x.left > 500 or x - last_x > 70
        if ratio is None or ratio < 1.15 or not room:
            continue
        last_x = x
        most = words.RATIO_TOLD_MAX
        told = f"÷ {words.figure(ratio, 2)}" if ratio <= most else f"÷ {most:,} and more"
        at_y = (y0 + y1) / 2 + 5 if abs(y1 - y0) > 26 else max(y0, y1) + 22
        at_end = axis_x.right - x < text_width(told, 15.0) + 10
        canvas.text((x + (-7 if at_end else 7), at_y), told, "t t-strong halo",
                    "end" if at_end else "start")  # fmt: skip


def _label_series(
    canvas: Canvas, axis_x: TimeAxis, axis_y: LogAxis, result: ReplayResult, code: str
) -> None:
    """Names on the lines themselves, two fifths into the late part, where they run level."""
    at_s = axis_x.seconds(axis_x.left + 0.6 * (axis_x.right - axis_x.left))
    node = result.nodes[code]
    alone, shared = findings.impact_at(node.alone, at_s), findings.impact_at(node.shared, at_s)
    x = axis_x.x(at_s)
    if alone is not None:
        y = axis_y.y(alone.area_km2) - 9
        canvas.text((x, y), "alone", "t t-strong t-alone halo", "middle")
    if shared is not None:
        y = axis_y.y(shared.area_km2) + 20
        y = min(y, axis_y.bottom - 26)
        canvas.text((x, y), "shared", "t t-strong t-shared halo", "middle")
