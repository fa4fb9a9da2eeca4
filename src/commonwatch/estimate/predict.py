"""Where a track will come down, and how high it goes, from what is known now."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.coast_filter import CoastFilter, coast_from, coast_from_state
from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.trajectory.ellipse import CHI_SQUARE_2_95
from commonwatch.trajectory.kernels import cubature as column
from commonwatch.trajectory.kernels.arc import DONE, STILL_UP, height_m
from commonwatch.trajectory.kernels.coast_step import COAST_WORK_ROWS, coast_forward
from commonwatch.trajectory.kernels.cubature import GROUND_SIZE, OFFSETS, come_down

Array = NDArray[np.float64]

# Beyond two hours no impact is told: assessments contract.
HORIZON_S = 7200.0
# Spreads too wide for the points to come down together are drawn in, and the answer widened again.
WIDENED_BY = 16.0
WIDENED_MAX = 4096.0
# An ellipse that reaches further than a quarter of the way round the Earth to either side says
# nothing of where it comes down.
REACH_MAX_M = 10_000e3
# Between two full answers, so far apart at most, the scatter follows from the last one's slopes:
# where these are nearly all of it, it has not widened since, and no air is felt.
LEAN_FOR_S = 10.0
CURVED_MAX = 1.01
WIDER_MAX = 1.2
LEAN_ABOVE_M = 60e3
NO_POINTS = np.empty((0, column.COAST_STATES))


@dataclass(frozen=True, slots=True)
class Descent:
    """The point of impact with covariance on its east-north plane (m2).

    Apogee ahead (None once passed).
    """

    impact_s: float
    impact_sigma_s: float
    lat_rad: float
    lon_rad: float
    cov_en_m2: tuple[tuple[float, float], tuple[float, float]]
    apogee_s: float
    apogee_m: float
    apogee_sigma_m: float


@dataclass(frozen=True, slots=True)
class Slopes:
    """How impact and apogee follow from a coasting state: what a full answer leaves to lean on.

    `matrix` (4, 7): impact east and north (m), its time (s) and the apogee's height (m) by the
    state at `time_s`, whose estimate had `spread_m` and `spread_m_s` at `full_s`, when all points
    were flown; `curved` is by how much their variances were more than the slopes say.
    """

    full_s: float
    time_s: float
    matrix: Array
    curved: float
    spread_m: float
    spread_m_s: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is ahead: a descent, or the probability that there is none within the horizon.

    `slopes`: what the next one may lean on.
    """

    descent: Descent | None
    orbital_probability: float
    slopes: Slopes | None = None


def outlook_of_coast(coast: CoastFilter, before: Outlook | None = None) -> Outlook:
    """What a coasting estimate leads to; it may lean on what was worked out of it just before."""
    coast = coast.without_biases()
    leant = None if before is None else leant_on(coast, before)
    return full_outlook(coast) if leant is None else leant


def leant_on(coast: CoastFilter, before: Outlook) -> Outlook | None:
    """What a coasting estimate (7 states) leads to by slopes worked out just before, if it may."""
    slopes = before.slopes
    if slopes is None or not _may_lean(coast, slopes):
        return None
    return _leant_outlook(coast, slopes)


def full_outlook(coast: CoastFilter) -> Outlook:
    """What a coasting estimate (7 states) leads to, every point flown to the ground."""
    ground, offsets = np.empty(GROUND_SIZE), np.empty((column.POINTS, OFFSETS))
    points = coast.points()
    status = come_down(coast.mean, points, HORIZON_S, ground, offsets)
    staying = 1.0 - float(ground[column.TOP_SEEN]) / column.POINTS if status == DONE else 1.0
    widen = 1.0
    while status == DONE and ground[column.TOP_SEEN] < column.POINTS and widen < WIDENED_MAX:
        widen *= WIDENED_BY
        narrow = coast_from(coast.time_s, coast.mean, coast.cov / widen)
        status = come_down(narrow.mean, narrow.points(), HORIZON_S, ground, offsets)
    if status == STILL_UP:
        return Outlook(None, staying)
    if status != DONE or ground[column.TOP_SEEN] < column.POINTS:
        return Outlook(None, 0.0)
    descent = _descent(coast.time_s, ground, widen)
    if _reach_m(descent) > REACH_MAX_M:
        return Outlook(None, staying)
    slopes = _slopes(coast, points, offsets, ground) if widen == 1.0 else None
    return Outlook(descent, staying, slopes)


def _reach_m(descent: Descent) -> float:
    """Long semi-axis (m) of the ellipse that holds an impact in 95 % of cases."""
    (ee, en), (_ne, nn) = descent.cov_en_m2
    longest = 0.5 * (ee + nn) + math.hypot(0.5 * (ee - nn), en)
    return math.sqrt(CHI_SQUARE_2_95 * longest)


def _descent(time_s: float, ground: Array, widen: float) -> Descent:
    """A ground row as a descent, its variances so many times wider."""
    ee, en, nn = (
        float(ground[k]) * widen for k in (column.GROUND_EE, column.GROUND_EN, column.GROUND_NN)
    )
    return Descent(
        time_s + float(ground[column.GROUND_TIME]),
        math.sqrt(float(ground[column.GROUND_TT]) * widen),
        float(ground[column.GROUND_LAT]),
        float(ground[column.GROUND_LON]),
        ((ee, en), (en, nn)),
        time_s + float(ground[column.TOP_TIME]),
        float(ground[column.TOP_HEIGHT]),
        math.sqrt(float(ground[column.TOP_HEIGHT_VARIANCE]) * widen),
    )


def _slopes(coast: CoastFilter, points: Array, offsets: Array, ground: Array) -> Slopes | None:
    """Slopes from opposite points, where they are nearly all that there is to the scatter."""
    half = column.COAST_STATES
    root = (points[:half] - points[half:]).T
    matrix = (offsets[:half] - offsets[half:]).T @ np.linalg.inv(root)
    told = matrix[:2] @ coast.cov @ matrix[:2].T
    scatter_m2 = float(ground[column.GROUND_EE] + ground[column.GROUND_NN])
    curved = scatter_m2 / float(told[0, 0] + told[1, 1])
    if not curved < CURVED_MAX:
        return None
    return Slopes(coast.time_s, coast.time_s, matrix, max(curved, 1.0), *_spreads(coast))


def _spreads(coast: CoastFilter) -> tuple[float, float]:
    """Roots of the traces of place (m) and velocity (m/s)."""
    variances = coast.cov.diagonal()[:6].tolist()
    return math.sqrt(sum(variances[:3])), math.sqrt(sum(variances[3:]))


def _may_lean(coast: CoastFilter, slopes: Slopes) -> bool:
    """Whether an estimate is close to the one whose points were flown, and still above the air."""
    if not slopes.time_s < coast.time_s <= slopes.full_s + LEAN_FOR_S:
        return False
    spread_m, spread_m_s = _spreads(coast)
    if spread_m > WIDER_MAX * slopes.spread_m or spread_m_s > WIDER_MAX * slopes.spread_m_s:
        return False
    return height_m(coast.mean) > LEAN_ABOVE_M


def _leant_outlook(coast: CoastFilter, slopes: Slopes) -> Outlook | None:
    """The mean flown to the ground, its scatter by slopes carried on; None where it stays up."""
    ground, offsets = np.empty(GROUND_SIZE), np.empty((0, OFFSETS))
    if come_down(coast.mean, NO_POINTS, HORIZON_S, ground, offsets) != DONE:
        return None
    _, transition = carried_with_slope(coast.mean, slopes.time_s - coast.time_s)
    matrix = slopes.matrix @ transition
    cov = slopes.curved * (matrix @ coast.cov @ matrix.T)
    ground[column.GROUND_EE], ground[column.GROUND_EN] = cov[0, 0], cov[0, 1]
    ground[column.GROUND_NN], ground[column.GROUND_TT] = cov[1, 1], cov[2, 2]
    ground[column.TOP_HEIGHT_VARIANCE] = cov[3, 3]
    descent = _descent(coast.time_s, ground, 1.0)
    carried = replace(slopes, time_s=coast.time_s, matrix=matrix)
    return Outlook(descent, 0.0, carried)


def carried_with_slope(mean: Array, duration_s: float) -> tuple[Array, Array]:
    """The state (7,) at another time, and its slope (7, 7) by the state now.

    A covariance with constants that are the state's own: what they have in common is the slope.
    """
    n = column.COAST_STATES
    state, cov = np.zeros(2 * n), np.zeros((2 * n, 2 * n))
    state[:n] = mean
    cov[:n, n:] = cov[n:, :n] = np.eye(n)
    coast_forward(state, cov, duration_s, np.empty((COAST_WORK_ROWS, 2 * n)))
    return state[:n], cov[:n, n:]


def outlook_if_thrust_ends(powered: PoweredFilter) -> Outlook:
    """What a burning object's estimate leads to if its thrust ends now."""
    return outlook_of_coast(coast_from_state(powered.time_s, powered.mean, powered.cov))
