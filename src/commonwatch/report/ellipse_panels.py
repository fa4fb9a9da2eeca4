"""Small maps, one a nation and checkpoint: the area to search alone and shared, to one scale."""

from __future__ import annotations

from dataclasses import dataclass

from commonwatch.report import findings, words
from commonwatch.report.findings import Comparison
from commonwatch.report.map_frame import Frame, draw_base, draw_scale_bar, frame_about
from commonwatch.report.map_picture import impact_ellipse
from commonwatch.report.projection import Ellipse, destination
from commonwatch.report.svg import Canvas
from commonwatch.world.replay_result import LaunchView, ReplayResult

WIDTH, HEIGHT = 340.0, 236.0
SMALLEST_DRAWN_PX = 5.0


@dataclass(frozen=True, slots=True)
class Panel:
    """A small map and the sentence beneath it."""

    picture: str
    caption: str


def draw_panels(result: ReplayResult, code: str) -> list[Panel]:
    """One nation's panels: every checkpoint at which it knew something, then the launch point."""
    panels = []
    for k, comparison in enumerate(findings.compare(result, code)):
        if comparison.alone is not None or comparison.shared is not None:
            panels.append(_impact_panel(result, code, k, comparison))
    launch = _launch_panel(result, code)
    return [*panels, launch] if launch else panels


def _impact_panel(result: ReplayResult, code: str, k: int, comparison: Comparison) -> Panel:
    at = comparison.checkpoint
    told = _told(
        words.area(comparison.alone.area_km2 if comparison.alone else None),
        words.area(comparison.shared.area_km2 if comparison.shared else None),
    )
    canvas = Canvas(
        f"panel-{code.lower()}-{k}", WIDTH, HEIGHT,
        f"{words.nation(code)}: impact area {at.name} ({words.clock(at.at_s)})",
        f"95 % ellipses to one scale. {told}", "panel",
    )  # fmt: skip
    truth = result.truth
    _draw(
        canvas,
        impact_ellipse(comparison.alone) if comparison.alone else None,
        impact_ellipse(comparison.shared) if comparison.shared else None,
        (truth.impact_lat_deg, truth.impact_lon_deg) if truth else None,
    )
    canvas.text((12, 24), f"{at.name}", "t t-strong halo")
    ratio = comparison.ratio
    told_ratio = ratio is not None and 1.05 <= ratio <= words.RATIO_TOLD_MAX
    gain = f" {words.figure(ratio or 1.0, 2)} times smaller." if told_ratio else ""
    return Panel(canvas.render(), told + gain)


def _launch_ellipse(launch: LaunchView) -> Ellipse:
    return Ellipse(
        launch.lat_deg,
        launch.lon_deg,
        launch.semi_major_m / 1e3,
        launch.semi_minor_m / 1e3,
        launch.azimuth_deg,
    )


def _launch_panel(result: ReplayResult, code: str) -> Panel | None:
    node, truth = result.nodes[code], result.truth
    alone, shared = node.alone.launch, node.shared.launch
    if alone is None and shared is None:
        return None
    told = _told(
        words.length(alone.semi_major_m if alone else None),
        words.length(shared.semi_major_m if shared else None),
    )
    canvas = Canvas(
        f"panel-{code.lower()}-launch", WIDTH, HEIGHT,
        f"{words.nation(code)}: launch point, last answer",
        f"95 % ellipses of the launch point, long half-axes. {told}", "panel",
    )  # fmt: skip
    _draw(
        canvas,
        _launch_ellipse(alone) if alone else None,
        _launch_ellipse(shared) if shared else None,
        (truth.launch_lat_deg, truth.launch_lon_deg) if truth else None,
    )
    canvas.text((12, 24), "launch point", "t t-strong halo")
    return Panel(canvas.render(), f"Long half-axis. {told}")


def _told(alone: str, shared: str) -> str:
    return f"Alone {alone}, shared {shared}."


def _draw(
    canvas: Canvas,
    alone: Ellipse | None,
    shared: Ellipse | None,
    truth: tuple[float, float] | None,
) -> None:
    """Base map, ellipses and the true point, framed by the larger ellipse."""
    known = [ellipse for ellipse in (alone, shared) if ellipse is not None]
    largest = max(known, key=lambda ellipse: ellipse.semi_major_km)
    middle = truth or (largest.lat_deg, largest.lon_deg)
    places = [at for ellipse in known for at in ellipse.outline(24)]
    least_km = max(0.02, largest.semi_major_km * 0.1)
    places += [destination(*middle, azimuth, least_km) for azimuth in (0, 90, 180, 270)]
    frame = frame_about(middle, places, WIDTH, HEIGHT, padding=0.2)
    draw_base(canvas, frame)
    if alone:
        outline = [frame.spot(*at) for at in alone.outline()]
        canvas.path(outline, "ellipse-alone", closed=True, least_px=0.3)
    if shared:
        _draw_shared(canvas, frame, shared)
    if truth:
        x, y = frame.spot(*truth)
        canvas.path([(x - 5, y - 5), (x + 5, y + 5)], "cross")
        canvas.path([(x - 5, y + 5), (x + 5, y - 5)], "cross")
    draw_scale_bar(canvas, frame, (14.0, HEIGHT - 14.0), 0.3 * WIDTH)
    canvas.text((WIDTH - 10, HEIGHT - 12), "◆ EXERCISE", "t t-exercise halo", "end")


def _draw_shared(canvas: Canvas, frame: Frame, shared: Ellipse) -> None:
    """The shared ellipse to scale, ringed where it would be too small to find."""
    outline = [frame.spot(*at) for at in shared.outline()]
    canvas.path(outline, "ellipse-shared", closed=True, least_px=0.05)
    if shared.semi_major_km * frame.px_per_km < SMALLEST_DRAWN_PX:
        canvas.circle(frame.spot(shared.lat_deg, shared.lon_deg), 12.0, "ring-shared")
