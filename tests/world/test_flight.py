"""True flights obey mechanics, and are finely enough stored."""

import math

import numpy as np
import pytest
from scipy.special import eval_legendre

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.ascent import Booster, Stage, Steering
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.kernels import arc
from commonwatch.world.flight import Lift, fly, interpolate_states
from tests.world.builders import lofted_flight, short_flight

GM, RADIUS, SPIN = 3.986004418e14, 6378137.0, 7.292115e-5
ZONAL = {2: 1.08262668e-3, 3: -2.53265649e-6, 4: -1.61962159e-6}


def jacobi_constant(states):
    """Energy in the turning frame (J/kg): kept by gravity to J4 and the Earth's steady rotation."""
    r = np.linalg.norm(states[:, :3], axis=1)
    sine = states[:, 2] / r
    potential = GM / r
    for degree, value in ZONAL.items():
        potential -= GM / r * value * (RADIUS / r) ** degree * eval_legendre(degree, sine)
    turning = 0.5 * SPIN**2 * (states[:, 0] ** 2 + states[:, 1] ** 2)
    return 0.5 * np.sum(states[:, 3:] ** 2, axis=1) - potential - turning


def test_energy_in_the_turning_frame_is_kept_above_the_air():
    flight = lofted_flight()
    high = (flight.times_s > 500.0) & (flight.times_s < 3600.0)
    energy = jacobi_constant(flight.states_ecef[high])
    assert energy.size > 3000
    # Of 6e7 J/kg; the rest is the tolerance of the integrator.
    assert np.ptp(energy) < 1.0


def test_angular_momentum_about_the_axis_is_kept_above_the_air():
    flight = lofted_flight()
    high = (flight.times_s > 500.0) & (flight.times_s < 3600.0)
    x, y, _, vx, vy, _ = flight.states_ecef[high].T
    momentum = x * (vy + SPIN * x) - y * (vx - SPIN * y)
    assert np.ptp(momentum) / abs(momentum.mean()) < 1e-8


def test_drag_only_ever_takes_energy():
    flight = short_flight()
    coasting = flight.times_s > flight.burnout_s
    energy = jacobi_constant(flight.states_ecef[coasting])
    assert np.all(np.diff(energy) < 1e-4)
    assert energy[0] - energy[-1] > 1e4


@pytest.mark.parametrize("flight", [lofted_flight(), short_flight()], ids=["lofted", "short"])
def test_states_between_the_stored_ones_are_good_to_a_metre(flight):
    rng = np.random.default_rng(1)
    coasting = np.flatnonzero(flight.times_s > flight.burnout_s)[:-1]
    for row in rng.choice(coasting, 60):
        ahead_s = rng.uniform(0.0, flight.times_s[row + 1] - flight.times_s[row])
        exact = np.empty(6)
        status = arc.coast(
            flight.states_ecef[row], 1.0 / flight.ballistic_coefficient_kg_m2, ahead_s, exact
        )
        assert status == arc.DONE
        between = flight.states_at(flight.times_s[row : row + 1] + ahead_s)[0]
        assert np.linalg.norm(between[:3] - exact[:3]) < 1.0
        assert np.linalg.norm(between[3:] - exact[3:]) < 3.0


def test_a_cubic_is_interpolated_exactly():
    times = np.array([0.0, 1.0, 2.5, 4.0])

    def cubic(t):
        position = [2.0 + t - 3.0 * t**2 + 0.5 * t**3, t**3, -(t**2)]
        return np.array([*position, 1.0 - 6.0 * t + 1.5 * t**2, 3.0 * t**2, -2.0 * t])

    wanted = np.array([0.0, 0.3, 1.0, 2.2, 3.9, 4.0])
    found = interpolate_states(times, np.array([cubic(t) for t in times]), wanted)
    assert found == pytest.approx(np.array([cubic(t) for t in wanted]), abs=1e-12)


def test_before_lift_off_and_after_impact_there_is_no_state():
    flight = short_flight()
    outside = flight.states_at(np.array([-0.001, flight.times_s[-1] + 0.001]))
    assert np.all(np.isnan(outside))


def test_it_ends_on_the_ellipsoid_and_culminates_where_it_says():
    flight = lofted_flight()
    heights = [arc.height_m(state) for state in flight.states_ecef]
    assert heights[-1] == pytest.approx(0.0, abs=0.01)
    assert max(heights) == pytest.approx(flight.apogee_height_m, abs=5.0)
    assert flight.times_s[int(np.argmax(heights))] == pytest.approx(flight.apogee_s, abs=1.0)
    assert flight.impact.time_s == flight.times_s[-1]


def test_what_does_not_come_down_is_refused():
    strong = Booster("strong", (Stage(100.0, 20.0, 6.0, 6e3), Stage(200.0, 30.0, 9.0, 6e3)))
    lift = Lift(Place(0.0, 0.0), 0.0, strong, Steering(6.0, 40.0, 80.0, 90.0), 300.0, 6e3)
    with pytest.raises(UnusableInput, match="not down"):
        fly("L1", 0.0, lift)


def test_a_launch_next_to_the_pole_or_the_date_line_flies_as_elsewhere():
    """By symmetry about the axis, longitude does not matter to height and time."""
    reference = None
    for lon_deg in (0.0, 179.999, -180.0):
        booster = Booster("one", (Stage(85.0, 28.0, 3.0, 6e3),))
        lift = Lift(Place(88.0, lon_deg), 0.0, booster, Steering(4.0, 25.0, 50.0, 5.0), 80.0, 6e3)
        flight = fly("L1", 0.0, lift)
        figures = (flight.apogee_height_m, flight.impact.time_s, flight.impact.place.lat_deg)
        reference = reference or figures
        assert figures == pytest.approx(reference, abs=1e-5)
        assert math.isfinite(flight.impact.place.lon_deg)
