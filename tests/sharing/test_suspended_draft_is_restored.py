"""A draft that crossing orders suspended is restored, or ended, by all: nothing stays shut."""

from __future__ import annotations

from itertools import permutations

import pytest

from commonwatch.cli import app
from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.node.agreements import new_order
from commonwatch.node.explain import Asked, explain
from commonwatch.release.agreement import State, drafted
from commonwatch.release.agreement_book import standing, with_log
from commonwatch.release.bearing import is_suspended
from commonwatch.release.order import OrderKind as K
from commonwatch.release.order_log import OrderLog, with_known
from tests.sharing.builders import T0_S
from tests.sharing.test_agreement_desk import TEXTS, Pair
from tests.sharing.test_suspension_beside_a_refused_document import revision

ID = "KOR-JPN"


@pytest.fixture
def crossed(tmp_path):
    """Korea suspends revision 1; Japan, not having heard, signs revision 2 and suspends that."""
    pair = Pair(tmp_path, T0_S)
    pair.sign(T0_S + 1.0)
    pair.korea.propose(revision(2, "narrower"), "two.toml", T0_S + 2.0)
    pair.korea.give(ID, K.SIGN, T0_S + 3.0)
    exported = pair.from_korea()
    pair.korea.give(ID, K.SUSPEND, T0_S + 4.0)
    pair.japan.take(exported, None, T0_S + 5.0)
    pair.japan.give(ID, K.SIGN, T0_S + 5.0)
    pair.japan.give(ID, K.SUSPEND, T0_S + 6.0)
    pair.exchange(T0_S + 7.0)
    return pair


def both(pair: Pair, kind: K, at_s: float, number: int | None = None) -> set[int]:
    """Both give the order and hear of the other's; the revisions that they were on."""
    orders = []
    for desk in (pair.korea, pair.japan):
        orders.append(desk.give(ID, kind, T0_S + at_s, number).order)
        pair.exchange(T0_S + at_s)
    return {order.revision for order in orders}


def why(pair: Pair, at_s: float) -> str:
    asked = Asked(field="path", originator=nation("KOR"), recipient=nation("JPN"))
    told = explain(asked, pair.korea.standing().agreements, T0_S + at_s)
    return " / ".join(told.rules)


def test_restoring_reaches_the_draft_first_and_then_the_revision_in_force(crossed):
    assert crossed.outcomes(T0_S + 8.0) == {"withhold"}
    assert both(crossed, K.RESTORE, 10.0) == {2}
    assert crossed.outcomes(T0_S + 11.0) == {"withhold"}
    assert both(crossed, K.RESTORE, 12.0) == {1}
    assert crossed.outcomes(T0_S + 13.0) == {"release"}
    assert crossed.japan.give(ID, K.SIGN, T0_S + 14.0).order.revision == 2
    crossed.exchange(T0_S + 15.0)
    assert crossed.korea.standing().current(ID).terms.revision == 2
    assert crossed.outcomes(T0_S + 16.0) == {"release"}


@pytest.mark.parametrize("numbers", [(1, 2), (2, 1)])
def test_either_is_named_by_its_revision(crossed, numbers):
    for step, number in enumerate(numbers):
        assert crossed.outcomes(T0_S + 8.0) == {"withhold"}
        assert both(crossed, K.RESTORE, 10.0 + step, number) == {number}
    assert crossed.outcomes(T0_S + 13.0) == {"release"}


def test_one_alone_restores_and_ends_no_draft(crossed):
    both(crossed, K.RESTORE, 10.0, 1)
    for kind in (K.RESTORE, K.END):
        assert crossed.korea.give(ID, kind, T0_S + 12.0, 2)
        crossed.exchange(T0_S + 13.0)
        assert crossed.outcomes(T0_S + 14.0) == {"withhold"}


def test_an_end_agreed_to_before_another_suspension_does_not_settle_it(crossed):
    korea, japan = crossed.korea, crossed.japan
    korea.give(ID, K.END, T0_S + 10.0, 2)
    crossed.exchange(T0_S + 11.0)
    book, keys = korea.book, korea.keys.public
    for kind, at_s in ((K.SUSPEND, 12.0), (K.END, 13.0)):
        draft = standing(book, keys).revisions(ID)[1]
        order = new_order(draft, japan.keys, kind, T0_S + at_s, EXERCISE)
        book = with_log(book, (order,), keys)
    assert is_suspended(standing(book, keys).revisions(ID)[1])
    last = new_order(
        standing(book, keys).revisions(ID)[1], korea.keys, K.END, T0_S + 14.0, EXERCISE
    )
    assert not is_suspended(standing(with_log(book, (last,), keys), keys).revisions(ID)[1])


def test_both_end_the_draft_and_the_revision_in_force_goes_on(crossed):
    both(crossed, K.RESTORE, 10.0, 1)
    assert both(crossed, K.END, 12.0, 2) == {2}
    assert crossed.outcomes(T0_S + 13.0) == {"release"}
    for desk in (crossed.korea, crossed.japan):
        first, second = AgreementDesk(desk.folder).standing().revisions(ID)
        assert {view.state for view in first.views} == {State.IN_FORCE}
        assert {view.state for view in second.views} == {State.ENDED}
        assert desk.standing().current(ID) == first
        with pytest.raises(UnusableInput, match="has ended"):
            desk.give(ID, K.SIGN, T0_S + 14.0)
    crossed.korea.propose(revision(3, "agreed"), "three.toml", T0_S + 15.0)
    both(crossed, K.SIGN, 16.0)
    assert crossed.korea.standing().current(ID).terms.revision == 3
    assert crossed.outcomes(T0_S + 17.0) == {"release"}


def test_ended_by_both_it_shuts_no_other_agreement(crossed):
    both(crossed, K.RESTORE, 10.0, 1)
    crossed.korea.withdraw_signature(ID, 2, T0_S + 11.0)
    crossed.exchange(T0_S + 11.5)
    assert "KOR withdrew the signature on it; revision 2 is suspended" in why(crossed, 11.6)
    assert both(crossed, K.END, 12.0) == {1}
    assert crossed.outcomes(T0_S + 13.0) == {"withhold"}
    assert both(crossed, K.END, 14.0) == {2}
    other = TEXTS[ID].replace(f'id = "{ID}"', 'id = "NEW"', 1)
    crossed.korea.propose(other, "new.toml", T0_S + 15.0)
    for desk in (crossed.korea, crossed.japan):
        crossed.exchange(T0_S + 16.0)
        desk.give("NEW", K.SIGN, T0_S + 16.0)
    crossed.exchange(T0_S + 17.0)
    assert crossed.outcomes(T0_S + 18.0) == {"release"}


def test_an_order_that_crosses_the_end_of_the_draft_is_taken_and_moves_nothing(crossed):
    both(crossed, K.RESTORE, 10.0, 1)
    crossed.korea.give(ID, K.END, T0_S + 11.0, 2)
    crossed.exchange(T0_S + 11.5)
    crossed.japan.give(ID, K.END, T0_S + 12.0, 2)
    crossed.korea.give(ID, K.RESTORE, T0_S + 13.0, 2)
    crossed.exchange(T0_S + 14.0)
    assert crossed.korea.standing() == crossed.japan.standing()
    assert [item.order.order.kind for item in crossed.korea.standing().void] == [K.SIGN, K.RESTORE]
    assert crossed.outcomes(T0_S + 15.0) == {"release"}


def test_what_was_in_the_air_while_the_draft_was_suspended_stays_back(crossed):
    both(crossed, K.RESTORE, 10.0, 1)
    both(crossed, K.END, 12.0, 2)
    gap_s = max(item.nothing_before_s for item in crossed.korea.standing().revisions(ID))
    assert gap_s >= T0_S + 12.0


def test_nodes_hold_the_same_in_whatever_order_it_comes(crossed):
    both(crossed, K.RESTORE, 10.0, 1)
    both(crossed, K.END, 12.0, 2)
    desk = crossed.korea
    wanted = desk.standing().revisions(ID)
    first = [item for item in desk.book.orders if item.order.revision == 1]
    second = [item for item in desk.book.orders if item.order.revision == 2]
    assert len(second) == 5
    for arrived in permutations(second):
        log = OrderLog({(ID, item.terms.revision): drafted(item.terms) for item in wanted})
        for item in (*arrived, *first):
            log = with_known(log, item, desk.keys.public, T0_S + 90.0)
        assert [log.agreements[ID, n].views for n in (1, 2)] == [item.views for item in wanted]


def test_two_orders_of_one_moment_and_number_on_two_revisions_move_the_same(crossed):
    both(crossed, K.RESTORE, 10.0)
    both(crossed, K.RESTORE, 11.0)
    crossed.japan.give(ID, K.GIVE_NOTICE, T0_S + 12.0)
    keys, book = crossed.japan.keys, crossed.japan.book
    first, second = standing(book, keys.public).revisions(ID)
    given = [
        new_order(first, keys, K.SUSPEND, T0_S + 13.0, EXERCISE),
        new_order(second, keys, K.SIGN, T0_S + 13.0, EXERCISE),
    ]
    assert {item.order.sequence for item in given} == {4}
    one, other = (with_log(book, order, keys.public) for order in (given, given[::-1]))
    assert standing(one, keys.public) == standing(other, keys.public)


def run(*words: object, status: int = 0) -> None:
    assert app.run([str(word) for word in words]) == status


def test_from_the_command_line(crossed, capsys):
    desk = ("--desk", crossed.korea.folder)
    run("agreement", "restore", ID, *desk)
    said = capsys.readouterr().out
    assert "on KOR-JPN revision 2: restore" in said
    assert "revision 1 is suspended too: waits for KOR to restore, JPN to restore" in said
    run("agreement", "restore", ID, "--revision", 1, *desk)
    assert "on KOR-JPN revision 1: restore" in capsys.readouterr().out
    run("agreement", "end", ID, "--revision", 2, *desk)
    assert "waits for JPN to end it too" in capsys.readouterr().out
    run("agreement", "suspend", ID, "--revision", 2, *desk, status=2)
    assert "it is draft" in capsys.readouterr().err
    run("agreement", "suspend", ID, "--revision", 7, *desk, status=2)
    assert "there is no revision 7" in capsys.readouterr().err
