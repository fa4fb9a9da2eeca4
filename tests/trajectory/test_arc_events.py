"""Arcs at the edges: on the ground, grazing, never down, not a number; and what they conserve."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from commonwatch.errors import UnusableInput
from commonwatch.trajectory import arc, batch
from commonwatch.trajectory.kernels import arc as kernels
from commonwatch.trajectory.kernels.atmosphere import LAYER_BASE_M
from tests.trajectory import naive
from tests.trajectory.flights import ANTIMERIDIAN, ANYWHERE, DESCENDING, LOFTED, POLAR, start

HEAVY = 1.0 / 6000.0


@given(ANYWHERE, st.floats(0.0, 1.0))
def test_a_coast_without_drag_keeps_the_jacobi_constant(state, share):
    there = arc.fly(state, 0.0)
    assume(there.impact is not None)
    out = arc.coast_for(state, 0.0, share * there.impact.time_s)
    # A centimetre, or a hundredth of a millimetre a second, are 0.1 m2/s2 of 6e7.
    assert naive.jacobi_constant(out) == pytest.approx(naive.jacobi_constant(state), abs=0.1)


def test_a_coast_through_the_earth_is_stopped():
    with pytest.raises(UnusableInput, match="coast: below the ground"):
        arc.coast_for(DESCENDING, 0.0, 3600.0)


@given(ANYWHERE, st.sampled_from([HEAVY, 1.0 / 300.0, 0.1]))
def test_drag_never_gives_energy(state, inverse_bc):
    there = arc.fly(state, inverse_bc)
    assume(there.impact is not None)
    event = batch.fly_all([state], inverse_bc).events[0]
    landed = event[kernels.IMPACT_STATE : kernels.IMPACT_STATE + 6]
    assert naive.jacobi_constant(landed) <= naive.jacobi_constant(state) + 1e-3


@given(ANYWHERE, st.sampled_from([0.0, HEAVY, 1.0 / 300.0]))
def test_a_path_comes_down_where_the_arc_says(state, inverse_bc):
    there = arc.fly(state, inverse_bc)
    assume(there.impact is not None)
    path = arc.path(state, inverse_bc, there.impact.time_s, max(1.0, there.impact.time_s / 7.5))
    assert path.states_ecef[-1, :3] == pytest.approx(there.impact.position_ecef_m, abs=0.1)
    assert path.times_s[-1] == there.impact.time_s
    assert len(path.times_s) == len(path.states_ecef)


@given(ANYWHERE, st.sampled_from([0.0, HEAVY, 1.0 / 300.0]))
def test_the_apogee_is_the_highest_point(state, inverse_bc):
    there = arc.fly(state, inverse_bc)
    assume(there.impact is not None and there.apogee is not None)
    path = arc.path(state, inverse_bc, there.impact.time_s, max(1.0, there.impact.time_s / 40.0))
    highest_m = max(kernels.height_m(row) for row in path.states_ecef)
    assert there.apogee.height_m >= highest_m - 0.01


@given(ANYWHERE, st.floats(-180.0, 180.0))
@settings(max_examples=50)
def test_turning_the_start_about_the_axis_turns_the_impact(state, turn_deg):
    """The Earth of this model is the same all round: no meridian is special."""
    c, s = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    here = arc.fly(state, HEAVY)
    there = arc.fly(np.concatenate([turn @ state[:3], turn @ state[3:]]), HEAVY)
    assume(here.impact is not None)
    assert there.impact is not None
    expected = turn @ np.array(here.impact.position_ecef_m)
    assert there.impact.position_ecef_m == pytest.approx(expected, abs=0.02)


def test_an_apogee_in_the_step_that_lands():
    """A hop without air takes two steps.

    Landing once spoilt what the apogee was then found from.
    """
    state = start(0.0, 0.0, 100e3, 642.0, 88.0, 0.0)
    flown = arc.fly(state, 0.0)
    assert flown.apogee is not None
    top = arc.coast_for(state, 0.0, flown.apogee.time_s)
    assert kernels.height_rate_m_s(top) == pytest.approx(0.0, abs=1e-5)
    assert kernels.height_m(top) == pytest.approx(flown.apogee.height_m, abs=1e-3)


def test_across_the_date_line():
    assert ANTIMERIDIAN[1] > 0.0  # starts west of it, east longitude
    impact = arc.fly(ANTIMERIDIAN, HEAVY).impact
    assert impact is not None
    assert -180.0 <= impact.lon_deg < -120.0


def test_over_the_pole():
    impact = arc.fly(POLAR, HEAVY).impact
    assert impact is not None
    # North along 30 E, then down on the other side of the pole.
    assert abs(impact.lon_deg - (-150.0)) < 25.0
    assert impact.lat_deg < 89.0


def test_what_already_descends_has_its_apogee_now():
    flown = arc.fly(DESCENDING, HEAVY)
    assert flown.apogee == arc.Apogee(0.0, pytest.approx(120e3, abs=1e-6))
    assert flown.impact is not None
    assert 0.0 < flown.impact.time_s < 60.0


def test_from_the_ground_up():
    """Thrown upward at 1000 m/s without air: about v2/2g high, 2v/g long."""
    flown = arc.fly(start(45.0, 10.0, 0.0, 1000.0, 90.0, 0.0), 0.0)
    assert flown.apogee is not None
    assert flown.impact is not None
    assert flown.apogee.height_m == pytest.approx(1000.0**2 / 2.0 / 9.806, rel=0.02)
    assert flown.impact.time_s == pytest.approx(2.0 * 1000.0 / 9.806, rel=0.02)
    assert flown.impact.speed_m_s == pytest.approx(1000.0, rel=1e-3)


def test_on_the_ground_and_going_down_is_an_impact_now():
    state = start(45.0, 10.0, 1e-7, 100.0, -45.0, 0.0)
    flown = arc.fly(state, HEAVY)
    assert flown.impact is not None
    assert flown.impact.time_s == 0.0


def test_under_the_ground_is_said():
    flown = arc.fly(start(45.0, 10.0, -5.0, 1000.0, 90.0, 0.0), HEAVY)
    assert (flown.impact, flown.no_impact_reason) == (None, "below the ground")


def test_an_orbit_never_comes_down():
    flown = arc.fly(start(0.0, 0.0, 500e3, 7600.0, 0.0, 90.0), 1.0 / 100.0, max_s=20_000.0)
    assert flown.impact is None
    assert flown.no_impact_reason == "still up at the end of the time given"


def test_a_time_too_short_is_said():
    flown = arc.fly(LOFTED, HEAVY, max_s=1000.0)
    assert flown.no_impact_reason == "still up at the end of the time given"


@pytest.mark.parametrize("bound_m", LAYER_BASE_M[1:].tolist())
@pytest.mark.parametrize("above_m", [-1.0, -0.01, 0.0, 0.01, 1.0])
def test_an_apogee_that_grazes_a_layer(bound_m, above_m):
    """Level flight at a bound of two layers, where a step could hang between them."""
    state = start(40.0, 130.0, bound_m + above_m, 1500.0, 0.0, 90.0)
    flown = arc.fly(state, 1.0 / 2000.0)
    assert flown.impact is not None
    out = arc.coast_for(state, 1.0 / 2000.0, flown.impact.time_s)
    assert kernels.height_m(out) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("above_m", [1.0, 10.0, 100.0])
def test_an_arc_that_grazes_the_ground(above_m):
    flown = arc.fly(start(10.0, 0.0, above_m, 7900.0, 0.0, 90.0), 0.0, max_s=20_000.0)
    assert flown.impact is not None or flown.no_impact_reason is not None


def test_a_feather_falls_slowly_and_lands():
    flown = arc.fly(start(10.0, 0.0, 30e3, 100.0, 0.0, 0.0), 1.0)
    assert flown.impact is not None
    # Terminal speed sqrt(2 g beta / rho) at sea level.
    assert flown.impact.speed_m_s == pytest.approx(math.sqrt(2.0 * 9.78 / 1.225), rel=0.02)


def test_a_batch_is_the_arcs_one_by_one():
    states = np.array([LOFTED, DESCENDING, POLAR, ANTIMERIDIAN])
    together = batch.fly_all(states, HEAVY)
    alone = [arc.fly(state, HEAVY) for state in states]
    assert [together.arc(i) for i in range(4)] == alone
    assert together.landed.all()
    assert together.impact_time_s.tolist() == [a.impact.time_s for a in alone]
    assert together.apogee_height_m[0] == alone[0].apogee.height_m
    assert together.apogee_time_s[0] == alone[0].apogee.time_s
    places = [[a.impact.lat_deg, a.impact.lon_deg] for a in alone]
    assert together.impact_lat_lon_deg == pytest.approx(np.array(places), abs=1e-12)


def test_a_bad_row_spoils_no_other():
    rows = np.array([LOFTED, np.full(6, math.nan), np.zeros(6), np.full(6, math.inf), LOFTED])
    together = batch.fly_all(rows, [HEAVY, HEAVY, HEAVY, HEAVY, 0.0])
    assert together.landed.tolist() == [True, False, False, False, True]
    assert np.isnan(together.impact_lat_lon_deg[1:4]).all()
    assert np.isnan(together.impact_time_s[1:4]).all()
    assert together.arc(1).no_impact_reason == "the integration met a value that is not finite"
    assert together.arc(0) == arc.fly(LOFTED, HEAVY)


def test_an_empty_batch():
    assert batch.fly_all(np.empty((0, 6)), 0.0).impact_lat_lon_deg.shape == (0, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: arc.fly([math.nan] * 6, 0.0), r"ECEF state: the value at \[0\] is not a finite"),
        (lambda: arc.fly(LOFTED[:5], 0.0), r"ECEF state: shape \(5,\): need \(6,\)"),
        (lambda: arc.fly(LOFTED / 1000.0, 0.0), "kilometres"),
        (lambda: arc.fly(LOFTED, -1e-9), "inverse ballistic coefficient: -1e-09"),
        (lambda: arc.fly(LOFTED, 6000.0), "from 0 to 10"),
        (lambda: arc.fly(LOFTED, 0.0, max_s=math.inf), "longest time: inf"),
        (lambda: arc.fly(LOFTED, 0.0, tolerance_m=0.0), "tolerance: 0"),
        (lambda: arc.coast_for(LOFTED, 0.0, math.nan), "duration: nan"),
        (lambda: arc.path(LOFTED, 0.0, 1000.0, 1e-4), "step: 0.0001"),
        (lambda: batch.fly_all(LOFTED, 0.0), r"need \(n, 6\)"),
        (lambda: batch.fly_all([LOFTED], [0.0, 0.0]), r"need one, or \(1,\)"),
        (lambda: batch.fly_all([LOFTED], [math.nan]), "need numbers from 0 to 10"),
    ],
)
def test_unusable_input_is_named(call, message):
    with pytest.raises(UnusableInput, match=message):
        call()
