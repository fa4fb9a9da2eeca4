"""How probable it is that an impact falls on a region or within a margin of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.special import owens_t
from shapely.geometry import Polygon

from commonwatch.trajectory.ellipse import covariance_from_ellipse95
from commonwatch.warn.forecast import ImpactForecast
from commonwatch.warn.geodesic import INVERSE_RANGE_MAX_M, offsets_of, rough_distance_m
from commonwatch.warn.regions import Region

Values = NDArray[np.float64]

# An ellipse that is a line or a point gets this width; nothing is known to metres.
SEMI_AXIS_LEAST_M = 10.0
# An edge whose line passes the centre this close (in sigma) covers no angle.
THROUGH_CENTRE = 1e-100
METRES_PER_DEGREE = 111_700.0  # of latitude at a pole, where it is largest
# A quarter of a circle of margin in three chords lies within 3.4 % of it.
BUFFER_SEGMENTS = 3
SEMI_AXIS_SIGMAS_95 = 2.447746830680816  # sqrt(-2 ln 0.05): semi-axis of a 95 % ellipse in sigma


@dataclass(frozen=True, slots=True)
class _Outline:
    """A region's corners (deg, (n,)) and how far an outline may run from its nearest corner (m)."""

    lats_deg: Values
    lons_deg: Values
    from_corner_m: float

    def may_hold(self, lat_deg: float, lon_deg: float) -> bool:
        """Whether a point lies in the box about the region; no region lies across longitude 180."""
        return bool(
            self.lats_deg.min() <= lat_deg <= self.lats_deg.max()
            and self.lons_deg.min() <= lon_deg <= self.lons_deg.max()
        )


def impact_probability(
    forecast: ImpactForecast, region: Region, margin_m: float, *, least: float = 1e-9
) -> float:
    """Probability that the impact lies within `margin_m` of the region's outline or inside it.

    The impact is normal about the forecast's centre with the forecast's ellipse, on the azimuthal
    equidistant projection about the centre, where the integral over a polygon is exact (see
    `normal_over_polygon`). Small islands count through the margin about them. Answers 0 without a
    closer look where it is surely below `least`.
    """
    outline = _outline(region)
    distances_m = rough_distance_m(
        forecast.lat_deg, forecast.lon_deg, outline.lats_deg, outline.lons_deg
    )
    if not outline.may_hold(forecast.lat_deg, forecast.lon_deg):
        # What lies further than d has at most the probability exp(-(d / sigma)**2 / 2); the great
        # circle is within 0.6 % of the geodesic.
        sigma_m = max(forecast.semi_major_m, SEMI_AXIS_LEAST_M) / SEMI_AXIS_SIGMAS_95
        far_m = 0.993 * float(distances_m.min()) - margin_m - outline.from_corner_m
        if far_m > 0.0 and math.exp(-0.5 * (far_m / sigma_m) ** 2) < least:
            return 0.0
    if float(distances_m.max()) > 0.99 * INVERSE_RANGE_MAX_M:
        return 0.0
    shape = _shape_on_plane(forecast, region)
    if margin_m > 0.0:
        shape = shape.buffer(margin_m, quad_segs=BUFFER_SEGMENTS)
    return min(1.0, max(0.0, _over_geometry(shape, _whitening(forecast))))


def nearest_corner_m(region: Region, lat_deg: float, lon_deg: float) -> float:
    """Great-circle distance (m) from a point to the nearest corner of a region's outline."""
    outline = _outline(region)
    return float(rough_distance_m(lat_deg, lon_deg, outline.lats_deg, outline.lons_deg).min())


def normal_over_polygon(corners: Values) -> float:
    """Integral of the standard bivariate normal over a polygon of corners (n, 2), open or closed.

    Positive where corners run counter-clockwise. Exact: seen from the origin, the triangle over an
    edge at distance h that reaches from angle a to b, measured from the foot of the perpendicular,
    holds (b - a) / 2 pi - (T(h, tan b) - T(h, tan a)), T being Owen's function.
    Source: D. B. Owen, "Tables for computing bivariate normal probabilities", Annals of
    Mathematical Statistics 27 (1956), section 4.
    """
    start, end = corners, np.roll(corners, -1, axis=0)
    step = end - start
    length = np.hypot(step[:, 0], step[:, 1])
    real = length > 0.0
    start, end, step, length = start[real], end[real], step[real], length[real]
    cross = start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]
    height = np.abs(cross) / length
    seen = height > THROUGH_CENTRE
    start, end, step, length = start[seen], end[seen], step[seen], length[seen]
    height, cross = height[seen], cross[seen]
    foot_start = np.sum(start * step, axis=1) / length
    foot_end = np.sum(end * step, axis=1) / length
    angle = np.arctan2(foot_end, height) - np.arctan2(foot_start, height)
    outside = owens_t(height, foot_end / height) - owens_t(height, foot_start / height)
    return float(np.sum(np.sign(cross) * (angle / (2.0 * math.pi) - outside)))


@lru_cache(maxsize=1024)
def _outline(region: Region) -> _Outline:
    rings = [np.array(ring) for ring in region.rings]
    longest_m = (
        max(
            float(
                np.hypot(
                    np.diff(ring[:, 0]), np.diff(ring[:, 1]) * np.cos(np.radians(ring[:-1, 0]))
                ).max()
            )
            for ring in rings
        )
        * METRES_PER_DEGREE
    )
    corners = np.concatenate(rings)
    return _Outline(corners[:, 0], corners[:, 1], 0.55 * longest_m)


def _shape_on_plane(forecast: ImpactForecast, region: Region) -> shapely.Geometry:
    """The region on the plane, metres east and north of the forecast's centre."""
    rings = region.rings + region.holes
    corners = np.concatenate([np.array(ring) for ring in rings])
    east_m, north_m = offsets_of(forecast.lat_deg, forecast.lon_deg, corners[:, 0], corners[:, 1])
    ends = np.cumsum([len(ring) for ring in rings])[:-1]
    flat = np.split(np.column_stack((east_m, north_m)), ends)
    parts = [_polygon(ring) for ring in flat]
    whole = shapely.union_all(parts[: len(region.rings)])
    if region.holes:
        whole = whole.difference(shapely.union_all(parts[len(region.rings) :]))
    return whole


def _polygon(ring_m: Values) -> shapely.Geometry:
    polygon = Polygon(ring_m)
    return polygon if polygon.is_valid else shapely.make_valid(polygon)


def _whitening(forecast: ImpactForecast) -> Values:
    """The matrix (2, 2) that brings (east, north) in metres to the standard normal."""
    covariance_m2 = covariance_from_ellipse95(
        max(forecast.semi_major_m, SEMI_AXIS_LEAST_M),
        max(forecast.semi_minor_m, SEMI_AXIS_LEAST_M),
        forecast.azimuth_deg,
    )
    return np.linalg.inv(np.linalg.cholesky(covariance_m2))


def _over_geometry(geometry: shapely.Geometry, whitening: Values) -> float:
    total = 0.0
    for part in getattr(geometry, "geoms", [geometry]):
        if not isinstance(part, Polygon) or part.is_empty:
            continue
        # The sign of a hole is that of its direction; take both as sizes.
        total += abs(normal_over_polygon(_standard(part.exterior, whitening)))
        for hole in part.interiors:
            total -= abs(normal_over_polygon(_standard(hole, whitening)))
    return total


def _standard(ring: shapely.Geometry, whitening: Values) -> Values:
    return np.asarray(shapely.get_coordinates(ring) @ whitening.T, dtype=np.float64)
