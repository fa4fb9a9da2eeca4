"""The notional sensors that come with the program, and the same set about another launch."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

from commonwatch.acquire.read_sensors import parse_sensors
from commonwatch.acquire.sensor import Sensor
from commonwatch.trajectory.geodesic import Place, destination, distance_and_azimuth

SENSORS_FILE = "notional_sensors.toml"
REPLAY_SENSORS_FILE = "replay_sensors.toml"
# The launch to which the set belongs, and the bearing of that flight.
REFERENCE_LAUNCH = Place(39.2, 125.67)
REFERENCE_AZIMUTH_DEG = 72.0
IN_ORBIT_FROM_M = 1e6


def notional_sensors() -> tuple[Sensor, ...]:
    """KOR-1 and KOR-2, JPN-1 to JPN-3 (radars) and USA-1 (infrared, in orbit), all notional."""
    return _packaged(SENSORS_FILE)


def replay_sensors() -> tuple[Sensor, ...]:
    """Equal radars KOR-1 and JPN-1, and USA-1 (infrared, in orbit): who sees a published launch."""
    return _packaged(REPLAY_SENSORS_FILE)


def _packaged(name: str) -> tuple[Sensor, ...]:
    text = (files("commonwatch.world") / "data" / name).read_text(encoding="utf-8")
    return parse_sensors(text, name)


def moved_sensors(
    sensors: tuple[Sensor, ...], launch: Place, azimuth_deg: float
) -> tuple[Sensor, ...]:
    """The sensors at the same distances and relative bearings about another launch and direction.

    A sensor in orbit keeps its latitude and height and moves in longitude alone.
    """
    moved = []
    for sensor in sensors:
        here = Place(sensor.lat_deg, sensor.lon_deg)
        if sensor.height_m >= IN_ORBIT_FROM_M:
            lon_deg = sensor.lon_deg - REFERENCE_LAUNCH.lon_deg + launch.lon_deg
            there = Place(sensor.lat_deg, (lon_deg + 180.0) % 360.0 - 180.0)
        else:
            distance_m, bearing_deg = distance_and_azimuth(REFERENCE_LAUNCH, here)
            turned_deg = bearing_deg + azimuth_deg - REFERENCE_AZIMUTH_DEG
            there = destination(launch, turned_deg, distance_m)
        moved.append(
            replace(sensor, lat_deg=round(there.lat_deg, 4), lon_deg=round(there.lon_deg, 4))
        )
    return tuple(moved)
