"""States of an agreement: suspend alone, restore together, and the years 2016 to 2023 again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import new_order
from commonwatch.release.agreement import (
    Agreement,
    State,
    drafted,
    reasons_against_release,
    state_at,
)
from commonwatch.release.agreement_file import parse_terms
from commonwatch.release.order import Order, OrderKind, RefusedOrder, SignedOrder, signed
from commonwatch.release.transition import apply_order
from tests.sharing.builders import KEYS, T0_S, TERMS, in_force

RESTORING = {OrderKind.RESTORE, OrderKind.RESTORE_AND_RESUME}
PUBLIC = KEYS[nation("KOR")].public


def moved(agreement: Agreement, by: str, kind: OrderKind, at_s: float = T0_S) -> Agreement:
    order = new_order(agreement, KEYS[nation(by)], kind, at_s, EXERCISE)
    return apply_order(agreement, order, PUBLIC, at_s)


def allows(agreement: Agreement, at_s: float = T0_S) -> bool:
    return not reasons_against_release(agreement, at_s)


def day_s(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_a_draft_allows_nothing_until_every_party_has_signed():
    draft = drafted(TERMS["KOR-JPN"])
    half = moved(draft, "KOR", OrderKind.SIGN)
    assert not allows(draft)
    assert not allows(half)
    assert allows(moved(half, "JPN", OrderKind.SIGN))


@pytest.mark.parametrize("by", ["KOR", "JPN"])
def test_either_party_suspends_alone(by):
    assert not allows(moved(in_force("KOR-JPN"), by, OrderKind.SUSPEND))


@pytest.mark.parametrize(("first", "second"), [("KOR", "JPN"), ("JPN", "KOR")])
@pytest.mark.parametrize("by", ["KOR", "JPN"])
def test_restoring_takes_both_whoever_suspended(by, first, second):
    suspended = moved(in_force("KOR-JPN"), by, OrderKind.SUSPEND)
    half = moved(suspended, first, OrderKind.RESTORE)
    assert not allows(half)
    assert allows(moved(half, second, OrderKind.RESTORE))


def test_a_second_suspension_takes_back_the_consent_to_restore():
    suspended = moved(in_force("KOR-JPN"), "KOR", OrderKind.SUSPEND)
    half = moved(suspended, "KOR", OrderKind.RESTORE)
    again = moved(half, "JPN", OrderKind.SUSPEND)
    assert not allows(moved(again, "JPN", OrderKind.RESTORE))


def test_the_years_2016_to_2023_of_the_agreement_of_japan_and_the_republic_of_korea():
    agreement = drafted(TERMS["KOR-JPN"])
    signing_s = day_s("2016-11-23")
    for party in ("KOR", "JPN"):
        agreement = moved(agreement, party, OrderKind.SIGN, signing_s)
    assert allows(agreement, signing_s)

    notice_s = day_s("2019-08-23")
    agreement = moved(agreement, "KOR", OrderKind.GIVE_NOTICE, notice_s)
    assert state_at(agreement, "KOR", notice_s) is State.NOTICE_GIVEN
    assert allows(agreement, notice_s), "notice does not stop the exchange before its term"
    # Ninety days' notice from 2019-08-24 run out with 2019-11-22; left alone it would have ended.
    assert allows(agreement, day_s("2019-11-20"))
    assert not allows(agreement, day_s("2019-11-23"))
    assert state_at(agreement, "JPN", day_s("2019-11-23")) is State.ENDED

    agreement = moved(agreement, "KOR", OrderKind.SUSPEND_NOTICE, day_s("2019-11-20"))
    later_s = day_s("2022-01-01")
    assert state_at(agreement, "KOR", later_s) is State.NOTICE_SUSPENDED
    assert state_at(agreement, "JPN", later_s) is State.IN_FORCE, "the parties read it differently"
    assert allows(agreement, later_s)

    agreement = moved(agreement, "KOR", OrderKind.WITHDRAW_NOTICE, day_s("2023-03-21"))
    assert {view.state for view in agreement.views} == {State.IN_FORCE}
    assert allows(agreement, day_s("2023-03-21"))


def test_only_who_gave_notice_takes_it_back():
    noticed = moved(in_force("KOR-JPN"), "KOR", OrderKind.GIVE_NOTICE)
    with pytest.raises(RefusedOrder, match="gave no notice"):
        moved(noticed, "JPN", OrderKind.WITHDRAW_NOTICE)


def test_restoring_does_not_revive_an_agreement_whose_notice_ran_out():
    noticed = moved(in_force("KOR-JPN"), "KOR", OrderKind.GIVE_NOTICE)
    suspended = moved(noticed, "JPN", OrderKind.SUSPEND)
    late_s = T0_S + 91 * 86_400.0
    restored = suspended
    for party in ("KOR", "JPN"):
        restored = moved(restored, party, OrderKind.RESTORE, late_s)
    assert not allows(restored, late_s)


def test_an_ended_agreement_takes_no_order():
    noticed = moved(in_force("KOR-JPN"), "KOR", OrderKind.GIVE_NOTICE)
    with pytest.raises(RefusedOrder, match="has ended"):
        moved(noticed, "KOR", OrderKind.WITHDRAW_NOTICE, T0_S + 91 * 86_400.0)


def forged(by: str, key_of: str, **changes: object) -> SignedOrder:
    values: dict[str, object] = {
        "agreement": "KOR-JPN", "revision": 1, "by": by, "kind": OrderKind.RESTORE,
        "sequence": 2, "at_s": T0_S, "mode": "EXERCISE",
    }  # fmt: skip
    order = Order(**{**values, **changes})  # type: ignore[arg-type]
    return signed(order, KEYS[nation(key_of)].private)


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (forged("JPN", "KOR"), "signature"),
        (forged("USA", "USA"), "no party"),
        (forged("PRK", "KOR"), "no key"),
        (forged("JPN", "JPN", sequence=1), "expected number 2"),
        (forged("JPN", "JPN", sequence=3), "expected number 2"),
        (forged("JPN", "JPN", revision=2), "revision"),
        (forged("JPN", "JPN", agreement="JPN-USA"), "this is KOR-JPN"),
        (forged("JPN", "JPN", at_s=T0_S + 60.0), "ahead of this node's time"),
        (forged("JPN", "JPN", kind=OrderKind.SIGN), "not draft"),
    ],
)
def test_an_order_that_does_not_hold_moves_nothing(order, why):
    suspended = moved(in_force("KOR-JPN"), "KOR", OrderKind.SUSPEND)
    with pytest.raises(RefusedOrder, match=why):
        apply_order(suspended, order, PUBLIC, T0_S)


def test_an_order_seen_before_is_refused():
    agreement = in_force("KOR-JPN")
    order = new_order(agreement, KEYS[nation("KOR")], OrderKind.SUSPEND, T0_S, EXERCISE)
    suspended = apply_order(agreement, order, PUBLIC, T0_S)
    with pytest.raises(RefusedOrder, match="expected number"):
        apply_order(suspended, order, PUBLIC, T0_S)


@given(
    st.lists(st.tuples(st.sampled_from(["KOR", "JPN"]), st.sampled_from(OrderKind)), max_size=12)
)
def test_after_a_suspension_nothing_goes_until_both_have_restored(orders):
    """A slow twin: the set of parties that agreed to restore since the last suspension."""
    agreement = drafted(TERMS["KOR-JPN"])
    signatures: set[str] = set()
    restored_by: set[str] | None = None
    for by, kind in orders:
        try:
            agreement = moved(agreement, by, kind)
        except RefusedOrder:
            continue
        if kind is OrderKind.SIGN:
            signatures.add(by)
        elif kind is OrderKind.SUSPEND:
            restored_by = set()
        elif kind in RESTORING and restored_by is not None:
            restored_by.add(by)
            restored_by = None if restored_by == {"KOR", "JPN"} else restored_by
        assert allows(agreement) == (signatures == {"KOR", "JPN"} and restored_by is None)


GOOD = """
id = "A"
revision = 1
title = "t"
parties = ["KOR", "JPN"]
product = "launch warning"
sensor_kinds = ["radar"]
ceiling = "SECRET"
categories = []
notice_days = 90
source = "s"
[[level]]
common = "SECRET"
KOR = ["군사II급비밀"]
JPN = ["極秘"]
[[field]]
path = "path"
article = "1"
"""


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('ceiling = "SECRET"', 'ceiling = "TOP"', "none of the levels"),
        ('parties = ["KOR", "JPN"]', 'parties = ["KOR", "KOR"]', "must differ"),
        ('parties = ["KOR", "JPN"]', 'parties = ["KOR", "XYZ"]', "alpha-3"),
        ('parties = ["KOR", "JPN"]', 'parties = ["KOR"]', "length"),
        ('path = "path"', 'path = "pat"', "field `pat` is unknown"),
        ('path = "path"', 'path = "path/secret"', "unknown"),
        ('article = "1"', 'article = "1"\nprecision_m = -5.0', "0"),
        ("revision = 1", 'revision = "one"', "revision"),
        ("notice_days = 90", "notice_days = 90\nsurprise = true", "surprise"),
        ('KOR = ["군사II급비밀"]', 'USA = ["SECRET"]', "must be a party"),
        ('JPN = ["極秘"]', 'JPN = ["極秘", "極秘"]', "two rows"),
        ('id = "A"', 'id = "A', "line"),
    ],
)
def test_bad_terms_are_refused_with_the_reason(old, new, why):
    assert parse_terms(GOOD, "a.toml").parties == ("KOR", "JPN")
    assert old in GOOD
    with pytest.raises(UnusableInput, match=why) as refused:
        parse_terms(GOOD.replace(old, new), "a.toml")
    assert "a.toml" in str(refused.value) or "alpha-3" in why


def test_the_shipped_examples_grant_what_the_three_announced_in_2023():
    # 2023-12-19: launch point, flight path and expected impact point, in real time.
    for terms in TERMS.values():
        assert {"launch_point", "path", "expected_impact"} <= {item.path for item in terms.fields}
        assert terms.floor is not None
    assert set(TERMS) == {"KOR-JPN", "JPN-USA", "KOR-USA"}
