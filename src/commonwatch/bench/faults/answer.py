"""What a lane of faults answers, as records."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from commonwatch.bench.machine import Machine, machine_line


class Figure(msgspec.Struct, frozen=True):
    """A count or a measure of a lane, with its unit ("" for a count)."""

    name: str
    value: float
    unit: str = ""


class LaneAnswer(msgspec.Struct, frozen=True, tag_field="kind", tag="bench"):
    """What `bench faults --json` prints of one lane.

    `done` of `asked` faults were put in `took_s` seconds; `violations` says what did not hold, each
    a line, and is empty where all did.
    """

    name: str
    lane: str
    machine: Machine
    asked: int
    done: int
    took_s: float
    figures: tuple[Figure, ...]
    violations: tuple[str, ...]
    notes: tuple[str, ...]


def lines_of(answer: LaneAnswer) -> Iterator[str]:
    """The figures, a line each, then what did not hold, the notes and the machine."""
    yield (
        f"{answer.lane}: {answer.done:,} of {answer.asked:,} faults in {answer.took_s:,.0f} s, "
        f"{60.0 * answer.done / max(answer.took_s, 1e-9):,.0f} a minute"
    )
    for one in answer.figures:
        yield f"{one.value:14,.6g}  {one.name}{f' ({one.unit})' if one.unit else ''}"
    yield f"{len(answer.violations):14,}  violations"
    for told in answer.violations:
        yield f"VIOLATED: {told}"
    yield ""
    yield from answer.notes
    yield machine_line(answer.machine)
