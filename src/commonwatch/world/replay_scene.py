"""What a replay replays: plots, sensors, and the truth about the flights where it is known."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.catalogue.launch import PublishedLaunch
from commonwatch.errors import UnusableInput
from commonwatch.limits import TRUTH_FILE_BYTES_MAX
from commonwatch.trajectory.geodesic import Place
from commonwatch.utc import parse_utc
from commonwatch.world.flight import Flight
from commonwatch.world.notional_sensors import replay_sensors
from commonwatch.world.pass_folder import read_limited, read_pass
from commonwatch.world.scenes import observe_launch


@dataclass(frozen=True, slots=True)
class TrueFlight:
    """What really flew. Times are POSIX seconds, `states_ecef_m` (n, 6).

    Nothing here reaches a node.
    """

    launch: Place
    lift_off_s: float
    burnout_s: float
    apogee_s: float
    apogee_m: float
    impact: Place | None
    impact_s: float | None
    times_s: NDArray[np.float64]
    states_ecef: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReplayScene:
    """Plots in order of time, the sensors that made them, and what is known besides."""

    name: str
    plots: tuple[Plot, ...]
    sensors: tuple[Sensor, ...]
    flights: tuple[TrueFlight, ...]
    published: dict[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()

    @property
    def lift_off_s(self) -> float:
        """The first true lift-off, else the second of the first plot: times are told after it."""
        if self.flights:
            return min(flight.lift_off_s for flight in self.flights)
        return math.floor(self.plots[0].time_s) if self.plots else 0.0


def scene_of_launch(launch: PublishedLaunch, seed: int) -> ReplayScene:
    """A published launch, rebuilt from its figures and seen by the notional sensors."""
    sensors = replay_sensors()
    plots, flight = observe_launch(launch, sensors, seed)
    return ReplayScene(
        name=launch.id,
        plots=plots,
        sensors=sensors,
        flights=(_true_flight(flight),),
        published=_published(launch),
        sources=(
            f"Apogee, range, flight time and place: {launch.reported_by}, as collected by "
            f"{launch.source}.",
            "Sensors: notional. Booster: notional. Plots: simulated.",
        ),
    )


def scene_of_pass(folder: Path) -> ReplayScene:
    """A pass from a folder, with its truth where the folder tells it."""
    observed = read_pass(folder)
    if not observed.plots:
        raise UnusableInput(f"{folder}: no line of its plots can be used, so there is no replay")
    return ReplayScene(
        name=folder.resolve().name,
        plots=observed.plots,
        sensors=observed.sensors,
        flights=_told_flights(folder),
        sources=(f"Plots and sensors: {folder.resolve().name}. Sensors as the folder tells.",),
    )


def _true_flight(flight: Flight) -> TrueFlight:
    impact = flight.impact
    return TrueFlight(
        launch=flight.launch,
        lift_off_s=flight.lift_off_s,
        burnout_s=flight.lift_off_s + flight.burnout_s,
        apogee_s=flight.lift_off_s + flight.apogee_s,
        apogee_m=flight.apogee_height_m,
        impact=None if impact is None else impact.place,
        impact_s=None if impact is None else flight.lift_off_s + impact.time_s,
        times_s=flight.lift_off_s + flight.times_s,
        states_ecef=flight.states_ecef,
    )


def _published(launch: PublishedLaunch) -> dict[str, str]:
    told = {
        "missile": launch.missile,
        "launch_point": launch.site,
        "apogee": None if launch.apogee_km is None else f"{launch.apogee_km:,g} km",
        "range": None if launch.ground_range_km is None else f"{launch.ground_range_km:,g} km",
        "flight_time": None if launch.flight_time_s is None else f"{launch.flight_time_s:,g} s",
        "impact": launch.impact_description,
        "grade": launch.grade.value,
    }
    return {name: text for name, text in told.items() if text}


class _Where(msgspec.Struct):
    time: str
    lat_deg: float
    lon_deg: float


class _High(msgspec.Struct):
    time: str
    height_m: float


class _Told(msgspec.Struct):
    object: str
    launch: _Where | None = None
    burnout_time: str | None = None
    apogee: _High | None = None
    impact: _Where | None = None


class _Truth(msgspec.Struct):
    t0: str
    objects: tuple[_Told, ...]


def _told_flights(folder: Path) -> tuple[TrueFlight, ...]:
    file = folder / "truth.json"
    if not file.exists():
        return ()
    try:
        truth = msgspec.json.decode(read_limited(file, TRUTH_FILE_BYTES_MAX), type=_Truth)
        t0_s = parse_utc(truth.t0)
        states = _states(folder / "states.csv.gz")
        return tuple(
            _told_flight(told, _launch_of(told, truth.objects), t0_s, states)
            for told in truth.objects
        )
    except (msgspec.DecodeError, ValueError) as error:
        raise UnusableInput(f"{file}: not a truth that can be used: {error}") from error


def _launch_of(told: _Told, objects: tuple[_Told, ...]) -> _Where:
    """An object's launch; of a part of which none is told, that of the first object.

    Raises ValueError where no object has one.
    """
    launch = next((one.launch for one in (told, *objects) if one.launch is not None), None)
    if launch is None:
        raise ValueError(f"object {told.object}: neither it nor any other has a launch")
    return launch


def _told_flight(
    told: _Told, launch: _Where, t0_s: float, states: dict[str, NDArray[np.float64]]
) -> TrueFlight:
    table = states.get(told.object, np.empty((0, 7)))
    impact, apogee = told.impact, told.apogee
    # Of a part of which no burnout is told: when it parts, the beginning of its states.
    parted_s = t0_s + float(table[0, 0]) if table.size else math.nan
    return TrueFlight(
        launch=Place(launch.lat_deg, launch.lon_deg),
        lift_off_s=parse_utc(launch.time),
        burnout_s=parted_s if told.burnout_time is None else parse_utc(told.burnout_time),
        apogee_s=math.nan if apogee is None else parse_utc(apogee.time),
        apogee_m=math.nan if apogee is None else apogee.height_m,
        impact=None if impact is None else Place(impact.lat_deg, impact.lon_deg),
        impact_s=None if impact is None else parse_utc(impact.time),
        times_s=t0_s + table[:, 0],
        states_ecef=table[:, 1:],
    )


def _states(file: Path) -> dict[str, NDArray[np.float64]]:
    if not file.exists():
        return {}
    text = read_limited(file, TRUTH_FILE_BYTES_MAX).decode("utf-8")
    rows: dict[str, list[list[float]]] = {}
    for row in list(csv.reader(io.StringIO(text)))[1:]:
        rows.setdefault(row[0], []).append([float(value) for value in row[1:8]])
    return {name: np.array(table) for name, table in rows.items()}
