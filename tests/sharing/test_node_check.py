"""`node init`, `identity`, `partner`, `check`: everything that is wrong is told before a start."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from commonwatch.cli import app
from tests.sharing.services import EXAMPLE_PASS, PROGRAM, free_port

SENSORS = str(EXAMPLE_PASS / "sensors.toml")


def made(folder: Path, code: str) -> Path:
    address = f"127.0.0.1:{free_port()}"
    asked = ("--as", code, "--mode", "exercise", "--address", address, "--sensors", SENSORS)
    assert app.run(["node", "init", str(folder), *asked]) == 0
    return folder


def identity(folder: Path, capsys, into: Path) -> dict[str, str]:
    capsys.readouterr()
    assert app.run(["node", "identity", str(folder)]) == 0
    text = capsys.readouterr().out
    into.write_text(text)
    return json.loads(text)


def faults(folder: Path, capsys) -> list[str]:
    capsys.readouterr()
    status = app.run(["node", "check", str(folder)])
    lines = capsys.readouterr().out.strip().splitlines()
    assert status in {0, 3}
    return lines if status == 3 else []


def test_a_new_node_has_nothing_wrong_and_secrets_of_its_own(tmp_path, capsys):
    node = made(tmp_path / "korea", "KOR")
    assert faults(node, capsys) == []
    for name in ("key", "link.key", "desk/key"):
        assert (node / name).stat().st_mode & 0o077 == 0
    assert app.run(["node", "init", str(node), "--as", "KOR", "--mode", "exercise"]) == 2
    assert "nothing was changed" in capsys.readouterr().err


def test_a_partner_is_added_once_its_fingerprint_was_compared(tmp_path, capsys):
    korea, japan = made(tmp_path / "korea", "KOR"), made(tmp_path / "japan", "JPN")
    told = identity(japan, capsys, tmp_path / "JPN.json")
    given = ["node", "partner", str(korea), str(tmp_path / "JPN.json")]
    assert app.run(given) == 2
    (word,) = [w for w in capsys.readouterr().err.split() if w.count("-") == 7]
    assert app.run([*given, "--fingerprint", word.strip(";")[:-1] + "x"]) == 2
    assert not list((korea / "partners").iterdir())
    assert app.run([*given, "--fingerprint", word.strip(";")]) == 0
    assert faults(korea, capsys) == []
    for place in (korea, korea / "desk"):
        keys = json.loads((place / "identity.json").read_text())["public_keys"]
        assert keys["JPN"] == told["public_key"]
    # Another key under the same name is refused, whatever its fingerprint.
    other = made(tmp_path / "other", "JPN")
    identity(other, capsys, tmp_path / "JPN.json")
    assert app.run(given) == 2
    (word,) = [w for w in capsys.readouterr().err.split() if w.count("-") == 7]
    assert app.run([*given, "--fingerprint", word.strip(";")]) == 2
    assert "does not change in silence" in capsys.readouterr().err


def replaced(old: str, new: str):
    def spoil(node: Path) -> None:
        file = node / "node.toml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda node: (node / "node.toml").unlink(), "`commonwatch node init` writes one"),
        (replaced('nation = "KOR"', 'nation = "JPN"'), "the key in its folder is KOR's"),
        (replaced('"EXERCISE"', '"LIVE"'), "was made for EXERCISE, for good"),
        (replaced('"EXERCISE"', '"DRILL"'), "$.mode"),
        (replaced("late_s = 1.0", "late_s = 1e9"), "feed.late_s: 1000000000.0; 0 to 60 seconds"),
        (replaced("late_s = 1.0", "late_s = nan"), "feed.late_s"),
        (replaced("late_s = 1.0", "later_s = 1.0"), "later_s"),
        (replaced('plots = "-"', 'plots = "none.jsonl"'), "none.jsonl: no such file"),
        (replaced('listen = "127', 'listen = "host:99999" #'), "links.listen: port 99999"),
        (replaced("releasable_to = []", 'releasable_to = ["USA"]'), "USA; partners are none"),
        (replaced("port = 0", "port = 70000"), "page.port: 70000"),
        (lambda node: (node / "key").unlink(), "key: no such file"),
        (lambda node: (node / "key").chmod(0o644), "`chmod 600` it"),
        (lambda node: (node / "link.key").chmod(0o644), "link.key: others may read"),
        (lambda node: (node / "link.pem").write_text("no"), "no PEM certificate"),
        (lambda node: (node / "link.pem").unlink(), "link.pem: No such file"),
        (lambda node: (node / "desk/identity.json").unlink(), "desk: no desk is here"),
        (lambda node: (node / "sensors.toml").write_text("["), "sensors.toml"),
        (lambda node: (node / "partners/JPN.json").write_text("{}"), "not a node's identity file"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(spoil, told, tmp_path, capsys):
    node = made(tmp_path / "korea", "KOR")
    spoil(node)
    found = faults(node, capsys)
    assert found
    assert any(told in line for line in found), found
    assert app.run(["node", "run", str(node)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (node / "ledger.db").exists(), "nothing was started"


def test_all_faults_are_told_at_once(tmp_path, capsys):
    node = made(tmp_path / "korea", "KOR")
    replaced("late_s = 1.0", "late_s = -1.0")(node)
    replaced('plots = "-"', 'plots = "none.jsonl"')(node)
    (node / "link.key").chmod(0o644)
    assert len(faults(node, capsys)) == 3


def test_it_starts_in_two_seconds_of_its_own_time_and_stops_cleanly(tmp_path):
    """Processor time, which a machine that others use too does not stretch; imports apart."""
    node = made(tmp_path / "korea", "KOR")
    began_s = time.monotonic()
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, "node", "run", node], stdin=subprocess.PIPE, stderr=log,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        while b'"started"' not in (tmp_path / "log").read_bytes():
            assert process.poll() is None
            assert time.monotonic() - began_s < 60.0
            time.sleep(0.01)
        process.terminate()
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdin.close()
    assert process.returncode == 0
    assert used.ru_utime + used.ru_stime < 6.0
    assert b'"stopped"' in (tmp_path / "log").read_bytes()
    assert app.run(["ledger", "verify", str(node)]) == 0
