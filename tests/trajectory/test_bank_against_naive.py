"""The kernels of the bank, and who takes which plot, against the slow twins in naive_bank.py."""

from __future__ import annotations

import math

import erfa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatch.estimate.associate import Doubt, frames_of, owners, widened
from commonwatch.estimate.bodies import body_priors
from commonwatch.trajectory.kernels import association, bank_bodies, bank_motion, chains, coast_step
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels import bank_answers as answers
from commonwatch.trajectory.kernels import measurement as columns
from tests.trajectory import naive_bank as twin
from tests.trajectory.flights import DESCENDING, LOFTED, OVERFLIGHT, POLAR, SHORT
from tests.trajectory.naive_filters import Watcher, axes_ecef, powered
from tests.trajectory.test_filter_kernels_against_naive import definite

DRAG = -math.log(5000.0)
SIGMAS = (5e-4, 4e-4, 30.0, 2.0)
INFRARED_SIGMAS = (3e-4, 3e-4, math.nan, math.nan)
INFRARED_PERIOD_S = 4.0
INFRARED_MISS_LOG = math.log(0.1)


def close(got: np.ndarray, expected: np.ndarray, within: float) -> bool:
    """Whether two covariances are the same, in units in which every sigma is one."""
    sigmas = np.sqrt(np.diag(expected))
    return bool((np.abs(got - expected) <= within * np.outer(sigmas, sigmas)).all())


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


def watcher_of(
    state: np.ndarray, rng: np.random.Generator, sigmas=SIGMAS, aside=(3.0, -4.0)
) -> Watcher:
    """A sensor on the ground aside of a start, and what it measures of a state."""
    lon, lat, _ = erfa.gc2gd(1, np.asarray(OVERFLIGHT[:3]))
    lat_deg, lon_deg = math.degrees(lat) + aside[0], math.degrees(lon) + aside[1]
    place = erfa.gd2gc(1, math.radians(lon_deg), math.radians(lat_deg), 100.0)
    axes = axes_ecef(lat_deg, lon_deg)
    at = Watcher(place, axes, (0.0, 0.0, 1.0, 0.0), sigmas).predicted(state)
    noise = rng.standard_normal(4) * np.nan_to_num(np.array(sigmas))
    measured = at + noise / np.array([math.cos(at[1]), 1.0, 1.0, 1.0])
    return Watcher(place, axes, tuple(measured), sigmas)


def burning(seconds: float) -> np.ndarray:
    """A booster above the air: nine states some seconds on."""
    start = np.concatenate([OVERFLIGHT, 40.0 * OVERFLIGHT[3:] / np.linalg.norm(OVERFLIGHT[3:])])
    start[3:6] *= 0.6
    return powered(start, seconds)


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
    taken = chains.longest_chain(times_s, rows, np.full(6, 60.0), chain, mean, cov)
    expected = twin.longest_chain(times_s, watchers)
    assert tuple(chain[:taken].tolist()) == expected
    assert len(expected) >= 4
    off = (burning(float(times_s[5] - times_s[0])) - mean) / np.sqrt(np.diag(cov))
    assert np.abs(off).max() < 5.0


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


@pytest.mark.parametrize("body", [layout.KNOWN_BODY, layout.UNKNOWN_BODY, layout.STAGE_BODY])
def test_where_the_air_is_felt_a_body_becomes_its_prior_in_pieces(body):
    """The known one stays, and all that it may be instead comes beside it, as unlikely as told."""
    bank = mixed_bank(2, [body])
    slot = int(bank.slots[0, 0])
    bank.mean[slot], bank.log_weight[slot] = FELT, -0.7
    cov, unknown_log = bank.cov[slot].copy(), math.log(0.05 / 0.95)
    bank_bodies.ask_for_body(bank, 0, unknown_log)
    assert bank.integers[0, layout.SPLIT] == 1
    other = layout.UNKNOWN_BODY if body == layout.KNOWN_BODY else body
    of = slots_of(bank, other)
    weights = np.exp(bank.log_weight[of])
    whole = -0.7 + (unknown_log if body == layout.KNOWN_BODY else 0.0)
    assert weights.sum() == pytest.approx(math.exp(whole), rel=1e-9)
    mean, spread = twin.mixture_moments(weights, bank.mean[of], bank.cov[of])
    assert mean[6] == pytest.approx(PRIORS[other, 0], abs=1e-9)
    assert math.sqrt(spread[6, 6]) == pytest.approx(PRIORS[other, 1], rel=0.1)
    assert mean[:6] == pytest.approx(FELT[:6])
    assert close(spread[:6, :6], cov[:6, :6], 1e-9)
    assert np.abs(spread[6, :6]).max() < 1e-18
    known = slots_of(bank, layout.KNOWN_BODY)
    assert bank.log_weight[known].tolist() == ([-0.7] if body == layout.KNOWN_BODY else [])
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
