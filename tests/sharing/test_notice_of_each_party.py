"""Article 21: a notice to end is one party's; another's neither swallows it nor takes it back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.cli.agreement_answer import standing_answer
from commonwatch.identity import nation
from commonwatch.release.agreement import (
    Agreement,
    State,
    drafted,
    reasons_against_release,
    state_at,
)
from commonwatch.release.agreement_book import Book, standing, with_document, with_log
from commonwatch.release.order import Order, OrderKind, RefusedOrder, SignedOrder, signed
from commonwatch.release.order_log import OrderLog, with_known
from tests.sharing.builders import KEYS, T0_S, TERMS, in_force, ordered

PUBLIC = KEYS[nation("KOR")].public
AGREED = TERMS["KOR-JPN"]
DAY_S = 86_400.0
# The term of one year, signed by the second party a second after T0.
FIRST_END_S = datetime.fromtimestamp(T0_S + 1.0, UTC).replace(
    year=datetime.fromtimestamp(T0_S, UTC).year + 1
).timestamp()  # fmt: skip


def order(by: str, kind: OrderKind, sequence: int, at_s: float) -> SignedOrder:
    document = AGREED.document if kind is OrderKind.SIGN else ""
    told = Order(AGREED.id, 1, by, kind, sequence, at_s, "EXERCISE", document)
    return signed(told, KEYS[nation(by)].private)


CROSSED = (
    order("KOR", OrderKind.SIGN, 1, T0_S),
    order("JPN", OrderKind.SIGN, 1, T0_S + 1.0),
    order("KOR", OrderKind.GIVE_NOTICE, 2, T0_S + 200 * DAY_S),
    order("JPN", OrderKind.GIVE_NOTICE, 2, T0_S + 200 * DAY_S + 1.0),
    order("KOR", OrderKind.WITHDRAW_NOTICE, 3, T0_S + 250 * DAY_S),
)


def states(agreement: Agreement, now_s: float = T0_S) -> dict[str, State]:
    return {party: state_at(agreement, party, now_s) for party in agreement.terms.parties}


def test_notices_crossed_and_the_first_giver_withdraws_so_the_other_still_ends_it():
    told = standing(with_log(with_document(Book(), AGREED), CROSSED, PUBLIC), PUBLIC)
    agreement = told.current(AGREED.id)
    assert told.void == ()
    assert states(agreement) == {"KOR": State.NOTICE_GIVEN, "JPN": State.NOTICE_GIVEN}
    assert agreement.ends_s == FIRST_END_S
    assert not reasons_against_release(agreement, FIRST_END_S - 1.0)
    assert reasons_against_release(agreement, FIRST_END_S)


@pytest.mark.parametrize("first", ["KOR", "JPN"])
def test_a_node_that_hears_the_crossed_notices_in_another_order_holds_the_same(first):
    log = OrderLog({(AGREED.id, 1): drafted(AGREED)})
    for item in sorted(CROSSED, key=lambda item: item.order.by != first):
        log = with_known(log, item, PUBLIC, T0_S + 300 * DAY_S)
    wanted = standing(with_log(with_document(Book(), AGREED), CROSSED, PUBLIC), PUBLIC)
    assert log.agreements[AGREED.id, 1].views == wanted.current(AGREED.id).views
    assert (log.void, dict(log.doubts)) == ((), {})


def test_a_second_party_gives_notice_while_the_first_ones_runs():
    agreement = ordered(in_force("KOR-JPN"), T0_S, ("KOR", OrderKind.GIVE_NOTICE))
    both = ordered(agreement, T0_S + 1.0, ("JPN", OrderKind.GIVE_NOTICE))
    for first, second in (("KOR", "JPN"), ("JPN", "KOR")):
        left = ordered(both, T0_S + 2.0, (first, OrderKind.WITHDRAW_NOTICE))
        assert left.ends_s == both.ends_s, f"{second}'s notice stands"
        peace = ordered(left, T0_S + 3.0, (second, OrderKind.WITHDRAW_NOTICE))
        assert (set(states(peace).values()), peace.ends_s) == ({State.IN_FORCE}, None)


def test_one_party_gives_notice_once_until_it_takes_it_back():
    agreement = ordered(in_force("KOR-JPN"), T0_S, ("KOR", OrderKind.GIVE_NOTICE))
    with pytest.raises(RefusedOrder, match="KOR gave notice on KOR-JPN already"):
        ordered(agreement, T0_S + 1.0, ("KOR", OrderKind.GIVE_NOTICE))


def test_the_earliest_notice_that_stands_ends_it():
    agreement = ordered(in_force("KOR-JPN"), T0_S, ("KOR", OrderKind.GIVE_NOTICE))
    early_s = agreement.ends_s
    assert early_s is not None
    late = ordered(agreement, early_s - 1.0, ("JPN", OrderKind.GIVE_NOTICE))
    assert late.ends_s == early_s, "a later notice puts nothing off"
    left = ordered(late, early_s - 1.0, ("KOR", OrderKind.WITHDRAW_NOTICE))
    assert left.ends_s is not None
    assert left.ends_s > early_s + 90 * DAY_S, "JPN's came too late for this term"


def test_a_suspended_notice_is_its_givers_whatever_the_other_gives_and_withdraws():
    agreement = ordered(in_force("KOR-JPN"), T0_S, ("KOR", OrderKind.GIVE_NOTICE))
    as_in_2019 = ordered(agreement, T0_S + 1.0, ("KOR", OrderKind.SUSPEND_NOTICE))
    assert states(as_in_2019) == {"KOR": State.NOTICE_SUSPENDED, "JPN": State.IN_FORCE}
    both = ordered(as_in_2019, T0_S + 2.0, ("JPN", OrderKind.GIVE_NOTICE))
    assert states(both) == {"KOR": State.NOTICE_GIVEN, "JPN": State.NOTICE_GIVEN}
    again = ordered(both, T0_S + 3.0, ("JPN", OrderKind.WITHDRAW_NOTICE))
    assert (states(again), again.ends_s) == (states(as_in_2019), None)
    normal = ordered(again, T0_S + 4.0, ("KOR", OrderKind.WITHDRAW_NOTICE))
    assert set(states(normal).values()) == {State.IN_FORCE}


def test_the_officer_reads_whose_notice_ends_it():
    agreement = ordered(in_force("KOR-JPN"), T0_S, ("KOR", OrderKind.GIVE_NOTICE))
    both = ordered(agreement, T0_S + 1.0, ("JPN", OrderKind.GIVE_NOTICE))
    assert standing_answer(both, (both,), T0_S + 1.0).notice_of == ("KOR", "JPN")
    left = ordered(both, T0_S + 2.0, ("KOR", OrderKind.SUSPEND_NOTICE))
    assert standing_answer(left, (left,), T0_S + 2.0).notice_of == ("JPN",)


NOTICES = (OrderKind.GIVE_NOTICE, OrderKind.SUSPEND_NOTICE, OrderKind.WITHDRAW_NOTICE)


@given(
    st.lists(
        st.tuples(st.sampled_from(["KOR", "JPN"]), st.sampled_from(NOTICES), st.integers(0, 300)),
        max_size=8,
    )
)
def test_each_partys_notice_against_a_slow_twin(orders):
    """The twin: what each party's own notice is, and the day on which it alone would end it."""
    agreement, now_s = in_force("KOR-JPN"), T0_S
    notices: dict[str, tuple[str, float]] = {}
    for by, kind, days in orders:
        now_s += days * DAY_S
        running = [ends_s for word, ends_s in notices.values() if word == "runs"]
        if running and now_s >= min(running):
            return
        own = notices.get(by, ("none", 0.0))[0]
        good = {"give notice": own != "runs", "suspend notice": own == "runs"}.get(
            kind.value, own != "none"
        )
        if not good:
            with pytest.raises(RefusedOrder):
                ordered(agreement, now_s, (by, kind))
            continue
        alone = ordered(in_force("KOR-JPN"), now_s, (by, OrderKind.GIVE_NOTICE)).ends_s
        agreement = ordered(agreement, now_s, (by, kind))
        if kind is OrderKind.GIVE_NOTICE:
            assert alone is not None
            notices[by] = ("runs", alone)
        elif kind is OrderKind.SUSPEND_NOTICE:
            notices[by] = ("suspended", notices[by][1])
        else:
            del notices[by]
        running = [ends_s for word, ends_s in notices.values() if word == "runs"]
        assert agreement.ends_s == min(running, default=None)
        for party in ("KOR", "JPN"):
            own = notices.get(party, ("none", 0.0))[0]
            expected = "notice suspended" if own == "suspended" else "in force"
            assert states(agreement, now_s)[party] == ("notice given" if running else expected)
