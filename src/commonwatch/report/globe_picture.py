"""The picture of the whole arc above the globe, as a camera in space would see it."""

from __future__ import annotations

from collections.abc import Sequence

from commonwatch.report import findings, words
from commonwatch.report.findings import FlightPoint
from commonwatch.report.globe_scene import (
    Scene,
    draw_land,
    draw_regions,
    draw_sphere,
    raised,
    runs,
)
from commonwatch.report.labels import Labels
from commonwatch.report.playback import playback_points
from commonwatch.report.projection import ground_range_km, side_camera, unit_vector
from commonwatch.report.svg import Canvas, Point, thin
from commonwatch.world.replay_result import ReplayResult

CAMERA_TILT_DEG = 47.0
CAMERA_ROLL_DEG = 16.0
CAMERA_DISTANCE = 7.0
LOCAL_SENSOR_KM = 3000.0
"""Sensors farther than this from the launch (satellites, mostly) are named in words, not drawn."""

Ends = tuple[tuple[float, float], tuple[float, float]]


def _compose(
    flight: Sequence[FlightPoint],
    ends: Ends,
    width: float,
    height: float,
) -> Scene:
    """A scene that holds the arc and enough of the globe beneath it to know where one is."""
    across = 0.66 if width > height * 1.3 else 0.54  # on a wide page words stand beside the arc
    camera = side_camera(
        unit_vector(*ends[0]),
        unit_vector(*ends[1]),
        tilt_deg=CAMERA_TILT_DEG,
        roll_deg=CAMERA_ROLL_DEG,
        distance=CAMERA_DISTANCE,
    )
    seen = [camera.see(raised(p.lat_deg, p.lon_deg, p.height_km)) for p in flight]
    low_x, high_x = min(x for x, _ in seen), max(x for x, _ in seen)
    low_y, high_y = min(y for _, y in seen), max(y for _, y in seen)
    scale = min(
        0.64 * height / max(high_y - low_y, 1e-6),
        0.62 * width / max(high_x - low_x, 1e-6),
        3.2 * width / camera.limb / 2.0,
    )
    left_at = across * width - scale * (low_x + high_x) / 2.0
    top_at = 0.08 * height + scale * high_y
    return Scene(camera, (left_at, top_at), scale)


def draw_globe(result: ReplayResult, *, width: float, height: float, css_class: str) -> str | None:
    """The picture as SVG; None where neither truth nor any node's path is there to draw."""
    flight = findings.flight(result)
    ends = findings.endpoints(result)
    if len(flight) < 2 or ends is None:
        return None
    apogee_s = findings.moments(result).apogee_s
    top = max(flight, key=lambda point: point.height_km)
    top = top if apogee_s is None else findings.at_time(flight, apogee_s)
    canvas = Canvas(
        f"globe-{css_class}",
        width,
        height,
        "The arc above the globe",
        f"The flight seen from the side: from {words.coordinates(*ends[0])} up to "
        f"{words.figure(top.height_km, 4)} km and down to {words.coordinates(*ends[1])}. "
        "The line is solid where at least one nation's own sensors had it in sight, dashed where "
        "every nation extrapolated.",
        css_class=f"{css_class} globe",
    )
    scene = _compose(flight, ends, width, height)
    draw_sphere(canvas, scene)
    draw_land(canvas, scene)
    draw_regions(canvas, scene, findings.alert_region_ids(result))
    _draw_arc(canvas, scene, flight, list(findings.own_spans(result).values()))
    _label_arc(canvas, scene, flight, top)
    _draw_ground(canvas, scene, result, ends)
    canvas.follow(_above(scene, playback_points(result)))
    canvas.mark_exercise((0.93 * width, height - 14.0))  # the style sheet fades the edge
    return canvas.render()


def _above(scene: Scene, points: Sequence[FlightPoint]) -> list[Point]:
    return [scene.spot(p.lat_deg, p.lon_deg, p.height_km) for p in points]


def _draw_arc(
    canvas: Canvas,
    scene: Scene,
    flight: Sequence[FlightPoint],
    seen_spans: Sequence[Sequence[tuple[float, float]]],
) -> None:
    """Veil down to the ground track, the track, and the arc itself: solid in sight, dashed else."""
    track = [scene.spot(p.lat_deg, p.lon_deg) for p in flight]
    arc = _above(scene, flight)
    canvas.parts.append(f'<g style="fill:url(#{canvas.name}-veil)">')
    canvas.path([*arc, *reversed(track)], "veil", closed=True)
    canvas.parts.append("</g>")
    canvas.path(track, "ground-track")
    _draw_drop_lines(canvas, scene, flight)
    visible = runs(flight, lambda p: not scene.hides(p.lat_deg, p.lon_deg, p.height_km))
    for run in visible:
        canvas.path(_above(scene, run), "arc-glow")
    if not any(seen_spans):
        for run in visible:
            canvas.path(_above(scene, run), "arc-seen")
        return
    for run in visible:
        canvas.path(_above(scene, run), "arc-unseen")
        for part in runs(run, lambda p: findings.in_any(p.at_s, seen_spans)):
            canvas.path(_above(scene, part), "arc-seen")


def _draw_drop_lines(canvas: Canvas, scene: Scene, flight: Sequence[FlightPoint]) -> None:
    for point in _marks(flight):
        foot = scene.spot(point.lat_deg, point.lon_deg)
        canvas.line(_above(scene, [point])[0], foot, "drop-line")


def _marks(flight: Sequence[FlightPoint]) -> list[FlightPoint]:
    """Where the object was at every second, fifth or tenth whole minute between the ends."""
    span_s = flight[-1].at_s - flight[0].at_s
    step_s = 600.0 if span_s > 2400.0 else 300.0 if span_s > 900.0 else 120.0
    steps = range(1, int(flight[-1].at_s / step_s) + 1)
    return [findings.at_time(flight, k * step_s) for k in steps if k * step_s < flight[-1].at_s]


def _label_arc(
    canvas: Canvas, scene: Scene, flight: Sequence[FlightPoint], top: FlightPoint
) -> None:
    """Times and heights along the arc: the way up on its left, the way down on its right."""
    apogee = _above(scene, [top])[0]
    lowest_y = max(scene.spot(p.lat_deg, p.lon_deg)[1] for p in flight)
    canvas.circle(apogee, 5.5, "apogee-dot")
    told = f"Apogee {words.figure(top.height_km, 4)} km"
    canvas.text((apogee[0] + 13, apogee[1] - 4), told, "t t-strong halo")
    canvas.text((apogee[0] + 13, apogee[1] + 15), words.clock(top.at_s), "t t-soft halo")
    labels = Labels(canvas, 15.0)
    for at in thin(_above(scene, flight), 10.0):
        labels.block(at, 4.0)
    for point in _marks(flight):
        x, y = _above(scene, [point])[0]
        canvas.circle((x, y), 3.0, "arc-dot")
        if abs(y - apogee[1]) < 30 or lowest_y - y < 40:
            continue
        told = f"{words.clock(point.at_s)} · {words.figure(point.height_km, 3)} km"
        labels.put((x, y), told, "t t-soft halo", 11.0, leftwards=point.at_s < top.at_s)


def _draw_ground(canvas: Canvas, scene: Scene, result: ReplayResult, ends: Ends) -> None:
    """Launch, impact, and the notional sensors near them; the sensors' names stand on the map."""
    labels = Labels(canvas, 15.0)
    spots = [scene.spot(*end) for end in ends]
    for at in spots:
        labels.block(at, 9.0)
    for x, y in _sensor_spots(scene, result, ends):
        canvas.rect((x - 3.5, y - 3.5), 7, 7, "sensor")
        labels.block((x, y), 5.0)
    (x, y), (u, v) = spots
    canvas.path([(x, y - 8), (x + 7, y + 5), (x - 7, y + 5)], "end-mark", closed=True)
    canvas.path([(u - 6, v - 6), (u + 6, v + 6)], "cross")
    canvas.path([(u - 6, v + 6), (u + 6, v - 6)], "cross")
    for at, name in zip(spots, ("Launch", "Impact"), strict=True):
        labels.put(at, name, "t t-strong halo", 13.0, leftwards=name == "Launch")


def _sensor_spots(scene: Scene, result: ReplayResult, ends: Ends) -> list[Point]:
    start = unit_vector(*ends[0])
    return [
        scene.spot(sensor.lat_deg, sensor.lon_deg)
        for sensor in result.sensors
        if ground_range_km(start, unit_vector(sensor.lat_deg, sensor.lon_deg)) <= LOCAL_SENSOR_KM
        and not scene.hides(sensor.lat_deg, sensor.lon_deg)
    ]
