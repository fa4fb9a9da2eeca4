"""A region's outline as a warning carries it: fewer corners, never less land."""

from __future__ import annotations

from functools import lru_cache

import shapely
from shapely.geometry import Polygon
from shapely.geometry.polygon import orient

from commonwatch.warn.area_polygon import COORDINATE_DECIMALS
from commonwatch.warn.regions import Region, Ring

# Widened by 0.03 degrees (about 3 km), then simplified by less, so that no island drops out.
WIDENED_DEG = 0.03
SIMPLIFIED_DEG = 0.02


@lru_cache(maxsize=512)
def told_outline(region: Region) -> tuple[Ring, ...]:
    """Rings that hold the whole region and little else; islands close together become one.

    Holes are filled: a receiver in a city inside a province gets one warning too many, not one too
    few.
    """
    parts = [Polygon([(lon, lat) for lat, lon in ring]) for ring in region.rings]
    wide = shapely.union_all(parts).buffer(WIDENED_DEG, quad_segs=2).simplify(SIMPLIFIED_DEG)
    rings = []
    for part in getattr(wide, "geoms", [wide]):
        corners = [
            (round(lat, COORDINATE_DECIMALS), round(lon, COORDINATE_DECIMALS))
            for lon, lat in orient(Polygon(part.exterior)).exterior.coords
        ]
        rings.append(tuple(corners))
    return tuple(sorted(rings, key=len, reverse=True))
