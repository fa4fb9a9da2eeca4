"""Article 6 a, b: consents travel signed, run out at their moment, and are withdrawn for good."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.fuse.picture import picture
from commonwatch.node.ledger_store import LedgerUnavailable
from commonwatch.release.candidate import contribution_from
from commonwatch.release.consent import signed_consent
from commonwatch.release.withdrawal import Withdrawal, signed_withdrawal
from commonwatch.share.consent_message import ConsentEntry, ConsentReceipt
from commonwatch.share.message import message_digest
from tests.fuse.builders import EPOCH_S, coast_of_seen, seen, word
from tests.sharing.builders import T0_S, TERMS, kinds
from tests.sharing.hub import (
    ALL_KEYS,
    BILATERAL,
    WITH_PATH,
    agree,
    consent,
    hub_world,
    open_hub_node,
    told,
    why_withheld,
)
from tests.sharing.items import refusals, said_by

TO_KOR = consent("JPN", "USA", "KOR")
LASTING = consent("JPN", "USA", "KOR", expires_s=EPOCH_S + 3600.0)
TERMS_HERE = (*BILATERAL, WITH_PATH)


@pytest.fixture
def hub(tmp_path):
    made = hub_world(tmp_path)
    yield made
    made.close()


def newest(made) -> str:
    return next(iter(told(made, "KOR", "USA")), "")


def signed(given=TO_KOR, signer="JPN"):
    return signed_consent(given, ALL_KEYS[signer].private)


def withdrawal(signer="JPN", **changes):
    values = {"id": TO_KOR.id, "by": "JPN", "mode": "EXERCISE", "why": "", "at_s": T0_S}
    return signed_withdrawal(Withdrawal(**{**values, **changes}), ALL_KEYS[signer].private)


def test_it_is_recorded_by_all_three_and_answered_by_receipts(hub):
    agree(hub, TO_KOR)
    for code in ("JPN", "USA", "KOR"):
        assert [one.consent for one in hub.nodes[code].consents.known.given.values()] == [TO_KOR]
        found = [
            msgspec.msgpack.decode(one.body, type=ConsentEntry)
            for one in kinds(hub, code, "consent")
        ]
        assert any(entry.message == signed() for entry in found)
    assert hub.nodes["JPN"].consents.account.unanswered() == ()
    assert hub.nodes["USA"].consents.account.unanswered() == ()
    (receipt,) = hub.nodes["USA"].consents.account.said.values()
    assert (receipt.outcome, receipt.answers) == ("taken", message_digest(signed()))


def test_it_has_no_effect_before_it_is_in_the_ledger(hub):
    store = hub.nodes["USA"].journal.store

    def full(*_arguments):
        raise LedgerUnavailable("no space left")

    hub.nodes["JPN"].consents.give(TO_KOR, T0_S)
    store.append = full
    hub.nodes["USA"].receive(T0_S)
    del store.append
    assert hub.nodes["USA"].consents.book.consents == ()
    hub.nodes["JPN"].receive(T0_S)
    assert len(hub.nodes["JPN"].consents.account.unanswered()) == 1, "nothing is acknowledged"


def test_withdrawn_while_in_flight_the_recipient_refuses_it(tmp_path):
    """Japan and Korea exchange directly too, so that Korea hears of it before the hub does."""
    made = hub_world(tmp_path, (*TERMS_HERE, TERMS["KOR-JPN"]))
    agree(made, TO_KOR)
    made.beat(T0_S)
    made.nodes["USA"].release((), (), T0_S + 1.0)  # on its way to Korea
    made.nodes["JPN"].consents.revoke(TO_KOR.id, "a dispute", T0_S + 1.0)
    made.nodes["KOR"].receive(T0_S + 1.0)
    assert told(made, "KOR", "USA") == []
    made.nodes["KOR"].commit(T0_S + 1.0)
    assert any("no consent of JPN" in why for why in refusals(made, "KOR", "refused"))
    made.close()


@pytest.mark.parametrize("restarts", [False, True])
def test_withdrawn_nothing_goes_from_then_on_and_the_decision_says_why(hub, restarts):
    agree(hub, TO_KOR)
    hub.beat(T0_S)
    hub.beat(T0_S + 1.0)
    before = newest(hub)
    assert before
    hub.nodes["JPN"].consents.revoke(TO_KOR.id, "a dispute", T0_S + 2.0)
    if restarts:
        hub.nodes["USA"].receive(T0_S + 2.0)
        hub.nodes["USA"].journal.store.close()
        hub.nodes["USA"] = open_hub_node(hub, "USA", TERMS_HERE)
        assert hub.nodes["USA"].consents.book.consents == ()
    for second in range(2, 5):
        hub.beat(T0_S + second)
    assert newest(hub) == before
    hub.settle(T0_S + 5.0)
    assert "without the consent of JPN" in why_withheld(hub, "USA", "KOR", "JPN:o1")
    for code in ("JPN", "USA", "KOR"):
        assert hub.nodes[code].consents.book.consents == ()
        assert hub.nodes[code].consents.account.unanswered() == ()


def test_a_withdrawal_that_comes_first_wins(hub):
    node = hub.nodes["USA"]
    said_by(hub, "JPN", "USA", withdrawal())
    node.receive(T0_S)
    said_by(hub, "JPN", "USA", signed())
    node.receive(T0_S)
    assert node.consents.book.consents == ()
    node.commit(T0_S)
    assert refusals(hub, "USA", "consent-refused") == ["JPN withdrew consent `JPN-USA-KOR`"]


def test_both_in_one_envelope_the_withdrawal_wins_in_either_order(hub):
    for messages in ((signed(), withdrawal()), (withdrawal(), signed())):
        said_by(hub, "JPN", "USA", *messages)
        hub.nodes["USA"].receive(T0_S)
        assert hub.nodes["USA"].consents.book.consents == ()


def test_a_replay_does_not_revive_it(hub):
    agree(hub, TO_KOR)
    hub.nodes["JPN"].consents.revoke(TO_KOR.id, "a dispute", T0_S)
    hub.settle(T0_S)
    hub.settle(T0_S)
    for sender, recipient in (("JPN", "USA"), ("USA", "KOR")):
        said_by(hub, sender, recipient, signed())
        said_by(hub, sender, recipient, signed(consent("JPN", "USA", "KOR", expires_s=T0_S + 9e5)))
        hub.nodes[recipient].receive(T0_S + 1.0)
        assert hub.nodes[recipient].consents.book.consents == ()


def test_said_again_it_is_answered_again_and_recorded_once(hub):
    agree(hub, TO_KOR)
    records = len(kinds(hub, "USA", "consent"))
    said_by(hub, "JPN", "USA", signed())
    hub.settle(T0_S)
    entries = kinds(hub, "USA", "consent")[records:]
    (entry,) = [msgspec.msgpack.decode(one.body, type=ConsentEntry) for one in entries]
    assert isinstance(entry.message, ConsentReceipt)


def test_what_the_network_lost_is_said_again(hub):
    hub.nodes["JPN"].consents.give(TO_KOR, T0_S)
    hub.bus.drain("USA", "control")
    hub.settle(T0_S)
    assert hub.nodes["USA"].consents.book.consents == ()
    assert hub.nodes["JPN"].consents.remind(T0_S + 60.0) == 1
    hub.settle(T0_S + 60.0)
    assert hub.nodes["USA"].consents.book.consents == (TO_KOR,)
    assert hub.nodes["JPN"].consents.remind(T0_S + 61.0) == 0


def test_it_runs_out_at_the_very_moment_for_hub_and_recipient(hub):
    agree(hub, consent("JPN", "USA", "KOR", expires_s=T0_S + 2.0))
    hub.beat(T0_S)
    hub.beat(T0_S + 1.0)
    before = newest(hub)
    assert before
    # Sent just before, it arrives at the moment.
    hub.nodes["USA"].release((), (), T0_S + 1.999)
    hub.nodes["KOR"].receive(T0_S + 2.0)
    assert newest(hub) == before
    hub.beat(T0_S + 2.0)
    hub.beat(T0_S + 3.0)
    assert newest(hub) == before
    hub.nodes["USA"].commit(T0_S + 3.0)
    assert "without the consent of JPN" in why_withheld(hub, "USA", "KOR", "JPN:o1")


@pytest.mark.parametrize(
    ("sender", "message", "why"),
    [
        ("JPN", signed(signer="USA"), "the signature is not JPN's"),
        ("KOR", signed(), "KOR neither gave it nor holds it"),
        ("JPN", signed(consent("JPN", "KOR", "AUS")), "neither for USA to hold"),
        ("JPN", signed(consent("JPN", "USA", "KOR", mode="LIVE")), "of mode LIVE"),
        ("JPN", signed(consent("JPN", "USA", "KOR", recipients=("AUS", "KOR"))), "one for each"),
        ("JPN", signed(consent("JPN", "USA", "KOR", recipients=())), "0 recipients"),
        ("JPN", signed(consent("JPN", "USA", "KOR", purpose="")), "no purpose"),
        ("JPN", signed(consent("JPN", "USA", "KOR", items=("JPN-USA-1",))), "items or fields"),
        ("JPN", signed(consent("JPN", "USA", "JPN")), "three different nations"),
        ("JPN", signed(consent("JPN", "USA", "KOR", expires_s=T0_S)), "it expired"),
        ("USA", withdrawal(signer="USA"), "the signature is not JPN's"),
        ("JPN", withdrawal(mode="LIVE"), "of mode LIVE"),
    ],
)
def test_what_does_not_hold_changes_nothing_and_is_answered_with_the_reason(
    hub, sender, message, why
):
    to = "KOR" if sender == "USA" else "USA"
    said_by(hub, sender, to, message)
    hub.nodes[to].receive(T0_S)
    hub.settle(T0_S)
    known = hub.nodes[to].consents.known
    assert (known.given, known.withdrawn) == ({}, {})
    (reason,) = refusals(hub, to, "consent-refused")
    assert why in reason


def test_a_forged_withdrawal_does_not_bite(hub):
    agree(hub, TO_KOR)
    said_by(hub, "KOR", "USA", withdrawal(signer="KOR"))
    hub.settle(T0_S)
    assert hub.nodes["USA"].consents.book.consents == (TO_KOR,)


def test_only_its_own_nation_gives_and_withdraws(hub):
    with pytest.raises(UnusableInput, match="this node is USA's"):
        hub.nodes["USA"].consents.give(TO_KOR, T0_S)
    agree(hub, TO_KOR)
    with pytest.raises(UnusableInput, match="USA gave none of that id"):
        hub.nodes["USA"].consents.revoke(TO_KOR.id, "", T0_S)
    hub.nodes["JPN"].consents.revoke(TO_KOR.id, "", T0_S)
    with pytest.raises(UnusableInput, match="withdrawn already"):
        hub.nodes["JPN"].consents.revoke(TO_KOR.id, "", T0_S)
    with pytest.raises(UnusableInput, match="JPN withdrew"):
        hub.nodes["JPN"].consents.give(TO_KOR, T0_S)


def test_an_answer_to_nothing_is_refused(hub):
    answer = ConsentReceipt(answers=bytes(32), outcome="taken", why="", at_s=T0_S)
    said_by(hub, "KOR", "JPN", answer)
    hub.settle(T0_S)
    assert refusals(hub, "JPN", "consent-refused") == ["answers nothing that was said"]


# --------------------------------------------------------------------- never counted twice


def contributions(made, code: str):
    held = made.nodes[code].held()
    return [one for item in held if (one := contribution_from(item.bulletin)) is not None]


@pytest.mark.parametrize("consents", [(), (LASTING,)])
def test_what_comes_direct_and_through_the_hub_is_one_contribution(tmp_path, consents):
    """The picture of KOR is byte for byte what it is without the hub's hop."""
    made = hub_world(tmp_path, (*TERMS_HERE, TERMS["KOR-JPN"]))
    agree(made, *consents)
    _fly(made)
    every = contributions(made, "KOR")
    direct = [one for one in every if not one.via]
    made.close()
    assert len(every) - len(direct) == len(consents)
    for some in (every, every[::-1], every + every):
        assert msgspec.json.encode(picture("KOR", some, EPOCH_S + 3.0)) == msgspec.json.encode(
            picture("KOR", direct, EPOCH_S + 3.0)
        )


def test_through_the_hub_alone_it_counts_as_japans_and_not_as_the_hubs(hub):
    agree(hub, LASTING)
    _fly(hub)
    (one,) = picture("KOR", contributions(hub, "KOR"), EPOCH_S + 3.0)
    assert one.originators == ("JPN", "USA")
    assert one.contributors == ("JPN", "USA")


def _fly(made) -> None:
    """Each nation's own honest word on one flight, the same every second, and the hub's hop."""
    words = {code: word(code, coast_of_seen(seen(n))) for n, code in enumerate(made.nodes)}
    for second in range(3):
        for code, node in made.nodes.items():
            node.release((words[code].estimate,), (), EPOCH_S + second)
        for node in made.nodes.values():
            node.receive(EPOCH_S + second)
