"""What must hold of every reconstruction, anywhere on Earth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.ascent import Booster, Stage, Steering, fly_ascent
from commonwatch.trajectory.ballistic_flight import fly
from commonwatch.trajectory.geodesic import Place, distance_and_azimuth
from commonwatch.trajectory.keplerian_arc import keplerian_arc
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.trajectory.reconstruction import reconstruct

WGS84 = Geod(ellps="WGS84")
LATITUDES = st.floats(-85.0, 85.0)
LONGITUDES = st.floats(-180.0, 180.0)
AZIMUTHS = st.floats(0.0, 360.0)
LONG_RANGE_SPEED_M_S = 5200.0


@settings(max_examples=25, deadline=None)
@given(
    LATITUDES, LONGITUDES, AZIMUTHS, st.floats(150, 8000), st.floats(1.02, 2), st.floats(150, 9000)
)
def test_the_higher_flight_takes_longer(lat_deg, lon_deg, azimuth_deg, low_km, factor, range_km):
    low, high = (
        reconstruct(lat_deg, lon_deg, apogee_km, range_km, azimuth_deg=azimuth_deg)
        for apogee_km in (low_km, factor * low_km)
    )
    assert low.flown.flight_time_s < high.flown.flight_time_s


@settings(max_examples=25, deadline=None)
@given(LATITUDES, LONGITUDES, AZIMUTHS, st.floats(130, 9000), st.floats(50, 12000))
def test_the_flight_has_the_figures(lat_deg, lon_deg, azimuth_deg, apogee_km, range_km):
    # Flatter ones fly within the air for half of the way, or nearly into orbit.
    assume(keplerian_arc(apogee_km * 1e3, range_km * 1e3).elevation_deg > 5.0)
    found = reconstruct(lat_deg, lon_deg, apogee_km, range_km, azimuth_deg=azimuth_deg)
    flight = found.flown
    assert flight.apogee_m == pytest.approx(apogee_km * 1e3, rel=1e-6)
    _azimuth, _back, range_m = WGS84.inv(
        lon_deg, lat_deg, flight.impact.lon_deg, flight.impact.lat_deg
    )
    assert range_m == pytest.approx(range_km * 1e3, rel=1e-6)
    lon_wanted, lat_wanted, _back = WGS84.fwd(lon_deg, lat_deg, azimuth_deg, range_km * 1e3)
    assert WGS84.inv(lon_wanted, lat_wanted, found.impact.lon_deg, found.impact.lat_deg)[2] < 0.01
    # No powered ascent is quicker than being thrown, and none of a missile takes ten minutes.
    assert flight.apogee_time_s > 0.45 * found.keplerian_time_s
    assert flight.cutoff_s < 600.0
    assert 1.0 <= found.flight_time_sigma_s < 0.1 * flight.flight_time_s


@settings(max_examples=25, deadline=None)
@given(
    lat_deg=st.floats(-60.0, 60.0),
    azimuth_deg=AZIMUTHS,
    thrust_m_s2=st.floats(18.0, 25.0),
    burn_s=st.floats(70.0, 90.0),
    elevation_deg=st.floats(45.0, 86.0),
    share=st.floats(0.85, 1.0),
)
def test_figures_of_a_simulated_flight_give_back_its_time(
    lat_deg, azimuth_deg, thrust_m_s2, burn_s, elevation_deg, share
):
    stages = tuple(
        Stage(burn_s, thrust, ratio, 8000.0)
        for thrust, ratio in ((thrust_m_s2, 2.6), (25.0, 3.0), (28.0, 2.6))
    )
    simulated = fly(
        Place(lat_deg, 179.5),
        Booster("notional, of a test", stages),
        Steering(8.0, 40.0, elevation_deg, azimuth_deg),
        3.0 * burn_s * share,
    )
    assume(simulated is not None and 400e3 < simulated.apogee_m < 15_000e3)
    range_m, bearing_deg = distance_and_azimuth(simulated.launch, simulated.impact)
    assume(100e3 < range_m < 15_000e3)
    # Three stages that burn as long as these belong to flights of long range.
    assume(keplerian_arc(simulated.apogee_m, range_m).speed_m_s > LONG_RANGE_SPEED_M_S)
    found = reconstruct(
        lat_deg, 179.5, simulated.apogee_m / 1e3, range_m / 1e3, azimuth_deg=bearing_deg
    )
    assert found.flown.flight_time_s == pytest.approx(simulated.flight_time_s, rel=0.03)


def test_the_path_runs_from_lift_off_over_the_apogee_to_the_impact():
    found = reconstruct(39.2, 125.67, 6045.0, 1000.2, azimuth_deg=72.0)
    path = found.path(1.0)
    heights_m = np.array([geodetic_from_ecef(*state[:3])[2] for state in path.states_ecef])
    assert np.all(np.diff(path.times_s) > 0.0)
    assert path.times_s[-1] == found.flown.flight_time_s
    assert abs(heights_m[0]) < 1e-6
    assert abs(heights_m[-1]) < 0.5
    assert np.max(heights_m) == pytest.approx(6045e3, abs=5.0)
    top = np.argmax(heights_m)
    assert path.times_s[top] == pytest.approx(found.flown.apogee_time_s, abs=1.0)
    lat_rad, lon_rad, _height_m = geodetic_from_ecef(*path.states_ecef[-1, :3])
    assert math.degrees(lat_rad) == pytest.approx(found.impact.lat_deg, abs=1e-5)
    assert math.degrees(lon_rad) == pytest.approx(found.impact.lon_deg, abs=1e-5)


def test_who_flies_booster_and_steering_again_flies_the_same():
    found = reconstruct(39.2, 125.67, 970.0, 4600.0, azimuth_deg=82.0)
    ascent = fly_ascent(39.2, 125.67, 0.0, found.booster, found.steering, found.cutoff_s)
    path = found.path(10.0)
    row = int(np.argmin(np.abs(path.times_s - found.cutoff_s)))
    assert path.times_s[row] == found.cutoff_s
    np.testing.assert_allclose(path.states_ecef[row, :3], ascent.states_ecef[-1, :3], atol=0.01)


def test_neither_azimuth_nor_impact_means_east_and_says_so():
    found = reconstruct(0.0, 0.0, 300.0, 900.0)
    assert found.azimuth_assumed
    assert found.impact.lat_deg == pytest.approx(0.0, abs=1e-9)


def test_an_impact_far_from_the_range_is_inconsistent():
    found = reconstruct(39.2, 125.67, 6045.0, 1000.2, impact=Place(41.5, 142.0))
    assert not found.consistent
    assert "km from the launch and not 1000.2 km" in found.why


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"apogee_km": math.nan}, "apogee is nan km"),
        ({"apogee_km": 0.0}, "apogee is 0 km"),
        ({"apogee_km": -100.0}, "between 5 and 20000 km"),
        ({"apogee_km": math.inf}, "apogee is inf"),
        ({"range_km": 0.0}, "range is 0 km"),
        ({"range_km": 20_037.5}, "between 10 and 19900 km"),
        ({"lat_deg": 90.1}, "latitude"),
        ({"lon_deg": math.nan}, "longitude"),
        ({"flight_time_s": -1.0}, "flight time is -1 s"),
        ({"flight_time_s": math.nan}, "flight time is nan"),
        ({"azimuth_deg": math.inf}, "azimuth is inf"),
        ({"azimuth_deg": 90.0, "impact": Place(41.0, 137.0)}, "both an azimuth and an impact"),
        ({"impact": Place(-39.2, -54.33)}, "nearly opposite"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(changed, reason):
    figures = {"lat_deg": 39.2, "lon_deg": 125.67, "apogee_km": 500.0, "range_km": 800.0}
    with pytest.raises(UnusableInput, match=reason):
        reconstruct(**(figures | changed))


def test_a_flight_that_is_not_there_cannot_be_flown():
    found = reconstruct(39.2, 125.67, 50.0, 850.0, azimuth_deg=81.0)
    with pytest.raises(UnusableInput, match="it glides or skips"):
        found.path()


@pytest.mark.parametrize("step_s", [0.0, -1.0, math.nan, 1e-4])
def test_a_path_in_impossible_steps_is_refused(step_s):
    found = reconstruct(39.2, 125.67, 300.0, 900.0)
    with pytest.raises(UnusableInput, match="step"):
        found.path(step_s)
