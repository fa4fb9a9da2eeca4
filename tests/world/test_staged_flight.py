"""Parts that fall away: mechanics at the parting and after it, and what is seen of them."""

import functools
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels.dynamics import coast_acceleration
from commonwatch.world.boosters import LONG_RANGE
from commonwatch.world.bounds import impact_bounds
from commonwatch.world.notional_sensors import notional_sensors
from commonwatch.world.sensing import observe
from commonwatch.world.staged_flight import (
    Parting,
    draw_piece_parting,
    draw_stage_parting,
    part,
    random_direction,
    stage_ends_s,
)
from tests.world.builders import lofted_flight, sensor

FIRST_ENDS_S, SECOND_ENDS_S = 80.0, 160.0


@functools.cache
def first_stage():
    return part(lofted_flight(), Parting("S1", FIRST_ENDS_S, np.array([1.0, -2.0, 2.0]), 1200.0))


def test_stages_end_one_after_another_until_the_thrust_is_cut_off():
    booster = LONG_RANGE.steered.booster
    assert stage_ends_s(booster, 241.65) == (80.0, 160.0)
    assert stage_ends_s(booster, 160.0) == (80.0,)
    assert stage_ends_s(booster, 79.0) == ()


def test_it_starts_where_the_carrier_is_with_the_velocity_gained():
    stage, carrier = first_stage(), lofted_flight()
    there = carrier.states_at(np.array([FIRST_ENDS_S]))[0]
    assert stage.times_s[0] == FIRST_ENDS_S
    assert stage.states_ecef[0, :3] == pytest.approx(there[:3], abs=1e-9)
    assert np.linalg.norm(stage.states_ecef[0, 3:] - there[3:]) == pytest.approx(3.0)
    assert not stage.powered
    assert stage.burnout_s == FIRST_ENDS_S
    assert np.isnan(stage.states_at(np.array([FIRST_ENDS_S - 0.01]))).all()


def test_it_falls_as_scipy_has_it_fall():
    """Same forces, SciPy's DOP853 in place of our integrator, from the parting to the ground."""
    stage = first_stage()

    def slope(_, y):
        acceleration = np.empty(3)
        coast_acceleration(y, 1.0 / 1200.0, acceleration)
        return np.concatenate([y[3:], acceleration])

    def ground(_, y):
        return arc.height_m(y)

    ground.terminal, ground.direction = True, -1
    path = solve_ivp(
        slope,
        (FIRST_ENDS_S, 3000.0),
        stage.states_ecef[0],
        "DOP853",
        rtol=1e-9,
        atol=1e-4,
        events=ground,
        max_step=5.0,
    )
    assert path.t_events[0][0] == pytest.approx(stage.impact.time_s, abs=0.01)
    assert np.linalg.norm(path.y_events[0][0][:3] - stage.states_ecef[-1, :3]) < 5.0
    heights = [arc.height_m(state) for state in stage.states_ecef]
    assert max(heights) == pytest.approx(stage.apogee_height_m, abs=5.0)


def test_the_heavier_part_falls_farther():
    """Drag takes what is light, so of parts with one velocity the heavier comes down farther on."""
    carrier = lofted_flight()
    still = np.zeros(3)
    ranges = [
        np.linalg.norm(
            part(carrier, Parting("S1", SECOND_ENDS_S, still, coefficient)).states_ecef[-1, :3]
            - carrier.states_ecef[0, :3]
        )
        for coefficient in (300.0, 1200.0, 5000.0)
    ]
    assert ranges == sorted(ranges)


def test_a_part_of_no_drag_and_no_velocity_of_its_own_stays_with_the_payload():
    carrier = lofted_flight()
    at_s = carrier.burnout_s
    twin = part(carrier, Parting("S3", at_s, np.zeros(3), carrier.ballistic_coefficient_kg_m2))
    assert twin.impact.time_s == pytest.approx(carrier.impact.time_s, abs=1e-3)
    times = np.linspace(at_s, carrier.times_s[-1] - 1.0, 50)
    apart = np.linalg.norm((twin.states_at(times) - carrier.states_at(times))[:, :3], axis=1)
    assert apart.max() < 1.0


def test_nothing_parts_before_lift_off_and_what_stays_up_is_refused():
    with pytest.raises(UnusableInput, match="does not fly"):
        part(lofted_flight(), Parting("S1", -1.0, np.zeros(3), 1200.0))
    with pytest.raises(UnusableInput, match="not down"):
        part(lofted_flight(), Parting("S1", 160.0, np.array([6e3, -9e3, 9e3]), 1200.0))


def test_what_is_drawn_parts_slowly_and_a_stage_never_ahead():
    rng = np.random.default_rng(1)
    carrier = lofted_flight()
    ahead = carrier.states_at(np.array([FIRST_ENDS_S]))[0, 3:]
    coefficients = []
    for _ in range(200):
        stage = draw_stage_parting("S1", carrier, FIRST_ENDS_S, rng)
        assert 1.0 <= np.linalg.norm(stage.velocity_ecef_m_s) <= 5.0
        assert stage.velocity_ecef_m_s @ ahead <= 0.0
        piece = draw_piece_parting("D1", FIRST_ENDS_S, rng)
        assert 3.0 <= np.linalg.norm(piece.velocity_ecef_m_s) <= 25.0
        coefficients += [stage.ballistic_coefficient_kg_m2, piece.ballistic_coefficient_kg_m2]
    logs = np.log(np.array(coefficients) / 1200.0)
    assert abs(logs.mean()) < 4.0 * 0.5 / np.sqrt(logs.size)
    assert logs.std() == pytest.approx(0.5, abs=0.07)


def test_no_direction_is_likelier_than_another():
    rng = np.random.default_rng(2)
    directions = np.array([random_direction(rng) for _ in range(3000)])
    assert np.linalg.norm(directions, axis=1) == pytest.approx(np.ones(3000))
    assert np.linalg.norm(directions.mean(axis=0)) < 4.0 / np.sqrt(3000)
    assert directions.T @ directions / 3000 == pytest.approx(np.eye(3) / 3.0, abs=0.03)


def test_radars_see_a_part_from_its_parting_on_and_infrared_never():
    flights = (lofted_flight(), first_stage())
    sensors = (sensor("KOR-2"), sensor("USA-1"))
    seen = observe(flights, sensors, np.random.default_rng(1))
    theirs = [plot for plot, label in zip(seen.plots, seen.labels, strict=True) if label == "S1"]
    assert len(theirs) > 100
    assert {plot.sensor for plot in theirs} == {"KOR-2"}
    parted_s = flights[0].lift_off_s + FIRST_ENDS_S
    assert min(plot.time_s for plot in theirs) > parted_s
    assert any(
        plot.time_s < parted_s + 10.0 and label == "L1"
        for plot, label in zip(seen.plots, seen.labels, strict=True)
    )


def test_bounds_of_a_part_count_from_its_parting():
    """As those of an object that flew the same arc and burnt out then."""
    stage = replace(first_stage(), name="S1")
    seen = observe((stage,), notional_sensors(), np.random.default_rng(3))
    bounds = impact_bounds((stage,), notional_sensors(), seen)["S1"]["ALL"]
    burnt = replace(stage, parted_s=None, burns_s=((0.0, FIRST_ENDS_S),))
    assert bounds == impact_bounds((burnt,), notional_sensors(), seen)["S1"]["ALL"]
    assert bounds["burnout+30s"]["at_s"] == 30.0
    times = [plot.time_s - stage.lift_off_s for plot in seen.plots]
    labelled = [t for t, label in zip(times, seen.labels, strict=True) if label == "S1"]
    assert bounds["burnout+60s"]["plots"] == sum(
        FIRST_ENDS_S + 5.0 <= t <= FIRST_ENDS_S + 60.0 for t in labelled
    )


def test_no_bound_is_told_at_a_moment_after_the_impact():
    whole = lofted_flight()
    late = part(whole, Parting("S1", whole.impact.time_s - 100.0, np.zeros(3), 1200.0))
    assert late.impact.time_s < late.burnout_s + 120.0
    seen = observe((late,), notional_sensors(), np.random.default_rng(1))
    marks = impact_bounds((late,), notional_sensors(), seen)["S1"]["ALL"]
    assert "burnout+120s" not in marks
    assert "burnout+60s" in marks
