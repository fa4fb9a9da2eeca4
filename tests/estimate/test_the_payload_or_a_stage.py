"""Of what parted from another, which is the payload? Where it is not clear, it is either."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import trapezoid
from scipy.stats import norm

from commonwatch.estimate.bodies import BODIES, EITHER, KNOWN, STAGE, body_priors
from commonwatch.estimate.events import PARTS_AT_M_S, Candidate, energy_m2_s2, payloads_of
from commonwatch.trajectory.kernels import bank as layout
from tests.trajectory.flights import OVERFLIGHT

DIRECTION = st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda one: math.hypot(*one) > 0.1)


def test_either_has_the_moments_of_half_known_half_stage():
    """By numbers: the density of the logarithm of both, half each, on a fine grid."""
    low, high, step = math.log(20.0), math.log(80_000.0), 2e-4
    logs = np.arange(low, high, step)
    density = sum(
        0.5 * norm.pdf(logs, math.log(one.ballistic_coefficient_kg_m2), one.log_sigma)
        for one in (KNOWN, STAGE)
    )
    assert trapezoid(density, logs) == pytest.approx(1.0, abs=1e-6)
    mean = trapezoid(logs * density, logs)
    variance = trapezoid((logs - mean) ** 2 * density, logs)
    assert math.log(EITHER.ballistic_coefficient_kg_m2) == pytest.approx(mean, abs=1e-5)
    assert EITHER.log_sigma == pytest.approx(math.sqrt(variance), rel=1e-4)


def test_either_holds_both_and_wanders_as_the_one_that_wanders_more():
    logs = [math.log(one.ballistic_coefficient_kg_m2) for one in (KNOWN, EITHER, STAGE)]
    assert abs(logs[0] - logs[1]) < EITHER.log_sigma
    assert abs(logs[2] - logs[1]) < EITHER.log_sigma
    walks = [one.log_walk_per_root_s for one in (KNOWN, STAGE)]
    assert EITHER.log_walk_per_root_s == max(walks)


def test_the_kernels_find_each_body_at_its_number():
    numbers = {
        layout.KNOWN_BODY: "known",
        layout.UNKNOWN_BODY: "unknown",
        layout.STAGE_BODY: "stage",
        layout.EITHER_BODY: "either",
    }
    priors = body_priors()
    assert len(priors) == len(BODIES) == len(numbers)
    for number, name in numbers.items():
        (body,) = [one for one in BODIES if one.name == name]
        inverse = 1.0 / body.ballistic_coefficient_kg_m2
        expected = [math.log(inverse), body.log_sigma, body.log_walk_per_root_s]
        assert priors[number] == pytest.approx(expected, rel=1e-12)


def candidate(name: str, state: np.ndarray, *, burns: bool = False) -> Candidate:
    return Candidate(name, energy_m2_s2(state), float(np.linalg.norm(state[3:6])), burns)


def faster(state: np.ndarray, direction, by_m_s: float) -> np.ndarray:
    """A state with something added to its velocity."""
    unit = np.array(direction) / math.hypot(*direction)
    return state + np.concatenate([np.zeros(3), by_m_s * unit])


def at_speed(speed_m_s: float) -> np.ndarray:
    state = OVERFLIGHT.copy()
    state[3:] *= speed_m_s / np.linalg.norm(state[3:])
    return state


@given(st.floats(500.0, 7500.0), DIRECTION, st.floats(0.0, 29.0))
def test_parts_that_leave_each_other_slowly_may_each_be_it(speed_m_s, direction, by_m_s):
    assert pytest.approx(30.0) == PARTS_AT_M_S
    one = at_speed(speed_m_s)
    pair = [candidate("t1", one), candidate("t2", faster(one, direction, by_m_s))]
    assert payloads_of(pair) == {"t1", "t2"}


@given(st.floats(500.0, 7500.0), st.floats(31.0, 2000.0))
def test_what_is_faster_by_more_is_it_alone(speed_m_s, by_m_s):
    one = at_speed(speed_m_s)
    two = faster(one, one[3:], by_m_s)
    assert payloads_of([candidate("t1", one), candidate("t2", two)]) == {"t2"}
    assert payloads_of([candidate("t2", two), candidate("t1", one)]) == {"t2"}


@given(st.floats(500.0, 7500.0), DIRECTION, st.floats(0.0, 3000.0))
def test_what_burns_is_it_whatever_else_has_more_energy(speed_m_s, direction, by_m_s):
    one = at_speed(speed_m_s)
    other = candidate("t2", faster(one, direction, by_m_s))
    assert payloads_of([candidate("t1", one, burns=True), other]) == {"t1"}
    assert payloads_of([other, candidate("t1", one, burns=True)]) == {"t1"}


def test_of_two_that_burn_the_one_with_more_energy_is_it():
    one = at_speed(3000.0)
    two = faster(one, one[3:], 5.0)
    coasts = candidate("t3", faster(one, one[3:], 100.0))
    both = [candidate("t1", one, burns=True), candidate("t2", two, burns=True), coasts]
    assert payloads_of(both) == {"t2"}


def test_a_stage_that_parted_long_before_is_none_of_those_that_may_be_it():
    payload = at_speed(6000.0)
    spent = candidate("t2", at_speed(4000.0))
    last = candidate("t3", faster(payload, payload[3:], -3.0))
    assert payloads_of([candidate("t1", payload), spent, last]) == {"t1", "t3"}
