"""An order dated ahead, by a clock that is off: one rule holds it back, at a desk and at a node."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.accounts import agreements_held
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.node.agreements import new_order
from commonwatch.node.folder import write_folder
from commonwatch.release.agreement_book import Book, with_log
from commonwatch.release.order import OrderKind as K
from commonwatch.release.order_log import desk_standing
from commonwatch.release.standing import standing_of
from tests.sharing.builders import KEYS, PUBLIC, T0_S, TERMS, open_node, world
from tests.sharing.test_agreement_desk import TEXTS, Pair

ID = "KOR-JPN"
DUE_S = T0_S + 3600.0 - 5.0  # clocks may differ by 5 s


@pytest.fixture
def pair(tmp_path):
    made = Pair(tmp_path, T0_S)
    made.sign(T0_S + 1.0)
    return made


@pytest.fixture
def two(tmp_path):
    made = world(tmp_path, ("KOR", "JPN"))
    yield made
    made.close()


def ahead_of(made, kind: K):
    agreement = made.nodes["KOR"].orders.agreement(ID)
    return new_order(agreement, KEYS[nation("KOR")], kind, T0_S + 3600.0, EXERCISE)


@pytest.mark.parametrize("kind", [K.GIVE_NOTICE, K.SUSPEND, K.END])
def test_a_desk_holds_back_until_its_time_and_takes_the_rest_of_the_file(pair, kind):
    other = TEXTS[ID].replace('id = "KOR-JPN"', 'id = "OURS"')
    pair.japan.propose(other, "ours.toml", T0_S + 2.0)
    pair.japan.give("OURS", K.SIGN, T0_S + 3.0)
    pair.japan.give(ID, kind, T0_S + 3600.0)
    taken = pair.korea.take(pair.from_japan(), None, T0_S + 60.0)
    assert [item.id for item in taken.documents] == ["OURS"]
    assert [item.order.kind for item in taken.orders] == [K.SIGN, kind]
    assert len(taken.ahead) == 1
    assert "dated 3540.0 s ahead of the time here" in taken.ahead[0]
    assert pair.outcomes(T0_S + 61.0) == {"withhold"}
    assert pair.outcomes(DUE_S - 0.1) == {"withhold"}
    wanted = {"withhold"} if kind is K.SUSPEND else {"release"}
    assert pair.outcomes(DUE_S) == wanted


def test_a_desk_says_why_it_holds_back(pair):
    pair.japan.give(ID, K.GIVE_NOTICE, T0_S + 3600.0)
    pair.korea.take(pair.from_japan(), None, T0_S + 60.0)
    held = AgreementDesk(pair.korea.folder).standing().agreements
    (why,) = standing_of("KOR", "JPN", held, T0_S + 61.0).against
    assert why == (
        "KOR-JPN revision 1: an order on it is dated 2023-03-15T23:10:00.000000Z, ahead of the "
        "time here: held back until then; set the clocks right, or agree on a new revision"
    )
    assert standing_of("KOR", "JPN", held, DUE_S).against == ()


def test_a_desk_suspends_at_once_beside_an_order_dated_ahead(pair):
    pair.japan.give(ID, K.GIVE_NOTICE, T0_S + 3600.0)
    pair.korea.take(pair.from_japan(), None, T0_S + 60.0)
    order = pair.korea.give(ID, K.SUSPEND, T0_S + 61.0)
    assert order.order.at_s == T0_S + 66.0, "as late as clocks may differ, and not an hour later"
    pair.japan.take(pair.from_korea(), None, T0_S + 62.0)
    assert pair.outcomes(DUE_S) == {"withhold"}


def test_a_new_revision_that_all_signed_settles_it(pair):
    pair.japan.give(ID, K.GIVE_NOTICE, T0_S + 3600.0)
    pair.korea.take(pair.from_japan(), None, T0_S + 60.0)
    second = TEXTS[ID].replace("revision = 1", "revision = 2", 1)
    pair.korea.propose(second, "two.toml", T0_S + 61.0)
    pair.korea.give(ID, K.SIGN, T0_S + 62.0)
    pair.japan.take(pair.from_korea(), None, T0_S + 63.0)
    pair.japan.give(ID, K.SIGN, T0_S + 64.0)
    pair.korea.take(pair.from_japan(), None, T0_S + 65.0)
    assert pair.outcomes(T0_S + 70.0) == {"release"}


def test_an_order_beside_it_that_does_not_hold_refuses_the_file_as_ever(pair):
    pair.japan.give(ID, K.GIVE_NOTICE, T0_S + 3600.0)
    pair.japan.give(ID, K.SUSPEND, T0_S + 3601.0)
    told = pair.from_japan()
    orders = (*told.orders[:-2], told.orders[-1])
    before = pair.korea.book
    with pytest.raises(UnusableInput, match="one is missing between"):
        pair.korea.take(msgspec.structs.replace(told, orders=orders), None, T0_S + 60.0)
    assert AgreementDesk(pair.korea.folder).book == before


@pytest.mark.parametrize("kind", [K.GIVE_NOTICE, K.SUSPEND, K.END])
def test_a_node_holds_back_after_it_was_opened_again(two, kind):
    japan = two.nodes["JPN"]
    japan.orders.take_from_partner("KOR", ahead_of(two, kind), T0_S)
    japan.commit(T0_S, ())
    assert not japan.orders.allows("KOR", T0_S + 1.0)
    before = japan.agreements
    japan.journal.store.close()
    japan = two.nodes["JPN"] = open_node(two.folder, "JPN", two.bus)
    assert japan.agreements == before
    assert not japan.orders.allows("KOR", T0_S + 2.0)
    assert not japan.orders.allows("KOR", DUE_S - 0.1)
    japan.orders.look_at_clock(DUE_S)
    assert japan.orders.allows("KOR", DUE_S) == (kind is not K.SUSPEND)


def test_desk_and_node_hold_the_same_back(two, tmp_path):
    """The same signatures and the same order ahead: one answer at each moment."""
    order = ahead_of(two, K.GIVE_NOTICE)
    japan = two.nodes["JPN"]
    japan.orders.take_from_partner("KOR", order, T0_S)

    signatures = [item for item in japan.orders._log.orders if item.order.agreement == ID]
    desk = desk_standing(with_log(Book((TERMS[ID],)), signatures, PUBLIC), PUBLIC)
    for after_s in (0.0, 1.0, 3594.9, 3595.0, 7200.0):
        japan.orders.look_at_clock(T0_S + after_s)
        now = [item for item in japan.agreements if item.terms.id == ID]
        told = [standing_of("JPN", "KOR", some, T0_S + after_s) for some in (now, desk.agreements)]
        assert told[0].against == told[1].against
        assert bool(told[0].against) == (after_s < 3595.0) == japan.orders.holds_back("KOR")


def test_what_show_says_of_a_nodes_folder_knows_of_it(two):
    japan = two.nodes["JPN"]
    now_s = 4_000_000_000.0
    agreement = japan.orders.agreement(ID)
    order = new_order(agreement, KEYS[nation("KOR")], K.GIVE_NOTICE, now_s, EXERCISE)
    japan.orders.take_from_partner("KOR", order, T0_S)
    japan.commit(T0_S, ())
    japan.journal.store.close()

    write_folder(two.folder / "JPN", KEYS[nation("JPN")])
    held = agreements_held(two.folder / "JPN").agreements
    two.nodes["JPN"] = open_node(two.folder, "JPN", two.bus)
    assert standing_of("JPN", "KOR", held, now_s - 60.0).against
