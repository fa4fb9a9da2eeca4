"""Coasting arcs: for a time, or to the ground with apogee and impact as events."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.dop853 import WORK_ROWS, dop853_error, dop853_step
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.trajectory.kernels.jit import kernel

DONE = 0
STILL_UP = 1
TOO_MANY_STEPS = 2
NOT_FINITE = 3
BELOW_GROUND = 4

STEPS_MAX = 20_000
ATOL_M = 1e-3
RTOL = 1e-10
STEP_FIRST_S = 10.0
STEP_MAX_S = 300.0
EVENT_ITERATIONS_MAX = 40

# Columns of an event row.
IMPACT_TIME = 0
IMPACT_STATE = 1
APOGEE_TIME = 7
APOGEE_HEIGHT = 8
EVENT_SIZE = 9


@kernel
def _next_step_s(h_s: float, error: float) -> float:
    """Step length after a step of that error (Hairer, section II.4, eq. 4.13), order 8."""
    if error <= 0.0:
        return h_s * 6.0
    return h_s * min(6.0, max(0.2, 0.9 * error ** (-0.125)))


@kernel
def height_m(state: np.ndarray) -> float:
    """Height above the ellipsoid (m) of an ECEF state."""
    _lat, _lon, height = geodetic_from_ecef(state[0], state[1], state[2])
    return height


@kernel
def height_rate_m_s(state: np.ndarray) -> float:
    """Rate of change of the ellipsoidal height (m/s): the velocity along the ellipsoid's normal."""
    lat, lon, _height = geodetic_from_ecef(state[0], state[1], state[2])
    c = math.cos(lat)
    return c * math.cos(lon) * state[3] + c * math.sin(lon) * state[4] + math.sin(lat) * state[5]


@kernel
def coast(state: np.ndarray, inverse_bc_m2_kg: float, duration_s: float, out: np.ndarray) -> int:
    """Fill `out` (6,) with the ECEF state `duration_s` later (earlier where negative); return a status code."""
    work = np.empty((WORK_ROWS, 6))
    new = np.empty(6)
    for k in range(6):
        out[k] = state[k]
    left = duration_s
    h = math.copysign(min(abs(duration_s), STEP_FIRST_S), duration_s)
    for _ in range(STEPS_MAX):
        if left == 0.0:
            return DONE
        if abs(h) > abs(left):
            h = left
        dop853_step(out, inverse_bc_m2_kg, h, new, work)
        error = dop853_error(out, new, h, work, ATOL_M, RTOL)
        if not math.isfinite(error):
            return NOT_FINITE
        if error <= 1.0:
            left -= h
            for k in range(6):
                out[k] = new[k]
        h = math.copysign(min(abs(_next_step_s(h, error)), STEP_MAX_S), duration_s)
    return TOO_MANY_STEPS


@kernel
def _locate(
    state: np.ndarray, inverse_bc_m2_kg: float, h_s: float, wants_apogee: bool, new: np.ndarray, work: np.ndarray
) -> float:
    """Time within (0, h_s] at which height (or its rate) passes zero downwards; `new` is the state there.

    Regula falsi with the Illinois rule: each trial is a whole step of the method from `state`, so the event is as
    exact as the arc itself.
    """
    low = 0.0
    high = h_s
    f_low = height_rate_m_s(state) if wants_apogee else height_m(state)
    dop853_step(state, inverse_bc_m2_kg, high, new, work)
    f_high = height_rate_m_s(new) if wants_apogee else height_m(new)
    side = 0
    tolerance = 1e-9 if wants_apogee else 1e-7
    t = high
    for _ in range(EVENT_ITERATIONS_MAX):
        t = (low * f_high - high * f_low) / (f_high - f_low) if f_high != f_low else 0.5 * (low + high)
        dop853_step(state, inverse_bc_m2_kg, t, new, work)
        f = height_rate_m_s(new) if wants_apogee else height_m(new)
        if abs(f) < tolerance or high - low < 1e-11:
            break
        if f > 0.0:
            low = t
            f_low = f
            if side == 1:
                f_high *= 0.5
            side = 1
        else:
            high = t
            f_high = f
            if side == -1:
                f_low *= 0.5
            side = -1
    return t


@kernel
def fly_to_ground(state: np.ndarray, inverse_bc_m2_kg: float, max_s: float, event: np.ndarray) -> int:
    """Follow an arc until it meets the ellipsoid; fill `event` (EVENT_SIZE,), times in seconds from `state`.

    Apogee is the highest point from now on: of a body that already descends it is where it is now.
    Returns STILL_UP where it has not come down within `max_s` (impact columns NaN).
    """
    work = np.empty((WORK_ROWS, 6))
    new = np.empty(6)
    here = state.copy()
    for k in range(EVENT_SIZE):
        event[k] = np.nan
    if not height_m(here) >= 0.0:
        return BELOW_GROUND
    t = 0.0
    h = STEP_FIRST_S
    rate = height_rate_m_s(here)
    if rate <= 0.0:
        event[APOGEE_TIME] = 0.0
        event[APOGEE_HEIGHT] = height_m(here)
    for _ in range(STEPS_MAX):
        if t >= max_s:
            return STILL_UP
        dop853_step(here, inverse_bc_m2_kg, h, new, work)
        error = dop853_error(here, new, h, work, ATOL_M, RTOL)
        if not math.isfinite(error):
            # A trial far below the ground: try a shorter one, unless that is where we are.
            h *= 0.2
            if h < 1e-6:
                return NOT_FINITE
            continue
        if error <= 1.0:
            new_rate = height_rate_m_s(new)
            if rate > 0.0 and new_rate <= 0.0:
                at = _locate(here, inverse_bc_m2_kg, h, True, new, work)
                event[APOGEE_TIME] = t + at
                event[APOGEE_HEIGHT] = height_m(new)
                dop853_step(here, inverse_bc_m2_kg, h, new, work)
            if height_m(new) <= 0.0:
                at = _locate(here, inverse_bc_m2_kg, h, False, new, work)
                event[IMPACT_TIME] = t + at
                for k in range(6):
                    event[IMPACT_STATE + k] = new[k]
                return DONE
            t += h
            rate = new_rate
            for k in range(6):
                here[k] = new[k]
        h = min(_next_step_s(h, error), STEP_MAX_S)
    return TOO_MANY_STEPS
