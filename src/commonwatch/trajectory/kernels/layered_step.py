"""Steps of an arc that end where two layers of the atmosphere meet, or at the ground.

Where layers meet the density has a kink, over which a method of order 8 falls back to order 2 and
takes dozens of tiny steps. Here the law of one layer holds for a whole step, past its bounds if
need be; a step that would leave the layer is cut to end at the bound, and the next layer begins
there.
"""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.atmosphere import LAYER_BASE_M, SPACE, VACUUM
from commonwatch.trajectory.kernels.dop853 import (
    dop853_error,
    dop853_step,
    fill_first_stage,
    rk4_step,
)
from commonwatch.trajectory.kernels.dynamics import drag_layer
from commonwatch.trajectory.kernels.geodesy import height_and_normal
from commonwatch.trajectory.kernels.jit import borrowing_kernel, kernel

# Columns of a cursor: where on its way an arc is. Rates and times run in the direction of travel,
# which SIGN holds (1 forward in time, -1 backward).
SIGN = 0
LAYER = 1
HEIGHT = 2
RATE = 3
RATE_SLOPE = 4
TRIAL = 5
NEW_HEIGHT = 6
NEW_RATE = 7
LAST_STEP = 8
LAST_ERROR = 9
CURSOR_SIZE = 10

STEP_MAX_S = 600.0
STEP_FIRST_VACUUM_S = 60.0
STEP_FIRST_AIR_S = 2.0
AIR_TOP_M = 150e3
# Nearer to a bound than this is at the bound: the next layer's density differs by 3e-5 a metre at
# most.
BOUND_M = 0.05
GROUND_M = 1e-7
# The last stretch to a bound may be done by order 4 where it is this short a part of the step
# before it.
LAST_STRETCH_SHARE = 0.05
LANDING_ITERATIONS_MAX = 4
SHRINK_NOT_FINITE = 0.2
SHRINK_MAX = 0.2
GROWTH_MAX = 6.0
SAFETY = 0.9
ERROR_LEAST = 1e-6
STEP_MIN_S = 1e-9


@borrowing_kernel
def start_cursor(
    state: np.ndarray, inverse_bc_m2_kg: float, sign: float, cursor: np.ndarray, stages: np.ndarray
) -> None:
    """Fill a cursor (CURSOR_SIZE,) for an arc from `state`, and the first row of `stages`."""
    cursor[SIGN] = sign
    height, nx, ny, nz = height_and_normal(state[0], state[1], state[2])
    cursor[NEW_HEIGHT] = height
    cursor[NEW_RATE] = sign * (nx * state[3] + ny * state[4] + nz * state[5])
    cursor[LAYER] = drag_layer(height, inverse_bc_m2_kg)
    cursor[LAST_STEP] = 0.0
    cursor[LAST_ERROR] = 0.0
    in_air = cursor[LAYER] != VACUUM and height < AIR_TOP_M
    cursor[TRIAL] = STEP_FIRST_AIR_S if in_air else STEP_FIRST_VACUUM_S
    move_on(state, state, inverse_bc_m2_kg, cursor, stages)


@borrowing_kernel
def move_on(
    here: np.ndarray,
    new: np.ndarray,
    inverse_bc_m2_kg: float,
    cursor: np.ndarray,
    stages: np.ndarray,
) -> None:
    """Make `new` the present state: layer, rates and the first row of `stages` follow."""
    for k in range(6):
        here[k] = new[k]
    cursor[HEIGHT] = cursor[NEW_HEIGHT]
    cursor[RATE] = cursor[NEW_RATE]
    layer = int(cursor[LAYER])
    if layer != VACUUM:
        if cursor[RATE] < 0.0 and layer > 0 and cursor[HEIGHT] <= LAYER_BASE_M[layer] + BOUND_M:
            layer -= 1
        elif (
            cursor[RATE] > 0.0
            and layer < SPACE
            and cursor[HEIGHT] >= LAYER_BASE_M[layer + 1] - BOUND_M
        ):
            layer += 1
        cursor[LAYER] = layer
    fill_first_stage(here, inverse_bc_m2_kg, layer, stages)
    # Slope of the height rate: acceleration along the normal, and the normal's turning with the
    # motion.
    r2 = here[0] * here[0] + here[1] * here[1] + here[2] * here[2]
    inverse_r2 = 1.0 / r2
    along = here[0] * here[3] + here[1] * here[4] + here[2] * here[5]
    v2 = here[3] * here[3] + here[4] * here[4] + here[5] * here[5]
    up = stages[0, 0] * here[0] + stages[0, 1] * here[1] + stages[0, 2] * here[2]
    cursor[RATE_SLOPE] = (up + v2 - along * along * inverse_r2) * math.sqrt(inverse_r2)


@kernel
def _time_down_s(drop_m: float, rate: float, slope: float) -> float:
    """Time until the height has fallen by `drop_m`, at least 0; inf if it never will."""
    discriminant = rate * rate - 2.0 * slope * drop_m
    if rate <= 0.0:
        root = math.sqrt(max(discriminant, 0.0))
        return 2.0 * drop_m / (root - rate) if root - rate > 0.0 else math.inf
    if slope >= 0.0:
        return math.inf
    return (rate + math.sqrt(discriminant)) / -slope


@kernel
def _time_up_s(rise_m: float, rate: float, slope: float) -> float:
    """Time until the height has risen by `rise_m`, at least 0; inf if it never will."""
    discriminant = rate * rate + 2.0 * slope * rise_m
    if rate <= 0.0 or discriminant < 0.0:
        return math.inf
    return 2.0 * rise_m / (rate + math.sqrt(discriminant))


@kernel
def _bounds_m(layer: int, floor_m: float) -> tuple[float, float]:
    """Lowest and highest height (m) of a layer; the floor is the ground, or minus infinity."""
    if layer == VACUUM:
        return floor_m, math.inf
    low = floor_m if layer == 0 else LAYER_BASE_M[layer]
    return low, LAYER_BASE_M[layer + 1] if layer < SPACE else math.inf


@borrowing_kernel
def _time_to_bound_s(cursor: np.ndarray, low_m: float, high_m: float) -> float:
    """Estimate of the time until the arc leaves its layer."""
    height = cursor[HEIGHT]
    rate = cursor[RATE]
    slope = cursor[RATE_SLOPE]
    down = _time_down_s(max(height - low_m, 0.0), rate, slope) if low_m > -math.inf else math.inf
    up = _time_up_s(max(high_m - height, 0.0), rate, slope) if high_m < math.inf else math.inf
    return min(down, up)


@borrowing_kernel
def _crossing_s(cursor: np.ndarray, h_s: float, bound_m: float) -> float:
    """Time (s) at which the cubic through the heights and rates of both ends passes a bound."""
    low = 0.0
    high = h_s
    start = cursor[HEIGHT] - bound_m
    end = cursor[NEW_HEIGHT] - bound_m
    below_at_end = end < 0.0
    for _ in range(30):
        t = 0.5 * (low + high)
        u = t / h_s
        w = 1.0 - u
        value = (
            (1.0 + 2.0 * u) * w * w * start
            + u * w * w * h_s * cursor[RATE]
            + u * u * (3.0 - 2.0 * u) * end
            - u * u * w * h_s * cursor[NEW_RATE]
        )
        if (value < 0.0) == below_at_end:
            high = t
        else:
            low = t
    return high


@borrowing_kernel
def _land(
    new: np.ndarray,
    inverse_bc_m2_kg: float,
    bound_m: float,
    precision_m: float,
    cursor: np.ndarray,
    stages: np.ndarray,
) -> float:
    """Move `new` by short steps onto a bound; return the time (s) that took, along the travel."""
    taken = 0.0
    layer = int(cursor[LAYER])
    for _ in range(LANDING_ITERATIONS_MAX):
        gap = cursor[NEW_HEIGHT] - bound_m
        if abs(gap) <= precision_m or cursor[NEW_RATE] == 0.0:
            break
        dt = -gap / cursor[NEW_RATE]
        fill_first_stage(new, inverse_bc_m2_kg, layer, stages)
        rk4_step(new, inverse_bc_m2_kg, layer, cursor[SIGN] * dt, stages, new)
        taken += dt
        _look(new, cursor)
    return taken


@borrowing_kernel
def _look(new: np.ndarray, cursor: np.ndarray) -> None:
    """Note height and height rate of the new state."""
    height, nx, ny, nz = height_and_normal(new[0], new[1], new[2])
    cursor[NEW_HEIGHT] = height
    cursor[NEW_RATE] = cursor[SIGN] * (nx * new[3] + ny * new[4] + nz * new[5])


@borrowing_kernel
def _grown_s(h_s: float, error: float, cursor: np.ndarray) -> float:
    """Length for the step after one of that error; notes both for the next time.

    Gustafsson's predictive control (Hairer and Wanner, Solving Ordinary Differential Equations II,
    section IV.8, eq. 8.25): errors that grow from step to step, as they do on the way down, are met
    beforehand.
    """
    usual = SAFETY * max(error, ERROR_LEAST) ** (-0.125)
    predicted = usual
    if cursor[LAST_STEP] > 0.0:
        trend = (cursor[LAST_ERROR] / max(error, ERROR_LEAST)) ** 0.125
        predicted = usual * trend * h_s / cursor[LAST_STEP]
    cursor[LAST_STEP] = h_s
    cursor[LAST_ERROR] = max(error, ERROR_LEAST)
    return float(h_s * min(GROWTH_MAX, usual, predicted))


@borrowing_kernel
def layered_step(
    here: np.ndarray,
    inverse_bc_m2_kg: float,
    limit_s: float,
    floor_m: float,
    scale_m: float,
    scale_m_s: float,
    cursor: np.ndarray,
    stages: np.ndarray,
    new: np.ndarray,
) -> float:
    """Try one step from `here`, at most `limit_s` (signed) long; return its length, signed.

    0 where it was too long: the cursor then holds a shorter one to try. NaN where none is short
    enough. On success `new` and the cursor's NEW_ columns hold where it leads; `move_on` makes that
    the present.
    """
    layer = int(cursor[LAYER])
    low, high = _bounds_m(layer, floor_m)
    most = min(cursor[TRIAL], STEP_MAX_S)
    reach = _time_to_bound_s(cursor, low, high)
    h = min(most, reach, abs(limit_s))
    if h < STEP_MIN_S and h < abs(limit_s):
        h = STEP_MIN_S
    ends = h == abs(limit_s)
    step = limit_s if ends else cursor[SIGN] * h
    dop853_step(here, inverse_bc_m2_kg, layer, step, stages, new)
    error = dop853_error(step, stages, scale_m, scale_m_s)
    if not math.isfinite(error):
        cursor[TRIAL] = SHRINK_NOT_FINITE * h
        return 0.0 if h > STEP_MIN_S else math.nan
    if error > 1.0:
        cursor[TRIAL] = h * max(SHRINK_MAX, SAFETY * error ** (-0.125))
        return 0.0 if h > STEP_MIN_S else math.nan
    _look(new, cursor)
    # The bound ahead, if the step came to it or past it.
    bound = low if cursor[NEW_RATE] < 0.0 else high
    precision = GROUND_M if bound == floor_m else BOUND_M
    gap = cursor[NEW_HEIGHT] - bound if bound == low else bound - cursor[NEW_HEIGHT]
    away_s = gap / max(abs(cursor[NEW_RATE]), 1e-9)
    past = gap < -precision
    if abs(away_s) <= LAST_STRETCH_SHARE * h and (past or not ends):
        step += cursor[SIGN] * _land(new, inverse_bc_m2_kg, bound, precision, cursor, stages)
    elif past:
        cursor[TRIAL] = _crossing_s(cursor, h, bound)
        return 0.0 if h > STEP_MIN_S else math.nan
    grown = _grown_s(h, error, cursor)
    # A step cut short at a bound says little against the one that was meant.
    cursor[TRIAL] = max(grown, most) if h < most else grown
    return step
