"""Orders that cross between nodes: what is void counts, what is in doubt holds back, all agree."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import new_order
from commonwatch.node.node import Node
from commonwatch.release.agreement import notice_of
from commonwatch.release.agreement_book import Book, standing, with_log
from commonwatch.release.order import OrderKind as K
from commonwatch.release.order import SignedOrder, signed
from commonwatch.release.standing import standing_of
from commonwatch.share.ledger import Refusal
from tests.sharing.builders import (
    KEYS,
    PUBLIC,
    T0_S,
    TERMS,
    World,
    assessment,
    kinds,
    open_node,
    own_estimate,
    world,
)

ID = "KOR-JPN"


@pytest.fixture
def two(tmp_path):
    made = world(tmp_path, ("KOR", "JPN"))
    yield made
    made.close()


def give(made: World, by: str, kind: K, at_s: float) -> SignedOrder:
    return made.nodes[by]._order(ID, kind, T0_S + at_s)


def states(node: Node) -> dict[str, tuple[str, bool]]:
    return {
        view.party: (view.state.value, view.consents) for view in node.orders.agreement(ID).views
    }


def allows(made: World, by: str, at_s: float) -> bool:
    return made.nodes[by].orders.allows("JPN" if by == "KOR" else "KOR", T0_S + at_s)


def told(made: World, code: str) -> list[str]:
    return [
        msgspec.msgpack.decode(item.body, type=Refusal).why
        for item in kinds(made, code, "order-refused")
    ]


def released_by_japan(made: World, at_s: float) -> int:
    now_s = T0_S + at_s
    estimate = msgspec.structs.replace(
        own_estimate(now_s, "t9", ("JPN-1",)), first_plot_s=now_s - 1.0
    )
    told_of = assessment(now_s, "t9", ("JPN-1",))
    return len(made.nodes["JPN"].release((estimate,), (told_of,), now_s).released)


def suspended_at_both(made: World, at_s: float) -> None:
    give(made, "KOR", K.SUSPEND, at_s)
    made.settle(T0_S + at_s + 1.0)
    for code in ("KOR", "JPN"):
        assert states(made.nodes[code]) == dict.fromkeys(("JPN", "KOR"), ("suspended", False))
        assert not allows(made, code, at_s + 2.0)
    assert released_by_japan(made, at_s + 61.0) == 0
    assert kinds(made, "JPN", "canary"), "the gate was tried"


def test_both_give_notice_at_once_and_a_suspension_still_bites(two):
    for code in ("KOR", "JPN"):
        give(two, code, K.GIVE_NOTICE, 1.0)
    two.settle(T0_S + 2.0)
    assert released_by_japan(two, 3.0) == 1, "notice stops nothing yet"
    assert states(two.nodes["KOR"]) == states(two.nodes["JPN"])
    assert not any("moves nothing" in why for code in ("KOR", "JPN") for why in told(two, code))
    for node in two.nodes.values():
        assert notice_of(node.orders.agreement("KOR-JPN")) == ("KOR", "JPN"), "each its own"
    suspended_at_both(two, 10.0)


def test_restored_twice_before_the_other_was_heard_and_a_suspension_still_bites(two):
    give(two, "KOR", K.SUSPEND, 1.0)
    two.settle(T0_S + 1.5)
    give(two, "KOR", K.RESTORE, 2.0)
    two.settle(T0_S + 2.5)
    give(two, "JPN", K.RESTORE, 3.0)
    give(two, "KOR", K.RESTORE_AND_RESUME, 3.1)
    two.settle(T0_S + 4.0)
    assert allows(two, "KOR", 5.0)
    assert allows(two, "JPN", 5.0)
    suspended_at_both(two, 10.0)


@pytest.mark.parametrize("reopened_after", [2.0, 11.0])
def test_it_is_so_after_the_node_is_opened_again(two, reopened_after):
    for code in ("KOR", "JPN"):
        give(two, code, K.GIVE_NOTICE, 1.0)
    two.settle(T0_S + 2.0)
    if reopened_after > 10.0:
        suspended_at_both(two, 10.0)
    before = two.nodes["JPN"].agreements
    two.nodes["JPN"].journal.store.close()
    two.nodes["JPN"] = open_node(two.folder, "JPN", two.bus)
    assert two.nodes["JPN"].agreements == before
    suspended_at_both(two, 100.0)


def test_restored_by_one_while_the_other_suspends_anew(two):
    give(two, "KOR", K.SUSPEND, 1.0)
    two.settle(T0_S + 1.0)
    give(two, "KOR", K.RESTORE, 2.0)
    two.settle(T0_S + 2.0)
    give(two, "JPN", K.RESTORE, 3.0)
    give(two, "KOR", K.SUSPEND, 3.1)
    two.settle(T0_S + 3.2)
    give(two, "KOR", K.RESTORE, 4.0)
    two.settle(T0_S + 4.1)
    wanted = {"JPN": ("suspended", False), "KOR": ("suspended", True)}
    assert [states(two.nodes[code]) for code in ("KOR", "JPN")] == [wanted, wanted]
    assert not allows(two, "KOR", 5.0)
    give(two, "JPN", K.RESTORE, 6.0)
    two.settle(T0_S + 6.1)
    assert allows(two, "KOR", 7.0)
    assert allows(two, "JPN", 7.0)


def test_a_suspension_dated_ahead_bites_at_once_and_the_clocks_are_told_of(two):
    order = give(two, "KOR", K.SUSPEND, 6.5)
    two.settle(T0_S)
    assert not allows(two, "JPN", 0.0)
    assert released_by_japan(two, 1.0) == 0
    assert any("6.5 s ahead of the time here" in why for why in told(two, "JPN"))
    give(two, "JPN", K.RESTORE, 2.0)
    give(two, "KOR", K.RESTORE, 8.5)
    two.settle(T0_S + 9.0)
    assert states(two.nodes["KOR"]) == states(two.nodes["JPN"])
    assert two.nodes["KOR"].orders.agreement(ID).view_of("KOR").because != order
    assert allows(two, "KOR", 10.0)
    assert allows(two, "JPN", 10.0)


def test_another_order_dated_ahead_holds_back_until_its_time(two):
    give(two, "KOR", K.GIVE_NOTICE, 60.0)
    two.settle(T0_S)
    assert not allows(two, "JPN", 1.0)
    two.settle(T0_S + 56.0)
    assert allows(two, "JPN", 56.0)


def test_a_missing_number_holds_back_until_it_comes_also_after_opening_again(two):
    korea, japan = two.nodes["KOR"].orders, two.nodes["JPN"]
    first = korea.give(ID, K.GIVE_NOTICE, T0_S + 1.0)
    second = korea.give(ID, K.WITHDRAW_NOTICE, T0_S + 2.0)
    japan.orders.take_from_partner("KOR", second, T0_S + 2.0)
    japan.commit(T0_S + 2.0, ())
    assert not allows(two, "JPN", 3.0)
    assert released_by_japan(two, 3.0) == 0
    (why,) = told(two, "JPN")
    assert "one is missing between" in why
    japan.journal.store.close()
    japan = two.nodes["JPN"] = open_node(two.folder, "JPN", two.bus)
    assert not allows(two, "JPN", 3.0)
    japan.orders.take_from_partner("KOR", first, T0_S + 4.0)
    assert allows(two, "JPN", 5.0)
    assert states(japan) == states(two.nodes["KOR"])


def test_two_orders_of_one_number_hold_back(two):
    agreement = two.nodes["KOR"].orders.agreement(ID)
    for kind in (K.GIVE_NOTICE, K.SUSPEND):
        order = new_order(agreement, KEYS[nation("KOR")], kind, T0_S + 1.0, EXERCISE)
        two.nodes["JPN"].orders.take_from_partner("KOR", order, T0_S + 1.0)
    assert not allows(two, "JPN", 2.0)


def test_a_suspension_of_a_revision_that_is_not_held_here_holds_back(two):
    agreement = two.nodes["KOR"].orders.agreement(ID)
    order = new_order(agreement, KEYS[nation("KOR")], K.SUSPEND, T0_S + 1.0, EXERCISE).order
    unknown = signed(
        msgspec.structs.replace(order, revision=7, sequence=1), KEYS[nation("KOR")].private
    )
    two.nodes["JPN"].orders.take_from_partner("KOR", unknown, T0_S + 1.0)
    assert not allows(two, "JPN", 2.0)


MOVES = (K.SUSPEND, K.RESTORE, K.RESTORE_AND_RESUME, K.GIVE_NOTICE, K.WITHDRAW_NOTICE, K.END)
STEPS = st.tuples(
    st.sampled_from(["KOR", "JPN"]), st.sampled_from(MOVES), st.sampled_from([0.0, 0.1, 1.0])
)


@settings(max_examples=30, deadline=None)
@given(st.data(), st.lists(STEPS, min_size=1, max_size=7))
def test_whatever_comes_first_both_nodes_stand_in_the_end_as_the_desk_does(data, steps):
    """Each order reaches the other node at any later time, also after those that follow it."""
    with tempfile.TemporaryDirectory() as folder:
        made = world(Path(folder), ("KOR", "JPN"))
        try:
            run(made, data, steps)
        finally:
            made.close()


def run(made: World, data: st.DataObject, steps: list[tuple[str, K, float]]) -> None:
    at_s = T0_S
    signatures = tuple(made.nodes["KOR"].orders._log.orders)
    signatures = tuple(item for item in signatures if item.order.agreement == ID)
    given_all: list[SignedOrder] = []
    underway: dict[str, list[SignedOrder]] = {"KOR": [], "JPN": []}
    for by, kind, pause_s in steps:
        at_s += pause_s
        try:
            order = made.nodes[by].orders.give(ID, kind, at_s)
        except UnusableInput:
            continue
        given_all.append(order)
        underway["JPN" if by == "KOR" else "KOR"].append(order)
        for code in ("KOR", "JPN"):
            if underway[code] and data.draw(st.booleans()):
                deliver(made, code, underway[code], data, at_s)
    for code in ("KOR", "JPN"):
        while underway[code]:
            deliver(made, code, underway[code], data, at_s)
    desk = with_log(Book((TERMS[ID],)), (*signatures, *given_all), PUBLIC)
    wanted = standing(desk, PUBLIC).current(ID)
    for code in ("KOR", "JPN"):
        held = made.nodes[code].orders.agreement(ID)
        assert (held.views, held.ends_s) == (wanted.views, wanted.ends_s)
        other = "JPN" if code == "KOR" else "KOR"
        assert made.nodes[code].orders.allows(other, at_s) == (
            not standing_of(code, other, (wanted,), at_s).against
        )


def deliver(
    made: World, code: str, waiting: list[SignedOrder], data: st.DataObject, now_s: float
) -> None:
    order = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
    orders = made.nodes[code].orders
    orders.take_from_partner(order.order.by, order, now_s)
    if orders.allows(order.order.by, now_s):
        assert {state for state, _consents in states(made.nodes[code]).values()} <= {
            "in force",
            "notice given",
            "notice suspended",
        }
        heard = [item.order for item in orders._log.orders if item.order.by == order.order.by]
        numbers = sorted(item.sequence for item in heard)
        assert numbers == list(range(1, len(numbers) + 1)), "nothing is missing"
    if order.order.kind is K.SUSPEND:
        ends = {state for state, _consents in states(made.nodes[code]).values()}
        later = [
            item for item in orders._log.orders
            if item.order.kind in {K.RESTORE, K.RESTORE_AND_RESUME}
            and item.order.at_s >= order.order.at_s
        ]  # fmt: skip
        closed = not orders.allows(order.order.by, now_s)
        assert closed or ends == {"ended"} or {item.order.by for item in later} == {"KOR", "JPN"}
