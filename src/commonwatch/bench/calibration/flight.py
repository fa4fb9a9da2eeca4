"""One flight of a class: drawn, seen, followed by the estimator, and told against its truth."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from commonwatch.acquire.plot import Plot
from commonwatch.bench.calibration.classes import FlightClass
from commonwatch.bench.calibration.following import (
    Followed,
    LazyEstimator,
    MakeFollower,
    followed,
    lines_by_track,
    owned_by,
    spurious_share,
)
from commonwatch.bench.calibration.objects import Seen, object_row
from commonwatch.bench.calibration.rows import FlightRow, ObjectRow
from commonwatch.bench.score import SETTLE_S
from commonwatch.errors import CommonwatchError, UnusableInput
from commonwatch.limits import CALIBRATION_DRAWS_MAX
from commonwatch.world.random_passes import draw_scene
from commonwatch.world.scene import Scene

# What may go wrong inside the estimator on a flight: a row that says so, and the run goes on.
FAULTS = (CommonwatchError, ArithmeticError, LookupError, ValueError)


@dataclass(frozen=True, slots=True)
class Errand:
    """One flight to be flown: the class, its number in it (1, 2, ...), the seed of the run."""

    flight_class: FlightClass
    number: int
    seed: int


def drawn(errand: Errand) -> Scene:
    """The scene of an errand: its chance depends on seed, class and number, and on nothing else.

    Raises UnusableInput where the world finds none that can be flown.
    """
    of_class = errand.flight_class
    for attempt in range(CALIBRATION_DRAWS_MAX):
        rng = np.random.default_rng([errand.seed, of_class.key, errand.number, attempt])
        try:
            return draw_scene(of_class.kind, errand.number, rng)
        except UnusableInput:
            continue
    raise UnusableInput(
        f"calibration: flight {errand.number} of class {of_class.name}: none of "
        f"{CALIBRATION_DRAWS_MAX} draws can be flown; another seed may do"
    )


def flown(errand: Errand, make: MakeFollower = LazyEstimator) -> FlightRow:
    """Fly an errand and write down what came of it; only the seconds differ from run to run."""
    begin_s = time.process_time()
    scene = drawn(errand)
    start_s = time.process_time()
    try:
        told = lines_by_track(scene, make)
    except FAULTS as error:
        now_s = time.process_time()
        fault = f"{type(error).__name__}: {error}"
        return _row(errand, scene, (), (), (now_s - start_s, start_s - begin_s), fault)
    done_s = time.process_time()
    tracks = followed(scene.flights, told)
    objects = object_rows(scene, tracks)
    other_s = time.process_time() - done_s + start_s - begin_s
    return _row(errand, scene, tracks, objects, (done_s - start_s, other_s))


def object_rows(scene: Scene, tracks: tuple[Followed, ...]) -> tuple[ObjectRow, ...]:
    """Every true object of a scene beside the tracks that followed it."""
    plots: dict[str, list[Plot]] = {flight.name: [] for flight in scene.flights}
    for plot, label in zip(scene.observation.plots, scene.observation.labels, strict=True):
        if label is not None:
            plots[label].append(plot)
    from_s = [
        plots[flight.name][0].time_s + SETTLE_S if plots[flight.name] else math.inf
        for flight in scene.flights
    ]
    owned = owned_by(tracks, scene.flights, from_s)
    return tuple(
        object_row(Seen(index, flight, plots[flight.name], owned[index]), scene.sensors, tracks)
        for index, flight in enumerate(scene.flights)
    )


def _row(
    errand: Errand,
    scene: Scene,
    tracks: tuple[Followed, ...],
    objects: tuple[ObjectRow, ...],
    cpu_s: tuple[float, float],
    fault: str | None = None,
) -> FlightRow:
    return FlightRow(
        errand.flight_class.name,
        errand.number,
        scene.name,
        objects,
        len({(one.lift_off_s, one.launch) for one in scene.flights}),
        len({line.event for track in tracks for line in track.lines}),
        len(tracks),
        round(spurious_share(tracks), 6),
        round(cpu_s[0], 6),
        round(cpu_s[1], 6),
        fault,
    )
