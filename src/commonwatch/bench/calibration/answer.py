"""What `bench calibration` answers: figures by class, and all that is off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from commonwatch.bench.calibration.rows import FlightRow
from commonwatch.bench.calibration.statistics import OFF, UNSURE, Measured
from commonwatch.bench.calibration.summary import ClassFigures, class_figures
from commonwatch.bench.machine import Machine, this_machine

NOTES = (
    "With each its 95 % interval: Clopper-Pearson of a share, Student's of a mean square, of "
    "ranks of a median; of a NEES the band in which an honest one lies.",
    "`!` off: the interval misses 50, 90 or 95 % by 2 points, 1.3 times the bound's area, 0.97 to "
    "1.03 of the bound (own bound 1.05) altogether; or the NEES is out of its band, as one honest "
    "in 20 is. `?` unsure: only the value misses it; more flights would tell.",
    "The bound counts plots from 5 s after burnout on and knows the drag; `own bound`: it knows no "
    "more of the drag than the prior that the flight's was drawn from. Over the first only flights "
    "count for which the two are within 5 %.",
    "Before a pull-up, the truth is where it would come down without one.",
    "Completeness and the spurious share: the mean, and the least and the greatest.",
)


class Judged(msgspec.Struct, frozen=True):
    """A figure that has a verdict, and where it stands."""

    flight_class: str
    part: str
    mark: str
    figure: str
    measured: Measured

    @property
    def place(self) -> str:
        """Class, part and checkpoint."""
        return " ".join(word for word in (self.flight_class, self.part, self.mark) if word)

    def line(self) -> str:
        """In words."""
        one = self.measured
        return f"{self.place}: {self.figure} {one.value:.3g} ({one.low:.3g} to {one.high:.3g})"


class Answer(msgspec.Struct, frozen=True, tag_field="kind", tag="bench"):
    """What `bench calibration --json` prints; `off` has a line for each figure that is."""

    name: str
    seed: int
    flights: int
    workers: int
    wall_s: float
    classes: tuple[ClassFigures, ...]
    off: tuple[str, ...]
    unsure: tuple[str, ...]
    machine: Machine
    notes: tuple[str, ...]


def answer_of(rows: Sequence[FlightRow], seed: int, workers: int, wall_s: float) -> Answer:
    """The answer from the rows of all classes, in their order."""
    names = list(dict.fromkeys(row.flight_class for row in rows))
    classes = tuple(class_figures([r for r in rows if r.flight_class == name]) for name in names)
    judged = [one for figures in classes for one in judged_of(figures)]
    faults = [
        f"{one.flight_class}: the estimator broke down on {len(one.faults)} of {one.flights}"
        for one in classes
        if one.faults
    ]
    return Answer(
        "calibration",
        seed,
        len(rows),
        workers,
        round(wall_s, 1),
        classes,
        (*faults, *(one.line() for one in judged if one.measured.verdict == OFF)),
        tuple(one.line() for one in judged if one.measured.verdict == UNSURE),
        this_machine(("commonwatch", "numpy", "scipy", "numba")),
        NOTES,
    )


def judged_of(figures: ClassFigures) -> Iterator[Judged]:
    """Every figure of a class with where it stands, in the order in which they are printed."""
    for part in figures.parts:
        for mark in part.marks:
            for name, one in mark.figures.items():
                yield Judged(figures.flight_class, part.part, mark.mark, name, one)
        for name, one in part.plain.items():
            yield Judged(figures.flight_class, part.part, "", name, one)
    for name, one in figures.plain.items():
        yield Judged(figures.flight_class, "", "", name, one)
