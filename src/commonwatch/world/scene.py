"""A scene: what flies, who watches, and what they saw."""

from __future__ import annotations

from dataclasses import dataclass

from commonwatch.acquire.sensor import Sensor
from commonwatch.world.flight import Flight
from commonwatch.world.sensing import Observation


@dataclass(frozen=True, slots=True)
class Scene:
    """Flights, the sensors about them, and what these saw."""

    name: str
    flights: tuple[Flight, ...]
    sensors: tuple[Sensor, ...]
    observation: Observation
