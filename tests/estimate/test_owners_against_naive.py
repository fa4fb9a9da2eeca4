"""Who takes which plot, against all ways to choose, and what a doubt of it widens."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatch.estimate.associate import Doubt, frames_of, owners, widened
from commonwatch.trajectory.kernels import association
from commonwatch.trajectory.kernels import measurement as columns
from tests.trajectory import naive_bank as twin
from tests.trajectory.simulated_plots import SIGMAS, burning, watcher_of


@given(st.integers(0, 2**32), st.floats(0.2, 0.9))
@settings(max_examples=60, deadline=None)
def test_owners_are_those_of_the_best_of_all_assignments(seed, dense):
    rng = np.random.default_rng(seed)
    tracks, frames = 4, np.sort(rng.integers(0, 2, 8))
    pairs = np.argwhere(rng.random((tracks, frames.size)) < dense)
    likelihoods = rng.uniform(-25.0, 5.0, len(pairs))
    order = np.argsort(pairs[:, association.PLOT], kind="stable")
    pairs, likelihoods = pairs[order], likelihoods[order]
    got, doubts = owners(pairs, likelihoods, frames, tracks)
    for frame in range(2):
        plots = np.flatnonzero(frames == frame).tolist()
        likelihood = {
            (track, plots.index(plot)): value
            for (track, plot), value in zip(pairs.tolist(), likelihoods.tolist(), strict=True)
            if plot in plots
        }
        best = twin.best_assignment(likelihood, tracks, len(plots)) if len(plots) < 7 else None
        if best is not None:
            assert [got[plot] for plot in plots] == [best.get(k, -1) for k in range(len(plots))]
    for doubt in doubts:
        assert got[doubt.plot] == doubt.track
        assert 0.0 < doubt.chance < 1.0


def test_without_a_rival_all_pairs_are_settled_at_once():
    pairs = np.array([[0, 0], [1, 1], [1, 2], [2, 2], [0, 3]])
    frames = np.array([0, 0, 1, 1])
    owner, contested = np.full(4, -1), np.zeros(5, np.bool_)
    association.settle_plain(pairs, frames, 3, 2, owner, contested)
    assert contested.tolist() == [False, False, True, True, False]
    assert owner.tolist() == [0, 1, -1, 0]


def test_two_that_nothing_tells_apart_are_in_even_doubt():
    pairs = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    _, doubts = owners(pairs, np.zeros(4), np.zeros(2, np.int64), 2)
    assert [doubt.chance for doubt in doubts] == [0.5, 0.5]
    assert {doubt.plot: doubt.other_plot for doubt in doubts} == {0: 1, 1: 0}


@given(st.lists(st.tuples(st.floats(0.0, 40.0), st.integers(0, 2)), min_size=1, max_size=30))
@settings(max_examples=60)
def test_a_frame_is_one_scan_of_one_sensor(seen):
    seen.sort()
    periods_s = np.array([2.0, 5.0, 10.0])
    times_s = np.array([at_s for at_s, _ in seen])
    sensors = np.array([sensor for _, sensor in seen])
    frames = frames_of(times_s, sensors, periods_s)
    for sensor in range(3):
        own = times_s[sensors == sensor]
        begins: list[float] = []
        for at_s in own:
            if not begins or at_s - begins[-1] >= 0.6 * periods_s[sensor]:
                begins.append(at_s)
        scans = np.searchsorted(begins, own, side="right")
        numbers = frames[sensors == sensor]
        assert np.array_equal(numbers[:, None] == numbers, scans[:, None] == scans)
    for number in range(int(frames.max()) + 1):
        assert len(set(sensors[frames == number].tolist())) == 1


def test_a_doubtful_owner_widens_by_what_lies_between_the_answers():
    rng = np.random.default_rng(11)
    one = burning(0.0)
    two = one.copy()
    two[:3] += np.array([900.0, -700.0, 2500.0])
    seen = [watcher_of(one, rng), watcher_of(two, rng)]
    rows = np.array([watcher.row() for watcher in seen])
    places = {0: one[:3], 1: two[:3]}
    doubts = (Doubt(0, 0, 0.3, 1, 1), Doubt(1, 1, 0.2, -1, 0))
    got = widened(rows, doubts, places.__getitem__)
    apart = np.array(seen[1].measured) - np.array(seen[0].measured)
    apart[0] *= math.cos(seen[0].measured[1])
    off = [apart[:3], seen[1].residual(one)[:3] - seen[1].residual(two)[:3]]
    for k, (doubt, between) in enumerate(zip(doubts, off, strict=True)):
        expected = np.sqrt(np.array(SIGMAS[:3]) ** 2 + doubt.chance * between**2)
        wide = got[k, [columns.SIGMA_ACROSS, columns.SIGMA_UPWARD, columns.SIGMA_RANGE]]
        assert wide == pytest.approx(expected, rel=1e-2)
        assert (wide > 1.05 * np.array(SIGMAS[:3])).all()
    untouched = np.delete(np.arange(rows.shape[1]), np.r_[14:17])
    assert np.array_equal(got[:, untouched], rows[:, untouched], equal_nan=True)
    assert widened(rows, (), places.__getitem__) is rows
