"""Map and globe against PROJ and against rays that are shot at a sphere."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from commonwatch.report.projection import (
    IUGG_MEAN_EARTH_RADIUS_KM,
    Ellipse,
    azimuthal_equidistant,
    destination,
    ground_range_km,
    side_camera,
    unit_vector,
)

RADIUS_M = IUGG_MEAN_EARTH_RADIUS_KM * 1e3
SPHERE = pyproj.Geod(a=RADIUS_M, b=RADIUS_M)
LAT = st.floats(-85.0, 85.0)
LON = st.floats(-180.0, 180.0)
PLACE = st.tuples(LAT, LON)


@given(PLACE, PLACE)
def test_azimuthal_equidistant_against_proj(centre, place):
    distance_km = ground_range_km(unit_vector(*centre), unit_vector(*place))
    assume(distance_km < 19_000.0)  # PROJ gives up at the antipode
    lat, lon = centre
    proj = pyproj.Proj(proj="aeqd", lat_0=lat, lon_0=lon, R=RADIUS_M)
    east_m, north_m = proj(place[1], place[0])
    x_km, y_km = azimuthal_equidistant(*centre).km(*place)
    # Near the antipode a metre on the ground is kilometres of rim.
    assert math.hypot(x_km - east_m / 1e3, y_km - north_m / 1e3) < 0.001 + distance_km * 1e-6


@given(PLACE, st.floats(0.0, 360.0), st.floats(0.001, 15_000.0))
def test_destination_against_proj(start, azimuth_deg, distance_km):
    lon, lat, _ = SPHERE.fwd(start[1], start[0], azimuth_deg, distance_km * 1e3)
    found = destination(*start, azimuth_deg, distance_km)
    assert ground_range_km(unit_vector(lat, lon), unit_vector(*found)) < 1e-5


@given(PLACE, PLACE)
def test_ground_range_against_proj(one, other):
    _, _, distance_m = SPHERE.inv(one[1], one[0], other[1], other[0])
    found = ground_range_km(unit_vector(*one), unit_vector(*other))
    assert found == pytest.approx(distance_m / 1e3, abs=1e-4)


@given(PLACE, st.floats(0.01, 300.0), st.floats(0.01, 1.0), st.floats(0.0, 180.0))
def test_ellipse_reaches_its_half_axes(centre, major_km, ratio, azimuth_deg):
    ellipse = Ellipse(*centre, major_km, major_km * ratio, azimuth_deg)
    middle = unit_vector(*centre)
    reach = [ground_range_km(middle, unit_vector(*at)) for at in ellipse.outline(72)]
    assert max(reach) == pytest.approx(major_km, rel=1e-5, abs=1e-6)
    assert min(reach) == pytest.approx(major_km * ratio, rel=1e-5, abs=1e-6)


def ray_hits_the_earth_first(eye: np.ndarray, point: np.ndarray) -> bool:
    """The slow, obvious twin: is any of many steps from the eye to the point inside the sphere?"""
    shares = np.linspace(0.0, 1.0, 4001)[:-1, np.newaxis]
    steps = eye + shares * (point - eye)
    return bool((np.linalg.norm(steps, axis=1) < 1.0 - 1e-9).any())


@given(PLACE, PLACE, PLACE, st.floats(1.0, 2.5), st.floats(10.0, 80.0))
def test_what_the_camera_hides_against_a_ray(launch, impact, place, radius, tilt_deg):
    start, end = unit_vector(*launch), unit_vector(*impact)
    assume(100.0 < ground_range_km(start, end) < 15_000.0)
    camera = side_camera(start, end, tilt_deg=tilt_deg, roll_deg=16.0, distance=7.0)
    point = radius * np.array(unit_vector(*place))
    edge = math.hypot(*camera.see(tuple(point))) - camera.limb
    behind = float(point @ np.array(camera.outward)) - 1.0 / camera.distance
    assume(abs(edge) > 1e-3 and abs(behind) > 1e-3)
    eye = camera.distance * np.array(camera.outward)
    assert camera.hides(tuple(point)) == ray_hits_the_earth_first(eye, point)


@given(PLACE, PLACE)
def test_camera_axes_are_a_right_handed_frame(launch, impact):
    start, end = unit_vector(*launch), unit_vector(*impact)
    assume(1.0 < ground_range_km(start, end) < 15_000.0)
    camera = side_camera(start, end, tilt_deg=47.0, roll_deg=16.0, distance=7.0)
    frame = np.array([camera.right, camera.up, camera.outward])
    assert np.allclose(frame @ frame.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(frame) == pytest.approx(1.0)


def test_north_of_a_northern_flight_points_away_from_the_camera():
    camera = side_camera(unit_vector(39.2, 125.7), unit_vector(41.5, 137.1), tilt_deg=47.0,
                         roll_deg=0.0, distance=7.0)  # fmt: skip
    west, east = (camera.see(unit_vector(40.0, lon))[0] for lon in (120.0, 140.0))
    assert west < east
    assert camera.outward[2] < unit_vector(40.3, 0.0)[2]
