"""T13, a partner is suspended or leaves in mid-stream: what stops, goes on, and how one returns."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.node.agreement_desk import AgreementDesk, open_desk
from commonwatch.node.agreements import worked_example_texts
from commonwatch.release.order import OrderKind
from commonwatch.share.envelope import envelope_digest
from commonwatch.share.ledger import Purge
from tests.sharing.builders import T0_S, assessment, kinds, own_estimate, world
from tests.sharing.items import ids, picture_of

(TEXT,) = (text for _name, text in worked_example_texts() if 'id = "KOR-JPN"' in text)


def test_t13_what_waits_in_the_queue_is_purged_and_nothing_follows(three):
    giver = three.nodes["KOR"]
    giver.release((own_estimate(T0_S),), (assessment(T0_S),), T0_S)
    waiting = list(three.bus.drain("JPN", "live"))
    for raw in waiting:
        three.bus.send("KOR", "JPN", "live", raw)
    giver.order_suspend("KOR-JPN", T0_S + 0.01)
    assert three.bus.drain("JPN", "live") == ()
    (record,) = kinds(three, "KOR", "purged")
    purged = msgspec.msgpack.decode(record.body, type=Purge).digests
    assert purged == tuple(envelope_digest(raw) for raw in waiting)
    before = three.bus.bytes_sent.get(("KOR", "JPN", "live"), 0)
    for second in range(1, 4):
        three.beat(T0_S + second)
    assert three.bus.bytes_sent.get(("KOR", "JPN", "live"), 0) == before


def test_t13_the_others_pictures_go_on_as_if_nothing_were(tmp_path):
    """The United States' picture is the same to the byte; the two keep their other partner."""
    made = {}
    for name, suspended in (("peace", False), ("suspended", True)):
        made[name] = world(tmp_path / name)
        for second in range(6):
            if suspended and second == 3:
                made[name].nodes["KOR"].order_suspend("KOR-JPN", T0_S + second)
            made[name].beat(T0_S + second)
        made[name].settle(T0_S + 6.0)
    peace, broken = made["peace"], made["suspended"]
    assert picture_of(broken, "USA", T0_S + 6.0) == picture_of(peace, "USA", T0_S + 6.0)
    assert ids(broken, "USA") == ids(peace, "USA") == {"KOR-USA-6", "JPN-USA-6"}
    for code, partner in (("KOR", "JPN"), ("JPN", "KOR")):
        assert f"USA-{code}-6" in ids(broken, code)
        # What it held of the partner before stays what it was: three seconds' worth, and no more.
        assert f"{partner}-{code}-3" in ids(broken, code)
        assert f"{partner}-{code}-4" not in ids(broken, code)
    for one in made.values():
        one.close()


def test_t13_to_return_after_a_suspension_takes_the_approval_of_both(three):
    three.beat(T0_S)
    three.nodes["KOR"].order_suspend("KOR-JPN", T0_S + 1.0)
    three.beat(T0_S + 2.0)
    for by in ("KOR", "JPN"):
        assert not three.nodes["KOR"].orders.allows("JPN", T0_S + 3.0)
        three.nodes[by].order_restore("KOR-JPN", T0_S + 3.0, resume_open_objects=True)
        three.settle(T0_S + 3.0)
    assert three.nodes["KOR"].orders.allows("JPN", T0_S + 4.0)
    three.beat(T0_S + 5.0)
    assert "KOR-JPN-2" in ids(three, "JPN"), "the next number: what was withheld left no gap"


def test_t13_who_has_left_returns_under_a_new_revision_alone(three):
    for by in ("KOR", "JPN"):
        three.nodes[by]._order("KOR-JPN", OrderKind.END, T0_S + 1.0)
        three.settle(T0_S + 1.0)
    assert not three.nodes["KOR"].orders.allows("JPN", T0_S + 2.0)
    for kind in (OrderKind.RESTORE, OrderKind.RESTORE_AND_RESUME, OrderKind.SIGN):
        with pytest.raises(UnusableInput, match="has ended; a new agreement must be signed"):
            three.nodes["KOR"]._order("KOR-JPN", kind, T0_S + 3.0)


@pytest.fixture
def desks(tmp_path) -> dict[str, AgreementDesk]:
    """Two desks that hold each other's keys and an agreement that both have signed."""
    made = {code: open_desk(tmp_path / code, code) for code in ("KOR", "JPN")}
    made["KOR"].propose(TEXT, "kor-jpn.toml", T0_S)
    made["KOR"].give("KOR-JPN", OrderKind.SIGN, T0_S)
    made["JPN"].take(made["KOR"].exchange_for("JPN"), "KOR", T0_S)
    made["JPN"].give("KOR-JPN", OrderKind.SIGN, T0_S + 1.0)
    made["KOR"].take(made["JPN"].exchange_for("KOR"), "JPN", T0_S + 2.0)
    return made


def test_t13_a_dropped_key_opens_nothing_until_it_is_approved_anew(desks):
    kor, jpn = desks["KOR"], desks["JPN"]
    key = kor.drop_key("JPN")
    jpn.give("KOR-JPN", OrderKind.END, T0_S + 3.0)
    orders = kor.book.orders
    with pytest.raises(UnusableInput, match=f"its key {key.key_id} was dropped here"):
        kor.take(jpn.exchange_for("KOR"), None, T0_S + 4.0)
    # Also after the desk was closed; what was taken before is still there and still verified.
    reopened = AgreementDesk(kor.folder)
    with pytest.raises(UnusableInput, match="was dropped here"):
        reopened.take(jpn.exchange_for("KOR"), None, T0_S + 4.0)
    assert reopened.book.orders == orders
    taken = reopened.take(jpn.exchange_for("KOR"), "JPN", T0_S + 5.0)
    assert (taken.trusted, [one.order.kind for one in taken.orders]) == (True, [OrderKind.END])
    again = reopened.take(jpn.exchange_for("KOR"), None, T0_S + 6.0)
    assert not again.trusted


def test_a_key_that_is_not_there_is_not_dropped(desks):
    for code in ("USA", "KOR"):
        with pytest.raises(UnusableInput, match="trusted here are JPN"):
            desks["KOR"].drop_key(code)
