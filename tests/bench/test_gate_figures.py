"""`bench gate`: what it asks is let go, Cedar and the table agree, its figures come out."""

from __future__ import annotations

import msgspec

from commonwatch.bench.gate import run
from commonwatch.bench.gate.answer import DecisionFigures, GateAnswer, ThroughputFigures
from commonwatch.bench.gate.table import lines_of
from commonwatch.bench.machine import this_machine


def test_a_small_run_measures_each_way_and_fills_a_real_ledger(monkeypatch):
    monkeypatch.setattr(run, "RUNS", 2)
    monkeypatch.setattr(run, "FROM_TABLE", 20)
    monkeypatch.setattr(run, "BY_CEDAR", 2)
    monkeypatch.setattr(run, "BULLETINS", 40)
    monkeypatch.setattr(run, "GROUP", 16)
    monkeypatch.setattr(run, "THROUGHPUT_RUNS", 1)
    told_of = []
    answer = run.gate(lambda done, what: told_of.append(done))
    assert told_of == list(range(run.PARTS))
    assert len(answer.decisions) == 7
    assert answer.decisions[0].times_the_first == 1.0
    assert min(one.us for one in answer.decisions) > 0.0
    assert answer.throughput.bulletins == 40
    assert answer.throughput.a_cpu_second > 0.0


def test_the_text_says_what_the_record_holds():
    answer = GateAnswer(
        "gate",
        this_machine(("msgspec",)),
        (DecisionFigures("from the table", 2.5, 1.0), DecisionFigures("Cedar", 1500.0, 600.0)),
        ThroughputFigures(10_000, 1_000, 20_000.0, 12_345.0),
        ("a note",),
    )
    lines = list(lines_of(answer))
    assert any(line.split() == ["Cedar", "1,500.00", "600.0"] for line in lines)
    assert any("20,000 bulletins a second of one core, 12,345 on the wall" in x for x in lines)
    assert msgspec.json.decode(msgspec.json.encode(answer), type=GateAnswer) == answer
