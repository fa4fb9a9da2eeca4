"""Whole nodes after release: recalled, relabelled, destroyed, lost, at any moment."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.fuse.contribution import Contribution
from commonwatch.fuse.picture import picture
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.items import Loss
from commonwatch.node.ledger_store import LEDGER_FILE, read_ledger
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.candidate import apogee_from, estimate_from, impact_from
from commonwatch.release.order import OrderKind
from commonwatch.share.envelope import envelope_digest, recorded_bundle, seal
from commonwatch.share.item_book import ItemBook, with_heard, with_parents
from commonwatch.share.item_message import Acknowledgement, Heading, ItemMessage, Recall, Relabel
from commonwatch.share.ledger import Refusal
from commonwatch.share.message import Bundle, message_digest
from tests.fuse.builders import EPOCH_S, coast_of_seen, seen, word
from tests.sharing.builders import (
    KEYS,
    LEVELS,
    T0_S,
    World,
    accounts,
    all_accounts,
    assessment,
    kinds,
    label,
    ledger,
    open_node,
    own_estimate,
    world,
)


def ids(made: World, code: str) -> set[str]:
    return {item.bulletin.id for item in made.nodes[code].held()}


def picture_of(made: World, code: str, now_s: float) -> bytes:
    told = [
        Contribution(
            item.bulletin.originator,
            estimate,
            impact_from(item.bulletin),
            apogee_from(item.bulletin),
        )
        for item in made.nodes[code].held()
        if (estimate := estimate_from(item.bulletin)) is not None
    ]
    return msgspec.json.encode(picture(code, told, now_s))


def restart(made: World, code: str) -> None:
    made.nodes[code].journal.store.close()
    made.nodes[code] = open_node(made.folder, code, made.bus)


def answers(made: World, code: str) -> list[Acknowledgement]:
    return list(made.nodes[code].items.book.acknowledged.values())


def said_by(made: World, sender: str, recipient: str, *messages: object) -> None:
    """An envelope validly signed by `sender`, put on the bus past its own desk."""
    way = made.nodes[sender].releasing._way(recipient)
    way.bundles += 1
    bundle = Bundle(
        mode="EXERCISE", sender=sender, recipient=recipient, lane="control",
        sequence=way.bundles, previous=way.previous, sent_s=T0_S, messages=messages,
    )  # fmt: skip
    raw = seal(bundle, KEYS[nation(sender)].private, EXERCISE)
    way.previous = envelope_digest(raw)
    made.bus.send(sender, recipient, "control", raw)


def heading(by: str, to: str, sequence: int = 1) -> Heading:
    return Heading(by, to, sequence, T0_S, "EXERCISE")


def refusals(made: World, code: str, kind: str = "item-refused") -> list[str]:
    return [msgspec.msgpack.decode(item.body, type=Refusal).why for item in kinds(made, code, kind)]


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


def test_article_6_g_an_upgrade_takes_effect_at_once_and_a_downgrade_is_the_originators(three):
    three.beat(T0_S)
    higher = label("KOR", level="군사II급비밀")
    three.nodes["KOR"].items.relabel(["KOR-JPN-1"], higher, "reclassified", T0_S + 1.0)
    three.settle(T0_S + 1.0)
    (held,) = (item for item in three.nodes["JPN"].held() if item.bulletin.originator == "KOR")
    assert (held.label, held.equivalent_level) == (higher, "極秘")
    assert held.bulletin.label == label("KOR"), "the bulletin stays as it came"
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
    assert (held.label, held.equivalent_level) == (label("KOR"), "秘")


def test_a_level_without_an_equal_here_leaves_the_item_to_nobody(three):
    three.beat(T0_S)
    top = label("KOR", level="군사I급비밀")
    three.nodes["KOR"].items.relabel(["KOR-JPN-1"], top, "reclassified", T0_S + 1.0)
    three.settle(T0_S + 1.0)
    (held,) = (item for item in three.nodes["JPN"].held() if item.bulletin.originator == "KOR")
    assert (held.label, held.equivalent_level) == (top, "")


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
        for message in three.nodes["JPN"].items.book.said.values()
        if isinstance(message, Acknowledgement)
    ]
    assert outcomes == ["followed", "superseded"]


def test_copies_and_what_was_made_from_them_follow_a_relabelling_and_a_recall(three):
    three.beat(T0_S)
    desk, effects = three.nodes["JPN"].items, three.nodes["JPN"].items._effects
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


def test_a_recall_is_passed_on_for_own_products_that_were_made_from_the_item(three):
    """Nothing fused leaves a gate yet; so the ledger is told that JPN-USA-1 was made so."""
    three.beat(T0_S)
    desk = three.nodes["JPN"].items
    desk.book = with_parents(desk.book, "JPN-USA-1", ("KOR-JPN-1",))
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


def test_articles_6_h_and_13_destroyed_with_a_certificate_the_ledgers_still_hold(three):
    for second in range(3):
        three.beat(T0_S + second)
    three.settle(T0_S + 3.0)
    read = read_ledger(three.folder / "JPN")
    (body,) = (
        msgspec.msgpack.encode(item)
        for record in read.records()
        if record.kind == "received"
        for item in recorded_bundle(record.body, read.bodies).bulletins
        if item.id == "KOR-JPN-2"
    )
    (order,) = three.nodes["KOR"].items.order_destruction(
        ["KOR-JPN-2"], "no longer needed", T0_S + 60.0, T0_S + 4.0
    )
    three.settle(T0_S + 4.0)
    # Gone from every file of the folder, log and free pages included.
    for file in (three.folder / "JPN").iterdir():
        assert body not in file.read_bytes()
        assert body[:64] not in file.read_bytes()
    assert any(body in file.read_bytes() for file in (three.folder / "KOR").iterdir())
    key = KEYS[nation("JPN")].public["JPN"]
    assert read_ledger(three.folder / "JPN").reasons(key) == ()
    for account in all_accounts(three).values():
        assert account.differences == ()
    (told,) = accounts(three, "KOR", "JPN")["KOR->JPN"].destroyed
    assert told.startswith("KOR-JPN-2 destroyed 2023-03-15T22:10:04")
    digest = message_digest(order)
    assert digest.hex()[:16] in told
    certificate = three.nodes["KOR"].items.book.certified[digest]
    assert (certificate.items, certificate.remaining) == (("KOR-JPN-2",), ())
    assert ids(three, "JPN") == {"KOR-JPN-3", "USA-JPN-3"}
    restart(three, "JPN")
    restart(three, "KOR")
    assert ids(three, "JPN") == {"KOR-JPN-3", "USA-JPN-3"}
    three.beat(T0_S + 6.0)
    three.settle(T0_S + 7.0)
    assert all(not account.differences for account in all_accounts(three).values())


def test_a_bulletin_taken_away_without_an_order_is_found(three):
    three.beat(T0_S)
    three.settle(T0_S)
    three.close()
    with sqlite3.connect(three.folder / "JPN" / LEDGER_FILE) as raw:
        raw.execute("DELETE FROM body WHERE rowid = 1")
    raw.close()
    key = KEYS[nation("JPN")].public["JPN"]
    (why,) = read_ledger(three.folder / "JPN").reasons(key)
    assert "no order destroyed it" in why


def test_ordered_destroyed_while_in_flight_it_is_never_kept(three):
    giver = three.nodes["KOR"]
    giver.release((own_estimate(T0_S),), (assessment(T0_S),), T0_S)
    giver.items.order_destruction(["KOR-JPN-1"], "mistaken", T0_S + 9.0, T0_S)
    assert three.nodes["JPN"].receive(T0_S) == ()
    three.settle(T0_S + 1.0)
    held = ledger(three, "JPN")
    bulletins: list[Bulletin] = [
        item
        for record in held.records
        if record.kind == "received"
        for item in recorded_bundle(record.body, held.bodies).bulletins
    ]
    assert "KOR-JPN-1" not in {item.id for item in bulletins}
    key = KEYS[nation("JPN")].public["JPN"]
    assert read_ledger(three.folder / "JPN").reasons(key) == ()
    assert accounts(three, "KOR", "JPN")["KOR->JPN"].differences == ()


def test_a_copy_outside_keeps_the_duty_open_until_somebody_certifies_it(three):
    three.beat(T0_S)
    desk = three.nodes["JPN"].items
    export = desk.copied(["KOR-JPN-1"], "sato", "paper, room 4", T0_S + 1.0)
    three.nodes["KOR"].items.order_destruction(["KOR-JPN-1"], "", T0_S + 9.0, T0_S + 2.0)
    three.settle(T0_S + 2.0)
    (duty,) = three.nodes["KOR"].items.book.duties()
    assert duty.wants == f"destruction of {export}"
    assert duty.age_s(T0_S + 5.0) == 3.0
    desk.copy_destroyed(export, "sato", T0_S + 6.0)
    three.settle(T0_S + 6.0)
    assert three.nodes["KOR"].items.book.duties() == ()
    with pytest.raises(UnusableInput, match="no such item or copy is here"):
        desk.copied(["KOR-JPN-9"], "sato", "paper", T0_S + 7.0)
    with pytest.raises(UnusableInput, match="no such copy"):
        desk.copy_destroyed("copy-0", "sato", T0_S + 7.0)


def test_time_is_up_the_holder_destroys_and_certifies_without_an_order(three):
    three.beat(T0_S)
    three.settle(T0_S)
    three.nodes["JPN"].items.destroy_received(["KOR-JPN-1"], "90 days", T0_S + 1.0)
    three.settle(T0_S + 1.0)
    assert "KOR-JPN-1" not in ids(three, "JPN")
    (told,) = accounts(three, "KOR", "JPN")["KOR->JPN"].destroyed
    assert "no order, 90 days" in told
    restart(three, "JPN")
    assert "KOR-JPN-1" not in ids(three, "JPN")


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


def sent_to_jpn(folder: Path, monkeypatch: pytest.MonkeyPatch, *, recalls_at_usa: bool) -> tuple:
    """What KOR sends to JPN in six seconds: with its beat, and receipts in their order alone."""
    made = world(folder)
    crossed, receipts, real = [], [], made.bus.send
    now_s = T0_S

    def send(_bus, sender, recipient, lane, raw):
        if (sender, recipient) == ("KOR", "JPN"):
            (receipts if lane == "receipt" else crossed).append(
                raw if lane == "receipt" else (now_s, lane, raw)
            )
        return real(sender, recipient, lane, raw)

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


def test_article_21_protection_survives_the_end_of_the_agreement(three):
    three.beat(T0_S)
    order = three.nodes["KOR"]._order("KOR-JPN", OrderKind.GIVE_NOTICE, T0_S + 1.0)
    three.settle(T0_S + 1.0)
    ended_s = order.order.at_s + 91.0 * 86_400.0
    assert not three.nodes["KOR"].orders.allows("JPN", ended_s)
    three.nodes["KOR"].items.order_destruction(["KOR-JPN-1"], "ended", ended_s + 9.0, ended_s)
    three.settle(ended_s)
    assert "KOR-JPN-1" not in ids(three, "JPN")
    assert three.nodes["KOR"].items.book.duties() == ()


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


@pytest.mark.parametrize("column", ["body", "digest"])
def test_t20_a_bulletin_altered_on_disk_does_not_open(three, column):
    three.beat(T0_S)
    three.settle(T0_S)
    three.close()
    with sqlite3.connect(three.folder / "JPN" / LEDGER_FILE) as raw:
        raw.execute(f"UPDATE body SET {column} = zeroblob(32) WHERE rowid = 1")
    raw.close()
    with pytest.raises(CheckFailed, match=r"altered|not there"):
        open_node(three.folder, "JPN", three.bus)


def test_a_crash_before_the_commit_of_a_destruction_leaves_all_of_it_or_nothing(three, monkeypatch):
    three.beat(T0_S)
    three.settle(T0_S)
    three.nodes["KOR"].items.order_destruction(["KOR-JPN-1"], "", T0_S + 9.0, T0_S + 1.0)
    node = three.nodes["JPN"]
    connection = node.journal.store._connection

    def fail(_connection):
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    node.obey(T0_S + 1.0)  # followed, and waiting for its group
    monkeypatch.setattr(connection.dialect, "do_commit", fail)
    assert not node.commit(T0_S + 1.0)
    monkeypatch.undo()
    assert three.bus.drain("KOR", "control") == (), "no certificate before it is done"
    read = read_ledger(three.folder / "JPN")
    assert read.reasons(KEYS[nation("JPN")].public["JPN"]) == ()
    # The order is in the ledger: after the restart the item is not used, and said again it goes.
    restart(three, "JPN")
    assert "KOR-JPN-1" not in ids(three, "JPN")
