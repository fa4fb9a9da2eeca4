"""The figures of `bench share`, as records."""

from __future__ import annotations

import msgspec

from commonwatch.bench.machine import Machine


class LatencyFigures(msgspec.Struct, frozen=True):
    """Milliseconds one way at a rate: bare, and ours from an update given to it held elsewhere.

    `a_signature`: bulletins under one signature, as envelopes were counted on the bus.
    """

    a_second: int
    messages: int
    bare_p50_ms: float
    bare_p99_ms: float
    p50_ms: float
    p99_ms: float
    over_bare_p50: float
    over_bare_p99: float
    a_signature: float


class DiskFigures(msgspec.Struct, frozen=True):
    """Milliseconds until one small write is durable where the ledgers lie, nothing else waiting."""

    where: str
    p50_ms: float
    p99_ms: float


class SustainedFigures(msgspec.Struct, frozen=True):
    """As many as go: bare messages a second, and bulletins received, verified and in the ledger."""

    bulletins: int
    bare_a_second: float
    a_second: float
    of_bare: float


class CutFigures(msgspec.Struct, frozen=True):
    """Seconds after a link that was silent carries again: to the first live one, to the last."""

    cut_s: float
    waiting: int
    live_s: float
    complete_s: float


class ShareAnswer(msgspec.Struct, frozen=True, tag_field="kind", tag="bench"):
    """What `bench share --json` prints; `load` is the machine's, before and after."""

    name: str
    machine: Machine
    payload_bytes: int
    runs: int
    load: tuple[float, float]
    disk: DiskFigures
    latency: tuple[LatencyFigures, ...]
    sustained: SustainedFigures
    cut: CutFigures
    notes: tuple[str, ...]
