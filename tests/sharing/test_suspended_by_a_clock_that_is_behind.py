"""A suspension bites at once wherever it is known, whatever its clock says (invariant 4).

A clock that is behind dates it before the signature or the order that it answers; so does one that
comes to a node before the last signature does.
"""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import permutations

import msgspec
import pytest

from commonwatch.cli import app
from commonwatch.cli.agreement_answer import standing_answer
from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.release.agreement import State, Terms, drafted, reasons_against_release
from commonwatch.release.agreement_book import Book, standing, with_document, with_log
from commonwatch.release.bearing import is_suspended
from commonwatch.release.duration import Duration
from commonwatch.release.order import Order, RefusedOrder, SignedOrder, signed
from commonwatch.release.order import OrderKind as K
from commonwatch.release.order_log import OrderLog, with_known
from commonwatch.release.standing import standing_of
from commonwatch.share.ledger import Refusal
from tests.sharing.builders import (
    KEYS,
    PUBLIC,
    T0_S,
    TERMS,
    World,
    assessment,
    open_node,
    own_estimate,
    records,
)
from tests.sharing.test_agreement_desk import Pair

ID = "KOR-JPN"
FIRST = TERMS[ID]
SECOND = replace(FIRST, revision=2, document="b" * 64)
KOR_SIGNED_S = T0_S - 30.0
TERM_OF_A_MINUTE = Duration(end_s=T0_S + 60.0)


def order(by: str, kind: K, sequence: int, at_s: float, terms: Terms = FIRST) -> SignedOrder:
    document = terms.document if kind is K.SIGN else ""
    told = Order(ID, terms.revision, by, kind, sequence, at_s, "EXERCISE", document)
    return signed(told, KEYS[nation(by)].private)


SIGNATURES = (order("JPN", K.SIGN, 1, T0_S - 60.0), order("KOR", K.SIGN, 1, KOR_SIGNED_S))


@pytest.fixture
def two(tmp_path):
    bus = EmbeddedBus()
    nodes = {code: open_node(tmp_path, code, bus) for code in ("KOR", "JPN")}
    for node in nodes.values():
        node.take_orders(ID, SIGNATURES, T0_S)
    made = World(bus, nodes, tmp_path)
    yield made
    made.close()


def states(made: World) -> set[State]:
    return {view.state for node in made.nodes.values() for view in node.orders.agreement(ID).views}


def released_by(made: World, code: str, now_s: float) -> list[str]:
    sensors = (f"{code}-1",)
    told = made.nodes[code].release(
        (own_estimate(now_s, "t9", sensors),), (assessment(now_s, "t9", sensors),), now_s
    )
    return [item.id for item in told.released]


def told_in_ledger(made: World, code: str) -> list[str]:
    return [
        msgspec.msgpack.decode(item.body, type=Refusal).why
        for item in records(made, code)
        if item.kind == "order-refused"
    ]


@pytest.mark.parametrize("behind_s", [40.0, 55.0, 3600.0])
@pytest.mark.parametrize("how", ["order_suspend", "suspend_at_once"])
def test_by_a_clock_that_went_back_after_signing(two, how, behind_s):
    japan, its_clock_s = two.nodes["JPN"], T0_S - behind_s
    if how == "order_suspend":
        japan.order_suspend(ID, its_clock_s)
    else:
        japan.suspend_at_once(ID)
        japan.obey(its_clock_s)
    assert released_by(two, "JPN", its_clock_s) == []
    two.nodes["KOR"].receive(T0_S + 1.0)
    assert states(two) == {State.SUSPENDED}
    assert released_by(two, "KOR", T0_S + 2.0) == []
    for code in ("KOR", "JPN"):
        assert any(
            "clocks differ, set them right: JPN's order to suspend" in why
            for why in told_in_ledger(two, code)
        )


def test_restoring_it_takes_both_as_ever(two):
    two.nodes["JPN"].order_suspend(ID, T0_S - 40.0)
    two.nodes["KOR"].receive(T0_S + 1.0)
    two.nodes["JPN"].order_restore(ID, T0_S - 38.0)
    two.nodes["KOR"].receive(T0_S + 3.0)
    assert states(two) == {State.SUSPENDED}, "one alone does not restore"
    two.nodes["KOR"].order_restore(ID, T0_S + 4.0)
    two.nodes["JPN"].receive(T0_S + 5.0)
    assert states(two) == {State.IN_FORCE}
    assert two.nodes["KOR"].orders.allows("JPN", T0_S + 6.0)


def test_a_partners_signed_suspension_dated_before_our_signature(two):
    korea = two.nodes["KOR"]
    korea.orders.take_from_partner("JPN", order("JPN", K.SUSPEND, 2, T0_S - 40.0), T0_S + 1.0)
    korea.commit(T0_S + 1.0)
    assert released_by(two, "KOR", T0_S + 2.0) == []
    assert {view.state for view in korea.orders.agreement(ID).views} == {State.SUSPENDED}


def test_by_a_clock_that_went_back_after_restoring():
    orders = (
        *SIGNATURES,
        order("KOR", K.SUSPEND, 2, T0_S),
        order("JPN", K.RESTORE, 2, T0_S + 10.0),
        order("KOR", K.RESTORE, 3, T0_S + 20.0),
        order("JPN", K.SUSPEND, 3, T0_S + 10.0),
    )
    assert {view.state for view in logged(orders, FIRST).agreements[ID, 1].views} == {
        State.SUSPENDED
    }


def logged(orders, *texts: Terms) -> OrderLog:
    log = OrderLog({(ID, item.revision): drafted(item) for item in texts})
    for count, item in enumerate(orders):
        log = with_known(log, item, PUBLIC, T0_S + 100.0 + count)
    return log


def goes(log: OrderLog) -> bool:
    held = tuple(log.agreements[key] for key in sorted(log.agreements))
    return not standing_of("KOR", "JPN", held, T0_S + 200.0).against


OF_THE_SECOND = (
    *SIGNATURES,
    order("JPN", K.SIGN, 1, T0_S, SECOND),
    order("JPN", K.SUSPEND, 2, T0_S + 1.0, SECOND),
    order("KOR", K.SIGN, 1, T0_S + 10.0, SECOND),
)


def test_of_a_revision_whose_last_signature_is_not_here_yet():
    held = logged(OF_THE_SECOND[:-1], FIRST, SECOND)
    assert (held.void, goes(held)) == ((), False), "not under the revision before either"
    assert {view.state for view in held.agreements[ID, 1].views} == {State.IN_FORCE}
    told = logged(OF_THE_SECOND, FIRST, SECOND)
    assert {view.state for view in told.agreements[ID, 2].views} == {State.SUSPENDED}
    assert told.agreements[ID, 1].superseded_by == 2
    assert (told.void, goes(told)) == ((), False)


def test_whatever_comes_first_all_hold_the_same_and_a_desk_too():
    book = with_document(with_document(Book(), FIRST), SECOND)
    wanted = standing(with_log(book, OF_THE_SECOND, PUBLIC), PUBLIC).agreements
    for orders in permutations(OF_THE_SECOND):
        log = logged(orders, FIRST, SECOND)
        assert tuple(replace(log.agreements[ID, n], nothing_before_s=0.0) for n in (1, 2)) == (
            tuple(replace(item, nothing_before_s=0.0) for item in wanted)
        )
        assert not goes(log)


def test_a_draft_that_is_suspended_is_restored_by_all_and_says_so():
    held = OF_THE_SECOND[:-1]
    one = (*held, order("JPN", K.RESTORE, 3, T0_S + 2.0, SECOND))
    assert not goes(logged(one, FIRST, SECOND))
    agreement = logged(one, FIRST, SECOND).agreements[ID, 2]
    assert is_suspended(agreement)
    waits_for = standing_answer(agreement, (agreement,), T0_S).waits_for
    assert waits_for == ("the signature of KOR", "KOR to restore")
    (why, _same) = reasons_against_release(agreement, T0_S)
    assert why.endswith(
        "the signature of KOR is missing; revision 2 is suspended: all restore it together, or "
        "end it"
    )
    both = (*one, order("KOR", K.RESTORE, 1, T0_S + 3.0, SECOND))
    told = logged(both, FIRST, SECOND)
    assert goes(told)
    assert told.agreements[ID, 2].nothing_before_s > T0_S, "what was in the air stays back"
    late = logged((*both, order("KOR", K.SIGN, 2, T0_S + 4.0, SECOND)), FIRST, SECOND)
    assert {view.state for view in late.agreements[ID, 2].views} == {State.IN_FORCE}
    assert late.agreements[ID, 2].nothing_before_s > T0_S


def test_just_after_the_end_of_the_term_by_a_clock_that_is_ahead():
    """In the seconds that clocks may differ by it is in doubt one before the end."""
    ending = replace(FIRST, duration=TERM_OF_A_MINUTE)
    for late_s, state in ((4.0, State.SUSPENDED), (6.0, State.IN_FORCE)):
        orders = (*SIGNATURES, order("JPN", K.SUSPEND, 2, T0_S + 60.0 + late_s))
        log = logged(orders, ending)
        assert {view.state for view in log.agreements[ID, 1].views} == {state}


def test_of_what_is_no_agreement_yet_it_is_refused(tmp_path):
    bus = EmbeddedBus()
    made = World(bus, {"KOR": open_node(tmp_path, "KOR", bus)}, tmp_path)
    made.nodes["KOR"].take_orders(ID, SIGNATURES[1:], T0_S)
    with pytest.raises(UnusableInput, match="it is draft, not in force"):
        made.nodes["KOR"].order_suspend(ID, T0_S)
    made.close()


def test_at_a_desk_whose_clock_went_back(tmp_path, capsys):
    now_s = time.time()
    pair = Pair(tmp_path, now_s)
    pair.sign(now_s + 3600.0)  # Korea first, Japan last
    assert app.run(["agreement", "suspend", ID, "--desk", str(pair.korea.folder)]) == 0
    assert "clocks differ, set them right: KOR's order to suspend is dated" in (
        capsys.readouterr().out
    )
    pair.korea = AgreementDesk(pair.korea.folder)
    pair.japan.take(pair.from_korea(), None, now_s + 3601.0)
    assert pair.outcomes(now_s + 3602.0) == {"withhold"}
    assert pair.states(now_s + 3602.0) == {(State.SUSPENDED, State.SUSPENDED)}


def test_any_other_order_is_refused_with_the_difference_of_the_clocks(two):
    two.nodes["KOR"].order_suspend(ID, T0_S)
    two.nodes["JPN"].receive(T0_S + 1.0)
    with pytest.raises(
        UnusableInput,
        match=r"clocks differ, set them right: .* dated 35.0 s before KOR's to suspend",
    ):
        two.nodes["JPN"].order_restore(ID, T0_S - 40.0)
    assert states(two) == {State.SUSPENDED}


def test_an_order_that_no_party_signed_suspends_nothing():
    forged = replace_signature(order("JPN", K.SUSPEND, 2, T0_S - 40.0))
    with pytest.raises(RefusedOrder, match="the signature is not JPN's"):
        logged((*SIGNATURES, forged), FIRST)


def replace_signature(told: SignedOrder) -> SignedOrder:
    return signed(told.order, KEYS[nation("KOR")].private)
