"""Places on the sphere: go some way along a bearing, and move a set of sensors with a launch."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib.resources import files

from commonwatch.acquire.read_sensors import parse_sensors
from commonwatch.acquire.sensor import Sensor
from commonwatch.world.flight import Place
from commonwatch.world.reach import IUGG_MEAN_RADIUS_M, great_circle

# The launch to which notional_sensors.toml belongs, and the bearing of that flight.
REFERENCE_LAUNCH = Place(39.2, 125.67, 50.0)
REFERENCE_AZIMUTH_DEG = 72.0
IN_ORBIT_FROM_M = 1e6


def notional_sensors() -> tuple[Sensor, ...]:
    """The notional sensors that come with the program: KOR-1, KOR-2, JPN-1 to JPN-3, USA-1."""
    source = files("commonwatch.world") / "data" / "notional_sensors.toml"
    return parse_sensors(source.read_text(encoding="utf-8"), "notional_sensors.toml")


def wrapped_deg(lon_deg: float) -> float:
    """A longitude in -180 (left out) to 180."""
    return 180.0 - (180.0 - lon_deg) % 360.0


def destination(
    lat_deg: float, lon_deg: float, bearing_rad: float, distance_m: float
) -> tuple[float, float]:
    """Latitude and longitude (deg) on the mean sphere, a distance along a great circle away."""
    lat, angle = math.radians(lat_deg), distance_m / IUGG_MEAN_RADIUS_M
    sine = math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing_rad)
    there = math.asin(min(1.0, max(-1.0, sine)))
    turn = math.atan2(
        math.sin(bearing_rad) * math.sin(angle) * math.cos(lat),
        math.cos(angle) - math.sin(lat) * math.sin(there),
    )
    return math.degrees(there), wrapped_deg(lon_deg + math.degrees(turn))


def moved_sensors(
    sensors: tuple[Sensor, ...], launch: Place, azimuth_deg: float
) -> tuple[Sensor, ...]:
    """The sensors with their distances and bearings kept, about another launch and flight direction.

    A sensor in orbit keeps its latitude and height and moves in longitude alone.
    """
    turn_rad = math.radians(azimuth_deg - REFERENCE_AZIMUTH_DEG)
    moved = []
    for sensor in sensors:
        lat, lon = sensor.lat_deg, sensor.lon_deg
        if sensor.height_m >= IN_ORBIT_FROM_M:
            lon = wrapped_deg(lon - REFERENCE_LAUNCH.lon_deg + launch.lon_deg)
        else:
            distance_m, bearing_rad = great_circle(
                REFERENCE_LAUNCH.lat_deg, REFERENCE_LAUNCH.lon_deg, lat, lon
            )
            lat, lon = destination(
                launch.lat_deg, launch.lon_deg, bearing_rad + turn_rad, distance_m
            )
        moved.append(replace(sensor, lat_deg=round(lat, 4), lon_deg=round(lon, 4)))
    return tuple(moved)
