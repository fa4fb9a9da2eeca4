"""A node's folder: who it is, told once, and told well where it is not."""

from __future__ import annotations

import json

import pytest

from commonwatch.cli import app
from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.node.folder import IDENTITY_FILE, KEY_FILE, read_identity, write_folder
from commonwatch.node.keys import read_key
from tests.sharing.builders import KEYS

KOR = KEYS[nation("KOR")]


def test_a_folder_tells_again_what_was_written(tmp_path):
    write_folder(tmp_path, KOR)
    identity = read_identity(tmp_path)
    assert identity.keys == KOR.public
    assert (identity.nation, identity.node_mode) == ("KOR", KOR.mode)
    assert read_key(tmp_path / KEY_FILE) == KOR.private
    assert KOR.private.seed.hex() not in (tmp_path / IDENTITY_FILE).read_text()


@pytest.mark.parametrize(
    "changes",
    [
        {"public_keys": {"KOR": "00"}},
        {"public_keys": {"KOR": "zz" * 32}},
        {"public_keys": {}},
        {"nation": 7},
        {"surprise": 1},
    ],
)
def test_an_identity_that_does_not_hold_is_told_with_its_file(tmp_path, changes):
    write_folder(tmp_path, KOR)
    file = tmp_path / IDENTITY_FILE
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
    with pytest.raises(UnusableInput):
        read_identity(tmp_path)


def test_there_is_no_mode_but_three(tmp_path):
    write_folder(tmp_path, KOR)
    file = tmp_path / IDENTITY_FILE
    file.write_text(json.dumps({**json.loads(file.read_text()), "mode": "DEMO"}))
    with pytest.raises(UnusableInput, match="DEMO"):
        _ = read_identity(tmp_path).node_mode


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 1000, b"[" * 100_000])
def test_what_is_no_export_is_told_in_one_line(tmp_path, capsys, content):
    file = tmp_path / "export.jsonl"
    file.write_bytes(content)
    assert app.run(["ledger", "verify", str(file)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("ledger", "verify", "/nowhere"),
        ("ledger", "reconcile", "docs/examples/ledger/KOR.jsonl", "docs/examples/ledger/KOR.jsonl"),
        ("ledger", "export", "docs/examples/ledger/KOR.jsonl", "--partner", "USA"),
        ("agreement", "show", "AUKUS"),
        ("agreement", "explain", "warhead", "--from", "KOR", "--to", "JPN"),
        ("agreement", "explain", "path", "--from", "KOR", "--to", "Japan"),
        ("agreement", "explain", "path", "--from", "KOR", "--to", "JPN", "--state", "maybe"),
        ("agreement", "decisions", "docs/examples/ledger/KOR.jsonl", "--item", "t99"),
    ],
)
def test_unusable_arguments_are_told_in_one_line(arguments, capsys):
    assert app.run(list(arguments)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        (("--from", "KOR", "--to", "JPN"), "release"),
        (("--from", "KOR", "--to", "JPN", "--state", "suspended"), "withhold"),
        (("--from", "KOR", "--to", "JPN", "--state", "notice given"), "release"),
        (("--from", "KOR", "--to", "JPN", "--level", "군사I급비밀"), "withhold"),
        (("--from", "KOR", "--to", "AUS"), "withhold"),
        (("--from", "KOR", "--to", "JPN", "--sensor-kind", "sonar"), "withhold"),
    ],
)
def test_explain_asks_the_gate_that_nodes_use(arguments, outcome, capsys):
    assert app.run(["agreement", "explain", "expected_impact", *arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == outcome
    assert told["rules"]
