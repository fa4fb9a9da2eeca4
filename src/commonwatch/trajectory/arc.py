"""One unpowered arc: to the ground with its apogee, along its path, or for a while."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from commonwatch.errors import UnusableInput
from commonwatch.limits import ARC_DURATION_MAX_S, ARC_PATH_STATES_MAX
from commonwatch.trajectory.checked_arrays import finite_vector, number_in, outside_the_earth
from commonwatch.trajectory.kernels import arc as kernels
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.trajectory.kernels.rows import coast_rows

# One over the ballistic coefficient m/(Cd A); the largest is a falling feather's.
INVERSE_BC_MAX_M2_KG = 10.0
TOLERANCE_LEAST_M = 1e-3
TOLERANCE_MOST_M = 1e3
# By the status of the kernel.
NO_IMPACT_REASONS = {
    kernels.STILL_UP: "still up at the end of the time given",
    kernels.TOO_MANY_STEPS: "too many integration steps",
    kernels.NOT_FINITE: "the integration met a value that is not finite",
    kernels.BELOW_GROUND: "below the ground",
}


@dataclass(frozen=True, slots=True)
class Apogee:
    """The highest point of an arc from its start on: seconds after the start, height (m)."""

    time_s: float
    height_m: float


@dataclass(frozen=True, slots=True)
class Impact:
    """Where an arc meets the WGS-84 ellipsoid: seconds after its start, place, ground speed."""

    time_s: float
    lat_deg: float
    lon_deg: float
    speed_m_s: float
    position_ecef_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Arc:
    """An unpowered arc; where `impact` is None `no_impact_reason` says why."""

    apogee: Apogee | None
    impact: Impact | None
    no_impact_reason: str | None


@dataclass(frozen=True, slots=True)
class Path:
    """States along an arc: seconds after its start (n,), ECEF positions and velocities (n, 6)."""

    times_s: NDArray[np.float64]
    states_ecef: NDArray[np.float64]


def fly(
    state_ecef: ArrayLike,
    inverse_bc_m2_kg: float,
    max_s: float = ARC_DURATION_MAX_S,
    tolerance_m: float = kernels.TOLERANCE_M,
) -> Arc:
    """Follow an unpowered body from an ECEF state (6,), m and m/s, until it meets the ground.

    Gravity to J4, rotation, drag in the US Standard Atmosphere 1976 with one over the ballistic
    coefficient (m2/kg, 0 for none); the ground is the ellipsoid. The impact is within about
    `tolerance_m`. Raises UnusableInput for a state, coefficient or time that cannot be flown.
    """
    state = _checked_state(state_ecef)
    inverse_bc = _checked_inverse_bc(inverse_bc_m2_kg)
    number_in("longest time", max_s, 0.0, ARC_DURATION_MAX_S)
    number_in("tolerance", tolerance_m, TOLERANCE_LEAST_M, TOLERANCE_MOST_M)
    event = np.empty(kernels.EVENT_SIZE)
    status = kernels.fly_to_ground_within(state, inverse_bc, float(max_s), tolerance_m, event)
    return arc_of(status, event)


def path(state_ecef: ArrayLike, inverse_bc_m2_kg: float, duration_s: float, step_s: float) -> Path:
    """States every `step_s` from now to `duration_s`, both included; the ground does not end it.

    Raises UnusableInput as `fly` does, and for more than ARC_PATH_STATES_MAX states.
    """
    state = _checked_state(state_ecef)
    inverse_bc = _checked_inverse_bc(inverse_bc_m2_kg)
    number_in("duration", duration_s, 0.0, ARC_DURATION_MAX_S)
    number_in("step", step_s, duration_s / ARC_PATH_STATES_MAX, math.inf)
    whole = int(duration_s / step_s) if step_s > 0.0 else 0
    times_s = step_s * np.arange(whole + 1, dtype=np.float64) if step_s > 0.0 else np.zeros(1)
    if times_s[-1] < duration_s:
        times_s = np.append(times_s, duration_s)
    states = np.full((len(times_s), 6), np.nan)
    status = coast_rows(state, inverse_bc, times_s, states)
    if status != kernels.DONE:
        raise UnusableInput(f"path: {NO_IMPACT_REASONS[status]}")
    return Path(times_s=times_s, states_ecef=states)


def coast_for(
    state_ecef: ArrayLike, inverse_bc_m2_kg: float, duration_s: float
) -> NDArray[np.float64]:
    """ECEF state (6,) of an unpowered body `duration_s` later, or earlier where that is negative.

    Raises UnusableInput as `fly` does, and where the arc leads to what is not finite.
    """
    state = _checked_state(state_ecef)
    inverse_bc = _checked_inverse_bc(inverse_bc_m2_kg)
    number_in("duration", duration_s, -ARC_DURATION_MAX_S, ARC_DURATION_MAX_S)
    out = np.empty(6)
    status = kernels.coast(state, inverse_bc, float(duration_s), out)
    if status != kernels.DONE:
        raise UnusableInput(f"coast: {NO_IMPACT_REASONS[status]}")
    return out


def arc_of(status: int, event: NDArray[np.float64]) -> Arc:
    """The value that a kernel's status and event row (EVENT_SIZE,) stand for."""
    apogee = None
    if math.isfinite(event[kernels.APOGEE_TIME]):
        apogee = Apogee(float(event[kernels.APOGEE_TIME]), float(event[kernels.APOGEE_HEIGHT]))
    if status != kernels.DONE:
        return Arc(apogee, None, NO_IMPACT_REASONS[status])
    x, y, z, vx, vy, vz = event[kernels.IMPACT_STATE : kernels.IMPACT_STATE + 6].tolist()
    lat_rad, lon_rad, _height_m = geodetic_from_ecef(x, y, z)
    impact = Impact(
        time_s=float(event[kernels.IMPACT_TIME]),
        lat_deg=math.degrees(lat_rad),
        lon_deg=math.degrees(lon_rad),
        speed_m_s=math.sqrt(vx * vx + vy * vy + vz * vz),
        position_ecef_m=(x, y, z),
    )
    return Arc(apogee, impact, None)


def _checked_state(state_ecef: ArrayLike) -> NDArray[np.float64]:
    state = finite_vector("ECEF state", state_ecef, 6)
    outside_the_earth("ECEF state", state[:3])
    return state


def _checked_inverse_bc(inverse_bc_m2_kg: float) -> float:
    return number_in("inverse ballistic coefficient", inverse_bc_m2_kg, 0.0, INVERSE_BC_MAX_M2_KG)
