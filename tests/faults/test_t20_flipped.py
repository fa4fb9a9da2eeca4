"""T20: the benchmark's own lane of flipped bits; tests/sharing has whole nodes' ledgers as well."""

from __future__ import annotations

import json

from commonwatch.bench.faults import flips
from commonwatch.cli import app
from commonwatch.node.ledger_store import LEDGER_FILE, read_ledger


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


def test_t20_a_spoilt_name_of_a_table_is_told_as_any_other_fault(tmp_path):
    """SQLite's own words on it are no UTF-8 then, which was a fault of ours."""
    flips._make(tmp_path)
    whole = read_ledger(tmp_path / "stopped")
    raw = (tmp_path / "stopped" / LEDGER_FILE).read_bytes()
    begins = raw.index(b"CREATE TABLE")
    told = []
    for offset in range(begins - 20, begins + 20):
        folder = flips._copied(tmp_path, "stopped")
        spoilt = bytearray(raw)
        spoilt[offset] ^= 0x80
        (folder / LEDGER_FILE).write_bytes(spoilt)
        told.append(flips._told(folder, flips._content(whole)))
    assert set(told) <= {"", None}
    assert told.count("") > 10
