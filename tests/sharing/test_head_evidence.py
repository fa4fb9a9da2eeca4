"""Evidence about a ledger: written by its node, carried in files, checked with public keys."""

from __future__ import annotations

import json
import shutil

import msgspec
import pytest

from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.folder import IDENTITY_FILE, write_folder
from commonwatch.share.head_evidence import (
    Consistency,
    Contradiction,
    DoesNotHold,
    what_it_proves,
)
from commonwatch.share.merkle import Tree
from commonwatch.share.shown_head import (
    sealed_head,
)
from tests.sharing.builders import (
    KEYS,
    PUBLIC,
    T0_S,
)
from tests.sharing.heads import call, forged_head, heads_of, run_for

KOR = KEYS[nation("KOR")]


def test_t8_evidence_is_checked_offline_by_a_third_party(three, tmp_path, capfd):
    now_s = run_for(three, 2)
    for text in (b"one story", b"another"):
        three.bus.send("KOR", "JPN", "control", forged_head(7, text, now_s))
    three.nodes["JPN"].receive(now_s)
    three.settle(now_s)
    folder = three.folder / "JPN"
    write_folder(folder, KEYS[nation("JPN")])
    three.close()
    status, out, _ = call(capfd, "ledger", "heads", folder)
    assert status == 3
    assert "KOR signed two heads under the number 7" in out
    status, evidence, _ = call(capfd, "ledger", "prove", folder, "--equivocation")
    assert status == 0
    file, keys = tmp_path / "evidence.json", tmp_path / "elsewhere.json"
    file.write_text(evidence)
    shutil.copy(folder / IDENTITY_FILE, keys)
    shutil.rmtree(folder)
    status, out, _ = call(capfd, "ledger", "check", file, "--keys", keys)
    assert (status, "told two stories" in out) == (0, True)
    told = json.loads(evidence)
    for altered in (
        {**told, "second": told["first"]},
        {**told, "mode": "LIVE"},
        {**told, "first": told["first"][:-8] + "AAAAAAA="},
    ):
        file.write_text(json.dumps(altered))
        status, out, _ = call(capfd, "ledger", "check", file, "--keys", keys)
        assert (status, "proves nothing" in out) == (3, True)
    file.write_text("[" * 100_000)
    assert call(capfd, "ledger", "check", file, "--keys", keys)[0] == 2


def test_the_receipt_for_an_item_is_proven_by_a_head(three, tmp_path, capfd):
    run_for(three, 12)
    folder, keys = three.folder / "JPN", tmp_path / "keys.json"
    write_folder(folder, KEYS[nation("JPN")])
    shutil.copy(folder / IDENTITY_FILE, keys)
    three.close()
    status, out, _ = call(capfd, "ledger", "prove", folder, "--item", "KOR-JPN-1")
    assert status == 0
    file = tmp_path / "proof.json"
    file.write_text(out)
    status, out, _ = call(capfd, "ledger", "check", file, "--keys", keys)
    assert status == 0
    assert "receipt for KOR-JPN-1: accepted" in out
    told = json.loads(file.read_text())
    for part in ("record", "path"):
        value = told[part] if part == "record" else told[part][0]
        spoilt = ("B" if value[20] != "B" else "C").join((value[:20], value[21:]))
        altered = {**told, part: spoilt if part == "record" else [spoilt, *told[part][1:]]}
        file.write_text(json.dumps(altered))
        assert call(capfd, "ledger", "check", file, "--keys", keys)[0] == 3


def test_heads_go_by_files_where_no_network_carries(three, tmp_path, capfd):
    run_for(three, 2)
    three.close()
    for code in ("KOR", "JPN"):
        write_folder(three.folder / code, KEYS[nation(code)])
    post, at = tmp_path / "post", ("--at", "2023-03-16T00:00:00Z")
    soon = ("--at", "2023-03-16T00:00:01Z")
    assert call(capfd, "ledger", "show", three.folder / "KOR", "--out", post, *at)[:2] == (
        0,
        "head 2 shown\n",
    )
    assert (
        "less than 10 s ago"
        in call(capfd, "ledger", "show", three.folder / "KOR", "--out", post, *soon)[1]
    )
    for _ in range(2):  # what was taken before changes nothing
        status, _out, _ = call(
            capfd, "item", "take", three.folder / "JPN", post, "--out", post, *soon
        )
        assert status == 0
        assert heads_of(three, "JPN", "KOR") == [1, 2]
    status, out, _ = call(capfd, "ledger", "heads", three.folder / "JPN")
    assert (status, "held of KOR: 2, numbers 1 to 2" in out) == (0, True)


def test_growth_between_two_heads_is_proven(three, tmp_path, capfd):
    run_for(three, 21)
    folder = three.folder / "KOR"
    write_folder(folder, KOR)
    three.close()
    status, out, _ = call(capfd, "ledger", "prove", folder, "--grown", 1, 3)
    assert status == 0
    evidence = msgspec.json.decode(out, type=Consistency)
    assert "only grew between its heads 1 and 3" in what_it_proves(evidence, PUBLIC, EXERCISE)
    for altered in (
        msgspec.structs.replace(evidence, earlier=evidence.later),
        msgspec.structs.replace(evidence, path=evidence.path[:-1]),
        msgspec.structs.replace(evidence, later=evidence.earlier, earlier=evidence.later),
    ):
        with pytest.raises(DoesNotHold):
            what_it_proves(altered, PUBLIC, EXERCISE)
    for arguments in (("--grown", 3, 1), ("--grown", 1, 9), ("--record", 999_999), ()):
        assert call(capfd, "ledger", "prove", folder, *arguments)[0] == 2


def test_two_opened_heads_of_one_size_are_evidence():
    one, other = (
        sealed_head(Tree().with_leaves([text * 32]), "KOR", number, T0_S, KOR.private, EXERCISE)
        for number, text in ((4, b"a"), (5, b"b"))
    )
    evidence = Contradiction("EXERCISE", one.envelope, other.envelope)
    with pytest.raises(DoesNotHold, match="both be true"):
        what_it_proves(evidence, PUBLIC, EXERCISE)
    opened = msgspec.structs.replace(evidence, openings=(one.opening, other.opening))
    assert "1 records with different roots" in what_it_proves(opened, PUBLIC, EXERCISE)
    lied = msgspec.structs.replace(opened, openings=(other.opening, other.opening))
    with pytest.raises(DoesNotHold, match="not what its head"):
        what_it_proves(lied, PUBLIC, EXERCISE)
