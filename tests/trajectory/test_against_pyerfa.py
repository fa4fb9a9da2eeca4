"""Geodesy and the Earth rotation angle against pyerfa (IAU Standards of Fundamental Astronomy)."""

from __future__ import annotations

import math

import erfa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.errors import UnusableInput
from commonwatch.trajectory import frames
from commonwatch.trajectory.kernels import geodesy

LATITUDES = st.floats(-math.pi / 2, math.pi / 2)
LONGITUDES = st.floats(-math.pi, math.pi)
HEIGHTS = st.floats(-10e3, 40e6)
SITES = st.builds(
    frames.Site,
    lat_deg=st.floats(-90.0, 90.0),
    lon_deg=st.floats(-180.0, 180.0),
    height_m=st.floats(-100.0, 9000.0),
)


@given(LATITUDES, LONGITUDES, HEIGHTS)
def test_ecef_from_geodetic_is_gd2gc(lat, lon, height):
    ours = geodesy.ecef_from_geodetic(lat, lon, height)
    assert ours == pytest.approx(erfa.gd2gc(1, lon, lat, height), abs=2e-8)


@given(LATITUDES, LONGITUDES, HEIGHTS)
def test_geodetic_from_ecef_is_gc2gd(lat, lon, height):
    point = erfa.gd2gc(1, lon, lat, height)
    _, erfa_lat, erfa_height = erfa.gc2gd(1, point)
    our_lat, _, our_height = geodesy.geodetic_from_ecef(*point)
    assert our_height == pytest.approx(float(erfa_height), abs=3e-8)
    # gc2gd itself errs by 1e-11 rad at 4,000 km; what gd2gc was given is exact.
    assert our_lat == pytest.approx(float(erfa_lat), abs=1e-9)
    assert our_lat == pytest.approx(lat, abs=2e-15)
    # Back where it came from, to 1e-8 m of arc, the longitude included.
    again = geodesy.ecef_from_geodetic(*geodesy.geodetic_from_ecef(*point))
    assert again == pytest.approx(point, abs=4e-8)


@given(LATITUDES, HEIGHTS)
def test_height_from_distance_errs_less_than_a_millimetre(lat, height):
    x, _, z = erfa.gd2gc(1, 0.0, lat, height)
    r = math.hypot(x, z)
    assert geodesy.height_from_distance(1.0 / r, (z / r) ** 2) == pytest.approx(height, abs=1e-3)


@pytest.mark.parametrize("z", [6356752.314245, -6356752.314245, 7e6, -7e6])
def test_on_the_axis_of_the_earth(z):
    _, erfa_lat, erfa_height = erfa.gc2gd(1, np.array([0.0, 0.0, z]))
    lat, lon, height = geodesy.geodetic_from_ecef(0.0, 0.0, z)
    assert (lat, lon) == (pytest.approx(float(erfa_lat), abs=1e-15), 0.0)
    assert height == pytest.approx(float(erfa_height), abs=1e-8)


@given(st.floats(-36525.0, 36525.0))
def test_earth_rotation_angle_is_era00(days):
    difference = frames.earth_rotation_angle_rad(days) - float(erfa.era00(2451545.0, days))
    # A day count of 1e4 has 2e-12 days of resolution, 1e-11 rad.
    assert abs(math.remainder(difference, math.tau)) < 1e-10


@given(SITES, st.floats(0.0, 360.0), st.floats(-89.0, 89.0), st.floats(1.0, 1e7))
def test_what_a_site_sees_lies_there(site, azimuth_deg, elevation_deg, range_m):
    point = frames.seen_at(site, azimuth_deg, elevation_deg, range_m)
    look = frames.look_from(site, [point])
    assert look.range_m[0] == pytest.approx(range_m, abs=1e-7)
    assert look.elevation_deg[0] == pytest.approx(elevation_deg, abs=1e-6)
    assert math.remainder(look.azimuth_deg[0] - azimuth_deg, 360.0) == pytest.approx(0.0, abs=1e-5)


@given(SITES, st.floats(1.0, 1e5))
def test_straight_up_is_the_normal_of_the_ellipsoid(site, range_m):
    up = frames.seen_at(site, 0.0, 90.0, range_m)
    expected = erfa.gd2gc(
        1, math.radians(site.lon_deg), math.radians(site.lat_deg), site.height_m + range_m
    )
    assert up == pytest.approx(expected, abs=1e-7)


@given(st.floats(0.0, math.tau), st.floats(1.0, 3600.0))
def test_a_body_at_rest_in_inertial_space_stays_there(angle, later_s):
    """What does not move in ECI moves in ECEF exactly as the Earth turns under it."""
    resting = np.array([[7e6, -1e6, 3e6, 0.0, 0.0, 0.0]])
    turned = angle + 7.292115e-5 * later_s
    before = frames.ecef_from_eci(resting, angle)
    after = frames.ecef_from_eci(resting, turned)
    sidereal = erfa.rz(7.292115e-5 * later_s, np.eye(3))
    assert after[0, :3] == pytest.approx(sidereal @ before[0, :3], abs=1e-7)
    assert frames.eci_from_ecef(after, turned) == pytest.approx(resting, abs=1e-7)
    assert np.hypot(*before[0, 3:5]) == pytest.approx(7.292115e-5 * math.hypot(7e6, 1e6))


def test_arrays_of_positions_go_there_and_back():
    rows = np.array([[39.2, 125.67, 0.0], [-33.0, 179.999, 5e5], [90.0, 0.0, 10.0]])
    points = frames.ecef_from_geodetic(rows)
    expected = erfa.gd2gc(1, np.radians(rows[:, 1]), np.radians(rows[:, 0]), rows[:, 2])
    assert points == pytest.approx(expected, abs=1e-8)
    assert frames.geodetic_from_ecef(points)[:2] == pytest.approx(rows[:2], abs=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: frames.geodetic_from_ecef([[1.0, 2.0]]), r"shape \(1, 2\): need \(n, 3\)"),
        (lambda: frames.geodetic_from_ecef([[6378.0, 0.0, 0.0]]), "kilometres"),
        (lambda: frames.geodetic_from_ecef([[math.nan, 0.0, 7e6]]), r"at \[0, 0\] is not a finite"),
        (lambda: frames.ecef_from_geodetic([[91.0, 0.0, 0.0]]), "latitude: 91"),
        (lambda: frames.Site(lat_deg=-90.5, lon_deg=0.0, height_m=0.0), "site latitude"),
        (lambda: frames.earth_rotation_angle_rad(math.nan), "days from J2000"),
        (lambda: frames.eci_from_ecef([[0.0] * 5], 0.0), r"need \(n, 6\)"),
    ],
)
def test_unusable_input_is_named(call, message):
    with pytest.raises(UnusableInput, match=message):
        call()
