"""Recalled by the originator alone, at any moment; losses are told; all of it is answered."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.mode import EXERCISE
from commonwatch.node.items import Loss
from commonwatch.release.candidate import candidates_from
from commonwatch.share.item_book import with_parents
from commonwatch.share.item_message import Acknowledgement, Heading, ItemMessage, Recall
from tests.fuse.builders import EPOCH_S, coast_of_seen, seen, word
from tests.sharing.builders import (
    T0_S,
    accounts,
    assessment,
    kinds,
    label,
    own_estimate,
    world,
)
from tests.sharing.items import (
    answers,
    heading,
    ids,
    picture_of,
    refusals,
    restart,
    said_by,
)


def sent_to_jpn(folder: Path, monkeypatch: pytest.MonkeyPatch, *, recalls_at_usa: bool) -> tuple:
    """What KOR sends to JPN in six seconds: with its beat, and receipts in their order alone."""
    made = world(folder)
    crossed, receipts, real = [], [], made.bus.send
    now_s = T0_S

    def send(_bus, sender, recipient, lane, raw, *more):
        if (sender, recipient) == ("KOR", "JPN"):
            (receipts if lane == "receipt" else crossed).append(
                raw if lane == "receipt" else (now_s, lane, raw)
            )
        return real(sender, recipient, lane, raw, *more)

    with monkeypatch.context() as patched:
        patched.setattr(type(made.bus), "send", send)
        for second in range(6):
            now_s = T0_S + second
            made.beat(now_s)
            if recalls_at_usa and second in {2, 3}:
                made.nodes["KOR"].items.recall([f"KOR-USA-{second}"], "mistaken", now_s)
            if second == 4:
                made.nodes["KOR"].items.recall(["KOR-JPN-1"], "mistaken", now_s)
        made.settle(now_s)
    made.close()
    return crossed, receipts


def test_a_recall_of_the_newest_word_leaves_the_one_before(three):
    for second in range(3):
        three.beat(T0_S + second)
    assert "KOR-JPN-3" in ids(three, "JPN")
    three.nodes["KOR"].items.recall(["KOR-JPN-3"], "wrong object", T0_S + 3.0)
    three.settle(T0_S + 3.0)
    assert {"KOR-JPN-2", "USA-JPN-3"} == ids(three, "JPN")
    assert "KOR-USA-3" in ids(three, "USA"), "what others hold is another item"
    (answer,) = answers(three, "KOR")
    assert answer.outcome == "followed"
    assert [(item.item, item.held) for item in answer.applied] == [("KOR-JPN-3", True)]
    assert three.nodes["KOR"].items.book.duties() == ()


def test_article_6_recalled_while_fused_the_picture_is_what_it_would_be_without_it(tmp_path):
    """The twin was never sent the recalled bulletins; pictures are compared byte for byte."""
    pictures = {}
    for name in ("recalled", "never sent"):
        made = world(tmp_path / name)
        for second in range(4):
            now_s = EPOCH_S + second
            for number, (code, node) in enumerate(made.nodes.items()):
                if (code, name) != ("KOR", "never sent") or second < 2:
                    told = word(code, coast_of_seen(seen(10 * second + number)))
                    node.release((told.estimate,), (), now_s)
            made.nodes["JPN"].receive(now_s)
        before = picture_of(made, "JPN", EPOCH_S + 4.0)
        if name == "recalled":
            items = ["KOR-JPN-3", "KOR-JPN-4"]
            made.nodes["KOR"].items.recall(items, "mistaken", EPOCH_S + 4.0)
            made.settle(EPOCH_S + 4.0)
            assert picture_of(made, "JPN", EPOCH_S + 4.0) != before
        pictures[name] = picture_of(made, "JPN", EPOCH_S + 4.0)
        made.close()
    assert pictures["recalled"] == pictures["never sent"]
    assert b'"contributors":["KOR","USA"]' in pictures["recalled"]


def test_recalled_altogether_the_originator_is_in_the_picture_no_more(three):
    for second in range(3):
        three.beat(T0_S + second)
    items = [f"KOR-JPN-{number}" for number in (1, 2, 3)]
    three.nodes["KOR"].items.recall(items, "a test target", T0_S + 3.0)
    three.settle(T0_S + 3.0)
    assert {item.bulletin.originator for item in three.nodes["JPN"].held()} == {"USA"}


def test_recalled_while_in_flight_it_is_never_taken_and_accounted_for(three):
    giver = three.nodes["KOR"]
    giver.release((own_estimate(T0_S),), (assessment(T0_S),), T0_S)
    giver.items.recall(["KOR-JPN-1"], "mistaken", T0_S)
    assert three.nodes["JPN"].receive(T0_S) == ()
    assert three.nodes["JPN"].held() == ()
    three.settle(T0_S + 1.0)
    assert any("recalled" in why for why in refusals(three, "JPN", "refused"))
    account = accounts(three, "KOR", "JPN")["KOR->JPN"]
    assert (account.released, account.received, account.receipts) == (1, 0, 1)
    assert account.differences == ()


@pytest.mark.parametrize("code", ["KOR", "JPN"])
def test_restarted_after_a_recall_nothing_comes_back(three, code):
    for second in range(3):
        three.beat(T0_S + second)
    three.nodes["KOR"].items.recall(["KOR-JPN-3"], "mistaken", T0_S + 3.0)
    three.settle(T0_S + 3.0)
    book, shown = three.nodes[code].items.book, picture_of(three, "JPN", T0_S + 4.0)
    restart(three, code)
    assert three.nodes[code].items.book == book
    assert picture_of(three, "JPN", T0_S + 4.0) == shown
    assert "KOR-JPN-3" not in ids(three, "JPN")
    three.beat(T0_S + 5.0)
    assert "KOR-JPN-4" in ids(three, "JPN"), "what comes later is another item"


def test_article_21_a_recall_goes_through_during_a_suspension_and_nothing_else_does(three):
    three.beat(T0_S)
    three.nodes["JPN"].order_suspend("KOR-JPN", T0_S + 1.0)
    three.settle(T0_S + 1.0)
    live = three.bus.bytes_sent[("KOR", "JPN", "live")]
    three.nodes["KOR"].items.recall(["KOR-JPN-1"], "mistaken", T0_S + 2.0)
    three.nodes["KOR"].items.order_destruction(["KOR-JPN-1"], "mistaken", T0_S + 9.0, T0_S + 2.0)
    three.settle(T0_S + 2.0)
    assert "KOR-JPN-1" not in ids(three, "JPN")
    assert {answer.outcome for answer in answers(three, "KOR")} == {"followed"}
    assert three.nodes["KOR"].items.book.duties() == ()
    assert three.bus.bytes_sent[("KOR", "JPN", "live")] == live


def test_only_the_originator_recalls_a_partners_recall_of_anothers_item_is_refused(three):
    three.beat(T0_S)
    held = three.nodes["JPN"].held()
    for sender, item in (
        ("USA", "KOR-JPN-1"),  # another's
        ("KOR", "JPN-KOR-1"),  # the receiver's own
        ("KOR", "KOR-USA-1"),  # its own, but given to another
        ("KOR", "KOR-JPN-01"),  # no item at all
    ):
        said_by(three, sender, "JPN", Recall(head=heading(sender, "JPN"), items=(item,), why=""))
    three.nodes["JPN"].receive(T0_S + 1.0)
    three.settle(T0_S + 1.0)
    assert three.nodes["JPN"].held() == held
    why = refusals(three, "JPN")
    assert len(why) == 4
    assert "KOR-JPN-1 is KOR's: USA is not its originator" in why
    with pytest.raises(UnusableInput, match="this node is JPN's"):
        three.nodes["JPN"].items.recall(["KOR-JPN-1"], "", T0_S)


@pytest.mark.parametrize("item", ["KOR-JPN-2", "KOR-JPN-999", "KOR-USA-2", "KOR-AUS-1"])
def test_what_was_never_released_is_not_recalled_relabelled_or_ordered_destroyed(three, item):
    three.beat(T0_S)
    desk = three.nodes["KOR"].items
    for say in (
        lambda items: desk.recall(items, "", T0_S),
        lambda items: desk.relabel(items, label("KOR"), "", T0_S),
        lambda items: desk.order_destruction(items, "", T0_S + 9.0, T0_S),
    ):
        # Not even the part that was released: it is one word, and it is wrong.
        with pytest.raises(UnusableInput, match=f"item {item}: it was never released"):
            say(["KOR-JPN-1", item])
    assert kinds(three, "KOR", "item") == []
    desk.recall(["KOR-JPN-1"], "", T0_S)


def test_one_nation_does_not_speak_for_another_nor_of_the_future_nor_in_another_mode(three):
    three.beat(T0_S)
    held = three.nodes["JPN"].held()
    item = ("KOR-JPN-1",)
    for head in (
        heading("KOR", "JPN"),  # in the name of KOR, from USA
        heading("USA", "KOR"),
        Heading("USA", "JPN", 1, T0_S + 60.0, "EXERCISE"),
        Heading("USA", "JPN", 1, T0_S, "LIVE"),
    ):
        said_by(three, "USA", "JPN", Recall(head=head, items=item, why=""))
    three.nodes["JPN"].receive(T0_S)
    three.nodes["JPN"].commit(T0_S)
    assert three.nodes["JPN"].held() == held
    assert len(refusals(three, "JPN")) == 4


def test_a_replayed_recall_has_no_second_effect(three):
    three.beat(T0_S)
    (recall,) = three.nodes["KOR"].items.recall(["KOR-JPN-1"], "mistaken", T0_S)
    three.settle(T0_S)
    book, records = three.nodes["JPN"].items.book, len(kinds(three, "JPN", "item"))
    # The same envelope again is refused by its number; the same words in a new one change nothing.
    said_by(three, "KOR", "JPN", recall)
    three.settle(T0_S + 1.0)
    after = three.nodes["JPN"].items.book
    assert (after.recalled, after.heard) == (book.recalled, book.heard)
    # Only the second answer is new.
    assert len(kinds(three, "JPN", "item")) == records + 1
    assert kinds(three, "JPN", "destroyed") == []


def test_a_recall_is_passed_on_for_own_products_that_were_made_from_the_item(three):
    """Nothing fused leaves a gate yet; so the ledger is told that JPN-USA-1 was made so."""
    three.beat(T0_S)
    desk = three.nodes["JPN"].items
    desk._voice.book = with_parents(desk.book, "JPN-USA-1", ("KOR-JPN-1",))
    assert "JPN-USA-1" in ids(three, "USA")
    higher = label("KOR", level="군사II급비밀")
    three.nodes["KOR"].items.relabel(["KOR-JPN-1"], higher, "reclassified", T0_S + 1.0)
    three.settle(T0_S + 1.0)
    (held,) = (one for one in three.nodes["USA"].held() if one.bulletin.originator == "JPN")
    assert held.label.level == "極秘"
    three.nodes["KOR"].items.recall(["KOR-JPN-1"], "mistaken", T0_S + 2.0)
    three.settle(T0_S + 3.0)
    assert "JPN-USA-1" not in ids(three, "USA")
    (answer, _) = answers(three, "KOR")
    assert answer.applied[0].derived == 1


def test_article_17_a_notice_names_each_originators_items_and_no_other(three):
    for second in range(2):
        three.beat(T0_S + second)
    loss = Loss(
        lost=True, certain=False, what="a paper copy", discovered_s=T0_S + 2.0,
        report_due_s=T0_S + 86_400.0,
    )  # fmt: skip
    affected = ["KOR-JPN-1", "USA-JPN-1", "USA-JPN-2"]
    three.nodes["JPN"].items.give_notice_of(loss, affected, T0_S + 3.0)
    three.settle(T0_S + 3.0)
    for code, expected in (("KOR", ("KOR-JPN-1",)), ("USA", ("USA-JPN-1", "USA-JPN-2"))):
        (notice,) = three.nodes[code].items.book.heard.values()
        assert (notice.items, notice.happened, notice.certain) == (expected, "lost", False)
    assert {answer.outcome for answer in answers(three, "JPN")} == {"followed"}


def test_an_unanswered_recall_is_an_open_duty_with_its_age(three):
    three.beat(T0_S)
    three.nodes["KOR"].items.recall(["KOR-JPN-1"], "mistaken", T0_S + 1.0)
    (duty,) = three.nodes["KOR"].items.book.duties()
    assert (duty.wants, duty.age_s(T0_S + 61.0)) == ("acknowledgement", 60.0)


def test_an_answer_to_nothing_is_refused(three):
    three.beat(T0_S)
    head = heading("KOR", "JPN")
    said = Acknowledgement(head=head, answers=bytes(32), outcome="followed", why="", applied=())
    said_by(three, "KOR", "JPN", said)
    three.settle(T0_S)
    assert refusals(three, "JPN") == ["answers nothing that was said"]


def test_what_usa_is_told_of_its_items_leaves_no_trace_in_what_jpn_is_sent(tmp_path, monkeypatch):
    """Non-interference after release: beat by beat the same bytes; receipts the same in all.

    Receipts leave with the next group commit, whatever it is for, and so may leave a beat earlier.
    """
    with_recalls = sent_to_jpn(tmp_path / "with", monkeypatch, recalls_at_usa=True)
    without = sent_to_jpn(tmp_path / "without", monkeypatch, recalls_at_usa=False)
    assert with_recalls == without
    crossed, receipts = without
    assert {lane for _now_s, lane, _raw in crossed} == {"live", "control"}
    assert receipts


def test_said_again_until_it_is_acknowledged(three):
    three.beat(T0_S)
    three.nodes["KOR"].items.recall(["KOR-JPN-1"], "mistaken", T0_S + 1.0)
    three.bus.drain("JPN", "control")  # the network loses it
    three.settle(T0_S + 1.0)
    assert "KOR-JPN-1" in ids(three, "JPN")
    restart(three, "KOR")
    assert three.nodes["KOR"].items.remind(T0_S + 60.0) == 1
    three.settle(T0_S + 60.0)
    assert "KOR-JPN-1" not in ids(three, "JPN")
    assert three.nodes["KOR"].items.remind(T0_S + 61.0) == 0


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "recall", "items": ["KOR-JPN-1"] * 257, "why": ""},
        {"type": "recall", "items": ["KOR-JPN-1"], "why": "x" * 129},
        {"type": "destruction-order", "items": ["KOR-JPN-1"], "why": "", "due_s": float("nan")},
        {"type": "acknowledgement", "answers": b"x", "outcome": "followed", "why": "",
         "applied": []},
        {"type": "recall", "items": ["KOR-JPN-1"], "why": "", "content": "protected"},
    ],
)  # fmt: skip
def test_what_has_no_bounds_or_holds_more_than_it_should_does_not_decode(raw):
    head = {"by": "KOR", "to": "JPN", "sequence": 1, "at_s": T0_S, "mode": "EXERCISE"}
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode({**raw, "head": head}), type=ItemMessage)


def test_a_suspension_that_comes_with_a_recall_bites_first(three):
    three.beat(T0_S)
    three.settle(T0_S)
    live = three.bus.bytes_sent[("JPN", "KOR", "live")]
    node = three.nodes["JPN"]
    source = ("JPN-1",)
    # Decided and sealed, and waiting for its group.
    node.releasing.release(
        candidates_from(
            (own_estimate(T0_S + 1.0, sources=source),), (),
            originator="JPN", label=label("JPN"), mode=EXERCISE,
        ),
        T0_S + 1.0,
    )  # fmt: skip
    three.nodes["KOR"].items.recall(["KOR-JPN-1"], "mistaken", T0_S + 1.0)
    three.nodes["KOR"].order_suspend("KOR-JPN", T0_S + 1.0)
    three.settle(T0_S + 1.0)
    assert three.bus.bytes_sent[("JPN", "KOR", "live")] == live
    assert "KOR-JPN-1" not in ids(three, "JPN")


def test_many_recalls_at_once_do_not_hold_up_a_node(three):
    """Each costs what one costs: none reads the ledger through, and all share one group."""
    for second in range(40):
        three.beat(T0_S + second)
    items = [f"KOR-JPN-{number}" for number in range(1, 41)]
    for item in items:
        three.nodes["KOR"].items.recall([item], "mistaken", T0_S + 40.0)
    store, commits = three.nodes["JPN"].journal.store, []
    real = store.append
    store.append = lambda *arguments: (commits.append(1), real(*arguments))[1]
    store.read = None  # to read it through would fail
    three.nodes["JPN"].receive(T0_S + 40.0)
    assert len(commits) == 1
    del store.append, store.read
    three.settle(T0_S + 40.0)
    assert ids(three, "JPN") == {"USA-JPN-40"}
    assert three.nodes["KOR"].items.book.duties() == ()
