"""The kernels that carry an estimate against the slow twins in naive_bank.py."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatch.trajectory.kernels import coast_step
from tests.trajectory import naive_bank as twin
from tests.trajectory.flights import DESCENDING, LOFTED, OVERFLIGHT, POLAR, SHORT
from tests.trajectory.simulated_plots import DRAG, close
from tests.trajectory.test_filter_kernels_against_naive import definite


# Slopes by a point mass err by a thousandth of gravity's; in thick air a step passes a tenth of
# the scale height, and the coefficient's slope is that of the middle of it.
@pytest.mark.parametrize(
    ("state", "duration_s", "off_m", "within"),
    [
        (LOFTED, 30.0, 0.01, 1e-3),
        (LOFTED, -20.0, 0.01, 1e-3),
        (OVERFLIGHT, 30.0, 0.01, 1e-3),
        (POLAR, 25.0, 0.01, 1e-3),
        (SHORT, 10.0, 0.05, 2e-3),
        (DESCENDING, 8.0, 0.5, 5e-3),
    ],
)
@pytest.mark.parametrize("biases", [0, 4])
def test_a_coast_is_dop853s_and_its_covariance_the_differences(
    state, duration_s, off_m, within, biases
):
    n = 7 + biases
    mean = np.concatenate([state, [DRAG], np.full(biases, 3.0)])
    cov = definite(np.random.default_rng(1), [50.0] * 3 + [2.0] * 3 + [0.3] + [20.0] * biases)
    expected = twin.coast(mean, duration_s)
    slope = twin.coast_transition(mean, duration_s)
    expected_cov = slope @ cov @ slope.T
    coast_step.coast_forward(mean, cov, duration_s, np.full((coast_step.COAST_WORK_ROWS, n), 7e7))
    assert np.linalg.norm(mean[:3] - expected[:3]) < off_m
    assert np.linalg.norm(mean[3:6] - expected[3:6]) < off_m
    assert np.array_equal(mean[6:], expected[6:])
    assert close(cov, expected_cov, within)
    assert np.array_equal(cov, cov.T)


@given(st.integers(0, 2**32), st.sampled_from([(7, 7), (11, 7), (9, 9)]))
@settings(max_examples=20)
def test_a_covariance_is_carried_as_whole_matrices_are(seed, size):
    n, moving = size
    rng = np.random.default_rng(seed)
    cov = definite(rng, list(rng.uniform(0.1, 10.0, n)))
    phi = rng.standard_normal((6, moving))
    whole = twin.whole_transition(phi, n)
    expected = whole @ cov @ whole.T
    coast_step.carry_covariance(cov, phi, np.full((6, n), math.nan))
    assert close(cov, expected, 1e-12)


@given(st.integers(0, 2**32), st.sampled_from([1, 3]), st.floats(0.05, 1.0))
@settings(max_examples=20)
def test_a_transition_is_the_exponential_to_second_order(seed, last, h_s):
    rng = np.random.default_rng(seed)
    by_position, by_velocity = 1e-2 * rng.standard_normal((2, 3, 3))
    by_last = rng.standard_normal((3, last))
    phi = np.empty((6, 6 + last))
    coast_step.fill_transition(h_s, by_position, by_velocity, by_last, phi)
    system = twin.linear_system(by_position, by_velocity, by_last)
    expected = twin.expm(h_s * system)[:6]
    third = np.abs(np.linalg.matrix_power(system, 3)).max() + np.linalg.norm(system, 2) ** 2 * 1e-3
    assert np.abs(phi - expected).max() < h_s**3 * third
    # The place, to third order.
    fourth = np.linalg.norm(np.linalg.matrix_power(system, 3)[3:], 2)
    assert np.abs(phi[:3] - expected[:3]).max() < h_s**4 * fourth


@pytest.mark.parametrize("h_s", [-1.0, 0.1, 1.0])
def test_a_transition_above_the_air_is_the_general_one_turned_over(h_s):
    by_position, by_velocity, by_drag = np.empty((3, 3)), np.empty((3, 3)), np.empty(3)
    coast_step.slopes(LOFTED, 0.0, False, by_position, by_velocity, by_drag)
    phi, turned = np.empty((6, 7)), np.empty((6, 7))
    coast_step.fill_transition(h_s, by_position, by_velocity, np.zeros((3, 1)), phi)
    coast_step.free_transition(*LOFTED[:3], h_s, turned)
    assert np.allclose(turned[:, :6].T, phi[:, :6], rtol=1e-12, atol=1e-18)
