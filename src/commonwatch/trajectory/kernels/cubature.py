"""Cubature points of a coasting estimate, carried along their own arcs."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.arc import (
    APOGEE_HEIGHT,
    APOGEE_TIME,
    DONE,
    EVENT_SIZE,
    IMPACT_TIME,
    coast,
    fly_to_ground,
)
from commonwatch.trajectory.kernels.geodesy import enu_from_ecef_rotation, geodetic_from_ecef
from commonwatch.trajectory.kernels.jit import kernel

# Position, velocity, and the natural logarithm of the inverse ballistic coefficient (m2/kg).
COAST_STATES = 7
POINTS = 2 * COAST_STATES

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


@kernel
def spread(mean: np.ndarray, cov: np.ndarray, points: np.ndarray) -> bool:
    """Fill cubature points (POINTS, COAST_STATES): mean +- sqrt(n) columns of the cov's root.

    Arasaratnam and Haykin 2009 (IEEE TAC 54-6). Returns False where the covariance is not positive
    definite.
    """
    n = COAST_STATES
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


@kernel
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
        moved[p, 6] = points[p, 6]
    return status


@kernel
def come_down(mean: np.ndarray, points: np.ndarray, max_s: float, ground: np.ndarray) -> int:
    """Fill a ground row (GROUND_SIZE,) from the arcs of the mean and of the cubature points.

    The place is the mean's own impact moved by the points' mean offset, the covariance that of the
    points, on the east-north plane there (m2). Returns the mean's status; where a point does not
    come down it is left out, and with it its opposite.
    """
    n = COAST_STATES
    event = np.empty(EVENT_SIZE)
    status = fly_to_ground(mean[0:6], math.exp(mean[6]), max_s, event)
    for k in range(GROUND_SIZE):
        ground[k] = np.nan
    ground[TOP_TIME] = event[APOGEE_TIME]
    ground[TOP_HEIGHT] = event[APOGEE_HEIGHT]
    if status != DONE:
        return status
    x0 = event[1]
    y0 = event[2]
    z0 = event[3]
    lat, lon, _height = geodetic_from_ecef(x0, y0, z0)
    rotation = np.empty((3, 3))
    enu_from_ecef_rotation(lat, lon, rotation)
    t0 = event[IMPACT_TIME]
    top0 = event[APOGEE_HEIGHT]
    offsets = np.empty((2 * n, 4))
    used = np.zeros(2 * n)
    for p in range(2 * n):
        one = fly_to_ground(points[p, 0:6], math.exp(points[p, 6]), max_s, event)
        if one == DONE:
            dx = event[1] - x0
            dy = event[2] - y0
            dz = event[3] - z0
            offsets[p, 0] = rotation[0, 0] * dx + rotation[0, 1] * dy + rotation[0, 2] * dz
            offsets[p, 1] = rotation[1, 0] * dx + rotation[1, 1] * dy + rotation[1, 2] * dz
            offsets[p, 2] = event[IMPACT_TIME] - t0
            offsets[p, 3] = event[APOGEE_HEIGHT] - top0
            used[p] = 1.0
    for j in range(n):
        both = used[j] * used[n + j]
        used[j] = both
        used[n + j] = both
    pairs = 0.0
    for p in range(2 * n):
        pairs += used[p]
    centre = np.zeros(4)
    if pairs > 0.0:
        for p in range(2 * n):
            if used[p] > 0.0:
                for k in range(4):
                    centre[k] += offsets[p, k] / (2.0 * n)
    # Points left out stand at the centre for the mean, but their spread is missing: scale up what
    # is there.
    share = 2.0 * n if pairs == 0.0 else pairs
    ee = 0.0
    en = 0.0
    nn = 0.0
    tt = 0.0
    hh = 0.0
    for p in range(2 * n):
        if used[p] > 0.0:
            e = offsets[p, 0] - centre[0]
            q = offsets[p, 1] - centre[1]
            ee += e * e / share
            en += e * q / share
            nn += q * q / share
            tt += (offsets[p, 2] - centre[2]) ** 2 / share
            hh += (offsets[p, 3] - centre[3]) ** 2 / share
    x = x0 + rotation[0, 0] * centre[0] + rotation[1, 0] * centre[1]
    y = y0 + rotation[0, 1] * centre[0] + rotation[1, 1] * centre[1]
    z = z0 + rotation[0, 2] * centre[0] + rotation[1, 2] * centre[1]
    lat, lon, _height = geodetic_from_ecef(x, y, z)
    ground[GROUND_LAT] = lat
    ground[GROUND_LON] = lon
    ground[GROUND_TIME] = t0 + centre[2]
    ground[GROUND_EE] = ee
    ground[GROUND_EN] = en
    ground[GROUND_NN] = nn
    ground[GROUND_TT] = tt
    ground[TOP_HEIGHT_VARIANCE] = hh
    ground[TOP_HEIGHT] = top0 + centre[3]
    ground[TOP_SEEN] = pairs
    return DONE
