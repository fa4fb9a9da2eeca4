"""The figures of `bench gate`, as records."""

from __future__ import annotations

import msgspec

from commonwatch.bench.machine import Machine


class DecisionFigures(msgspec.Struct, frozen=True):
    """Microseconds of processor time a decision, median over runs, and times those of the first."""

    name: str
    us: float
    times_the_first: float


class ThroughputFigures(msgspec.Struct, frozen=True):
    """Bulletins through the gate into a ledger on disk, in groups: medians over runs.

    A second of one core, a second on the wall, and the records of one group.
    """

    bulletins: int
    group: int
    a_cpu_second: float
    a_wall_second: float


class GateAnswer(msgspec.Struct, frozen=True, tag_field="kind", tag="bench"):
    """What `bench gate --json` prints."""

    name: str
    machine: Machine
    decisions: tuple[DecisionFigures, ...]
    throughput: ThroughputFigures
    notes: tuple[str, ...]
