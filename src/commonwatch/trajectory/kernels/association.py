"""Which plots may be of which tracks: a coarse net by place, then each answer's own judgement."""

from __future__ import annotations

import math

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
from commonwatch.trajectory.kernels.jit import kernel
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
SPEED_MOST_M_S = 9_000.0

# Columns of a pair.
TRACK = 0
PLOT = 1
PAIR_INTEGERS = 2


@kernel
def plot_place(row: np.ndarray, place: np.ndarray) -> float:
    """Fill the ECEF point of a plot with range; return how far it may err (m), one sigma."""
    distance = row[RANGE]
    for k in range(3):
        place[k] = row[SENSOR + k] + distance * row[SIGHT + k]
    angle = max(row[SIGMA_ACROSS], row[SIGMA_UPWARD])
    return float(math.sqrt(row[SIGMA_RANGE] ** 2 + 2.0 * (distance * angle) ** 2))


@kernel
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


@kernel
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


@kernel
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

    Returns how many there are; those beyond the arrays' room are counted, not filled. Tracks are
    sorted along one axis, so that the work grows with what is near, not with all pairs.
    """
    count = tracks.size
    states = np.empty((count, 7))
    reach = np.empty(count)
    for k in range(count):
        reach[k] = _where(bank, tracks[k], states[k])
    order = np.argsort(states[:, 1])
    along = states[order, 1]
    widest = 0.0
    for k in range(count):
        widest = max(widest, NET_SIGMAS * reach[k])
    place = np.empty(3)
    found = 0
    for plot in range(times_s.size):
        row = rows[plot]
        ranged = not math.isnan(row[RANGE])
        if ranged:
            error_m = NET_SIGMAS * plot_place(row, place)
            first_time = states[0, 0]
            slack = widest + error_m
            slack += SPEED_MOST_M_S * (abs(times_s[plot] - first_time) + 0.5)
            slack += NET_LEAST_M
            first = np.searchsorted(along, place[0] - slack)
            last = np.searchsorted(along, place[0] + slack)
        else:
            first, last = 0, count
        for at in range(first, last):
            k = order[at]
            after_s = times_s[plot] - states[k, 0]
            if ranged:
                square = 0.0
                for i in range(3):
                    off = states[k, 1 + i] + after_s * states[k, 4 + i] - place[i]
                    square += off * off
                near = NET_SIGMAS * reach[k] + error_m + NET_LEAST_M
                near += 0.5 * NET_FORCE_M_S2 * (abs(after_s) + 2.0) ** 2
                if square > near * near:
                    continue
            elif not _in_sight(states[k], after_s, reach[k], row):
                continue
            likelihood = judge_track(bank, tracks[k], times_s[plot], row, scratch)
            if likelihood > -math.inf:
                if found < likelihoods.size:
                    pairs[found, TRACK] = k
                    pairs[found, PLOT] = plot
                    likelihoods[found] = likelihood
                found += 1
    return found


@kernel
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
