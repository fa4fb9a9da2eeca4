"""The kernels of the bank against the slow twins in naive_bank.py."""

from __future__ import annotations

import math

import numpy as np
import pytest

from commonwatch.estimate.bodies import body_priors
from commonwatch.trajectory.kernels import association, bank_bodies, bank_motion, chains, grid
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels import bank_answers as answers
from commonwatch.trajectory.kernels import measurement as columns
from tests.trajectory import naive_bank as twin
from tests.trajectory.flights import DESCENDING, LOFTED
from tests.trajectory.naive_filters import powered
from tests.trajectory.simulated_plots import (
    DRAG,
    INFRARED_SIGMAS,
    SIGMAS,
    burning,
    close,
    watcher_of,
)
from tests.trajectory.test_filter_kernels_against_naive import definite

INFRARED_PERIOD_S = 4.0
INFRARED_MISS_LOG = math.log(0.1)


def test_a_point_is_a_place_and_the_size_of_all_that_is_not_known():
    watcher = watcher_of(burning(0.0), np.random.default_rng(3))
    mean, cov = np.full(9, 5.0), np.full((9, 9), 5.0)
    chains.point_of(watcher.row(), mean, cov)
    expected, expected_cov = twin.point(watcher)
    assert mean == pytest.approx(expected, abs=1e-6)
    assert close(cov, expected_cov, 1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_the_longest_chain_is_the_longest_of_all_sets(seed):
    rng = np.random.default_rng(seed)
    times_s = np.arange(6) * 2.0 + rng.uniform(-0.2, 0.2, 6)
    watchers = [watcher_of(burning(float(t - times_s[0])), rng) for t in times_s]
    false = rng.choice(np.arange(5), 2, replace=False)
    for k in false.tolist():
        azimuth, elevation, distance, rate = watchers[k].measured
        off = rng.uniform(-0.03, 0.03, 2)
        watchers[k].measured = (
            azimuth + off[0],
            elevation + off[1],
            distance + rng.uniform(-9e3, 9e3),
            rate + rng.uniform(-900.0, 900.0),
        )
    rows = np.array([watcher.row() for watcher in watchers])
    chain, mean, cov = np.empty(6, np.int64), np.empty(9), np.empty((9, 9))
    waits_s, places, none = np.full(6, 60.0), np.empty((6, 4)), np.zeros(6, np.bool_)
    edge_m = chains.place_loose(rows, waits_s, places)
    at, taken = chains.next_start(
        times_s,
        rows,
        waits_s,
        np.zeros(len(rows)),
        places,
        none,
        none,
        grid.gridded(places, none, edge_m),
        5,
        3,
        chain,
        mean,
        cov,
    )
    assert at == 5
    expected = twin.longest_chain(times_s, watchers)
    assert tuple(chain[:taken].tolist()) == expected
    assert len(expected) >= 4
    off = (burning(float(times_s[5] - times_s[0])) - mean) / np.sqrt(np.diag(cov))
    assert np.abs(off).max() < 5.0


@pytest.mark.parametrize("seed", range(8))
def test_the_net_before_a_chain_s_gate_holds_back_nothing_that_fits(seed):
    rng = np.random.default_rng(seed)
    mean = burning(0.0)
    scale = 10.0 ** rng.uniform(0.0, 1.5)
    sigmas = np.array([50.0] * 3 + [40.0] * 3 + [3.0] * 3) * scale
    mean[6:] += rng.normal(0.0, 20.0, 3)
    cov = definite(rng, sigmas)
    elapsed_s = float(rng.uniform(0.1, 8.0))
    ahead, spread = twin.force_forward(mean, cov, elapsed_s)
    watcher = watcher_of(ahead, rng)
    azimuth, elevation, distance, rate = watcher.predicted(ahead)
    fits, held_back = 0, 0
    widest_m = 4.0 * math.sqrt(np.trace(spread[:3, :3]))
    for off_m in np.linspace(-8.0 * widest_m, 8.0 * widest_m, 801).tolist():
        watcher.measured = (azimuth, elevation, distance + off_m, rate)
        is_within = twin.fit(ahead, spread, watcher)[0] < chains.CHAIN_GATE_NIS
        may_fit = chains.may_fit(mean, cov, elapsed_s, watcher.row())
        assert may_fit or not is_within
        fits += is_within
        held_back += not may_fit
    assert fits > 0
    assert held_back > 400


def test_the_net_before_a_chain_s_gate_lets_lines_of_sight_through():
    row = watcher_of(burning(1.0), np.random.default_rng(3), INFRARED_SIGMAS).row()
    row[columns.RANGE] = math.nan
    assert chains.may_fit(burning(0.0), np.eye(9), 1.0, row)


@pytest.mark.parametrize(("scan_s", "expected"), [(0.6, 0), (0.3, 3)])
def test_plots_of_one_scan_are_of_several_objects(scan_s, expected):
    rng = np.random.default_rng(11)
    times_s = np.array([0.0, 0.4, 0.8])
    rows = np.array([watcher_of(burning(t), rng).row() for t in times_s.tolist()])
    place = slice(columns.SENSOR, columns.SENSOR + 3)
    assert np.array_equal(rows[0, place], rows[1, place])
    chain, mean, cov = np.empty(3, np.int64), np.empty(9), np.empty((9, 9))
    waits_s, places, none = np.full(3, 60.0), np.empty((3, 4)), np.zeros(3, np.bool_)
    edge_m = chains.place_loose(rows, waits_s, places)
    _at, taken = chains.next_start(
        times_s,
        rows,
        waits_s,
        np.full(3, scan_s),
        places,
        none,
        none,
        grid.gridded(places, none, edge_m),
        2,
        3,
        chain,
        mean,
        cov,
    )
    assert taken == expected


def test_plots_in_a_stream_start_each_object_once_at_its_third():
    rng = np.random.default_rng(5)
    seen = []
    for second in range(5):
        for one in range(6):
            state = burning(float(second))
            state[:3] += (40e3 * one, -25e3 * one, 0.0)
            seen.append((float(second), one, watcher_of(state, rng).row()))
        # False ones, farther from each other than anything flies.
        for far in range(3):
            state = burning(0.0)
            state[:3] += (0.0, 0.0, 150e3 * (1 + far + 3 * second))
            seen.append((float(second), -1, watcher_of(state, rng).row()))
    times_s = np.array([at_s for at_s, _, _ in seen])
    rows, count = np.array([row for _, _, row in seen]), len(seen)
    waits_s, places = np.full(count, 8.0), np.empty((count, 4))
    none_s, gone, halts = np.zeros(count), np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    halts[7], gone[8] = True, True
    edge_m = chains.place_loose(rows, waits_s, places)
    cells = grid.gridded(places, gone, edge_m)
    chain, mean, cov = np.empty(count, np.int64), np.empty(9), np.empty((9, 9))
    begin, started = 0, []
    while begin < count:
        at, taken = chains.next_start(
            times_s, rows, waits_s, none_s, places, gone, halts, cells, begin, 3, chain, mean, cov
        )
        if at < count and taken == 0:
            assert at == 7
            halts[at] = False
            begin = at
            continue
        begin = at + 1
        if taken:
            of = {seen[k][1] for k in chain[:taken]}
            assert len(of) == 1
            assert times_s[at] == 2.0
            started.append(of.pop())
            gone[[k for k in range(count) if seen[k][1] == started[-1]]] = True
    assert sorted(started) == [0, 1, 2, 3, 4, 5]


def empty_bank(tracks: int = 1, room: int = 64, biases: int = 0) -> layout.Bank:
    return layout.new_bank(
        tracks,
        room,
        np.array([[INFRARED_PERIOD_S, INFRARED_MISS_LOG]]),
        np.zeros(biases),
        np.eye(biases) * 400.0,
        body_priors(),
    )


def weights_of(bank: layout.Bank, track: int = 0) -> dict[float, float]:
    """Log weights by the moment since when it coasts."""
    slots = bank.slots[track, : bank.integers[track, layout.COUNT]]
    return {float(bank.since_s[slot]): float(bank.log_weight[slot]) for slot in slots}


def test_a_short_pass_from_boost_to_coast_is_weighed_as_by_plain_formulas():
    """Infrared plots stop with the thrust; the radar's go on until only coasts are left."""
    rng = np.random.default_rng(7)
    burnout_s, step_s = 6.0, 1.0
    start = burning(0.0) + rng.standard_normal(9) * np.array([40.0] * 3 + [8.0] * 3 + [3.0] * 3)
    cov = np.diag(np.array([50.0] * 3 + [10.0] * 3 + [5.0] * 3) ** 2)
    bank, scratch = empty_bank(), layout.new_scratch(7)
    answers.start_powered(bank, 0, 0.0, start, cov, 0.0)
    prior = body_priors()[layout.KNOWN_BODY]
    plain = twin.Track(0.0, start, cov, (prior[0], prior[1]), INFRARED_PERIOD_S, INFRARED_MISS_LOG)
    declared = []
    for second in range(1, 27):
        at_s = second - 0.4
        truth = burning(min(at_s, burnout_s))
        if at_s > burnout_s:
            truth[:6] = twin.coast(np.append(truth[:6], DRAG), at_s - burnout_s)[:6]
        infrared = at_s < burnout_s and second % 4 == 1
        plot = watcher_of(truth, rng, INFRARED_SIGMAS if infrared else SIGMAS)
        row = plot.row()
        if infrared:
            row[[columns.RANGE, columns.RANGE_RATE]] = math.nan
        bank_motion.take_plot(bank, 0, at_s, row, 0 if infrared else -1, scratch)
        plain.take(at_s, plot, infrared=infrared)
        now_s = second * step_s
        got = bank_motion.forward(bank, 0, now_s, -3.0, scratch)
        expected = plain.forward(now_s)
        assert got == pytest.approx(expected, abs=2e-3)
        assert bool(bank.integers[0, layout.DECLARED]) == plain.declared
        assert bool(bank.integers[0, layout.POWERED]) == plain.powered
        weights = weights_of(bank)
        top = max(one.log_weight for one in plain.coasts)
        same = {one.since_s: one.log_weight - top for one in plain.coasts}
        assert weights.keys() == same.keys()
        ours = max(weights.values())
        assert [weights[since_s] - ours for since_s in same] == pytest.approx(
            list(same.values()), abs=0.02
        )
        declared.append(plain.declared)
    assert not plain.powered
    assert not any(declared[:6])
    assert all(declared[10:])
    best = max(plain.coasts, key=lambda one: one.log_weight)
    slot = answers.best_answer(bank, 0)
    sigmas = np.sqrt(np.diag(best.cov))
    assert bank.mean[slot] / sigmas == pytest.approx(best.mean / sigmas, abs=0.02)
    assert close(bank.cov[slot], best.cov, 0.02)


def mixed_bank(seed: int, bodies: list[int]) -> layout.Bank:
    """One track that coasts, with an answer of each of those bodies."""
    rng = np.random.default_rng(seed)
    bank = empty_bank()
    for k, body in enumerate(bodies):
        slot = answers.take_slot(bank, 0)
        bank.time_s[slot], bank.since_s[slot] = 500.0, 300.0 + 7.0 * k
        bank.log_weight[slot], bank.body[slot] = rng.uniform(-4.0, 0.0), body
        bank.mean[slot] = np.append(LOFTED, DRAG) + rng.standard_normal(7)
        bank.cov[slot] = definite(rng, [40.0] * 3 + [2.0] * 3 + [0.3])
    return bank


def slots_of(bank: layout.Bank, body: int) -> np.ndarray:
    slots = bank.slots[0, : bank.integers[0, layout.COUNT]]
    return slots[(bank.body[slots] == body) | (body < 0)]


@pytest.mark.parametrize("body", [-1, layout.KNOWN_BODY, layout.UNKNOWN_BODY, layout.STAGE_BODY])
@pytest.mark.parametrize("seed", range(3))
def test_moments_over_answers_are_those_of_a_mixture(body, seed):
    bank = mixed_bank(seed, [0, 0, 1, 0, 1])
    mean, cov = np.empty(7), np.empty((7, 7))
    share = bank_motion.coast_moments(bank, 0, body, mean, cov)
    of, every = slots_of(bank, body), slots_of(bank, -1)
    weights = np.exp(bank.log_weight)
    assert share == pytest.approx(weights[of].sum() / weights[every].sum(), rel=1e-12)
    if of.size:
        expected, expected_cov = twin.mixture_moments(weights[of], bank.mean[of], bank.cov[of])
        assert mean == pytest.approx(expected, rel=1e-12)
        assert close(cov, expected_cov, 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_burnout_is_the_mean_of_a_mixture(seed):
    bank, moments = mixed_bank(seed, [0, 0, 1, 2]), np.empty(2)
    bank_motion.burnout_of(bank, 0, moments)
    of = slots_of(bank, -1)
    weights, since_s = np.exp(bank.log_weight[of]), bank.since_s[of, None]
    mean, cov = twin.mixture_moments(weights, since_s, np.zeros((of.size, 1, 1)))
    assert moments == pytest.approx([mean[0], cov[0, 0]], rel=1e-9)


def test_a_force_that_comes_on_is_found_and_noise_is_not():
    """A hundred plots of a coast raise no alarm; at 30 m/s2 across the path ten are enough."""
    rng, scratch = np.random.default_rng(9), layout.new_scratch(7)
    bank = mixed_bank(1, [layout.KNOWN_BODY])
    slot = int(bank.slots[0, 0])
    truth = np.append(burning(0.0)[:6], PRIORS[layout.KNOWN_BODY, 0])
    bank.mean[slot], bank.time_s[slot], bank.since_s[slot] = truth, 0.0, -100.0
    bank.cov[slot] = np.diag([30.0**2] * 3 + [3.0**2] * 3 + [0.005**2])
    across = np.cross(truth[:3], truth[3:6])
    force = 30.0 * across / np.linalg.norm(across)
    lifted = []
    for second in range(1, 113):
        if second <= 100:
            truth = twin.coast(truth, 1.0)
        else:
            truth[:6] = powered(np.append(truth[:6], force), 1.0)[:6]
        row = watcher_of(truth, rng).row()
        bank_motion.take_plot(bank, 0, float(second), row, -1, scratch)
        bank_motion.forward(bank, 0, float(second), -3.0, scratch)
        lifted.append(int(bank.integers[0, layout.LIFTED]))
    assert not any(lifted[:100])
    assert lifted[110] == 1
    assert bank.integers[0, layout.POWERED] == 1


def test_merging_leaves_one_coast_of_each_body_with_its_weight_and_moments():
    bank, scratch = mixed_bank(5, [0, 1, 0, 1, 0, 2]), layout.new_scratch(7)
    expected = {}
    for body in range(3):
        of = slots_of(bank, body)
        weights = np.exp(bank.log_weight[of])
        expected[body] = weights.sum(), twin.mixture_moments(weights, bank.mean[of], bank.cov[of])
    bank_motion._merge(bank, 0, scratch)
    assert bank.integers[0, layout.COUNT] == 3
    assert bank.free_count[0] == bank.free.size - 3
    for body, (weight, (mean, cov)) in expected.items():
        (slot,) = slots_of(bank, body)
        assert math.exp(bank.log_weight[slot]) == pytest.approx(weight, rel=1e-12)
        assert bank.mean[slot] == pytest.approx(mean, rel=1e-12)
        assert close(bank.cov[slot], cov, 1e-9)


FELT = np.append(DESCENDING, DRAG)
FELT[:3] *= (np.linalg.norm(FELT[:3]) - 60e3) / np.linalg.norm(FELT[:3])
PRIORS = body_priors()


# For each body: which is then held by one answer, with what share, and whose bank comes.
PIECES = {
    layout.KNOWN_BODY: (layout.KNOWN_BODY, 0.95, layout.UNKNOWN_BODY),
    layout.UNKNOWN_BODY: (None, 0.0, layout.UNKNOWN_BODY),
    layout.STAGE_BODY: (None, 0.0, layout.STAGE_BODY),
    layout.EITHER_BODY: (layout.KNOWN_BODY, 0.5, layout.STAGE_BODY),
}


@pytest.mark.parametrize("body", PIECES)
def test_where_the_air_is_felt_a_body_becomes_its_prior_in_pieces(body):
    """The known one stays, and all that it may be instead comes beside it, as unlikely as told.

    What may be the payload or a stage is each by half.
    """
    bank = mixed_bank(2, [body])
    slot = int(bank.slots[0, 0])
    bank.mean[slot], bank.log_weight[slot] = FELT, -0.7
    cov, unknown_log = bank.cov[slot].copy(), math.log(0.05 / 0.95)
    bank_bodies.ask_for_body(bank, 0, unknown_log)
    assert bank.integers[0, layout.SPLIT] == 1
    stays, share, other = PIECES[body]
    of, every = slots_of(bank, other), slots_of(bank, -1)
    weights = np.exp(bank.log_weight[of])
    assert weights.sum() / np.exp(bank.log_weight[every]).sum() == pytest.approx(1.0 - share)
    mean, spread = twin.mixture_moments(weights, bank.mean[of], bank.cov[of])
    assert mean[6] == pytest.approx(PRIORS[other, 0], abs=1e-9)
    assert math.sqrt(spread[6, 6]) == pytest.approx(PRIORS[other, 1], rel=0.1)
    assert mean[:6] == pytest.approx(FELT[:6])
    assert close(spread[:6, :6], cov[:6, :6], 1e-9)
    assert np.abs(spread[6, :6]).max() < 1e-18
    known = slots_of(bank, layout.KNOWN_BODY)
    assert known.size + of.size == every.size
    if body == layout.KNOWN_BODY:
        assert bank.log_weight[known].tolist() == [-0.7]
    if stays is None:
        assert not known.size
        assert weights.sum() == pytest.approx(math.exp(-0.7), rel=1e-9)
    else:
        assert bank.mean[known[0], :6].tolist() == FELT[:6].tolist()
        assert close(bank.cov[known[0], :6, :6], cov[:6, :6], 1e-9)
    if body == layout.EITHER_BODY:
        assert bank.mean[known[0], 6] == PRIORS[layout.KNOWN_BODY, 0]
        assert bank.cov[known[0], 6].tolist() == [0.0] * 6 + [PRIORS[layout.KNOWN_BODY, 1] ** 2]
    assert (bank.time_s[every] == bank.time_s[slot]).all()
    assert (bank.since_s[every] == bank.since_s[slot]).all()
    again = bank.integers[0, layout.COUNT]
    bank_bodies.ask_for_body(bank, 0, unknown_log)
    assert bank.integers[0, layout.COUNT] == again


def test_above_the_air_or_rising_nobody_is_asked():
    bank = mixed_bank(2, [0, 2])
    bank_bodies.ask_for_body(bank, 0, -3.0)
    assert bank.integers[0, layout.COUNT] == 2
    rising = mixed_bank(2, [0])
    rising.mean[rising.slots[0, 0]] = FELT * np.array([1.0] * 3 + [-1.0] * 3 + [1.0])
    bank_bodies.ask_for_body(rising, 0, -3.0)
    assert rising.integers[0, layout.SPLIT] == 0


def test_another_body_has_its_own_prior_and_the_same_path():
    bank = mixed_bank(4, [0, 0, 0])
    before, cov = bank.mean.copy(), bank.cov.copy()
    weights = bank.log_weight.copy()
    bank_bodies.set_body(bank, 0, layout.STAGE_BODY)
    of = slots_of(bank, layout.STAGE_BODY)
    assert of.size == 3
    assert np.array_equal(bank.log_weight, weights)
    for slot in of:
        assert np.array_equal(bank.mean[slot, :6], before[slot, :6])
        assert np.array_equal(bank.cov[slot, :6, :6], cov[slot, :6, :6])
        assert bank.mean[slot, 6] == PRIORS[layout.STAGE_BODY, 0]
        assert bank.cov[slot, 6].tolist() == [0.0] * 6 + [PRIORS[layout.STAGE_BODY, 1] ** 2]


def scattered(rng: np.random.Generator, tracks: int) -> layout.Bank:
    """Some that burn, some that coast, within 80 km of each other, all at one time."""
    bank = empty_bank(tracks, 2 * tracks)
    for track in range(tracks):
        state = burning(0.0)
        state[:3] += rng.uniform(-40e3, 40e3, 3)
        state[3:6] += rng.uniform(-300.0, 300.0, 3)
        size = rng.choice([1.0, 10.0, 100.0])
        cov = definite(rng, [20.0 * size] * 3 + [2.0 * size] * 3 + [5.0] * 3)
        answers.start_powered(bank, track, 0.0, state, cov, 0.0)
        if track % 2:
            answers.hand_on(bank, track, 0.0)
            bank.integers[track, [layout.POWERED, layout.DECLARED]] = (track % 4 == 1, 1)
    return bank


@pytest.mark.parametrize("seed", range(3))
def test_the_coarse_net_loses_no_pair_that_fits(seed):
    rng = np.random.default_rng(seed)
    bank, scratch = scattered(rng, 24), layout.new_scratch(7)
    times_s, rows = np.sort(rng.uniform(0.0, 1.0, 60)), []
    for at_s in times_s:
        state = bank.powered_mean[rng.integers(24)].copy()
        state[:3] += at_s * state[3:6] + rng.standard_normal(3) * rng.choice([30.0, 2e3, 20e3])
        infrared = rng.random() < 0.3
        row = watcher_of(state, rng, INFRARED_SIGMAS if infrared else SIGMAS).row()
        if infrared:
            row[[columns.RANGE, columns.RANGE_RATE]] = math.nan
        rows.append(row)
    rows = np.array(rows)
    pairs, likelihoods = np.empty((2000, 2), np.int64), np.empty(2000)
    tracks = rng.permutation(24)
    found = association.candidates(bank, tracks, times_s, rows, scratch, pairs, likelihoods)
    got = {
        tuple(pair): value
        for pair, value in zip(pairs[:found].tolist(), likelihoods[:found], strict=True)
    }
    every = {
        (k, plot): association.judge_track(bank, tracks[k], times_s[plot], rows[plot], scratch)
        for k in range(24)
        for plot in range(60)
    }
    expected = {pair: value for pair, value in every.items() if value > -math.inf}
    assert got == expected
    assert 20 < len(expected) < 24 * 60 / 4
    few, short = np.empty((5, 2), np.int64), np.empty(5)
    count = association.candidates(bank, tracks, times_s, rows, scratch, few, short)
    assert count == found
    assert np.array_equal(few, pairs[:5])
