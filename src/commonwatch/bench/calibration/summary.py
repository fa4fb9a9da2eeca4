"""The statistics of a class of flights, from its rows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from commonwatch.bench.calibration.classes import MISSILE, STAGES
from commonwatch.bench.calibration.mark_figures import MarkFigures, mark_figures
from commonwatch.bench.calibration.object_figures import mean, object_figures
from commonwatch.bench.calibration.rows import FlightRow, ObjectRow
from commonwatch.bench.calibration.statistics import Measured, median, share

MARK_ORDER = (
    "burnout+30s", "burnout+60s", "burnout+120s", "apogee", "pull-up+30s", "impact-60s",
)  # fmt: skip
WORST_LISTED = 5


class PartFigures(msgspec.Struct, frozen=True):
    """The missiles of a class, or the stages and pieces that fell away; `plain` by name."""

    part: str
    objects: int
    marks: tuple[MarkFigures, ...]
    plain: dict[str, Measured]


class ClassFigures(msgspec.Struct, frozen=True):
    """A class of flights; `faults` says on which of them the estimator broke down, and how.

    `worst` are the numbers of the flights whose state was the furthest from its covariance.
    """

    flight_class: str
    flights: int
    faults: tuple[str, ...]
    parts: tuple[PartFigures, ...]
    plain: dict[str, Measured]
    worst: tuple[int, ...]


def class_figures(rows: Sequence[FlightRow]) -> ClassFigures:
    """The figures of the rows of one class, at least one."""
    whole = [row for row in rows if row.fault is None]
    objects = [one for row in whole for one in row.objects]
    parts = tuple(
        part_figures(part, of_part)
        for part in (MISSILE, STAGES)
        if (of_part := [one for one in objects if one.part == part])
    )
    plain: dict[str, Measured] = {}
    if whole:
        events = sum(row.events > row.lift_offs for row in whole)
        plain = {
            "spurious share of track time": mean([row.spurious for row in whole]),
            "flights with more events than lift-offs": share(events, len(whole)),
            "estimator, processor seconds": median([row.estimator_cpu_s for row in whole]),
            "all else, processor seconds": median([row.other_cpu_s for row in whole]),
        }
    faults = tuple(f"flight {r.number}: {r.fault}" for r in rows if r.fault is not None)
    furthest = sorted(whole, key=_furthest, reverse=True)[:WORST_LISTED]
    return ClassFigures(
        rows[0].flight_class,
        len(rows),
        faults,
        parts,
        plain,
        tuple(row.number for row in furthest),
    )


def part_figures(part: str, objects: Sequence[ObjectRow]) -> PartFigures:
    """The figures of the objects of one kind."""
    marks = list(dict.fromkeys(check.mark for one in objects for check in one.checks))
    figures = tuple(
        mark_figures(mark, [c for one in objects for c in one.checks if c.mark == mark])
        for mark in sorted(marks, key=_order)
    )
    return PartFigures(part, len(objects), figures, object_figures(objects))


def _furthest(row: FlightRow) -> float:
    squares = [c.state.nees_state for one in row.objects for c in one.checks if c.state is not None]
    return max(squares, default=0.0)


def _order(mark: str) -> int:
    return MARK_ORDER.index(mark) if mark in MARK_ORDER else len(MARK_ORDER)
