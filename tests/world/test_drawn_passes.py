"""Every kind of drawn pass: what it promises of its flights, sensors and labels, and of chance."""

import math

import numpy as np
import pytest
from pyproj import Geod
from scipy import stats

from commonwatch.errors import UnusableInput
from commonwatch.estimate.bodies import UNKNOWN_CHANCE
from commonwatch.trajectory.kernels import arc
from commonwatch.world.coefficients import (
    draw_coefficient,
    draw_gliding_coefficient,
    draw_tumbling_coefficient,
)
from commonwatch.world.drawn_lift import draw_start, least_speed_apogee_m
from commonwatch.world.pass_folder import events_of
from commonwatch.world.random_passes import DRAWS, KIND_NAMES, draw_scene

WGS84 = Geod(ellps="WGS84")
ORBITING = ("orbit", "space-launch")
STAGED = ("staged", "clutter-staged", "space-launch", "lost-2022-11-03", "lost-2023-04-13")


def drawn(kind, number):
    return draw_scene(kind, number, np.random.default_rng([9, number]))


def flown(kind, number):
    """The flights alone, of another draw than the pass of that number."""
    rng = np.random.default_rng([9, number])
    return DRAWS[kind](draw_start(rng), rng)


def range_km(flight):
    launch, impact = flight.launch, flight.impact.place
    return WGS84.inv(launch.lon_deg, launch.lat_deg, impact.lon_deg, impact.lat_deg)[2] / 1e3


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_every_kind_can_be_drawn_is_seen_and_obeys_its_labels(kind):
    scene = drawn(kind, 1)
    known = {flight.name for flight in scene.flights} | {None}
    assert set(scene.observation.labels) <= known
    assert len({flight.name for flight in scene.flights}) == len(scene.flights)
    times = [plot.time_s for plot in scene.observation.plots]
    assert times == sorted(times)
    main = scene.flights[0]
    assert scene.observation.labels.count(main.name) > 100
    for flight in scene.flights:
        assert (flight.impact is None) == (kind in ORBITING and flight.name == "L1")
        assert np.all(np.diff(flight.times_s) > 0.0)
        assert np.isfinite(flight.states_ecef).all()
        assert flight.powered == flight.name.startswith("L")
        if flight.impact is not None:
            assert arc.height_m(flight.states_ecef[-1]) == pytest.approx(0.0, abs=1.0)


@pytest.mark.parametrize("kind", ["biased-all", "lying", "failed", "lost-2023-04-13"])
def test_the_same_seed_draws_the_same_pass(kind):
    first, again = drawn(kind, 5), drawn(kind, 5)
    assert first.observation == again.observation
    assert first.sensors == again.sensors
    assert [f.impact for f in first.flights] == [f.impact for f in again.flights]


def test_another_kind_is_refused():
    with pytest.raises(UnusableInput, match="lofted"):
        draw_scene("sideways", 0, np.random.default_rng(1))


@pytest.mark.parametrize("kind", STAGED)
def test_all_that_comes_of_one_lift_off_is_one_event(kind):
    scene = drawn(kind, 0)
    assert len(scene.flights) > 1
    assert set(events_of(scene.flights)) == {"E1"}
    for flight in scene.flights[1:]:
        assert flight.lift_off_s == scene.flights[0].lift_off_s
        assert flight.parted_s == flight.times_s[0] <= scene.flights[0].burnout_s + 1e-9


@pytest.mark.parametrize("kind", ["pair", "salvo", "salvo-cross"])
def test_each_lift_off_of_a_salvo_is_an_event(kind):
    flights = flown(kind, 0)
    assert len(set(events_of(flights))) == len(flights)


def test_staged_flights_leave_two_stages_or_more_of_a_three_stage_booster_and_sometimes_pieces():
    names = [{flight.name for flight in flown("staged", number)} for number in range(8)]
    assert all({"L1", "S1"} <= one for one in names)
    assert any("S2" in one for one in names)
    assert any("D1" in one for one in names)
    assert any("D1" not in one for one in names)


def test_full_range_is_far_and_depressed_is_flat():
    for number in range(6):
        far = flown("full-range", number)[0]
        assert 7800.0 < range_km(far) < 11300.0
        flat = flown("depressed", number)[0]
        share = flat.apogee_height_m / least_speed_apogee_m(1e3 * range_km(flat))
        assert 0.25 < share < 0.75


def test_the_arc_of_least_speed_of_half_a_quarter_turn():
    """Limits: a short one rises to a quarter of its range, one to the antipodes not at all."""
    assert least_speed_apogee_m(10e3) == pytest.approx(2.5e3, rel=2e-3)
    assert least_speed_apogee_m(math.pi * 6371e3) == pytest.approx(0.0, abs=100.0)


def test_a_failed_launch_ends_its_thrust_between_60_and_150_s():
    pieces = set()
    for number in range(12):
        flights = flown("failed", number)
        assert 60.0 <= flights[0].burnout_s <= 150.0
        assert all(flight.parted_s == flights[0].burnout_s for flight in flights[1:])
        pieces.add(len(flights))
    assert 1 in pieces
    assert pieces - {1} <= {2, 3, 4}
    assert len(pieces) > 1


@pytest.mark.parametrize("kind", ["clutter", "clutter-staged"])
def test_clutter_is_half_a_false_plot_a_scan_and_radar(kind):
    scene = drawn(kind, 1)
    radars = [one for one in scene.sensors if one.kind == "radar"]
    assert {one.false_plots_per_scan for one in radars} == {0.5}
    ends_s = [flight.lift_off_s + flight.times_s[-1] for flight in scene.flights]
    lasts_s = max(ends_s) - min(flight.lift_off_s for flight in scene.flights) + 40.0
    expected = 0.5 * lasts_s * sum(1.0 / one.scan_period_s for one in radars)
    false = scene.observation.labels.count(None)
    assert abs(false - expected) < 5.0 * math.sqrt(expected)


def test_declared_errors_are_those_of_the_kind():
    for kind, biased, clocked in (
        ("biased", True, False),
        ("biased-all", True, True),
        ("clocked", False, True),
        ("lofted", False, False),
    ):
        scene = drawn(kind, 0)
        for one in scene.sensors:
            radar = one.kind == "radar"
            assert (one.bias_sigma_range_m > 0.0) == (biased and radar)
            assert (one.clock_sigma_s > 0.0) == (clocked and radar)
            assert (scene.observation.biases[one.id].clock_s != 0.0) == (clocked and radar)
            if clocked and radar:
                assert 0.05 <= one.clock_sigma_s <= 0.2


def test_objects_of_a_file_follow_each_other_closely_and_files_cross():
    flights = flown("salvo-cross", 3)
    assert 8 <= len(flights) <= 12
    places = {flight.launch for flight in flights}
    assert 2 <= len(places) <= 4
    assert min(flight.lift_off_s for flight in flights) % 1.0 == 0.0
    leaders = []
    for place in places:
        file = sorted((f for f in flights if f.launch == place), key=lambda f: f.lift_off_s)
        leaders.append(file[0])
        gaps = np.diff([flight.lift_off_s for flight in file])
        assert np.all((gaps >= 1.999) & (gaps <= 5.001))
        at = np.array([file[0].burnout_s + 60.0])
        velocities = np.array([flight.states_at(at)[0, 3:] for flight in file])
        assert np.ptp(velocities, axis=0).max() < 30.0
    # Over some place all leaders are within some seconds, and there their ground tracks meet.
    times = np.arange(0.0, 600.0, 2.0) + min(f.lift_off_s for f in leaders)
    paths = [f.states_at(times - f.lift_off_s)[:, :3] for f in leaders]
    up = [path / np.linalg.norm(path, axis=1)[:, None] for path in paths]
    for other in up[1:]:
        apart_rad = np.nanmin(np.linalg.norm(up[0] - other, axis=1))
        assert 6371e3 * apart_rad < 40e3


def test_pull_ups_mostly_turn_aside_and_are_not_ballistic():
    bearings = []
    for number in range(8):
        flight = flown("pull-up", number)[0]
        assert not flight.ballistic
        late = flight.states_ecef[flight.times_s > flight.apogee_s]
        across = np.cross(late[0, :3], late[0, 3:])
        across /= np.linalg.norm(across)
        bearings.append(np.abs((late[:, :3] - late[0, :3]) @ across).max())
    # The Earth's turning alone bends the path by a few kilometres.
    assert sum(aside > 10e3 for aside in bearings) >= 4


def test_coefficients_have_the_distribution_that_the_estimator_states():
    rng = np.random.default_rng(1)
    typical = np.array([draw_coefficient(rng, "typical") for _ in range(2000)])
    logs = np.log(typical / 6000.0) / 0.005
    assert stats.kstest(logs, "norm").pvalue > 1e-3
    odd = np.array([draw_coefficient(rng, "odd") for _ in range(2000)])
    uniform = np.log(odd / 2500.0) / math.log(4.0)
    assert stats.kstest(uniform, "uniform").pvalue > 1e-3
    either = np.array([draw_coefficient(rng) for _ in range(4000)])
    far = np.mean(np.abs(np.log(either / 6000.0)) > 0.025)
    # Of the odd ones 3.6 % lie as close as the typical ones do.
    assert far == pytest.approx(UNKNOWN_CHANCE * (1.0 - 0.05 / math.log(4.0)), abs=0.008)
    tumbling = np.array([draw_tumbling_coefficient(rng) for _ in range(2000)])
    assert stats.kstest(np.log(tumbling / 1200.0) / 0.5, "norm").pvalue > 1e-3
    gliding = np.array([draw_gliding_coefficient(rng) for _ in range(2000)])
    assert stats.kstest((gliding - 3000.0) / 6000.0, "uniform").pvalue > 1e-3


def test_the_shape_asked_for_is_that_of_the_payload_alone():
    for shape, odd in (("typical", False), ("odd", True)):
        scene = draw_scene("staged", 0, np.random.default_rng(6), shape=shape)
        payload, *rest = scene.flights
        assert (abs(math.log(payload.ballistic_coefficient_kg_m2 / 6000.0)) > 0.03) == odd
        assert all(part.ballistic_coefficient_kg_m2 < 5000.0 for part in rest)
