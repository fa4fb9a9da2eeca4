"""States of an agreement: suspend alone, restore together, and the years 2016 to 2023 again."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import new_order, worked_example_texts, worked_examples
from commonwatch.release.agreement import (
    Agreement,
    State,
    drafted,
    reasons_against_release,
    state_at,
)
from commonwatch.release.agreement_file import parse_terms, read_file, written_file
from commonwatch.release.order import Order, OrderKind, RefusedOrder, SignedOrder, signed
from commonwatch.release.transition import apply_order
from tests.sharing.builders import KEYS, T0_S, TERMS, in_force, label, ordered

RESTORING = {OrderKind.RESTORE, OrderKind.RESTORE_AND_RESUME}
PUBLIC = KEYS[nation("KOR")].public


def moved(agreement: Agreement, by: str, kind: OrderKind, at_s: float = T0_S) -> Agreement:
    return ordered(agreement, at_s, (by, kind))


def allows(agreement: Agreement, at_s: float = T0_S) -> bool:
    return not reasons_against_release(agreement, at_s)


def moment_s(text: str) -> float:
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


# Midnight in Seoul and Tokyo. The days are history; hours are ours but for the six before the end.
IN_FORCE_2016_S = moment_s("2016-11-22T15:00")
NOTICE_2019_S = moment_s("2019-08-23T06:00")
END_2019_S = moment_s("2019-11-22T15:00")
NOTICE_SUSPENDED_2019_S = END_2019_S - 6 * 3600.0
NORMALISED_2023_S = moment_s("2023-03-21T01:00")


def test_the_years_2016_to_2023_of_the_agreement_of_japan_and_the_republic_of_korea():
    agreement = drafted(TERMS["KOR-JPN"])
    for party in ("KOR", "JPN"):
        agreement = moved(agreement, party, OrderKind.SIGN, IN_FORCE_2016_S)
    assert allows(agreement, IN_FORCE_2016_S)
    assert allows(agreement, NOTICE_2019_S), "extended yearly, as nobody gave notice"

    agreement = moved(agreement, "KOR", OrderKind.GIVE_NOTICE, NOTICE_2019_S)
    assert agreement.ends_s == END_2019_S, "notice came in time for the term that ended there"
    assert state_at(agreement, "KOR", NOTICE_2019_S) is State.NOTICE_GIVEN
    assert allows(agreement, END_2019_S - 1.0), "notice does not stop the exchange before its term"
    assert not allows(agreement, END_2019_S)
    assert state_at(agreement, "JPN", END_2019_S) is State.ENDED

    agreement = moved(agreement, "KOR", OrderKind.SUSPEND_NOTICE, NOTICE_SUSPENDED_2019_S)
    later_s = moment_s("2022-01-01T00:00")
    assert state_at(agreement, "KOR", later_s) is State.NOTICE_SUSPENDED
    assert state_at(agreement, "JPN", later_s) is State.IN_FORCE, "the parties read it differently"
    assert allows(agreement, later_s)

    agreement = moved(agreement, "KOR", OrderKind.WITHDRAW_NOTICE, NORMALISED_2023_S)
    assert {view.state for view in agreement.views} == {State.IN_FORCE}
    assert allows(agreement, NORMALISED_2023_S)


@pytest.mark.parametrize(
    ("noticed", "ends"),
    [
        ("2019-08-24T14:59", "2019-11-22T15:00"),
        ("2019-08-24T15:00", "2019-11-22T15:00"),
        ("2019-08-24T15:01", "2020-11-22T15:00"),
        ("2016-12-01T00:00", "2017-11-22T15:00"),
    ],
)
def test_article_21_notice_that_comes_less_than_90_days_before_holds_for_the_next_year(
    noticed, ends
):
    agreement = drafted(TERMS["KOR-JPN"])
    for party in ("KOR", "JPN"):
        agreement = moved(agreement, party, OrderKind.SIGN, IN_FORCE_2016_S)
    agreement = moved(agreement, "JPN", OrderKind.GIVE_NOTICE, moment_s(noticed))
    assert agreement.ends_s == moment_s(ends)


def test_article_21_protection_outlives_the_agreement():
    agreement = in_force("KOR-JPN")
    for party in ("KOR", "JPN"):
        agreement = moved(agreement, party, OrderKind.END)
    assert {view.state for view in agreement.views} == {State.ENDED}
    marked = label("KOR")
    assert agreement.terms.levels.equivalent(marked, "JPN") == "秘", "labels go on"
    kept = {article.reference for article in agreement.terms.articles if article.goes_on}
    assert {"article 2", "article 4", "article 6 a, b", "article 6 f", "article 6 g"} <= kept


def test_ending_at_once_takes_both():
    half = moved(in_force("KOR-JPN"), "JPN", OrderKind.END)
    assert allows(half)
    assert not allows(moved(half, "KOR", OrderKind.END))


def test_who_restores_no_longer_agrees_to_end():
    half = moved(in_force("KOR-JPN"), "KOR", OrderKind.END)
    suspended = moved(half, "JPN", OrderKind.SUSPEND)
    again = moved(suspended, "KOR", OrderKind.RESTORE)
    again = moved(again, "JPN", OrderKind.RESTORE)
    assert allows(moved(again, "JPN", OrderKind.END)), "Korea thought better of it"


def test_only_who_gave_notice_takes_it_back():
    noticed = moved(in_force("KOR-JPN"), "KOR", OrderKind.GIVE_NOTICE)
    with pytest.raises(RefusedOrder, match="gave no notice"):
        moved(noticed, "JPN", OrderKind.WITHDRAW_NOTICE)


LONG_AFTER_NOTICE_S = T0_S + 800 * 86_400.0


def test_restoring_does_not_revive_an_agreement_whose_notice_ran_out():
    noticed = moved(in_force("KOR-JPN"), "KOR", OrderKind.GIVE_NOTICE)
    suspended = moved(noticed, "JPN", OrderKind.SUSPEND)
    half = moved(suspended, "KOR", OrderKind.RESTORE)
    for party, agreement in (("JPN", half), ("KOR", suspended)):
        with pytest.raises(RefusedOrder, match="has ended"):
            moved(agreement, party, OrderKind.RESTORE, LONG_AFTER_NOTICE_S)
    restored = moved(half, "JPN", OrderKind.RESTORE)
    assert allows(restored)
    assert not allows(restored, LONG_AFTER_NOTICE_S)


def test_notice_can_be_given_while_suspended_and_nothing_goes_for_it():
    suspended = moved(in_force("KOR-JPN"), "JPN", OrderKind.SUSPEND)
    noticed = moved(suspended, "KOR", OrderKind.GIVE_NOTICE)
    assert {view.state for view in noticed.views} == {State.SUSPENDED}
    restored = moved(moved(noticed, "KOR", OrderKind.RESTORE), "JPN", OrderKind.RESTORE)
    assert {view.state for view in restored.views} == {State.NOTICE_GIVEN}
    assert restored.ends_s is not None


def test_an_ended_agreement_takes_no_order():
    noticed = moved(in_force("KOR-JPN"), "KOR", OrderKind.GIVE_NOTICE)
    with pytest.raises(RefusedOrder, match="has ended"):
        moved(noticed, "KOR", OrderKind.WITHDRAW_NOTICE, LONG_AFTER_NOTICE_S)


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
        (forged("JPN", "JPN", at_s=T0_S + 60.0), "ahead of this node's time.*set them right"),
        (forged("JPN", "JPN", at_s=T0_S - 2e6), "clock went back"),
        (SignedOrder(forged("JPN", "JPN").order, b""), "signature is missing"),
        (forged("JPN", "JPN", kind=OrderKind.SIGN), "not draft"),
    ],
)
def test_an_order_that_does_not_hold_moves_nothing(order, why):
    suspended = moved(in_force("KOR-JPN"), "KOR", OrderKind.SUSPEND)
    with pytest.raises(RefusedOrder, match=why):
        apply_order(suspended, order, PUBLIC, T0_S)


def test_a_signature_under_another_text_brings_nothing_into_force():
    terms = TERMS["KOR-JPN"]
    other = parse_terms(GOOD.replace('id = "A"', 'id = "KOR-JPN"'), "other.toml")
    assert (other.id, other.revision) == (terms.id, terms.revision)
    order = new_order(drafted(other), KEYS[nation("KOR")], OrderKind.SIGN, T0_S, EXERCISE)
    with pytest.raises(RefusedOrder, match="signed another text"):
        apply_order(drafted(terms), order, PUBLIC, T0_S)


def test_an_agreement_whose_end_is_past_cannot_be_signed():
    past = parse_terms(GOOD + '[duration]\nend = "2020-01-01"\n', "a.toml")
    with pytest.raises(RefusedOrder, match="expired on 2020-01-01, in the past: write a later end"):
        moved(drafted(past), "KOR", OrderKind.SIGN)


def test_an_agreement_without_extension_ends_by_itself_and_before_its_start_is_a_draft():
    text = GOOD + '[duration]\nstart = "2023-04-01"\nend = "2024-04-01"\n'
    agreement = drafted(parse_terms(text, "a.toml"))
    for party in ("KOR", "JPN"):
        agreement = moved(agreement, party, OrderKind.SIGN)
    assert reasons_against_release(agreement, T0_S)[0].endswith("it has not started yet")
    assert allows(agreement, moment_s("2023-04-01T00:00"))
    assert allows(agreement, moment_s("2024-03-31T23:59"))
    assert state_at(agreement, "KOR", moment_s("2024-04-01T00:00")) is State.ENDED


def signed_by_both(duration: str) -> Agreement:
    agreement = drafted(parse_terms(f"{GOOD}[duration]\n{duration}\n", "a.toml"))
    for party in ("KOR", "JPN"):
        agreement = moved(agreement, party, OrderKind.SIGN)
    return agreement


def test_an_agreement_of_one_year_from_a_start_to_come_is_in_force_for_that_year():
    agreement = signed_by_both('start = "2030-01-01"\nyears = 1')
    assert not allows(agreement, moment_s("2029-12-31T23:59"))
    assert allows(agreement, moment_s("2030-01-01T00:00"))
    assert allows(agreement, moment_s("2030-12-31T23:59"))
    assert state_at(agreement, "JPN", moment_s("2031-01-01T00:00")) is State.ENDED


def test_a_year_from_a_past_start_extended_yearly_ends_after_notice_on_the_day_of_its_start():
    """As the agreement of 2016, were it signed anew today: article 21 counts from its start."""
    agreement = signed_by_both('start = "2016-11-22T15:00:00Z"\nyears = 1\nextended_by_years = 1')
    assert allows(agreement)
    noticed = moved(agreement, "KOR", OrderKind.GIVE_NOTICE, moment_s("2023-08-24T14:59"))
    assert noticed.ends_s == moment_s("2023-11-22T15:00")
    late = moved(agreement, "KOR", OrderKind.GIVE_NOTICE, moment_s("2023-08-24T15:01"))
    assert late.ends_s == moment_s("2024-11-22T15:00")


def test_years_from_a_start_that_have_run_out_cannot_be_signed():
    past = parse_terms(GOOD + '[duration]\nstart = "2016-01-01"\nyears = 2\n', "a.toml")
    with pytest.raises(RefusedOrder, match="expired on 2018-01-01, in the past: write a later end"):
        moved(drafted(past), "KOR", OrderKind.SIGN)


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
    ended_by: set[str] = set()
    withdrawn = False
    for by, kind in orders:
        try:
            agreement = moved(agreement, by, kind)
        except RefusedOrder:
            continue
        if kind is OrderKind.SIGN:
            signatures.add(by)
            if withdrawn and signatures == {"KOR", "JPN"}:
                restored_by = set()
        elif kind is OrderKind.WITHDRAW_SIGNATURE and signatures != {"KOR", "JPN"}:
            withdrawn = True
        elif kind in {OrderKind.SUSPEND, OrderKind.WITHDRAW_SIGNATURE}:
            restored_by, ended_by = set(), set()
        elif kind in RESTORING and restored_by is not None:
            restored_by.add(by)
            restored_by = None if restored_by == {"KOR", "JPN"} else restored_by
        elif kind is OrderKind.END:
            ended_by.add(by)
        if kind in {*RESTORING, OrderKind.SUSPEND_NOTICE, OrderKind.WITHDRAW_NOTICE}:
            ended_by.discard(by)
        both = {"KOR", "JPN"}
        expected = signatures == both and restored_by is None and ended_by != both
        assert allows(agreement) == expected


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
        ('ceiling = "SECRET"', 'ceiling = "TOP"', "none of the levels SECRET"),
        ('parties = ["KOR", "JPN"]', 'parties = ["KOR", "KOR"]', "must differ"),
        ('parties = ["KOR", "JPN"]', 'parties = ["KOR", "XYZ"]', "alpha-3"),
        ('parties = ["KOR", "JPN"]', 'parties = ["KOR"]', "releases to nobody"),
        ('parties = ["KOR", "JPN"]', "parties = []", "releases to nobody; name at least two"),
        ('product = "launch warning"', 'product = "launch data"', "product `launch data`"),
        ("notice_days = 90", 'notice_days = 90\nfurther_products = ["x"]', "product `x`"),
        ("notice_days = 90", 'notice_days = 90\nhub = "USA"', "hub `USA` is no party"),
        ('article = "1"', 'article = "1"\ndelay_s = -1.0', "0"),
        ('article = "1"', 'article = "1"\n[duration]\nyears = 0', ">= 1"),
        ('article = "1"', 'article = "1"\n[duration]\nextended_by_years = 1', "one of the two"),
        ('article = "1"', 'article = "1"\n[duration]\nyears = 1\nend = "2030-01-01"', "one of"),
        ('article = "1"', 'article = "1"\n[duration]\nend = "soon"', "written 2026-11-23"),
        (
            'article = "1"',
            'article = "1"\n[duration]\nstart = "2030-01-01"\nend = "2029-01-01"',
            "not after the start",
        ),
        (
            'article = "1"',
            'article = "1"\n[duration]\nstart = "9950-01-01"\nyears = 50',
            "ends after the year 9999",
        ),
        (
            'article = "1"',
            'article = "1"\n[[parent]]\nid = "A"\nrevision = 1\nparties = ["KOR", "JPN"]',
            "must differ from A",
        ),
        ('path = "path"', 'path = "pat"', "field `pat` is unknown"),
        ('path = "path"', 'path = "path/secret"', "unknown"),
        (
            'path = "path"',
            'path = "burnout"\nprecision_m = 1000.0',
            "`burnout` has a precision in metres, and holds no place.* apogee, .*path/state_inf",
        ),
        ('path = "path"', 'path = "path/phase"\nprecision_m = 1000.0', "holds no place"),
        (
            'article = "1"',
            'article = "1"\n[public]\narticle = "2"\n[[public.field]]\npath = "burnout"\n'
            'article = "2"\nprecision_m = 1000.0',
            "holds no place",
        ),
        (
            'article = "1"',
            'article = "1"\n[[further_product]]\nname = "trajectory"\n'
            '[[further_product.field]]\npath = "burnout"\narticle = "2"\nprecision_m = 1.0',
            "holds no place",
        ),
        ('article = "1"', 'article = "1"\nprecision_m = -5.0', "0"),
        ("revision = 1", 'revision = "one"', "revision"),
        ("notice_days = 90", "notice_days = 90\nsurprise = true", "surprise"),
        ('KOR = ["군사II급비밀"]', 'USA = ["SECRET"]', "must be a party"),
        ('JPN = ["極秘"]', 'JPN = ["極秘", "極秘"]', "two rows"),
        ('JPN = ["極秘"]', "", "no level of KOR equals .* nothing could go to or from KOR"),
        ('JPN = ["極秘"]', "JPN = []", "nothing could go to or from"),
        (
            'KOR = ["군사II급비밀"]',
            '[[level]]\ncommon = "TOP"\nKOR = ["X"]',
            "no level of KOR equals one of another party up to SECRET",
        ),
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
    mechanism = next(item for item in worked_examples() if item.id == "REALTIME-2023")
    for terms in (*TERMS.values(), mechanism):
        assert {"launch_point", "path", "expected_impact"} <= {item.path for item in terms.fields}
        assert {(item.delay_s, item.precision_m) for item in terms.fields} == {(0.0, None)}
        assert terms.floor is not None
    assert set(TERMS) == {"KOR-JPN", "JPN-USA", "KOR-USA"}


def test_what_a_file_says_is_written_and_read_again():
    for name, text in worked_example_texts():
        told = read_file(text, name)
        again = parse_terms(written_file(told), name)
        assert replace(again, document="") == replace(parse_terms(text, name), document="")


def test_a_file_of_before_durations_and_parents_stays_valid():
    terms = parse_terms(GOOD, "a.toml")
    assert (terms.duration, terms.parents, terms.hub, terms.purpose) == (None, (), None, "")
    assert terms.document == hashlib.sha256(GOOD.encode()).hexdigest()
