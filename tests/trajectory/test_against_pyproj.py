"""Geodesy against PROJ: EPSG 4979 (WGS-84, three-dimensional) to EPSG 4978 (WGS-84, geocentric)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from commonwatch.trajectory import frames

TO_GEOCENTRIC = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
# Coordinate operations of local east, north, up at a site near Pyongyang.
TO_TOPOCENTRIC = Transformer.from_pipeline(
    "+proj=topocentric +ellps=WGS84 +lat_0=39.2 +lon_0=125.67 +h_0=30"
)
SITE = frames.Site(lat_deg=39.2, lon_deg=125.67, height_m=30.0)


@settings(max_examples=50)
@given(st.floats(-90.0, 90.0), st.floats(-180.0, 180.0), st.floats(-5e3, 8e6))
def test_places_to_ecef(lat_deg, lon_deg, height_m):
    ours = frames.ecef_from_geodetic([[lat_deg, lon_deg, height_m]])[0]
    assert ours == pytest.approx(TO_GEOCENTRIC.transform(lon_deg, lat_deg, height_m), abs=1e-7)


@settings(max_examples=50)
@given(st.floats(-89.9, 89.9), st.floats(-179.9, 179.9), st.floats(-5e3, 20e3))
def test_ecef_to_places(lat_deg, lon_deg, height_m):
    point = TO_GEOCENTRIC.transform(lon_deg, lat_deg, height_m)
    ours = frames.geodetic_from_ecef([point])[0]
    lon, lat, height = TO_GEOCENTRIC.transform(*point, direction="INVERSE")
    assert ours[:2] == pytest.approx([lat, lon], abs=1e-9)
    # PROJ takes one step of Bowring's: its height errs by 2e-6 m at 15 km, by centimetres in space.
    assert ours[2] == pytest.approx(height, abs=1e-5)


@settings(max_examples=50)
@given(st.floats(20.0, 60.0), st.floats(100.0, 150.0), st.floats(0.0, 6e6))
def test_azimuth_elevation_and_range(lat_deg, lon_deg, height_m):
    point = TO_GEOCENTRIC.transform(lon_deg, lat_deg, height_m)
    east, north, up = TO_TOPOCENTRIC.transform(*point)
    look = frames.look_from(SITE, [point])
    assert look.range_m[0] == pytest.approx(np.sqrt(east**2 + north**2 + up**2), abs=1e-6)
    level_m = np.hypot(east, north)
    assert look.elevation_deg[0] == pytest.approx(np.degrees(np.arctan2(up, level_m)), abs=1e-8)
    off_deg = look.azimuth_deg[0] - np.degrees(np.arctan2(east, north))
    assert (off_deg + 180.0) % 360.0 - 180.0 == pytest.approx(0.0, abs=1e-6)


def test_a_hair_west_of_north_is_north_not_360():
    point = TO_GEOCENTRIC.transform(125.67, 40.25, 1410453.5)
    assert 0.0 <= frames.look_from(SITE, [point]).azimuth_deg[0] < 360.0


@given(st.floats(-1e-12, 1e-12))
def test_azimuths_are_below_360(off_deg):
    point = TO_GEOCENTRIC.transform(SITE.lon_deg + off_deg, SITE.lat_deg + 1.0, 0.0)
    assert 0.0 <= frames.look_from(SITE, [point]).azimuth_deg[0] < 360.0
