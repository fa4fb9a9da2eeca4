"""The figures of `bench ledger` as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from commonwatch.bench.ledger.answer import LedgerAnswer
from commonwatch.bench.machine import machine_line


def lines_of(answer: LedgerAnswer) -> Iterator[str]:
    """A line a size of group, then the transfers, notes and the machine."""
    yield f"in {answer.where}"
    yield "records a group  ours a second  bare SQLite  bare over ours  ours a core's second"
    for one in answer.appends:
        yield (
            f"{one.group:15,}  {one.ours:13,.0f}  {one.bare:11,.0f}  {one.over_bare:14.2f}  "
            f"{one.a_cpu_second:20,.0f}"
        )
    yield ""
    for told in answer.transfers:
        yield (
            f"transfers with receipts, {told.group:,} a beat: {told.a_wall_second:,.0f} a second, "
            f"{told.a_cpu_second:,.0f} a second of one core for both nodes; "
            f"giver {told.giver_a_cpu_second:,.0f}, taker {told.taker_a_cpu_second:,.0f} of a core "
            "each"
        )
    yield ""
    yield from answer.notes
    yield machine_line(answer.machine)
