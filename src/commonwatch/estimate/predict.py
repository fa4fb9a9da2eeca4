"""Where a track will come down, and how high it goes, from what is known now."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from commonwatch.estimate.coast_filter import CoastFilter, coast_from, coast_from_state
from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.trajectory.kernels import cubature as column
from commonwatch.trajectory.kernels.arc import DONE, STILL_UP
from commonwatch.trajectory.kernels.cubature import GROUND_SIZE, come_down

# Beyond two hours no impact is told: assessments contract.
HORIZON_S = 7200.0
# Spreads too wide for the points to come down together are drawn in, and the answer widened again.
WIDENED_BY = 16.0
WIDENED_MAX = 4096.0


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
class Outlook:
    """What is ahead: a descent, or the probability that there is none within the horizon."""

    descent: Descent | None
    orbital_probability: float


def outlook_of_coast(coast: CoastFilter) -> Outlook:
    """What a coasting estimate leads to."""
    coast = coast.without_biases()
    ground = np.empty(GROUND_SIZE)
    status = come_down(coast.mean, coast.points(), HORIZON_S, ground)
    staying = 1.0 - float(ground[column.TOP_SEEN]) / column.POINTS if status == DONE else 1.0
    widen = 1.0
    while status == DONE and ground[column.TOP_SEEN] < column.POINTS and widen < WIDENED_MAX:
        widen *= WIDENED_BY
        narrow = coast_from(coast.time_s, coast.mean, coast.cov / widen)
        status = come_down(narrow.mean, narrow.points(), HORIZON_S, ground)
    if status == STILL_UP:
        return Outlook(None, staying)
    if status != DONE or ground[column.TOP_SEEN] < column.POINTS:
        return Outlook(None, 0.0)
    ee, en, nn = (
        float(ground[k]) * widen for k in (column.GROUND_EE, column.GROUND_EN, column.GROUND_NN)
    )
    descent = Descent(
        coast.time_s + float(ground[column.GROUND_TIME]),
        math.sqrt(float(ground[column.GROUND_TT]) * widen),
        float(ground[column.GROUND_LAT]),
        float(ground[column.GROUND_LON]),
        ((ee, en), (en, nn)),
        coast.time_s + float(ground[column.TOP_TIME]),
        float(ground[column.TOP_HEIGHT]),
        math.sqrt(float(ground[column.TOP_HEIGHT_VARIANCE]) * widen),
    )
    return Outlook(descent, staying)


def outlook_if_thrust_ends(powered: PoweredFilter) -> Outlook:
    """What a burning object's estimate leads to if its thrust ends now."""
    return outlook_of_coast(coast_from_state(powered.time_s, powered.mean, powered.cov))
