"""A ballistic flight, flown from lift-off under thrust to the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import BrokenInvariant, UnusableInput
from commonwatch.limits import FLIGHT_PATH_STATES_MAX
from commonwatch.trajectory.ascent import Booster, Steering, fly_ascent
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.kernels.arc import (
    APOGEE_HEIGHT,
    APOGEE_TIME,
    DONE,
    EVENT_SIZE,
    IMPACT_STATE,
    IMPACT_TIME,
    coast,
    fly_to_ground,
    height_m,
)
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.trajectory.notional_booster import COASTING_BALLISTIC_COEFFICIENT_KG_M2

COAST_S_MAX = 100_000.0


@dataclass(frozen=True, slots=True)
class BallisticFlight:
    """A flown flight: what lifted it, what came of it; times from lift-off, speeds Earth-fixed."""

    launch: Place
    booster: Booster
    steering: Steering
    cutoff_s: float
    ballistic_coefficient_kg_m2: float
    burnout_height_m: float
    burnout_speed_m_s: float
    apogee_time_s: float
    apogee_m: float
    flight_time_s: float
    impact: Place
    impact_speed_m_s: float


@dataclass(frozen=True, slots=True)
class FlightPath:
    """States (n, 6) ECEF (m, m/s) at `times_s` (n,) after lift-off; the last is at impact."""

    times_s: NDArray[np.float64]
    states_ecef: NDArray[np.float64]


def fly(
    launch: Place,
    booster: Booster,
    steering: Steering,
    cutoff_s: float,
    ballistic_coefficient_kg_m2: float = COASTING_BALLISTIC_COEFFICIENT_KG_M2,
) -> BallisticFlight | None:
    """The flight of a booster from the ground to the ground; None where it does not come down.

    None also where thrust ends below the ground, or after the highest point.
    Raises UnusableInput for a booster, steering or cutoff that cannot be flown.
    """
    ascent = fly_ascent(
        launch.lat_deg, launch.lon_deg, 0.0, booster, steering, cutoff_s, step_s=cutoff_s
    )
    burnout = ascent.states_ecef[-1]
    event = np.empty(EVENT_SIZE)
    status = fly_to_ground(burnout, 1.0 / ballistic_coefficient_kg_m2, COAST_S_MAX, event)
    if status != DONE or event[APOGEE_TIME] <= 0.0:
        return None
    impact = event[IMPACT_STATE : IMPACT_STATE + 6]
    lat_rad, lon_rad, _height_m = geodetic_from_ecef(impact[0], impact[1], impact[2])
    return BallisticFlight(
        launch=launch,
        booster=booster,
        steering=steering,
        cutoff_s=cutoff_s,
        ballistic_coefficient_kg_m2=ballistic_coefficient_kg_m2,
        burnout_height_m=float(height_m(burnout)),
        burnout_speed_m_s=float(np.linalg.norm(burnout[3:])),
        apogee_time_s=cutoff_s + float(event[APOGEE_TIME]),
        apogee_m=float(event[APOGEE_HEIGHT]),
        flight_time_s=cutoff_s + float(event[IMPACT_TIME]),
        impact=Place(math.degrees(lat_rad), math.degrees(lon_rad)),
        impact_speed_m_s=float(np.linalg.norm(impact[3:])),
    )


def path_of(flight: BallisticFlight, step_s: float) -> FlightPath:
    """The path of a flight every `step_s` from lift-off, with burnout and impact in between.

    Raises UnusableInput for a step that is not above 0 or gives too many states.
    """
    if not (math.isfinite(step_s) and step_s > 0.0):
        raise UnusableInput(f"path in steps of {step_s} s; the step must be above 0")
    if flight.flight_time_s / step_s > FLIGHT_PATH_STATES_MAX:
        raise UnusableInput(
            f"path in steps of {step_s:g} s: more than {FLIGHT_PATH_STATES_MAX} states; "
            "use a longer step"
        )
    ascent = fly_ascent(
        flight.launch.lat_deg,
        flight.launch.lon_deg,
        0.0,
        flight.booster,
        flight.steering,
        flight.cutoff_s,
        step_s=step_s,
    )
    first = math.floor(flight.cutoff_s / step_s) + 1
    last = math.ceil(flight.flight_time_s / step_s)
    grid = np.array([k * step_s for k in range(first, last)] + [flight.flight_time_s])
    states = np.empty((grid.size, 6))
    here, time_s = ascent.states_ecef[-1], flight.cutoff_s
    for row, next_s in enumerate(grid):
        status = coast(here, 1.0 / flight.ballistic_coefficient_kg_m2, next_s - time_s, states[row])
        if status != DONE:
            raise BrokenInvariant(f"coast of a flight that came down failed with status {status}")
        here, time_s = states[row], next_s
    return FlightPath(
        np.concatenate([ascent.times_s, grid]), np.concatenate([ascent.states_ecef, states])
    )
