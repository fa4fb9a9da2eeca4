"""`bench suspend`: on the wall, from an order to suspend to the gate closed, beside load.

A real node with its ledger on disk. While a release of so many tracks is under way, another thread
has the agreement suspended, as a release officer does. Measured is when the last envelope left
after that, if any did, when what waited was taken back, and when all of it was durable.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from commonwatch.bench.gate.scene import GIVER, NOW_S, RECIPIENT, SIGNED_S, Scene, scene_of
from commonwatch.bench.machine import Machine, machine_line, this_machine
from commonwatch.errors import require
from commonwatch.identity import Nation
from commonwatch.label import Label
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import shipped_terms, signatures_of_all
from commonwatch.node.bus import BusLane, Urgency
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.keys import NodeKeys, exercise_keys
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.node import Node, NodeSetup
from commonwatch.share.ledger import Entry

LOADS = (1, 10, 100, 1_000, 10_000)
ROUNDS = 20
# Of the greatest loads fewer rounds.
TRACKS_RELEASED_MAX = 100_000
AGREEMENT = f"{GIVER}-{RECIPIENT}"
BOUND_MS = 50.0
NOTES = (
    "Milliseconds on the wall, of real nodes with SQLite ledgers on disk (synchronous=FULL); each "
    "round a new suspension of an agreement that was restored before it.",
    "Release: all tracks through gate and ledger, undisturbed. Late: from the order, given at a "
    "moment of such a release, to the last envelope that left for the partner after it; 0 where "
    "none did. Obeyed: from the order to the queue purged, of what was handed to the bus before "
    "it. Durable: to order, purge and canary in the ledger. The release goes on after both.",
)


class SuspensionFigures(msgspec.Struct, frozen=True):
    """Milliseconds of one load, medians and the worst.

    `late` envelopes in all rounds left after an order.
    """

    tracks: int
    rounds: int
    release_ms: float
    late: int
    late_worst_ms: float
    obeyed_ms: float
    obeyed_worst_ms: float
    durable_ms: float
    durable_worst_ms: float


class SuspensionAnswer(msgspec.Struct, frozen=True, tag_field="kind", tag="bench"):
    """What `bench suspend --json` prints."""

    name: str
    machine: Machine
    bound_ms: float
    loads: tuple[SuspensionFigures, ...]
    notes: tuple[str, ...]


class _TimedBus(EmbeddedBus):
    """Says when each live envelope was taken, and when the queue was purged."""

    def __init__(self) -> None:
        super().__init__()
        self.taken_at: list[float] = []
        self.purged_at = 0.0

    def send(
        self,
        sender: str,
        recipient: str,
        lane: BusLane,
        raw: bytes,
        urgency: Urgency = Urgency.USUAL,
    ) -> bool:
        taken = super().send(sender, recipient, lane, raw, urgency)
        if lane == "live":
            self.taken_at.append(time.perf_counter())
        return taken

    def purge(self, sender: str, recipient: str) -> tuple[bytes, ...]:
        taken = super().purge(sender, recipient)
        self.purged_at = time.perf_counter()
        return taken


class _TimedStore(LedgerStore):
    """Says when a suspension's canary was last made durable, with the order and what it purged."""

    durable_at = 0.0

    def append(self, entries: Sequence[Entry], now_s: float, destroy: Sequence[bytes] = ()) -> None:
        super().append(entries, now_s, destroy)
        if any(entry.kind == "canary" for entry in entries):
            self.durable_at = time.perf_counter()


def suspension(advance: Callable[[float, str], None]) -> SuspensionAnswer:
    """All figures; `advance` hears which load begins."""
    figures = []
    for number, tracks in enumerate(LOADS):
        advance(number, f"{tracks:,} tracks")
        figures.append(_figures(scene_of(tracks), tracks))
    versions = ("commonwatch", "msgspec", "sqlalchemy")
    return SuspensionAnswer("suspend", this_machine(versions), BOUND_MS, tuple(figures), NOTES)


def lines_of(answer: SuspensionAnswer) -> Iterator[str]:
    """A line a load, then the notes and the machine."""
    yield (
        "tracks  rounds  release ms  left late  worst ms  obeyed ms  worst ms  durable ms  worst ms"
    )
    for one in answer.loads:
        yield (
            f"{one.tracks:6,}  {one.rounds:6}  {one.release_ms:10.2f}  {one.late:9,}  "
            f"{one.late_worst_ms:8.2f}  {one.obeyed_ms:9.2f}  {one.obeyed_worst_ms:8.2f}  "
            f"{one.durable_ms:10.2f}  {one.durable_worst_ms:8.2f}"
        )
    yield ""
    yield from answer.notes
    yield machine_line(answer.machine)


def _figures(scene: Scene, tracks: int) -> SuspensionFigures:
    release, late, obeyed, durable = [], [], [], []
    rounds = max(3, min(ROUNDS, TRACKS_RELEASED_MAX // tracks))
    with tempfile.TemporaryDirectory() as folder:
        bus = _TimedBus()
        stores = {code: _store(code, Path(folder)) for code in (GIVER, RECIPIENT)}
        nodes = {str(code): _node(scene, code, store, bus) for code, store in stores.items()}
        for number in range(rounds):
            now_s = NOW_S + 20.0 * number
            release.append(_released(nodes[GIVER], scene, now_s))
            # Another part of the release in each round, from its beginning to past its end.
            after_s = 1e-3 * statistics.median(release) * number / (rounds - 2)
            ordered = _ordered_during(nodes[GIVER], scene, now_s + 10.0, after_s)
            late += [1e3 * (at - ordered) for at in bus.taken_at if at > ordered]
            durable.append(1e3 * (stores[GIVER].durable_at - ordered))
            obeyed.append(1e3 * (bus.purged_at - ordered))
            require(not bus.drain(RECIPIENT, "live"), "nothing is left to the partner")
            _restore(nodes, now_s + 11.0)
        for store in stores.values():
            store.close()
    return SuspensionFigures(
        tracks,
        rounds,
        round(statistics.median(release), 3),
        len(late),
        round(max(late, default=0.0), 3),
        round(statistics.median(obeyed), 3),
        round(max(obeyed), 3),
        round(statistics.median(durable), 3),
        round(max(durable), 3),
    )


def _released(node: Node, scene: Scene, now_s: float) -> float:
    """Milliseconds of a release of all tracks, with its commit."""
    began = time.perf_counter()
    outcome = node.releasing.release(scene.candidates, now_s)
    node.commit(now_s)
    require(len(outcome.released) == len(scene.candidates), "every track is released")
    return 1e3 * (time.perf_counter() - began)


def _ordered_during(node: Node, scene: Scene, now_s: float, after_s: float) -> float:
    """When, on the clock, another thread had the agreement suspended while the node released."""
    ordered: list[float] = []

    def order() -> None:
        ordered.append(time.perf_counter())
        node.suspend_at_once(AGREEMENT)

    officer = threading.Timer(after_s, order)
    officer.start()
    node.releasing.release(scene.candidates, now_s)
    node.commit(now_s)
    officer.join()
    node.obey(now_s)  # of an order that came after the release
    return ordered[0]


def _restore(nodes: dict[str, Node], now_s: float) -> None:
    for node in nodes.values():
        node.obey(now_s)
        node.order_restore(AGREEMENT, now_s, resume_open_objects=True)
    for node in nodes.values():
        node.obey(now_s)
        node.commit(now_s)


def _keys() -> dict[Nation, NodeKeys]:
    return exercise_keys((GIVER, RECIPIENT), seed=1, mode=EXERCISE)


def _store(code: Nation, folder: Path) -> _TimedStore:
    return _TimedStore(folder / code, code, EXERCISE, _keys()[code].private)


def _node(scene: Scene, code: Nation, store: LedgerStore, bus: EmbeddedBus) -> Node:
    keys = _keys()
    terms = [item for item in shipped_terms() if item.id == AGREEMENT]
    own = keys[code]
    node = Node(
        NodeSetup(own, scene.sensors, Label(own.nation, "", (own.nation,))), terms, store, bus
    )
    for item in terms:
        node.take_orders(item.id, signatures_of_all(item, keys, SIGNED_S, EXERCISE), SIGNED_S)
    return node
