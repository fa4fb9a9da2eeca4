"""Estimates of a burning object share the thrust's noise: they are intersected, never added."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.fuse.combine import _intersected, area_m2, combined_burning
from commonwatch.fuse.picture import picture
from tests.trajectory.flights import SHORT

from .builders import EPOCH_S, burning_word, definite

MEAN = np.concatenate([SHORT, [10.0, 10.0, 25.0]])
SIGMAS = [200.0] * 3 + [20.0] * 3 + [5.0] * 3
SEEDS = st.integers(0, 2**32)


def joint(rng: np.random.Generator) -> np.ndarray:
    """Covariance (18, 18) of the errors of two estimates that have much in common."""
    cov = definite(rng, [*SIGMAS, *SIGMAS])
    shared = definite(rng, SIGMAS)
    return cov + np.block([[shared, shared], [shared, shared]])


@given(SEEDS, st.sampled_from([0.25, 0.5, 0.75]))
@settings(max_examples=30)
def test_intersection_is_never_surer_than_it_may_be(seed, weight):
    """However the two errors hang together, what is told is at least what is true."""
    both = joint(np.random.default_rng(seed))
    first, second = both[:9, :9], both[9:, 9:]
    one = PoweredFilter(EPOCH_S, MEAN, first)
    fused = _intersected(one, PoweredFilter(EPOCH_S, MEAN, second), weight)
    columns = [
        _intersected(one, PoweredFilter(EPOCH_S, MEAN + shift, second), weight).mean - MEAN
        for shift in np.diag(SIGMAS)
    ]
    gain = np.array(columns).T / np.array(SIGMAS)
    spread = np.hstack([np.eye(9) - gain, gain])
    true_cov = spread @ both @ spread.T
    scale = np.outer(SIGMAS, SIGMAS)
    assert np.linalg.eigvalsh((fused.cov - true_cov) / scale).min() >= -1e-6
    assert np.array_equal(fused.cov, fused.cov.T)


@given(SEEDS)
@settings(max_examples=10)
def test_the_combination_is_at_least_as_good_as_the_best_of_it(seed):
    rng = np.random.default_rng(seed)
    states = [
        PoweredFilter(EPOCH_S, rng.multivariate_normal(MEAN, cov), cov)
        for cov in (definite(rng, SIGMAS) for _ in range(3))
    ]
    together = area_m2(combined_burning(states).outlook)
    assert together <= min(area_m2(combined_burning([one]).outlook) for one in states)


def test_the_impact_of_a_burning_object_is_told_as_if_thrust_ended():
    rng = np.random.default_rng(1)
    cov = definite(rng, SIGMAS)
    (told,) = picture("KOR", [burning_word("KOR", MEAN, cov)], EPOCH_S)
    assert told.assessment.phase == "boost"
    assert told.assessment.impact.if_thrust_ends
    assert told.assessment.state.position_m == pytest.approx(tuple(MEAN[:3]))


def test_the_same_words_in_any_order():
    rng = np.random.default_rng(2)
    words = [burning_word(name, MEAN, definite(rng, SIGMAS)) for name in ("JPN", "KOR", "USA")]
    expected = picture("KOR", words, EPOCH_S + 1.0)
    assert picture("KOR", words[::-1], EPOCH_S + 1.0) == expected
    assert picture("KOR", [*words[1:], words[0], words[1]], EPOCH_S + 1.0) == expected
