"""Article 20: disputes by consultation, protection goes on; nobody unlocks alone what was closed.

Also where there are several agreements between the same two: issue 5, and docs/adr/0018.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import new_order
from commonwatch.node.policies import shipped_table
from commonwatch.release.agreement import (
    Agreement,
    FieldGrant,
    FurtherProduct,
    PublicTerms,
    State,
    drafted,
)
from commonwatch.release.agreement_book import Book, standing, with_document, with_order
from commonwatch.release.duration import Duration
from commonwatch.release.gate import decide
from commonwatch.release.order import OrderKind, RefusedOrder
from commonwatch.release.public import decide_for_public
from commonwatch.release.standing import standing_of
from commonwatch.release.together import terms_together
from commonwatch.release.told import fields_told
from tests.sharing.builders import (
    KEYS,
    PUBLIC,
    SENSORS,
    T0_S,
    TERMS,
    in_force,
    ordered,
    sound_bulletin,
)
from tests.sharing.test_gate import CANDIDATE, withheld_why

END_S = T0_S + 100.0
LATER_S = T0_S + 200.0
SUCCESSOR = replace(in_force("KOR-JPN"), terms=replace(TERMS["KOR-JPN"], id="SUCCESSOR"))
UNTIL_END = replace(
    in_force("KOR-JPN"), terms=replace(TERMS["KOR-JPN"], duration=Duration(end_s=END_S))
)


def ruled(*agreements: Agreement, at_s: float = LATER_S, began_s: float = LATER_S):
    candidate = replace(CANDIDATE, began_s=began_s)
    return decide(
        candidate, "JPN", agreements,
        sensors=SENSORS, mode=EXERCISE, now_s=at_s, table=shipped_table(),
    )  # fmt: skip


def goes(*agreements: Agreement, at_s: float = LATER_S, began_s: float = LATER_S) -> bool:
    return ruled(*agreements, at_s=at_s, began_s=began_s).decision.outcome == "release"


def test_while_one_is_suspended_another_in_force_between_the_two_lets_nothing_go():
    suspended = ordered(in_force("KOR-JPN"), T0_S, ("JPN", OrderKind.SUSPEND))
    assert goes(SUCCESSOR)
    assert "suspended in the view" in withheld_why(ruled(suspended, SUCCESSOR))


@pytest.mark.parametrize("by", ["KOR", "JPN"])
def test_a_suspended_agreement_whose_term_runs_out_still_holds_back(by):
    suspended = ordered(UNTIL_END, T0_S, (by, OrderKind.SUSPEND))
    assert goes(UNTIL_END, SUCCESSOR), "ended in peace, it keeps nothing back"
    why = withheld_why(ruled(suspended, SUCCESSOR))
    assert "suspended before: it holds back until all parties order its end" in why


def test_notice_by_one_does_not_unlock_what_the_other_suspended():
    suspended = ordered(in_force("KOR-JPN"), T0_S, ("JPN", OrderKind.SUSPEND))
    noticed = ordered(suspended, T0_S, ("KOR", OrderKind.GIVE_NOTICE))
    long_after_s = noticed.ends_s + 1.0
    assert not goes(noticed, SUCCESSOR, at_s=long_after_s, began_s=long_after_s)


@pytest.mark.parametrize(("first", "second"), [("KOR", "JPN"), ("JPN", "KOR")])
def test_the_end_by_all_settles_it_and_tells_nothing_of_the_gap(first, second):
    suspended = ordered(UNTIL_END, T0_S, ("JPN", OrderKind.SUSPEND))
    half = ordered(suspended, LATER_S, (first, OrderKind.END))
    assert not goes(half, SUCCESSOR)
    settled = ordered(half, LATER_S, (second, OrderKind.END))
    assert {view.state for view in settled.views} == {State.ENDED}
    assert goes(settled, SUCCESSOR)
    why = withheld_why(ruled(settled, SUCCESSOR, began_s=LATER_S - 1.0))
    assert "in the air while it was suspended" in why


@pytest.mark.parametrize("kind", [OrderKind.RESTORE, OrderKind.WITHDRAW_NOTICE, OrderKind.SUSPEND])
def test_what_has_ended_takes_no_other_order(kind):
    suspended = ordered(UNTIL_END, T0_S, ("JPN", OrderKind.SUSPEND))
    with pytest.raises(RefusedOrder, match="ended while it was suspended: all parties order its"):
        ordered(suspended, LATER_S, ("KOR", kind))


def test_who_agreed_to_an_end_before_suspending_has_not_agreed_to_unlock():
    agreed = ordered(UNTIL_END, T0_S, ("JPN", OrderKind.END), ("JPN", OrderKind.SUSPEND))
    by_korea_alone = ordered(agreed, LATER_S, ("KOR", OrderKind.END))
    assert not goes(by_korea_alone, SUCCESSOR)
    assert goes(ordered(by_korea_alone, LATER_S, ("JPN", OrderKind.END)), SUCCESSOR)


def test_a_signature_from_before_the_suspension_does_not_unlock_by_a_revision():
    first = replace(UNTIL_END.terms, document="1")
    book = with_document(with_document(Book(), first), replace(first, revision=2, document="2",
                                                               duration=None))  # fmt: skip
    orders = [
        (1, "KOR", OrderKind.SIGN), (1, "JPN", OrderKind.SIGN), (2, "JPN", OrderKind.SIGN),
        (1, "JPN", OrderKind.SUSPEND),
    ]  # fmt: skip
    at_s = T0_S
    for number, by, kind in orders:
        at_s += 1.0
        book = with_next(book, number, by, kind, at_s)
    book = with_next(book, 2, "KOR", OrderKind.SIGN, LATER_S)
    told = standing(book, PUBLIC)
    assert "order its end together, then sign revision 2" in told.void[0].why
    assert standing_of("KOR", "JPN", told.agreements, LATER_S).against
    for by in ("KOR", "JPN"):
        book = with_next(book, 1, by, OrderKind.END, LATER_S + 1.0)
    book = with_next(book, 2, "KOR", OrderKind.SIGN, LATER_S + 2.0)
    told = standing(book, PUBLIC)
    assert not standing_of("KOR", "JPN", told.agreements, LATER_S + 3.0).against


def with_next(book: Book, number: int, by: str, kind: OrderKind, at_s: float) -> Book:
    agreement = standing(book, PUBLIC).revisions("KOR-JPN")[number - 1]
    order = new_order(agreement, KEYS[nation(by)], kind, at_s, EXERCISE)
    return with_order(book, order, PUBLIC, at_s)


def granting(agreement_id: str, *grants: FieldGrant, **changes: object) -> Agreement:
    terms = replace(TERMS["KOR-JPN"], id=agreement_id, fields=grants, **changes)
    return replace(in_force("KOR-JPN"), terms=terms)


WIDE = granting("B", FieldGrant("launch_point", "x"), FieldGrant("path", "x"))
NARROW = granting("A", FieldGrant("path/phase", "x"), FieldGrant("expected_impact", "x"))


@pytest.mark.parametrize("agreements", [(WIDE, NARROW), (NARROW, WIDE)])
def test_of_two_in_force_that_goes_which_each_lets_go(agreements):
    ruling = ruled(*agreements)
    assert set(fields_told(ruling.content)) == {"path/phase"}
    kept = {item.field: item.why for item in ruling.decision.withheld}
    assert kept["launch_point"] == "A names no such field"
    assert kept["expected_impact"] == "B names no such field"
    assert "path/phase: A and B, x" in ruling.decision.rules


def test_of_two_in_force_the_coarser_grid_and_the_later_moment_hold():
    coarse = granting("A", FieldGrant("launch_point", "x", precision_m=20_000.0))
    fine = granting("B", FieldGrant("launch_point", "x", precision_m=100.0))
    late = granting("C", FieldGrant("launch_point", "x", delay_s=60.0))
    both = ruled(coarse, fine)
    assert both.content == ruled(coarse).content
    assert both.content != ruled(fine).content
    assert "no field may go" in ruled(coarse, late).decision.rules, "not known 60 s ago"


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [(None, None, None), (30.0, None, 30.0), (None, 30.0, 30.0), (90.0, 30.0, 30.0)],
)
def test_of_two_in_force_the_shorter_time_of_keeping_holds(first, second, together):
    one = replace(TERMS["KOR-JPN"], keep_days=first)
    other = replace(TERMS["KOR-JPN"], id="OTHER", keep_days=second)
    assert terms_together([one, other]).keep_days == together


def test_of_two_in_force_the_fields_of_one_product_are_weighed_whichever_names_it_first():
    one = replace(TERMS["KOR-JPN"], fields=(FieldGrant("apogee", "x"), FieldGrant("burnout", "x")))
    other = replace(
        one,
        id="OTHER",
        product="trajectory",
        fields=(FieldGrant("path", "y"),),
        further_products=(FurtherProduct(one.product, (FieldGrant("apogee", "y", 1000.0),)),),
    )
    told = terms_together([one, other]).fields_of(one.product)
    assert {item.path for item in told} == {"apogee"}
    assert max(item.precision_m or 0.0 for item in told) == 1000.0


def test_of_two_in_force_what_one_does_not_cover_stays():
    infrared_alone = granting("B", FieldGrant("path", "x"), sensor_kinds=("infrared",))
    assert goes(WIDE)
    assert "B: does not cover radar" in withheld_why(ruled(NARROW, infrared_alone))


def test_of_two_in_force_an_error_leaves_the_coarser_floor_or_none():
    spoiled = [FieldGrant("burnout", "x", precision_m=10.0)]
    floor = TERMS["KOR-JPN"].floor
    coarser = replace(floor, position_precision_m=2.0 * floor.position_precision_m)
    one, other = granting("A", *spoiled), granting("B", *spoiled, floor=coarser)
    assert ruled(one, other).floor == ruled(other).floor
    assert ruled(one, other).floor != ruled(one).floor
    assert ruled(one, granting("B", *spoiled, floor=None)).decision.outcome == "withhold"


def test_of_two_in_force_the_public_hears_what_both_let_it_hear(three):
    bulletin = sound_bulletin(three)
    told = PublicTerms("x", (FieldGrant("expected_impact", "x"), FieldGrant("launch_point", "x")))
    less = PublicTerms("x", (FieldGrant("expected_impact", "x"),))

    def heard(*agreements: Agreement) -> set[str]:
        ruling = decide_for_public(bulletin, "JPN", agreements, mode=EXERCISE, now_s=T0_S + 1.0)
        return set() if ruling.content is None else set(fields_told(ruling.content))

    def agreed(agreement_id: str, public: PublicTerms | None) -> Agreement:
        return granting(agreement_id, *TERMS["KOR-JPN"].fields, public=public)

    assert heard(agreed("KOR-JPN", told)) == {"expected_impact", "launch_point"}
    assert heard(agreed("KOR-JPN", told), agreed("Z", less)) == {"expected_impact"}
    assert heard(agreed("KOR-JPN", told), agreed("Z", None)) == set()


def test_a_draft_keeps_nothing_back_and_gives_nothing():
    draft = drafted(replace(TERMS["KOR-JPN"], id="A"))
    assert goes(SUCCESSOR, draft)
    assert not goes(draft)
