"""The 95 % ellipse as polygons for CAP: closed, right at the antimeridian and over a pole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import Polygon, box
from shapely.geometry.polygon import orient

from commonwatch.warn.geodesic import points_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatch.warn.regions import Ring

CORNERS = 72  # one every 5 degrees; the Integrated Public Alert and Warning System takes up to 100
COORDINATE_DECIMALS = 4  # of a degree: 11 m
# A smaller ellipse is told this large: what comes down scatters, and corners must differ when
# rounded.
SEMI_AXIS_LEAST_M = 1_000.0


def ellipse_rings(
    lat_deg: float, lon_deg: float, *, semi_major_m: float, semi_minor_m: float, azimuth_deg: float
) -> tuple[Ring, ...]:
    """Outlines, counter-clockwise, of the ellipse of those semi-axes (m) about a centre (deg).

    Corners lie on geodesics from the centre, a little outside the ellipse so that the polygon's
    area is that of the ellipse. Across the antimeridian it is cut in two; about a pole it closes
    along longitude 180 and the pole itself, so that it is right both as geodesics and on a plain
    chart. Semi-axes are told as at least 1 km.
    """
    turn = 2.0 * math.pi / CORNERS
    same_area = math.sqrt(turn / math.sin(turn))
    along_m = max(semi_major_m, SEMI_AXIS_LEAST_M) * same_area
    across_m = max(semi_minor_m, SEMI_AXIS_LEAST_M) * same_area
    angle = np.arange(CORNERS) * turn
    azimuth = math.radians(azimuth_deg)
    east_m = along_m * np.cos(angle) * math.sin(azimuth) - across_m * np.sin(angle) * math.cos(
        azimuth
    )
    north_m = along_m * np.cos(angle) * math.cos(azimuth) + across_m * np.sin(angle) * math.sin(
        azimuth
    )
    lats, lons = points_at(lat_deg, lon_deg, east_m, north_m)
    return _cut_at_180([float(lat) for lat in lats], [float(lon) for lon in lons])


def _cut_at_180(lats: list[float], lons: list[float]) -> tuple[Ring, ...]:
    """Rings within longitudes -180 to 180 from corners less than 180 deg of longitude apart."""
    unrolled = [lons[0]]
    for lon in [*lons[1:], lons[0]]:
        unrolled.append(unrolled[-1] + (lon - unrolled[-1] + 180.0) % 360.0 - 180.0)
    turned_deg = unrolled[-1] - unrolled[0]
    if abs(turned_deg) > 180.0:
        return _rings_of(_over_pole(lats, unrolled[:-1], turned_deg))
    ring = Polygon(list(zip(unrolled[:-1], lats, strict=True)))
    pieces = [
        shapely.affinity.translate(
            ring.intersection(box(shift - 180, -90, shift + 180, 90)), -shift
        )
        for shift in (-360, 0, 360)
    ]
    return tuple(piece for part in pieces for piece in _rings_of(part))


def _over_pole(lats: list[float], unrolled: list[float], turned_deg: float) -> shapely.Geometry:
    """The cap about the pole on a plain chart, longitudes -180 to 180."""
    pole = math.copysign(90.0, sum(lats))
    path = [
        (lon + turn * turned_deg, lat)
        for turn in (-2, -1, 0, 1, 2)
        for lon, lat in zip(unrolled, lats, strict=True)
    ]
    chart = Polygon([*path, (path[-1][0], pole), (path[0][0], pole)])
    return chart.intersection(box(-180, -90, 180, 90))


def _rings_of(geometry: shapely.Geometry) -> tuple[Ring, ...]:
    """Rounded outlines of the polygons in a geometry; slivers that rounding closes are left out.

    Rounded one by one, corners can make an outline cross itself, which is then no polygon: GEOS
    rounds such a one as a whole.
    """
    rings: list[Ring] = []
    for part in _polygons_in(geometry):
        ring = _rounded(part)
        if len(ring) >= 4 and not Polygon(ring).is_valid:
            whole = shapely.set_precision(part, 10.0**-COORDINATE_DECIMALS)
            rings += (_rounded(piece) for piece in _polygons_in(whole))
        elif len(ring) >= 4:
            rings.append(ring)
    return tuple(rings)


def _polygons_in(geometry: shapely.Geometry) -> Iterator[Polygon]:
    for part in getattr(geometry, "geoms", [geometry]):
        if isinstance(part, Polygon) and not part.is_empty:
            yield part


def _rounded(part: Polygon) -> Ring:
    """The outline (latitude, longitude), counter-clockwise, closed, no corner twice in a row."""
    corners: list[tuple[float, float]] = []
    for lon, lat in orient(part).exterior.coords:
        corner = (round(lat, COORDINATE_DECIMALS) + 0.0, round(lon, COORDINATE_DECIMALS) + 0.0)
        if not corners or corner != corners[-1]:
            corners.append(corner)
    return tuple(corners)
