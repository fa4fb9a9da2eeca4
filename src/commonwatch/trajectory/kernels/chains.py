"""Plots of no track yet that lie on one path: chains of points from which a track starts."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from commonwatch.trajectory.kernels.bank_answers import FORCE_WALK_PSD_M2_S5, copy_state
from commonwatch.trajectory.kernels.dynamics import WGS84_ROTATION_RAD_S
from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2
from commonwatch.trajectory.kernels.grid import Grid, cell_of, first_in, is_in
from commonwatch.trajectory.kernels.jit import borrowing_kernel, kernel
from commonwatch.trajectory.kernels.measurement import (
    ACROSS,
    BIAS_AT,
    BIAS_SIGMA_CLOCK,
    BIAS_SIGMA_RANGE,
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
# The net before that gate: so many sigmas of the range where the gate has four, and what bends a
# path beyond gravity and force, its slope and the frame's turning.
NET_SIGMAS = 5.0
NET_BEND_M_S2 = 1.0
SPEED_MAX_M_S = 9_000.0
SPEED_LEAST_M_S = 150.0
SPEED_FIRST_SIGMA_M_S = 3000.0
FORCE_FIRST_SIGMA_M_S2 = 30.0


class ChainRoom(NamedTuple):
    """What a chain is tried in: its plots (n,), its nine states, and those with one plot more."""

    chain: np.ndarray
    state: np.ndarray
    spread: np.ndarray
    ahead: np.ndarray
    ahead_spread: np.ndarray
    work: np.ndarray
    update: np.ndarray
    fit: np.ndarray


@borrowing_kernel
def point_of(row: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> None:
    """Fill nine states from a plot with range: a place, nothing of speed and force but their size.

    Returns nothing; ECEF, m, m/s, m/s2.
    """
    distance = row[RANGE]
    mean[:] = 0.0
    cov[:] = 0.0
    along, across = row[SIGMA_RANGE], distance * row[SIGMA_ACROSS]
    upward = distance * row[SIGMA_UPWARD]
    for i in range(3):
        mean[i] = row[SENSOR + i] + distance * row[SIGHT + i]
        for j in range(3):
            cov[i, j] = (
                along**2 * row[SIGHT + i] * row[SIGHT + j]
                + across**2 * row[ACROSS + i] * row[ACROSS + j]
                + upward**2 * row[UPWARD + i] * row[UPWARD + j]
            )
        cov[3 + i, 3 + i] = SPEED_FIRST_SIGMA_M_S**2
        cov[6 + i, 6 + i] = FORCE_FIRST_SIGMA_M_S2**2


@borrowing_kernel
def place_loose(rows: np.ndarray, waits_s: np.ndarray, places: np.ndarray) -> float:
    """Fill `places` (n, 4): the ECEF point (m) of each plot with range, and four of its sigmas (m).

    NaN without range. Returns how far anything could have flown from one of them while it waits.
    """
    widest = 0.0
    for k in range(rows.shape[0]):
        distance = rows[k, RANGE]
        for i in range(3):
            places[k, i] = rows[k, SENSOR + i] + distance * rows[k, SIGHT + i]
        aside = distance * max(rows[k, SIGMA_ACROSS], rows[k, SIGMA_UPWARD])
        places[k, 3] = 4.0 * math.sqrt(rows[k, SIGMA_RANGE] ** 2 + 2.0 * aside * aside)
        if not math.isnan(places[k, 3]):
            widest = max(widest, SPEED_MAX_M_S * waits_s[k] + places[k, 3])
    return widest


@borrowing_kernel
def _is_reachable(
    times_s: np.ndarray, places: np.ndarray, waits_s: np.ndarray, one: int, newest: int
) -> bool:
    """Whether something could have flown from one plot to the newest."""
    elapsed_s = times_s[newest] - times_s[one]
    if elapsed_s < 0.0 or elapsed_s > waits_s[one]:
        return False
    square = 0.0
    for k in range(3):
        off = places[newest, k] - places[one, k]
        square += off * off
    allowed = SPEED_MAX_M_S * elapsed_s + places[one, 3]
    return bool(square <= allowed * allowed)


@borrowing_kernel
def _one_scan(
    times_s: np.ndarray, rows: np.ndarray, scans_s: np.ndarray, one: int, other: int
) -> bool:
    """Whether two plots are of one scan of one sensor, and so of two objects."""
    for k in range(3):
        if rows[one, SENSOR + k] != rows[other, SENSOR + k]:
            return False
    return bool(abs(times_s[other] - times_s[one]) < scans_s[one])


@borrowing_kernel
def _near(
    times_s: np.ndarray,
    rows: np.ndarray,
    scans_s: np.ndarray,
    places: np.ndarray,
    waits_s: np.ndarray,
    gone: np.ndarray,
    grid: Grid,
    newest: int,
    near: np.ndarray,
) -> int:
    """Fill the plots from which something could have flown to the newest, in order; how many."""
    found = 0
    home_x, home_y, home_z = cell_of(grid, places[newest])
    for ix in range(home_x - 1, home_x + 2):
        for iy in range(home_y - 1, home_y + 2):
            for iz in range(home_z - 1, home_z + 2):
                k = first_in(grid, ix, iy, iz)
                while k >= 0:
                    here = is_in(grid, k, ix, iy, iz) and k < newest and not gone[k]
                    here = here and not _one_scan(times_s, rows, scans_s, k, newest)
                    if here and _is_reachable(times_s, places, waits_s, k, newest):
                        at = found
                        while at > 0 and near[at - 1] > k:
                            near[at] = near[at - 1]
                            at -= 1
                        near[at] = k
                        found += 1
                    k = grid.after[k]
    return found


@borrowing_kernel
def _sigmas_of(cov: np.ndarray, first: int, ux: float, uy: float, uz: float) -> tuple[float, float]:
    """Sigma of three of the states in all directions together, and along a unit vector."""
    xx, yy, zz = cov[first, first], cov[first + 1, first + 1], cov[first + 2, first + 2]
    xy, xz, yz = cov[first, first + 1], cov[first, first + 2], cov[first + 1, first + 2]
    along = ux * ux * xx + uy * uy * yy + uz * uz * zz
    along += 2.0 * (ux * uy * xy + ux * uz * xz + uy * uz * yz)
    return math.sqrt(xx + yy + zz), math.sqrt(max(along, 0.0))


@borrowing_kernel
def may_fit(mean: np.ndarray, cov: np.ndarray, elapsed_s: float, row: np.ndarray) -> bool:
    """Whether a plot so long after a nine-state estimate may be within the gate, by its range.

    True wherever `judge` after `powered_forward` stays within CHAIN_GATE_NIS, and often where it
    does not. One component's normalised square is at most that of all; sigmas of a sum are at most
    the sum of its parts' sigmas, whatever they have in common.
    """
    if math.isnan(row[RANGE]):
        return True
    half = 0.5 * elapsed_s * elapsed_s
    x, y, z = mean[0], mean[1], mean[2]
    r2 = x * x + y * y + z * z
    pull = half * WGS84_GM_M3_S2 / (r2 * math.sqrt(r2))
    dx = x + elapsed_s * mean[3] + half * mean[6] - pull * x - row[SENSOR]
    dy = y + elapsed_s * mean[4] + half * mean[7] - pull * y - row[SENSOR + 1]
    dz = z + elapsed_s * mean[5] + half * mean[8] - pull * z - row[SENSOR + 2]
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    ux, uy, uz = dx / distance, dy / distance, dz / distance
    around, along = _sigmas_of(cov, 0, ux, uy, uz)
    speed_around, speed_along = _sigmas_of(cov, 3, ux, uy, uz)
    force_around, force_along = _sigmas_of(cov, 6, ux, uy, uz)
    walk = math.sqrt(FORCE_WALK_PSD_M2_S5 * elapsed_s**5 / 20.0)
    around += elapsed_s * speed_around + half * force_around + math.sqrt(3.0) * walk
    along += elapsed_s * speed_along + half * force_along + walk
    speed = math.sqrt(mean[3] ** 2 + mean[4] ** 2 + mean[5] ** 2)
    variance = along * along + row[SIGMA_RANGE] ** 2 + (around * around / distance) ** 2
    if not math.isnan(row[BIAS_AT]):
        fastest = speed + math.sqrt(mean[6] ** 2 + mean[7] ** 2 + mean[8] ** 2) * elapsed_s
        fastest += 2.0 * elapsed_s * WGS84_GM_M3_S2 / r2
        variance += row[BIAS_SIGMA_RANGE] ** 2 + (fastest * row[BIAS_SIGMA_CLOCK]) ** 2
    bend = half * (NET_BEND_M_S2 + 4.0 * WGS84_ROTATION_RAD_S * speed)
    return bool(abs(row[RANGE] - distance) <= bend + NET_SIGMAS * math.sqrt(variance))


@borrowing_kernel
def _chain_of(
    times_s: np.ndarray,
    rows: np.ndarray,
    scans_s: np.ndarray,
    near: np.ndarray,
    found: int,
    first: int,
    least: int,
    room: ChainRoom,
) -> int:
    """One filter takes the plots of `near` from the `first` on as they fit, up to the last.

    Fills the room's chain and state; how many it took, 0 where those are fewer than `least`, the
    last is not among them, or the speed is nothing's that flies.
    """
    state, spread = room.state, room.spread
    point_of(rows[near[first]], state, spread)
    at_s = times_s[near[first]]
    room.chain[0] = near[first]
    taken = 1
    for later in range(first + 1, found + 1):
        k = near[later]
        if taken + found + 1 - later < least:
            return 0
        shown = False
        for j in range(taken):
            shown = shown or _one_scan(times_s, rows, scans_s, room.chain[j], k)
        if shown or not may_fit(state, spread, times_s[k] - at_s, rows[k]):
            continue
        copy_state(state, spread, room.ahead, room.ahead_spread)
        if times_s[k] > at_s:
            powered_forward_in(
                room.ahead, room.ahead_spread, times_s[k] - at_s, FORCE_WALK_PSD_M2_S5, room.work
            )
        judge_in(room.ahead, room.ahead_spread, rows[k], room.update, room.fit)
        if room.fit[COMPONENTS] > 0.0 and room.fit[NIS] < CHAIN_GATE_NIS:
            update_in(room.ahead, room.ahead_spread, rows[k], room.update, room.fit)
            copy_state(room.ahead, room.ahead_spread, state, spread)
            at_s = times_s[k]
            room.chain[taken] = k
            taken += 1
    speed = math.sqrt(state[3] ** 2 + state[4] ** 2 + state[5] ** 2)
    flies = SPEED_LEAST_M_S < speed < SPEED_MAX_M_S
    return taken if taken >= least and room.chain[taken - 1] == near[found] and flies else 0


@kernel
def next_start(
    times_s: np.ndarray,
    rows: np.ndarray,
    waits_s: np.ndarray,
    scans_s: np.ndarray,
    places: np.ndarray,
    gone: np.ndarray,
    halts: np.ndarray,
    grid: Grid,
    begin: int,
    least: int,
    chain: np.ndarray,
    mean: np.ndarray,
    cov: np.ndarray,
) -> tuple[int, int]:
    """Go through plots in order of time from `begin` on; stop where one completes a chain.

    Returns that plot's number and how many plots its chain (`least` of them at least) has, which is
    filled with the nine states at its end; or the first that `halts`, with 0; or as many as there
    are, with 0. Plots that are `gone` count for nothing. `grid` has cells so wide that nothing
    reaches farther while it waits. A sensor's plots closer in time than `scans_s` (n,) are of one
    scan, which shows an object once.
    """
    count = times_s.size
    near = np.empty(count + 1, np.int64)
    room = ChainRoom(
        np.empty(count + 1, np.int64),
        np.empty(POWERED_STATES),
        np.empty((POWERED_STATES, POWERED_STATES)),
        np.empty(POWERED_STATES),
        np.empty((POWERED_STATES, POWERED_STATES)),
        np.empty((POWERED_WORK_ROWS, POWERED_STATES)),
        np.empty((SCRATCH_ROWS, POWERED_STATES)),
        np.empty(FIT_SIZE),
    )
    for newest in range(begin, count):
        if halts[newest]:
            return newest, 0
        if gone[newest]:
            continue
        found = _near(times_s, rows, scans_s, places, waits_s, gone, grid, newest, near)
        if found + 1 < least:
            continue
        near[found] = newest
        best = 0
        for first in range(found + 2 - least):
            taken = _chain_of(times_s, rows, scans_s, near, found, first, least, room)
            if taken > best:
                best = taken
                chain[:taken] = room.chain[:taken]
                mean[:] = room.state
                cov[:] = room.spread
        if best > 0:
            return newest, best
    return count, 0
