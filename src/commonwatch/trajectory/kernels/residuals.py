"""How plots miss what tracks predict, and what constant errors of a sensor would explain it."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.bank import DECLARED, POWERED, Bank, Scratch
from commonwatch.trajectory.kernels.bank_answers import (
    best_answer,
    coast_to,
    copy_state,
    powered_copy_at,
)
from commonwatch.trajectory.kernels.coast_step import height_of
from commonwatch.trajectory.kernels.jit import borrowing_kernel
from commonwatch.trajectory.kernels.measurement import (
    COMPONENTS_MAX,
    RANGE,
    RANGE_RATE,
    SENSOR,
    UPWARD,
)
from commonwatch.trajectory.kernels.update import (
    RESIDUAL,
    SLOPE,
    SPREAD,
    judge_in,
)

# Components of a plot, in this order.
ACROSS_PART = 0
UPWARD_PART = 1
RANGE_PART = 2
RATE_PART = 3
# What is known of each: how far off, its sigma, and how far off a clock fast by a second would be.
OFF = 0
SIGMA = 1
PER_CLOCK_S = 2
MISS_SIZE = 3

# What may be wrong with a sensor: azimuth, elevation (rad), range (m), clock (s, fast is positive).
AZIMUTH = 0
ELEVATION = 1
OFFSET_RANGE = 2
CLOCK_FAST = 3
OFFSETS = 4

# A sensor's sums: normal equations of its offsets (matrix, vector), squares of normalised misses,
# plots; then of each component the normalised misses and their number.
SUM_MATRIX = 0
SUM_VECTOR = OFFSETS * OFFSETS
SUM_SQUARES = SUM_VECTOR + OFFSETS
SUM_PLOTS = SUM_SQUARES + 1
SUM_MISSES = SUM_PLOTS + 1
SUM_COUNTS = SUM_MISSES + COMPONENTS_MAX
SUMS_SIZE = SUM_COUNTS + COMPONENTS_MAX


@borrowing_kernel
def plot_misses(
    bank: Bank, track: int, at_s: float, row: np.ndarray, scratch: Scratch, misses: np.ndarray
) -> int:
    """Fill (COMPONENTS_MAX, MISS_SIZE) with how a plot misses a track's likeliest answer.

    NaN for what was not measured. Returns the number of components, 0 where there is no telling;
    the track stays as it is. A clock that is fast by c tells of the state c earlier, so that it
    misses by minus c times the rate of what is measured.
    """
    misses[:] = math.nan
    best = best_answer(bank, track)
    burns = bank.integers[track, POWERED] == 1 and bank.integers[track, DECLARED] == 0
    if burns or best < 0:
        powered_copy_at(bank, track, at_s, False, scratch)
        mean, work = scratch.mean9, scratch.update9
        m = judge_in(mean, scratch.cov9, row, work, scratch.fit)
    else:
        copy_state(bank.mean[best], bank.cov[best], scratch.mean, scratch.cov)
        coast_to(
            scratch.mean,
            scratch.cov,
            bank.time_s[best],
            at_s,
            bank.since_s[best],
            bank.body_prior[bank.body[best], 2],
            scratch.coast,
        )
        mean, work = scratch.mean, scratch.update
        m = judge_in(mean, scratch.cov, row, work, scratch.fit)
    j = 0
    for part in range(COMPONENTS_MAX):
        absent = part == RANGE_PART and math.isnan(row[RANGE])
        absent = absent or (part == RATE_PART and math.isnan(row[RANGE_RATE]))
        if absent or j >= m:
            continue
        slope = work[SLOPE + j]
        misses[part, OFF] = work[RESIDUAL, j]
        misses[part, SIGMA] = math.sqrt(work[SPREAD + j, j])
        rate = slope[0] * mean[3] + slope[1] * mean[4] + slope[2] * mean[5]
        misses[part, PER_CLOCK_S] = -rate
        j += 1
    return m


@borrowing_kernel
def add_misses(row: np.ndarray, misses: np.ndarray, kept: float, sums: np.ndarray) -> None:
    """Add a plot's misses to its sensor's sums (SUMS_SIZE,), of which a share `kept` stays.

    Recursive least squares with exponential forgetting (Bar-Shalom, Li and Kirubarajan 2001,
    section 3.5). The range rate counts for the misses alone: no offset here explains it.
    """
    for k in range(sums.size):
        sums[k] *= kept
    sums[SUM_PLOTS] += 1.0
    up = 0.0
    size = 0.0
    for k in range(3):
        up += row[UPWARD + k] * row[SENSOR + k]
        size += row[SENSOR + k] * row[SENSOR + k]
    level = up / math.sqrt(size)
    for part in range(COMPONENTS_MAX):
        if math.isnan(misses[part, OFF]):
            continue
        miss = misses[part, OFF] / misses[part, SIGMA]
        sums[SUM_MISSES + part] += miss
        sums[SUM_COUNTS + part] += 1.0
        if part == RATE_PART:
            continue
        own = (level if part == ACROSS_PART else 1.0) / misses[part, SIGMA]
        clock = misses[part, PER_CLOCK_S] / misses[part, SIGMA]
        sums[SUM_SQUARES] += miss * miss
        sums[SUM_VECTOR + part] += own * miss
        sums[SUM_VECTOR + CLOCK_FAST] += clock * miss
        sums[SUM_MATRIX + OFFSETS * part + part] += own * own
        sums[SUM_MATRIX + OFFSETS * part + CLOCK_FAST] += own * clock
        sums[SUM_MATRIX + OFFSETS * CLOCK_FAST + part] += own * clock
        sums[SUM_MATRIX + OFFSETS * CLOCK_FAST + CLOCK_FAST] += clock * clock


@borrowing_kernel
def weigh_plots(
    bank: Bank,
    tracks: np.ndarray,
    chosen: np.ndarray,
    into: np.ndarray,
    times_s: np.ndarray,
    rows: np.ndarray,
    kept: float,
    scratch: Scratch,
    misses: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Add plots, `chosen` by number, as they miss tracks pair by pair, to the rows `into` of sums.

    `misses` (COMPONENTS_MAX, MISS_SIZE) holds the last plot's.
    """
    for pair in range(tracks.size):
        plot = chosen[pair]
        if plot_misses(bank, tracks[pair], times_s[plot], rows[plot], scratch, misses) > 0:
            add_misses(rows[plot], misses, kept, sums[into[pair]])


@borrowing_kernel
def coast_high(bank: Bank, tracks: np.ndarray, height_m: float, high: np.ndarray) -> None:
    """Fill which tracks (n,) coast beyond doubt, and above a height."""
    for k in range(tracks.size):
        track = tracks[k]
        settled = bank.integers[track, POWERED] == 0
        high[k] = settled and height_of(bank.mean[bank.slots[track, 0]]) > height_m
