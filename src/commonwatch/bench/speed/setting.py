"""What every filter is measured on: a lofted arc, and what one radar sees of it ten times a second.

Arc and radar are notional.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.bench.speed.bare_filter import PLOT_SIZE, RADAR_SIZE
from commonwatch.estimate.measurement import SensorPlace, measurement_row, place_sensor
from commonwatch.trajectory.frames import Site, ecef_from_geodetic, enu_from_ecef, look_from
from commonwatch.trajectory.kernels.arc import coast

Array = NDArray[np.float64]

SEED = 20230316
BEGIN_S = 1_700_000_000.0
INTERVAL_S = 0.1
RADAR = Sensor(
    id="RADAR",
    nation="JPN",
    kind="radar",
    lat_deg=36.2,
    lon_deg=136.1,
    height_m=0.0,
    scan_period_s=INTERVAL_S,
    max_range_m=4e6,
    min_elevation_deg=2.0,
    detection_probability=1.0,
    false_plots_per_scan=0.0,
    sigma_azimuth_deg=0.1,
    sigma_elevation_deg=0.1,
    sigma_range_m=50.0,
)
# After burnout: where, and how fast.
START = Site(40.1, 126.3, 300e3)
SPEED_M_S = 7000.0
DIRECTION_ENU = (0.34, 0.1, 0.94)
FIRST_SIGMA_M, FIRST_SIGMA_M_S = 300.0, 30.0


@dataclass(frozen=True, slots=True)
class Setting:
    """True states (n + 1, 6) ECEF, the first plot's being the second; plots in three guises.

    `bare_plots` (n, PLOT_SIZE) with `radar` (RADAR_SIZE,) are what the yardstick takes, `rows` (n,
    MEASUREMENT_SIZE) what our kernels take. `mean` and `cov` are the estimate one interval before
    the first plot.
    """

    truth: Array
    plots: tuple[Plot, ...]
    bare_plots: Array
    rows: Array
    radar: Array
    mean: Array
    cov: Array


def radar_array(place: SensorPlace) -> Array:
    """A sensor as the yardstick takes it."""
    radar = np.empty(RADAR_SIZE)
    radar[:3], radar[3:] = place.position_ecef_m, place.enu_from_ecef.ravel()
    return radar


def bare_plots_of(plots: tuple[Plot, ...]) -> Array:
    """Plots with range of `RADAR` as the yardstick takes them."""
    rows = np.empty((len(plots), PLOT_SIZE))
    turn, lift = math.radians(RADAR.sigma_azimuth_deg), math.radians(RADAR.sigma_elevation_deg)
    along_m = RADAR.sigma_range_m or math.nan
    for row, plot in zip(rows, plots, strict=True):
        elevation = math.radians(plot.elevation_deg)
        across = turn / math.cos(elevation)
        row[:] = (
            math.radians(plot.azimuth_deg),
            elevation,
            math.nan if plot.range_m is None else plot.range_m,
            across**2,
            lift**2,
            along_m**2,
        )
    return rows


def plots_of(states: Array, times_s: Array, random: np.random.Generator) -> tuple[Plot, ...]:
    """What `RADAR` measures of ECEF states (n, 6), one plot each."""
    site = Site(RADAR.lat_deg, RADAR.lon_deg, RADAR.height_m)
    looks = look_from(site, states[:, :3])
    noise = random.standard_normal((len(states), 3))
    level = np.cos(np.radians(looks.elevation_deg))
    azimuths = looks.azimuth_deg + noise[:, 0] * RADAR.sigma_azimuth_deg / level
    elevations = looks.elevation_deg + noise[:, 1] * RADAR.sigma_elevation_deg
    ranges = looks.range_m + noise[:, 2] * (RADAR.sigma_range_m or math.nan)
    return tuple(
        Plot(float(time_s), RADAR.id, float(azimuth) % 360.0, float(elevation), float(range_m))
        for time_s, azimuth, elevation, range_m in zip(
            times_s, azimuths, elevations, ranges, strict=True
        )
    )


def lofted_setting(count: int, seed: int = SEED) -> Setting:
    """So many plots of the arc; of one seed the same ones each time."""
    random = np.random.default_rng(seed)
    position = ecef_from_geodetic([[START.lat_deg, START.lon_deg, START.height_m]])[0]
    direction = np.array(DIRECTION_ENU) / np.linalg.norm(DIRECTION_ENU)
    truth = np.empty((count + 1, 6))
    truth[0, :3], truth[0, 3:] = position, SPEED_M_S * direction @ enu_from_ecef(START)
    for before, after in pairwise(truth):
        coast(before, 0.0, INTERVAL_S, after)
    times_s = np.linspace(BEGIN_S + INTERVAL_S, BEGIN_S + INTERVAL_S * count, count)
    plots = plots_of(truth[1:], times_s, random)
    place = place_sensor(RADAR)
    sigmas = np.array([FIRST_SIGMA_M] * 3 + [FIRST_SIGMA_M_S] * 3)
    return Setting(
        truth,
        plots,
        bare_plots_of(plots),
        np.array([measurement_row(plot, place) for plot in plots]),
        radar_array(place),
        truth[0] + sigmas * random.standard_normal(6),
        np.diag(sigmas**2),
    )
