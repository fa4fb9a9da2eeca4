"""Simulated passes of the two known kinds, here and elsewhere on Earth, each made once.

Boosters, sensors and errors are notional. The body's ballistic coefficient is the estimator's own
prior, so that what is tested is the estimate and not the luck of the draw.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.node.observation_files import Observations
from commonwatch.node.track_pass import track_pass
from commonwatch.trajectory.flight_solution import FlightGoal, flight_to
from commonwatch.trajectory.geodesic import Place, destination
from commonwatch.world.boosters import LONG_RANGE, MIDDLE_RANGE
from commonwatch.world.bounds import impact_bounds
from commonwatch.world.flight import Flight, Lift, fly
from commonwatch.world.notional_sensors import moved_sensors, notional_sensors
from commonwatch.world.sensing import Observation, observe
from tests.assessment_contract import Told, read_told

LIFT_OFF_S = 1_700_000_000.0
GROUND_HEIGHT_M = 50.0
BALLISTIC_COEFFICIENT_KG_M2 = 6000.0

# Where a flight starts, and towards where.
PLACES = {
    "here": (Place(39.2, 125.67), 72.0),
    "south": (Place(-33.5, 18.5), 205.0),
    "date line": (Place(21.0, 176.0), 68.0),
}
# Booster, apogee and range of 2023-03-16 and of 2022-10-04.
KINDS = {
    "lofted": (LONG_RANGE, 6045e3, 1000e3),
    "overflight": (MIDDLE_RANGE, 970e3, 4600e3),
}


@dataclass(frozen=True)
class Watched:
    """Flights, sensors about them and what these saw."""

    flights: tuple[Flight, ...]
    sensors: tuple[Sensor, ...]
    observation: Observation

    @functools.cached_property
    def bounds(self) -> dict[str, Any]:
        return impact_bounds(self.flights, self.sensors, self.observation)

    def nation_of(self, plot: Plot) -> str:
        return next(one.nation for one in self.sensors if one.id == plot.sensor)

    def seen_s(self, flight: str, nations: Sequence[str] = ()) -> list[float]:
        """When an object was truly seen, by those nations or by all."""
        both = zip(self.observation.plots, self.observation.labels, strict=True)
        return [
            plot.time_s
            for plot, label in both
            if label == flight and (not nations or self.nation_of(plot) in nations)
        ]

    def with_plots(self, plots: Sequence[Plot]) -> Watched:
        """Others, unlabelled, in place of what was seen."""
        none = (None,) * len(plots)
        return replace(self, observation=Observation(tuple(plots), none, {}))


@functools.cache
def flight_of(kind: str, where: str) -> Flight:
    template, apogee_m, range_m = KINDS[kind]
    launch, azimuth_deg = PLACES[where]
    goal = FlightGoal(launch, apogee_m, destination(launch, azimuth_deg, range_m))
    found = flight_to(goal, template.steered, BALLISTIC_COEFFICIENT_KG_M2)
    assert found is not None
    return fly(
        "L1",
        LIFT_OFF_S,
        Lift(
            launch,
            GROUND_HEIGHT_M,
            found.booster,
            found.steering,
            found.cutoff_s,
            BALLISTIC_COEFFICIENT_KG_M2,
        ),
    )


def sensors_about(where: str) -> tuple[Sensor, ...]:
    launch, azimuth_deg = PLACES[where]
    return moved_sensors(notional_sensors(), launch, azimuth_deg)


def watched(kind: str, where: str, seed: int = 1) -> Watched:
    """A pass; the same seed gives the same plots."""
    flights, sensors = (flight_of(kind, where),), sensors_about(where)
    return Watched(flights, sensors, observe(flights, sensors, np.random.default_rng(seed)))


@functools.cache
def known(kind: str, where: str) -> Watched:
    """The pass that several tests look at."""
    return watched(kind, where)


def _quiet(done: float, what: str = "") -> None:
    """Show no progress."""


def told_text(of: Watched, nations: Sequence[str] = ()) -> str:
    """What `track` prints of a pass."""
    observed = Observations(of.observation.plots, 0, (), of.sensors)
    return "".join(track_pass(observed, tuple(nations), _quiet))


def told_by(of: Watched, nations: Sequence[str] = ()) -> Told:
    """The same, read, and held against the contract."""
    return read_told(told_text(of, nations))


@functools.cache
def told_of_known(kind: str, where: str, nation: str = "") -> Told:
    return told_by(known(kind, where), (nation,) if nation else ())
