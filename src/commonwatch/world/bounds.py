"""The smallest impact error that any unbiased estimator can reach from the plots after burnout.

The Cramer-Rao bound, linearised at the truth: the information about the state 5 s after burnout
from each plot since then, through central differences of the true arc, inverted and mapped to the
ground. The drag is taken as known. Where sensors have constant errors of unknown size, of range,
angles or clock, these are nuisance parameters with their sigmas as prior. What a sensor does not
declare is not counted. For a spent stage or a piece, burnout is when it parted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.trajectory.ascent import local_axes_ecef
from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels.dynamics import coast_acceleration
from commonwatch.world.flight import (
    STATE_AFTER_BURNOUT_S,
    Flight,
    GroundEvent,
    coast_table,
    coast_to_ground,
    interpolate_states,
)
from commonwatch.world.sensing import Observation, Site, sight, site_of

CHECKPOINTS_AFTER_BURNOUT_S = (15.0, 30.0, 60.0, 120.0)
BEFORE_IMPACT_S = 60.0
STATE_SIZE = 6
# Small enough for central differences to be linear, large enough for their rounding to vanish.
NUDGE = np.array([10.0, 10.0, 10.0, 0.01, 0.01, 0.01])
# Below this reciprocal condition (of the scaled matrix) the plots do not determine the state.
RECIPROCAL_CONDITION_MIN = 1e-13


@dataclass(frozen=True, slots=True)
class Bound:
    """1-sigma semi-axes (m, longer first) of the impact, from so many plots until `at_s`."""

    at_s: float
    semi_axes_m: tuple[float, float]
    plots: int


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What the state 5 s after burnout moves: states (n, 6) by slopes (n, 6, 6), impact (2, 6).

    The coefficient tells how the velocities change with time; 0 leaves the drag out of that.
    """

    states: NDArray[np.float64]
    slopes: NDArray[np.float64]
    impact_en: NDArray[np.float64]
    inverse_bc_m2_kg: float = 0.0


def impact_bounds(
    flights: tuple[Flight, ...], sensors: tuple[Sensor, ...], observation: Observation
) -> dict[str, Any]:
    """What bounds.json holds: by object, by nation (and ALL), by checkpoint."""
    record: dict[str, Any] = {}
    for flight in flights:
        if flight.impact is None or not flight.ballistic:
            continue
        start_s = flight.burnout_s + STATE_AFTER_BURNOUT_S
        plots = [
            plot
            for plot, label in zip(observation.plots, observation.labels, strict=True)
            if label == flight.name and plot.time_s >= flight.lift_off_s + start_s
        ]
        groups = {
            group: checkpoint_bounds(flight, flight.impact, chosen, plots)
            for group, chosen in sensor_groups(sensors).items()
        }
        record[flight.name] = {
            group: {
                mark: {
                    "at_s": round(bound.at_s, 1),
                    "semi_axes_m": [round(axis, 1) for axis in bound.semi_axes_m],
                    "plots": bound.plots,
                }
                for mark, bound in bounds.items()
            }
            for group, bounds in groups.items()
            if bounds
        }
    return record


def sensor_groups(sensors: tuple[Sensor, ...]) -> dict[str, tuple[Sensor, ...]]:
    """All sensors, and those of each nation."""
    groups = {"ALL": sensors}
    for nation in sorted({sensor.nation for sensor in sensors}):
        groups[nation] = tuple(sensor for sensor in sensors if sensor.nation == nation)
    return groups


def checkpoints_s(flight: Flight, impact: GroundEvent) -> dict[str, float]:
    """Names and times after lift-off at which bounds are told, none of them after the impact."""
    marks = {
        f"burnout+{after_s:.0f}s": flight.burnout_s + after_s
        for after_s in CHECKPOINTS_AFTER_BURNOUT_S
        if flight.burnout_s + after_s < impact.time_s
    }
    return marks | {"apogee": flight.apogee_s, "impact-60s": impact.time_s - BEFORE_IMPACT_S}


def checkpoint_bounds(
    flight: Flight, impact: GroundEvent, sensors: tuple[Sensor, ...], plots: Iterable[Plot]
) -> dict[str, Bound]:
    """The bound at each checkpoint where the plots until then determine the state."""
    by_id = {sensor.id: sensor for sensor in sensors}
    mine = [plot for plot in plots if plot.sensor in by_id]
    if not mine:
        return {}
    times_s = np.array([plot.time_s - flight.lift_off_s for plot in mine])
    sensitivity = sensitivities(flight, impact, times_s)
    rows = []
    for sensor in sensors:
        own = np.array([plot.sensor == sensor.id for plot in mine])
        rows.append(weighted_rows(site_of(sensor), times_s[own], sensitivity, own))
    bounds = {}
    for mark, until_s in checkpoints_s(flight, impact).items():
        axes = semi_axes(sensors, rows, sensitivity.impact_en, until_s)
        if axes is not None:
            count = int(np.count_nonzero(times_s <= until_s))
            bounds[mark] = Bound(until_s - flight.burnout_s, axes, count)
    return bounds


def sensitivities(flight: Flight, impact: GroundEvent, times_s: NDArray[np.float64]) -> Sensitivity:
    """Central differences of the arc and of its impact by the state 5 s after burnout."""
    inverse = 1.0 / flight.ballistic_coefficient_kg_m2
    start_s = flight.burnout_s + STATE_AFTER_BURNOUT_S
    start = flight.state_after_burnout()
    axes = local_axes_ecef(impact.place.lat_deg, impact.place.lon_deg)[:2]
    slopes = np.empty((times_s.size, STATE_SIZE, STATE_SIZE))
    impact_en = np.empty((2, STATE_SIZE))
    for column in range(STATE_SIZE):
        ends, paths = [], []
        for sign in (1.0, -1.0):
            nudged = start.copy()
            nudged[column] += sign * NUDGE[column]
            table_s, table = coast_table(start_s, nudged, inverse, impact.time_s)
            table_s = np.concatenate([[start_s], table_s])
            paths.append(interpolate_states(table_s, np.vstack([nudged, table]), times_s))
            event = coast_to_ground(nudged, inverse)
            ends.append(
                np.full(3, np.nan)
                if event is None
                else event[arc.IMPACT_STATE : arc.IMPACT_STATE + 3]
            )
        slopes[:, :, column] = (paths[0] - paths[1]) / (2.0 * NUDGE[column])
        impact_en[:, column] = axes @ (ends[0] - ends[1]) / (2.0 * NUDGE[column])
    return Sensitivity(flight.states_at(times_s), slopes, impact_en, inverse)


def coast_rates(states: NDArray[np.float64], inverse_bc_m2_kg: float) -> NDArray[np.float64]:
    """Velocities and accelerations (n, 6) of coasting states (n, 6), m/s and m/s2."""
    rates = np.concatenate([states[:, 3:], np.zeros((states.shape[0], 3))], axis=1)
    for state, rate in zip(states, rates, strict=True):
        coast_acceleration(state, inverse_bc_m2_kg, rate[3:])
    return rates


@dataclass(frozen=True, slots=True)
class RowSet:
    """Whitened rows of one sensor's plots: slopes by state (n, m, 6) and by own bias (n, m, 4)."""

    times_s: NDArray[np.float64]
    by_state: NDArray[np.float64]
    by_bias: NDArray[np.float64]


def weighted_rows(
    site: Site, times_s: NDArray[np.float64], sensitivity: Sensitivity, own: NDArray[np.bool_]
) -> RowSet:
    """Slopes of arc azimuth, elevation, range and range rate, each over its sigma.

    What the sensor does not measure has a row of zeros.
    """
    states = sensitivity.states[own]
    sensor = site.sensor
    slopes = measurement_slopes(site, states)
    sigmas = np.array(
        [
            math.radians(sensor.sigma_azimuth_deg),
            math.radians(sensor.sigma_elevation_deg),
            math.inf if sensor.sigma_range_m is None else sensor.sigma_range_m,
            math.inf if sensor.sigma_range_rate_m_s is None else sensor.sigma_range_rate_m_s,
        ]
    )
    white = slopes / sigmas[:, None]
    by_bias = np.zeros((times_s.size, 4, 4))
    for k in range(3):
        by_bias[:, k, k] = 1.0 / sigmas[k]
    # A late clock tells an old state at a new time: the measurement shifts against its own rate.
    if sensor.clock_sigma_s > 0.0:
        rates = coast_rates(states, sensitivity.inverse_bc_m2_kg)
        by_bias[:, :, 3] = -np.einsum("nij,nj->ni", white, rates)
    return RowSet(times_s, np.einsum("nij,njk->nik", white, sensitivity.slopes[own]), by_bias)


def measurement_slopes(site: Site, states: NDArray[np.float64]) -> NDArray[np.float64]:
    """Derivatives (n, 4, 6) of arc azimuth, elevation (rad), range (m), range rate (m/s)."""
    look = sight(site, states)
    east, north, up = site.axes
    sin_az, cos_az = np.sin(look.azimuth_rad)[:, None], np.cos(look.azimuth_rad)[:, None]
    sin_el, cos_el = np.sin(look.elevation_rad)[:, None], np.cos(look.elevation_rad)[:, None]
    flat = sin_az * east + cos_az * north
    line = cos_el * flat + sin_el * up
    distance = look.range_m[:, None]
    slopes = np.zeros((states.shape[0], 4, STATE_SIZE))
    slopes[:, 0, :3] = (cos_az * east - sin_az * north) / distance
    slopes[:, 1, :3] = (cos_el * up - sin_el * flat) / distance
    slopes[:, 2, :3] = line
    slopes[:, 3, :3] = (states[:, 3:] - look.range_rate_m_s[:, None] * line) / distance
    slopes[:, 3, 3:] = line
    return slopes


def semi_axes(
    sensors: tuple[Sensor, ...],
    rows: list[RowSet],
    impact_en: NDArray[np.float64],
    until_s: float,
) -> tuple[float, float] | None:
    """1-sigma semi-axes (m) of the impact from all rows until a time; None where undetermined."""
    information = np.zeros((STATE_SIZE, STATE_SIZE))
    for sensor, mine in zip(sensors, rows, strict=True):
        before = mine.times_s <= until_s
        information += marginal_information(sensor, mine.by_state[before], mine.by_bias[before])
    scale = 1.0 / np.sqrt(np.maximum(np.diag(information), 1e-300))
    scaled = information * scale[:, None] * scale
    eigenvalues = np.linalg.eigvalsh(scaled)
    if not eigenvalues[0] > RECIPROCAL_CONDITION_MIN * eigenvalues[-1]:
        return None
    mapped = impact_en * scale
    covariance = mapped @ np.linalg.solve(scaled, mapped.T)
    small, large = np.linalg.eigvalsh(0.5 * (covariance + covariance.T))
    return math.sqrt(large), math.sqrt(max(small, 0.0))


def marginal_information(
    sensor: Sensor, by_state: NDArray[np.float64], by_bias: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Information (6, 6) of one sensor's plots, its constant errors marginalised."""
    total: NDArray[np.float64] = np.einsum("nij,nik->jk", by_state, by_state)
    prior = np.array(
        [
            math.radians(sensor.bias_sigma_azimuth_deg),
            math.radians(sensor.bias_sigma_elevation_deg),
            sensor.bias_sigma_range_m,
            sensor.clock_sigma_s,
        ]
    )
    there = prior > 0.0
    if not there.any() or by_state.shape[0] == 0:
        return total
    bias = by_bias[:, :, there]
    cross = np.einsum("nij,nik->jk", by_state, bias)
    own = np.einsum("nij,nik->jk", bias, bias) + np.diag(1.0 / prior[there] ** 2)
    marginal: NDArray[np.float64] = total - cross @ np.linalg.solve(own, cross.T)
    return marginal
