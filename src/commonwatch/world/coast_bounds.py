"""How well state and impact of a coast can be known at any moment, with the drag known or not.

The bound of `world.bounds` (Cramer-Rao, linearised at the truth, from the plots since 5 s after
burnout), told as whole covariances at chosen moments. Where the drag is not known, the logarithm
of the ballistic coefficient is a seventh unknown, and what is known of it beforehand counts as one
measurement more: the posterior bound (Van Trees 1968, Detection, Estimation, and Modulation Theory
I, section 2.4) of flights whose coefficient is drawn from that prior.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import BrokenInvariant
from commonwatch.trajectory.ascent import local_axes_ecef
from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels.rows import coast_rows
from commonwatch.world.bounds import (
    NUDGE,
    RECIPROCAL_CONDITION_MIN,
    STATE_SIZE,
    RowSet,
    Sensitivity,
    marginal_information,
    weighted_rows,
)
from commonwatch.world.flight import (
    STATE_AFTER_BURNOUT_S,
    Flight,
    GroundEvent,
    coast_to_ground,
    interpolate_states,
)
from commonwatch.world.sensing import site_of

UNKNOWNS = STATE_SIZE + 1
DRAG = STATE_SIZE
LOG_COEFFICIENT_NUDGE = 0.01
# Slopes are followed in steps so long: between them a cubic is good to a part in 100,000.
STEP_HIGH_S = 5.0

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CoastBound:
    """From so many plots: covariances of the ECEF state (6, 6) and of the impact (2, 2).

    Units m and m/s; the impact's east and north in m2, None for what does not come down.
    """

    plots: int
    state: Matrix
    impact_en_m2: Matrix | None


@dataclass(frozen=True, slots=True)
class CoastInformation:
    """What the plots say of a coast: whitened rows by sensor, and slopes at the moments asked for.

    `moments_s` (m,) are after lift-off; `slopes` (m, 6, 7) lead from the unknowns to the state.
    """

    sensors: tuple[Sensor, ...]
    rows: tuple[RowSet, ...]
    times_s: Matrix
    moments_s: Matrix
    slopes: Matrix
    impact_en: Matrix | None


def coast_information(
    flight: Flight,
    impact: GroundEvent | None,
    sensors: tuple[Sensor, ...],
    plots: Sequence[Plot],
    moments_s: Matrix,
) -> CoastInformation:
    """Gather what an object's own plots say, for bounds at `moments_s` (m,) after lift-off.

    Only plots from 5 s after burnout until the last moment count. The moments lie in the coast;
    `impact` is where that coast ends.
    """
    start_s = flight.burnout_s + STATE_AFTER_BURNOUT_S
    end_s = float(moments_s.max(initial=start_s))
    known = {sensor.id for sensor in sensors}
    mine = [
        plot
        for plot in plots
        if plot.sensor in known and start_s <= plot.time_s - flight.lift_off_s <= end_s
    ]
    times_s = np.array([plot.time_s - flight.lift_off_s for plot in mine])
    wanted_s = np.concatenate([times_s, np.maximum(moments_s, start_s)])
    slopes = state_slopes(flight, wanted_s)
    impact_en = None if impact is None else impact_slopes(flight, impact)
    ground = np.zeros((2, UNKNOWNS)) if impact_en is None else impact_en
    states = flight.states_at(times_s)
    inverse = 1.0 / flight.ballistic_coefficient_kg_m2
    sensitivity = Sensitivity(states, slopes[: times_s.size], ground, inverse)
    names = np.array([plot.sensor for plot in mine])
    rows = tuple(
        weighted_rows(site_of(one), times_s[names == one.id], sensitivity, names == one.id)
        for one in sensors
    )
    return CoastInformation(sensors, rows, times_s, moments_s, slopes[times_s.size :], impact_en)


def coast_bounds(
    known: CoastInformation, log_coefficient_sigma: float = 0.0
) -> tuple[CoastBound | None, ...]:
    """The bound at each moment from the plots until then; None where they determine no state.

    `log_coefficient_sigma` is the prior's, of the natural logarithm of the ballistic coefficient;
    0 where the drag is known.
    """
    bounds: list[CoastBound | None] = []
    for moment_s, slopes in zip(known.moments_s, known.slopes, strict=True):
        covariance = _covariance(_information(known, float(moment_s)), log_coefficient_sigma)
        if covariance is None:
            bounds.append(None)
            continue
        ground = known.impact_en
        bounds.append(
            CoastBound(
                int(np.count_nonzero(known.times_s <= moment_s)),
                slopes @ covariance @ slopes.T,
                None if ground is None else ground @ covariance @ ground.T,
            )
        )
    return tuple(bounds)


def _information(known: CoastInformation, until_s: float) -> Matrix:
    """Information (7, 7) of all plots until a moment, constant errors of sensors averaged out."""
    total = np.zeros((UNKNOWNS, UNKNOWNS))
    for sensor, mine in zip(known.sensors, known.rows, strict=True):
        before = mine.times_s <= until_s
        total += marginal_information(sensor, mine.by_state[before], mine.by_bias[before])
    return total


def _covariance(information: Matrix, log_coefficient_sigma: float) -> Matrix | None:
    """Its inverse with the prior of the drag; drag that is known has a variance of zero."""
    size = STATE_SIZE if log_coefficient_sigma == 0.0 else UNKNOWNS
    wanted = information[:size, :size].copy()
    if size == UNKNOWNS:
        wanted[DRAG, DRAG] += 1.0 / log_coefficient_sigma**2
    scale = 1.0 / np.sqrt(np.maximum(np.diag(wanted), 1e-300))
    scaled = wanted * scale[:, None] * scale
    eigenvalues = np.linalg.eigvalsh(scaled)
    if not eigenvalues[0] > RECIPROCAL_CONDITION_MIN * eigenvalues[-1]:
        return None
    covariance = np.zeros((UNKNOWNS, UNKNOWNS))
    covariance[:size, :size] = np.linalg.inv(scaled) * scale[:, None] * scale
    return 0.5 * (covariance + covariance.T)


def state_slopes(flight: Flight, wanted_s: Matrix) -> Matrix:
    """Slopes (n, 6, 7) of the state at times (n,) after lift-off by state and drag at the start."""
    start_s = flight.burnout_s + STATE_AFTER_BURNOUT_S
    last_s = float(wanted_s.max(initial=start_s))
    steps = max(math.ceil((last_s - start_s) / STEP_HIGH_S), 1)
    nodes_s = np.linspace(0.0, max(last_s - start_s, 1.0), steps + 1)
    slopes = np.empty((wanted_s.size, STATE_SIZE, UNKNOWNS))
    for column in range(UNKNOWNS):
        paths = []
        for sign in (1.0, -1.0):
            state, inverse = _nudged(flight, column, sign)
            table = np.empty((nodes_s.size, STATE_SIZE))
            status = coast_rows(state, inverse, nodes_s, table)
            if status != arc.DONE:
                raise BrokenInvariant(f"slopes of {flight.name}: a coast ended with {status}")
            paths.append(table)
        difference = (paths[0] - paths[1]) / (2.0 * _nudge(column))
        slopes[:, :, column] = interpolate_states(start_s + nodes_s, difference, wanted_s)
    return slopes


def impact_slopes(flight: Flight, impact: GroundEvent) -> Matrix:
    """Slopes (2, 7) of the impact, east and north in m, by state and drag at the start."""
    axes = local_axes_ecef(impact.place.lat_deg, impact.place.lon_deg)[:2]
    slopes = np.empty((2, UNKNOWNS))
    for column in range(UNKNOWNS):
        ends = []
        for sign in (1.0, -1.0):
            event = coast_to_ground(*_nudged(flight, column, sign))
            place = slice(arc.IMPACT_STATE, arc.IMPACT_STATE + 3)
            ends.append(np.full(3, np.nan) if event is None else event[place])
        slopes[:, column] = axes @ (ends[0] - ends[1]) / (2.0 * _nudge(column))
    return slopes


def _nudge(column: int) -> float:
    return LOG_COEFFICIENT_NUDGE if column == DRAG else float(NUDGE[column])


def _nudged(flight: Flight, column: int, sign: float) -> tuple[Matrix, float]:
    """The state 5 s after burnout and the inverse coefficient, one of the seven shifted."""
    state = flight.state_after_burnout().copy()
    inverse = 1.0 / flight.ballistic_coefficient_kg_m2
    if column == DRAG:
        return state, inverse * math.exp(-sign * _nudge(column))
    state[column] += sign * _nudge(column)
    return state, inverse
