"""The bare filters of `bench speed` compute what they say, as the ratios to them must."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.stats import chi2

from commonwatch.bench.speed import bare_motion, steps
from commonwatch.bench.speed.bare_filter import (
    extended_predict,
    extended_update,
    looked_at,
    slope_of_look,
    unscented_step,
)
from commonwatch.bench.speed.bare_scan import GATE, bare_scan
from commonwatch.bench.speed.scene import SCAN_S, scene_of
from commonwatch.bench.speed.setting import INTERVAL_S, bare_plots_of, lofted_setting
from tests.trajectory import naive, naive_filters

STATE = np.array([-3.4e6, 3.9e6, 4.4e6, 2100.0, 3300.0, 4200.0])


@pytest.fixture
def only_j2(monkeypatch):
    monkeypatch.setattr(naive, "ZONALS", {2: naive.ZONALS[2]})


def radar_and_watcher():
    setting = lofted_setting(1)
    axes = setting.radar[3:].reshape(3, 3)
    plot = setting.bare_plots[0]
    sigmas = (*np.sqrt(plot[3:6]), 1.0)
    return setting, naive_filters.Watcher(setting.radar[:3], axes, (*plot[:3], 0.0), sigmas)


def looks_of(state):
    setting, _ = radar_and_watcher()
    out = np.empty(3)
    looked_at(state, setting.radar, out)
    return out


def apart(measured, predicted):
    """A difference of looks; azimuths are angles."""
    off = measured - predicted
    off[0] = math.remainder(off[0], 2.0 * math.pi)
    return off


def test_the_acceleration_is_that_of_j2_and_the_turning_earth(only_j2):
    out = np.empty(3)
    bare_motion.acceleration(STATE, out)
    assert out == pytest.approx(naive.acceleration(STATE, 0.0, None), abs=1e-9)


@pytest.mark.parametrize("duration_s", [INTERVAL_S, SCAN_S])
def test_the_step_is_that_of_dop853(only_j2, duration_s):
    out = np.empty(6)
    bare_motion.carried(STATE, duration_s, out)
    assert out == pytest.approx(naive.coast(STATE, 0.0, None, duration_s), abs=1e-6)


# What the slope leaves out is the third order in time, and J2's part of the gradient.
@pytest.mark.parametrize(("duration_s", "left_out"), [(INTERVAL_S, 1e-8), (SCAN_S, 1e-6)])
def test_the_transition_is_the_slope_of_the_step(duration_s, left_out):
    slope, columns = np.empty((6, 6)), []
    bare_motion.transition(STATE, duration_s, slope)
    for k, nudge in enumerate([100.0] * 3 + [1.0] * 3):
        ends = []
        for sign in (1.0, -1.0):
            start, end = STATE.copy(), np.empty(6)
            start[k] += sign * nudge
            bare_motion.carried(start, duration_s, end)
            ends.append(end)
        columns.append((ends[0] - ends[1]) / (2.0 * nudge))
    assert slope == pytest.approx(np.array(columns).T, abs=left_out)


def test_it_looks_as_the_sensor_does():
    setting, watcher = radar_and_watcher()
    look, slope = np.empty(3), np.empty((3, 3))
    state = setting.truth[1]
    slope_of_look(state, setting.radar, look, slope)
    assert look == pytest.approx(watcher.predicted(state)[:3], rel=1e-12)
    assert looks_of(state) == pytest.approx(look, rel=1e-12)
    for k in range(3):
        nudge = np.zeros(6)
        nudge[k] = 10.0
        by = (watcher.predicted(state + nudge) - watcher.predicted(state - nudge))[:3] / 20.0
        assert slope[:, k] == pytest.approx(by, rel=1e-6, abs=1e-13)


def test_the_extended_step_is_the_textbooks():
    setting, watcher = radar_and_watcher()
    plot, mean, cov = setting.bare_plots[0], setting.mean.copy(), setting.cov.copy()
    ahead, transition = np.empty(6), np.empty((6, 6))
    bare_motion.carried(mean, INTERVAL_S, ahead)
    bare_motion.transition(mean, INTERVAL_S, transition)
    predicted = transition @ cov @ transition.T
    slope = np.zeros((3, 6))
    slope_of_look(ahead, setting.radar, np.empty(3), by := np.empty((3, 3)))
    slope[:, :3] = by
    gain = predicted @ slope.T @ np.linalg.inv(slope @ predicted @ slope.T + np.diag(plot[3:]))
    residual = apart(plot[:3], watcher.predicted(ahead)[:3])
    extended_predict(mean, cov, INTERVAL_S)
    extended_update(mean, cov, setting.radar, plot)
    assert mean == pytest.approx(ahead + gain @ residual, rel=1e-9)
    assert cov == pytest.approx((np.eye(6) - gain @ slope) @ predicted, rel=1e-7, abs=1e-6)


def test_the_unscented_step_is_the_textbooks():
    """Julier and Uhlmann 2004, with kappa 0, by matrices."""
    setting, _ = radar_and_watcher()
    plot, mean, cov = setting.bare_plots[0], setting.mean.copy(), setting.cov.copy()
    root = math.sqrt(6.0) * np.linalg.cholesky(cov)
    points = np.concatenate([mean + root.T, mean - root.T])
    for point in points:
        bare_motion.carried(point.copy(), INTERVAL_S, point)
    looks = np.array([looks_of(point) for point in points])
    off, seen = points - points.mean(axis=0), looks - looks.mean(axis=0)
    cross = off.T @ seen / 12.0
    gain = cross @ np.linalg.inv(seen.T @ seen / 12.0 + np.diag(plot[3:]))
    expected = points.mean(axis=0) + gain @ apart(plot[:3], looks.mean(axis=0))
    unscented_step(mean, cov, setting.radar, plot, INTERVAL_S)
    assert mean == pytest.approx(expected, rel=1e-9)
    assert cov == pytest.approx(off.T @ off / 12.0 - gain @ cross.T, rel=1e-7, abs=1e-6)


@pytest.mark.parametrize("follow", [steps.bare_extended, steps.bare_unscented, steps.our_coast])
def test_each_errs_as_it_says(follow):
    squares = []
    for seed in range(60):
        setting = lofted_setting(60, seed)
        mean, cov = follow(setting)
        off = mean - setting.truth[-1]
        squares.append(float(off @ np.linalg.solve(cov, off)))
    low, high = chi2.ppf([5e-4, 1.0 - 5e-4], 6 * len(squares))
    assert low < sum(squares) < high


def test_ours_gives_the_answer_of_the_bare_one():
    setting = lofted_setting(300)
    assert_same(setting, *steps.our_coast(setting))
    assert_same(setting, *steps.our_values(setting))


def assert_same(setting, mean, cov) -> None:
    """Within a tenth of the bare filter's sigmas, with its covariance."""
    bare_mean, bare_cov = steps.bare_extended(setting)
    off = mean - bare_mean
    assert math.sqrt(off @ np.linalg.solve(bare_cov, off)) < 0.1
    sigmas = np.sqrt(np.diag(bare_cov))
    assert (np.abs(cov - bare_cov) < 0.01 * np.outer(sigmas, sigmas)).all()


def test_the_scan_gives_plots_as_all_pairs_would():
    """In a crowd: objects shifted so close together that gates overlap."""
    scene = scene_of(40, 58)
    middle = scene.truth[:, :3].mean(axis=0)
    means = scene.means.copy()
    means[:, :3] = middle + 0.01 * (means[:, :3] - middle)
    plots = bare_plots_of(scene.plots)
    looks = np.array([looks_of(mean) for mean in means])
    plots[:, :3] = looks[np.arange(58) % 40] + np.sqrt(plots[:, 3:]) * np.random.default_rng(
        4
    ).standard_normal((58, 3))
    covs = scene.covs.copy()
    after, wide = means.copy(), covs.copy()
    taken = bare_scan(after, wide, scene.radar, plots)
    assert taken.tolist() == by_all_pairs(means, covs, scene.radar, plots)
    for k, plot in enumerate(taken):
        mean, cov = means[k].copy(), covs[k].copy()
        extended_predict(mean, cov, SCAN_S)
        if plot >= 0:
            extended_update(mean, cov, scene.radar, plots[plot])
        assert after[k].tolist() == mean.tolist()


def by_all_pairs(means, covs, radar, plots):
    """Squares of all pairs by matrices, clipped at the gate, and a dense assignment."""
    costs = np.full((len(means), len(plots) + len(means)), 1e6)
    for k in range(len(means)):
        mean, cov = means[k].copy(), covs[k].copy()
        extended_predict(mean, cov, SCAN_S)
        look, by, slope = np.empty(3), np.empty((3, 3)), np.zeros((3, 6))
        slope_of_look(mean, radar, look, by)
        slope[:, :3] = by
        for j, plot in enumerate(plots):
            residual = apart(plot[:3], look)
            spread = slope @ cov @ slope.T + np.diag(plot[3:])
            square = float(residual @ np.linalg.solve(spread, residual))
            costs[k, j] = square if square < GATE else 1e6
        costs[k, len(plots) + k] = GATE
    _, columns = linear_sum_assignment(costs)
    return [int(column) if column < len(plots) else -1 for column in columns]


def test_the_scan_finds_each_objects_plot():
    scene = scene_of(100, 145)
    own = np.full(100, -1)
    for k, number in enumerate(scene.objects):
        if number >= 0:
            own[number] = k
    means, covs = scene.means.copy(), scene.covs.copy()
    taken = bare_scan(means, covs, scene.radar, bare_plots_of(scene.plots))
    assert np.mean(taken == own) > 0.98
