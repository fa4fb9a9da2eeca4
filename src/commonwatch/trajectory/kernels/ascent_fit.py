"""A powered ascent with a free thrust profile, fitted to plots from the ground up."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.dynamics import WGS84_ROTATION_RAD_S, coast_acceleration
from commonwatch.trajectory.kernels.geodesy import ecef_from_geodetic, enu_from_ecef_rotation
from commonwatch.trajectory.kernels.jit import kernel
from commonwatch.trajectory.kernels.measurement import (
    COMPONENTS_MAX,
    innovation,
    widen_by_biases,
)

# Parameters: lift-off time, launch place east and north of a reference point, azimuth, then the
# specific force's size at each knot, then its elevation at each knot.
LIFT_OFF_S = 0
EAST_M = 1
NORTH_M = 2
AZIMUTH_RAD = 3
KNOTS_START = 4

STEP_MAX_S = 2.0
STEPS_MAX = 2_000
ITERATIONS_MAX = 40
# Step of each parameter for slopes by differences: seconds, metres, metres, radians, m/s2, radians.
DIFFERENCE = np.array([1e-3, 1.0, 1.0, 1e-5, 1e-3, 1e-5])

# Columns of a prior row: what a booster of any make is like before anything was measured. Notional.
FORCE_FIRST = 0
FORCE_FIRST_SIGMA = 1
FORCE_SLOPE = 2
FORCE_WALK = 3
ELEVATION_FIRST_SIGMA = 4
TURN_RATE = 5
TURN_WALK = 6
STEADY_WALK = 7
TURN_END_S = 8
FIRST_SEEN_S = 9
FIRST_SEEN_SIGMA_S = 10
MODEL_SIGMA_M = 11
PRIOR_SIZE = 12


@kernel
def _force(
    theta: np.ndarray, knots: int, spacing_s: float, age_s: float, axes: np.ndarray, out: np.ndarray
) -> None:
    """Fill the specific force (3,), ECEF, `age_s` after lift-off.

    Its direction is frozen in inertial space.
    """
    place = min(max(age_s / spacing_s, 0.0), knots - 1.000001)
    i = int(place)
    share = place - i
    size = theta[KNOTS_START + i] * (1.0 - share) + theta[KNOTS_START + i + 1] * share
    base = KNOTS_START + knots
    elevation = theta[base + i] * (1.0 - share) + theta[base + i + 1] * share
    ce = math.cos(elevation)
    e = ce * math.sin(theta[AZIMUTH_RAD])
    n = ce * math.cos(theta[AZIMUTH_RAD])
    u = math.sin(elevation)
    x = axes[0, 0] * e + axes[1, 0] * n + axes[2, 0] * u
    y = axes[0, 1] * e + axes[1, 1] * n + axes[2, 1] * u
    z = axes[0, 2] * e + axes[1, 2] * n + axes[2, 2] * u
    turned = WGS84_ROTATION_RAD_S * age_s
    c = math.cos(turned)
    s = math.sin(turned)
    out[0] = size * (c * x + s * y)
    out[1] = size * (c * y - s * x)
    out[2] = size * z


@kernel
def ascent_states(
    theta: np.ndarray,
    knots: int,
    spacing_s: float,
    reference: np.ndarray,
    times_s: np.ndarray,
    states: np.ndarray,
) -> None:
    """Fill ECEF position, velocity, specific force (n, 9) at rising `times_s` of an ascent.

    `reference` is latitude and longitude (rad) of the point from which the launch place is counted.
    """
    axes = np.empty((3, 3))
    lat = reference[0] + theta[NORTH_M] / 6_371_008.8
    lon = reference[1] + theta[EAST_M] / (6_371_008.8 * math.cos(reference[0]))
    enu_from_ecef_rotation(lat, lon, axes)
    state = np.zeros(6)
    state[0], state[1], state[2] = ecef_from_geodetic(lat, lon, 0.0)
    k = np.empty((4, 6))
    point = np.empty(6)
    force = np.empty(3)
    age = 0.0
    for row in range(times_s.size):
        target = max(times_s[row] - theta[LIFT_OFF_S], 0.0)
        steps = min(max(1, int(math.ceil((target - age) / STEP_MAX_S))), STEPS_MAX)
        h = (target - age) / steps
        for _ in range(steps):
            for i in range(4):
                share = 0.0 if i == 0 else (1.0 if i == 3 else 0.5)
                for j in range(6):
                    point[j] = state[j] + (share * h * k[i - 1, j] if i > 0 else 0.0)
                k[i, 0:3] = point[3:6]
                coast_acceleration(point, 0.0, k[i, 3:6])
                _force(theta, knots, spacing_s, age + share * h, axes, force)
                for j in range(3):
                    k[i, 3 + j] += force[j]
            for j in range(6):
                state[j] += h / 6.0 * (k[0, j] + 2.0 * k[1, j] + 2.0 * k[2, j] + k[3, j])
            age += h
        states[row, 0:6] = state
        _force(theta, knots, spacing_s, age, axes, force)
        states[row, 6:9] = force


@kernel
def _residuals(
    theta: np.ndarray,
    knots: int,
    spacing_s: float,
    reference: np.ndarray,
    times_s: np.ndarray,
    rows: np.ndarray,
    prior: np.ndarray,
    states: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill each residual over its sigma: plots (4 places each, 0: not measured), then priors."""
    residual = np.empty(COMPONENTS_MAX)
    slope = np.empty((COMPONENTS_MAX, 6))
    variance = np.empty(COMPONENTS_MAX)
    ascent_states(theta, knots, spacing_s, reference, times_s, states)
    at = 0
    floor = prior[MODEL_SIGMA_M] ** 2
    for r in range(times_s.size):
        m = innovation(states[r], rows[r], residual, slope, variance)
        if m > 0:
            widen_by_biases(rows[r], variance)
        for j in range(COMPONENTS_MAX):
            out[at + j] = 0.0
        for j in range(m):
            # A profile by knots misses the true one by some tens of metres; in angles and rates
            # likewise.
            extra = floor * (slope[j, 0] ** 2 + slope[j, 1] ** 2 + slope[j, 2] ** 2)
            extra += 0.01 * floor * (slope[j, 3] ** 2 + slope[j, 4] ** 2 + slope[j, 5] ** 2)
            out[at + j] = residual[j] / math.sqrt(variance[j] + extra)
        if m == 0:
            out[at] = 1e3
        at += COMPONENTS_MAX
    tens = spacing_s / 10.0
    root = math.sqrt(tens)
    f = KNOTS_START
    e = KNOTS_START + knots
    out[at] = (theta[f] - prior[FORCE_FIRST]) / prior[FORCE_FIRST_SIGMA]
    out[at + 1] = (theta[e] - 0.5 * math.pi) / prior[ELEVATION_FIRST_SIGMA]
    at += 2
    for i in range(1, knots):
        rise = theta[f + i] - theta[f + i - 1]
        out[at] = (rise - prior[FORCE_SLOPE] * tens) / (prior[FORCE_WALK] * root)
        turn = theta[e + i] - theta[e + i - 1]
        if (i - 0.5) * spacing_s < prior[TURN_END_S]:
            out[at + 1] = (turn + prior[TURN_RATE] * tens) / (prior[TURN_WALK] * root)
        else:
            out[at + 1] = turn / (prior[STEADY_WALK] * root)
        at += 2
    out[at] = 0.0
    if prior[FIRST_SEEN_SIGMA_S] > 0.0:
        out[at] = (times_s[0] - theta[LIFT_OFF_S] - prior[FIRST_SEEN_S]) / prior[FIRST_SEEN_SIGMA_S]
    # Nothing is seen before it lifts off.
    out[at + 1] = max(0.0, theta[LIFT_OFF_S] + 5.0 - times_s[0])


@kernel
def _difference(p: int, knots: int) -> float:
    """Step for the slope of parameter p."""
    if p < KNOTS_START:
        return DIFFERENCE[p]
    return DIFFERENCE[4] if p < KNOTS_START + knots else DIFFERENCE[5]


@kernel
def fit_ascent(
    theta: np.ndarray,
    knots: int,
    spacing_s: float,
    reference: np.ndarray,
    times_s: np.ndarray,
    rows: np.ndarray,
    prior: np.ndarray,
    covariance: np.ndarray,
    last: np.ndarray,
    last_covariance: np.ndarray,
) -> float:
    """Improve `theta` in place (Levenberg-Marquardt), fill its covariance and the last state's.

    Return the cost. Cost is the sum of squared residuals over sigma, plots and priors; infinite
    where nothing finite was found.
    """
    n = KNOTS_START + 2 * knots
    count = times_s.size * COMPONENTS_MAX + 2 * knots + 2
    states = np.empty((times_s.size, 9))
    moved = np.empty((times_s.size, 9))
    here = np.empty(count)
    there = np.empty(count)
    jacobian = np.empty((count, n))
    last_slope = np.empty((9, n))
    trial = theta.copy()
    _residuals(theta, knots, spacing_s, reference, times_s, rows, prior, states, here)
    cost = np.sum(here * here)
    damping = 1e-3
    normal = np.empty((n, n))
    for _ in range(ITERATIONS_MAX):
        for p in range(n):
            d = _difference(p, knots)
            trial[:] = theta
            trial[p] += d
            _residuals(trial, knots, spacing_s, reference, times_s, rows, prior, moved, there)
            jacobian[:, p] = (there - here) / d
            last_slope[:, p] = (moved[-1] - states[-1]) / d
        normal[:] = jacobian.T @ jacobian
        gradient = jacobian.T @ here
        gained = 0.0
        for _try in range(8):
            damped = normal.copy()
            for p in range(n):
                damped[p, p] *= 1.0 + damping
            step = np.linalg.solve(damped, gradient)
            trial[:] = theta - step
            _residuals(trial, knots, spacing_s, reference, times_s, rows, prior, moved, there)
            new_cost = np.sum(there * there)
            if math.isfinite(new_cost) and new_cost < cost:
                gained = cost - new_cost
                cost = new_cost
                theta[:] = trial
                here[:] = there
                states[:] = moved
                damping = max(damping * 0.2, 1e-9)
                break
            damping *= 6.0
        if gained < 1e-2 * (1.0 + 1e-3 * cost):
            break
    covariance[:] = np.linalg.inv(normal)
    last[:] = states[-1]
    last_covariance[:] = last_slope @ covariance @ last_slope.T
    if not math.isfinite(cost):
        return math.inf
    return cost
