"""T20: the benchmark's own lane of flipped bits; tests/sharing has whole nodes' ledgers as well."""

from __future__ import annotations

import json

from commonwatch.bench.faults import flips
from commonwatch.cli import app


def test_t20_a_bit_flipped_is_found_or_changed_nothing(capsysbinary):
    assert app.run(["bench", "faults", "--lane", "flips", "--times", "40", "--json"]) == 0
    answer = json.loads(capsysbinary.readouterr().out)
    assert (answer["kind"], answer["lane"], answer["done"]) == ("bench", "flips", 40)
    assert answer["violations"] == []
    assert answer["figures"][0]["value"] > 10


def test_a_ledger_that_opens_and_holds_something_else_is_told(monkeypatch, capsys):
    monkeypatch.setattr(flips, "_content", lambda read: object())
    assert app.run(["bench", "faults", "--lane", "flips", "--times", "40"]) == 3
    assert "VIOLATED" in capsys.readouterr().out
