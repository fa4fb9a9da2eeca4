"""The yardstick's filters: extended and unscented, six states, azimuth, elevation and range.

As a paper prints them, compiled, and nothing else: no bank, no gate, no air, no checks.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from commonwatch.bench.speed.bare_motion import STATES, carried, transition
from commonwatch.trajectory.kernels.jit import kernel

Array = NDArray[np.float64]
COMPONENTS = 3
# Columns of a plot: azimuth, elevation (rad), range (m), and their variances. The azimuth's is that
# of the angle counted on the horizon.
VARIANCES = 3
PLOT_SIZE = 6
# A radar: ECEF place, then the rows east, north and up.
AXES = 3
RADAR_SIZE = 12
POINTS = 2 * STATES
FULL_TURN = 2.0 * math.pi


@kernel
def looked_at(state: Array, radar: Array, out: Array) -> None:
    """Fill azimuth, elevation and range (3,) of a state."""
    dx, dy, dz = state[0] - radar[0], state[1] - radar[1], state[2] - radar[2]
    east = radar[3] * dx + radar[4] * dy + radar[5] * dz
    north = radar[6] * dx + radar[7] * dy + radar[8] * dz
    up = radar[9] * dx + radar[10] * dy + radar[11] * dz
    level = math.sqrt(east * east + north * north)
    out[0] = math.atan2(east, north)
    out[1] = math.atan2(up, level)
    out[2] = math.sqrt(level * level + up * up)


@kernel
def slope_of_look(state: Array, radar: Array, look: Array, slope: Array) -> None:
    """Fill `look` (3,) as above, and its slope by the position (3, 3)."""
    dx, dy, dz = state[0] - radar[0], state[1] - radar[1], state[2] - radar[2]
    east = radar[3] * dx + radar[4] * dy + radar[5] * dz
    north = radar[6] * dx + radar[7] * dy + radar[8] * dz
    up = radar[9] * dx + radar[10] * dy + radar[11] * dz
    level2 = east * east + north * north
    level = math.sqrt(level2)
    r2 = level2 + up * up
    r = math.sqrt(r2)
    look[0] = math.atan2(east, north)
    look[1] = math.atan2(up, level)
    look[2] = r
    for k in range(3):
        e, n, u = radar[3 + k], radar[6 + k], radar[9 + k]
        slope[0, k] = (north * e - east * n) / level2
        slope[1, k] = (level * u - up * (east * e + north * n) / level) / r2
        slope[2, k] = (east * e + north * n + up * u) / r


@kernel
def extended_predict(mean: Array, cov: Array, duration_s: float) -> None:
    """Move mean (6,) and covariance (6, 6) on, in place."""
    ahead, slope = np.empty(STATES), np.empty((STATES, STATES))
    carried(mean, duration_s, ahead)
    transition(mean, duration_s, slope)
    mean[:] = ahead
    half = np.zeros((STATES, STATES))
    for i in range(STATES):
        for k in range(STATES):
            factor = slope[i, k]
            for j in range(STATES):
                half[i, j] += factor * cov[k, j]
    for i in range(STATES):
        for j in range(i + 1):
            total = 0.0
            for k in range(STATES):
                total += half[i, k] * slope[j, k]
            cov[i, j] = total
            cov[j, i] = total


@kernel
def extended_update(mean: Array, cov: Array, radar: Array, plot: Array) -> None:
    """Update mean (6,) and covariance (6, 6) in place, a component at a time."""
    look, h, cross = np.empty(COMPONENTS), np.empty((COMPONENTS, 3)), np.empty(STATES)
    slope_of_look(mean, radar, look, h)
    x, y, z = mean[0], mean[1], mean[2]
    for m in range(COMPONENTS):
        residual = plot[m] - look[m]
        if m == 0:
            residual -= FULL_TURN * math.floor(residual / FULL_TURN + 0.5)
        residual -= h[m, 0] * (mean[0] - x) + h[m, 1] * (mean[1] - y) + h[m, 2] * (mean[2] - z)
        for i in range(STATES):
            cross[i] = h[m, 0] * cov[i, 0] + h[m, 1] * cov[i, 1] + h[m, 2] * cov[i, 2]
        s = h[m, 0] * cross[0] + h[m, 1] * cross[1] + h[m, 2] * cross[2] + plot[VARIANCES + m]
        gain = 1.0 / s
        for i in range(STATES):
            mean[i] += cross[i] * gain * residual
            for j in range(STATES):
                cov[i, j] -= cross[i] * gain * cross[j]


@kernel
def _spread(mean: Array, cov: Array, points: Array) -> None:
    """Fill points (POINTS, 6): mean +- sqrt(n) columns of the root; kappa 0, all weights alike."""
    lower = np.zeros((STATES, STATES))
    for i in range(STATES):
        for j in range(i + 1):
            total = cov[i, j]
            for k in range(j):
                total -= lower[i, k] * lower[j, k]
            lower[i, j] = math.sqrt(total) if i == j else total / lower[j, j]
    root = math.sqrt(STATES)
    for j in range(STATES):
        for i in range(STATES):
            points[j, i] = mean[i] + root * lower[i, j]
            points[STATES + j, i] = mean[i] - root * lower[i, j]


@kernel
def _carried_points(
    points: Array, looks: Array, mean: Array, middle: Array, radar: Array, duration_s: float
) -> None:
    """Move the points on in place; fill their looks (POINTS, 3), and the means of both."""
    moved = np.empty(STATES)
    mean[:] = 0.0
    middle[:] = 0.0
    for p in range(POINTS):
        carried(points[p], duration_s, moved)
        points[p] = moved
        looked_at(moved, radar, looks[p])
        turn = looks[p, 0] - looks[0, 0]
        looks[p, 0] -= FULL_TURN * math.floor(turn / FULL_TURN + 0.5)
        for i in range(STATES):
            mean[i] += moved[i] / POINTS
        for m in range(COMPONENTS):
            middle[m] += looks[p, m] / POINTS


@kernel
def _point_moments(
    points: Array, looks: Array, mean: Array, middle: Array, cross: Array, s: Array
) -> None:
    """Add to the points' cross covariance with their looks (6, 3), and to that of these (3, 3)."""
    for p in range(POINTS):
        for m in range(COMPONENTS):
            off = (looks[p, m] - middle[m]) / POINTS
            for i in range(STATES):
                cross[i, m] += off * (points[p, i] - mean[i])
            for n in range(COMPONENTS):
                s[m, n] += off * (looks[p, n] - middle[n])


@kernel
def _eliminate(cross: Array, s: Array, residual: Array) -> None:
    """Turn S = L D L^T into D on its diagonal, C into C L^-T, and the residual into L^-1 of it."""
    for m in range(COMPONENTS):
        for n in range(m):
            factor = s[m, n] / s[n, n]
            for i in range(STATES):
                cross[i, m] -= factor * cross[i, n]
            residual[m] -= factor * residual[n]
            for k in range(n, COMPONENTS):
                s[m, k] -= factor * s[n, k]


@kernel
def unscented_step(mean: Array, cov: Array, radar: Array, plot: Array, duration_s: float) -> None:
    """Move mean (6,) and covariance (6, 6) on, and update them in place.

    Julier and Uhlmann 2004 (Proc. IEEE 92-3) with kappa 0; one set of points for both halves, as
    there is no process noise.
    """
    points, looks = np.empty((POINTS, STATES)), np.empty((POINTS, COMPONENTS))
    middle, cross = np.empty(COMPONENTS), np.zeros((STATES, COMPONENTS))
    s = np.diag(plot[VARIANCES:])
    _spread(mean, cov, points)
    _carried_points(points, looks, mean, middle, radar, duration_s)
    _point_moments(points, looks, mean, middle, cross, s)
    residual = plot[:COMPONENTS] - middle
    residual[0] -= FULL_TURN * math.floor(residual[0] / FULL_TURN + 0.5)
    _eliminate(cross, s, residual)
    for i in range(STATES):
        for j in range(i + 1):
            total = 0.0
            for p in range(POINTS):
                total += (points[p, i] - mean[i]) * (points[p, j] - mean[j])
            cov[i, j] = total / POINTS
            for m in range(COMPONENTS):
                cov[i, j] -= cross[i, m] * cross[j, m] / s[m, m]
            cov[j, i] = cov[i, j]
    for i in range(STATES):
        for m in range(COMPONENTS):
            mean[i] += cross[i, m] / s[m, m] * residual[m]


@kernel
def extended_run(mean: Array, cov: Array, radar: Array, plots: Array, interval_s: float) -> None:
    """All plots (n, PLOT_SIZE), one each interval."""
    for p in range(plots.shape[0]):
        extended_predict(mean, cov, interval_s)
        extended_update(mean, cov, radar, plots[p])


@kernel
def unscented_run(mean: Array, cov: Array, radar: Array, plots: Array, interval_s: float) -> None:
    """All plots (n, PLOT_SIZE), one each interval."""
    for p in range(plots.shape[0]):
        unscented_step(mean, cov, radar, plots[p], interval_s)
