"""The globe beneath the arc: sphere, graticule, land up to the horizon, regions of an alert."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from commonwatch.report import land
from commonwatch.report.projection import (
    IUGG_MEAN_EARTH_RADIUS_KM,
    Camera,
    Vector,
    unit_vector,
)
from commonwatch.report.svg import Canvas, Point, path_data

GRATICULE_STEP_DEG = 10

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Scene:
    """Camera and how its picture lies on the canvas."""

    camera: Camera
    origin: Point
    scale: float

    def on_canvas(self, seen: Point) -> Point:
        """Picture coordinates to canvas coordinates, whose y points down."""
        return (self.origin[0] + seen[0] * self.scale, self.origin[1] - seen[1] * self.scale)

    def spot(self, lat_deg: float, lon_deg: float, height_km: float = 0.0) -> Point:
        """Where a point on or above the ground lies on the canvas."""
        return self.on_canvas(self.camera.see(raised(lat_deg, lon_deg, height_km)))

    def hides(self, lat_deg: float, lon_deg: float, height_km: float = 0.0) -> bool:
        """Whether the globe hides it."""
        return self.camera.hides(raised(lat_deg, lon_deg, height_km))


def raised(lat_deg: float, lon_deg: float, height_km: float) -> Vector:
    """A position in Earth radii."""
    radius = 1.0 + height_km / IUGG_MEAN_EARTH_RADIUS_KM
    x, y, z = unit_vector(lat_deg, lon_deg)
    return (x * radius, y * radius, z * radius)


def draw_sphere(canvas: Canvas, scene: Scene) -> None:
    """The Earth's disc with a rim of air."""
    radius = scene.camera.limb * scene.scale
    name = canvas.name
    canvas.parts.append(
        f'<defs><radialGradient id="{name}-air" cx="50%" cy="50%" r="50%">'
        '<stop class="air-0" offset="94.5%"/><stop class="air-1" offset="95.3%"/>'
        '<stop class="air-2" offset="100%"/></radialGradient>'
        f'<linearGradient id="{name}-veil" x1="0" y1="1" x2="0" y2="0">'
        '<stop class="veil-0" offset="0"/><stop class="veil-1" offset="1"/></linearGradient></defs>'
    )
    cx, cy = scene.origin
    canvas.parts.append(
        f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="{radius * 1.05:.1f}" fill="url(#{name}-air)"/>'
    )
    canvas.circle(scene.origin, radius, "sea")
    _draw_lines(canvas, scene, land.graticule(GRATICULE_STEP_DEG), "graticule", 3.0)


def _on_picture(canvas: Canvas, points: Iterable[Point]) -> bool:
    margin = 30.0
    xs, ys = zip(*points, strict=True)
    return bool(
        max(xs) > -margin
        and min(xs) < canvas.width + margin
        and max(ys) > -margin
        and min(ys) < canvas.height + margin
    )


def _draw_lines(
    canvas: Canvas, scene: Scene, lines: Iterable[land.Line], css: str, least_px: float
) -> None:
    """The visible runs of lines on the ground, all in one path."""
    data = []
    for line in lines:
        for run in runs(line.directions, lambda at: not scene.camera.hides(at)):
            points = [scene.on_canvas(scene.camera.see(at)) for at in run]
            if len(points) > 1 and _on_picture(canvas, points):
                data.append(path_data(points, least_px=least_px))
    canvas.raw_path("".join(data), css)


def runs(items: Sequence[Item], holds: Callable[[Item], bool]) -> list[list[Item]]:
    """Unbroken runs of the items that hold."""
    found: list[list[Item]] = [[]]
    for item in items:
        if holds(item):
            found[-1].append(item)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def _fills(canvas: Canvas, scene: Scene, region: land.Region) -> str:
    """The `d` of a region's area; what lies beyond the horizon is drawn in to the horizon."""
    data = []
    for ring in region.rings:
        hidden = [scene.camera.hides(at) for at in ring.directions]
        if all(hidden):
            continue
        points = [
            scene.on_canvas(scene.camera.onto_limb(at) if hides else scene.camera.see(at))
            for at, hides in zip(ring.directions, hidden, strict=True)
        ]
        if _on_picture(canvas, points):
            data.append(path_data(points, closed=True))
    return "".join(data)


def draw_land(canvas: Canvas, scene: Scene) -> None:
    """Land in one colour, whoever's it is, and its coast."""
    base = land.world_land()
    canvas.raw_path("".join(_fills(canvas, scene, region) for region in base.regions), "land")
    _draw_lines(canvas, scene, base.outlines, "coast", 0.9)


def draw_regions(canvas: Canvas, scene: Scene, ids: frozenset[str]) -> None:
    """The regions that an alert names."""
    for region in land.east_asia().regions:
        if region.names.id in ids:
            canvas.raw_path(_fills(canvas, scene, region), "alert-region")
