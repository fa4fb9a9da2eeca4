"""Sensors by number, and plots as the rows of numbers that kernels take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.estimate.measurement import (
    bias_sigmas,
    has_biases,
    place_row,
    place_sensor,
    seen_columns,
)
from commonwatch.trajectory.kernels.bank import COAST_LEAST_STATES
from commonwatch.trajectory.kernels.measurement import BIASES, MEASUREMENT_SIZE, fill_rows

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# No sensor is so sure that a scan without a plot proves that there was nothing.
MISS_CHANCE_LEAST = 1e-3


@dataclass(frozen=True, slots=True)
class Scan:
    """Plots (n): times (s), sensors by number, measurement rows, infrared numbers or -1."""

    plots: Sequence[Plot]
    times_s: Array
    sensors: Integers
    rows: Array
    infrared: Integers

    def chosen(self, at: Integers) -> Scan:
        """Some of the plots, by number."""
        return Scan(
            [self.plots[k] for k in at.tolist()],
            self.times_s[at],
            self.sensors[at],
            self.rows[at],
            self.infrared[at],
        )


class SensorRows:
    """All sensors of an estimator, numbered in the order in which they were given."""

    def __init__(self, sensors: tuple[Sensor, ...]) -> None:
        biased = [sensor for sensor in sensors if has_biases(sensor)]
        at = {one.id: COAST_LEAST_STATES + BIASES * i for i, one in enumerate(biased)}
        seeing = [sensor for sensor in sensors if sensor.kind == "infrared"]
        self._sensors = sensors
        self._number = {sensor.id: i for i, sensor in enumerate(sensors)}
        self._infrared = {sensor.id: i for i, sensor in enumerate(seeing)}
        self._infrared_of = np.array([self._infrared.get(one.id, -1) for one in sensors], np.int64)
        self._places = np.array(
            [place_row(place_sensor(sensor, at.get(sensor.id))) for sensor in sensors]
        )
        self._has_range = np.array([one.sigma_range_m is not None for one in sensors], np.bool_)
        self._has_rate = np.array(
            [one.sigma_range_rate_m_s is not None for one in sensors], np.bool_
        )
        self.periods_s = np.array([sensor.scan_period_s for sensor in sensors])
        self.bias_variances = tuple(v**2 for sensor in biased for v in bias_sigmas(sensor))
        self.infrared = np.array(
            [
                (
                    one.scan_period_s,
                    math.log(max(1.0 - one.detection_probability, MISS_CHANCE_LEAST)),
                )
                for one in seeing
            ]
        ).reshape(-1, 2)

    def of(self, scan: Scan, k: int) -> Sensor:
        """The sensor of a scan's k-th plot."""
        return self._sensors[int(scan.sensors[k])]

    def infrared_number(self, sensor: str) -> int:
        """Number among the infrared sensors, -1 for others."""
        return self._infrared.get(sensor, -1)

    def scan(self, plots: Sequence[Plot]) -> Scan:
        """Plots, in order of time, made ready."""
        sensors = np.array([self._number[plot.sensor] for plot in plots], np.int64)
        seen = seen_columns(plots, self._has_range[sensors], self._has_rate[sensors])
        rows = np.empty((len(plots), MEASUREMENT_SIZE))
        fill_rows(self._places, sensors, seen, rows)
        times_s = np.array([plot.time_s for plot in plots])
        return Scan(plots, times_s, sensors, rows, self._infrared_of[sensors])
