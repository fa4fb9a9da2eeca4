"""What a sensor would measure of a state: angles, range, range rate, and their slopes."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.jit import borrowing_kernel, kernel

# Columns of a measurement row: the sensor's place, the measured line of sight and the two
# directions across it (east-like and up-like), all ECEF; then what was measured (NaN: not measured)
# and the standard deviations.
SENSOR = 0
SIGHT = 3
ACROSS = 6
UPWARD = 9
RANGE = 12
RANGE_RATE = 13
SIGMA_ACROSS = 14
SIGMA_UPWARD = 15
SIGMA_RANGE = 16
SIGMA_RANGE_RATE = 17
# Constant errors of the sensor: where their estimates stand in a state that has them (NaN: none are
# declared), range first, then across, upward and the clock (s, fast counts positive); and their
# sigmas before anything is known of them.
BIAS_AT = 18
BIAS_SIGMA_RANGE = 19
BIAS_SIGMA_ACROSS = 20
BIAS_SIGMA_UPWARD = 21
BIAS_SIGMA_CLOCK = 22
MEASUREMENT_SIZE = 23
BIASES = 4
COMPONENTS_MAX = 4


@borrowing_kernel
def innovation(
    state: np.ndarray,
    row: np.ndarray,
    residual: np.ndarray,
    slope: np.ndarray,
    variance: np.ndarray,
) -> int:
    """Fill residual (4,), slope (4, 6) and noise variance (4,) of one measurement.

    Return how many components it has. `state` starts with ECEF position and velocity. Angles are
    compared on the plane tangent to the measured line of sight, so zenith and azimuth's seam are no
    special places. Returns 0 where the state lies behind the sensor.
    """
    dx = state[0] - row[SENSOR]
    dy = state[1] - row[SENSOR + 1]
    dz = state[2] - row[SENSOR + 2]
    along = dx * row[SIGHT] + dy * row[SIGHT + 1] + dz * row[SIGHT + 2]
    if not along > 0.0:
        return 0
    n = 0
    for basis, sigma in ((ACROSS, SIGMA_ACROSS), (UPWARD, SIGMA_UPWARD)):
        tangent = (dx * row[basis] + dy * row[basis + 1] + dz * row[basis + 2]) / along
        residual[n] = -tangent
        for k in range(3):
            slope[n, k] = (row[basis + k] - tangent * row[SIGHT + k]) / along
            slope[n, 3 + k] = 0.0
        variance[n] = row[sigma] * row[sigma]
        n += 1
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    ux = dx / distance
    uy = dy / distance
    uz = dz / distance
    if not math.isnan(row[RANGE]):
        residual[n] = row[RANGE] - distance
        slope[n, 0] = ux
        slope[n, 1] = uy
        slope[n, 2] = uz
        slope[n, 3:6] = 0.0
        variance[n] = row[SIGMA_RANGE] * row[SIGMA_RANGE]
        n += 1
    if not math.isnan(row[RANGE_RATE]):
        rate = ux * state[3] + uy * state[4] + uz * state[5]
        residual[n] = row[RANGE_RATE] - rate
        slope[n, 0] = (state[3] - rate * ux) / distance
        slope[n, 1] = (state[4] - rate * uy) / distance
        slope[n, 2] = (state[5] - rate * uz) / distance
        slope[n, 3] = ux
        slope[n, 4] = uy
        slope[n, 5] = uz
        variance[n] = row[SIGMA_RANGE_RATE] * row[SIGMA_RANGE_RATE]
        n += 1
    return n


@borrowing_kernel
def widen_by_biases(row: np.ndarray, variance: np.ndarray) -> None:
    """Add the declared biases to the noise of a measurement, where no state holds them."""
    if math.isnan(row[BIAS_AT]):
        return
    variance[0] += row[BIAS_SIGMA_ACROSS] ** 2
    variance[1] += row[BIAS_SIGMA_UPWARD] ** 2
    if not math.isnan(row[RANGE]):
        variance[2] += row[BIAS_SIGMA_RANGE] ** 2


# Columns of a sensor's row, from which measurement rows are filled: place, the rotation whose rows
# are its east, north and up, sigmas and biases as in a measurement row.
PLACE_ROTATION = 3
PLACE_SIGMAS = 12
PLACE_BIASES = 16
PLACE_SIZE = 21


@kernel
def fill_rows(places: np.ndarray, sensors: np.ndarray, seen: np.ndarray, rows: np.ndarray) -> None:
    """Fill measurement rows (n, MEASUREMENT_SIZE) of plots by sensors, given by number.

    `seen` (n, 4) is azimuth, elevation (rad), range (m), range rate (m/s), NaN where not measured;
    `places` (sensors, PLACE_SIZE).
    """
    basis = np.empty((3, 3))
    for p in range(sensors.size):
        place = places[sensors[p]]
        row = rows[p]
        sa, ca = math.sin(seen[p, 0]), math.cos(seen[p, 0])
        se, ce = math.sin(seen[p, 1]), math.cos(seen[p, 1])
        basis[0, 0], basis[0, 1], basis[0, 2] = sa * ce, ca * ce, se
        basis[1, 0], basis[1, 1], basis[1, 2] = ca, -sa, 0.0
        basis[2, 0], basis[2, 1], basis[2, 2] = -sa * se, -ca * se, ce
        for k in range(3):
            row[SENSOR + k] = place[k]
            for i in range(3):
                total = 0.0
                for j in range(3):
                    total += basis[i, j] * place[PLACE_ROTATION + 3 * j + k]
                row[SIGHT + 3 * i + k] = total
        row[RANGE] = seen[p, 2]
        row[RANGE_RATE] = seen[p, 3]
        for k in range(4):
            row[SIGMA_ACROSS + k] = place[PLACE_SIGMAS + k]
        for k in range(5):
            row[BIAS_AT + k] = place[PLACE_BIASES + k]
