"""Geodesics agree with PROJ (Karney 2013), which is exact to nanometres."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.geodesic import Place, destination, distance_and_azimuth

WGS84 = Geod(ellps="WGS84")
PLACES = st.builds(Place, st.floats(-90.0, 90.0), st.floats(-180.0, 180.0))


@given(PLACES, st.floats(0.0, 360.0), st.floats(1.0, 19_900e3))
def test_destinations(start, azimuth_deg, distance_m):
    found = destination(start, azimuth_deg, distance_m)
    lon_deg, lat_deg, _back = WGS84.fwd(start.lon_deg, start.lat_deg, azimuth_deg, distance_m)
    # Vincenty 1975 gives 0.1 mm as the error of his series.
    assert WGS84.inv(lon_deg, lat_deg, found.lon_deg, found.lat_deg)[2] < 2e-4
    assert -180.0 <= found.lon_deg < 180.0


@given(PLACES, PLACES)
def test_distances_and_azimuths(start, end):
    azimuth_deg, _back, distance_m = WGS84.inv(
        start.lon_deg, start.lat_deg, end.lon_deg, end.lat_deg
    )
    assume(1.0 < distance_m < 19_900e3)
    found_m, found_deg = distance_and_azimuth(start, end)
    assert found_m == pytest.approx(distance_m, abs=2e-4)
    assume(abs(start.lat_deg) < 89.999)
    assert (found_deg - azimuth_deg + 180.0) % 360.0 - 180.0 == pytest.approx(0.0, abs=1e-3)


def test_no_distance_at_all():
    assert distance_and_azimuth(Place(39.2, 125.67), Place(39.2, 125.67)) == (0.0, 0.0)


def test_opposite_places_are_refused():
    with pytest.raises(UnusableInput, match="nearly opposite each other"):
        distance_and_azimuth(Place(0.0, 0.0), Place(0.5, 179.7))
