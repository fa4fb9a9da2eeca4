"""A plot as a row that the filters take: where the sensor stands, what it saw, how sharply."""

from __future__ import annotations

import math
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
    return max(sensor.bias_sigma_range_m, angles_deg) > 0.0


def bias_sigmas(sensor: Sensor) -> tuple[float, float, float]:
    """Sigmas of a sensor's constant errors: range (m), across and upward (rad), never zero."""
    return (
        max(sensor.bias_sigma_range_m, BIAS_SIGMA_LEAST_M),
        max(math.radians(sensor.bias_sigma_azimuth_deg), BIAS_SIGMA_LEAST_RAD),
        max(math.radians(sensor.bias_sigma_elevation_deg), BIAS_SIGMA_LEAST_RAD),
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


def measurement_row(plot: Plot, place: SensorPlace) -> Array:
    """The plot as a row (MEASUREMENT_SIZE,) for `kernels.measurement.innovation`."""
    azimuth, elevation = math.radians(plot.azimuth_deg), math.radians(plot.elevation_deg)
    sa, ca = math.sin(azimuth), math.cos(azimuth)
    se, ce = math.sin(elevation), math.cos(elevation)
    across_upward_sight = np.array(
        [[sa * ce, ca * ce, se], [ca, -sa, 0.0], [-sa * se, -ca * se, ce]]
    )
    basis = across_upward_sight @ place.enu_from_ecef
    sensor = place.sensor
    row = np.full(column.MEASUREMENT_SIZE, np.nan)
    row[column.SENSOR : column.SENSOR + 3] = place.position_ecef_m
    row[column.SIGHT : column.SIGHT + 3] = basis[0]
    row[column.ACROSS : column.ACROSS + 3] = basis[1]
    row[column.UPWARD : column.UPWARD + 3] = basis[2]
    row[column.SIGMA_ACROSS] = math.radians(sensor.sigma_azimuth_deg)
    row[column.SIGMA_UPWARD] = math.radians(sensor.sigma_elevation_deg)
    if plot.range_m is not None and sensor.sigma_range_m is not None:
        row[column.RANGE] = plot.range_m
        row[column.SIGMA_RANGE] = sensor.sigma_range_m
    if plot.range_rate_m_s is not None and sensor.sigma_range_rate_m_s is not None:
        row[column.RANGE_RATE] = plot.range_rate_m_s
        row[column.SIGMA_RANGE_RATE] = sensor.sigma_range_rate_m_s
    if place.bias_at is not None:
        row[column.BIAS_AT] = place.bias_at
        row[column.BIAS_SIGMA_RANGE : column.BIAS_SIGMA_UPWARD + 1] = bias_sigmas(sensor)
    return row


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
