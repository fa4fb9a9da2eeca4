"""The figures of `bench share` as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from commonwatch.bench.machine import machine_line
from commonwatch.bench.share.answer import ShareAnswer


def lines_of(answer: ShareAnswer) -> Iterator[str]:
    """A line a rate, then as many as go, the cut, notes and the machine."""
    disk = answer.disk
    yield (
        f"ledgers in {disk.where}: a small write alone is durable after {disk.p50_ms:.2f} ms "
        f"(p50), {disk.p99_ms:.2f} ms (p99); load {answer.load[0]:.1f} to {answer.load[1]:.1f}"
    )
    yield (
        f"one way, {answer.payload_bytes:,} bytes, milliseconds, medians over {answer.runs} runs "
        "(in brackets: over bare NATS)"
    )
    yield (
        "a second   messages   bare p50   bare p99   ours p50          ours p99"
        "          under one signature"
    )
    for one in answer.latency:
        yield (
            f"{one.a_second:8,}   {one.messages:8,}   {one.bare_p50_ms:8.2f}   "
            f"{one.bare_p99_ms:8.2f}   {one.p50_ms:8.2f} ({one.over_bare_p50:.1f})   "
            f"{one.p99_ms:8.2f} ({one.over_bare_p99:.1f})   {one.a_signature:8.1f}"
        )
    most = answer.sustained
    yield ""
    yield (
        f"as many as go, {most.bulletins:,}: {most.a_second:,.0f} bulletins a second received, "
        f"verified and in the ledger; bare {most.bare_a_second:,.0f} ({most.of_bare:.2f} of it)"
    )
    cut = answer.cut
    yield (
        f"after a cut of {cut.cut_s:.0f} s with {cut.waiting:,} waiting: "
        f"live after {cut.live_s:.2f} s, all there after {cut.complete_s:.2f} s"
    )
    yield ""
    yield from answer.notes
    yield machine_line(answer.machine)
