"""From whose path did it part? Against SciPy's arcs and differences, followed back in Python."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatch.trajectory.kernels import partings
from commonwatch.trajectory.kernels.coast_step import COAST_WORK_ROWS
from tests.trajectory import naive_bank as twin
from tests.trajectory.flights import OVERFLIGHT
from tests.trajectory.simulated_plots import DRAG
from tests.trajectory.test_filter_kernels_against_naive import definite

NOW_S, RING = 1_000_000_012.0, 40
SECONDS = range(16)


def paths_of(rng: np.random.Generator) -> np.ndarray:
    """ECEF states (paths, seconds, 6) until now: the first is parted from, three lie aside."""
    starts = np.tile(OVERFLIGHT, (4, 1))
    starts[1:, :3] += rng.choice([-1.0, 1.0], (3, 3)) * rng.uniform(2e3, 9e3, (3, 3))
    starts[1:, 3:] += rng.uniform(-60.0, 60.0, (3, 3))
    burning = [[twin.coast(np.append(one, DRAG), float(s))[:6] for s in SECONDS] for one in starts]
    states = np.array(burning)
    seconds = np.array(SECONDS, float)
    # A thrust of its own, which no coast follows.
    states[:, :, :3] += 10.0 * seconds[None, :, None] ** 2
    states[:, :, 3:] += 20.0 * seconds[None, :, None]
    return states


def missed(mean, cov, state) -> float:
    """What the kernel's docstring says."""
    far = [np.linalg.norm(mean[k : k + 3] - state[k : k + 3]) for k in (0, 3)]
    sigma = [np.sqrt(np.trace(cov[k : k + 3, k : k + 3])) for k in (0, 3)]
    within = [partings.MEET_M + 3.0 * sigma[0], partings.MEET_M_S + 3.0 * sigma[1]]
    return max(far[0] / within[0], far[1] / within[1])


@pytest.mark.parametrize(("seed", "parted_at"), [(0, 6), (1, 9), (2, 3)])
def test_a_part_is_followed_back_to_where_it_parted(seed, parted_at):
    rng = np.random.default_rng(seed)
    states = paths_of(rng)
    first_s = NOW_S - SECONDS[-1]
    times_s = np.full((5, RING), np.nan)
    ring = np.empty((5, RING, 6))
    rooms = np.array([4, 1, 0, 2])
    for room, path in zip(rooms, states, strict=True):
        for second, state in zip(SECONDS, path, strict=True):
            at = int(first_s + second) % RING
            times_s[room, at], ring[room, at] = first_s + second, state
    left = np.append(states[0, parted_at], DRAG)
    mean = twin.coast(left, float(SECONDS[-1] - parted_at))
    mean[:3] += rng.uniform(-20.0, 20.0, 3)
    cov = definite(rng, [40.0] * 3 + [3.0] * 3 + [0.1])
    best, least = -1, 1.0
    for back in range(SECONDS[-1] + 1):
        here = twin.coast(mean, -float(back)) if back else mean
        slope = twin.coast_transition(mean, -float(back)) if back else np.eye(7)
        for room, path in zip(rooms, states, strict=True):
            miss = missed(here, slope @ cov @ slope.T, path[SECONDS[-1] - back])
            if miss < least:
                best, least = room, miss
    work = np.empty((COAST_WORK_ROWS, 7))
    found, miss = partings.parting_of(
        mean.copy(), cov.copy(), NOW_S, first_s, rooms, times_s, ring, work
    )
    assert best == 4
    assert found == best
    assert miss == pytest.approx(least, rel=2e-2, abs=1e-3)
    vague = cov.copy()
    vague[:3, :3] *= 1e4
    vague[:3, 3:] = vague[3:, :3] = vague[:3, 6:] = vague[6:, :3] = 0.0
    gone, _ = partings.parting_of(mean.copy(), vague, NOW_S, first_s, rooms, times_s, ring, work)
    assert gone == -1
