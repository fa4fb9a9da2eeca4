"""Many objects in one scan of one radar, false plots among theirs. Objects and radar are notional.

The peers begin from what thirty scans before had told, each plot rightly given to its object; ours
has found its tracks by itself, from longer before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.bench.speed.bare_filter import extended_predict, extended_update
from commonwatch.bench.speed.setting import BEGIN_S, RADAR, bare_plots_of, plots_of, radar_array
from commonwatch.estimate.measurement import place_sensor
from commonwatch.trajectory.frames import Site, ecef_from_geodetic, enu_from_ecef
from commonwatch.trajectory.kernels.arc import coast

Array = NDArray[np.float64]

SEED = 145
SCAN_S = 1.0
SCANS_BEFORE = 30
DETECTED_SHARE = 0.97
LATITUDES_DEG = (36.0, 44.0)
LONGITUDES_DEG = (122.0, 134.0)
HEIGHTS_M = (300e3, 1500e3)
SPEEDS_M_S = (4500.0, 6500.0)
CLIMB_RAD = math.radians(15.0)
FIRST_SIGMA_M, FIRST_SIGMA_M_S = 2000.0, 200.0


@dataclass(frozen=True, slots=True)
class Scene:
    """A scan `now_s` of objects (n): plots in order of time, and each one's object, -1 for a false.

    `truth` (n, 6) is ECEF at the scan; `means` (n, 6) and `covs` (n, 6, 6) are what was known one
    scan before; `before` are the plots of the scans up to then.
    """

    now_s: float
    truth: Array
    means: Array
    covs: Array
    plots: tuple[Plot, ...]
    objects: NDArray[np.int64]
    radar: Array


def scene_of(count: int, plot_count: int) -> Scene:
    """So many objects and plots, the same ones each time."""
    random = np.random.default_rng(SEED)
    truth = np.array([_state(random) for _ in range(count)])
    radar = radar_array(place_sensor(RADAR))
    sigmas = np.array([FIRST_SIGMA_M] * 3 + [FIRST_SIGMA_M_S] * 3)
    means = truth + sigmas * random.standard_normal(truth.shape)
    covs = np.tile(np.diag(sigmas**2), (count, 1, 1))
    for scan in range(1, SCANS_BEFORE + 1):
        truth = moved(truth, SCAN_S)
        rows = bare_plots_of(plots_of(truth, np.full(count, BEGIN_S + scan * SCAN_S), random))
        for mean, cov, plot in zip(means, covs, rows, strict=True):
            extended_predict(mean, cov, SCAN_S)
            extended_update(mean, cov, radar, plot)
    now_s = BEGIN_S + (SCANS_BEFORE + 1) * SCAN_S
    truth = moved(truth, SCAN_S)
    plots, objects = seen(truth, plot_count, now_s, random)
    return Scene(now_s, truth, means, covs, plots, objects, radar)


def seen(
    truth: Array, plot_count: int, now_s: float, random: np.random.Generator
) -> tuple[tuple[Plot, ...], NDArray[np.int64]]:
    """So many plots of a scan, most objects' and false ones, and each one's object, -1 for none."""
    found = np.flatnonzero(random.random(len(truth)) < DETECTED_SHARE)[:plot_count]
    false = np.array([_state(random) for _ in range(plot_count - found.size)])
    states = np.concatenate([truth[found], false])
    objects = np.concatenate([found, np.full(len(false), -1)])
    order = random.permutation(plot_count)
    return plots_of(states[order], np.full(plot_count, now_s), random), objects[order]


def _state(random: np.random.Generator) -> Array:
    """Somewhere in the volume that the radar looks at, on a gently rising or falling arc."""
    ranges = (LATITUDES_DEG, LONGITUDES_DEG, HEIGHTS_M)
    lat_deg, lon_deg, height_m = (float(random.uniform(*one)) for one in ranges)
    heading, climb = random.uniform(0.0, 2.0 * math.pi), random.uniform(-CLIMB_RAD, CLIMB_RAD)
    level = math.cos(climb)
    direction = np.array([level * math.sin(heading), level * math.cos(heading), math.sin(climb)])
    state = np.empty(6)
    state[:3] = ecef_from_geodetic([[lat_deg, lon_deg, height_m]])[0]
    turn = enu_from_ecef(Site(lat_deg, lon_deg, height_m))
    state[3:] = random.uniform(*SPEEDS_M_S) * direction @ turn
    return state


def moved(states: Array, duration_s: float) -> Array:
    """All of them that much later, or earlier."""
    out = np.empty_like(states)
    for state, later in zip(states, out, strict=True):
        coast(state, 0.0, duration_s, later)
    return out
