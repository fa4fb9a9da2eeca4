"""The notional sensors, changed: with declared errors, with clutter, with more downrange."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from commonwatch.acquire.sensor import Sensor
from commonwatch.trajectory.geodesic import Place, destination, distance_and_azimuth

BIASED_RANGE_M = 20.0
BIASED_ANGLE_DEG = 0.05
CLOCK_SIGMA_S = (0.05, 0.2)
SALVO_FALSE_PLOTS = 0.05
CLUTTER_FALSE_PLOTS = 0.5
# Radars that see the far end stand so far short of it, and so far to either side.
FAR_SHORT_M = 500e3
FAR_ASIDE_M = 350e3
FAR_RADARS = (("JPN-1", "USA-2", 1.0), ("JPN-2", "USA-3", -1.0))


def with_clutter(sensor: Sensor, false_plots_per_scan: float = SALVO_FALSE_PLOTS) -> Sensor:
    """A radar with more false plots; an infrared sensor stays as it is."""
    if sensor.kind != "radar":
        return sensor
    return replace(sensor, false_plots_per_scan=false_plots_per_scan)


def with_bias(sensor: Sensor) -> Sensor:
    """A radar with constant errors of unknown size; an infrared sensor stays as it is."""
    if sensor.kind != "radar":
        return sensor
    return replace(
        sensor,
        bias_sigma_range_m=BIASED_RANGE_M,
        bias_sigma_azimuth_deg=BIASED_ANGLE_DEG,
        bias_sigma_elevation_deg=BIASED_ANGLE_DEG,
    )


def with_clock(sensor: Sensor, rng: np.random.Generator) -> Sensor:
    """A radar that declares a clock error of 0.05 to 0.2 s; an infrared sensor stays as it is."""
    sigma_s = round(float(rng.uniform(*CLOCK_SIGMA_S)), 3)
    return sensor if sensor.kind != "radar" else replace(sensor, clock_sigma_s=sigma_s)


def with_far_radars(sensors: tuple[Sensor, ...], launch: Place, end: Place) -> tuple[Sensor, ...]:
    """The sensors and two more notional radars, that see the last of a flight towards `end`."""
    distance_m, azimuth_deg = distance_and_azimuth(launch, end)
    middle = destination(launch, azimuth_deg, distance_m - FAR_SHORT_M)
    by_id = {sensor.id: sensor for sensor in sensors}
    more = []
    for like, name, side in FAR_RADARS:
        _, onward_deg = distance_and_azimuth(middle, end)
        place = destination(middle, (onward_deg + 90.0 * side) % 360.0, FAR_ASIDE_M)
        more.append(
            replace(
                by_id[like],
                id=name,
                nation="USA",
                lat_deg=round(place.lat_deg, 4),
                lon_deg=round(place.lon_deg, 4),
            )
        )
    return (*sensors, *more)
