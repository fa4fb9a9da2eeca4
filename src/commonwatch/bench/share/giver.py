"""The giving side of `bench share`: updates at a rate through a whole node to the other side."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from commonwatch.bench.share.answer import CutFigures
from commonwatch.bench.share.side import update
from commonwatch.bench.share.taker import REPORT_EVERY_S
from commonwatch.errors import require
from commonwatch.estimate.assessment import Assessment
from commonwatch.estimate.own_estimate import OwnEstimate
from commonwatch.limits import BUNDLE_MESSAGES_MAX
from commonwatch.node.bus import BusLane, Urgency
from commonwatch.node.gathering import Gathering
from commonwatch.node.link.nats_bus import NatsBus
from commonwatch.node.node import Node
from commonwatch.release.bulletin import Bulletin

STEP_S_MAX = 0.001
CLOSE_S_MAX = 10.0
# Before the cut, and after it, updates go on for so long.
AROUND_CUT_S = 2.0
# In free flight an object is told every 5 s; these are not those of the other parts.
_SEALED_APART_S, _SEALED_FIRST = 5.0, 1_000_000


Update = tuple[OwnEstimate, Assessment]


class OtherSide:
    """The other process, and what it is asked."""

    def __init__(self, folder: Path, port: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", "commonwatch.bench.share.taker", str(folder), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.server_pid = cast("int", self.heard())

    def ask(self, task: str, count: int) -> None:
        """Give a task; it returns when the other side is ready for it."""
        into = cast("IO[str]", self._process.stdin)
        into.write(f"{task} {count}\n")
        into.flush()
        require(self.heard() == "ready", "the other side is ready")

    def answers(self) -> bool:
        """Whether an answer is there to be heard."""
        return bool(select.select([cast("IO[str]", self._process.stdout)], [], [], 0.0)[0])

    def heard(self) -> object:
        """The next answer."""
        line = cast("IO[str]", self._process.stdout).readline()
        require(bool(line), "the other side of the benchmark ended")
        return json.loads(line)

    def close(self) -> None:
        """End it."""
        cast("IO[str]", self._process.stdin).close()
        try:
            self._process.wait(CLOSE_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            self._process.wait()
        cast("IO[str]", self._process.stdout).close()


@dataclass(frozen=True, slots=True)
class Held:
    """What the other side says: id, issued and held of each, and when all was in its ledger."""

    came: tuple[tuple[str, float, float], ...]
    whole_s: float


@dataclass(frozen=True, slots=True)
class Told:
    """How many bulletins were released, and in how many envelopes they went on the bus."""

    bulletins: int
    envelopes: int

    def since(self, before: Told) -> float:
        """Bulletins to an envelope since then."""
        return (self.bulletins - before.bulletins) / (self.envelopes - before.envelopes)


class Kept:
    """A bus that keeps what it is given: envelopes sealed beforehand."""

    def __init__(self) -> None:
        self.kept: list[tuple[BusLane, bytes]] = []

    def send(
        self,
        sender: str,
        recipient: str,
        lane: BusLane,
        raw: bytes,
        urgency: Urgency = Urgency.USUAL,
    ) -> bool:
        """Keep it."""
        del sender, recipient, urgency
        self.kept.append((lane, raw))
        return True

    def drain(self, recipient: str, lane: BusLane) -> tuple[bytes, ...]:
        """Nothing comes in."""
        del recipient, lane
        return ()

    def purge(self, sender: str, recipient: str) -> tuple[bytes, ...]:
        """Nothing is taken back."""
        del sender, recipient
        return ()


class Giver:
    """Releases updates as they fall due, and hears receipts meanwhile."""

    def __init__(self, node: Node, bus: NatsBus, other: OtherSide) -> None:
        self._node, self._bus, self._other = node, bus, other
        self._report_s = 0.0
        self._objects = 0  # told of so far: each part has its own
        self._sealed = 0  # runs of envelopes sealed beforehand

    @property
    def told(self) -> Told:
        """So far, to the other side."""
        other = self._node.orders.partners[0]
        return Told(
            self._node.releasing.released_to(other), self._bus.sent_counts.get((other, "live"), 0)
        )

    def delays(self, count: int, rate: int, objects: int) -> list[float]:
        """Seconds from each update to its bulletin held, after every object was told once."""
        due_s: dict[str, float] = {}
        held = self._paced(objects + count, rate, objects, due_s)
        measured = set(list(due_s)[objects:])
        return [at_s - due_s[name] for name, _issued, at_s in held.came if name in measured]

    def sustained(self, bulletins: int) -> float:
        """Bulletins a second, of bundles that were sealed beforehand."""
        capture, bus = Kept(), self._node.journal.bus
        self._node.journal.bus = capture
        bundles = bulletins // BUNDLE_MESSAGES_MAX
        first = _SEALED_FIRST + self._sealed * BUNDLE_MESSAGES_MAX
        self._sealed += 1
        at_s = time.time() - _SEALED_APART_S * bundles
        for number in range(bundles):
            now_s = at_s + _SEALED_APART_S * number
            self._release([update(first + one, now_s) for one in range(BUNDLE_MESSAGES_MAX)], now_s)
        self._node.commit(time.time())
        self._node.journal.bus = bus
        require(len(capture.kept) == bundles, "one bundle for each beat")
        self._other.ask("node", bulletins)
        began_s = time.time()
        own, other = self._node.setup.nation, self._node.orders.partners[0]
        for lane, raw in capture.kept:
            require(bus.send(own, other, lane, raw), "the queue holds them")
        held = self._heard_to_the_end()
        return bulletins / (held.whole_s - began_s)

    def cut(self, cut_s: float, rate: int, objects: int) -> CutFigures:
        """Freeze the other server while updates go on; what came when, after it went on."""
        count = round(rate * (cut_s + 2.0 * AROUND_CUT_S))
        due_s: dict[str, float] = {}
        healed: list[float] = []

        def freeze(since_s: float) -> None:
            if AROUND_CUT_S < since_s < AROUND_CUT_S + cut_s:
                os.kill(self._other.server_pid, signal.SIGSTOP)
            elif since_s >= AROUND_CUT_S + cut_s and not healed:
                os.kill(self._other.server_pid, signal.SIGCONT)
                healed.append(time.time())

        held = self._paced(count, rate, objects, due_s, freeze)
        live_s = min(at_s for _name, issued_s, at_s in held.came if issued_s > healed[0])
        waiting = sum(healed[0] - cut_s < at_s < healed[0] for at_s in due_s.values())
        return CutFigures(
            cut_s,
            waiting,
            round(live_s - healed[0], 2),
            round(held.whole_s - healed[0], 2),
        )

    def _paced(
        self,
        count: int,
        rate: int,
        objects: int,
        due_s: dict[str, float],
        also: Callable[[float], None] | None = None,
    ) -> Held:
        """Release updates at a rate; `due_s` is filled with when each bulletin's update was due."""
        self._other.ask("node", count)
        first, self._objects = self._objects, self._objects + objects
        gathering: Gathering[tuple[int, float]] = Gathering()
        began_s, number = time.time(), 0
        while number < count or len(gathering):
            now_s = time.time()
            while number < count and began_s + number / rate <= now_s:
                at_s = began_s + number / rate
                gathering.put((first + number % objects, at_s), at_s)
                number += 1
            if gathering.due(now_s):
                taken = gathering.take(now_s)
                for part in range(0, len(taken), BUNDLE_MESSAGES_MAX):
                    batch = taken[part : part + BUNDLE_MESSAGES_MAX]
                    released = self._release([update(*one) for one in batch], batch[-1][1])
                    due_s.update(
                        (item.id, at_s) for item, (_, at_s) in zip(released, batch, strict=True)
                    )
            if also is not None:
                also(now_s - began_s)
            self._hear(now_s)
            self._node.send_durable(now_s)
            wait_s = min(began_s + number / rate, gathering.due_at_s) - time.time()
            self._bus.arrived.wait(min(max(0.0, wait_s), STEP_S_MAX))
        return self._heard_to_the_end()

    def _release(self, batch: Sequence[Update], now_s: float) -> tuple[Bulletin, ...]:
        estimates, assessments = zip(*batch, strict=True)
        released = self._node.release(estimates, assessments, now_s).released
        require(len(released) == len(batch), "each update is released")
        return released

    def _hear(self, now_s: float) -> None:
        """Take receipts, and say how far we are."""
        if self._bus.arrived.is_set():
            self._node.receive(now_s)  # durable with the next group, which is soon
        if now_s - self._report_s >= REPORT_EVERY_S:
            self._report_s = now_s
            self._node.commit_soon(now_s)
            self._node.report_progress(now_s)

    def _heard_to_the_end(self) -> Held:
        while not self._other.answers():
            self._hear(time.time())
            self._node.send_durable(time.time())
            time.sleep(STEP_S_MAX)
        came, whole_s = cast("tuple[list[tuple[str, float, float]], float]", self._other.heard())
        return Held(tuple((one[0], one[1], one[2]) for one in came), whole_s)
