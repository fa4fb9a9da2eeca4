"""What parts from a track is known at once by where that one was; what flies otherwise is not."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatch.estimate.parting import may_have_parted
from commonwatch.estimate.paths import Paths
from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels.bank_motion import coast_moments
from tests.trajectory import naive_bank as twin
from tests.trajectory.flights import OVERFLIGHT
from tests.trajectory.simulated_plots import watcher_of

from .drawn import drawn, told_of
from .tracks_by_hand import bank_of_radars, coasting, spread

NOW_S = 1000.0
PARTED_S = 994.0
PLOTS_S = (998.3, 999.1, 999.9)
# A failed launch that broke up, as drawn.
BROKEN = (9,)
TOLD_WITHIN_S = 5.0


def begun(away_m_s: np.ndarray, seed: int):
    """A new track's row, whether falls were added to it, and its true state at its last plot.

    Its three plots are of what left the path of a coasting track six seconds ago.
    """
    rng = np.random.default_rng(seed)
    path_s = np.arange(NOW_S - 20.0, NOW_S)
    states = [twin.fall(OVERFLIGHT, at_s - PARTED_S) for at_s in path_s]
    bank = bank_of_radars()
    cov = spread(60.0, 4.0)
    parent = coasting(bank, "t1", states[-1], cov, NOW_S, since_s=NOW_S - 30.0)
    paths = Paths()
    for at_s, state in zip(path_s.tolist(), states, strict=True):
        bank.put_path(parent.row, state, cov)
        paths.remember((parent,), bank.bank, at_s)
    part = OVERFLIGHT + np.concatenate([np.zeros(3), away_m_s])
    truth = [twin.fall(part, at_s - PARTED_S) for at_s in PLOTS_S]
    rows = [watcher_of(state, rng).row() for state in truth]
    vague = PoweredFilter(PLOTS_S[-1], np.append(truth[-1], np.zeros(3)), 1e6 * np.eye(9))
    row = bank.take_row(vague, layout.KNOWN_BODY, PLOTS_S[-1])
    (parted,) = may_have_parted(PLOTS_S[0], (parent,), paths, bank.bank)
    assert parted.parent == "t1"
    return bank, row, bank.add_falls(row, parted.falls, PLOTS_S, rows), truth[-1]


def any_direction(seed: int) -> np.ndarray:
    vector = np.random.default_rng([seed, 5]).standard_normal(3)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("seed", range(6))
def test_a_part_is_known_to_metres_a_second_after_three_plots(seed):
    bank, row, falls, truth = begun(12.0 * any_direction(seed), seed)
    assert falls
    states = bank.bank.mean.shape[1]
    mean, cov = np.empty(states), np.empty((states, states))
    assert coast_moments(bank.bank, row, layout.STAGE_BODY, mean, cov) == pytest.approx(1.0)
    assert np.sqrt(np.trace(cov[3:6, 3:6])) < 40.0
    off = mean[:6] - truth
    # Once in ten thousand.
    assert off @ np.linalg.solve(cov[:6, :6], off) < 27.9


@pytest.mark.parametrize("seed", range(6))
def test_what_leaves_at_hundreds_of_metres_a_second_is_no_part(seed):
    bank, row, falls, _truth = begun(600.0 * any_direction(seed), seed)
    assert not falls
    assert bank.bank.integers[row, layout.COUNT] == 0


@pytest.mark.parametrize("number", BROKEN)
def test_pieces_of_a_failed_launch_are_told_as_falling_and_of_its_event_at_once(number):
    missile = drawn("failed", number).flights[0]
    burnt_s = missile.lift_off_s + missile.burnout_s
    lines = told_of("failed", number).lines
    after = [line for line in lines if line.time_s > burnt_s + TOLD_WITHIN_S]
    assert len({line.track for line in after}) > 1
    assert {line.event for line in after} == {lines[0].event}
    assert "boost" not in {line.phase for line in after}
