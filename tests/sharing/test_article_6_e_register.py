"""Article 6 e: each facility keeps a register of its cleared persons, and readings ask that one."""

from __future__ import annotations

import json
from hashlib import sha256

import msgspec
import pytest

from commonwatch.cli import app
from commonwatch.errors import CheckFailed
from commonwatch.identity import nation
from commonwatch.node.folder import write_folder
from commonwatch.node.held_register import hold_register
from commonwatch.release.custody_file import parse_register
from commonwatch.share.item_records import HeldRegister, Reading
from commonwatch.utc import parse_utc
from tests.house_rules import ROOT
from tests.sharing.builders import KEYS, T0_S, kinds

FILE = ROOT / "docs/examples/readers.toml"
TEXT = FILE.read_text("utf-8")


def test_article_6_e_the_register_names_facility_clearance_authorisation_and_needs():
    register = parse_register(TEXT, "readers.toml")
    assert (register.nation, register.facility) == ("JPN", "Notional watch room, Tokyo")
    for person in register.persons:
        assert person.clearance
        assert person.authorised_from_s < person.authorised_until_s
    assert [person.id for person in register.persons if not person.needs] == ["administrator"]


def test_a_person_struck_off_the_register_is_refused_from_then_on(three, tmp_path):
    three.beat(T0_S)
    file = tmp_path / "readers.toml"
    file.write_text(TEXT)
    desk = three.nodes["JPN"].reading
    held = hold_register(three.nodes["JPN"], file, "tanaka", T0_S)
    desk.read("KOR-JPN-1", "sato", "watch", held, T0_S + 1.0)
    file.write_text(TEXT.replace('id = "sato"', 'id = "suzuki"'))
    held = hold_register(three.nodes["JPN"], file, "tanaka", T0_S + 1.5)
    with pytest.raises(CheckFailed, match="sato is not in the register"):
        desk.read("KOR-JPN-1", "sato", "watch", held, T0_S + 2.0)
    desk.read("KOR-JPN-1", "suzuki", "watch", held, T0_S + 3.0)
    told = [
        msgspec.msgpack.decode(record.body, type=Reading)
        for kind in ("read", "read-refused")
        for record in kinds(three, "JPN", kind)
    ]
    # Each says which register was asked, so that an audit can lay that register beside it.
    before, after = (sha256(text.encode()).digest() for text in (TEXT, file.read_text()))
    assert [(one.person, one.register) for one in told] == [
        ("sato", before), ("suzuki", after), ("sato", after),
    ]  # fmt: skip


def test_another_facilitys_register_does_not_know_the_person(three, tmp_path):
    three.beat(T0_S)
    file = tmp_path / "other.toml"
    file.write_text('nation = "JPN"\nfacility = "Another notional room"\n')
    held = hold_register(three.nodes["JPN"], file, "tanaka", T0_S)
    with pytest.raises(CheckFailed, match="not in the register"):
        three.nodes["JPN"].reading.read("KOR-JPN-1", "sato", "watch", held, T0_S + 1.0)


def test_who_reads_chooses_neither_the_register_nor_the_time(three, tmp_path, capsys):
    """A file written on the spot, or a date at which one was still authorised, opens nothing."""
    three.beat(T0_S)
    three.settle(T0_S)
    three.close()
    folder, ended = three.folder / "JPN", tmp_path / "ended.toml"
    write_folder(folder, KEYS[nation("JPN")])
    asked = ["item", "read", str(folder), "KOR-JPN-1", "--as", "sato", "--for", "watch"]
    assert app.run(asked) == 2
    assert "holds no register" in capsys.readouterr().err
    ended.write_text(TEXT.replace("2099-01-01", "2025-01-01"))
    assert app.run(["item", "hold", str(folder), str(ended), "--by", "tanaka"]) == 0
    capsys.readouterr()
    assert app.run(asked) == 3
    assert "not authorised at this time" in capsys.readouterr().out
    assert app.run([*asked, "--at", "2024-06-01T00:00:00Z"]) == 2
    assert app.run([*asked, "--register", str(FILE)]) == 2
    told = [
        msgspec.msgpack.decode(record.body, type=HeldRegister)
        for record in kinds(three, "JPN", "register")
    ]
    assert told == [HeldRegister("tanaka", ended.read_text())]


def test_nothing_recorded_is_dated_back(three, tmp_path, capsys):
    three.beat(T0_S)
    three.settle(T0_S)
    three.close()
    folder = three.folder / "KOR"
    write_folder(folder, KEYS[nation("KOR")])
    recall = ["item", "recall", str(folder), "KOR-JPN-1", "--why", "x"]
    recall += ["--out", str(tmp_path / "post")]
    assert app.run([*recall, "--at", "1999-01-01T00:00:00Z"]) == 2
    assert "before the ledger's last record" in capsys.readouterr().err
    assert app.run(recall) == 0


def test_from_the_command_line_the_register_says_who_is_authorised_at_a_time(capsys):
    assert app.run(["item", "register", str(FILE), "--at", "2024-01-01T00:00:00Z"]) == 0
    first, sato, admin, _tanaka = capsys.readouterr().out.splitlines()
    assert first == "JPN: Notional watch room, Tokyo"
    assert sato.startswith("sato: cleared to 極秘, authorised (2023-01-01")
    assert "needs KOR-JPN: every product" in sato
    assert "may read nothing" in admin
    assert app.run(["item", "register", str(FILE), "--at", "2100-01-01T00:00:00Z", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert [one["authorised_now"] for one in table["persons"]] == [False] * 3
    register = parse_register(TEXT, "readers.toml")
    assert not register.persons[0].authorised_at(parse_utc("2099-01-01T00:00:00Z"))
