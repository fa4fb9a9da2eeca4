"""Which plots may be of which tracks: a coarse net by place, then each answer's own judgement."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from commonwatch.trajectory.kernels.bank import (
    DECLARED,
    LAST_PLOT,
    POWERED,
    POWERED_TIME,
    Bank,
    Scratch,
)
from commonwatch.trajectory.kernels.bank_answers import (
    best_answer,
    coast_to,
    copy_state,
    judge_answer,
    judge_powered,
)
from commonwatch.trajectory.kernels.grid import Grid, cell_of, first_in, gridded, is_in
from commonwatch.trajectory.kernels.jit import borrowing_kernel, kernel
from commonwatch.trajectory.kernels.measurement import (
    RANGE,
    SENSOR,
    SIGHT,
    SIGMA_ACROSS,
    SIGMA_RANGE,
    SIGMA_UPWARD,
)
from commonwatch.trajectory.kernels.update import COMPONENTS, LOG_LIKELIHOOD, NIS, judge_in

# Chance of one in a million for four components; wider while the force may change.
GATE_NIS_COAST = 33.0
GATE_NIS_POWERED = 45.0
STAGING_NIS = 25.0
# A coast that was seen lately may have begun to manoeuvre: so strongly, found so soon.
MANOEUVRE_M_S2 = 30.0
MANOEUVRE_SEEN_S = 6.0
MANOEUVRE_FOUND_S = 4.0
MANOEUVRE_LOG_PRIOR = -6.0
MANOEUVRE_BELOW_M = 120e3
# The coarse net: sigmas of the track and of the plot, and what a force may do in the time between.
NET_SIGMAS = 7.0
NET_FORCE_M_S2 = 60.0
NET_LEAST_M = 300.0
# Tracks whose net is wider than so many times the median are no good for cells.
NET_USUAL = 4.0

# Columns of a pair.
TRACK = 0
PLOT = 1
PAIR_INTEGERS = 2


@borrowing_kernel
def plot_place(row: np.ndarray, place: np.ndarray) -> float:
    """Fill the ECEF point of a plot with range; return how far it may err (m), one sigma."""
    distance = row[RANGE]
    for k in range(3):
        place[k] = row[SENSOR + k] + distance * row[SIGHT + k]
    angle = max(row[SIGMA_ACROSS], row[SIGMA_UPWARD])
    return float(math.sqrt(row[SIGMA_RANGE] ** 2 + 2.0 * (distance * angle) ** 2))


@borrowing_kernel
def _where(bank: Bank, track: int, state: np.ndarray) -> float:
    """Fill time, position and velocity (7,) of a track's likeliest answer; return its sigma (m)."""
    best = best_answer(bank, track)
    if bank.integers[track, POWERED] == 1 and (best < 0 or bank.integers[track, DECLARED] == 0):
        state[0] = bank.numbers[track, POWERED_TIME]
        for k in range(6):
            state[1 + k] = bank.powered_mean[track, k]
        cov = bank.powered_cov[track]
        return float(math.sqrt(cov[0, 0] + cov[1, 1] + cov[2, 2]))
    state[0] = bank.time_s[best]
    for k in range(6):
        state[1 + k] = bank.mean[best, k]
    answer_cov = bank.cov[best]
    return float(math.sqrt(answer_cov[0, 0] + answer_cov[1, 1] + answer_cov[2, 2]))


@borrowing_kernel
def judge_track(
    bank: Bank,
    track: int,
    at_s: float,
    row: np.ndarray,
    scratch: Scratch,
) -> float:
    """Log likelihood of a plot under the better of the answers that still count; -inf: outside."""
    best = best_answer(bank, track)
    powered = bank.integers[track, POWERED] == 1
    declared = bank.integers[track, DECLARED] == 1
    gate = GATE_NIS_COAST if declared and not powered else GATE_NIS_POWERED
    least = math.inf
    likelihood = -math.inf
    fit = scratch.fit
    if powered:
        judge_powered(bank, track, at_s, row, False, scratch, fit)
        least, likelihood = fit[NIS], fit[LOG_LIKELIHOOD]
        if fit[COMPONENTS] > 0.0 and fit[NIS] > STAGING_NIS and not declared:
            judge_powered(bank, track, at_s, row, True, scratch, fit)
            if fit[NIS] < least:
                least, likelihood = fit[NIS], fit[LOG_LIKELIHOOD]
    if best >= 0:
        judge_answer(bank, best, at_s, row, scratch, fit)
        if fit[NIS] < least:
            least, likelihood = fit[NIS], fit[LOG_LIKELIHOOD]
        if least >= gate and not powered and fit[COMPONENTS] > 0.0:
            return _judge_manoeuvre(bank, track, best, at_s, row, scratch)
    return likelihood if least < gate else -math.inf


@borrowing_kernel
def _judge_manoeuvre(
    bank: Bank, track: int, slot: int, at_s: float, row: np.ndarray, scratch: Scratch
) -> float:
    """How a plot fits a coast that may have begun to manoeuvre since it was last seen."""
    unseen_s = at_s - bank.numbers[track, LAST_PLOT]
    if unseen_s > MANOEUVRE_SEEN_S:
        return -math.inf
    copy_state(bank.mean[slot], bank.cov[slot], scratch.mean, scratch.cov)
    coast_to(
        scratch.mean,
        scratch.cov,
        bank.time_s[slot],
        at_s,
        bank.since_s[slot],
        0.0,
        scratch.coast,
    )
    moved_s = max(unseen_s, 0.0) + MANOEUVRE_FOUND_S
    for k in range(3):
        scratch.cov[k, k] += (0.5 * MANOEUVRE_M_S2 * moved_s * moved_s) ** 2
        scratch.cov[3 + k, 3 + k] += (MANOEUVRE_M_S2 * moved_s) ** 2
    judge_in(scratch.mean, scratch.cov, row, scratch.update, scratch.fit)
    if scratch.fit[NIS] >= GATE_NIS_COAST:
        return -math.inf
    return float(scratch.fit[LOG_LIKELIHOOD] + MANOEUVRE_LOG_PRIOR)


@kernel
def _laid_out(
    states: np.ndarray, reach: np.ndarray, times_s: np.ndarray, middle_s: float, places: np.ndarray
) -> np.ndarray:
    """Fill where tracks (n, 3) are in the middle of a scan; how far from there a plot may be (n,).

    The plot's own error comes on top.
    """
    near = np.empty(reach.size)
    for k in range(reach.size):
        after_s = middle_s - states[k, 0]
        square = 0.0
        farthest_s = 0.0
        for i in range(3):
            places[k, i] = states[k, 1 + i] + after_s * states[k, 4 + i]
            square += states[k, 4 + i] * states[k, 4 + i]
        aside_s = 0.0
        for at_s in times_s:
            farthest_s = max(farthest_s, abs(at_s - states[k, 0]))
            aside_s = max(aside_s, abs(at_s - middle_s))
        near[k] = NET_SIGMAS * reach[k] + NET_LEAST_M + aside_s * math.sqrt(square)
        near[k] += 0.5 * NET_FORCE_M_S2 * (farthest_s + 2.0) ** 2
    return near


@borrowing_kernel
def _is_near(
    state: np.ndarray, reach_m: float, at_s: float, place: np.ndarray, error_m: float
) -> bool:
    """Whether a plot with range lies within the coarse net of a track."""
    after_s = at_s - state[0]
    square = 0.0
    for i in range(3):
        off = state[1 + i] + after_s * state[4 + i] - place[i]
        square += off * off
    near = NET_SIGMAS * reach_m + error_m + NET_LEAST_M
    near += 0.5 * NET_FORCE_M_S2 * (abs(after_s) + 2.0) ** 2
    return bool(square <= near * near)


@borrowing_kernel
def _by_rank(asked: np.ndarray, found: int, rank: np.ndarray, k: int) -> None:
    """Put a track among those found, in the order of their ranks."""
    at = found
    while at > 0 and rank[asked[at - 1]] > rank[k]:
        asked[at] = asked[at - 1]
        at -= 1
    asked[at] = k


@borrowing_kernel
def _asked_about(
    states: np.ndarray,
    reach: np.ndarray,
    rank: np.ndarray,
    wide: np.ndarray,
    grid: Grid,
    at_s: float,
    row: np.ndarray,
    place: np.ndarray,
    error_m: float,
    asked: np.ndarray,
) -> int:
    """Fill the tracks whose coarse net holds a plot, by rank; how many. `wide` are in no cell."""
    found = 0
    if math.isnan(row[RANGE]):
        for k in range(reach.size):
            if _in_sight(states[k], at_s - states[k, 0], reach[k], row):
                _by_rank(asked, found, rank, k)
                found += 1
        return found
    for at in range(wide.size):
        k = int(wide[at])
        if _is_near(states[k], reach[k], at_s, place, error_m):
            _by_rank(asked, found, rank, k)
            found += 1
    home_x, home_y, home_z = cell_of(grid, place)
    for ix in range(home_x - 1, home_x + 2):
        for iy in range(home_y - 1, home_y + 2):
            for iz in range(home_z - 1, home_z + 2):
                k = first_in(grid, ix, iy, iz)
                while k >= 0:
                    here = is_in(grid, k, ix, iy, iz)
                    if here and _is_near(states[k], reach[k], at_s, place, error_m):
                        _by_rank(asked, found, rank, k)
                        found += 1
                    k = grid.after[k]
    return found


class Net(NamedTuple):
    """The coarse net of a scan: tracks' `states` (n, 7), `reach`, `rank`, `wide` ones and cells.

    Of plots the ECEF `places` (m, 3) and how far these may err; `asked` (n,) is written on.
    """

    states: np.ndarray
    reach: np.ndarray
    rank: np.ndarray
    wide: np.ndarray
    grid: Grid
    places: np.ndarray
    errors: np.ndarray
    asked: np.ndarray


@borrowing_kernel
def _judge_near(
    bank: Bank,
    tracks: np.ndarray,
    times_s: np.ndarray,
    rows: np.ndarray,
    net: Net,
    scratch: Scratch,
    pairs: np.ndarray,
    likelihoods: np.ndarray,
) -> int:
    """Judge each plot by the tracks whose coarse net holds it; `candidates` says what is filled."""
    found = 0
    for plot in range(times_s.size):
        near_count = _asked_about(
            net.states,
            net.reach,
            net.rank,
            net.wide,
            net.grid,
            times_s[plot],
            rows[plot],
            net.places[plot],
            net.errors[plot],
            net.asked,
        )
        for at in range(near_count):
            k = net.asked[at]
            likelihood = judge_track(bank, tracks[k], times_s[plot], rows[plot], scratch)
            if likelihood > -math.inf:
                if found < likelihoods.size:
                    pairs[found, TRACK] = k
                    pairs[found, PLOT] = plot
                    likelihoods[found] = likelihood
                found += 1
    return found


@kernel
def candidates(
    bank: Bank,
    tracks: np.ndarray,
    times_s: np.ndarray,
    rows: np.ndarray,
    scratch: Scratch,
    pairs: np.ndarray,
    likelihoods: np.ndarray,
) -> int:
    """Fill pairs (n, 2) of track and plot within the gate, by plot, with log likelihoods (n,).

    Returns how many there are; those beyond the arrays' room are counted, not filled. Tracks lie in
    cells, but for those known far worse than most, so that the work grows with what is near, not
    with all pairs.
    """
    count = tracks.size
    if count == 0 or times_s.size == 0:
        return 0
    states = np.empty((count, 7))
    reach = np.empty(count)
    for k in range(count):
        reach[k] = _where(bank, tracks[k], states[k])
    rank = np.argsort(np.argsort(states[:, 1]))
    plot_places, errors = np.empty((times_s.size, 3)), np.zeros(times_s.size)
    worst = 0.0
    for plot in range(times_s.size):
        if not math.isnan(rows[plot, RANGE]):
            errors[plot] = NET_SIGMAS * plot_place(rows[plot], plot_places[plot])
            worst = max(worst, errors[plot])
    middle_s = 0.5 * (times_s.min() + times_s.max())
    ends_s = np.array([times_s.min(), times_s.max()])
    places = np.empty((count, 3))
    near = _laid_out(states, reach, ends_s, middle_s, places)
    usual = NET_USUAL * np.median(near)
    is_wide = near > usual
    wide = np.flatnonzero(is_wide)
    grid = gridded(places, is_wide, usual + worst)
    asked = np.empty(count, np.int64)
    net = Net(states, reach, rank, wide, grid, plot_places, errors, asked)
    return _judge_near(bank, tracks, times_s, rows, net, scratch, pairs, likelihoods)


@borrowing_kernel
def _in_sight(state: np.ndarray, after_s: float, reach_m: float, row: np.ndarray) -> bool:
    """Whether a track may lie near a line of sight."""
    along = 0.0
    square = 0.0
    for i in range(3):
        off = state[1 + i] + after_s * state[4 + i] - row[SENSOR + i]
        along += off * row[SIGHT + i]
        square += off * off
    if along <= 0.0:
        return False
    aside = math.sqrt(max(square - along * along, 0.0))
    angle = max(row[SIGMA_ACROSS], row[SIGMA_UPWARD])
    near = NET_SIGMAS * (reach_m + along * angle) + NET_LEAST_M
    return aside < near + 0.5 * NET_FORCE_M_S2 * (abs(after_s) + 2.0) ** 2


@kernel
def settle_plain(
    pairs: np.ndarray,
    frames: np.ndarray,
    tracks: int,
    frame_count: int,
    owner: np.ndarray,
    contested: np.ndarray,
) -> None:
    """Give each plot that only one track wants, from a frame where that wants no other, its owner.

    `frames` (plots,) numbers each plot's frame: a scan of a sensor, in which a track has one plot
    at most. `owner` (plots,) gets the track's place or -1; `contested` (n,) marks pairs left over.
    """
    wanted = np.zeros(owner.size, np.int64)
    key_count = np.zeros(tracks * frame_count, np.int64)
    for p in range(pairs.shape[0]):
        wanted[pairs[p, PLOT]] += 1
        key_count[pairs[p, TRACK] * frame_count + frames[pairs[p, PLOT]]] += 1
    for p in range(pairs.shape[0]):
        track, plot = pairs[p, TRACK], pairs[p, PLOT]
        alone = wanted[plot] == 1 and key_count[track * frame_count + frames[plot]] == 1
        contested[p] = not alone
        if alone:
            owner[plot] = track


@kernel
def number_frames(
    times_s: np.ndarray,
    sensors: np.ndarray,
    periods_s: np.ndarray,
    share: float,
    frames: np.ndarray,
) -> None:
    """Fill the number of each plot's frame (n,): plots of a sensor within a share of its period."""
    frame = np.full(periods_s.size, -1, np.int64)
    since_s = np.full(periods_s.size, -math.inf)
    count = 0
    for i in range(times_s.size):
        sensor = sensors[i]
        if times_s[i] - since_s[sensor] >= share * periods_s[sensor]:
            frame[sensor] = count
            since_s[sensor] = times_s[i]
            count += 1
        frames[i] = frame[sensor]
