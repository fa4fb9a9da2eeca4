"""Article 14: a copy, an export, a translation is in the ledger with its parents, before it is."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from commonwatch.cli import app
from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.identity import nation
from commonwatch.node.audit import write_audit
from commonwatch.node.copying import copy_for
from commonwatch.node.folder import write_folder
from commonwatch.node.held_register import hold_register
from commonwatch.share.item_records import Copied, copy_id
from tests.house_rules import ROOT
from tests.sharing.builders import KEYS, T0_S, kinds
from tests.sharing.test_article_7_readers import CUSTODY

REGISTER = ROOT / "docs/examples/readers.toml"


def copies(made, code: str = "JPN") -> list[Copied]:
    return [msgspec.msgpack.decode(one.body, type=Copied) for one in kinds(made, code, "copied")]


def test_article_14_a_copy_and_its_translation_name_their_parents(three):
    three.beat(T0_S)
    node = three.nodes["JPN"]
    paper = copy_for(node, ["KOR-JPN-1"], "paper, room 4", ("sato", CUSTODY), T0_S + 1.0)
    words = copy_for(node, [paper], "translation", ("sato", CUSTODY), T0_S + 2.0)
    assert [(one.copy, one.parents, one.holder, one.form) for one in copies(three)] == [
        (paper, ("KOR-JPN-1",), "sato", "paper, room 4"),
        (words, (paper,), "sato", "translation"),
    ]
    # Who copies has read: both, and of the translation what its parent was made from.
    assert [record.subject for record in kinds(three, "JPN", "read")] == ["KOR-JPN-1"] * 2
    assert node.items.book.copies_of("KOR-JPN-1") == tuple(sorted((paper, words)))


def test_who_may_not_read_an_item_may_not_copy_it_nor_a_copy_of_it(three):
    three.beat(T0_S)
    node = three.nodes["JPN"]
    paper = copy_for(node, ["KOR-JPN-1"], "paper", ("sato", CUSTODY), T0_S + 1.0)
    for parent in ("KOR-JPN-1", paper):
        with pytest.raises(CheckFailed, match="no need to know"):
            copy_for(node, [parent], "paper", ("general", CUSTODY), T0_S + 2.0)
    assert len(copies(three)) == 1
    assert len(kinds(three, "JPN", "read-refused")) == 2
    with pytest.raises(UnusableInput, match="no such item or copy"):
        copy_for(node, ["copy-0"], "paper", ("sato", CUSTODY), T0_S + 3.0)


def test_an_id_of_a_copy_is_not_found_out_by_trial_from_what_is_in_it():
    """The originator is told the id, and must not learn from it whose else is in the copy."""
    said = (("KOR-JPN-1", "USA-JPN-1"), "sato", "paper", 0)
    ids = {copy_id(KEYS[code].private, *said) for code in KEYS}
    assert len(ids) == len(KEYS)


@pytest.fixture
def folder(three) -> Path:
    three.beat(T0_S)
    three.settle(T0_S)
    hold_register(three.nodes["JPN"], REGISTER, "tanaka", T0_S)
    write_folder(three.folder / "JPN", KEYS[nation("JPN")])
    return three.folder / "JPN"


def run(capfd, *arguments: object, status: int = 0) -> str:
    assert app.run([str(word) for word in arguments]) == status
    return capfd.readouterr().out


def test_every_way_by_which_content_leaves_a_folder_is_a_copy_with_a_parent(
    three, folder, tmp_path, capfd
):
    """`label export`, `ledger audit` with items, `item copy`; other exports hold no content."""
    write_audit(three.nodes["JPN"], folder, tmp_path / "audit", ("sato", CUSTODY), T0_S + 1.0)
    three.close()
    ask = ("--as", "sato")
    run(capfd, "label", "export", folder, "KOR-JPN-1", *ask)
    run(capfd, "item", "copy", folder, "KOR-JPN-1", *ask, "--form", "disc")
    forms = {one.form: one.parents for one in copies(three)}
    assert forms == {
        "audit export": ("JPN-KOR-1", "KOR-JPN-1"),
        "labelled document, xml": ("KOR-JPN-1",),
        "disc": ("KOR-JPN-1",),
    }
    content = json.dumps([1.0, 2.0, 3.0, 4.0])[:-1].encode()
    for words in (("ledger", "export", folder), ("item", "list", folder, "--json")):
        assert content not in run(capfd, *words).encode()
    out = run(capfd, "item", "copy", folder, "KOR-JPN-1", *ask, "--form", "x", "--json")
    assert json.loads(out)["parents"] == ["KOR-JPN-1"]


def test_refused_to_a_person_nothing_is_written_and_no_copy_is_recorded(three, folder, capfd):
    three.close()
    ask = ("--as", "administrator")
    out = run(capfd, "label", "export", folder, "KOR-JPN-1", *ask, status=3)
    assert "no need to know" in out
    out = run(capfd, "item", "copy", folder, "KOR-JPN-1", *ask, "--form", "disc", status=3)
    assert "no need to know" in out
    assert copies(three) == []
