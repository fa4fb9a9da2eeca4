"""What several originators say adds up to what one would say who had all their plots."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import lstsq

from commonwatch.estimate.coast_filter import DRAG_PRIOR_MEAN, DRAG_PRIOR_VARIANCE
from commonwatch.fuse.combine import sum_of
from commonwatch.fuse.contribution import coast_at, coast_of
from commonwatch.fuse.picture import picture

from .builders import EPOCH_S, TRUTH, coast_of_seen, seen, word

SEEDS = st.integers(0, 2**32)


def all_plots_in_one_place(several) -> tuple[np.ndarray, np.ndarray]:
    """Weighted least squares over everything at once: the drag prior is one row, once."""
    rows, right = [], []
    for one in several:
        root = np.linalg.cholesky(one.information).T
        rows.append(root)
        right.append(root @ (one.estimate - TRUTH))
    prior = np.zeros((1, 7))
    prior[0, 6] = 1.0 / math.sqrt(DRAG_PRIOR_VARIANCE)
    rows.append(prior)
    right.append(prior @ (np.array([0.0] * 6 + [DRAG_PRIOR_MEAN]) - TRUTH * (np.arange(7) == 6)))
    stacked = np.vstack(rows)
    solution = lstsq(stacked, np.concatenate(right))[0]
    return TRUTH + solution, np.linalg.inv(stacked.T @ stacked)


@given(st.lists(SEEDS, min_size=1, max_size=4, unique=True))
@settings(max_examples=30)
def test_the_sum_is_what_one_would_say_who_had_all_plots(seeds):
    several = [seen(seed) for seed in seeds]
    fused = sum_of([coast_of_seen(one) for one in several])
    mean, cov = all_plots_in_one_place(several)
    sigmas = np.sqrt(np.diag(cov))
    assert (fused.mean - mean) / sigmas == pytest.approx(np.zeros(7), abs=1e-3)
    scale = np.outer(sigmas, sigmas)
    assert fused.cov / scale == pytest.approx(cov / scale, abs=1e-3)


@given(SEEDS)
@settings(max_examples=20)
def test_what_is_sent_is_what_was_known(seed):
    """Information without the prior, there and back."""
    coast = coast_of_seen(seen(seed))
    back = coast_of(word("KOR", coast).estimate.coast, EPOCH_S)
    sigmas = np.sqrt(np.diag(coast.cov))
    assert (back.mean - coast.mean) / sigmas == pytest.approx(np.zeros(7), abs=1e-4)
    scale = np.outer(sigmas, sigmas)
    assert back.cov / scale == pytest.approx(coast.cov / scale, abs=1e-4)


@given(SEEDS)
@settings(max_examples=20)
def test_who_knows_nothing_of_the_drag_adds_nothing_to_it(seed):
    """The prior is everybody's: ten who repeat it are no surer than one."""
    rng = np.random.default_rng(seed)
    several = []
    for k in range(10):
        one = seen(int(rng.integers(2**32)) + k)
        blind = one.information.copy()
        blind[6, :] = blind[:, 6] = 0.0
        several.append(coast_of_seen(type(one)(one.estimate, blind)))
    fused = sum_of(several)
    assert fused.cov[6, 6] == pytest.approx(DRAG_PRIOR_VARIANCE, rel=1e-6)
    assert fused.mean[6] == pytest.approx(DRAG_PRIOR_MEAN, abs=1e-6)


def told(nation: str, words, now_s: float = EPOCH_S + 30.0) -> bytes:
    return msgspec.json.encode(
        [
            (one.assessment, one.originators, one.contributors)
            for one in picture(nation, words, now_s)
        ]
    )


@pytest.fixture(scope="module")
def words():
    """Three originators, two versions each; of two of them an elder version is there too."""
    names = ("JPN", "KOR", "USA")
    elder = [word(name, coast_of_seen(seen(k, 2.0))) for k, name in enumerate(names)]
    newer = [
        word(name, coast_of_seen(seen(10 + k)).at(EPOCH_S + 10.0)) for k, name in enumerate(names)
    ]
    return elder, newer


def test_the_picture_is_of_all_three(words):
    (one,) = picture("JPN", words[1], EPOCH_S + 30.0)
    assert one.originators == ("JPN", "KOR", "USA")
    assert one.contributors == ("JPN", "KOR", "USA")
    assert one.assessment.sources == ("JPN-1", "KOR-1", "USA-1")


def test_no_order_changes_a_bit(words):
    expected = told("JPN", words[1])
    assert {told("JPN", order) for order in itertools.permutations(words[1])} == {expected}


@given(data=st.data())
@settings(max_examples=30)
def test_neither_order_nor_repetition_nor_lateness_changes_a_bit(words, data):
    elder, newer = words
    also = data.draw(st.lists(st.sampled_from([*elder, *newer]), max_size=8))
    order = data.draw(st.permutations([*newer, *also]))
    assert told("KOR", order) == told("KOR", newer)


def test_versions_of_one_epoch_have_one_newest_in_any_order(words):
    """In a long coast the epoch stays that of the last plot, and only the status goes on."""
    first = words[1][0]
    coasting = msgspec.structs.replace(first.estimate, status="coasting")
    later = replace(first, estimate=coasting)
    assert told("KOR", [first, later]) == told("KOR", [later, first])


def area(impact) -> float:
    return impact.ellipse95.semi_major_m * impact.ellipse95.semi_minor_m


@given(SEEDS, st.floats(0.2, 5.0))
@settings(max_examples=25)
def test_two_together_are_never_vaguer_than_the_better_alone(seed, wide):
    one = word("JPN", coast_of_seen(seen(seed)))
    other = word("KOR", coast_of_seen(seen(seed + 1, wide)))
    now_s = EPOCH_S + 60.0
    (both,) = picture("JPN", [one, other], now_s)
    alone = [picture("JPN", [word_], now_s)[0] for word_ in (one, other)]
    assert area(both.assessment.impact) <= min(area(x.assessment.impact) for x in alone)
    spread = np.linalg.slogdet(np.array(both.assessment.state.covariance))[1]
    for x in alone:
        assert spread <= np.linalg.slogdet(np.array(x.assessment.state.covariance))[1]


def test_a_word_carried_on_is_the_coast_carried_on(words):
    one = words[0][0]
    ahead = coast_at(one, EPOCH_S + 100.0)
    assert ahead.time_s == EPOCH_S + 100.0
    expected = coast_of(one.estimate.coast, EPOCH_S).at(EPOCH_S + 100.0)
    assert np.array_equal(ahead.mean, expected.mean)
