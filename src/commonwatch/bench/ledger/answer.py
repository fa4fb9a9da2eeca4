"""The figures of `bench ledger`, as records."""

from __future__ import annotations

import msgspec

from commonwatch.bench.machine import Machine


class AppendFigures(msgspec.Struct, frozen=True):
    """Durable records a second on the wall, by records a group: medians over runs.

    `over_bare`: the median over runs of bare SQLite's rate over ours, each pair one after the
    other; `a_cpu_second`: ours by one core's time, without the waits for the disk.
    """

    group: int
    ours: float
    bare: float
    over_bare: float
    a_cpu_second: float


class TransferFigures(msgspec.Struct, frozen=True):
    """Bulletins a second, each released, durable, sent, verified, durable, receipted, durable.

    `group`: bulletins a beat. By a core's time: of both nodes together, of the giver's half (gate,
    receipts) and of the taker's alone; two nodes with a core each are as quick as the slower half.
    """

    group: int
    transfers: int
    a_wall_second: float
    a_cpu_second: float
    giver_a_cpu_second: float
    taker_a_cpu_second: float


class LedgerAnswer(msgspec.Struct, frozen=True, tag_field="kind", tag="bench"):
    """What `bench ledger --json` prints."""

    name: str
    machine: Machine
    where: str
    appends: tuple[AppendFigures, ...]
    transfers: tuple[TransferFigures, ...]
    notes: tuple[str, ...]
