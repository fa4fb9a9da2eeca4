"""From where and when was it launched? A powered ascent from rest, fitted to early plots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.trajectory.kernels import ascent_fit as column
from commonwatch.trajectory.kernels import measurement as measured
from commonwatch.trajectory.kernels.ascent_fit import KNOTS_START, PRIOR_SIZE, fit_ascent
from commonwatch.trajectory.kernels.geodesy import enu_from_ecef_rotation, geodetic_from_ecef
from commonwatch.trajectory.kernels.measurement import SENSOR, SIGHT

Array = NDArray[np.float64]

KNOT_SPACING_S = 10.0
KNOTS_MAX = 18
MEAN_EARTH_RADIUS_M = 6_371_008.8
# Height at which a plume shows above cloud and haze, for a first guess.
FIRST_SEEN_HEIGHT_M = 9_000.0
HEADINGS_TRIED = 6
# Two answers are the same where they end with the same velocity; one is ruled out at odds of one in
# 3,000.
SAME_SPEED_M_S = 30.0
# No fit beyond these is one: its cost over all plots and priors, and its speed at the last plot.
COST_MAX = 1e6
SPEED_MAX_M_S = 12_000.0
COST_RULED_OUT = 16.0


@dataclass(frozen=True, slots=True)
class AscentFit:
    """A fitted ascent: launch with covariance (s, east m, north m), state at the last plot.

    `cost` is the sum of squared residuals over sigma of `components` numbers and the priors.
    """

    launch_s: float
    lat_rad: float
    lon_rad: float
    cov: Array
    last: PoweredFilter
    cost: float
    components: int


def _prior(infrared_first: bool) -> Array:
    """What any booster is like: thrust of 1.5 to 3 weights at first, rising.

    Upright at first, then turning.
    """
    prior = np.zeros(PRIOR_SIZE)
    prior[column.FORCE_FIRST] = 22.0
    prior[column.FORCE_FIRST_SIGMA] = 5.0
    prior[column.FORCE_SLOPE] = 2.5
    prior[column.FORCE_WALK] = 6.0
    prior[column.ELEVATION_FIRST_SIGMA] = math.radians(1.5)
    prior[column.TURN_RATE] = math.radians(8.0)
    prior[column.TURN_WALK] = math.radians(12.0)
    prior[column.STEADY_WALK] = math.radians(2.5)
    prior[column.TURN_END_S] = 45.0
    prior[column.FIRST_SEEN_S] = 40.0
    prior[column.FIRST_SEEN_SIGMA_S] = 12.0 if infrared_first else 0.0
    prior[column.MODEL_SIGMA_M] = 60.0
    return prior


@dataclass(frozen=True, slots=True)
class _Guess:
    """Where to start the search."""

    launch_s: float
    lat_rad: float
    lon_rad: float
    azimuth_rad: float
    elevation_rad: float
    force_m_s2: float


def _guess_from_state(state: PoweredFilter) -> _Guess:
    """A first guess from a state on the way up: so high, so fast, so steep."""
    lat, lon, height = geodetic_from_ecef(*state.mean[0:3])
    rotation = np.empty((3, 3))
    enu_from_ecef_rotation(lat, lon, rotation)
    east, north, up = rotation @ state.mean[3:6]
    # Between constant acceleration (2) and a rising one (3).
    age_s = min(max(2.5 * height / max(up, 50.0), 15.0), 400.0)
    back_m = 0.36 * age_s
    level = math.hypot(east, north)
    return _Guess(
        state.time_s - age_s,
        lat - back_m * north / MEAN_EARTH_RADIUS_M,
        lon - back_m * east / (MEAN_EARTH_RADIUS_M * math.cos(lat)),
        math.atan2(east, north),
        min(max(math.atan2(up, level), 0.3), 1.55),
        30.0,
    )


def _guesses_from_sight(time_s: float, row: Array) -> tuple[_Guess, ...]:
    """First guesses from a line of sight: its point at the height of first sight, all headings."""
    place, sight = row[SENSOR : SENSOR + 3], row[SIGHT : SIGHT + 3]
    low, high = 0.0, float(-place @ sight)
    for _ in range(60):
        middle = 0.5 * (low + high)
        if geodetic_from_ecef(*(place + middle * sight))[2] > FIRST_SEEN_HEIGHT_M:
            low = middle
        else:
            high = middle
    lat, lon, _height = geodetic_from_ecef(*(place + low * sight))
    turns = (2.0 * math.pi * k / HEADINGS_TRIED for k in range(HEADINGS_TRIED))
    return tuple(_Guess(time_s - 40.0, lat, lon, turn, math.radians(65.0), 25.0) for turn in turns)


def _start(guess: _Guess, knots: int, spacing_s: float) -> Array:
    """The parameters to start from."""
    theta = np.zeros(KNOTS_START + 2 * knots)
    theta[column.LIFT_OFF_S] = guess.launch_s
    theta[column.AZIMUTH_RAD] = guess.azimuth_rad
    ages = np.arange(knots) * spacing_s
    theta[KNOTS_START : KNOTS_START + knots] = 20.0 + (guess.force_m_s2 - 20.0) * np.minimum(
        ages / 60.0, 1.0
    )
    turned = np.minimum(ages / 40.0, 1.0)
    theta[KNOTS_START + knots :] = 0.5 * math.pi - (0.5 * math.pi - guess.elevation_rad) * turned
    return theta


def _fit(guess: _Guess, times_s: Array, rows: Array, prior: Array) -> AscentFit | None:
    """The ascent that a guess leads to, or None where none is found."""
    origin_s = times_s[0]
    age_s = times_s[-1] - guess.launch_s
    knots = min(max(4, math.ceil(age_s * 1.15 / KNOT_SPACING_S) + 1), KNOTS_MAX)
    spacing_s = max(KNOT_SPACING_S, age_s * 1.15 / (knots - 1))
    theta = _start(guess, knots, spacing_s)
    theta[column.LIFT_OFF_S] -= origin_s
    reference = np.array([guess.lat_rad, guess.lon_rad])
    n = theta.size
    cov, last, last_cov = np.empty((n, n)), np.empty(9), np.empty((9, 9))
    try:
        cost = fit_ascent(
            theta, knots, spacing_s, reference, times_s - origin_s, rows, prior, cov, last, last_cov
        )
    except np.linalg.LinAlgError:
        return None
    lat_rad = guess.lat_rad + theta[column.NORTH_M] / MEAN_EARTH_RADIUS_M
    if not (cost < COST_MAX and abs(lat_rad) < 0.5 * math.pi and _is_sane(cov, last, last_cov)):
        return None
    return AscentFit(
        origin_s + theta[column.LIFT_OFF_S],
        lat_rad,
        guess.lon_rad + theta[column.EAST_M] / (MEAN_EARTH_RADIUS_M * math.cos(guess.lat_rad)),
        0.5 * (cov[:3, :3] + cov[:3, :3].T),
        PoweredFilter(float(times_s[-1]), last, 0.5 * (last_cov + last_cov.T) + _MODEL_COV),
        cost,
        int(np.isfinite(rows[:, 12:14]).sum() + 2 * times_s.size),
    )


def _is_sane(cov: Array, last: Array, last_cov: Array) -> bool:
    """Whether a fit's covariances are positive definite and the speed a booster's."""
    if not (
        np.all(np.isfinite(cov)) and np.all(np.isfinite(last_cov)) and np.all(np.isfinite(last))
    ):
        return False
    smallest = min(
        np.linalg.eigvalsh(0.5 * (one + one.T))[0] for one in (cov[:3, :3], last_cov + _MODEL_COV)
    )
    return bool(smallest > 0.0 and np.linalg.norm(last[3:6]) < SPEED_MAX_M_S)


# What a profile by knots leaves out of the state at its end: 60 m, 10 m/s, 5 m/s2.
_MODEL_COV = np.diag([60.0**2] * 3 + [10.0**2] * 3 + [5.0**2] * 3)


def fit_launch(
    times_s: Array, rows: Array, infrared_first: bool, state: PoweredFilter | None
) -> AscentFit | None:
    """The ascent behind plots at `times_s` (n,), rising, as measurement rows (n, MEASUREMENT_SIZE).

    `state` is an estimate on the way up, where there is one; without it the plots are lines of
    sight, and all headings are tried.
    """
    prior = _prior(infrared_first)
    guesses = (
        (_guess_from_state(state),)
        if state is not None
        else _guesses_from_sight(times_s[0], rows[0])
    )
    fits = [fit for guess in guesses if (fit := _fit(guess, times_s, rows, prior)) is not None]
    fits.sort(key=lambda fit: fit.cost)
    return _shifted_by_biases(_mixed(_distinct(fits)), rows) if fits else None


def _shifted_by_biases(fit: AscentFit, rows: Array) -> AscentFit:
    """Less sure by what constant errors of the sensors may shift: all plots, and the launch."""
    ranged = rows[~np.isnan(rows[:, measured.BIAS_AT]) & ~np.isnan(rows[:, measured.RANGE])]
    if not len(ranged):
        return fit
    across = ranged[:, measured.BIAS_SIGMA_ACROSS : measured.BIAS_SIGMA_UPWARD + 1].max(axis=1)
    shift_m2 = (ranged[:, measured.RANGE] * across) ** 2 + ranged[:, measured.BIAS_SIGMA_RANGE] ** 2
    cov = fit.cov + np.diag([0.0, 1.0, 1.0]) * float(shift_m2.mean())
    return replace(fit, cov=cov)


def _distinct(fits: Sequence[AscentFit]) -> list[AscentFit]:
    """The answers that differ and that the plots do not rule out, best first."""
    kept: list[AscentFit] = []
    for fit in fits:
        apart = (
            np.linalg.norm((fit.last.mean - one.last.mean)[3:6]) > SAME_SPEED_M_S for one in kept
        )
        if fit.cost < fits[0].cost + COST_RULED_OUT and all(apart):
            kept.append(fit)
    return kept


def _mixed(fits: Sequence[AscentFit]) -> AscentFit:
    """Several answers as one, with all their spread: one satellite takes towards for away."""
    if len(fits) == 1:
        return fits[0]
    costs = np.array([fit.cost for fit in fits])
    weights = np.exp(-0.5 * (costs - costs[0]))
    weights /= weights.sum()
    best = fits[0]
    east = MEAN_EARTH_RADIUS_M * math.cos(best.lat_rad)
    launches = np.array(
        [
            (
                fit.launch_s - best.launch_s,
                east * (fit.lon_rad - best.lon_rad),
                MEAN_EARTH_RADIUS_M * (fit.lat_rad - best.lat_rad),
            )
            for fit in fits
        ]
    )
    launch, launch_cov = _moments(weights, launches, [fit.cov for fit in fits])
    last, last_cov = _moments(
        weights, np.array([fit.last.mean for fit in fits]), [fit.last.cov for fit in fits]
    )
    return replace(
        best,
        launch_s=best.launch_s + float(launch[0]),
        lat_rad=best.lat_rad + float(launch[2]) / MEAN_EARTH_RADIUS_M,
        lon_rad=best.lon_rad + float(launch[1]) / east,
        cov=launch_cov,
        last=PoweredFilter(best.last.time_s, last, last_cov),
    )


def _moments(weights: Array, means: Array, covs: Sequence[Array]) -> tuple[Array, Array]:
    """Mean and covariance of a mixture of Gaussians."""
    mean = weights @ means
    total = np.zeros_like(covs[0])
    for weight, one, cov in zip(weights, means, covs, strict=True):
        total += weight * (cov + np.outer(one - mean, one - mean))
    return mean, total
