"""Slow and obvious twins of the filters' kernels: plain formulas, differences, SciPy."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from tests.trajectory import naive

Array = NDArray[np.float64]


def axes_ecef(lat_deg: float, lon_deg: float) -> Array:
    """Rows east, north, up at a place."""
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    return np.array(
        [
            [-math.sin(lon), math.cos(lon), 0.0],
            [-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)],
            [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)],
        ]
    )


def direction(azimuth: float, elevation: float) -> Array:
    """East, north and up parts of a line of sight."""
    level = math.cos(elevation)
    return np.array([level * math.sin(azimuth), level * math.cos(azimuth), math.sin(elevation)])


class Watcher:
    """A sensor, what it measured, and what it would measure of a state, all by plain formulas."""

    def __init__(
        self, place: Array, axes: Array, measured: tuple[float, float, float, float], sigmas
    ) -> None:
        self.place, self.axes, self.measured = place, axes, measured
        self.sigmas = np.array(sigmas)

    def predicted(self, state: Array) -> Array:
        """Azimuth, elevation (rad), range (m), range rate (m/s)."""
        line = state[:3] - self.place
        east, north, up = self.axes @ line
        distance = math.sqrt(east**2 + north**2 + up**2)
        rate = float(line @ state[3:6]) / distance
        return np.array(
            [math.atan2(east, north), math.atan2(up, math.hypot(east, north)), distance, rate]
        )

    def residual(self, state: Array) -> Array:
        """Measured less predicted, angles on the plane that touches the measured direction.

        The gnomonic projection: Snyder 1987, USGS Professional Paper 1395, equations 22-3 to 22-5.
        """
        azimuth, elevation, distance, rate = self.predicted(state)
        turn = azimuth - self.measured[0]
        middle = self.measured[1]
        cosine = math.sin(middle) * math.sin(elevation) + math.cos(middle) * math.cos(
            elevation
        ) * math.cos(turn)
        across = math.cos(elevation) * math.sin(turn) / cosine
        upward = (
            math.cos(middle) * math.sin(elevation)
            - math.sin(middle) * math.cos(elevation) * math.cos(turn)
        ) / cosine
        return np.array([-across, -upward, self.measured[2] - distance, self.measured[3] - rate])

    def slope(self, state: Array) -> Array:
        """Of the prediction by the state (4, 6): central differences."""
        steps = np.array([10.0, 10.0, 10.0, 1.0, 1.0, 1.0])
        columns = []
        for k, step in enumerate(steps):
            nudge = np.zeros(state.size)
            nudge[k] = step
            columns.append(
                (self.residual(state - nudge) - self.residual(state + nudge)) / (2.0 * step)
            )
        return np.array(columns).T

    def row(self) -> Array:
        """As the kernels read it; columns in the order in which their module lists them."""
        azimuth, elevation, distance, rate = self.measured
        sight = direction(azimuth, elevation)
        across = np.array([math.cos(azimuth), -math.sin(azimuth), 0.0])
        upward = direction(azimuth, elevation + math.pi / 2.0)
        basis = np.array([sight, across, upward]) @ self.axes
        declares_no_biases = np.full(5, np.nan)
        return np.concatenate(
            [self.place, *basis, [distance, rate], self.sigmas, declares_no_biases]
        )


def kalman(mean: Array, cov: Array, watcher: Watcher) -> tuple[Array, Array]:
    """The textbook's update, linear about the mean."""
    slope = np.zeros((4, mean.size))
    slope[:, :6] = watcher.slope(mean)
    innovation_cov = slope @ cov @ slope.T + np.diag(watcher.sigmas**2)
    gain = cov @ slope.T @ np.linalg.inv(innovation_cov)
    return mean + gain @ watcher.residual(mean), (np.eye(mean.size) - gain @ slope) @ cov


def most_likely(mean: Array, cov: Array, watcher: Watcher) -> tuple[Array, Array]:
    """The mode of prior times likelihood, and the inverse of the curvature there."""
    root = np.linalg.cholesky(cov)

    def told(unit: Array) -> Array:
        return np.concatenate([unit, watcher.residual(mean + root @ unit) / watcher.sigmas])

    found = least_squares(told, np.zeros(mean.size), xtol=1e-14, ftol=1e-14, gtol=1e-14)
    return mean + root @ found.x, root @ np.linalg.inv(found.jac.T @ found.jac) @ root.T


def powered(state: Array, duration_s: float) -> Array:
    """Nine states under gravity and a constant force, by SciPy's DOP853."""

    def slope(_t: float, y: Array) -> Array:
        acceleration = naive.acceleration(y[:6], 0.0, None) + y[6:9]
        return np.concatenate([y[3:6], acceleration, np.zeros(3)])

    found = solve_ivp(slope, (0.0, duration_s), state, "DOP853", rtol=1e-12, atol=1e-9)
    return found.y[:, -1]


def powered_transition(state: Array, duration_s: float) -> Array:
    """Its slope by the start (9, 9): central differences."""
    steps = np.array([100.0] * 3 + [1.0] * 3 + [0.1] * 3)
    columns = []
    for k, step in enumerate(steps):
        nudge = np.zeros(9)
        nudge[k] = step
        ahead, behind = powered(state + nudge, duration_s), powered(state - nudge, duration_s)
        columns.append((ahead - behind) / (2.0 * step))
    return np.array(columns).T


def random_walk_of_force(duration_s: float, psd_m2_s5: float) -> Array:
    """Covariance (9, 9) of the triple integral of white noise: its Lyapunov equation, solved."""
    chain = np.zeros((9, 9))
    chain[0:3, 3:6] = chain[3:6, 6:9] = np.eye(3)
    noise = np.zeros((9, 9))
    noise[6:9, 6:9] = psd_m2_s5 * np.eye(3)

    def slope(_t: float, flat: Array) -> Array:
        cov = flat.reshape(9, 9)
        return (chain @ cov + cov @ chain.T + noise).ravel()

    found = solve_ivp(slope, (0.0, duration_s), np.zeros(81), rtol=1e-10, atol=1e-12)
    return found.y[:, -1].reshape(9, 9)


def ascent(
    theta: Array, knots: int, spacing_s: float, place_ecef_m: Array, axes: Array, age_s: float
) -> Array:
    """Position and velocity of an ascent by knots, by SciPy's DOP853 from knot to knot.

    The force turns with the stars: in the Earth-fixed frame it turns back about the axis.
    """
    ages = np.arange(knots) * spacing_s
    sizes, elevations = theta[4 : 4 + knots], theta[4 + knots : 4 + 2 * knots]

    def force(age: float) -> Array:
        size, elevation = np.interp(age, ages, sizes), np.interp(age, ages, elevations)
        turned = -naive.EARTH_ROTATION_RAD_S[2] * age
        turn = np.array(
            [
                [math.cos(turned), -math.sin(turned), 0.0],
                [math.sin(turned), math.cos(turned), 0.0],
                [0.0, 0.0, 1.0],
            ]
        )
        return size * turn @ (axes.T @ direction(theta[3], elevation))

    def slope(age: float, y: Array) -> Array:
        return np.concatenate([y[3:], naive.acceleration(y, 0.0, None) + force(age)])

    state = np.concatenate([place_ecef_m, np.zeros(3)])
    corners = [*ages[ages < age_s], age_s]
    for begin, end in pairwise(corners):
        state = solve_ivp(slope, (begin, end), state, "DOP853", rtol=1e-12, atol=1e-9).y[:, -1]
    return np.concatenate([state, force(age_s)])
