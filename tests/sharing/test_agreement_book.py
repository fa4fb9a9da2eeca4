"""Revisions of an agreement, and orders that cross: who holds the same orders holds the same."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import new_order
from commonwatch.release.agreement import State, Terms
from commonwatch.release.agreement_book import (
    Book,
    Standing,
    in_time,
    standing,
    with_document,
    with_log,
    with_order,
)
from commonwatch.release.agreement_file import parse_terms
from commonwatch.release.bearing import Bearing, bearing_of
from commonwatch.release.order import OrderKind, RefusedOrder, SignedOrder
from commonwatch.release.order_log import desk_standing
from commonwatch.release.standing import standing_of
from tests.sharing.builders import KEYS, PUBLIC, T0_S

RESTORES = {OrderKind.RESTORE, OrderKind.RESTORE_AND_RESUME}
TEXT = """
id = "KOR-JPN"
revision = %d
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
"""


def revision(number: int, more: str = "") -> Terms:
    return parse_terms(TEXT % number + more, f"{number}.toml")


def book_of(*terms: Terms) -> Book:
    book = Book()
    for item in terms:
        book = with_document(book, item)
    return book


def given_by(
    book: Book, by: str, kind: OrderKind, at_s: float, number: int = 1
) -> tuple[Book, SignedOrder]:
    """The book with the next order of this party on this revision."""
    agreement = standing(book, PUBLIC).revisions("KOR-JPN")[number - 1]
    order = new_order(agreement, KEYS[nation(by)], kind, at_s, EXERCISE)
    return with_order(book, order, PUBLIC, at_s), order


def signed_by_both(book: Book, at_s: float, number: int = 1) -> Book:
    for offset, by in enumerate(("KOR", "JPN")):
        book, _order = given_by(book, by, OrderKind.SIGN, at_s + offset, number)
    return book


def current(book: Book) -> tuple[int, set[State]]:
    agreement = standing(book, PUBLIC).current("KOR-JPN")
    return agreement.terms.revision, {view.state for view in agreement.views}


def releases(told: Standing, now_s: float) -> bool:
    return not standing_of("KOR", "JPN", told.agreements, now_s).against


def test_a_revision_takes_the_place_of_the_former_only_when_all_have_signed():
    book = signed_by_both(book_of(revision(1), revision(2)), T0_S)
    assert current(book) == (1, {State.IN_FORCE})
    half, _order = given_by(book, "JPN", OrderKind.SIGN, T0_S + 10.0, 2)
    assert current(half) == (1, {State.IN_FORCE})
    whole, _order = given_by(half, "KOR", OrderKind.SIGN, T0_S + 20.0, 2)
    assert current(whole) == (2, {State.IN_FORCE})
    former = standing(whole, PUBLIC).revisions("KOR-JPN")[0]
    assert {view.state for view in former.views} == {State.ENDED}
    assert former.superseded_by == 2


def test_the_former_revision_cannot_come_back_beside_the_later_one():
    book, _order = given_by(book_of(revision(1), revision(2)), "KOR", OrderKind.SIGN, T0_S)
    book = signed_by_both(book, T0_S + 10.0, 2)
    late, order = given_by(book, "JPN", OrderKind.SIGN, T0_S + 20.0)
    assert [item.order for item in standing(late, PUBLIC).void] == [order]
    assert current(late) == (2, {State.IN_FORCE})


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (
            revision(1, "# another text\n"),
            "revisions may not overlap; a change is a new revision, 2",
        ),
        (revision(3), "the next revision is 2"),
        (
            parse_terms(
                (TEXT % 2).replace('"JPN"]', '"USA"]').replace("JPN = ", "USA = "), "2.toml"
            ),
            "other parties make an agreement with another id",
        ),
    ],
)
def test_overlapping_revisions_are_refused(terms, why):
    with pytest.raises(UnusableInput, match=why):
        with_document(book_of(revision(1)), terms)


def test_a_later_revision_with_a_start_of_its_own_would_overlap():
    with pytest.raises(UnusableInput, match="leave `start` out"):
        revision(2, '[duration]\nstart = "2030-01-01"\nyears = 1\n')


def test_a_suspended_agreement_is_not_revived_by_a_revision():
    book = signed_by_both(book_of(revision(1), revision(2)), T0_S)
    book, _order = given_by(book, "JPN", OrderKind.SIGN, T0_S + 10.0, 2)
    book, _order = given_by(book, "JPN", OrderKind.SUSPEND, T0_S + 20.0)
    book, order = given_by(book, "KOR", OrderKind.SIGN, T0_S + 30.0, 2)
    told = standing(book, PUBLIC)
    assert [item.order for item in told.void] == [order]
    assert "restore it together" in told.void[0].why
    assert current(book) == (1, {State.SUSPENDED})


@pytest.mark.parametrize("suspended_s", [T0_S + 15.0, T0_S + 25.0])
def test_a_suspension_that_crosses_with_the_last_signature_bites(suspended_s):
    """Japan suspends without knowing that Korea signs the next revision, sooner or later."""
    before = signed_by_both(book_of(revision(1), revision(2)), T0_S)
    before, _order = given_by(before, "JPN", OrderKind.SIGN, T0_S + 10.0, 2)
    korea, signature = given_by(before, "KOR", OrderKind.SIGN, T0_S + 20.0, 2)
    japan, suspension = given_by(before, "JPN", OrderKind.SUSPEND, suspended_s)
    now_s = T0_S + 30.0
    assert not releases(standing(japan, PUBLIC), now_s)
    korea = with_order(korea, suspension, PUBLIC, now_s)
    japan = with_order(japan, signature, PUBLIC, now_s)
    assert not releases(standing(korea, PUBLIC), now_s)
    assert standing(korea, PUBLIC).agreements == standing(japan, PUBLIC).agreements


def test_a_draft_or_an_ended_agreement_keeps_nothing_back_that_another_allows():
    book = signed_by_both(book_of(revision(1)), T0_S)
    other = parse_terms((TEXT % 1).replace("KOR-JPN", "KOR-JPN-2"), "other.toml")
    told = standing(with_document(book, other), PUBLIC)
    found = standing_of("KOR", "JPN", told.agreements, T0_S + 9.0)
    assert [item.terms.id for item in found.binding] == ["KOR-JPN"]
    assert not found.against
    drafts = standing(book_of(revision(1), other), PUBLIC)
    found = standing_of("KOR", "JPN", drafts.agreements, T0_S)
    assert len(found.against) == 4, "the reason why nothing goes is told, view by view"


def test_a_suspended_agreement_keeps_back_what_another_allows():
    book = signed_by_both(book_of(revision(1)), T0_S)
    book = with_document(book, parse_terms((TEXT % 1).replace("KOR-JPN", "A"), "a.toml"))
    for by in ("KOR", "JPN"):
        agreement = standing(book, PUBLIC).current("A")
        order = new_order(agreement, KEYS[nation(by)], OrderKind.SIGN, T0_S + 3.0, EXERCISE)
        book = with_order(book, order, PUBLIC, T0_S + 3.0)
    assert releases(standing(book, PUBLIC), T0_S + 4.0)
    book, _order = given_by(book, "JPN", OrderKind.SUSPEND, T0_S + 5.0)
    assert not releases(standing(book, PUBLIC), T0_S + 6.0)


def test_orders_that_are_not_the_next_one_are_refused():
    book = signed_by_both(book_of(revision(1)), T0_S)
    one, first = given_by(book, "KOR", OrderKind.SUSPEND, T0_S + 10.0)
    two, second = given_by(one, "KOR", OrderKind.RESTORE, T0_S + 20.0)
    with pytest.raises(RefusedOrder, match="seen before; expected number 4"):
        with_order(two, first, PUBLIC, T0_S + 30.0)
    with pytest.raises(RefusedOrder, match="one is missing between; expected number 2"):
        with_order(book, second, PUBLIC, T0_S + 30.0)
    with pytest.raises(RefusedOrder, match="no such document"):
        with_order(Book(), first, PUBLIC, T0_S + 30.0)
    with pytest.raises(RefusedOrder, match="expected number 2"):
        with_log(book, (second,), PUBLIC)


def test_clocks_that_disagree():
    book = book_of(revision(1))
    agreement = standing(book, PUBLIC).current("KOR-JPN")
    ahead = new_order(agreement, KEYS[nation("KOR")], OrderKind.SIGN, T0_S + 60.0, EXERCISE)
    held = desk_standing(with_order(book, ahead, PUBLIC, T0_S), PUBLIC).current("KOR-JPN")
    assert bearing_of(held, T0_S) is bearing_of(held, T0_S + 54.9) is Bearing.HOLDS_BACK
    assert bearing_of(held, T0_S + 55.0) is Bearing.SILENT
    book = signed_by_both(book, T0_S)
    with pytest.raises(RefusedOrder, match="clock went back; set it right"):
        given_by(book, "KOR", OrderKind.SUSPEND, T0_S - 60.0)


@given(st.lists(st.tuples(st.sampled_from(["KOR", "JPN"]), st.sampled_from(OrderKind)), max_size=7))
def test_the_same_orders_give_the_same_state_in_whatever_order_they_came(wanted):
    """Each party gives orders without the other's, as while the line is cut; then both have all."""
    whole = signed_by_both(book_of(revision(1)), T0_S)
    desks = {"KOR": whole, "JPN": whole}
    own: dict[str, list[SignedOrder]] = {"KOR": [], "JPN": []}
    for number, (by, kind) in enumerate(wanted):
        try:
            desks[by], order = given_by(desks[by], by, kind, T0_S + 10.0 + number)
        except RefusedOrder:
            continue
        own[by].append(order)
    now_s = T0_S + 100.0
    korea = with_log(desks["KOR"], own["JPN"], PUBLIC)
    japan = with_log(desks["JPN"], own["KOR"], PUBLIC)
    assert standing(korea, PUBLIC).agreements == standing(japan, PUBLIC).agreements
    suspensions = [o for o in own["KOR"] + own["JPN"] if o.order.kind is OrderKind.SUSPEND]
    if suspensions:
        last = max(suspensions, key=in_time)
        restored = {
            o.order.by
            for o in own["KOR"] + own["JPN"]
            if o.order.kind in RESTORES and in_time(o) > in_time(last)
        }
        if restored != {"KOR", "JPN"}:
            assert not releases(standing(korea, PUBLIC), now_s), "a suspension bites till restored"


def test_arrival_in_every_order_of_three_suspensions_and_restorations():
    whole = signed_by_both(book_of(revision(1)), T0_S)
    one, suspension = given_by(whole, "KOR", OrderKind.SUSPEND, T0_S + 10.0)
    _two, consent = given_by(one, "KOR", OrderKind.RESTORE, T0_S + 20.0)
    _three, again = given_by(whole, "JPN", OrderKind.SUSPEND, T0_S + 30.0)
    states = set()
    for orders in permutations((suspension, consent, again)):
        if orders.index(suspension) > orders.index(consent):
            continue
        agreement = standing(with_log(whole, orders, PUBLIC), PUBLIC).current("KOR-JPN")
        states.add(agreement.views)
    assert len(states) == 1


def test_a_revision_tells_nothing_of_what_was_in_the_air_in_a_gap_before_it():
    book = signed_by_both(book_of(revision(1), revision(2)), T0_S)
    book, _order = given_by(book, "KOR", OrderKind.SUSPEND, T0_S + 10.0)
    for after_s, by in ((20.0, "KOR"), (21.0, "JPN")):
        book, _order = given_by(book, by, OrderKind.RESTORE, T0_S + after_s)
    told = standing(signed_by_both(book, T0_S + 30.0, 2), PUBLIC).current("KOR-JPN")
    assert (told.terms.revision, told.nothing_before_s) == (2, T0_S + 21.0)
