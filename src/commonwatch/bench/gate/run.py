"""The benchmark of the gate: what a decision costs, and bulletins through it into a ledger."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from commonwatch.bench.gate.answer import DecisionFigures, GateAnswer, ThroughputFigures
from commonwatch.bench.gate.scene import GIVER, NOW_S, RECIPIENT, Scene, scene_of
from commonwatch.bench.machine import this_machine
from commonwatch.errors import require
from commonwatch.mode import EXERCISE
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.policies import shipped_policies
from commonwatch.release.agreement import Agreement
from commonwatch.release.cedar_question import entities_of, may_it_go
from commonwatch.release.consent import NO_CONSENTS
from commonwatch.release.decision import Candidate, Decision, Ruling
from commonwatch.release.facts import Facts, Question, facts_of
from commonwatch.release.gate import decide, decide_anew
from commonwatch.release.marked import marked_parts
from commonwatch.release.table import Answer, Asker, DecisionTable, answer_by
from commonwatch.share.ledger import Entry

RUNS = 15
# Decisions of one run: enough that the clock's own step does not matter.
FROM_TABLE, BY_CEDAR = 2_000, 20
BULLETINS, GROUP = 10_000, 1_000
THROUGHPUT_RUNS = 5
PARTS = 3
NOTES = (
    "Processor time of one process, medians over runs of many decisions each. A decision is asked "
    "for one candidate and one recipient and answers whether it may go and which of the seven "
    "fields; by Cedar these are eight questions in two batches.",
    "The whole decision: how the agreements stand, what was ruled on statements that are alike, "
    "every number of every field looked at, and the decision as a record. At a new moment each: "
    "the same, no two at one time. Anew: nothing remembered but the table, so that the standing, "
    "the facts, the row and the fields are all worked out.",
    "The table's row alone: facts and row, without fields and record.",
    "Through the gate: the whole decision, encoded, and a group of records appended to a SQLite "
    "ledger on disk: hash-chained, its head signed, synchronous=FULL.",
)


def gate(advance: Callable[[float, str], None]) -> GateAnswer:
    """All figures; `advance` hears which of the parts begins."""
    scene = scene_of(BULLETINS)
    advance(0, "decisions from memory and table")
    table = DecisionTable(shipped_policies())
    found = _remembered_and_anew(scene, table)
    advance(1, "decisions by Cedar")
    found += _by_cedar(scene, table)
    advance(2, f"{BULLETINS:,} bulletins into a ledger")
    throughput = _throughput(scene, table)
    base = found[0][1]
    figures = tuple(DecisionFigures(name, round(us, 3), round(us / base, 1)) for name, us in found)
    versions = ("commonwatch", "cedarpy", "msgspec", "sqlalchemy")
    return GateAnswer("gate", this_machine(versions), figures, throughput, NOTES)


def _remembered_and_anew(scene: Scene, table: DecisionTable) -> list[tuple[str, float]]:
    def whole(candidate: Candidate, _number: int) -> bool:
        return _decided(scene, table, candidate, NOW_S).content is not None

    def at_a_new_moment(candidate: Candidate, number: int) -> bool:
        return _decided(scene, table, candidate, NOW_S + 1e-3 * (1 + number)).content is not None

    def anew(candidate: Candidate, _number: int) -> bool:
        return decide_anew(_question(scene, candidate, NOW_S), table).content is not None

    def row(candidate: Candidate, _number: int) -> bool:
        return _answer(scene, table, candidate, NOW_S).allows

    return [
        ("the whole decision", _median_us(scene, whole, FROM_TABLE)),
        ("the same, at a new moment each", _median_us(scene, at_a_new_moment, FROM_TABLE)),
        ("the whole decision anew, from the table", _median_us(scene, anew, FROM_TABLE)),
        ("the table's row alone", _median_us(scene, row, FROM_TABLE)),
    ]


def _by_cedar(scene: Scene, table: DecisionTable) -> list[tuple[str, float]]:
    policies = table.policies
    asked = {
        "Cedar asked, policies parsed before": policies.ask,
        "Cedar asked, policies as text": policies.ask_as_text,
    }

    def one_question(candidate: Candidate, _number: int) -> bool:
        facts, agreement = _facts(scene, table, candidate, NOW_S)
        parts = marked_parts(facts.label, facts.portions)
        entities = entities_of(facts, agreement.terms, parts)
        return policies.ask([may_it_go(facts, 0)], entities)[0].allowed

    alone = "Cedar asked one of the eight, parsed before"
    return [
        *((name, _asked_us(scene, table, ask)) for name, ask in asked.items()),
        (alone, _median_us(scene, one_question, BY_CEDAR)),
    ]


def _asked_us(scene: Scene, table: DecisionTable, ask: Asker) -> float:
    policies = table.policies.all

    def work(candidate: Candidate, _number: int) -> bool:
        facts, agreement = _facts(scene, table, candidate, NOW_S)
        answer = answer_by(ask, policies, facts, agreement.terms)
        require(answer == table.answer(facts, agreement.terms), "Cedar and the table differ")
        return answer.allows

    return _median_us(scene, work, BY_CEDAR)


def _median_us(scene: Scene, work: Callable[[Candidate, int], bool], decisions: int) -> float:
    """Median over runs of microseconds a decision; each must be a yes."""
    chosen = scene.candidates[:decisions]
    found = []
    for run in range(RUNS + 1):
        began = time.process_time()
        yes = sum(work(candidate, number) for number, candidate in enumerate(chosen))
        seconds = time.process_time() - began
        require(yes == len(chosen), "every candidate of the benchmark may go")
        if run:  # the first fills the table
            found.append(1e6 * seconds / len(chosen))
    return statistics.median(found)


def _facts(
    scene: Scene, table: DecisionTable, candidate: Candidate, now_s: float
) -> tuple[Facts, Agreement]:
    standing = table.memory.pair(GIVER, RECIPIENT, scene.agreements, now_s).standing
    agreement = standing.binding[0]
    return facts_of(_question(scene, candidate, now_s), agreement, standing), agreement


def _question(scene: Scene, candidate: Candidate, now_s: float) -> Question:
    return Question(
        candidate, RECIPIENT, scene.agreements, scene.sensors, EXERCISE, now_s, NO_CONSENTS
    )


def _answer(scene: Scene, table: DecisionTable, candidate: Candidate, now_s: float) -> Answer:
    facts, agreement = _facts(scene, table, candidate, now_s)
    return table.answer(facts, agreement.terms)


def _decided(scene: Scene, table: DecisionTable, candidate: Candidate, now_s: float) -> Ruling:
    return decide(
        candidate,
        RECIPIENT,
        scene.agreements,
        sensors=scene.sensors,
        mode=EXERCISE,
        now_s=now_s,
        table=table,
    )


def _throughput(scene: Scene, table: DecisionTable) -> ThroughputFigures:
    cpu, wall = [], []
    for _ in range(THROUGHPUT_RUNS):
        with tempfile.TemporaryDirectory() as folder:
            store = LedgerStore(Path(folder), GIVER, EXERCISE, scene.keys.private)
            began_cpu, began = time.process_time(), time.perf_counter()
            for first in range(0, BULLETINS, GROUP):
                store.append(_entries(scene, table, first), NOW_S)
            wall.append(time.perf_counter() - began)
            cpu.append(time.process_time() - began_cpu)
            require(store.head.size == BULLETINS, "each decision is in the ledger")
            store.close()
    return ThroughputFigures(
        BULLETINS,
        GROUP,
        round(BULLETINS / statistics.median(cpu)),
        round(BULLETINS / statistics.median(wall)),
    )


def _entries(scene: Scene, table: DecisionTable, first: int) -> list[Entry]:
    return [
        Entry("decision", RECIPIENT, candidate.track, _encoded(decided.decision))
        for candidate in scene.candidates[first : first + GROUP]
        if (decided := _decided(scene, table, candidate, NOW_S)).content is not None
    ]


_encoder = msgspec.msgpack.Encoder()


def _encoded(decision: Decision) -> bytes:
    return _encoder.encode(decision)
