"""`bench share`: two nodes over a real link, small; its figures come out."""

from __future__ import annotations

import msgspec

from commonwatch.bench.machine import this_machine
from commonwatch.bench.share import giver, run
from commonwatch.bench.share.answer import (
    CutFigures,
    DiskFigures,
    LatencyFigures,
    ShareAnswer,
    SustainedFigures,
)
from commonwatch.bench.share.table import lines_of


def test_a_small_run_measures_both_and_everything_arrives(monkeypatch):
    monkeypatch.setattr(run, "RATES_A_SECOND", (40,))
    monkeypatch.setattr(run, "FOR_S", 0.5)
    monkeypatch.setattr(run, "RUNS", 2)
    monkeypatch.setattr(run, "SUSTAINED_BULLETINS", 320)
    monkeypatch.setattr(run, "CUT_S", 2.5)
    monkeypatch.setattr(run, "CUT_RATE_A_SECOND", 20)
    monkeypatch.setattr(giver, "AROUND_CUT_S", 1.0)
    told_of = []
    answer = run.share(lambda done, what: told_of.append(what))
    assert len(told_of) == 5
    (latency,) = answer.latency
    assert latency.messages == 20
    assert 0.0 < latency.bare_p50_ms <= latency.bare_p99_ms
    assert 0.0 < latency.p50_ms <= latency.p99_ms
    assert 1.0 <= latency.a_signature <= 32.0
    assert answer.payload_bytes > 500
    assert 0.0 < answer.disk.p50_ms <= answer.disk.p99_ms
    assert answer.sustained.a_second > 0.0
    assert answer.cut.waiting >= 40
    assert 0.0 < answer.cut.live_s <= answer.cut.complete_s


def test_the_text_says_what_the_record_holds():
    answer = ShareAnswer(
        "share",
        this_machine(("msgspec",)),
        1_024,
        3,
        (2.0, 4.5),
        DiskFigures("/somewhere", 4.0, 8.0),
        (LatencyFigures(1_000, 5_000, 0.7, 2.0, 7.0, 20.0, 10.0, 10.0, 4.5),),
        SustainedFigures(32_000, 50_000.0, 10_000.0, 0.2),
        CutFigures(25.0, 10_000, 0.42, 3.0),
        ("a note",),
    )
    text = "\n".join(lines_of(answer))
    assert "7.00 (10.0)" in text
    assert "/somewhere: a small write alone is durable after 4.00 ms" in text
    assert "load 2.0 to 4.5" in text
    assert "10,000 bulletins a second received" in text
    assert "live after 0.42 s, all there after 3.00 s" in text
    assert msgspec.json.decode(msgspec.json.encode(answer), type=ShareAnswer) == answer
