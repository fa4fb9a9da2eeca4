"""The filters' kernels against their slow twins in naive_filters.py, compiled and interpreted."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import erfa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from commonwatch.trajectory.kernels import arc, ascent_fit, cubature, measurement
from commonwatch.trajectory.kernels import update as updating
from commonwatch.trajectory.kernels.powered import powered_forward
from tests.trajectory import naive_filters as twin
from tests.trajectory.flights import ANTIMERIDIAN, LOFTED, OVERFLIGHT, SHORT

INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT") == "1"
SIGMAS = (math.radians(0.08), math.radians(0.05), 30.0, 2.0)
SAMPLES = 2000

ANGLES = st.one_of(
    st.floats(0.0, 2.0 * math.pi), st.sampled_from([0.0, math.pi, 2.0 * math.pi, 1e-9])
)
ELEVATIONS = st.one_of(
    st.floats(-math.pi / 2.0, math.pi / 2.0),
    st.sampled_from([math.pi / 2.0, -math.pi / 2.0, 0.0, math.pi / 2.0 - 1e-6]),
)


@st.composite
def sights(draw, aside_max_rad: float = 0.1, rate_off_m_s: float = 7e3):
    """A sensor anywhere, what it measured, and a state near to where that points."""
    lat, lon = draw(st.floats(-90.0, 90.0)), draw(st.floats(-180.0, 180.0))
    axes = twin.axes_ecef(lat, lon)
    place = erfa.gd2gc(1, math.radians(lon), math.radians(lat), draw(st.floats(0.0, 3e3)))
    azimuth, elevation = draw(ANGLES), draw(ELEVATIONS)
    distance = draw(st.floats(1e5, 4e6))
    aside = np.array([draw(st.floats(-aside_max_rad, aside_max_rad)) for _ in range(3)])
    line = twin.direction(azimuth, elevation) + aside
    velocity = np.array([draw(st.floats(-7e3, 7e3)) for _ in range(3)])
    state = np.concatenate([place + distance * line @ axes, velocity])
    nearer = twin.Watcher(place, axes, (azimuth, elevation, distance, 0.0), SIGMAS)
    rate = nearer.predicted(state)[3] + draw(st.floats(-rate_off_m_s, rate_off_m_s))
    measured = (azimuth, elevation, distance, rate)
    return twin.Watcher(place, axes, measured, SIGMAS), state


def innovation(state, row):
    residual, slope, variance = np.empty(4), np.empty((4, 6)), np.empty(4)
    count = measurement.innovation(state, row, residual, slope, variance)
    return residual[:count], slope[:count], variance[:count]


def definite(rng, sigmas) -> np.ndarray:
    """A covariance with these sigmas and strong correlations."""
    n = len(sigmas)
    mixed = rng.standard_normal((n, 2 * n))
    cov = mixed @ mixed.T
    scale = np.array(sigmas) / np.sqrt(np.diag(cov))
    return cov * np.outer(scale, scale)


@given(sights())
def test_innovation_and_slope(sight):
    watcher, state = sight
    residual, slope, variance = innovation(state, watcher.row())
    assert residual == pytest.approx(watcher.residual(state), rel=1e-9, abs=1e-8)
    differences = watcher.slope(state)
    assert slope[:2] == pytest.approx(differences[:2], rel=1e-5, abs=1e-10)
    assert slope[2:] == pytest.approx(differences[2:], rel=1e-5, abs=2e-6)
    assert variance == pytest.approx(np.array(SIGMAS) ** 2)


@given(sights(aside_max_rad=0.0))
def test_what_is_not_measured_has_no_row(sight):
    watcher, state = sight
    row = watcher.row()
    whole, slope, _ = innovation(state, row)
    row[measurement.RANGE] = np.nan
    assert innovation(state, row)[0] == pytest.approx(whole[[0, 1, 3]])
    assert innovation(state, row)[1] == pytest.approx(slope[[0, 1, 3]])
    row[measurement.RANGE_RATE] = np.nan
    assert innovation(state, row)[0] == pytest.approx(whole[:2])


@given(sights(aside_max_rad=0.0))
def test_behind_the_sensor_nothing_is_measured(sight):
    watcher, state = sight
    behind = state.copy()
    behind[:3] = 2.0 * watcher.place - state[:3]
    assert innovation(behind, watcher.row())[0].size == 0
    mean, cov = np.empty(6), np.empty((6, 6))
    assert updating.update(behind, np.eye(6), watcher.row(), mean, cov) == 0
    assert np.array_equal(mean, behind)
    assert np.array_equal(cov, np.eye(6))


@given(sights(aside_max_rad=2e-3, rate_off_m_s=6.0), st.integers(0, 2**32))
@settings(max_examples=40)
def test_likelihood_is_scipys_normal_density(sight, seed):
    watcher, state = sight
    cov = definite(np.random.default_rng(seed), [50.0] * 3 + [1.0] * 3)
    fit = np.empty(updating.FIT_SIZE)
    assert updating.judge(state, cov, watcher.row(), fit) == 4
    residual, slope, variance = innovation(state, watcher.row())
    spread = slope @ cov @ slope.T + np.diag(variance)
    scale = np.sqrt(np.diag(spread))
    density = multivariate_normal(np.zeros(4), spread / np.outer(scale, scale))
    expected = density.logpdf(residual / scale) - np.log(scale).sum()
    # Second-order terms: 7,500 m2 over at least 100 km, a thousandth of the range's sigma.
    assert fit[updating.LOG_LIKELIHOOD] == pytest.approx(expected, rel=1e-4, abs=1e-3)
    nis = float(residual @ np.linalg.solve(spread, residual))
    assert fit[updating.NIS] == pytest.approx(nis, rel=1e-4)


@given(
    sights(aside_max_rad=1e-4, rate_off_m_s=6.0), st.integers(0, 2**32), st.sampled_from([6, 7, 9])
)
@settings(max_examples=40)
def test_update_where_all_is_straight_is_the_textbooks(sight, seed, n):
    watcher, state = sight
    mean = np.concatenate([state, np.zeros(n - 6)])
    cov = definite(np.random.default_rng(seed), [20.0] * 3 + [1.0] * 3 + [0.5] * (n - 6))
    new_mean, new_cov = np.empty(n), np.empty((n, n))
    assert updating.update(mean, cov, watcher.row(), new_mean, new_cov) == 4
    expected, expected_cov = twin.kalman(mean, cov, watcher)
    sigmas = np.sqrt(np.diag(cov))
    assert (new_mean - mean) / sigmas == pytest.approx((expected - mean) / sigmas, abs=2e-2)
    scale = np.outer(sigmas, sigmas)
    assert new_cov / scale == pytest.approx(expected_cov / scale, abs=2e-3)
    assert np.array_equal(new_cov, new_cov.T)


@given(sights(aside_max_rad=1e-4, rate_off_m_s=6.0), st.integers(0, 2**32))
@settings(max_examples=40)
def test_biases_in_the_state_are_more_columns_of_the_textbooks(sight, seed):
    """Range, across, upward and clock as states 7 to 10: a fast clock tells of an earlier state."""
    watcher, state = sight
    mean = np.concatenate([state, [0.0, 3.0, 1e-5, -1e-5, 1e-4]])
    sigmas = [20.0] * 3 + [1.0] * 3 + [0.5, 20.0, 1e-4, 1e-4, 1e-3]
    cov = definite(np.random.default_rng(seed), sigmas)
    row = watcher.row()
    row[measurement.BIAS_AT :] = (7.0, 20.0, 1e-4, 1e-4, 1e-3)
    new_mean, new_cov = np.empty(11), np.empty((11, 11))
    assert updating.update(mean, cov, row, new_mean, new_cov) == 4
    residual, slope, variance = innovation(state, watcher.row())
    wide = np.hstack([slope, np.zeros((4, 5))])
    for component, bias in ((0, 8), (1, 9), (2, 7)):
        wide[component, bias] = 1.0
        residual[component] -= mean[bias]
    wide[:, 10] = -slope[:, :3] @ state[3:6]
    residual -= wide[:, 10] * mean[10]
    gain = cov @ wide.T @ np.linalg.inv(wide @ cov @ wide.T + np.diag(variance))
    sigmas = np.sqrt(np.diag(cov))
    assert (new_mean - mean) / sigmas == pytest.approx(gain @ residual / sigmas, abs=2e-2)
    scale = np.outer(sigmas, sigmas)
    expected_cov = (np.eye(11) - gain @ wide) @ cov
    assert new_cov / scale == pytest.approx(expected_cov / scale, abs=2e-3)


@given(sights(aside_max_rad=1e-4, rate_off_m_s=6.0), st.integers(0, 2**32))
@settings(max_examples=20)
def test_biases_that_no_state_holds_widen_the_noise(sight, seed):
    watcher, state = sight
    cov = definite(np.random.default_rng(seed), [20.0] * 3 + [1.0] * 3)
    row, wider = watcher.row(), watcher.row()
    row[measurement.BIAS_AT :] = (7.0, 40.0, 1e-3, 2e-3, 0.0)
    for column, bias in (
        (measurement.SIGMA_RANGE, 40.0),
        (measurement.SIGMA_ACROSS, 1e-3),
        (measurement.SIGMA_UPWARD, 2e-3),
    ):
        wider[column] = np.hypot(wider[column], bias)
    got, expected = np.empty(updating.FIT_SIZE), np.empty(updating.FIT_SIZE)
    updating.judge(state, cov, row, got)
    updating.judge(state, cov, wider, expected)
    assert got == pytest.approx(expected, rel=1e-9)


@given(sights(aside_max_rad=3e-3, rate_off_m_s=200.0), st.integers(0, 2**32))
@settings(max_examples=25)
def test_update_of_a_wide_estimate_is_the_most_likely_state(sight, seed):
    """Kilometres wide, a hundred kilometres away: where one step of the textbook's goes wrong."""
    watcher, mean = sight
    cov = definite(np.random.default_rng(seed), [3000.0] * 3 + [100.0] * 3)
    new_mean, new_cov = np.empty(6), np.empty((6, 6))
    updating.update(mean, cov, watcher.row(), new_mean, new_cov)
    expected, expected_cov = twin.most_likely(mean, cov, watcher)
    sigmas = np.sqrt(np.diag(expected_cov))
    assert (new_mean - expected) / sigmas == pytest.approx(np.zeros(6), abs=0.05)
    scale = np.outer(sigmas, sigmas)
    assert new_cov / scale == pytest.approx(expected_cov / scale, abs=0.05)


@pytest.mark.parametrize("force", [(0.0, 0.0, 0.0), (30.0, -20.0, 50.0)])
@pytest.mark.parametrize("duration_s", [0.02, 1.0, 7.3])
def test_powered_mean_and_transition(force, duration_s):
    start = np.concatenate([SHORT, force])
    mean = start.copy()
    cov = definite(np.random.default_rng(1), [100.0] * 3 + [10.0] * 3 + [1.0] * 3)
    transition = twin.powered_transition(start, duration_s)
    expected_cov = transition @ cov @ transition.T
    powered_forward(mean, cov, duration_s, 0.0)
    expected = twin.powered(start, duration_s)
    assert mean[:3] == pytest.approx(expected[:3], abs=1e-4)
    assert mean[3:6] == pytest.approx(expected[3:6], abs=1e-5)
    assert np.array_equal(mean[6:], start[6:])
    sigmas = np.sqrt(np.diag(expected_cov))
    scale = np.outer(sigmas, sigmas)
    assert cov / scale == pytest.approx(expected_cov / scale, abs=1e-4)


@pytest.mark.parametrize("duration_s", [0.5, 1.0, 6.0])
def test_powered_noise_is_the_triple_integral_of_white_noise(duration_s):
    mean, cov = np.concatenate([SHORT, [0.0, 0.0, 30.0]]), np.zeros((9, 9))
    powered_forward(mean, cov, duration_s, 9.0)
    expected = twin.random_walk_of_force(duration_s, 9.0)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    # The Earth turns and pulls in a few seconds by some thousandths.
    assert cov / scale == pytest.approx(expected / scale, abs=3e-3)


@given(st.integers(0, 2**32))
@settings(max_examples=30)
def test_points_have_the_moments_that_they_were_spread_by(seed):
    rng = np.random.default_rng(seed)
    mean = np.concatenate([LOFTED, [-8.7]])
    cov = definite(rng, [200.0] * 3 + [5.0] * 3 + [0.05])
    points = np.empty((cubature.POINTS, cubature.COAST_STATES))
    assert cubature.spread(mean, cov, points)
    got_mean, got_cov = np.empty(7), np.empty((7, 7))
    cubature.moments(points, got_mean, got_cov)
    sigmas = np.sqrt(np.diag(cov))
    assert (got_mean - mean) / sigmas == pytest.approx(np.zeros(7), abs=1e-6)
    scale = np.outer(sigmas, sigmas)
    assert got_cov / scale == pytest.approx(cov / scale, abs=1e-6)
    assert got_cov == pytest.approx(np.cov(points.T, bias=True), rel=1e-9, abs=1e-9)
    # Symmetric about the mean, so that odd moments vanish.
    assert points[:7] - mean == pytest.approx(mean - points[7:], abs=1e-6)


def test_no_points_where_the_covariance_is_none():
    points = np.empty((cubature.POINTS, cubature.COAST_STATES))
    for spoilt in (np.nan, 0.0, -1.0):
        cov = np.eye(7)
        cov[3, 3] = spoilt
        assert not cubature.spread(np.zeros(7), cov, points)
    tied = np.eye(7)
    tied[0, 1] = tied[1, 0] = 1.1
    assert not cubature.spread(np.zeros(7), tied, points)


def test_points_are_carried_along_their_own_arcs():
    mean = np.concatenate([OVERFLIGHT, [-8.7]])
    points = np.empty((cubature.POINTS, cubature.COAST_STATES))
    cubature.spread(
        mean, definite(np.random.default_rng(3), [1e3] * 3 + [20.0] * 3 + [0.1]), points
    )
    moved, out = np.empty_like(points), np.empty(6)
    assert cubature.carry(points, 300.0, moved) == arc.DONE
    for before, after in zip(points, moved, strict=True):
        arc.coast(before[:6], math.exp(before[6]), 300.0, out)
        assert np.array_equal(after[:6], out)
        assert after[6] == before[6]


def falls(mean, cov, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Impacts (n, 3) ECEF, times and apogees (n, 2) of draws from an estimate, one arc each."""
    event = np.empty(arc.EVENT_SIZE)
    places, others = [], []
    for draw in np.random.default_rng(5).multivariate_normal(mean, cov, count):
        assert arc.fly_to_ground(draw[:6], math.exp(draw[6]), 9000.0, event) == arc.DONE
        places.append(event[arc.IMPACT_STATE : arc.IMPACT_STATE + 3].copy())
        others.append((event[arc.IMPACT_TIME], event[arc.APOGEE_HEIGHT]))
    return np.array(places), np.array(others)


@pytest.mark.parametrize("start", [LOFTED, OVERFLIGHT, ANTIMERIDIAN], ids=["high", "far", "line"])
@pytest.mark.parametrize("widened", [1.0, 30.0])
def test_where_points_come_down_is_where_thousands_do(start, widened):
    count = 200 if INTERPRETED else SAMPLES
    mean = np.concatenate([start, [math.log(1.0 / 6000.0)]])
    sigmas = np.array([30.0] * 3 + [1.0] * 3) * widened
    cov = definite(np.random.default_rng(2), [*sigmas, 0.05])
    points, ground = np.empty((cubature.POINTS, 7)), np.empty(cubature.GROUND_SIZE)
    cubature.spread(mean, cov, points)
    offsets = np.empty((cubature.POINTS, cubature.OFFSETS))
    assert cubature.come_down(mean, points, 9000.0, ground, offsets) == arc.DONE
    assert ground[cubature.TOP_SEEN] == cubature.POINTS
    lat, lon = ground[cubature.GROUND_LAT], ground[cubature.GROUND_LON]
    centre = np.array(erfa.gd2gc(1, lon, lat, 0.0))
    east_north = twin.axes_ecef(math.degrees(lat), math.degrees(lon))[:2]
    places, others = falls(mean, cov, count)
    offsets = (places - centre) @ east_north.T
    told = np.array(
        [
            [ground[cubature.GROUND_EE], ground[cubature.GROUND_EN]],
            [ground[cubature.GROUND_EN], ground[cubature.GROUND_NN]],
        ]
    )
    # Normalised by the covariance told, the sample has mean 0 and covariance 1 up to its error.
    unit = offsets @ np.linalg.inv(np.linalg.cholesky(told)).T
    assert unit.mean(axis=0) == pytest.approx(np.zeros(2), abs=5.0 / math.sqrt(count))
    assert np.cov(unit.T) == pytest.approx(np.eye(2), abs=5.0 * math.sqrt(2.0 / count))
    for values, centred, variance in (
        (others[:, 0], ground[cubature.GROUND_TIME], ground[cubature.GROUND_TT]),
        (others[:, 1], ground[cubature.TOP_HEIGHT], ground[cubature.TOP_HEIGHT_VARIANCE]),
    ):
        unit_values = (values - centred) / math.sqrt(variance)
        assert unit_values.mean() == pytest.approx(0.0, abs=5.0 / math.sqrt(count))
        assert unit_values.var() == pytest.approx(1.0, abs=5.0 * math.sqrt(2.0 / count))


KNOTS, SPACING_S = 8, 10.0
REFERENCE = np.radians([39.2, 125.67])


def booster_by_knots() -> np.ndarray:
    """Lift-off, place, azimuth, then force and elevation at each knot."""
    forces = 20.0 + 3.5 * np.arange(KNOTS)
    elevations = np.radians(np.maximum(90.0 - 6.0 * np.arange(KNOTS), 60.0))
    return np.concatenate([[-3.0, 1500.0, -800.0, math.radians(72.0)], forces, elevations])


def test_ascent_by_knots():
    theta = booster_by_knots()
    times_s = np.array([-5.0, 0.0, 7.25, 20.0, 41.0, 61.5])
    states = np.empty((times_s.size, 9))
    ascent_fit.ascent_states(theta, KNOTS, SPACING_S, REFERENCE, times_s, states)
    lat = REFERENCE[0] + theta[2] / 6_371_008.8
    lon = REFERENCE[1] + theta[1] / (6_371_008.8 * math.cos(REFERENCE[0]))
    place = np.array(erfa.gd2gc(1, lon, lat, 0.0))
    axes = twin.axes_ecef(math.degrees(lat), math.degrees(lon))
    assert states[0, :6] == pytest.approx(np.concatenate([place, np.zeros(3)]), abs=1e-6)
    for time_s, state in zip(times_s[1:], states[1:], strict=True):
        expected = twin.ascent(theta, KNOTS, SPACING_S, place, axes, time_s + 3.0)
        # Steps of a second run over the bends of the force: decimetres after a minute.
        assert state[:3] == pytest.approx(expected[:3], abs=0.5)
        assert state[3:6] == pytest.approx(expected[3:6], abs=0.05)
        assert state[6:9] == pytest.approx(expected[6:9], abs=1e-5)


def test_an_ascent_is_found_again_from_what_was_seen_of_it():
    """Plots without error: the fit ends at the same answer from elsewhere, close to the truth."""
    theta = booster_by_knots()
    times_s = np.arange(5.0, 55.0, 5.0 if INTERPRETED else 2.5)
    states = np.empty((times_s.size, 9))
    ascent_fit.ascent_states(theta, KNOTS, SPACING_S, REFERENCE, times_s, states)
    axes = twin.axes_ecef(36.0, 128.0)
    place = np.array(erfa.gd2gc(1, math.radians(128.0), math.radians(36.0), 0.0))
    rows = []
    for state in states:
        nothing = twin.Watcher(place, axes, (0.0, 0.0, 0.0, 0.0), SIGMAS)
        seen = twin.Watcher(place, axes, tuple(nothing.predicted(state[:6])), SIGMAS)
        rows.append(seen.row())
    prior = np.zeros(ascent_fit.PRIOR_SIZE)
    prior[:8] = [20.0, 5.0, 3.5, 6.0, 0.03, 0.1, 0.2, 0.05]
    prior[ascent_fit.TURN_END_S], prior[ascent_fit.MODEL_SIGMA_M] = 45.0, 10.0
    answers = []
    for away in (0.0, 1.0):
        found = theta + away * np.concatenate(
            [[4.0, 2000.0, -1500.0, 0.1], np.full(KNOTS, 2.0), np.full(KNOTS, -0.05)]
        )
        n = theta.size
        cov, last, last_cov = np.empty((n, n)), np.empty(9), np.empty((9, 9))
        cost = ascent_fit.fit_ascent(
            found, KNOTS, SPACING_S, REFERENCE, times_s, np.array(rows), prior, cov, last, last_cov
        )
        answers.append((cost, found, cov))
    (near, at_truth, cov), (far, from_elsewhere, _) = answers
    assert far == pytest.approx(near, abs=0.05)
    sigmas = np.sqrt(np.diag(cov))
    assert (from_elsewhere - at_truth)[:4] / sigmas[:4] == pytest.approx(np.zeros(4), abs=0.3)
    assert (from_elsewhere - theta)[:4] / sigmas[:4] == pytest.approx(np.zeros(4), abs=1.0)
    last_sigmas = np.sqrt(np.diag(last_cov))
    assert (last - states[-1]) / last_sigmas == pytest.approx(np.zeros(9), abs=1.0)


@pytest.mark.skipif(INTERPRETED, reason="this is the interpreted run itself")
def test_all_of_this_holds_interpreted_too():
    """Without Numba the same lines run as plain Python: what compiling changes would show."""
    few = "innovation or not_measured or textbooks or powered or moments or by_knots or high-1.0"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", few, __file__]
    run = subprocess.run(
        command,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "HYPOTHESIS_MAX_EXAMPLES": "10"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:]
    assert "passed" in run.stdout
