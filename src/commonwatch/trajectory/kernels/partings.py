"""Did a falling track part from another's path? Followed back, second by second."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.bank import COUNT, DECLARED, POWERED, Bank
from commonwatch.trajectory.kernels.bank_answers import best_answer
from commonwatch.trajectory.kernels.bank_motion import burnout_of
from commonwatch.trajectory.kernels.coast_step import coast_forward
from commonwatch.trajectory.kernels.jit import borrowing_kernel, kernel

# Two paths meet where they come as near as this and three sigmas, in place and in velocity.
MEET_M = 500.0
MEET_M_S = 60.0
MEET_SIGMAS = 3.0
# Known no better than this, a path says nothing of where it came from.
VAGUE_M = 3_000.0
VAGUE_M_S = 120.0
# So far back a part is followed to where it parted.
BACK_MAX_S = 240.0


@borrowing_kernel
def states_now(bank: Bank, rows: np.ndarray, states: np.ndarray) -> None:
    """Fill ECEF position and velocity (n, 6) of the likeliest answer of the tracks in some rows."""
    for k in range(rows.size):
        track = rows[k]
        best = best_answer(bank, track)
        powered = bank.integers[track, POWERED] == 1
        coasts = best >= 0 and (bank.integers[track, DECLARED] == 1 or not powered)
        for i in range(6):
            states[k, i] = bank.mean[best, i] if coasts else bank.powered_mean[track, i]


@kernel
def last_burning(bank: Bank, rows: np.ndarray, last_s: np.ndarray) -> None:
    """Fill when the tracks in some rows stopped burning (n,), inf for those that may still burn."""
    moments = np.empty(2)
    for k in range(rows.size):
        track = rows[k]
        last_s[k] = math.inf
        if bank.integers[track, DECLARED] == 1 and bank.integers[track, COUNT] > 0:
            burnout_of(bank, track, moments)
            last_s[k] = moments[0]


@borrowing_kernel
def _is_vague(cov: np.ndarray) -> bool:
    """Whether place or velocity are too little known to say where it came from."""
    place = cov[0, 0] + cov[1, 1] + cov[2, 2]
    velocity = cov[3, 3] + cov[4, 4] + cov[5, 5]
    return bool(place > VAGUE_M * VAGUE_M or velocity > VAGUE_M_S * VAGUE_M_S)


@borrowing_kernel
def _miss(mean: np.ndarray, cov: np.ndarray, state: np.ndarray) -> float:
    """How far a path misses a state, 1 at the most that counts as meeting."""
    place = 0.0
    velocity = 0.0
    for i in range(3):
        place += (mean[i] - state[i]) ** 2
        velocity += (mean[3 + i] - state[3 + i]) ** 2
    within_m = MEET_M + MEET_SIGMAS * math.sqrt(cov[0, 0] + cov[1, 1] + cov[2, 2])
    within_m_s = MEET_M_S + MEET_SIGMAS * math.sqrt(cov[3, 3] + cov[4, 4] + cov[5, 5])
    return max(math.sqrt(place) / within_m, math.sqrt(velocity) / within_m_s)


@borrowing_kernel
def parting_of(
    mean: np.ndarray,
    cov: np.ndarray,
    time_s: float,
    since_s: float,
    rooms: np.ndarray,
    times_s: np.ndarray,
    states: np.ndarray,
    work: np.ndarray,
) -> tuple[int, float]:
    """Which of some paths, by room, a track (7,), (7, 7) parted from, and how far it misses there.

    -1 and 1 where from none. No path is older than `since_s`. They are compared at whole seconds. A
    room holds a ring of the last seconds: `times_s` (rooms, n), NaN where unused, and ECEF `states`
    (rooms, n, 6), each where its second says. The track itself is followed back in place. `work` is
    as `coast_forward` takes it.
    """
    ring = times_s.shape[1]
    back_s = max(since_s, time_s - BACK_MAX_S)
    best, least = -1, 1.0
    at_s = time_s
    then_s = float(math.floor(time_s))
    while then_s > back_s - 0.5 and not _is_vague(cov):
        if then_s < at_s:
            coast_forward(mean, cov, then_s - at_s, work)
            at_s = then_s
            if _is_vague(cov):
                break
        k = int(then_s) % ring
        for room in rooms:
            if times_s[room, k] == then_s:
                miss = _miss(mean, cov, states[room, k])
                if miss < least:
                    best, least = room, miss
        then_s -= 1.0
    return best, least
