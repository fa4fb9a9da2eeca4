"""A node takes up what its nation's desk holds: documents, orders, keys; and acts by them alone."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from commonwatch.cli import app
from commonwatch.errors import UnusableInput
from commonwatch.node.accounts import opened_for_accounts
from commonwatch.node.agreement_desk import open_desk
from commonwatch.node.agreements import worked_example_texts
from commonwatch.node.ledger_export import find_ledger
from commonwatch.release.order import OrderKind
from commonwatch.world.replay import replay
from commonwatch.world.replay_setup import ReplayOptions, nodes_of
from tests.sharing.builders import T0_S
from tests.sharing.scenes import SHORT, scene_named

TEXT = dict(worked_example_texts())["KOR-JPN.toml"]
# Of desks made today, while the launch is of 2017: orders are obeyed as the desk holds them.
DESK_S = 1_790_000_000.0
OWN_ID = TEXT.replace('id = "KOR-JPN"', 'id = "OURS"')


def two_desks(folder: Path, text: str = OWN_ID) -> tuple[object, object]:
    korea, japan = open_desk(folder / "of-korea", "KOR"), open_desk(folder / "of-japan", "JPN")
    korea.propose(text, "ours.toml", DESK_S)
    japan.take(korea.exchange_for("JPN"), "KOR", DESK_S)
    korea.take(japan.exchange_for("KOR"), "JPN", DESK_S)
    return korea, japan


def order(korea, japan, *orders: tuple[str, OrderKind]) -> None:
    for number, (by, kind) in enumerate(orders):
        at_s = DESK_S + 10.0 + number
        desk = korea if by == "KOR" else japan
        desk.give("OURS", kind, at_s)
        korea.take(japan.exchange_for("KOR"), None, at_s + 0.5)
        japan.take(korea.exchange_for("JPN"), None, at_s + 0.5)


SIGNED = (("KOR", OrderKind.SIGN), ("JPN", OrderKind.SIGN))


def replayed(folder: Path, desks: Path):
    scene = scene_named(SHORT)
    options = ReplayOptions(nodes=nodes_of("KOR,JPN", scene), agreements=desks)
    return replay(scene, options, folder, lambda _second: None)


@pytest.mark.parametrize(
    ("orders", "goes"),
    [
        (SIGNED, True),
        (SIGNED[:1], False),
        ((*SIGNED, ("JPN", OrderKind.SUSPEND)), False),
        ((*SIGNED, ("KOR", OrderKind.END), ("JPN", OrderKind.END)), False),
        (
            (
                *SIGNED,
                ("JPN", OrderKind.SUSPEND),
                ("JPN", OrderKind.RESTORE_AND_RESUME),
                ("KOR", OrderKind.RESTORE_AND_RESUME),
            ),
            True,
        ),
    ],
    ids=["signed", "half signed", "suspended", "ended", "restored"],
)
def test_a_replay_acts_by_the_desks_of_its_nations(orders, goes, tmp_path):
    korea, japan = two_desks(tmp_path / "desks")
    order(korea, japan, *orders)
    result = replayed(tmp_path / "kept", tmp_path / "desks")
    assert result.ledgers_agree
    assert {way: told.released > 0 for way, told in result.exchange.items()} == {
        "KOR->JPN": goes, "JPN->KOR": goes,
    }  # fmt: skip


def test_what_it_kept_is_opened_again_by_its_own_documents(tmp_path):
    order(*two_desks(tmp_path / "desks"), *SIGNED)
    replayed(tmp_path / "kept", tmp_path / "desks")
    with opened_for_accounts(tmp_path / "kept" / "KOR") as node:
        assert [item.terms.id for item in node.agreements] == ["OURS"]
        assert node.orders.allows("JPN", T0_S)
        held = node.orders.agreement("OURS")
        assert {view.because.order.at_s > T0_S for view in held.views} == {True}
    assert app.run(["item", "list", str(tmp_path / "kept" / "JPN"), "--item", "KOR-JPN-1"]) == 0


def test_show_and_explain_say_of_a_nodes_folder_what_its_ledger_says(tmp_path, capsys):
    orders = (*SIGNED, ("JPN", OrderKind.SUSPEND))
    order(*two_desks(tmp_path / "desks"), *orders)
    replayed(tmp_path / "kept", tmp_path / "desks")
    node = ("--desk", str(tmp_path / "kept" / "KOR"))
    assert app.run(["agreement", "show", "OURS", *node, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["standing"]
    assert [view["state"] for view in told["views"]] == ["suspended", "suspended"]
    asked = ("path", "--from", "KOR", "--to", "JPN", "--json", *node)
    assert app.run(["agreement", "explain", *asked]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == "withhold"
    (one,) = told["considered"]
    assert (one["agreement"], one["revision"], one["bearing"]) == ("OURS", 1, "holds back")
    assert app.run(["agreement", "suspend", "OURS", *node]) == 2
    assert "give orders at a desk" in capsys.readouterr().err
    assert not (tmp_path / "kept" / "KOR" / "orders.jsonl").exists()


def test_levels_of_an_own_agreement_are_known_to_labelled_documents(tmp_path):
    from commonwatch.node.agreements import documents_in
    from commonwatch.node.labelled import bulletin_in, labelled_bulletin, levels_of

    order(*two_desks(tmp_path / "desks"), *SIGNED)
    replayed(tmp_path / "kept", tmp_path / "desks")
    folder = tmp_path / "kept" / "JPN"
    bulletin = bulletin_in(find_ledger(folder), "KOR-JPN-1")
    assert (bulletin.agreement, bulletin.agreement_revision) == ("OURS", 1)
    with pytest.raises(UnusableInput, match="its levels are not known here"):
        levels_of("OURS", 1)
    made = labelled_bulletin(bulletin, "JPN", (), beside=False, terms=documents_in(folder))
    assert made.document.bindings[0].original.level == "군사III급비밀"


def test_a_revision_of_a_desk_holds_at_its_node(tmp_path):
    korea, japan = two_desks(tmp_path / "desks")
    order(korea, japan, *SIGNED)
    narrow = OWN_ID.replace("revision = 1", "revision = 2").replace(
        'path = "expected_impact"', 'path = "path/phase"', 1
    )
    korea.propose(narrow, "two.toml", DESK_S + 20.0)
    japan.take(korea.exchange_for("JPN"), None, DESK_S + 20.0)
    order(korea, japan)
    for number, desk in enumerate((korea, japan)):
        desk.give("OURS", OrderKind.SIGN, DESK_S + 30.0 + number)
        korea.take(japan.exchange_for("KOR"), None, DESK_S + 31.0)
        japan.take(korea.exchange_for("JPN"), None, DESK_S + 31.0)
    replayed(tmp_path / "kept", tmp_path / "desks")
    with opened_for_accounts(tmp_path / "kept" / "KOR") as node:
        states = {item.terms.revision: item.superseded_by for item in node.agreements}
        assert states == {1: 2, 2: None}
        assert node.orders.agreement("OURS").terms.revision == 2


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda folder: None, "no desk is in it"),
        (lambda folder: (folder / "x").mkdir(parents=True), "no desk is in it"),
        (
            lambda folder: (open_desk(folder / "a", "KOR"), open_desk(folder / "b", "KOR")),
            "two desks of KOR",
        ),
    ],
)
def test_a_folder_without_desks_is_refused(spoil, why, tmp_path, capsys):
    folder = tmp_path / "desks"
    folder.mkdir()
    spoil(folder)
    assert app.run(["replay", SHORT, "--agreements", str(folder)]) == 2
    told = capsys.readouterr().err
    assert why in told
    assert len(told.strip().splitlines()) == 1


def test_orders_of_a_replay_and_of_desks_do_not_mix(tmp_path, capsys):
    two_desks(tmp_path)
    for more in (("--suspend-at", "10"), ("--agreement", "suspended")):
        assert app.run(["replay", SHORT, "--agreements", str(tmp_path), *more]) == 2
        assert "give the order at a desk" in capsys.readouterr().err


def test_a_replay_from_the_command_line_says_by_what_it_went(tmp_path, capsys):
    order(*two_desks(tmp_path / "desks"), *SIGNED)
    asked = ["replay", SHORT, "--agreements", str(tmp_path / "desks"), "--json"]
    assert app.run(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["agreement"] == "as the desks hold them"
    assert told["exchange"]["KOR->JPN"]["released"] > 0


def test_a_forged_order_in_a_desks_log_is_not_taken_up(tmp_path):
    korea, japan = two_desks(tmp_path / "desks")
    order(korea, japan, *SIGNED)
    log = korea.folder / "orders.jsonl"
    lines = log.read_bytes().splitlines()
    told = msgspec.json.decode(lines[-1])
    told["order"]["at_s"] += 1.0
    log.write_bytes(b"\n".join([*lines[:-1], msgspec.json.encode(told)]) + b"\n")
    with pytest.raises(UnusableInput, match="the signature is not JPN's"):
        replayed(tmp_path / "kept", tmp_path / "desks")
