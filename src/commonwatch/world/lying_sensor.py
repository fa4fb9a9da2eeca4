"""A sensor that errs by far more than it declares: from the beginning, or from a moment on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.world.flight import Flight
from commonwatch.world.sensing import seen, site_of
from commonwatch.world.sensor_errors import Lie, SensorBias

RANGE_M = 3000.0
ANGLE_DEG = 1.0
CLOCK_S = 1.5
LIES = (
    SensorBias(RANGE_M, 0.0, 0.0, 0.0),
    SensorBias(0.0, ANGLE_DEG, 0.0, 0.0),
    SensorBias(0.0, 0.0, ANGLE_DEG, 0.0),
    SensorBias(0.0, 0.0, 0.0, CLOCK_S),
)
FROM_THE_BEGINNING_PROBABILITY = 0.5
# It begins to lie in this part of the time in which it sees the object.
BEGINS_AT_SHARE = (0.1, 0.6)
SEEN_MIN_S = 60.0
LOOK_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Watch:
    """When a sensor could see a flight, first and last (POSIX s)."""

    sensor: str
    first_s: float
    last_s: float


def draw_lie(flight: Flight, sensors: tuple[Sensor, ...], rng: np.random.Generator) -> Lie:
    """One of the radars that see a flight for a minute or more, and what it gets wrong.

    Raises UnusableInput where no radar does.
    """
    watches = [watch for sensor in sensors if (watch := watch_of(flight, sensor)) is not None]
    if not watches:
        raise UnusableInput(f"flight {flight.name}: no radar sees it for a minute, so none can lie")
    one = watches[int(rng.integers(len(watches)))]
    error = LIES[int(rng.integers(len(LIES)))]
    share = float(rng.uniform(*BEGINS_AT_SHARE))
    if rng.random() < FROM_THE_BEGINNING_PROBABILITY:
        return Lie(one.sensor, None, error)
    begins_s = float(np.floor(one.first_s + share * (one.last_s - one.first_s)))
    return Lie(one.sensor, begins_s, error)


def watch_of(flight: Flight, sensor: Sensor) -> Watch | None:
    """When a radar could see a flight; None for less than a minute, or another kind of sensor."""
    if sensor.kind != "radar":
        return None
    after_s = np.arange(flight.times_s[0], flight.times_s[-1], LOOK_EVERY_S)
    visible = seen(site_of(sensor), flight, after_s, flight.states_at(after_s))
    times_s = flight.lift_off_s + after_s[visible]
    if times_s.size * LOOK_EVERY_S < SEEN_MIN_S:
        return None
    return Watch(sensor.id, float(times_s[0]), float(times_s[-1]))
