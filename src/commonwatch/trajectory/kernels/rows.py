"""Kernels over the rows of arrays: many points, many arcs, one call."""

from __future__ import annotations

import numpy as np

from commonwatch.trajectory.kernels.arc import DONE, coast, fly_to_ground_within
from commonwatch.trajectory.kernels.atmosphere import air_density
from commonwatch.trajectory.kernels.geodesy import ecef_from_geodetic, geodetic_from_ecef
from commonwatch.trajectory.kernels.jit import kernel


@kernel
def geodetic_rows(positions_ecef_m: np.ndarray, out: np.ndarray) -> None:
    """Fill rows of `out` (n, 3) with latitude, longitude (rad), height (m) of ECEF points."""
    for i in range(positions_ecef_m.shape[0]):
        out[i, 0], out[i, 1], out[i, 2] = geodetic_from_ecef(
            positions_ecef_m[i, 0], positions_ecef_m[i, 1], positions_ecef_m[i, 2]
        )


@kernel
def ecef_rows(geodetic: np.ndarray, out: np.ndarray) -> None:
    """Fill rows of `out` (n, 3) with the ECEF points (m) of latitude, longitude (rad), height."""
    for i in range(geodetic.shape[0]):
        out[i, 0], out[i, 1], out[i, 2] = ecef_from_geodetic(
            geodetic[i, 0], geodetic[i, 1], geodetic[i, 2]
        )


@kernel
def density_rows(heights_m: np.ndarray, out: np.ndarray) -> None:
    """Fill `out` (n,) with the air densities (kg/m3) at heights (n,)."""
    for i in range(heights_m.size):
        out[i] = air_density(heights_m[i])


@kernel
def fly_rows(
    states: np.ndarray,
    inverse_bc_m2_kg: np.ndarray,
    max_s: float,
    tolerance_m: float,
    events: np.ndarray,
    statuses: np.ndarray,
) -> None:
    """Fly each row of `states` (n, 6); fill `events` (n, EVENT_SIZE) and `statuses` (n,)."""
    for i in range(states.shape[0]):
        statuses[i] = fly_to_ground_within(
            states[i], inverse_bc_m2_kg[i], max_s, tolerance_m, events[i]
        )


@kernel
def coast_rows(
    state: np.ndarray, inverse_bc_m2_kg: float, times_s: np.ndarray, out: np.ndarray
) -> int:
    """Fill rows of `out` (n, 6) with the states at `times_s` (n,), each from the one before.

    Returns the status of the first coast that fails; rows from there on stay as they were.
    """
    here = state.copy()
    new = np.empty(6)
    t = 0.0
    for i in range(times_s.size):
        status = coast(here, inverse_bc_m2_kg, times_s[i] - t, new)
        if status != DONE:
            return status
        t = times_s[i]
        for k in range(6):
            here[k] = new[k]
            out[i, k] = new[k]
    return DONE
