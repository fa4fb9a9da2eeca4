"""Plots of no track yet that lie on one path: chains of points from which a track starts."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.bank_answers import FORCE_WALK_PSD_M2_S5
from commonwatch.trajectory.kernels.jit import kernel
from commonwatch.trajectory.kernels.measurement import (
    ACROSS,
    RANGE,
    SENSOR,
    SIGHT,
    SIGMA_ACROSS,
    SIGMA_RANGE,
    SIGMA_UPWARD,
    UPWARD,
)
from commonwatch.trajectory.kernels.powered import (
    POWERED_STATES,
    POWERED_WORK_ROWS,
    powered_forward_in,
)
from commonwatch.trajectory.kernels.update import (
    COMPONENTS,
    FIT_SIZE,
    NIS,
    SCRATCH_ROWS,
    judge_in,
    update_in,
)

CHAIN_GATE_NIS = 16.0
SPEED_MAX_M_S = 9_000.0
SPEED_LEAST_M_S = 150.0
SPEED_FIRST_SIGMA_M_S = 3000.0
FORCE_FIRST_SIGMA_M_S2 = 30.0


@kernel
def point_of(row: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> None:
    """Fill nine states from a plot with range: a place, nothing of speed and force but their size.

    Returns nothing; ECEF, m, m/s, m/s2.
    """
    distance = row[RANGE]
    mean[:] = 0.0
    cov[:] = 0.0
    sigma = np.empty(3)
    sigma[0] = row[SIGMA_RANGE]
    sigma[1] = distance * row[SIGMA_ACROSS]
    sigma[2] = distance * row[SIGMA_UPWARD]
    for i in range(3):
        mean[i] = row[SENSOR + i] + distance * row[SIGHT + i]
        for j in range(3):
            cov[i, j] = (
                sigma[0] ** 2 * row[SIGHT + i] * row[SIGHT + j]
                + sigma[1] ** 2 * row[ACROSS + i] * row[ACROSS + j]
                + sigma[2] ** 2 * row[UPWARD + i] * row[UPWARD + j]
            )
        cov[3 + i, 3 + i] = SPEED_FIRST_SIGMA_M_S**2
        cov[6 + i, 6 + i] = FORCE_FIRST_SIGMA_M_S2**2


@kernel
def _reachable(
    times_s: np.ndarray, rows: np.ndarray, waits_s: np.ndarray, one: int, newest: int
) -> bool:
    """Whether something could have flown from one plot to the newest."""
    elapsed_s = times_s[newest] - times_s[one]
    if elapsed_s < 0.0 or elapsed_s > waits_s[one]:
        return False
    square = 0.0
    for k in range(3):
        off = rows[newest, SENSOR + k] + rows[newest, RANGE] * rows[newest, SIGHT + k]
        off -= rows[one, SENSOR + k] + rows[one, RANGE] * rows[one, SIGHT + k]
        square += off * off
    aside = rows[one, RANGE] * max(rows[one, SIGMA_ACROSS], rows[one, SIGMA_UPWARD])
    allowed = SPEED_MAX_M_S * elapsed_s
    allowed += 4.0 * math.sqrt(rows[one, SIGMA_RANGE] ** 2 + 2.0 * aside * aside)
    return bool(square <= allowed * allowed)


@kernel
def longest_chain(
    times_s: np.ndarray,
    rows: np.ndarray,
    waits_s: np.ndarray,
    chain: np.ndarray,
    mean: np.ndarray,
    cov: np.ndarray,
) -> int:
    """Find the longest chain of plots with range, in order of time, that ends in the last one.

    Fills `chain` (n,) with their numbers and the nine states at the last; returns how many, 0 where
    even two do not fit or the speed is nothing's that flies. One filter takes the plots of a chain
    as they come, from each plot that could be its first.
    """
    count = times_s.size
    newest = count - 1
    near = np.empty(count, np.int64)
    found = 0
    for k in range(newest):
        if not math.isnan(rows[k, RANGE]) and _reachable(times_s, rows, waits_s, k, newest):
            near[found] = k
            found += 1
    near[found] = newest
    best = 0
    trial = np.empty(count, np.int64)
    state = np.empty(POWERED_STATES)
    spread = np.empty((POWERED_STATES, POWERED_STATES))
    ahead = np.empty(POWERED_STATES)
    ahead_spread = np.empty((POWERED_STATES, POWERED_STATES))
    work = np.empty((POWERED_WORK_ROWS, POWERED_STATES))
    scratch = np.empty((SCRATCH_ROWS, POWERED_STATES))
    fit = np.empty(FIT_SIZE)
    for first in range(found):
        point_of(rows[near[first]], state, spread)
        at_s = times_s[near[first]]
        trial[0] = near[first]
        taken = 1
        for later in range(first + 1, found + 1):
            k = near[later]
            ahead[:] = state
            ahead_spread[:] = spread
            if times_s[k] > at_s:
                powered_forward_in(
                    ahead, ahead_spread, times_s[k] - at_s, FORCE_WALK_PSD_M2_S5, work
                )
            judge_in(ahead, ahead_spread, rows[k], scratch, fit)
            if fit[COMPONENTS] > 0.0 and fit[NIS] < CHAIN_GATE_NIS:
                update_in(ahead, ahead_spread, rows[k], scratch, fit)
                state[:] = ahead
                spread[:] = ahead_spread
                at_s = times_s[k]
                trial[taken] = k
                taken += 1
        speed = math.sqrt(state[3] ** 2 + state[4] ** 2 + state[5] ** 2)
        flies = SPEED_LEAST_M_S < speed < SPEED_MAX_M_S
        if taken > max(best, 1) and trial[taken - 1] == newest and flies:
            best = taken
            chain[:taken] = trial[:taken]
            mean[:] = state
            cov[:] = spread
    return best
