"""Should it have been seen? Scans in which sensors looked where a silent track is said to be."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.sensor import Sensor
from commonwatch.estimate.measurement import SensorPlace, place_sensor

Array = NDArray[np.float64]

# Well inside of what a sensor covers: a place that is wrong by a little is still covered.
RANGE_SHARE = 0.95
ELEVATION_INSIDE_RAD = math.radians(1.0)


class Coverage:
    """What radars look at; infrared sensors see only what burns, and do not count."""

    def __init__(self, sensors: Sequence[Sensor]) -> None:
        self._places: tuple[SensorPlace, ...] = tuple(
            place_sensor(sensor) for sensor in sensors if sensor.kind == "radar"
        )

    def scans_a_second(self, position_ecef_m: Array) -> float:
        """How often in a second something at a place would be detected, by all radars together."""
        return sum(self._scans_by(place, position_ecef_m) for place in self._places)

    def scans_by(self, sensor: str, position_ecef_m: Array) -> float:
        """How often in a second one radar would detect something at a place."""
        return sum(
            self._scans_by(place, position_ecef_m)
            for place in self._places
            if place.sensor.id == sensor
        )

    def _scans_by(self, place: SensorPlace, position_ecef_m: Array) -> float:
        """Detections a second by a radar."""
        east, north, up = place.enu_from_ecef @ (position_ecef_m - place.position_ecef_m)
        range_m = math.sqrt(east * east + north * north + up * up)
        lowest_rad = math.radians(place.sensor.min_elevation_deg) + ELEVATION_INSIDE_RAD
        if range_m >= RANGE_SHARE * place.sensor.max_range_m:
            return 0.0
        if math.atan2(up, math.hypot(east, north)) <= lowest_rad:
            return 0.0
        return place.sensor.detection_probability / place.sensor.scan_period_s
