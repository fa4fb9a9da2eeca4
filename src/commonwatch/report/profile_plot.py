"""Altitude against ground range, with which nation's sensors had the object in sight."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from commonwatch.report import findings, words
from commonwatch.report.area_plot import PlotLayout
from commonwatch.report.axes import pleasant_step
from commonwatch.report.findings import FlightPoint
from commonwatch.report.labels import Labels
from commonwatch.report.playback import playback_points
from commonwatch.report.projection import ground_range_km, unit_vector
from commonwatch.report.svg import Canvas, Point, thin
from commonwatch.world.replay_result import ReplayResult

WIDE = PlotLayout(1120.0, 520.0, 92.0, 40.0, 46.0, 50.0, "wide")
NARROW = PlotLayout(380.0, 460.0, 58.0, 20.0, 46.0, 48.0, "narrow")
KARMAN_LINE_KM = findings.KARMAN_LINE_M / 1e3
RIBBON_PX = 7.0
SHORTEST_NAMED_PX = 24.0


def draw_profile(result: ReplayResult, layout: PlotLayout) -> str | None:
    """The plot as SVG; None where there is no flight to draw."""
    flight, ends = findings.flight(result), findings.endpoints(result)
    if len(flight) < 2 or ends is None:
        return None
    start = unit_vector(*ends[0])
    ranges = [ground_range_km(start, unit_vector(p.lat_deg, p.lon_deg)) for p in flight]
    top = max(flight, key=lambda point: point.height_km)
    canvas = Canvas(
        f"profile-{layout.css_class}", layout.width, layout.height,
        "Altitude against ground range",
        f"Up to {words.figure(top.height_km, 4)} km and {words.figure(max(ranges), 4)} km far. "
        "Beside the line: which nation’s own sensors had the object in sight.",
        f"{layout.css_class} plot",
    )  # fmt: skip
    to_x = (layout.width - layout.left - layout.right) / (max(ranges) * 1.04)
    to_y = (layout.height - layout.top - layout.bottom) / (top.height_km * 1.03)
    base = layout.height - layout.bottom

    def scale(point: FlightPoint) -> Point:
        range_km = ground_range_km(start, unit_vector(point.lat_deg, point.lon_deg))
        return (layout.left + range_km * to_x, base - point.height_km * to_y)

    points = [scale(point) for point in flight]
    _draw_axes(canvas, layout, (to_x, to_y), (max(ranges), top.height_km))
    labels = Labels(canvas, 15.0 if layout.width > 600 else 14.0)
    for at in thin(points, 8.0):
        labels.block(at, 4.0)
    _draw_ribbons(canvas, result, flight, points, labels)
    _draw_line(canvas, result, flight, points)
    _draw_marks(canvas, result, flight, scale, labels)
    canvas.follow([scale(point) for point in playback_points(result)])
    canvas.text((layout.width - 8, 22), "◆ EXERCISE", "t t-exercise halo", "end")
    return canvas.render()


def _draw_axes(
    canvas: Canvas,
    layout: PlotLayout,
    scale: tuple[float, float],
    most: tuple[float, float],
) -> None:
    base, right = layout.height - layout.bottom, layout.width - layout.right
    step = pleasant_step(most[1], 6)
    for k in range(int(most[1] / step) + 1):
        y = base - k * step * scale[1]
        canvas.line((layout.left, y), (right, y), "axis" if k == 0 else "grid")
        canvas.text((layout.left - 8, y + 5), f"{k * step:,.0f}", "t t-soft", "end")
    step = pleasant_step(most[0], 10 if layout.width > 600 else 5)
    for k in range(int(most[0] / step) + 1):
        x = layout.left + k * step * scale[0]
        canvas.line((x, base), (x, base + 5), "axis")
        canvas.text((x, base + 20), f"{k * step:,.0f}", "t t-soft", "middle")
    canvas.text((6, layout.top - 22), "altitude, km", "t t-soft")
    canvas.text((right, base + 38), "ground range from the launch point, km", "t t-soft", "end")
    y = base - KARMAN_LINE_KM * scale[1]
    if most[1] > 1.5 * KARMAN_LINE_KM:
        canvas.line((layout.left, y), (right, y), "moment")
        middle = (layout.left + right) / 2
        told = "100 km: edge of space" if layout.width > 600 else "100 km"
        canvas.text((middle, y - 6), told, "t t-soft halo", "middle")


def _offset(points: Sequence[Point], distance: float) -> list[Point]:
    """The line moved inwards, to the right of its direction of travel on the canvas."""
    moved = []
    for k, (x, y) in enumerate(points):
        x0, y0 = points[max(0, k - 1)]
        x1, y1 = points[min(len(points) - 1, k + 1)]
        length = math.hypot(x1 - x0, y1 - y0) or 1.0
        moved.append((x - (y1 - y0) / length * distance, y + (x1 - x0) / length * distance))
    return moved


def _draw_ribbons(
    canvas: Canvas,
    result: ReplayResult,
    flight: Sequence[FlightPoint],
    points: Sequence[Point],
    labels: Labels,
) -> None:
    """Inside the line a ribbon a nation, where its own sensors had the object in sight."""
    for row, (code, seen) in enumerate(findings.own_spans(result).items()):
        for start_s, end_s in seen:
            part = _offset(_between(flight, points, start_s, end_s), (row + 1) * RIBBON_PX + 2.0)
            part = [at for at in part if at[1] <= points[0][1]]
            canvas.path(part, f"ribbon ribbon-{row % 4}", least_px=1.0)
            if part and math.dist(part[0], part[-1]) > SHORTEST_NAMED_PX:
                falling = part[-1][1] > part[0][1]
                upper = part[0] if falling else part[-1]
                told, css = f"{code} sees it", f"t t-ribbon-{row % 4} halo"
                labels.put(upper, told, css, 14.0, leftwards=falling)


def _between(
    flight: Sequence[FlightPoint], points: Sequence[Point], start_s: float, end_s: float
) -> list[Point]:
    """The drawn points of a stretch of time, thinned out."""
    chosen = [
        at for point, at in zip(flight, points, strict=True) if start_s <= point.at_s <= end_s
    ]
    return thin(chosen, 2.0)


def _draw_line(
    canvas: Canvas, result: ReplayResult, flight: Sequence[FlightPoint], points: Sequence[Point]
) -> None:
    """The flight: dashed, and solid over that where anybody's own sensors saw it."""
    seen = [span for many in findings.own_spans(result).values() for span in many]
    canvas.path(points, "arc-unseen" if seen else "arc-seen", least_px=1.0)
    for start_s, end_s in seen:
        canvas.path(_between(flight, points, start_s, end_s), "arc-seen", least_px=1.0)


def _draw_marks(
    canvas: Canvas,
    result: ReplayResult,
    flight: Sequence[FlightPoint],
    scale: Callable[[FlightPoint], Point],
    labels: Labels,
) -> None:
    when = findings.moments(result)
    marks = (("apogee", when.apogee_s), ("burnout", when.burnout_s), ("re-entry", when.reentry_s))
    for name, at_s in marks:
        if at_s is None:
            continue
        point = findings.at_time(flight, at_s)
        at = scale(point)
        canvas.circle(at, 5.0, "apogee-dot")
        labels.block(at, 6.0)
        height_km = words.figure(point.height_km, 4 if point.height_km > 1000 else 3)
        told = f"{name} {words.clock(at_s)}"
        if name != "re-entry":
            told += f", {height_km} km"
        if name == "apogee":
            canvas.text((at[0], at[1] - 13), told, "t t-strong halo", "middle")
        else:
            near = 14.0 if name == "burnout" else 40.0
            if not labels.put(at, told, "t halo", near, leftwards=True):
                labels.put(at, told, "t halo", 90.0)
