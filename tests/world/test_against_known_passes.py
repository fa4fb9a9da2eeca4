"""Our world flown beside the passes with known truth: coast, whole ascent, and bounds."""

import functools
import math

import numpy as np
import pytest
from scipy.optimize import least_squares

from commonwatch.trajectory.ascent import Steering
from commonwatch.trajectory.flight_solution import FlightGoal, flight_to
from commonwatch.trajectory.geodesic import Place, distance_and_azimuth
from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.utc import parse_utc
from commonwatch.world.boosters import LONG_RANGE, MIDDLE_RANGE, SHORT_RANGE
from commonwatch.world.bounds import impact_bounds
from commonwatch.world.flight import Lift, coast_to_ground, fly
from commonwatch.world.notional_sensors import notional_sensors
from commonwatch.world.random_passes import with_bias
from commonwatch.world.sensing import observe
from tests.world import known_passes as known

# Their launch points stand 50 m above the ellipsoid (first row of states.csv).
LAUNCH_HEIGHT_M = 50.0
TEMPLATES = {
    known.LOFTED_ICBM: LONG_RANGE,
    known.BIASED_ICBM: LONG_RANGE,
    known.OVERFLIGHT_IRBM: MIDDLE_RANGE,
    known.SALVO_SRBM_1: SHORT_RANGE,
    known.SALVO_SRBM_5: SHORT_RANGE,
}


@functools.cache
def refly(one):
    """The flight of the template that meets the pass's apogee and impact, from 50 m up."""
    template = TEMPLATES[one]
    steered, coefficient = template.steered, template.ballistic_coefficient_kg_m2
    launch = Place(*one.launch)
    near = flight_to(FlightGoal(launch, one.apogee_m, Place(*one.impact)), steered, coefficient)
    assert near is not None

    def flown(unknowns):
        elevation_deg, azimuth_deg, cutoff_s = (float(value) for value in unknowns)
        steering = Steering(
            steered.vertical_s, steered.pitch_over_end_s, elevation_deg, azimuth_deg
        )
        lift = Lift(launch, LAUNCH_HEIGHT_M, steered.booster, steering, cutoff_s, coefficient)
        return fly("L1", parse_utc(one.lift_off), lift)

    def miss(unknowns):
        flight = flown(unknowns)
        place = flight.impact.place
        return [
            (flight.apogee_height_m - one.apogee_m) / 1e3,
            (place.lat_deg - one.impact[0]) * 111.0,
            (place.lon_deg - one.impact[1]) * 80.0,
        ]

    guess = [near.steering.elevation_deg, near.steering.azimuth_deg, near.cutoff_s]
    return flown(least_squares(miss, guess, xtol=1e-12, max_nfev=8).x)


@pytest.mark.parametrize("one", known.BALLISTIC, ids=lambda one: one.name)
def test_the_coast_meets_their_apogee_and_impact(one):
    start_s = one.burnout_s + 5.0
    event = coast_to_ground(
        np.array(one.state_after_burnout), 1.0 / one.ballistic_coefficient_kg_m2
    )
    assert event is not None
    assert start_s + event[arc.APOGEE_TIME] == pytest.approx(one.apogee_s, abs=0.05)
    assert event[arc.APOGEE_HEIGHT] == pytest.approx(one.apogee_m, abs=5.0)
    assert start_s + event[arc.IMPACT_TIME] == pytest.approx(one.impact_s, abs=0.05)
    lat, lon, _ = geodetic_from_ecef(*event[arc.IMPACT_STATE : arc.IMPACT_STATE + 3])
    missed_m, _ = distance_and_azimuth(
        Place(*one.impact), Place(math.degrees(lat), math.degrees(lon))
    )
    # The state is given to 1 mm/s, which alone moves the longest of them by some metres.
    assert missed_m < 20.0


@pytest.mark.parametrize("one", known.BALLISTIC, ids=lambda one: one.name)
def test_the_template_flown_to_their_figures_burns_out_in_their_state(one):
    """Place, apogee and impact go in; burnout time and state come out: the ascent fits."""
    flight = refly(one)
    assert flight.burnout_s == pytest.approx(one.burnout_s, abs=0.002)
    difference = flight.state_after_burnout() - np.array(one.state_after_burnout)
    assert np.linalg.norm(difference[:3]) < 20.0
    assert np.linalg.norm(difference[3:]) < 0.1


@pytest.mark.parametrize(
    ("one", "biased", "expected"),
    [
        (known.LOFTED_ICBM, False, known.LOFTED_ICBM_BOUNDS),
        (known.OVERFLIGHT_IRBM, False, known.OVERFLIGHT_IRBM_BOUNDS),
        (known.BIASED_ICBM, True, known.BIASED_ICBM_BOUNDS),
    ],
    ids=["lofted-icbm", "overflight-irbm", "biased-icbm"],
)
def test_seen_by_the_same_sensors_the_bounds_are_theirs(one, biased, expected):
    """Which scans see it differs by chance; all else of geometry, noise and drag must agree."""
    sensors = notional_sensors()
    if biased:
        sensors = tuple(with_bias(sensor) for sensor in sensors)
    flight = refly(one)
    seen = observe((flight,), sensors, np.random.default_rng(20230316))
    bounds = impact_bounds((flight,), sensors, seen)["L1"]
    for (group, mark), axes in expected.items():
        assert bounds[group][mark]["semi_axes_m"] == pytest.approx(axes, rel=0.12, abs=0.3), (
            group,
            mark,
        )
