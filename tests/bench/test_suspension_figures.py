"""`bench suspend`: real nodes are suspended while they release, and its figures come out."""

from __future__ import annotations

import msgspec

from commonwatch.bench import suspension as bench


def test_a_small_run_suspends_and_restores_each_round(monkeypatch):
    monkeypatch.setattr(bench, "LOADS", (1, 5))
    monkeypatch.setattr(bench, "ROUNDS", 4)
    told: list[str] = []
    answer = bench.suspension(lambda _done, what: told.append(what))
    assert told == ["1 tracks", "5 tracks"]
    assert [one.tracks for one in answer.loads] == [1, 5]
    for one in answer.loads:
        assert one.release_ms > 0.0
        assert 0.0 < one.obeyed_ms <= one.obeyed_worst_ms
        assert one.obeyed_ms < one.durable_ms <= one.durable_worst_ms
        assert one.rounds == 4
        assert (one.late == 0) == (one.late_worst_ms == 0.0)
    assert msgspec.json.decode(msgspec.json.encode(answer), type=bench.SuspensionAnswer) == answer
    lines = list(bench.lines_of(answer))
    assert lines[2].split()[0] == "5"
