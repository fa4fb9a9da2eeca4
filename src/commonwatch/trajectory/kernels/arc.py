"""Coasting arcs: for a time, or to the ground with apogee and impact as events."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.dop853 import dop853_step, fill_first_stage, rk4_step
from commonwatch.trajectory.kernels.dop853_stages import STAGES
from commonwatch.trajectory.kernels.dynamics import drag_layer
from commonwatch.trajectory.kernels.geodesy import height_and_normal, height_from_distance
from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2
from commonwatch.trajectory.kernels.jit import borrowing_kernel, kernel
from commonwatch.trajectory.kernels.layered_step import (
    CURSOR_SIZE,
    HEIGHT,
    LAYER,
    NEW_HEIGHT,
    NEW_RATE,
    RATE,
    layered_step,
    move_on,
    start_cursor,
)

DONE = 0
STILL_UP = 1
TOO_MANY_STEPS = 2
NOT_FINITE = 3
BELOW_GROUND = 4

STEPS_MAX = 20_000
TOLERANCE_M = 1e-3
# A coast ends in the middle of an arc: its velocity, too, must serve a long arc afterwards.
COAST_ATOL_M = 1e-3
COAST_ATOL_M_S = 1e-6
COAST_RTOL = 1e-10
# Without drag worth a name one step of order 4 errs by less than 1e-5 m over this long a time.
SHORT_COAST_S = 5.0
SHORT_COAST_MIN_M = 120e3
GROUND_M = 1e-6
DEPTH_MAX_M = 100e3
EVENT_REFINEMENTS_MAX = 8
EVENT_OFFSET_S = 1e-3

# Columns of an event row.
IMPACT_TIME = 0
IMPACT_STATE = 1
APOGEE_TIME = 7
APOGEE_HEIGHT = 8
EVENT_SIZE = 9


@borrowing_kernel
def height_m(state: np.ndarray) -> float:
    """Height above the ellipsoid (m) of an ECEF state."""
    height, _nx, _ny, _nz = height_and_normal(state[0], state[1], state[2])
    return height


@borrowing_kernel
def height_rate_m_s(state: np.ndarray) -> float:
    """Rate of change of the ellipsoidal height (m/s): the velocity along the ellipsoid's normal."""
    _height, nx, ny, nz = height_and_normal(state[0], state[1], state[2])
    return float(nx * state[3] + ny * state[4] + nz * state[5])


@kernel
def coast(state: np.ndarray, inverse_bc_m2_kg: float, duration_s: float, out: np.ndarray) -> int:
    """Fill `out` (6,) with the ECEF state `duration_s` later; return a status code.

    A negative duration goes back. The ground does not end a coast, as the caller knows what it
    follows; DEPTH_MAX_M below it does (BELOW_GROUND), lest it come near the singular centre.
    """
    stages = np.empty((STAGES, 3))
    for k in range(6):
        out[k] = state[k]
    if abs(duration_s) <= SHORT_COAST_S and _is_high(out):
        layer = drag_layer(height_m(out), inverse_bc_m2_kg)
        fill_first_stage(out, inverse_bc_m2_kg, layer, stages)
        rk4_step(out, inverse_bc_m2_kg, layer, duration_s, stages, out)
        return DONE if math.isfinite(out[0] + out[3]) else NOT_FINITE
    new = np.empty(6)
    cursor = np.empty(CURSOR_SIZE)
    start_cursor(out, inverse_bc_m2_kg, math.copysign(1.0, duration_s), cursor, stages)
    r = math.sqrt(out[0] ** 2 + out[1] ** 2 + out[2] ** 2)
    v = math.sqrt(out[3] ** 2 + out[4] ** 2 + out[5] ** 2)
    scale_m = COAST_ATOL_M + COAST_RTOL * r
    scale_m_s = COAST_ATOL_M_S + COAST_RTOL * v
    left = duration_s
    for _ in range(STEPS_MAX):
        if left == 0.0:
            return DONE
        taken = layered_step(
            out, inverse_bc_m2_kg, left, -math.inf, scale_m, scale_m_s, cursor, stages, new
        )
        if not math.isfinite(taken):
            return NOT_FINITE
        if taken != 0.0:
            left -= taken
            move_on(out, new, inverse_bc_m2_kg, cursor, stages)
            if cursor[HEIGHT] < -DEPTH_MAX_M:
                return BELOW_GROUND
    return TOO_MANY_STEPS


@borrowing_kernel
def _is_high(state: np.ndarray) -> bool:
    """Whether the state lies so high, and stays so for a short coast, that air hardly matters."""
    r2 = state[0] * state[0] + state[1] * state[1] + state[2] * state[2]
    v2 = state[3] * state[3] + state[4] * state[4] + state[5] * state[5]
    inverse_r = 1.0 / math.sqrt(r2)
    s = state[2] * inverse_r
    lowest = height_from_distance(inverse_r, s * s) - SHORT_COAST_S * math.sqrt(v2)
    return lowest > SHORT_COAST_MIN_M


@borrowing_kernel
def _time_to_fall_s(state: np.ndarray, height: float, rate: float) -> float:
    """Time to the ground (s) were gravity as strong as here throughout: short, fit as a weight."""
    r2 = state[0] * state[0] + state[1] * state[1] + state[2] * state[2]
    g = WGS84_GM_M3_S2 / r2
    return float((rate + math.sqrt(rate * rate + 2.0 * g * max(height, 0.0))) / g)


@borrowing_kernel
def _apogee_within(
    here: np.ndarray,
    inverse_bc_m2_kg: float,
    taken_s: float,
    cursor: np.ndarray,
    stages: np.ndarray,
    new: np.ndarray,
) -> tuple[float, float]:
    """Time after `here` (s) and height (m) of the apogee in the step just taken.

    Secant steps, each trial a whole step of the method from `here`, so the event is as exact as the
    arc; what remains is made up to second order from the rate's slope.
    """
    low = 0.0
    high = taken_s
    f_low = cursor[RATE]
    f_high = cursor[NEW_RATE]
    t = high
    height = cursor[NEW_HEIGHT]
    for _ in range(EVENT_REFINEMENTS_MAX):
        t = (low * f_high - high * f_low) / (f_high - f_low)
        dop853_step(here, inverse_bc_m2_kg, int(cursor[LAYER]), t, stages, new)
        height, nx, ny, nz = height_and_normal(new[0], new[1], new[2])
        f = nx * new[3] + ny * new[4] + nz * new[5]
        slope = (f_high - f) / (high - t) if f > 0.0 else (f - f_low) / (t - low)
        if f > 0.0:
            low = t
            f_low = f
        else:
            high = t
            f_high = f
        offset = -f / slope if slope < 0.0 else 0.0
        if abs(offset) < EVENT_OFFSET_S or f == 0.0:
            return t + offset, height + 0.5 * f * offset
    return t, height


@kernel
def fly_to_ground_within(
    state: np.ndarray, inverse_bc_m2_kg: float, max_s: float, tolerance_m: float, event: np.ndarray
) -> int:
    """Follow an arc to the ellipsoid, to `tolerance_m` there; fill `event`; return a status code.

    `event` is (EVENT_SIZE,), times are in seconds from `state`. Apogee is the highest point from
    now on: of a body that already descends it is where it is now. STILL_UP where it has not come
    down within `max_s` (impact columns NaN). The error of each step is held to `tolerance_m` as it
    would show at the ground, that of the velocity multiplied by the time still to fall; they add
    up: of random arcs of heavy bodies 99 in 100 come down within three tolerances, and arcs that
    graze the air for minutes within a few decimetres.
    """
    stages = np.empty((STAGES, 3))
    new = np.empty(6)
    cursor = np.empty(CURSOR_SIZE)
    here = state.copy()
    for k in range(EVENT_SIZE):
        event[k] = math.nan
    start_cursor(here, inverse_bc_m2_kg, 1.0, cursor, stages)
    if not math.isfinite(cursor[HEIGHT] + cursor[RATE]):
        return NOT_FINITE
    if cursor[HEIGHT] < -GROUND_M:
        return BELOW_GROUND
    if cursor[RATE] <= 0.0:
        event[APOGEE_TIME] = 0.0
        event[APOGEE_HEIGHT] = cursor[HEIGHT]
    t = 0.0
    for _ in range(STEPS_MAX):
        if cursor[HEIGHT] <= GROUND_M and cursor[RATE] <= 0.0:
            event[IMPACT_TIME] = t
            for k in range(6):
                event[IMPACT_STATE + k] = here[k]
            return DONE
        if t >= max_s:
            return STILL_UP
        fall_s = _time_to_fall_s(here, cursor[HEIGHT], cursor[RATE])
        taken = layered_step(
            here,
            inverse_bc_m2_kg,
            max_s - t,
            0.0,
            tolerance_m,
            tolerance_m / (1.0 + fall_s),
            cursor,
            stages,
            new,
        )
        if not math.isfinite(taken):
            return NOT_FINITE
        if taken != 0.0:
            if cursor[RATE] > 0.0 and cursor[NEW_RATE] <= 0.0:
                _record_apogee(here, inverse_bc_m2_kg, t, taken, cursor, stages, event)
            t += taken
            move_on(here, new, inverse_bc_m2_kg, cursor, stages)
    return TOO_MANY_STEPS


@kernel
def _record_apogee(
    here: np.ndarray,
    inverse_bc_m2_kg: float,
    t: float,
    taken_s: float,
    cursor: np.ndarray,
    stages: np.ndarray,
    event: np.ndarray,
) -> None:
    """Write the apogee in the step just taken from `here` at `t`, if it is the highest yet."""
    trial = np.empty(6)
    # Landing on a bound has used the row for a state of its own.
    fill_first_stage(here, inverse_bc_m2_kg, int(cursor[LAYER]), stages)
    after_s, height = _apogee_within(here, inverse_bc_m2_kg, taken_s, cursor, stages, trial)
    if not event[APOGEE_HEIGHT] >= height:
        event[APOGEE_TIME] = t + after_s
        event[APOGEE_HEIGHT] = height


@kernel
def fly_to_ground(
    state: np.ndarray, inverse_bc_m2_kg: float, max_s: float, event: np.ndarray
) -> int:
    """Follow an arc to the ellipsoid, to a millimetre: `fly_to_ground_within` TOLERANCE_M."""
    return fly_to_ground_within(state, inverse_bc_m2_kg, max_s, TOLERANCE_M, event)
