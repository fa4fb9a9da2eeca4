"""The geodesics and polygons of a warning beside those of GeographicLib, which pyproj carries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import Polygon

from commonwatch.errors import UnusableInput
from commonwatch.warn.area_polygon import SEMI_AXIS_LEAST_M, ellipse_rings
from commonwatch.warn.geodesic import offsets_of, points_at, rough_distance_m

WGS84 = Geod(ellps="WGS84")
MILLIMETRE = 1e-3

latitudes = st.one_of(st.floats(-90.0, 90.0), st.sampled_from((-90.0, 0.0, 90.0)))
longitudes = st.one_of(st.floats(-180.0, 180.0), st.sampled_from((-180.0, 179.9, 180.0)))


@given(latitudes, longitudes, st.floats(0.0, 2.0 * math.pi), st.floats(1.0, 10_000_000.0))
def test_points_at_an_offset(lat, lon, azimuth, distance_m):
    east, north = distance_m * math.sin(azimuth), distance_m * math.cos(azimuth)
    lats, lons = points_at(lat, lon, np.array([east]), np.array([north]))
    their_lon, their_lat, _ = WGS84.fwd(lon, lat, math.degrees(azimuth), distance_m)
    _, _, apart_m = WGS84.inv(lons[0], lats[0], their_lon, their_lat)
    assert apart_m < MILLIMETRE
    assert -180.0 <= lons[0] <= 180.0


@given(latitudes, longitudes, latitudes, longitudes)
def test_offsets_of_points(lat, lon, other_lat, other_lon):
    their_azimuth, _, their_m = WGS84.inv(lon, lat, other_lon, other_lat)
    lats, lons = np.array([other_lat]), np.array([other_lon])
    if their_m > 15_100_000.0:
        with pytest.raises(UnusableInput, match="15,000 km"):
            offsets_of(lat, lon, lats, lons)
        return
    if their_m > 14_900_000.0:
        return
    east_m, north_m = offsets_of(lat, lon, lats, lons)
    assert math.hypot(east_m[0], north_m[0]) == pytest.approx(their_m, abs=MILLIMETRE)
    assert rough_distance_m(lat, lon, lats, lons)[0] == pytest.approx(their_m, rel=0.006, abs=1.0)
    if their_m > 1_000.0 and abs(lat) < 89.99 and abs(other_lat) < 89.99:
        azimuth = math.degrees(math.atan2(east_m[0], north_m[0]))
        assert math.remainder(azimuth - their_azimuth, 360.0) == pytest.approx(0.0, abs=1e-6)


@settings(max_examples=150, deadline=None)
@given(
    latitudes,
    longitudes,
    st.floats(5_000.0, 400_000.0),
    st.floats(0.1, 1.0),
    st.floats(0.0, 180.0),
)
# A corner within rounding of longitude 180: once, three quarters of the area were not told.
@example(0.0, 179.9, 119998.0, 0.19452311640348263, 9.6953125)
def test_the_polygon_has_the_area_of_the_ellipse(lat, lon, major_m, ratio, azimuth):
    minor_m = max(SEMI_AXIS_LEAST_M, major_m * ratio)
    rings = ellipse_rings(lat, lon, semi_major_m=major_m, semi_minor_m=minor_m, azimuth_deg=azimuth)
    area_m2 = sum(
        abs(WGS84.polygon_area_perimeter([c[1] for c in ring], [c[0] for c in ring])[0])
        for ring in rings
    )
    # A sphere has less area within a distance than a plane: by (r / R)**2 / 6. Corners are rounded
    # to 11 m, and an edge cut at longitude 180 is cut on the chart, not on the geodesic.
    curvature = (major_m / 6_371_000.0) ** 2 / 6.0
    assert area_m2 == pytest.approx(math.pi * major_m * minor_m, rel=curvature + 0.012)


@settings(max_examples=150, deadline=None)
@given(latitudes, longitudes, st.floats(0.0, 400_000.0), st.floats(0.0, 1.0), st.floats(0.0, 180.0))
def test_every_polygon_is_closed_on_the_earth_and_simple(lat, lon, major_m, ratio, azimuth):
    rings = ellipse_rings(
        lat, lon, semi_major_m=major_m, semi_minor_m=major_m * ratio, azimuth_deg=azimuth
    )
    assert rings
    for ring in rings:
        assert len(ring) >= 4
        assert ring[0] == ring[-1]
        assert all(abs(y) <= 90.0 and abs(x) <= 180.0 for y, x in ring)
        assert Polygon([(x, y) for y, x in ring]).is_valid


def test_across_the_antimeridian_it_is_cut_in_two():
    rings = ellipse_rings(
        50.0, 179.5, semi_major_m=100_000.0, semi_minor_m=50_000.0, azimuth_deg=90.0
    )
    sides = sorted(({x > 0.0 for _, x in ring} for ring in rings), key=str)
    assert sides == [{False}, {True}]
    assert all(any(abs(x) == 180.0 for _, x in ring) for ring in rings)


@pytest.mark.parametrize("pole", [90.0, -90.0])
@pytest.mark.parametrize("off_deg", [0.0, 0.5])
def test_over_a_pole_it_holds_the_pole_at_every_longitude(pole, off_deg):
    lat = math.copysign(90.0 - off_deg, pole)
    (ring,) = ellipse_rings(
        lat, 75.0, semi_major_m=200_000.0, semi_minor_m=120_000.0, azimuth_deg=10.0
    )
    chart = Polygon([(x, y) for y, x in ring])
    for lon in range(-179, 180, 7):
        near_pole = Polygon.from_bounds(
            lon, min(0.999 * pole, pole), lon + 1, max(0.999 * pole, pole)
        )
        assert chart.contains(near_pole.centroid)


def test_a_point_is_told_as_one_kilometre():
    (ring,) = ellipse_rings(40.0, 140.0, semi_major_m=0.0, semi_minor_m=0.0, azimuth_deg=0.0)
    far_m = [WGS84.inv(140.0, 40.0, lon, lat)[2] for lat, lon in ring]
    assert min(far_m) > SEMI_AXIS_LEAST_M - 20.0
    assert max(far_m) < SEMI_AXIS_LEAST_M + 20.0
