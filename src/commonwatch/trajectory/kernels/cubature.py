"""Cubature points of a coasting estimate, carried along their own arcs."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.arc import (
    APOGEE_HEIGHT,
    APOGEE_TIME,
    DONE,
    EVENT_SIZE,
    IMPACT_STATE,
    IMPACT_TIME,
    coast,
    fly_to_ground_within,
)
from commonwatch.trajectory.kernels.geodesy import enu_from_ecef_rotation, geodetic_from_ecef
from commonwatch.trajectory.kernels.jit import borrowing_kernel, kernel

# Position, velocity, and the natural logarithm of the inverse ballistic coefficient (m2/kg).
COAST_STATES = 7
POINTS = 2 * COAST_STATES

# The points' scatter is metres and more; a centimetre for each is enough.
IMPACT_TOLERANCE_M = 0.01

# Columns of a ground row: where and when the points come down, and how they scatter.
GROUND_LAT = 0
GROUND_LON = 1
GROUND_TIME = 2
GROUND_EE = 3
GROUND_EN = 4
GROUND_NN = 5
GROUND_TT = 6
TOP_TIME = 7
TOP_HEIGHT = 8
TOP_HEIGHT_VARIANCE = 9
TOP_SEEN = 10
GROUND_SIZE = 11
# Impact east, north and when, and the apogee's height: what points are compared by.
OFFSETS = 4


@kernel
def spread(mean: np.ndarray, cov: np.ndarray, points: np.ndarray) -> bool:
    """Fill cubature points (POINTS, COAST_STATES): mean +- sqrt(n) columns of the cov's root.

    Arasaratnam and Haykin 2009 (IEEE TAC 54-6). Returns False where the covariance is not positive
    definite.
    """
    n = mean.size
    lower = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            total = cov[i, j]
            for k in range(j):
                total -= lower[i, k] * lower[j, k]
            if i == j:
                if not total > 0.0:
                    return False
                lower[i, i] = math.sqrt(total)
            else:
                lower[i, j] = total / lower[j, j]
    root = math.sqrt(float(n))
    for j in range(n):
        for i in range(n):
            points[j, i] = mean[i] + root * lower[i, j]
            points[n + j, i] = mean[i] - root * lower[i, j]
    return True


@borrowing_kernel
def moments(points: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> None:
    """Fill mean (n,) and covariance (n, n) of equally weighted points."""
    count, n = points.shape
    for i in range(n):
        total = 0.0
        for p in range(count):
            total += points[p, i]
        mean[i] = total / count
    for i in range(n):
        for j in range(i + 1):
            total = 0.0
            for p in range(count):
                total += (points[p, i] - mean[i]) * (points[p, j] - mean[j])
            cov[i, j] = total / count
            cov[j, i] = total / count


@kernel
def carry(points: np.ndarray, duration_s: float, moved: np.ndarray) -> int:
    """Fill `moved` with the points `duration_s` later, each along its own arc.

    First bad status, or DONE.
    """
    status = DONE
    for p in range(points.shape[0]):
        one = coast(points[p, 0:6], math.exp(points[p, 6]), duration_s, moved[p, 0:6])
        if one != DONE and status == DONE:
            status = one
        moved[p, 6:] = points[p, 6:]
    return status


@kernel
def _offsets(
    points: np.ndarray, max_s: float, centre: np.ndarray, rotation: np.ndarray, offsets: np.ndarray
) -> int:
    """Fill each point's impact and apogee (POINTS, OFFSETS) against an event row.

    Columns: impact east and north (m) and its time (s), apogee's height (m). Returns how many
    points come down; rows of those that do not are left as they are.
    """
    event = np.empty(EVENT_SIZE)
    down = 0
    for p in range(points.shape[0]):
        status = fly_to_ground_within(
            points[p, 0:6], math.exp(points[p, 6]), max_s, IMPACT_TOLERANCE_M, event
        )
        if status != DONE:
            continue
        down += 1
        dx = event[IMPACT_STATE] - centre[IMPACT_STATE]
        dy = event[IMPACT_STATE + 1] - centre[IMPACT_STATE + 1]
        dz = event[IMPACT_STATE + 2] - centre[IMPACT_STATE + 2]
        for k in range(2):
            offsets[p, k] = rotation[k, 0] * dx + rotation[k, 1] * dy + rotation[k, 2] * dz
        offsets[p, 2] = event[IMPACT_TIME] - centre[IMPACT_TIME]
        offsets[p, 3] = event[APOGEE_HEIGHT] - centre[APOGEE_HEIGHT]
    return down


@kernel
def come_down(
    mean: np.ndarray, points: np.ndarray, max_s: float, ground: np.ndarray, offsets: np.ndarray
) -> int:
    """Fill a ground row (GROUND_SIZE,) from the arcs of the mean and of the cubature points.

    The place is the mean's own impact moved by the points' mean offset, the covariance that of the
    points, on the east-north plane there (m2). Returns the mean's status. Where a point does not
    come down, all but the apogee and the number of points that do (TOP_SEEN) is NaN. `offsets`
    (points, OFFSETS) is filled with each point's impact east and north (m), its time (s) and its
    apogee's height (m) against those of the mean; no points, and the row is the mean's alone.
    """
    centre = np.empty(EVENT_SIZE)
    status = fly_to_ground_within(mean[0:6], math.exp(mean[6]), max_s, IMPACT_TOLERANCE_M, centre)
    ground[:] = np.nan
    ground[TOP_TIME] = centre[APOGEE_TIME]
    ground[TOP_HEIGHT] = centre[APOGEE_HEIGHT]
    if status != DONE:
        return status
    x = centre[IMPACT_STATE]
    y = centre[IMPACT_STATE + 1]
    z = centre[IMPACT_STATE + 2]
    lat, lon, _height = geodetic_from_ecef(x, y, z)
    rotation = np.empty((3, 3))
    enu_from_ecef_rotation(lat, lon, rotation)
    ground[TOP_SEEN] = _offsets(points, max_s, centre, rotation, offsets)
    if ground[TOP_SEEN] < points.shape[0]:
        return DONE
    middle = np.zeros(OFFSETS)
    cov = np.zeros((OFFSETS, OFFSETS))
    if points.shape[0] > 0:
        moments(offsets, middle, cov)
    x += rotation[0, 0] * middle[0] + rotation[1, 0] * middle[1]
    y += rotation[0, 1] * middle[0] + rotation[1, 1] * middle[1]
    z += rotation[0, 2] * middle[0] + rotation[1, 2] * middle[1]
    ground[GROUND_LAT], ground[GROUND_LON], _height = geodetic_from_ecef(x, y, z)
    ground[GROUND_TIME] = centre[IMPACT_TIME] + middle[2]
    ground[GROUND_EE] = cov[0, 0]
    ground[GROUND_EN] = cov[0, 1]
    ground[GROUND_NN] = cov[1, 1]
    ground[GROUND_TT] = cov[2, 2]
    ground[TOP_HEIGHT] += middle[3]
    ground[TOP_HEIGHT_VARIANCE] = cov[3, 3]
    return DONE
