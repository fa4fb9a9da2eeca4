"""Article 6 b, no other use: each product is told under its own name and terms, in its own time."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from commonwatch.label import path_covers
from commonwatch.node import releasing
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.explain import decisions_in
from commonwatch.release import offers
from commonwatch.release.agreement import FieldGrant, FurtherProduct
from commonwatch.release.bulletin import Bulletin, Content, FloorContent
from commonwatch.release.decision import Decision
from commonwatch.release.product import LAUNCH_WARNING, TRAJECTORY
from commonwatch.release.told import fields_told
from commonwatch.share.envelope import open_recorded
from commonwatch.share.message import Receipt
from tests.sharing.builders import (
    KEYS,
    PUBLIC,
    T0_S,
    accounts,
    assessment,
    forged_bundle,
    hold,
    in_force,
    kinds,
    open_node,
    own_estimate,
    records,
    sent_bundles,
    sound_bulletin,
    world,
)

LATE_S = 60.0
WARNING = (FieldGrant("launch_point", "warning"), FieldGrant("expected_impact", "warning", 5000.0))
PATH = FurtherProduct(
    TRAJECTORY, (FieldGrant("path", "trajectory"), FieldGrant("apogee", "trajectory"))
)
LATE = FurtherProduct(TRAJECTORY, tuple(replace(one, delay_s=LATE_S) for one in PATH.fields))
BARE = FurtherProduct(TRAJECTORY)


def agreed(*further, fields=WARNING, of="KOR-JPN"):
    made = in_force(of)
    return replace(made, terms=replace(made.terms, fields=fields, further_products=further))


@pytest.fixture
def made(tmp_path):
    three = world(tmp_path)
    yield three
    three.close()


def under(three, *agreements):
    for node in three.nodes.values():
        for item in agreements:
            if node.setup.nation in item.terms.parties:
                hold(node, item)
    return three


def told_to(three, code, now_s=T0_S):
    three.beat(now_s)
    return [
        item
        for bundle in sent_bundles(three, "KOR")
        if bundle.recipient == code
        for item in bundle.bulletins
    ]


def decisions(three, code="KOR"):
    return [
        msgspec.msgpack.decode(one.body, type=Decision) for one in kinds(three, code, "decision")
    ]


def test_each_product_goes_by_itself_with_its_own_fields(made):
    told = told_to(under(made, agreed(PATH)), "JPN")
    assert [(one.product, fields_told(one.content)) for one in told] == [
        (LAUNCH_WARNING, ("launch_point", "expected_impact")),
        (TRAJECTORY, ("path/phase", "path/state_information", "apogee")),
    ]
    # One object, numbered through, revisions of each product by itself.
    assert [(one.sequence, one.object, one.revision) for one in told] == [
        (1, "o1", 1),
        (2, "o1", 1),
    ]
    later = told_to(made, "JPN", T0_S + 1.0)
    assert [one.revision for one in later if one.product == TRAJECTORY] == [1, 2]
    held = {item.key for item in made.nodes["JPN"].held() if item.bulletin.originator == "KOR"}
    assert held == {("KOR", "o1", LAUNCH_WARNING), ("KOR", "o1", TRAJECTORY)}


def test_the_product_stands_in_what_is_signed(made):
    under(made, agreed(PATH)).beat(T0_S)
    record = kinds(made, "KOR", "sent")[0]
    raw = bytes(made.nodes["KOR"].journal.store.read().bodies[_digest(made, record)])
    assert msgspec.msgpack.decode(raw)["product"] == LAUNCH_WARNING
    receipts = receipts_of(made)
    assert len(receipts) == 3
    assert {one.outcome for one in receipts} == {"accepted"}


def _digest(made, record):
    bodies = made.nodes["KOR"].journal.store.read().bodies
    opened = open_recorded(record.body, bodies, PUBLIC, KEYS["KOR"].mode)
    return opened.bundle.named[0].digest


def receipts_of(made) -> list[Receipt]:
    """What JPN answered to each bulletin, from its own ledger."""
    made.settle(T0_S)
    bodies = made.nodes["JPN"].journal.store.read().bodies
    return [
        item
        for record in kinds(made, "JPN", "receipted")
        for item in open_recorded(record.body, bodies, PUBLIC, KEYS["JPN"].mode).bundle.receipts
    ]


def test_each_product_comes_as_late_as_its_own_terms_say(made):
    under(made, agreed(LATE))
    for second in range(0, 70, 5):
        told = told_to(made, "JPN", T0_S + second)
    late = [one for one in told if one.product == TRAJECTORY]
    assert {one.product for one in told if one.issued_s < T0_S + LATE_S} == {LAUNCH_WARNING}
    assert [one.issued_s for one in late] == [T0_S + LATE_S, T0_S + LATE_S + 5.0]
    for one in late:
        assert one.content.path.epoch_s == one.issued_s - LATE_S
        assert {item.delay_s for item in one.content.delayed} == {LATE_S}
    assert not any(one.content.delayed for one in told if one.product == LAUNCH_WARNING)


def test_a_product_that_is_not_carried_stays_and_the_ledger_says_why_once(made):
    made.nodes["KOR"].release((), (), T0_S - 1.0)
    assert decisions(made) == [], "where nothing flies there is nothing to keep back"
    for second in range(5):
        made.beat(T0_S + second)
    mine = [one for one in decisions(made) if one.product == TRAJECTORY]
    assert sorted(one.recipient for one in mine) == ["JPN", "USA"]
    for one in mine:
        assert (one.outcome, one.track) == ("withhold", "*")
        assert "`trajectory` is none of its products; they are launch warning" in one.rules[0]
    # Another standing is another reason.
    made.nodes["KOR"].order_suspend("KOR-JPN", T0_S + 5.0)
    for second in range(6, 9):
        made.beat(T0_S + second)
    again = [one for one in decisions(made) if one.product == TRAJECTORY][2:]
    assert [(one.recipient, "suspended" in one.withheld[0].why) for one in again] == [("JPN", True)]
    # It is told of whatever track is asked about, to whom it was decided for.
    found = decisions_in(records(made, "KOR"), "JPN", "t1")
    assert {told.track for _record, told in found} == {"t1", "*"}
    assert decisions_in(records(made, "KOR"), "JPN", "t9") == ()
    # Nothing of it counts as a statement that was withheld.
    (way,) = (one for one in accounts(made, "KOR", "JPN").values() if one.source == "KOR")
    assert [(one.product, one.released) for one in way.products] == [(LAUNCH_WARNING, 5)]


def test_a_suspension_holds_back_every_product(made):
    under(made, agreed(PATH)).beat(T0_S)
    before = len(told_to(made, "JPN", T0_S + 1.0))
    made.nodes["KOR"].order_suspend("KOR-JPN", T0_S + 2.0)
    assert len(told_to(made, "JPN", T0_S + 3.0)) == before
    kept = {one.product for one in decisions(made) if one.outcome == "withhold"}
    assert kept == {LAUNCH_WARNING, TRAJECTORY}
    made.nodes["KOR"].order_restore("KOR-JPN", T0_S + 4.0)
    assert len(told_to(made, "JPN", T0_S + 5.0)) == before


# --- What stays back leaves no trace --------------------------------------------------------------


class Tapped(EmbeddedBus):
    """Keeps what was sent, in order."""

    def __init__(self):
        super().__init__()
        self.sent = []

    def send(self, sender, recipient, lane, raw, *more):
        self.sent.append((sender, recipient, lane, raw))
        return super().send(sender, recipient, lane, raw, *more)


def bytes_to(tmp_path, name, code, *agreements):
    bus = Tapped()
    three = under(world(tmp_path / name, bus=bus), *agreements)
    out = []
    for second in range(8):
        bus.sent.clear()
        three.beat(T0_S + second)
        out.append([one for one in bus.sent if set(one[:2]) == {"KOR", code}])
    three.close()
    return out


def test_a_trajectory_that_stays_back_leaves_no_trace(tmp_path, monkeypatch):
    """Not in size, order, numbers or time: nobody can tell whether there is one at all."""
    plain = bytes_to(tmp_path, "plain", "JPN", agreed())
    assert sum(map(len, plain)) > 8
    assert bytes_to(tmp_path, "no-field", "JPN", agreed(BARE)) == plain
    to_usa = agreed(PATH, of="KOR-USA")
    assert bytes_to(tmp_path, "usa", "JPN", agreed(), to_usa) == plain
    hidden = FurtherProduct(TRAJECTORY, (FieldGrant("path/boost_state", "x"),))
    assert bytes_to(tmp_path, "hidden", "JPN", agreed(hidden)) == plain
    monkeypatch.setattr(offers, "PRODUCTS_OF_SENSORS", (LAUNCH_WARNING,))
    assert bytes_to(tmp_path, "none-made", "JPN", agreed(BARE), to_usa) == plain


def test_that_it_goes_can_be_seen_where_it_goes(tmp_path):
    # A comparison that never differs would show nothing.
    plain = bytes_to(tmp_path, "plain", "JPN", agreed())
    assert bytes_to(tmp_path, "with", "JPN", agreed(PATH)) != plain


# --- The recipient looks too ----------------------------------------------------------------------

FLOOR = FloorContent(T0_S, 39.0, 126.0, 50_000.0, None, 60.0)


def refused(made, **changes):
    bulletin = msgspec.structs.replace(sound_bulletin(made), **changes)
    forged_bundle(made, "KOR", "JPN", bulletin)
    taken = made.nodes["JPN"].receive(T0_S)
    told = receipts_of(made)
    assert (told[-1].outcome == "accepted") == bool(taken)
    return told[-1].why


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"product": TRAJECTORY}, "it is a trajectory, which is none of the products of KOR-JPN"),
        ({"product": "telemetry"}, "it is a telemetry, which is none of the products of KOR-JPN"),
        ({"product": ""}, "it is a , which is none of the products of KOR-JPN"),
    ],
)
def test_a_bulletin_of_a_product_that_is_not_agreed_is_refused(made, changes, why):
    assert refused(made, **changes) == why


def test_a_floor_is_one_of_the_launch_warning_alone(made):
    under(made, agreed(PATH))
    why = refused(made, product=TRAJECTORY, content=None, floor=FLOOR)
    assert why == "KOR-JPN knows no floor of a trajectory"


def test_a_product_without_end_is_no_bulletin(made):
    with pytest.raises(ValueError, match="a text is longer"):
        msgspec.structs.replace(sound_bulletin(made), product="x" * 10_000).__post_init__()


def test_what_was_sealed_before_products_were_named_is_a_launch_warning(made):
    assert refused(made, product=msgspec.UNSET) == ""
    (held,) = (one for one in made.nodes["JPN"].held() if one.bulletin.originator == "KOR")
    assert held.key == ("KOR", "o1", LAUNCH_WARNING)
    # On the wire it is what it was: nothing is added to what another signed.
    assert b"product" not in msgspec.msgpack.encode(held.bulletin)


def test_nothing_leaves_without_the_name_of_its_product(made, monkeypatch):
    real = releasing.ExitFilter.reason_against
    asked = []

    def nameless(self, bulletin, *rest):
        asked.append(real(self, msgspec.structs.replace(bulletin, product=msgspec.UNSET), *rest))
        return asked[-1]

    monkeypatch.setattr(releasing.ExitFilter, "reason_against", nameless)
    made.beat(T0_S)
    assert set(asked) == {"it names no product"}
    assert sent_bundles(made, "KOR") == []


# --- Withdrawn, started anew ----------------------------------------------------------------------


def test_what_is_withdrawn_is_taken_back_whole_although_an_older_word_comes_later(made):
    kor, jpn = under(made, agreed(LATE)).nodes["KOR"], made.nodes["JPN"]
    for second in range(65):
        kor.release((own_estimate(T0_S + second),), (assessment(T0_S + second),), T0_S + second)
        jpn.receive(T0_S + second)
    assert {one.key[2] for one in jpn.held()} == {LAUNCH_WARNING, TRAJECTORY}
    gone = assessment(T0_S + 65.0, status="ended", reason="withdrawn: it was not there")
    last = []
    for second in range(65, 140):
        kor.release((), (gone,), T0_S + second)
        last += jpn.receive(T0_S + second)
        assert jpn.held() == ()
    assert TRAJECTORY in {one.product for one in last if one.status == "current"}
    assert [(one.product, one.status) for one in last if one.status == "withdrawn"] == [
        (LAUNCH_WARNING, "withdrawn"),
        (TRAJECTORY, "withdrawn"),
    ]


def test_a_node_that_starts_again_counts_each_product_on(made):
    under(made, agreed(PATH)).beat(T0_S)
    made.settle(T0_S)
    made.nodes["KOR"].journal.store.close()
    made.nodes["KOR"] = open_node(made.folder, "KOR", made.bus)
    hold(made.nodes["KOR"], agreed(PATH))
    told = [one for one in told_to(made, "JPN", T0_S + 10.0) if one.issued_s > T0_S]
    assert [(one.product, one.sequence, one.object, one.revision) for one in told] == [
        (LAUNCH_WARNING, 3, "o1", 2),
        (TRAJECTORY, 4, "o1", 2),
    ]


# --- The gate broken on purpose -------------------------------------------------------------------


def test_a_gate_that_takes_a_trajectory_for_a_warning_is_stopped(made, monkeypatch):
    real = releasing.decide

    def confused(candidate, recipient, *rest, **named):
        return real(replace(candidate, product=LAUNCH_WARNING), recipient, *rest, **named)

    monkeypatch.setattr(releasing, "decide", confused)
    told = told_to(under(made, agreed(PATH)), "JPN")
    assert [one.product for one in told] == [LAUNCH_WARNING]
    (held,) = (one for one in decisions(made) if one.recipient == "JPN" and one.errors)
    assert held.errors == (
        "the second filter: it tells launch_point, of which KOR-JPN on trajectory says nothing",
    )


def test_no_field_of_one_product_goes_out_under_anothers_terms(made):
    """Whatever is told, each field of it is granted of the product that it is told as."""
    agreement = agreed(LATE)
    under(made, agreement)
    for second in range(0, 90, 3):
        told = told_to(made, "JPN", T0_S + second)
    assert {one.product for one in told} == {LAUNCH_WARNING, TRAJECTORY}
    for one in told:
        assert isinstance(one, Bulletin)
        assert one.content != Content()
        for path in fields_told(one.content):
            grants = agreement.terms.fields_of(one.product)
            assert any(path_covers(grant.path, path) for grant in grants), (one.product, path)
