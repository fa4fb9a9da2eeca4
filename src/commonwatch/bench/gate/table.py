"""The figures of `bench gate` as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from commonwatch.bench.gate.answer import GateAnswer
from commonwatch.bench.machine import machine_line


def lines_of(answer: GateAnswer) -> Iterator[str]:
    """A line a way of deciding, then the bulletins, notes and the machine."""
    width = max(len(one.name) for one in answer.decisions)
    yield f"{'a decision'.ljust(width)}  microseconds  times the first"
    for one in answer.decisions:
        yield f"{one.name.ljust(width)}  {one.us:12,.2f}  {one.times_the_first:15,.1f}"
    through = answer.throughput
    yield ""
    yield (
        f"through the gate into a ledger, {through.bulletins:,} in groups of {through.group:,}: "
        f"{through.a_cpu_second:,.0f} bulletins a second of one core, "
        f"{through.a_wall_second:,.0f} on the wall"
    )
    yield ""
    yield from answer.notes
    yield machine_line(answer.machine)
