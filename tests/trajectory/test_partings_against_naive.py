"""From whose path did it part? Against SciPy's arcs and differences, followed back in Python."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatch.estimate.bodies import body_priors
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels import partings
from commonwatch.trajectory.kernels.bank_answers import take_slot
from commonwatch.trajectory.kernels.coast_step import COAST_WORK_ROWS
from commonwatch.trajectory.kernels.residuals import coast_high
from tests.trajectory import naive
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


def scattered_bank(rng: np.random.Generator, tracks: int) -> layout.Bank:
    """Tracks that burn, coast, may do either, or have ended; each with up to four coasts."""
    bank = layout.new_bank(
        tracks, 4 * tracks, np.empty((0, 2)), np.zeros(0), np.zeros((0, 0)), body_priors()
    )
    bank.powered_mean[:] = rng.uniform(-8e6, 8e6, bank.powered_mean.shape)
    bank.mean[:] = rng.uniform(-8e6, 8e6, bank.mean.shape)
    bank.log_weight[:] = rng.uniform(-9.0, 0.0, bank.log_weight.size)
    bank.since_s[:] = rng.uniform(100.0, 200.0, bank.since_s.size)
    for track in range(tracks):
        for _ in range(int(rng.integers(0, 5))):
            take_slot(bank, track)
        bank.integers[track, [layout.POWERED, layout.DECLARED]] = rng.integers(0, 2, 2)
    return bank


def coasts_of(bank: layout.Bank, track: int) -> list[int]:
    """The answers that say that a track coasts, the likeliest first."""
    slots = bank.slots[track, : bank.integers[track, layout.COUNT]].tolist()
    return sorted(slots, key=lambda slot: -bank.log_weight[slot])


@pytest.mark.parametrize("seed", range(3))
def test_states_and_last_burning_are_those_of_each_track_by_itself(seed):
    rng = np.random.default_rng(seed)
    bank = scattered_bank(rng, 24)
    rows = rng.permutation(24)[:20]
    states, last_s = np.empty((20, 6)), np.empty(20)
    partings.states_now(bank, rows, states)
    partings.last_burning(bank, rows, last_s)
    for row, state, stopped_s in zip(rows.tolist(), states, last_s.tolist(), strict=True):
        coasts, numbers = coasts_of(bank, row), bank.integers[row]
        declared = bool(numbers[layout.DECLARED])
        held_to_coast = bool(coasts) and (declared or not numbers[layout.POWERED])
        best = bank.mean[coasts[0]] if held_to_coast else bank.powered_mean[row]
        assert state.tolist() == best[:6].tolist()
        if not (declared and coasts):
            assert stopped_s == np.inf
            continue
        weights = np.exp(bank.log_weight[coasts])
        assert stopped_s == pytest.approx(np.average(bank.since_s[coasts], weights=weights))


@pytest.mark.parametrize("seed", range(3))
def test_who_coasts_high_is_told_track_by_track(seed):
    rng = np.random.default_rng([seed, 1])
    bank = scattered_bank(rng, 24)
    rows = np.flatnonzero(bank.integers[:, layout.COUNT] > 0)
    high = np.empty(rows.size, np.bool_)
    coast_high(bank, rows, 1_200e3, high)
    expected = [
        bank.integers[row, layout.POWERED] == 0
        and naive.height_m(bank.mean[bank.slots[row, 0], :3]) > 1_200e3
        for row in rows.tolist()
    ]
    assert high.tolist() == expected
    assert any(expected)
    assert not all(expected)
