"""The arc on a map: ground track, ellipses alone and shared, notional sensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from commonwatch.report import findings, words
from commonwatch.report.alert_texts import alert_outlines
from commonwatch.report.findings import FlightPoint
from commonwatch.report.globe_scene import runs
from commonwatch.report.labels import Labels
from commonwatch.report.map_frame import Frame, draw_base, draw_scale_bar, frame_about
from commonwatch.report.playback import playback_points
from commonwatch.report.projection import Ellipse, ground_range_km, place, unit_vector
from commonwatch.report.svg import Canvas, Point
from commonwatch.world.replay_result import ImpactView, PathPoint, ReplayResult, SensorView

LOCAL_SENSOR_KM = 1800.0
PATH_POINTS_MAX = 160
VISIBLY_APART_PX = 2.0
LARGEST_FRAMED_M = 300_000.0
"""A larger ellipse is told in words: drawn, it would hide the map or make all the rest small."""
HELD_SIGMA_MAX_M = 50_000.0
"""Where a node held the object is drawn while it knew that to this; later it only guessed."""

Ends = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class MapLayout:
    """Size of the map on a wide or a narrow page."""

    width: float
    height: float
    css_class: str


def impact_ellipse(view: ImpactView) -> Ellipse:
    """The 95 % ellipse of an answer."""
    return Ellipse(
        view.lat_deg,
        view.lon_deg,
        view.semi_major_m / 1e3,
        view.semi_minor_m / 1e3,
        view.azimuth_deg,
    )


def midpoint(ends: Ends) -> tuple[float, float]:
    """The place halfway between launch and impact."""
    (ax, ay, az), (bx, by, bz) = unit_vector(*ends[0]), unit_vector(*ends[1])
    return place((ax + bx, ay + by, az + bz))


def near_sensors(result: ReplayResult, ends: Ends) -> tuple[list[SensorView], list[SensorView]]:
    """The sensors that fit on the map, and the others."""
    middle = unit_vector(*midpoint(ends))
    near: list[SensorView] = []
    far: list[SensorView] = []
    for sensor in result.sensors:
        distance_km = ground_range_km(middle, unit_vector(sensor.lat_deg, sensor.lon_deg))
        (near if distance_km <= LOCAL_SENSOR_KM else far).append(sensor)
    return near, far


def draw_map(result: ReplayResult, layout: MapLayout) -> str | None:
    """The map as SVG; None where neither truth nor any node says where it went."""
    ends = findings.endpoints(result)
    if ends is None:
        return None
    near, _ = near_sensors(result, ends)
    track = [(p.lat_deg, p.lon_deg) for p in findings.flight(result)]
    places = [*ends, *((s.lat_deg, s.lon_deg) for s in near), *track[:: max(1, len(track) // 50)]]
    places += [*_ellipse_places(result), *(at for line in alert_outlines(result) for at in line)]
    frame = frame_about(midpoint(ends), places, layout.width, layout.height, padding=0.09)
    canvas = Canvas(
        f"map-{layout.css_class}",
        layout.width,
        layout.height,
        "The ground track on a map",
        f"Azimuthal equidistant map about the middle of the flight, from "
        f"{words.coordinates(*ends[0])} to {words.coordinates(*ends[1])}, with each nation's 95 % "
        "impact ellipse alone and shared, and the notional sensors.",
        css_class=f"{layout.css_class} map",
    )
    draw_base(canvas, frame, findings.alert_region_ids(result))
    for outline in alert_outlines(result):
        canvas.path([frame.spot(*at) for at in outline], "alert-region", closed=True)
    labels = Labels(canvas, 14.0)
    for end in ends:
        labels.block(frame.spot(*end), 8.0)
    _draw_tracks(canvas, frame, result, track)
    _draw_ellipses(canvas, frame, result, labels)
    _draw_ends(canvas, frame, ends, labels)
    _draw_sensors(canvas, frame, near, labels)
    canvas.follow([frame.spot(p.lat_deg, p.lon_deg) for p in playback_points(result)])
    draw_scale_bar(canvas, frame, (18.0, layout.height - 18.0), 0.22 * layout.width)
    canvas.mark_exercise((layout.width - 12.0, layout.height - 16.0))
    return canvas.render()


def _ellipse_places(result: ReplayResult) -> list[tuple[float, float]]:
    """The ellipses that the map shows, where they are not larger than the map should be."""
    places = []
    for code in result.nodes:
        for comparison in findings.compare(result, code)[:1]:
            for view in (comparison.alone, comparison.shared):
                if view is not None and view.semi_major_m < LARGEST_FRAMED_M:
                    places += impact_ellipse(view).outline(24)
    return places


def _points(frame: Frame, line: Sequence[tuple[float, float]]) -> list[Point]:
    step = max(1, len(line) // PATH_POINTS_MAX)
    return [frame.spot(*at) for at in (*line[::step], *line[-1:])]


def _draw_tracks(
    canvas: Canvas, frame: Frame, result: ReplayResult, track: Sequence[tuple[float, float]]
) -> None:
    """The flight's track, and what each nation held where that parts from it visibly."""
    canvas.path(_points(frame, track), "true-track")
    flight = findings.flight(result)
    for node in result.nodes.values():
        for view, css in ((node.alone, "alone-path"), (node.shared, "shared-path")):
            step = max(1, len(view.path) // PATH_POINTS_MAX)
            held = [point for point in view.path[::step] if point.sigma_m < HELD_SIGMA_MAX_M]
            for run in runs(held, lambda p: _parts(frame, p, flight)):
                canvas.path([frame.spot(p.lat_deg, p.lon_deg) for p in run], css)


def _parts(frame: Frame, held: PathPoint, flight: Sequence[FlightPoint]) -> bool:
    """Whether a held position lies visibly beside where the object was at that time."""
    there = findings.at_time(flight, held.at_s)
    apart = math.dist(
        frame.spot(held.lat_deg, held.lon_deg), frame.spot(there.lat_deg, there.lon_deg)
    )
    return apart > VISIBLY_APART_PX


def _draw_ellipses(canvas: Canvas, frame: Frame, result: ReplayResult, labels: Labels) -> None:
    """The ellipses at the first checkpoint, the only one at which a map can show them."""
    for code in result.nodes:
        first = next(iter(findings.compare(result, code)), None)
        if first is None:
            continue
        if first.shared is not None:
            outline = [frame.spot(*at) for at in impact_ellipse(first.shared).outline()]
            canvas.path(outline, "ellipse-shared", closed=True, least_px=0.2)
        if first.alone is not None and first.alone.semi_major_m < LARGEST_FRAMED_M:
            outline = [frame.spot(*at) for at in impact_ellipse(first.alone).outline()]
            canvas.path(outline, "ellipse-alone", closed=True, least_px=0.2)
            top = min(outline, key=lambda at: at[1])
            if frame.holds(top):
                labels.put(top, f"{code} alone", "t t-alone halo", 7.0)


def _draw_ends(canvas: Canvas, frame: Frame, ends: Ends, labels: Labels) -> None:
    x, y = frame.spot(*ends[0])
    canvas.path([(x, y - 8), (x + 8, y + 6), (x - 8, y + 6)], "end-mark", closed=True)
    labels.put((x, y), "Launch", "t t-strong halo", 13.0)
    x, y = frame.spot(*ends[1])
    canvas.path([(x - 6, y - 6), (x + 6, y + 6)], "cross")
    canvas.path([(x - 6, y + 6), (x + 6, y - 6)], "cross")
    labels.put((x, y), "Impact", "t t-strong halo", 13.0)


def _draw_sensors(
    canvas: Canvas, frame: Frame, sensors: Sequence[SensorView], labels: Labels
) -> None:
    spots = [(sensor, frame.spot(sensor.lat_deg, sensor.lon_deg)) for sensor in sensors]
    for _, (x, y) in spots:
        canvas.rect((x - 5, y - 5), 10, 10, "sensor")
        labels.block((x, y), 6)
    for sensor, at in spots:
        labels.put(at, sensor.id, "t t-soft halo", 11.0)
