"""A booster above the air, and what a sensor aside of its start would measure of it."""

from __future__ import annotations

import math

import erfa
import numpy as np

from tests.trajectory.flights import OVERFLIGHT
from tests.trajectory.naive_filters import Watcher, axes_ecef, powered

DRAG = -math.log(5000.0)
SIGMAS = (5e-4, 4e-4, 30.0, 2.0)
INFRARED_SIGMAS = (3e-4, 3e-4, math.nan, math.nan)


def close(got: np.ndarray, expected: np.ndarray, within: float) -> bool:
    """Whether two covariances are the same, in units in which every sigma is one."""
    sigmas = np.sqrt(np.diag(expected))
    return bool((np.abs(got - expected) <= within * np.outer(sigmas, sigmas)).all())


def watcher_of(
    state: np.ndarray, rng: np.random.Generator, sigmas=SIGMAS, aside=(3.0, -4.0)
) -> Watcher:
    """A sensor on the ground aside of a start, and what it measures of a state."""
    lon, lat, _ = erfa.gc2gd(1, np.asarray(OVERFLIGHT[:3]))
    lat_deg, lon_deg = math.degrees(lat) + aside[0], math.degrees(lon) + aside[1]
    place = erfa.gd2gc(1, math.radians(lon_deg), math.radians(lat_deg), 100.0)
    axes = axes_ecef(lat_deg, lon_deg)
    at = Watcher(place, axes, (0.0, 0.0, 1.0, 0.0), sigmas).predicted(state)
    noise = rng.standard_normal(4) * np.nan_to_num(np.array(sigmas))
    measured = at + noise / np.array([math.cos(at[1]), 1.0, 1.0, 1.0])
    return Watcher(place, axes, tuple(measured), sigmas)


def burning(seconds: float) -> np.ndarray:
    """A booster above the air: nine states some seconds on."""
    start = np.concatenate([OVERFLIGHT, 40.0 * OVERFLIGHT[3:] / np.linalg.norm(OVERFLIGHT[3:])])
    start[3:6] *= 0.6
    return powered(start, seconds)
