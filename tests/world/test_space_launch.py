"""A launch straight into orbit: level and fast at insertion, up for a revolution, stages fall."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.kernels import arc
from commonwatch.world.boosters import SHORT_RANGE, SPACE_THREE_STAGES
from commonwatch.world.orbital_flight import inertial_velocity, perigee_heights_m
from commonwatch.world.random_passes import draw_scene
from commonwatch.world.space_launch import Launcher, fly_into_orbit
from commonwatch.world.staged_flight import stage_ends_s

GM, SPIN = 3.986004418e14, np.array([0.0, 0.0, 7.292115e-5])
BOOSTER = SPACE_THREE_STAGES.steered.booster
EAST = Launcher(Place(28.0, 140.0), 20.0, BOOSTER, 90.0, 8.0, 0.7 * BOOSTER.burn_s, 6000.0)


def insertion(flight):
    return flight.states_at(np.array([flight.burnout_s]))


def test_thrust_ends_level_at_orbital_speed_without_a_pause_in_the_burn():
    flight = fly_into_orbit("L1", 0.0, EAST)
    state = insertion(flight)
    speed = np.linalg.norm(inertial_velocity(state))
    radius = np.linalg.norm(state[0, :3])
    assert speed == pytest.approx(np.sqrt(GM / radius), rel=0.02)
    climb_deg = np.degrees(np.arcsin(state[0, :3] @ state[0, 3:] / radius / speed))
    assert abs(climb_deg) < 1.0
    assert perigee_heights_m(state)[0] >= 180e3
    assert flight.burns_s == ((0.0, flight.burnout_s),)
    assert flight.impact is None


def test_it_stays_up_for_a_whole_revolution():
    """Two-body motion by SciPy from the insertion: never below the perigee."""
    state = insertion(fly_into_orbit("L1", 0.0, EAST))[0]
    inertial = np.concatenate([state[:3], state[3:] + np.cross(SPIN, state[:3])])

    def two_bodies(_, y):
        return np.concatenate([y[3:], -GM / np.linalg.norm(y[:3]) ** 3 * y[:3]])

    path = solve_ivp(two_bodies, (0.0, 7000.0), inertial, "DOP853", rtol=1e-10, max_step=30.0)
    lowest = np.linalg.norm(path.y[:3], axis=0).min() - 6378137.0
    assert lowest == pytest.approx(perigee_heights_m(state[None, :])[0], abs=500.0)


def test_what_is_too_weak_for_orbit_is_refused():
    weak = SHORT_RANGE.steered.booster
    with pytest.raises(UnusableInput, match="stronger"):
        fly_into_orbit("L1", 0.0, Launcher(EAST.launch, 0.0, weak, 90.0, 4.0, 40.0, 6000.0))


@pytest.mark.parametrize("number", range(4))
def test_its_spent_stages_come_down_and_its_payload_does_not(number):
    scene = draw_scene("space-launch", number, np.random.default_rng([4, number]))
    payload, *stages = scene.flights
    assert payload.impact is None
    assert stages
    for stage, name in zip(stages, ("S1", "S2"), strict=False):
        assert stage.name == name
        assert stage.impact.time_s < payload.times_s[-1]
        assert arc.height_m(stage.states_ecef[-1]) == pytest.approx(0.0, abs=0.01)
    assert len(stage_ends_s(BOOSTER, BOOSTER.burn_s)) == 2
    labels = [
        label
        for plot, label in zip(scene.observation.plots, scene.observation.labels, strict=True)
        if plot.time_s > payload.lift_off_s + payload.burnout_s and label == "L1"
    ]
    # Radars downrange see it in orbit.
    assert len(labels) > 100
