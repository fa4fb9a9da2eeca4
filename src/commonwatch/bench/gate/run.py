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
from commonwatch.release.cedar_question import entities_of, questions_of
from commonwatch.release.consent import NO_CONSENTS
from commonwatch.release.decision import Candidate, Decision, Ruling
from commonwatch.release.facts import Facts, Question, facts_of
from commonwatch.release.gate import decide
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
    "fields; by Cedar these are eight questions in one batch.",
    "From the table: the standing of the agreements at this moment, the facts, the row. At a new "
    "moment: the same, the states of the agreements worked out anew each time.",
    "The whole gate: the table's answer, then every number of every field looked at, and the "
    "decision as a record.",
    "Through the gate: the whole gate, the decision encoded, and a group of records appended to a "
    "SQLite ledger on disk: hash-chained, its head signed, synchronous=FULL.",
)


def gate(advance: Callable[[float, str], None]) -> GateAnswer:
    """All figures; `advance` hears which of the parts begins."""
    scene = scene_of(BULLETINS)
    advance(0, "decisions from the table")
    table = DecisionTable(shipped_policies())
    found = [_from_table(scene, table), *_others(scene, table)]
    advance(1, "decisions by Cedar")
    found += _by_cedar(scene, table)
    advance(2, f"{BULLETINS:,} bulletins into a ledger")
    throughput = _throughput(scene, table)
    base = found[0][1]
    figures = tuple(DecisionFigures(name, round(us, 3), round(us / base, 1)) for name, us in found)
    versions = ("commonwatch", "cedarpy", "msgspec", "sqlalchemy")
    return GateAnswer("gate", this_machine(versions), figures, throughput, NOTES)


def _from_table(scene: Scene, table: DecisionTable) -> tuple[str, float]:
    def work(candidate: Candidate, _number: int) -> bool:
        return _answer(scene, table, candidate, NOW_S).allows

    return "from the table", _median_us(scene, work, FROM_TABLE)


def _others(scene: Scene, table: DecisionTable) -> list[tuple[str, float]]:
    def at_a_new_moment(candidate: Candidate, number: int) -> bool:
        return _answer(scene, table, candidate, NOW_S + 1e-3 * (1 + number)).allows

    def whole(candidate: Candidate, _number: int) -> bool:
        return _decided(scene, table, candidate).content is not None

    return [
        ("from the table, at a new moment", _median_us(scene, at_a_new_moment, FROM_TABLE)),
        ("the whole gate, fields and record", _median_us(scene, whole, FROM_TABLE)),
    ]


def _by_cedar(scene: Scene, table: DecisionTable) -> list[tuple[str, float]]:
    policies = table.policies
    asked = {
        "Cedar asked, policies parsed before": policies.ask,
        "Cedar asked, policies as text": policies.ask_as_text,
    }

    def one_question(candidate: Candidate, _number: int) -> bool:
        facts, agreement = _facts(scene, table, candidate, NOW_S)
        entities = entities_of(facts, agreement.terms)
        return policies.ask(questions_of(facts)[:1], entities)[0].allowed

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
    standing = table.standings.of(GIVER, RECIPIENT, scene.agreements, now_s)
    question = Question(
        candidate, RECIPIENT, scene.agreements, scene.sensors, EXERCISE, now_s, NO_CONSENTS
    )
    agreement = standing.binding[0]
    return facts_of(question, agreement, standing), agreement


def _answer(scene: Scene, table: DecisionTable, candidate: Candidate, now_s: float) -> Answer:
    facts, agreement = _facts(scene, table, candidate, now_s)
    return table.answer(facts, agreement.terms)


def _decided(scene: Scene, table: DecisionTable, candidate: Candidate) -> Ruling:
    return decide(
        candidate,
        RECIPIENT,
        scene.agreements,
        sensors=scene.sensors,
        mode=EXERCISE,
        now_s=NOW_S,
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
        if (decided := _decided(scene, table, candidate)).content is not None
    ]


_encoder = msgspec.msgpack.Encoder()


def _encoded(decision: Decision) -> bytes:
    return _encoder.encode(decision)
