"""A plot as a row that the filters take: where the sensor stands, what it saw, how sharply."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.trajectory.kernels import measurement as column
from commonwatch.trajectory.kernels.geodesy import ecef_from_geodetic, enu_from_ecef_rotation

Array = NDArray[np.float64]


# A constant error that is not declared beside others that are: far below what could be measured.
BIAS_SIGMA_LEAST_M = 1e-3
BIAS_SIGMA_LEAST_RAD = 1e-9
CLOCK_SIGMA_LEAST_S = 1e-7


@dataclass(frozen=True, slots=True)
class SensorPlace:
    """A sensor with its ECEF place (m) and the rotation whose rows are its east, north and up."""

    sensor: Sensor
    position_ecef_m: Array
    enu_from_ecef: Array
    bias_at: int | None


def has_biases(sensor: Sensor) -> bool:
    """Whether a sensor declares constant errors."""
    angles_deg = max(sensor.bias_sigma_azimuth_deg, sensor.bias_sigma_elevation_deg)
    return max(sensor.bias_sigma_range_m, angles_deg, sensor.clock_sigma_s) > 0.0


def bias_sigmas(sensor: Sensor) -> tuple[float, float, float, float]:
    """Sigmas of a sensor's constant errors, never zero.

    Range (m), across and upward (rad), clock (s).
    """
    return (
        max(sensor.bias_sigma_range_m, BIAS_SIGMA_LEAST_M),
        max(math.radians(sensor.bias_sigma_azimuth_deg), BIAS_SIGMA_LEAST_RAD),
        max(math.radians(sensor.bias_sigma_elevation_deg), BIAS_SIGMA_LEAST_RAD),
        max(sensor.clock_sigma_s, CLOCK_SIGMA_LEAST_S),
    )


def place_sensor(sensor: Sensor, bias_at: int | None = None) -> SensorPlace:
    """Where a sensor stands, on the WGS-84 ellipsoid's normal.

    `bias_at` is where its constant errors stand in a coasting state; None where it declares none.
    """
    lat, lon = math.radians(sensor.lat_deg), math.radians(sensor.lon_deg)
    rotation = np.empty((3, 3))
    enu_from_ecef_rotation(lat, lon, rotation)
    position = np.array(ecef_from_geodetic(lat, lon, sensor.height_m))
    return SensorPlace(sensor, position, rotation, bias_at)


def place_row(place: SensorPlace) -> Array:
    """A sensor as a row (PLACE_SIZE,) from which `kernels.measurement.fill_rows` works."""
    sensor = place.sensor
    row = np.full(column.PLACE_SIZE, np.nan)
    row[:3] = place.position_ecef_m
    row[column.PLACE_ROTATION : column.PLACE_SIGMAS] = place.enu_from_ecef.ravel()
    row[column.PLACE_SIGMAS : column.PLACE_BIASES] = (
        math.radians(sensor.sigma_azimuth_deg),
        math.radians(sensor.sigma_elevation_deg),
        np.nan if sensor.sigma_range_m is None else sensor.sigma_range_m,
        np.nan if sensor.sigma_range_rate_m_s is None else sensor.sigma_range_rate_m_s,
    )
    if place.bias_at is not None:
        row[column.PLACE_BIASES] = place.bias_at
        row[column.PLACE_BIASES + 1 :] = bias_sigmas(sensor)
    return row


def seen_numbers(plot: Plot, sensor: Sensor) -> tuple[float, float, float, float]:
    """What a plot says, in radians, metres, metres per second; NaN for what it does not."""
    has_rate = plot.range_rate_m_s is not None and sensor.sigma_range_rate_m_s is not None
    return (
        math.radians(plot.azimuth_deg),
        math.radians(plot.elevation_deg),
        math.nan if plot.range_m is None or sensor.sigma_range_m is None else plot.range_m,
        math.nan if plot.range_rate_m_s is None or not has_rate else plot.range_rate_m_s,
    )


def seen_columns(
    plots: Sequence[Plot], has_range: NDArray[np.bool_], has_rate: NDArray[np.bool_]
) -> Array:
    """`seen_numbers` of many plots (n, 4), of sensors that have a range and a range rate or not."""
    seen = np.empty((len(plots), 4))
    seen[:, 0] = np.radians([plot.azimuth_deg for plot in plots])
    seen[:, 1] = np.radians([plot.elevation_deg for plot in plots])
    nan = math.nan
    seen[:, 2] = [nan if plot.range_m is None else plot.range_m for plot in plots]
    seen[:, 3] = [nan if plot.range_rate_m_s is None else plot.range_rate_m_s for plot in plots]
    seen[~has_range, 2] = nan
    seen[~has_rate, 3] = nan
    return seen


def measurement_row(plot: Plot, place: SensorPlace) -> Array:
    """The plot as a row (MEASUREMENT_SIZE,) for `kernels.measurement.innovation`."""
    rows = np.empty((1, column.MEASUREMENT_SIZE))
    seen = np.array([seen_numbers(plot, place.sensor)])
    column.fill_rows(place_row(place)[None, :], np.zeros(1, np.int64), seen, rows)
    return np.asarray(rows[0])


def has_range(row: Array) -> bool:
    """Whether the plot fixes a point, not only a line."""
    return not math.isnan(row[column.RANGE])


def position_and_covariance(row: Array) -> tuple[Array, Array]:
    """The point (3,) that a plot with range fixes, ECEF m, and its covariance (3, 3)."""
    distance = row[column.RANGE]
    basis = np.array([row[k : k + 3] for k in (column.SIGHT, column.ACROSS, column.UPWARD)])
    sigmas = np.array(
        [
            row[column.SIGMA_RANGE],
            distance * row[column.SIGMA_ACROSS],
            distance * row[column.SIGMA_UPWARD],
        ]
    )
    point = row[column.SENSOR : column.SENSOR + 3] + distance * basis[0]
    return point, (basis.T * sigmas**2) @ basis
