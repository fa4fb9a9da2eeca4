"""A signature is taken back before the partner has signed, by an order that only restricts."""

from __future__ import annotations

from itertools import permutations

import pytest

from commonwatch.cli import app
from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.node.agreements import new_order
from commonwatch.release.agreement import State, drafted
from commonwatch.release.agreement_book import Book, standing
from commonwatch.release.order import OrderKind as K
from commonwatch.release.order import signed
from commonwatch.release.order_log import OrderLog, with_known
from commonwatch.release.standing import standing_of
from tests.sharing.builders import KEYS, PUBLIC, T0_S, TERMS
from tests.sharing.test_agreement_desk import Pair
from tests.sharing.test_suspension_beside_a_refused_document import revision

ID = "KOR-JPN"


@pytest.fixture
def drafted_by_korea(tmp_path):
    """Revision 1 in force; Korea has signed a revision 2 that Japan has not."""
    pair = Pair(tmp_path, T0_S)
    pair.sign(T0_S + 1.0)
    pair.korea.propose(revision(2, "narrower"), "two.toml", T0_S + 2.0)
    pair.korea.give(ID, K.SIGN, T0_S + 3.0)
    return pair


def states(pair, number: int) -> set[State]:
    return {
        view.state
        for desk in (pair.korea, pair.japan)
        for item in desk.standing().revisions(ID)
        if item.terms.revision == number
        for view in item.views
    }


def test_it_is_a_signed_order_and_the_revision_before_goes_on(drafted_by_korea):
    pair = drafted_by_korea
    pair.exchange(T0_S + 4.0)
    order = pair.korea.withdraw_signature(ID, 2, T0_S + 5.0)
    assert (order.order.kind, order.order.sequence) == (K.WITHDRAW_SIGNATURE, 2)
    assert AgreementDesk(pair.korea.folder).book.orders[-1] == order
    pair.exchange(T0_S + 6.0)
    assert pair.japan.book.orders[-1] == order
    assert states(pair, 2) == {State.DRAFT}
    assert pair.outcomes(T0_S + 7.0) == {"release"}
    with pytest.raises(UnusableInput, match="KOR withdrew the signature on it; agree on another"):
        pair.japan.give(ID, K.SIGN, T0_S + 8.0)
    with pytest.raises(UnusableInput, match="withdrew the signature"):
        pair.korea.give(ID, K.SIGN, T0_S + 8.0)
    with pytest.raises(UnusableInput, match="withdrew it already"):
        pair.korea.withdraw_signature(ID, 2, T0_S + 9.0)
    pair.korea.propose(revision(3, "agreed"), "three.toml", T0_S + 10.0)
    pair.korea.give(ID, K.SIGN, T0_S + 11.0)
    pair.exchange(T0_S + 12.0)
    pair.japan.give(ID, K.SIGN, T0_S + 13.0)
    pair.exchange(T0_S + 14.0)
    assert pair.japan.standing().current(ID).terms.revision == 3
    assert pair.outcomes(T0_S + 15.0) == {"release"}


@pytest.mark.parametrize("japan_signs_s", [4.5, 6.0], ids=["before it", "after it, unheard"])
def test_where_the_partners_signature_crosses_it_nothing_goes_until_both_say(
    drafted_by_korea, japan_signs_s
):
    pair = drafted_by_korea
    pair.japan.take(pair.from_korea(), None, T0_S + 4.0)
    pair.korea.withdraw_signature(ID, 2, T0_S + 5.0)
    pair.japan.give(ID, K.SIGN, T0_S + japan_signs_s)
    pair.exchange(T0_S + 7.0)
    assert states(pair, 2) == {State.SUSPENDED}
    assert states(pair, 1) == {State.ENDED}
    assert pair.outcomes(T0_S + 8.0) == {"withhold"}
    pair.japan.give(ID, K.RESTORE, T0_S + 9.0)
    pair.exchange(T0_S + 10.0)
    assert pair.outcomes(T0_S + 11.0) == {"withhold"}
    pair.korea.give(ID, K.RESTORE, T0_S + 12.0)
    pair.exchange(T0_S + 13.0)
    assert states(pair, 2) == {State.IN_FORCE}
    assert pair.outcomes(T0_S + 14.0) == {"release"}


def test_one_that_all_have_signed_is_suspended_and_not_withdrawn(drafted_by_korea):
    pair = drafted_by_korea
    pair.japan.take(pair.from_korea(), None, T0_S + 4.0)
    pair.japan.give(ID, K.SIGN, T0_S + 5.0)
    pair.exchange(T0_S + 6.0)
    with pytest.raises(UnusableInput, match="no draft: suspend it"):
        pair.korea.withdraw_signature(ID, 2, T0_S + 7.0)


def test_who_has_not_signed_has_nothing_to_withdraw(drafted_by_korea):
    pair = drafted_by_korea
    pair.japan.take(pair.from_korea(), None, T0_S + 4.0)
    with pytest.raises(UnusableInput, match="it has not signed it"):
        pair.japan.withdraw_signature(ID, 2, T0_S + 5.0)


@pytest.mark.parametrize("withdrawn_s", [1.0, 2.5, 60.0])
def test_dated_whenever_and_come_in_whatever_order_it_never_lets_go(withdrawn_s):
    """Dated back before the partner's signature it does not bring the revision before back."""
    terms = TERMS[ID]
    agreement = drafted(terms)
    made = [new_order(agreement, KEYS[nation(by)], K.SIGN, T0_S + at_s, EXERCISE)
            for by, at_s in (("KOR", 0.0), ("JPN", 2.0))]  # fmt: skip
    back = made[0].order.__class__(
        ID, 1, "KOR", K.WITHDRAW_SIGNATURE, 2, T0_S + withdrawn_s, "EXERCISE"
    )
    made.append(signed(back, KEYS[nation("KOR")].private))
    wanted = standing(Book((terms,), tuple(made)), PUBLIC).agreements
    assert standing_of("KOR", "JPN", wanted, T0_S + 90.0).against
    assert {view.state for view in wanted[0].views} == {State.SUSPENDED}
    for arrived in permutations(made):
        log = OrderLog({(ID, 1): agreement})
        for item in arrived:
            log = with_known(log, item, PUBLIC, T0_S + 90.0)
        assert log.agreements[ID, 1].views == wanted[0].views


def run(*words: object, status: int = 0) -> None:
    assert app.run([str(word) for word in words]) == status


def test_from_the_command_line(tmp_path, capsys):
    desk = ("--desk", tmp_path / "kor")
    run("agreement", "propose", "--like", ID, "--as", "KOR", *desk)
    run("agreement", "sign", ID, *desk)
    run("agreement", "withdraw-draft", ID, "--revision", "1", *desk)
    said = capsys.readouterr().out
    assert "KOR signs order 2 on KOR-JPN revision 1: withdraw signature" in said
    assert "waits for" not in said.split("withdraw signature")[1]
    assert "tell JPN: commonwatch agreement export" in said
    run("agreement", "show", ID, *desk)
    assert "KOR holds: draft (order 2, to withdraw signature" in capsys.readouterr().out
    run("agreement", "sign", ID, *desk, status=2)
    assert "agree on another text, as a new revision" in capsys.readouterr().err
