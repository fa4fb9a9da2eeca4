"""The flat map beneath the ground track: frame, land, province lines, graticule, scale bar."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commonwatch.report import land
from commonwatch.report.axes import pleasant_step
from commonwatch.report.projection import (
    IUGG_MEAN_EARTH_RADIUS_KM,
    AzimuthalEquidistant,
    Vector,
    azimuthal_equidistant,
    unit_vector,
)
from commonwatch.report.svg import Canvas, Point, path_data

MARGIN_PX = 24.0
EAST_ASIA_LAT_LON_DEG = (37.0, 133.0)
CLOSE_RANGE_DEG = 25.0
DETAIL_REACH_RAD = 0.06
"""A picture that reaches less far from its centre needs the detailed map alone."""
MAINLAND_REACH_RAD = 0.3


@dataclass(frozen=True, slots=True)
class Frame:
    """A map on a canvas: the place at `centre_km` of the projection lies in the canvas's middle."""

    projection: AzimuthalEquidistant
    centre_km: Point
    px_per_km: float
    width: float
    height: float
    close_range: bool

    @property
    def reach_rad(self) -> float:
        """Angle at the Earth's centre within which all lies that the picture can show."""
        corner_km = math.hypot(self.width, self.height) / 2 / self.px_per_km
        return (corner_km + math.hypot(*self.centre_km)) / IUGG_MEAN_EARTH_RADIUS_KM

    def may_show(self, line: land.Line) -> bool:
        """Whether any of a line can lie in the picture."""
        return line.may_reach(self.projection.centre, self.reach_rad)

    def spot(self, lat_deg: float, lon_deg: float) -> Point:
        """Where a place lies on the canvas."""
        return self.spot_of(unit_vector(lat_deg, lon_deg))

    def spot_of(self, direction: Vector) -> Point:
        """The same for a place given as a unit vector."""
        x, y = self.projection.km_of(direction)
        return (
            self.width / 2 + (x - self.centre_km[0]) * self.px_per_km,
            self.height / 2 - (y - self.centre_km[1]) * self.px_per_km,
        )

    def holds(self, at: Point, margin: float = 0.0) -> bool:
        """Whether a point of the canvas lies in the picture, or within `margin` of it."""
        return -margin <= at[0] <= self.width + margin and -margin <= at[1] <= self.height + margin


def frame_about(
    middle: tuple[float, float],
    places: Sequence[tuple[float, float]],
    width: float,
    height: float,
    padding: float = 0.1,
) -> Frame:
    """The frame, centred on the map of `middle`, that holds all `places` (latitude, longitude)."""
    projection = azimuthal_equidistant(*middle)
    xs, ys = zip(*(projection.km(*place) for place in places), strict=True)
    room = 1.0 - 2.0 * padding
    px_per_km = min(
        width * room / max(max(xs) - min(xs), 1e-3), height * room / max(max(ys) - min(ys), 1e-3)
    )
    centre_km = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
    lat0, lon0 = EAST_ASIA_LAT_LON_DEG
    near = math.hypot(middle[0] - lat0, (middle[1] - lon0 + 180) % 360 - 180) < CLOSE_RANGE_DEG
    return Frame(projection, centre_km, px_per_km, width, height, near)


def draw_base(canvas: Canvas, frame: Frame, alert_ids: frozenset[str] = frozenset()) -> None:
    """Sea, graticule, land in one colour, coasts, province lines and land borders."""
    canvas.rect((0, 0), frame.width, frame.height, "sea-flat")
    _draw_graticule(canvas, frame)
    world = land.world_land()
    if not frame.close_range:
        _fill(canvas, frame, world.regions, "land")
        _stroke(canvas, frame, world.outlines, "coast")
        return
    if frame.reach_rad > DETAIL_REACH_RAD:
        _fill(canvas, frame, [_mainland(region) for region in world.regions], "land")
    near = land.east_asia()
    _fill(canvas, frame, near.regions, "land")
    named = [region for region in near.regions if region.names.id in alert_ids]
    _fill(canvas, frame, named, "alert-region")
    core = [line for line in near.province_lines if _is_core(line)]
    _stroke(canvas, frame, core, "province")
    _stroke(canvas, frame, near.border_lines, "border")
    _stroke(canvas, frame, near.outlines, "coast")


def _mainland(region: land.Region) -> land.Region:
    """The large land of the coarse map alone: it fills what the detailed one leaves out inland."""
    large = tuple(ring for ring in region.rings if ring.reach_rad > MAINLAND_REACH_RAD)
    return land.Region(region.names, large)


def _is_core(line: land.Line) -> bool:
    """Whether a province line lies in Korea or Japan, to which the detail is given."""
    return any(24.0 < lat < 46.0 and 124.0 < lon < 146.0 for lat, lon in line.places)


def _fill(canvas: Canvas, frame: Frame, regions: Iterable[land.Region], css: str) -> None:
    data = []
    for region in regions:
        for ring in filter(frame.may_show, region.rings):
            points = clip_area(
                [frame.spot_of(at) for at in ring.directions], frame.width, frame.height
            )
            if len(points) > 2:
                data.append(path_data(points, closed=True))
    canvas.raw_path("".join(data), css)


def _stroke(canvas: Canvas, frame: Frame, lines: Iterable[land.Line], css: str) -> None:
    data = []
    for line in filter(frame.may_show, lines):
        run: list[Point] = []
        for at in [frame.spot_of(at) for at in line.directions]:
            if frame.holds(at, MARGIN_PX):
                run.append(at)
            else:
                data.append(path_data(run))
                run = []
        data.append(path_data(run))
    canvas.raw_path("".join(data), css)


def clip_area(points: Sequence[Point], width: float, height: float) -> list[Point]:
    """An area cut to the picture and a margin about it (Sutherland and Hodgman 1974)."""
    bounds = ((0, -MARGIN_PX, 1), (0, width + MARGIN_PX, -1), (1, -MARGIN_PX, 1))
    clipped = list(points)
    for axis, limit, sign in (*bounds, (1, height + MARGIN_PX, -1)):
        kept: list[Point] = []
        for previous, here in zip([*clipped[-1:], *clipped[:-1]], clipped, strict=True):
            inside, was_inside = (
                (here[axis] - limit) * sign >= 0,
                (previous[axis] - limit) * sign >= 0,
            )
            if inside != was_inside:
                share = (limit - previous[axis]) / (here[axis] - previous[axis])
                kept.append(
                    (
                        previous[0] + share * (here[0] - previous[0]),
                        previous[1] + share * (here[1] - previous[1]),
                    )
                )
            if inside:
                kept.append(here)
        clipped = kept
    return clipped


def _draw_graticule(canvas: Canvas, frame: Frame) -> None:
    span_deg = max(frame.width, frame.height) / frame.px_per_km / 111.2
    step = max(1, round(pleasant_step(span_deg, 6))) if span_deg >= 4 else 0
    if not step:
        return
    _stroke(canvas, frame, land.graticule(step), "graticule")


def draw_scale_bar(canvas: Canvas, frame: Frame, at: Point, longest_px: float) -> None:
    """A bar of a round number of kilometres; true about the centre, within 1 % across the map."""
    exponent = math.floor(math.log10(longest_px / frame.px_per_km))
    lengths = [factor * 10.0**exponent for factor in (5.0, 2.0, 1.0)]
    km = next(length for length in lengths if length * frame.px_per_km <= longest_px * 1.001)
    x, y = at
    end = x + km * frame.px_per_km
    canvas.path([(x, y - 5), (x, y), (end, y), (end, y - 5)], "scale-bar", least_px=0.0)
    told = f"{km:g} km" if km >= 1 else f"{km * 1000:g} m"
    canvas.text(((x + end) / 2, y - 8), told, "t t-soft halo", "middle")
