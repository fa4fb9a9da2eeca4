"""What notional sensors say of true flights: plots with noise, misses, biases and false plots.

Every sensor is notional. All chance comes from the one generator that is handed in, in a fixed
order, so a seed gives the same plots again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.limits import PLOTS_SIMULATED_MAX
from commonwatch.trajectory.ascent import local_axes_ecef
from commonwatch.trajectory.kernels.geodesy import WGS84_SEMI_MAJOR_M, ecef_from_geodetic
from commonwatch.world.flight import Flight
from commonwatch.world.sensor_errors import Errors, Lie, SensorBias, draw_bias

# A scan meets an object at a moment that wanders about its middle by this share of the period.
SCAN_WANDER = 0.15
# Sensors listen before the first lift-off and after the last impact.
LISTEN_BEFORE_S = 20.0
LISTEN_AFTER_S = 20.0
# Cloud and thick air hide the plume from an infrared sensor up to here.
OPAQUE_TO_M = 8_000.0
FALSE_ELEVATION_MAX_DEG = 70.0
FALSE_RANGE_MIN_M = 80_000.0
FALSE_RANGE_RATE_SIGMA_M_S = 1_500.0


@dataclass(frozen=True, slots=True)
class Observation:
    """Plots in order of time; for each the object it came from, None for a false one.

    `biases` holds each sensor's constant errors of the kind that it declares, `lies` the others.
    """

    plots: tuple[Plot, ...]
    labels: tuple[str | None, ...]
    biases: dict[str, SensorBias]
    lies: tuple[Lie, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """A sensor with its place and axes in ECEF."""

    sensor: Sensor
    position_ecef_m: NDArray[np.float64]
    axes: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sight:
    """Directions and distances (n,) of states from a site, before any error."""

    azimuth_rad: NDArray[np.float64]
    elevation_rad: NDArray[np.float64]
    range_m: NDArray[np.float64]
    range_rate_m_s: NDArray[np.float64]


def site_of(sensor: Sensor) -> Site:
    """Where a sensor stands and which way it counts its angles."""
    place = ecef_from_geodetic(
        math.radians(sensor.lat_deg), math.radians(sensor.lon_deg), sensor.height_m
    )
    return Site(sensor, np.array(place), local_axes_ecef(sensor.lat_deg, sensor.lon_deg))


def sight(site: Site, states_ecef: NDArray[np.float64]) -> Sight:
    """Azimuth, elevation, range and range rate of states (n, 6) from a site."""
    line = states_ecef[:, :3] - site.position_ecef_m
    east, north, up = (line @ site.axes.T).T
    range_m = np.linalg.norm(line, axis=1)
    rate = np.einsum("ij,ij->i", line, states_ecef[:, 3:]) / range_m
    return Sight(
        np.arctan2(east, north) % (2.0 * math.pi),
        np.arctan2(up, np.hypot(east, north)),
        range_m,
        rate,
    )


def hidden_by_earth(site: Site, states_ecef: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which states (n, 6) the Earth, as a sphere of its equatorial radius less 25 km, covers."""
    line = states_ecef[:, :3] - site.position_ecef_m
    length_squared = np.einsum("ij,ij->i", line, line)
    share = np.clip(-(line @ site.position_ecef_m) / length_squared, 0.0, 1.0)
    nearest = site.position_ecef_m + share[:, None] * line
    hidden: NDArray[np.bool_] = np.linalg.norm(nearest, axis=1) < WGS84_SEMI_MAJOR_M - 25_000.0
    return hidden


def observe(
    flights: tuple[Flight, ...],
    sensors: tuple[Sensor, ...],
    rng: np.random.Generator,
    lies: tuple[Lie, ...] = (),
) -> Observation:
    """What the sensors report from before the first lift-off until after the last impact.

    Raises UnusableInput where there is nothing to observe, or where it would be too many plots.
    """
    if not flights:
        raise UnusableInput("observation: no flight; give at least one")
    start_s = min(flight.lift_off_s for flight in flights) - LISTEN_BEFORE_S
    end_s = max(flight.lift_off_s + flight.times_s[-1] for flight in flights) + LISTEN_AFTER_S
    scans = sum((end_s - start_s) / sensor.scan_period_s for sensor in sensors) * len(flights)
    if scans > PLOTS_SIMULATED_MAX:
        raise UnusableInput(
            f"observation: {scans:.0f} scans; at most {PLOTS_SIMULATED_MAX} are simulated: "
            "use fewer sensors or flights"
        )
    rows: list[tuple[Plot, str | None]] = []
    biases: dict[str, SensorBias] = {}
    for sensor in sensors:
        site = site_of(sensor)
        biases[sensor.id] = draw_bias(sensor, rng)
        own = tuple(lie for lie in lies if lie.sensor == sensor.id)
        phase_s = rng.uniform(0.0, sensor.scan_period_s)
        middles_s = np.arange(start_s + phase_s, end_s, sensor.scan_period_s)
        for flight in flights:
            plots = plots_of_flight(site, flight, middles_s, Errors(biases[sensor.id], own), rng)
            rows.extend((plot, flight.name) for plot in plots)
        rows.extend((plot, None) for plot in false_plots(site, middles_s, rng))
    rows.sort(key=lambda row: (row[0].time_s, row[0].sensor))
    return Observation(tuple(row[0] for row in rows), tuple(row[1] for row in rows), biases, lies)


def scan_moments(
    middles_s: NDArray[np.float64], period_s: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """When each scan meets an object, in whole microseconds, as plots are written."""
    wander = rng.uniform(-SCAN_WANDER, SCAN_WANDER, middles_s.size) * period_s
    moments: NDArray[np.float64] = np.round((middles_s + wander) * 1e6) / 1e6
    return moments


def seen(
    site: Site, flight: Flight, after_s: NDArray[np.float64], states: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which states a sensor could detect: in range, high enough, and burning for infrared."""
    sensor = site.sensor
    look = sight(site, states)
    visible = (look.range_m <= sensor.max_range_m) & (
        look.elevation_rad >= math.radians(sensor.min_elevation_deg)
    )
    visible &= ~hidden_by_earth(site, states)
    if sensor.kind == "infrared":
        visible &= flight.is_burning(after_s) & (heights_m(states) >= OPAQUE_TO_M)
    return visible


def heights_m(states_ecef: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ellipsoidal heights (n,) of states, to first order in the flattening (good to 50 m)."""
    radius = np.linalg.norm(states_ecef[:, :3], axis=1)
    sine = states_ecef[:, 2] / radius
    surface = WGS84_SEMI_MAJOR_M * (1.0 - sine * sine / 298.257223563)
    height: NDArray[np.float64] = radius - surface
    return height


def plots_of_flight(
    site: Site,
    flight: Flight,
    middles_s: NDArray[np.float64],
    errors: Errors,
    rng: np.random.Generator,
) -> list[Plot]:
    """The plots of one object by one sensor, with all errors."""
    moments_s = scan_moments(middles_s, site.sensor.scan_period_s, rng)
    lucky = rng.random(moments_s.size) < site.sensor.detection_probability
    noise = rng.standard_normal((moments_s.size, 4))
    after_s = moments_s - flight.lift_off_s
    aloft = lucky & (after_s > flight.times_s[0]) & (after_s < flight.times_s[-1])
    moments_s, after_s, noise = moments_s[aloft], after_s[aloft], noise[aloft]
    states = flight.states_at(after_s)
    visible = seen(site, flight, after_s, states)
    moments_s = moments_s[visible]
    return measured(
        site.sensor, sight(site, states[visible]), moments_s, noise[visible], errors.at(moments_s)
    )


def measured(
    sensor: Sensor,
    look: Sight,
    moments_s: NDArray[np.float64],
    noise: NDArray[np.float64],
    off: NDArray[np.float64],
) -> list[Plot]:
    """Plots of true sights with a sensor's noise (unit normal, (n, 4)) and errors (n, 4) put on."""
    arc_deg = sensor.sigma_azimuth_deg * noise[:, 0] + off[:, 1]
    azimuth = np.degrees(look.azimuth_rad) + arc_deg / np.cos(look.elevation_rad)
    elevation = (
        np.degrees(look.elevation_rad) + sensor.sigma_elevation_deg * noise[:, 1] + off[:, 2]
    )
    range_m = look.range_m + (sensor.sigma_range_m or 0.0) * noise[:, 2] + off[:, 0]
    rate = look.range_rate_m_s + (sensor.sigma_range_rate_m_s or 0.0) * noise[:, 3]
    return written(sensor, moments_s + off[:, 3], azimuth, elevation, range_m, rate)


def written(
    sensor: Sensor,
    times_s: NDArray[np.float64],
    azimuth_deg: NDArray[np.float64],
    elevation_deg: NDArray[np.float64],
    range_m: NDArray[np.float64],
    range_rate_m_s: NDArray[np.float64],
) -> list[Plot]:
    """Plots as a sensor writes them: rounded, and only what it measures."""
    return [
        Plot(
            round(float(times_s[i]), 6),
            sensor.id,
            round(float(azimuth_deg[i]) % 360.0, 5) % 360.0,
            round(min(max(float(elevation_deg[i]), -90.0), 90.0), 5),
            None if sensor.sigma_range_m is None else round(float(range_m[i]), 2),
            None if sensor.sigma_range_rate_m_s is None else round(float(range_rate_m_s[i]), 3),
        )
        for i in range(times_s.size)
    ]


def false_plots(site: Site, middles_s: NDArray[np.float64], rng: np.random.Generator) -> list[Plot]:
    """Plots of nothing: Poisson in number, uniform in azimuth, elevation and range."""
    sensor = site.sensor
    count = rng.poisson(sensor.false_plots_per_scan, middles_s.size)
    times_s = scan_moments(np.repeat(middles_s, count), sensor.scan_period_s, rng)
    if sensor.kind == "infrared":
        azimuth, elevation = random_ground_directions(site, times_s.size, rng)
    else:
        azimuth = rng.uniform(0.0, 360.0, times_s.size)
        highest = max(FALSE_ELEVATION_MAX_DEG, sensor.min_elevation_deg)
        elevation = rng.uniform(sensor.min_elevation_deg, highest, times_s.size)
    nearest = min(FALSE_RANGE_MIN_M, 0.1 * sensor.max_range_m)
    range_m = rng.uniform(nearest, sensor.max_range_m, times_s.size)
    rate = rng.normal(0.0, FALSE_RANGE_RATE_SIGMA_M_S, times_s.size)
    return written(sensor, times_s, azimuth, elevation, range_m, rate)


def random_ground_directions(
    site: Site, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Azimuth and elevation (deg) from orbit, uniform in solid angle over the Earth's disc."""
    ratio = min(WGS84_SEMI_MAJOR_M / float(np.linalg.norm(site.position_ecef_m)), 1.0)
    disc_rad = math.asin(ratio)
    off_nadir = np.arccos(rng.uniform(math.cos(disc_rad), 1.0, count))
    return rng.uniform(0.0, 360.0, count), np.degrees(off_nadir) - 90.0
