"""A partner that refuses an order on items owes it still, and its reason is told at the giver."""

from __future__ import annotations

import pytest

from commonwatch.cli import app
from commonwatch.identity import nation
from commonwatch.node.folder import write_folder
from commonwatch.share.item_book import DEED, ItemBook, with_heard, with_said
from commonwatch.share.item_message import (
    Acknowledgement,
    DestructionOrder,
    Heading,
    Recall,
    Relabel,
)
from commonwatch.share.message import message_digest
from tests.sharing.builders import KEYS, T0_S, label

DUE_S = T0_S + 9.0


def test_a_refused_order_to_destroy_is_open_with_the_reason_at_the_giver(three, capsys):
    three.beat(T0_S)
    # JPN's clock is behind: what KOR dates now lies ahead of it, and JPN refuses it.
    source = three.nodes["KOR"].items
    source.order_destruction(["KOR-JPN-1"], "wrong", T0_S + 99.0, T0_S + 60.0)
    three.settle(T0_S)
    (duty,) = source.book.duties()
    assert (duty.wants, duty.message.to) == (DEED, "JPN")
    assert duty.why == "refused: dated 60.0 s ahead of this node's time"
    write_folder(three.folder / "KOR", KEYS[nation("KOR")])
    three.close()
    words = ["item", "list", str(three.folder / "KOR"), "--item", "KOR-JPN-1"]
    assert app.run([*words, "--at", "2023-03-17T22:11:00Z"]) == 0
    told = capsys.readouterr().out
    assert "1 open" in told.splitlines()[0]
    assert "open for 2.0 days: that it is done, by JPN, which refused: dated 60.0 s" in told


def said(kind: type, sequence: int, item: str = "KOR-JPN-1") -> object:
    head = Heading("KOR", "JPN", sequence, T0_S + sequence, "EXERCISE")
    if kind is Relabel:
        return Relabel(head=head, items=(item,), label=label("KOR"), why="")
    if kind is Recall:
        return Recall(head=head, items=(item,), why="")
    return DestructionOrder(head=head, items=(item,), why="", due_s=DUE_S)


def answered(book: ItemBook, message, outcome: str, why: str = "") -> ItemBook:
    head = Heading("JPN", "KOR", message.head.sequence, T0_S, "EXERCISE")
    answer = Acknowledgement(
        head=head, answers=message_digest(message), outcome=outcome, why=why, applied=()
    )
    return with_heard(with_said(book, message), answer)


@pytest.mark.parametrize("kind", [Relabel, Recall, DestructionOrder])
def test_it_is_open_until_a_later_order_of_its_kind_on_the_same_items_is_followed(kind):
    book = answered(ItemBook(), said(kind, 1), "refused", "no")
    (open_one,) = book.duties()
    assert (open_one.why, open_one.message.head.sequence) == ("refused: no", 1)
    other = answered(book, said(kind, 2, "KOR-JPN-2"), "followed")
    assert 1 in {duty.message.head.sequence for duty in other.duties()}
    again = answered(book, said(kind, 2), "refused", "no again")
    assert {duty.why for duty in again.duties()} == {"refused: no", "refused: no again"}
    done = answered(book, said(kind, 2), "followed")
    assert not any(duty.why for duty in done.duties())
    assert bool(done.duties()) == (kind is DestructionOrder), "a certificate is still due"
