"""Altitude against ground range, with which nation's sensors had the object in sight."""

from __future__ import annotations

import math
from collections.abc import Sequence

from commonwatch.report import findings, words
from commonwatch.report.area_plot import PlotLayout
from commonwatch.report.axes import pleasant_step
from commonwatch.report.findings import FlightPoint
from commonwatch.report.projection import ground_range_km, unit_vector
from commonwatch.report.svg import Canvas, Point, thin
from commonwatch.world.replay_result import ReplayResult

WIDE = PlotLayout(1120.0, 520.0, 92.0, 40.0, 46.0, 50.0, "wide")
NARROW = PlotLayout(380.0, 460.0, 58.0, 20.0, 46.0, 48.0, "narrow")
KARMAN_LINE_KM = findings.KARMAN_LINE_M / 1e3
RIBBON_PX = 7.0


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
    points = [
        (layout.left + range_km * to_x, base - point.height_km * to_y)
        for range_km, point in zip(ranges, flight, strict=True)
    ]
    _draw_axes(canvas, layout, (to_x, to_y), (max(ranges), top.height_km))
    _draw_ribbons(canvas, result, flight, points)
    canvas.path(points, "arc-seen", least_px=1.0)
    _draw_marks(canvas, result, flight, points)
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
        canvas.text((right - 4, y - 6), "100 km: edge of space", "t t-soft halo", "end")


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
) -> None:
    """Beneath the line a ribbon a nation, where its own sensors had the object in sight."""
    for row, (code, seen) in enumerate(findings.own_spans(result).items()):
        longest: list[Point] = []
        for start_s, end_s in seen:
            part = [
                at
                for point, at in zip(flight, points, strict=True)
                if start_s <= point.at_s <= end_s
            ]
            part = _offset(thin(part, 2.0), (row + 1) * RIBBON_PX + 2.0)
            canvas.path(part, f"ribbon ribbon-{row % 4}", least_px=1.0)
            longest = max(longest, part, key=len)
        if longest:
            _label_ribbon(canvas, longest, code, row)


def _label_ribbon(canvas: Canvas, part: Sequence[Point], code: str, row: int) -> None:
    """The nation's code inside the arc, staggered so that the rows do not meet."""
    at = part[min(len(part) - 1, int(len(part) * (0.75 - 0.2 * row)))]
    rising = part[-1][1] <= part[0][1]
    canvas.text(
        (at[0] + (14 + 7 * (2 - row) if rising else -14 - 7 * (2 - row)), at[1] + 5),
        f"{code} sees it", "t halo", "start" if rising else "end",
    )  # fmt: skip


def _draw_marks(
    canvas: Canvas,
    result: ReplayResult,
    flight: Sequence[FlightPoint],
    points: Sequence[Point],
) -> None:
    when = findings.moments(result)
    marks = (("burnout", when.burnout_s), ("apogee", when.apogee_s), ("re-entry", when.reentry_s))
    for name, at_s in marks:
        if at_s is None:
            continue
        k = min(range(len(flight)), key=lambda k: abs(flight[k].at_s - at_s))
        canvas.circle(points[k], 5.0, "apogee-dot")
        told = f"{name} {words.clock(at_s)}, {words.figure(flight[k].height_km, 4)} km"
        x, y = points[k]
        if name == "apogee":
            canvas.text((x, y - 12), told, "t t-strong halo", "middle")
        elif x < canvas.width / 2:
            canvas.text((x + 44, y + 5), told, "t halo")
        else:
            canvas.text((x - 44, y + 5), told, "t halo", "end")
