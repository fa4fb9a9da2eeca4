"""The truth about one object at the moments at which the estimator is asked."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.trajectory.ellipse import CHI_SQUARE_2_95
from commonwatch.trajectory.geodesic import Place, distance_and_azimuth
from commonwatch.trajectory.kernels import arc
from commonwatch.world.coast_bounds import CoastBound, coast_bounds, coast_information
from commonwatch.world.coefficients import (
    GLIDING_KG_M2,
    ODD_KG_M2,
    TUMBLING_LOG_SIGMA,
    TYPICAL_KG_M2,
    TYPICAL_LOG_SIGMA,
)
from commonwatch.world.flight import (
    STATE_AFTER_BURNOUT_S,
    Flight,
    GroundEvent,
    coast_to_ground,
    coasted,
    ground_event,
)

AFTER_BURNOUT_S = (30.0, 60.0, 120.0)
BEFORE_IMPACT_S = 60.0
AFTER_PULL_UP_S = 30.0
APOGEE = "apogee"
PULL_UP = f"pull-up+{AFTER_PULL_UP_S:.0f}s"
# What no coast explains: an acceleration that is not gravity's or drag's.
NO_COAST_M_S2 = 0.5
# A coefficient further from the typical one than this many sigmas was drawn from the wide span.
TYPICAL_SIGMAS = 4.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A moment (s after lift-off, at a whole POSIX second) and where it then would come down.

    `impact` is None where it would not; the bounds are None where no coast is followed by then.
    """

    mark: str
    after_s: float
    state: NDArray[np.float64]
    impact: GroundEvent | None
    bound: CoastBound | None
    own: CoastBound | None


def checkpoints(
    flight: Flight, sensors: tuple[Sensor, ...], plots: list[Plot]
) -> tuple[Checkpoint, ...]:
    """The moments of an object's coast with truth and bounds, in order; `plots` are its own."""
    pulled_s = pull_up_s(flight)
    marks = marks_s(flight, pulled_s)
    coasting = [mark for mark, at_s in marks.items() if pulled_s is None or at_s <= pulled_s]
    moments_s = np.array([marks[mark] for mark in coasting])
    bounds: dict[str, tuple[CoastBound | None, CoastBound | None]] = {}
    if coasting:
        ground = impact_after(flight, moments_s[-1], pulled_s)
        known = coast_information(flight, ground, sensors, plots, moments_s)
        sigma = log_coefficient_sigma(flight)
        pairs = zip(coast_bounds(known), coast_bounds(known, sigma), strict=True)
        bounds = dict(zip(coasting, pairs, strict=True))
    states = flight.states_at(np.array(list(marks.values())))
    return tuple(
        Checkpoint(
            mark,
            at_s,
            state,
            impact_after(flight, at_s, pulled_s),
            *bounds.get(mark, (None, None)),
        )
        for (mark, at_s), state in zip(marks.items(), states, strict=True)
    )


def marks_s(flight: Flight, pulled_s: float | None) -> dict[str, float]:
    """Names and times after lift-off of the checkpoints, each at a whole POSIX second before."""
    marks = {f"burnout+{one:.0f}s": flight.burnout_s + one for one in AFTER_BURNOUT_S}
    if flight.impact is not None:
        marks[APOGEE] = flight.apogee_s
        marks[f"impact-{BEFORE_IMPACT_S:.0f}s"] = flight.impact.time_s - BEFORE_IMPACT_S
    if pulled_s is not None:
        marks[PULL_UP] = pulled_s + AFTER_PULL_UP_S
    whole = {
        mark: math.floor(flight.lift_off_s + at_s) - flight.lift_off_s
        for mark, at_s in marks.items()
    }
    last_s = float(flight.times_s[-1])
    # The bounds begin 5 s after burnout, and need a few seconds more.
    first_s = flight.burnout_s + 2.0 * STATE_AFTER_BURNOUT_S
    return {mark: at_s for mark, at_s in whole.items() if first_s <= at_s < last_s}


def pull_up_s(flight: Flight) -> float | None:
    """When (s after lift-off) its path leaves gravity and drag; None where it never does."""
    if flight.ballistic:
        return None
    inverse = 1.0 / flight.ballistic_coefficient_kg_m2
    first = int(np.searchsorted(flight.times_s, flight.burnout_s + 1.0))
    for k in range(first, flight.times_s.size - 1):
        here_s, next_s = float(flight.times_s[k]), float(flight.times_s[k + 1])
        coast = coasted(here_s, flight.states_ecef[k], inverse, np.array([next_s]))[0]
        off_m_s = float(np.linalg.norm(coast[3:] - flight.states_ecef[k + 1, 3:]))
        if off_m_s > NO_COAST_M_S2 * (next_s - here_s):
            return here_s
    return None


def impact_after(flight: Flight, at_s: float, pulled_s: float | None) -> GroundEvent | None:
    """Where it comes down if from `at_s` on nothing but gravity and drag acts.

    Once it has pulled up that is not what anybody asks: then it is where it does come down.
    """
    if pulled_s is None or at_s > pulled_s:
        return flight.impact
    state = flight.states_at(np.array([at_s]))[0]
    event = coast_to_ground(state, 1.0 / flight.ballistic_coefficient_kg_m2)
    if event is None:
        return None
    return ground_event(
        at_s + float(event[arc.IMPACT_TIME]), event[arc.IMPACT_STATE : arc.IMPACT_STATE + 6]
    )


def log_coefficient_sigma(flight: Flight) -> float:
    """Sigma of the prior that its drag was drawn from: of the logarithm of the coefficient."""
    if not flight.powered:
        return TUMBLING_LOG_SIGMA
    if not flight.ballistic:
        return _uniform_log_sigma(*GLIDING_KG_M2)
    off = abs(math.log(flight.ballistic_coefficient_kg_m2 / TYPICAL_KG_M2))
    if off <= TYPICAL_SIGMAS * TYPICAL_LOG_SIGMA:
        return TYPICAL_LOG_SIGMA
    return _uniform_log_sigma(*ODD_KG_M2)


def _uniform_log_sigma(low: float, high: float) -> float:
    """Sigma of what is uniform between two logarithms."""
    return math.log(high / low) / math.sqrt(12.0)


def place_in_ellipse(
    told: Place, axes_m: tuple[float, float], azimuth_deg: float, true: Place
) -> tuple[float, float]:
    """Distance of the true place (m), and where in the ellipse: 1 on its edge."""
    error_m, towards_deg = distance_and_azimuth(told, true)
    turned = math.radians(towards_deg - azimuth_deg)
    along = error_m * math.cos(turned) / max(axes_m[0], 1e-9)
    across = error_m * math.sin(turned) / max(axes_m[1], 1e-9)
    return error_m, math.hypot(along, across)


def sigma_axes_m(covariance_en_m2: NDArray[np.float64]) -> tuple[float, float]:
    """1-sigma semi-axes (m), longer first, of a covariance (2, 2)."""
    small, large = np.linalg.eigvalsh(covariance_en_m2)
    return math.sqrt(max(large, 0.0)), math.sqrt(max(small, 0.0))


def is_inside(of_ellipse: float, share: float) -> bool:
    """Whether a place lies in the ellipse scaled from 95 % to another share (0 to 1).

    The chi-square quantile with two degrees of freedom has the closed form -2 ln(1 - share).
    """
    return of_ellipse**2 * CHI_SQUARE_2_95 <= -2.0 * math.log1p(-share)
