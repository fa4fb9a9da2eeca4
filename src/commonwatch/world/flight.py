"""True flights of the simulated world: from lift-off to impact, in the Earth-fixed frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import BrokenInvariant, UnusableInput
from commonwatch.limits import FLIGHT_TIME_MAX_S
from commonwatch.trajectory.ascent import Booster, Steering, fly_ascent
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.trajectory.kernels.rows import coast_rows

# Truth is told from here on, when the thrust is certainly over.
STATE_AFTER_BURNOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class GroundEvent:
    """When (s after lift-off) and where something touches the ellipsoid."""

    time_s: float
    place: Place


@dataclass(frozen=True, slots=True)
class Lift:
    """What lifts an object, and from where: place, ellipsoidal height (m), booster, steering.

    Thrust ends at `cutoff_s` after lift-off; from then on the ballistic coefficient (kg/m2) holds.
    """

    launch: Place
    height_m: float
    booster: Booster
    steering: Steering
    cutoff_s: float
    ballistic_coefficient_kg_m2: float


@dataclass(frozen=True, slots=True)
class Flight:
    """One object's true path: states (n, 6) ECEF (m, m/s) at `times_s` (n,) after lift-off.

    The times hold every whole second, each jump of the thrust and the impact, so that a cubic
    through two neighbours is good to centimetres. `lift_off_s` is POSIX; `burns_s` has begin and
    end of each burn after lift-off, `burnout_s` the end of the last; from then on it is ballistic
    where `ballistic` says so. `impact` is None for what does not come down. A spent stage or a
    piece has no burn of its own: its states begin at `parted_s` after lift-off, when it parts.
    """

    name: str
    lift_off_s: float
    launch: Place
    ballistic_coefficient_kg_m2: float
    times_s: NDArray[np.float64]
    states_ecef: NDArray[np.float64]
    burns_s: tuple[tuple[float, float], ...]
    apogee_s: float
    apogee_height_m: float
    impact: GroundEvent | None
    ballistic: bool = True
    parted_s: float | None = None

    @property
    def powered(self) -> bool:
        """Whether any thrust of its own ever acts on it."""
        return self.parted_s is None

    @property
    def burnout_s(self) -> float:
        """When the last burn ends, or when it parts (s after lift-off): it coasts from then on."""
        return self.burns_s[-1][1] if self.parted_s is None else self.parted_s

    def is_burning(self, times_s: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether thrust acts at times (n,) after lift-off."""
        burning = np.zeros(times_s.shape, dtype=np.bool_)
        for begin_s, end_s in self.burns_s:
            burning |= (times_s >= begin_s) & (times_s <= end_s)
        return burning

    def states_at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """States (m, 6) at times (m,) after lift-off within the flight; NaN outside of it."""
        return interpolate_states(self.times_s, self.states_ecef, times_s)

    def state_after_burnout(self) -> NDArray[np.float64]:
        """The coasting state (6,) 5 s after burnout."""
        state: NDArray[np.float64] = self.states_at(
            np.array([self.burnout_s + STATE_AFTER_BURNOUT_S])
        )[0]
        return state


def interpolate_states(
    times_s: NDArray[np.float64], states: NDArray[np.float64], wanted_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Cubic Hermite position and its exact derivative at times (m,); NaN outside of the table."""
    i = np.clip(np.searchsorted(times_s, wanted_s, side="right") - 1, 0, times_s.size - 2)
    h = times_s[i + 1] - times_s[i]
    s = ((wanted_s - times_s[i]) / h)[:, None]
    h = h[:, None]
    p0, v0, p1, v1 = states[i, :3], states[i, 3:], states[i + 1, :3], states[i + 1, 3:]
    position = (
        (1 + 2 * s) * (1 - s) ** 2 * p0
        + s * (1 - s) ** 2 * h * v0
        + s * s * (3 - 2 * s) * p1
        + s * s * (s - 1) * h * v1
    )
    velocity = 6 * s * (s - 1) * (p0 - p1) / h + (1 - s) * (1 - 3 * s) * v0 + s * (3 * s - 2) * v1
    outside = (wanted_s < times_s[0]) | (wanted_s > times_s[-1])
    result = np.concatenate([position, velocity], axis=1)
    result[outside] = np.nan
    return result


def fly(name: str, lift_off_s: float, lift: Lift) -> Flight:
    """Fly from the launch place through burnout to the ground, and remember every second of it.

    Raises UnusableInput where the booster or steering cannot be flown, or where it does not come
    down within the longest flight that the world holds.
    """
    ascent = fly_ascent(
        lift.launch.lat_deg,
        lift.launch.lon_deg,
        lift.height_m,
        lift.booster,
        lift.steering,
        lift.cutoff_s,
    )
    inverse = 1.0 / lift.ballistic_coefficient_kg_m2
    event = coast_to_ground(ascent.states_ecef[-1], inverse)
    if event is None:
        raise UnusableInput(
            f"flight {name}: it is not down {FLIGHT_TIME_MAX_S:.0f} s after burnout; "
            "an earlier cutoff would bring it down"
        )
    times_s, states = coast_table(
        ascent.burnout_s, ascent.states_ecef[-1], inverse, ascent.burnout_s + event[arc.IMPACT_TIME]
    )
    return Flight(
        name,
        lift_off_s,
        lift.launch,
        lift.ballistic_coefficient_kg_m2,
        np.concatenate([ascent.times_s, times_s]),
        np.concatenate([ascent.states_ecef, states]),
        ((0.0, ascent.burnout_s),),
        ascent.burnout_s + float(event[arc.APOGEE_TIME]),
        float(event[arc.APOGEE_HEIGHT]),
        ground_event(times_s[-1], event[arc.IMPACT_STATE : arc.IMPACT_STATE + 6]),
    )


def coast_to_ground(
    state: NDArray[np.float64], inverse_bc_m2_kg: float
) -> NDArray[np.float64] | None:
    """The event row of `kernels.arc.fly_to_ground`, or None for what does not come down."""
    event = np.empty(arc.EVENT_SIZE)
    status = arc.fly_to_ground(state, inverse_bc_m2_kg, FLIGHT_TIME_MAX_S, event)
    return event if status == arc.DONE else None


def coast_table(
    start_s: float, state: NDArray[np.float64], inverse_bc_m2_kg: float, end_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coasting states at every whole second after `start_s`, and at `end_s`."""
    whole = np.arange(math.floor(start_s) + 1.0, math.ceil(end_s))
    times_s = np.append(whole, end_s)
    return times_s, coasted(start_s, state, inverse_bc_m2_kg, times_s)


def coasted(
    start_s: float,
    state: NDArray[np.float64],
    inverse_bc_m2_kg: float,
    times_s: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Coasting states (n, 6) at times (n,), from a state at `start_s`; each from the one before."""
    states = np.empty((times_s.size, 6))
    status = coast_rows(state, inverse_bc_m2_kg, times_s - start_s, states)
    if status != arc.DONE:
        raise BrokenInvariant(f"coast from {start_s} s failed with status {status}")
    return states


def ground_event(time_s: float, state: NDArray[np.float64]) -> GroundEvent:
    """The touch of the ground in a state (6,) at a time (s after lift-off)."""
    lat, lon, _height = geodetic_from_ecef(state[0], state[1], state[2])
    return GroundEvent(float(time_s), Place(math.degrees(lat), math.degrees(lon)))
