"""A re-entry seen by one radar, as papers set it: truth, plots, our filters, and the bound.

The bound is the posterior Cramer-Rao one (Tichavsky, Muravchik and Nehorai 1998, IEEE TSP 46-5),
along the flight without process noise, from equations of motion and differences of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import erfa
import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from commonwatch.trajectory.kernels import measurement as column
from commonwatch.trajectory.kernels.arc import coast
from commonwatch.trajectory.kernels.coast_step import COAST_WORK_ROWS, coast_forward
from commonwatch.trajectory.kernels.cubature import COAST_STATES, carry, moments, spread
from commonwatch.trajectory.kernels.update import update
from tests.trajectory import naive, naive_filters

Array = NDArray[np.float64]

TWIN_STEP_S = 0.25
# U.S. Standard Atmosphere 1976, table I: height (km) and density (kg/m3) where the layers end.
DENSITY_ABOVE_86_KM = {86.0: 6.958e-6, 90.0: 3.416e-6, 95.0: 1.393e-6, 100.0: 5.604e-7}
NUDGES = np.array([10.0] * 3 + [1.0] * 3 + [1e-3])


@dataclass(frozen=True)
class Radar:
    """Where it stands (ECEF m), its east, north, up (rows), sigmas across, up (rad), range (m)."""

    place: Array
    axes: Array
    sigmas: tuple[float, float, float]

    def seen(self, state: Array, noise: Array) -> Array:
        """The measurement row of a state; noise (3,) is unit normal: across, upward, range."""
        line = state[:3] - self.place
        distance = float(np.linalg.norm(line))
        sight = line / distance
        across = np.cross(sight, self.axes[2])
        across /= np.linalg.norm(across)
        upward = np.cross(across, sight)
        sight = sight + self.sigmas[0] * noise[0] * across + self.sigmas[1] * noise[1] * upward
        sight /= np.linalg.norm(sight)
        across = np.cross(sight, self.axes[2])
        across /= np.linalg.norm(across)
        row = np.full(column.MEASUREMENT_SIZE, np.nan)
        row[column.SENSOR : column.SENSOR + 3] = self.place
        row[column.SIGHT : column.SIGHT + 3] = sight
        row[column.ACROSS : column.ACROSS + 3] = across
        row[column.UPWARD : column.UPWARD + 3] = np.cross(across, sight)
        row[column.RANGE] = distance + self.sigmas[2] * noise[2]
        row[[column.SIGMA_ACROSS, column.SIGMA_UPWARD, column.SIGMA_RANGE]] = self.sigmas
        return row

    def information(self, state: Array) -> Array:
        """What one plot tells of a state (7, 7), by differences."""
        east, north, up = self.axes @ (state[:3] - self.place)
        distance = math.sqrt(east**2 + north**2 + up**2)
        angles = (math.atan2(east, north), math.atan2(up, math.hypot(east, north)))
        watcher = naive_filters.Watcher(
            self.place, self.axes, (*angles, distance, 0.0), (*self.sigmas, 1.0)
        )
        slope = np.zeros((3, COAST_STATES))
        slope[:, :6] = watcher.slope(state[:6])[:3] / np.array(self.sigmas)[:, None]
        return slope.T @ slope


def radar_at(lat_deg: float, lon_deg: float, sigmas: tuple[float, float, float]) -> Radar:
    """A radar on the ellipsoid."""
    place = erfa.gd2gc(naive.WGS84_ERFA, math.radians(lon_deg), math.radians(lat_deg), 0.0)
    return Radar(np.array(place), naive_filters.axes_ecef(lat_deg, lon_deg), sigmas)


@dataclass(frozen=True)
class SetUp:
    """A flight (7 states at the first plot), its radar, plots `interval_s` apart, and the noises.

    `psd_m2_s3` of the acceleration on each axis; `walk` of the coefficient's logarithm, 1/sqrt(s).
    """

    radar: Radar
    start: Array
    interval_s: float
    plots: int
    psd_m2_s3: float
    walk: float = 0.0

    def noise_cov(self) -> Array:
        """Of one interval (7, 7); Bar-Shalom, Li and Kirubarajan 2001, section 6.2.2."""
        t = self.interval_s
        cov = np.zeros((COAST_STATES, COAST_STATES))
        axis = np.array([[t**3 / 3.0, t**2 / 2.0], [t**2 / 2.0, t]])
        cov[:6, :6] = self.psd_m2_s3 * np.kron(axis, np.eye(3))
        cov[6, 6] = self.walk**2 * t
        return cov

    def flown(self, rng: np.random.Generator | None) -> Array:
        """True states (plots, 7), with the noise that a generator draws."""
        root = np.zeros((COAST_STATES, COAST_STATES))
        if rng is not None:
            values, vectors = np.linalg.eigh(self.noise_cov())
            root = vectors * np.sqrt(np.maximum(values, 0.0))
        states = [self.start]
        for _ in range(self.plots - 1):
            moved = moved_by_kernel(states[-1], self.interval_s)
            noise = 0.0 if rng is None else root @ rng.standard_normal(COAST_STATES)
            states.append(moved + noise)
        return np.array(states)

    def bounds(self, first_cov: Array, since: int) -> Array:
        """Smallest covariances (plots - since, 7, 7), given what is known at plot `since`."""
        states = self.flown(None)
        cov = first_cov
        covs = [cov]
        for before, after in zip(states[since:-1], states[since + 1 :], strict=True):
            transition = transition_by_differences(before, self.interval_s)
            predicted = transition @ cov @ transition.T + self.noise_cov()
            cov = np.linalg.inv(np.linalg.inv(predicted) + self.radar.information(after))
            covs.append(cov)
        return np.array(covs)


def moved_by_kernel(state: Array, duration_s: float) -> Array:
    """By our compiled arc."""
    out = state.copy()
    coast(state[:6], math.exp(state[6]), duration_s, out[:6])
    return out


@cache
def _log_density_table() -> tuple[Array, Array]:
    heights = np.arange(-2000.0, 86e3, 250.0)
    density = [naive.density_to_86_km(float(h)) for h in heights]
    above = DENSITY_ABOVE_86_KM
    return (
        np.concatenate([heights, 1e3 * np.array(list(above))]),
        np.log([*density, *above.values()]),
    )


def density_at(height_m: float) -> float:
    """Of the standard's equations, by interpolation."""
    heights, logs = _log_density_table()
    return math.exp(float(np.interp(height_m, heights, logs)))


def moved_by_twin(state: Array, duration_s: float) -> Array:
    """By the classical Runge-Kutta method on plain equations of motion."""
    inverse_bc = math.exp(state[6])

    def slope(y: Array) -> Array:
        return np.concatenate([y[3:], naive.acceleration(y, inverse_bc, density_at)])

    steps = max(1, round(duration_s / TWIN_STEP_S))
    h, y = duration_s / steps, state[:6]
    for _ in range(steps):
        k1 = slope(y)
        k2 = slope(y + 0.5 * h * k1)
        k3 = slope(y + 0.5 * h * k2)
        k4 = slope(y + h * k3)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return np.append(y, state[6])


def transition_by_differences(state: Array, duration_s: float, moved=moved_by_twin) -> Array:
    """Slope (7, 7) of the flight by its start."""
    columns = []
    for k, nudge in enumerate(NUDGES):
        off = np.zeros(COAST_STATES)
        off[k] = nudge
        columns.append(
            (moved(state + off, duration_s) - moved(state - off, duration_s)) / 2 / nudge
        )
    return np.array(columns).T


Predict = Callable[[Array, Array, float], tuple[Array, Array]]


def cubature(mean: Array, cov: Array, duration_s: float) -> tuple[Array, Array]:
    """Our cubature filter's step in time, without process noise."""
    points = np.empty((2 * mean.size, mean.size))
    moved = np.empty_like(points)
    assert spread(mean, cov, points)
    carry(points, duration_s, moved)
    new_mean, new_cov = np.empty_like(mean), np.empty_like(cov)
    moments(moved, new_mean, new_cov)
    return new_mean, new_cov


def extended(mean: Array, cov: Array, duration_s: float) -> tuple[Array, Array]:
    """Our extended filter's step in time, without process noise."""
    new_mean, new_cov = mean.copy(), cov.copy()
    coast_forward(new_mean, new_cov, duration_s, np.empty((COAST_WORK_ROWS, mean.size)))
    return new_mean, new_cov


def extended_by_differences(mean: Array, cov: Array, duration_s: float) -> tuple[Array, Array]:
    """Its twin: the mean's arc, and the arc's slope by differences."""
    transition = transition_by_differences(mean, duration_s, moved_by_kernel)
    return moved_by_kernel(mean, duration_s), transition @ cov @ transition.T


def filtered(
    set_up: SetUp, rows: Array, mean: Array, cov: Array, predict: Predict
) -> tuple[Array, Array]:
    """Means (n, 7) and covariances (n, 7, 7): the first as given, then after each row."""
    noise = set_up.noise_cov()
    means, covs = [mean], [cov]
    for row in rows:
        ahead, wide = predict(means[-1], covs[-1], set_up.interval_s)
        mean, cov = np.empty_like(ahead), np.empty_like(wide)
        assert update(ahead, wide + noise, row, mean, cov) == 3
        means.append(mean)
        covs.append(cov)
    return np.array(means), np.array(covs)


def first_estimate(rows: Array, interval_s: float) -> tuple[Array, Array]:
    """Position and velocity (6,), (6, 6) at the second of two plots, by their difference."""
    points, covs = [], []
    for row in rows:
        distance = row[column.RANGE]
        basis = row[column.SIGHT : column.SIGHT + 9].reshape(3, 3)
        sigmas = np.array(
            [
                row[column.SIGMA_RANGE],
                distance * row[column.SIGMA_ACROSS],
                distance * row[column.SIGMA_UPWARD],
            ]
        )
        points.append(row[column.SENSOR : column.SENSOR + 3] + distance * basis[0])
        covs.append((basis.T * sigmas**2) @ basis)
    t = interval_s
    mean = np.concatenate([points[1], (points[1] - points[0]) / t])
    both = covs[1] / t
    return mean, np.block([[covs[1], both], [both, (covs[0] + covs[1]) / t**2]])


def band(components: int, runs: int, chance: float = 1e-3) -> tuple[float, float]:
    """Where the mean of `runs` squared normalised errors lies but for so rare a chance."""
    low, high = chi2.ppf([chance / 2.0, 1.0 - chance / 2.0], components * runs) / runs
    return float(low), float(high)
