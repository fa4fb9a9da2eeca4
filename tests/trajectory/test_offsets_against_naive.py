"""Where is it beside a known path? The kernel's normal equations, against slopes by differences."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatch.trajectory.kernels.measurement import RANGE_RATE
from commonwatch.trajectory.kernels.offsets import add_offsets
from tests.trajectory import naive_bank as twin
from tests.trajectory.flights import OVERFLIGHT
from tests.trajectory.simulated_plots import DRAG, close, watcher_of

AFTER_S = (0.0, -1.0, -1.0, -4.5, -30.0)
NUDGES = np.array([10.0] * 3 + [0.1] * 3)
STARTED_AT = 5.0


def missed(watcher, path, offset, after_s, numbers):
    """How an object beside a path by an offset that moves straight misses what was measured."""
    state = path[:6].copy()
    state[:3] += offset[:3] + after_s * offset[3:]
    state[3:] += offset[3:]
    return watcher.residual(state)[:numbers]


@pytest.mark.parametrize("has_rate", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_normal_equations_are_those_of_slopes_by_differences(seed, has_rate):
    rng = np.random.default_rng(seed)
    now = np.append(OVERFLIGHT, DRAG)
    paths = [twin.coast(now, after_s) if after_s else now for after_s in AFTER_S]
    watchers = [watcher_of(path, rng) for path in paths]
    rows = np.array([watcher.row() for watcher in watchers])
    if not has_rate:
        rows[:, RANGE_RATE] = np.nan
    matrix, vector = np.eye(6), np.full(6, STARTED_AT)
    squares, count = add_offsets(now, np.array(AFTER_S), rows, matrix, vector)
    numbers = 4 if has_rate else 3
    expected, expected_vector = np.eye(6), np.full(6, STARTED_AT)
    expected_squares = 0.0
    for watcher, path, after_s in zip(watchers, paths, AFTER_S, strict=True):
        off = missed(watcher, path, np.zeros(6), after_s, numbers)
        slope = np.empty((numbers, 6))
        for k in range(6):
            nudge = NUDGES[k] * np.eye(6)[k]
            ahead, behind = (
                missed(watcher, path, sign * nudge, after_s, numbers) for sign in (1.0, -1.0)
            )
            slope[:, k] = (behind - ahead) / (2.0 * NUDGES[k])
        weights = np.diag(1.0 / np.square(watcher.sigmas[:numbers]))
        expected += slope.T @ weights @ slope
        expected_vector += slope.T @ weights @ off
        expected_squares += off @ weights @ off
    assert count == numbers * len(AFTER_S)
    assert squares == pytest.approx(expected_squares, rel=1e-3)
    assert close(matrix, expected, 5e-3)
    assert np.abs(vector - expected_vector).max() / np.abs(expected_vector).max() < 5e-3
