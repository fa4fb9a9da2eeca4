"""How sensors err throughout: by constants of a declared kind, and by what they do not declare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.sensor import Sensor


@dataclass(frozen=True, slots=True)
class SensorBias:
    """A sensor's own constant errors over a pass; angles are arcs on the sky."""

    range_m: float
    azimuth_deg: float
    elevation_deg: float
    clock_s: float

    def numbers(self) -> tuple[float, float, float, float]:
        """Range (m), azimuth, elevation (deg), clock (s)."""
        return self.range_m, self.azimuth_deg, self.elevation_deg, self.clock_s


NO_BIAS = SensorBias(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Lie:
    """An error that a sensor does not declare, from a moment on (POSIX s; None: always)."""

    sensor: str
    from_s: float | None
    error: SensorBias


@dataclass(frozen=True, slots=True)
class Errors:
    """All constant errors of one sensor, those that it declares and those that it does not."""

    bias: SensorBias
    lies: tuple[Lie, ...] = ()

    def at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Range (m), azimuth and elevation (deg of arc) and clock (s) errors (n, 4) at times."""
        off = np.tile(self.bias.numbers(), (times_s.size, 1))
        for lie in self.lies:
            begun = np.ones(times_s.size) if lie.from_s is None else times_s >= lie.from_s
            off += np.outer(begun, lie.error.numbers())
        return off


def draw_bias(sensor: Sensor, rng: np.random.Generator) -> SensorBias:
    """Constant errors of a sensor for one pass, drawn with its bias sigmas."""
    unit = rng.standard_normal(4)
    return SensorBias(
        sensor.bias_sigma_range_m * float(unit[0]),
        sensor.bias_sigma_azimuth_deg * float(unit[1]),
        sensor.bias_sigma_elevation_deg * float(unit[2]),
        sensor.clock_sigma_s * float(unit[3]),
    )
