"""Transfers a second between two whole nodes: every bulletin in both ledgers, with its receipt."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from commonwatch.bench.gate.scene import GIVER, NOW_S, PARTIES, RECIPIENT, SIGNED_S, Scene, scene_of
from commonwatch.bench.ledger.answer import TransferFigures
from commonwatch.errors import require
from commonwatch.identity import PublicKey
from commonwatch.label import Label
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import shipped_terms, signatures_of_all
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.keys import NodeKeys, exercise_keys
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.node import Node, NodeSetup
from commonwatch.release.decision import Candidate
from commonwatch.share.reconcile import Ledger, reconcile

AGREEMENT = "KOR-JPN"


@dataclass(slots=True)
class Spent:
    """Seconds that one run took: on the wall, and of a core by each node."""

    wall_s: float = 0.0
    giver_cpu_s: float = 0.0
    taker_cpu_s: float = 0.0


def transfer_figures(folder: Path, group: int, beats: int, runs: int) -> TransferFigures:
    """Medians over runs of both nodes' work, one after the other in one process."""
    scene = scene_of(group)
    transfers = group * beats
    spent = [_run(folder, scene, beats) for _ in range(runs)]

    def a_second(seconds: Callable[[Spent], float]) -> float:
        return round(transfers / statistics.median(seconds(one) for one in spent))

    return TransferFigures(
        group,
        transfers,
        a_second(lambda one: one.wall_s),
        a_second(lambda one: one.giver_cpu_s + one.taker_cpu_s),
        a_second(lambda one: one.giver_cpu_s),
        a_second(lambda one: one.taker_cpu_s),
    )


def _run(folder: Path, scene: Scene, beats: int) -> Spent:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        giver, taker = _nodes(Path(place), scene)
        spent = Spent()
        for number in range(beats):
            _beat(giver, taker, _others(scene.candidates, number), NOW_S + number, spent)
        _require_all_arrived(giver, taker, len(scene.candidates) * beats)
        for node in (giver, taker):
            node.journal.store.close()
        return spent


def _beat(
    giver: Node, taker: Node, candidates: Sequence[Candidate], now_s: float, spent: Spent
) -> None:
    wall, began = time.perf_counter(), time.process_time()
    giver.releasing.release(candidates, now_s)
    giver.commit(now_s)
    gave = time.process_time()
    taker.receive(now_s)
    taker.commit(now_s)
    took = time.process_time()
    giver.receive(now_s)
    giver.commit(now_s)
    spent.giver_cpu_s += gave - began + time.process_time() - took
    spent.taker_cpu_s += took - gave
    spent.wall_s += time.perf_counter() - wall


def _others(candidates: Sequence[Candidate], beat: int) -> tuple[Candidate, ...]:
    """The same of other objects: nothing of a beat was said in one before."""
    return tuple(
        replace(item, track=f"{item.track}.{beat}", event=f"{item.event}.{beat}")
        for item in candidates
    )


def _nodes(folder: Path, scene: Scene) -> tuple[Node, Node]:
    keys = exercise_keys(PARTIES, seed=1, mode=EXERCISE)
    terms = next(item for item in shipped_terms() if item.id == AGREEMENT)
    label = scene.candidates[0].label
    require(label is not None, "the scene's candidates are marked")
    assert label is not None
    bus = EmbeddedBus()
    made = []
    for code in (GIVER, RECIPIENT):
        own: NodeKeys = keys[code]
        store = LedgerStore(folder / code, code, EXERCISE, own.private)
        setup = NodeSetup(own, scene.sensors, Label(code, label.level, (code,), ()))
        node = Node(setup, (terms,), store, bus)
        node.take_orders(AGREEMENT, signatures_of_all(terms, keys, SIGNED_S, EXERCISE), SIGNED_S)
        made.append(node)
    return made[0], made[1]


def _require_all_arrived(giver: Node, taker: Node, transfers: int) -> None:
    """Reconciled to the last record: what was measured is what is told."""
    keys: dict[str, PublicKey] = giver.setup.keys.public
    ledgers = []
    for node in (giver, taker):
        read = node.journal.store.read()
        ledgers.append(Ledger(node.setup.nation, tuple(read.records()), read.bodies))
    account, _back = reconcile(ledgers[0], ledgers[1], keys, EXERCISE)
    require(not account.differences, "both ledgers agree to the last record")
    require(account.receipts == transfers, "a receipt answers each bulletin")
