"""Relabelled by the originator: what is held, copies and what was made from them follow."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.errors import UnusableInput
from commonwatch.share.item_book import ItemBook, with_heard
from commonwatch.share.item_message import Acknowledgement, Recall, Relabel
from tests.sharing.builders import (
    LEVELS,
    T0_S,
    label,
)
from tests.sharing.items import (
    answers,
    heading,
    restart,
    said_by,
)


def test_article_6_g_an_upgrade_takes_effect_at_once_and_a_downgrade_is_the_originators(three):
    three.beat(T0_S)
    higher = label("KOR", level="군사II급비밀")
    three.nodes["KOR"].items.relabel(["KOR-JPN-1"], higher, "reclassified", T0_S + 1.0)
    three.settle(T0_S + 1.0)
    (held,) = (item for item in three.nodes["JPN"].held() if item.bulletin.originator == "KOR")
    # Korea's label names the United States too, of which Japan's agreement with Korea says nothing.
    between = msgspec.structs.replace(label("KOR"), releasable_to=("JPN",))
    higher = msgspec.structs.replace(higher, releasable_to=("JPN",))
    assert (held.label, held.equivalent_level) == (higher, "極秘")
    assert held.bulletin.label == between, "the bulletin stays as it came"
    for by, policy in (("JPN", "JPN"), ("USA", "KOR")):
        lower = label(policy, level=LEVELS[policy])
        said = Relabel(head=heading(by, "JPN"), items=("KOR-JPN-1",), label=lower, why="")
        said_by(three, "USA" if by == "JPN" else by, "JPN", said)
    three.settle(T0_S + 2.0)
    (held,) = (item for item in three.nodes["JPN"].held() if item.bulletin.originator == "KOR")
    assert held.label == higher
    three.nodes["KOR"].items.relabel(["KOR-JPN-1"], label("KOR"), "declassified", T0_S + 3.0)
    three.settle(T0_S + 3.0)
    restart(three, "JPN")
    (held,) = (item for item in three.nodes["JPN"].held() if item.bulletin.originator == "KOR")
    assert (held.label, held.equivalent_level) == (between, "秘")


def test_a_level_without_an_equal_here_leaves_the_item_to_nobody(three):
    three.beat(T0_S)
    top = label("KOR", level="군사I급비밀")
    three.nodes["KOR"].items.relabel(["KOR-JPN-1"], top, "reclassified", T0_S + 1.0)
    three.settle(T0_S + 1.0)
    (held,) = (item for item in three.nodes["JPN"].held() if item.bulletin.originator == "KOR")
    assert (held.label.level, held.equivalent_level) == ("군사I급비밀", "")


def test_an_older_relabelling_that_comes_late_is_superseded(three):
    three.beat(T0_S)
    higher, lower = label("KOR", level="군사II급비밀"), label("KOR")
    item = ("KOR-JPN-1",)
    newer = Relabel(head=heading("KOR", "JPN", 2), items=item, label=higher, why="")
    older = Relabel(head=heading("KOR", "JPN", 1), items=item, label=lower, why="")
    said_by(three, "KOR", "JPN", newer)
    said_by(three, "KOR", "JPN", older)
    three.nodes["JPN"].receive(T0_S)
    (held,) = (one for one in three.nodes["JPN"].held() if one.bulletin.originator == "KOR")
    assert held.label == higher
    outcomes = [
        message.outcome
        for message in sorted(
            three.nodes["JPN"].items.book.said.values(), key=lambda one: one.head.sequence
        )
        if isinstance(message, Acknowledgement)
    ]
    assert outcomes == ["followed", "superseded"]


def test_copies_and_what_was_made_from_them_follow_a_relabelling_and_a_recall(three):
    three.beat(T0_S)
    desk, effects = three.nodes["JPN"].items, three.nodes["JPN"].items._voice.effects
    export = desk.copied(["KOR-JPN-1"], "sato", "paper, room 4", T0_S + 1.0)
    translation = desk.copied([export, "USA-JPN-1"], "sato", "translation", T0_S + 1.0)
    assert effects.label_of(translation, desk.book).level == "秘"
    assert effects.label_of(translation, desk.book).originators == ("KOR", "USA")
    higher = label("KOR", level="군사II급비밀")
    three.nodes["KOR"].items.relabel(["KOR-JPN-1"], higher, "reclassified", T0_S + 2.0)
    three.settle(T0_S + 2.0)
    for made in (export, translation):
        assert effects.label_of(made, desk.book).level == "極秘"
    (answer,) = answers(three, "KOR")
    assert set(answer.applied[0].copies) == {export, translation}
    assert desk.book.reason_against(translation) is None
    three.nodes["KOR"].items.recall(["KOR-JPN-1"], "mistaken", T0_S + 3.0)
    three.settle(T0_S + 3.0)
    assert "KOR-JPN-1 was recalled" in (desk.book.reason_against(translation) or "")
    with pytest.raises(UnusableInput, match="recalled"):
        desk.copied([translation], "sato", "another copy", T0_S + 4.0)
    restart(three, "JPN")
    assert three.nodes["JPN"].items.book.copies_of("KOR-JPN-1") == tuple(
        sorted((export, translation))
    )


@given(st.permutations(range(5)))
def test_in_whatever_order_they_are_heard_items_stand_the_same(order):
    """Two recalls and three relabellings: the newest marking wins, a recall is not undone."""
    levels = ("군사III급비밀", "군사II급비밀", "군사III급비밀")
    said = [
        Recall(head=heading("KOR", "JPN", 4), items=("KOR-JPN-1",), why=""),
        Recall(head=heading("KOR", "JPN", 5), items=("KOR-JPN-2",), why=""),
        *(
            Relabel(
                head=heading("KOR", "JPN", number),
                items=("KOR-JPN-1", "KOR-JPN-3")[: 1 + number % 2],
                label=label("KOR", level=level),
                why="",
            )
            for number, level in enumerate(levels, 1)
        ),
    ]
    book = ItemBook()
    for index in order:
        book = with_heard(book, said[index])
    assert set(book.recalled) == {"KOR-JPN-1", "KOR-JPN-2"}
    assert {item: one.sequence for item, one in book.labels.items()} == {
        "KOR-JPN-1": 3,
        "KOR-JPN-3": 3,
    }
    assert book == with_heard(book, said[order[0]])
