"""Articles 9 to 12: transfer, custody, security in transit: a receipt answers for exact bytes."""

from __future__ import annotations

import json

import msgspec
import pytest

from commonwatch.cli import app
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.folder import write_folder
from commonwatch.node.ledger_export import find_ledger
from commonwatch.release.bulletin import Bulletin
from commonwatch.share.envelope import RefusedEnvelope, envelope_digest, open_recorded, seal
from commonwatch.share.message import NO_DIGEST, Bundle, Receipt, message_digest
from commonwatch.share.reconcile import Ledger
from commonwatch.share.unanswered import unanswered
from tests.sharing.builders import (
    KEYS,
    PUBLIC,
    T0_S,
    assessment,
    kinds,
    ledger,
    own_estimate,
    sent_bundles,
)


def waiting(made, code: str = "KOR") -> dict[str, str]:
    return {one.item: one.why for one in unanswered(ledger(made, code))}


def bulletins_of(made) -> list[Bulletin]:
    return [item for one in sent_bundles(made, "KOR") for item in one.bulletins]


def release(made, now_s: float) -> None:
    made.nodes["KOR"].release((own_estimate(now_s),), (assessment(now_s),), now_s)


def test_articles_9_to_12_every_transfer_is_answered_by_a_signed_receipt_of_its_bytes(three):
    three.beat(T0_S)
    three.settle(T0_S)
    sent = {item.id: message_digest(item) for item in bulletins_of(three)}
    assert set(sent) == {"KOR-JPN-1", "KOR-USA-1"}
    held, answered = ledger(three, "KOR"), {}
    for record in held.records:
        if record.kind == "receipt":
            bundle = open_recorded(record.body, held.bodies, PUBLIC, EXERCISE).bundle
            answered |= {one.bulletin: (bundle.sender, one.digest) for one in bundle.receipts}
    assert answered == {item: (item.split("-")[1], digest) for item, digest in sent.items()}
    assert waiting(three) == {}


def test_articles_9_to_12_what_nobody_receipted_is_listed_with_its_recipient_and_time(three):
    release(three, T0_S)
    three.nodes["JPN"].receive(T0_S)
    three.nodes["JPN"].commit(T0_S)
    three.nodes["KOR"].receive(T0_S)
    three.nodes["KOR"].commit(T0_S)
    (one,) = unanswered(ledger(three, "KOR"))
    assert (one.item, one.recipient, one.sent_s) == ("KOR-USA-1", "USA", T0_S)
    (sent,) = (item for item in bulletins_of(three) if item.id == "KOR-USA-1")
    assert one.digest == message_digest(sent)


def test_a_brokers_word_that_it_delivered_answers_nothing(three):
    release(three, T0_S)
    assert three.bus.drain("JPN", "live"), "the bus took it and handed it out"
    assert set(waiting(three)) == {"KOR-JPN-1", "KOR-USA-1"}


def receipt_by(made, signer: str, sender: str, **changes: object) -> None:
    """A receipt for KOR-JPN-1 as if from `sender`, signed by `signer`, on KOR's bus."""
    (bulletin,) = (item for item in bulletins_of(made) if item.recipient == "JPN")
    receipt = Receipt(
        bulletin=bulletin.id, sequence=1, digest=message_digest(bulletin), outcome="accepted",
        why="", received_s=T0_S,
    )  # fmt: skip
    bundle = Bundle(
        mode="EXERCISE", sender=sender, recipient="KOR", lane="receipt", sequence=9,
        previous=NO_DIGEST, sent_s=T0_S,
        messages=(msgspec.structs.replace(receipt, **changes),),
    )  # fmt: skip
    made.bus.send(sender, "KOR", "receipt", seal(bundle, KEYS[nation(signer)].private, EXERCISE))
    made.nodes["KOR"].receive(T0_S + 1.0)
    made.nodes["KOR"].commit(T0_S + 1.0)


@pytest.mark.parametrize(
    ("signer", "sender", "changes", "why"),
    [
        ("USA", "JPN", {}, None),  # forged: refused at the door
        ("USA", "USA", {}, ""),  # a third party's own word on what was not its own
        ("JPN", "JPN", {"digest": b"x" * 32}, "its receipt names other bytes than were sent"),
    ],
)
def test_a_receipt_that_is_not_the_recipients_or_of_other_bytes_leaves_it_open(
    three, signer, sender, changes, why
):
    release(three, T0_S)
    receipt_by(three, signer, sender, **changes)
    assert waiting(three)["KOR-JPN-1"] == (why or "")
    assert bool(kinds(three, "KOR", "refused")) == (why is None)


def test_what_was_taken_back_before_it_left_waits_for_no_receipt(three):
    release(three, T0_S)
    three.nodes["KOR"].order_suspend("KOR-JPN", T0_S + 0.5)
    assert set(waiting(three)) == {"KOR-USA-1"}


def test_altered_in_transit_it_is_refused_and_stays_open(three):
    release(three, T0_S)
    (raw,) = three.bus.drain("JPN", "live")
    altered = bytearray(raw)
    altered[len(raw) // 2] ^= 1
    three.bus.send("KOR", "JPN", "live", bytes(altered))
    assert three.nodes["JPN"].receive(T0_S) == ()
    three.settle(T0_S)
    (refused,) = kinds(three, "JPN", "refused")
    assert refused.subject == envelope_digest(bytes(altered)).hex()
    assert "KOR-JPN-1" in waiting(three)
    held = ledger(three, "KOR")
    (record,) = (one for one in held.records if one.kind == "sent" and one.counterparty == "JPN")
    with pytest.raises(RefusedEnvelope):
        open_recorded(record.body, held.bodies, {"KOR": PUBLIC["USA"]}, EXERCISE)


def test_an_empty_ledger_owes_nothing():
    assert unanswered(Ledger("KOR", ())) == ()


def test_from_the_command_line_the_unacknowledged_are_listed(three, capsys):
    release(three, T0_S)
    three.nodes["KOR"].items.recall(["KOR-JPN-1"], "wrong object", T0_S + 1.0)
    write_folder(three.folder / "KOR", KEYS[nation("KOR")])
    three.close()
    place, at = str(three.folder / "KOR"), "2023-03-16T22:10:00Z"
    assert app.run(["item", "open", place, "--at", at]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == [
        "KOR-JPN-1: 1.0 days without a receipt of JPN",
        "KOR-USA-1: 1.0 days without a receipt of USA",
    ]
    assert told[2] == "recall KOR-JPN-1: open for 1.0 days: acknowledgement, by JPN"
    assert told[3] == "2 not receipted, 1 not followed"
    assert app.run(["item", "open", place, "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert [one["item"] for one in table["unreceipted"]] == ["KOR-JPN-1", "KOR-USA-1"]
    (first, _second) = unanswered(find_ledger(three.folder / "KOR").ledger())
    assert table["unreceipted"][0]["sha256"] == first.digest.hex()
