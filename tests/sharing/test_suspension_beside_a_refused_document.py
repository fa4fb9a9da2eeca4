"""Two desks drafted the same revision otherwise: what only restricts still comes through."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.release.order import OrderKind
from tests.sharing.builders import T0_S
from tests.sharing.test_agreement_desk import TEXTS, Pair


def revision(number: int, title: str) -> str:
    """The text of KOR-JPN as another revision with another title."""
    text = TEXTS["KOR-JPN"].replace("revision = 1", f"revision = {number}", 1)
    assert 'title = "' in text
    return text.replace('title = "', f'title = "{title}: ', 1)


@pytest.fixture
def clashing(tmp_path):
    """In force, and each has drafted a revision 2 of its own."""
    pair = Pair(tmp_path, T0_S)
    pair.sign(T0_S + 1.0)
    pair.korea.propose(revision(2, "as Korea has it"), "kor.toml", T0_S + 2.0)
    pair.japan.propose(revision(2, "as Japan has it"), "jpn.toml", T0_S + 2.0)
    return pair


@pytest.mark.parametrize("signed", [False, True])
def test_a_suspension_is_obeyed_beside_a_draft_that_is_refused(clashing, signed):
    if signed:
        clashing.japan.give("KOR-JPN", OrderKind.SIGN, T0_S + 3.0)
    clashing.japan.give("KOR-JPN", OrderKind.SUSPEND, T0_S + 10.0)
    taken = clashing.korea.take(clashing.from_japan(), None, T0_S + 11.0)
    assert [item.order.kind for item in taken.orders] == [OrderKind.SUSPEND]
    assert len(taken.refused) == 1
    assert "KOR-JPN revision 2: another text of it is held here" in taken.refused[0]
    assert clashing.outcomes(T0_S + 12.0) == {"withhold"}
    assert AgreementDesk(clashing.korea.folder).book == clashing.korea.book


def test_notice_is_taken_beside_a_document_that_cannot_be_read(clashing):
    clashing.japan.give("KOR-JPN", OrderKind.GIVE_NOTICE, T0_S + 10.0)
    told = clashing.from_japan()
    broken = msgspec.structs.replace(told.documents[1], text="id = [")
    spoiled = msgspec.structs.replace(told, documents=(told.documents[0], broken))
    taken = clashing.korea.take(spoiled, None, T0_S + 11.0)
    assert [item.order.kind for item in taken.orders] == [OrderKind.GIVE_NOTICE]
    assert len(taken.refused) == 1


def test_a_forged_order_beside_it_is_refused_as_ever(clashing):
    clashing.japan.give("KOR-JPN", OrderKind.SUSPEND, T0_S + 10.0)
    told, before = clashing.from_japan(), clashing.korea.book
    last = msgspec.structs.replace(told.orders[-1], signature=b"")
    with pytest.raises(UnusableInput, match="signature is missing"):
        clashing.korea.take(
            msgspec.structs.replace(told, orders=(*told.orders[:-1], last)), None, T0_S + 11.0
        )
    assert AgreementDesk(clashing.korea.folder).book == before


def test_an_export_of_a_refused_draft_alone_is_refused(clashing):
    with pytest.raises(UnusableInput, match="another text of it is held here"):
        clashing.korea.take(clashing.from_japan(), None, T0_S + 3.0)


def test_revision_3_goes_between_desks_whose_drafts_of_2_clash(clashing):
    clashing.korea.propose(revision(3, "agreed"), "kor.toml", T0_S + 4.0)
    clashing.korea.give("KOR-JPN", OrderKind.SIGN, T0_S + 5.0)
    assert clashing.japan.take(clashing.from_korea(), None, T0_S + 6.0).refused
    clashing.japan.give("KOR-JPN", OrderKind.SIGN, T0_S + 7.0)
    clashing.korea.take(clashing.from_japan(), None, T0_S + 8.0)
    for desk in (clashing.korea, clashing.japan):
        assert desk.standing().current("KOR-JPN").terms.revision == 3
    assert clashing.outcomes(T0_S + 9.0) == {"release"}


def test_a_draft_is_withdrawn_and_the_other_one_taken(clashing):
    gone = clashing.korea.withdraw_draft("KOR-JPN", 2, T0_S + 4.0)
    assert (gone.agreement, gone.revision, gone.by) == ("KOR-JPN", 2, "KOR")
    opened = AgreementDesk(clashing.korea.folder)
    assert opened.withdrawn == (gone,)
    assert opened.book == clashing.korea.book
    assert [item.revision for item in opened.book.documents] == [1]
    assert gone in clashing.from_korea().withdrawn

    taken = clashing.korea.take(clashing.from_japan(), None, T0_S + 5.0)
    assert taken.refused == ()
    clashing.korea.give("KOR-JPN", OrderKind.SIGN, T0_S + 6.0)
    clashing.japan.give("KOR-JPN", OrderKind.SIGN, T0_S + 6.5)
    clashing.exchange(T0_S + 7.0)
    held = AgreementDesk(clashing.korea.folder).standing().current("KOR-JPN").terms
    assert (held.revision, held.title.partition(":")[0]) == (2, "as Japan has it")
    assert clashing.outcomes(T0_S + 9.0) == {"release"}


def test_a_draft_that_was_signed_is_not_withdrawn(tmp_path):
    pair = Pair(tmp_path, T0_S)
    pair.japan.give("KOR-JPN", OrderKind.SIGN, T0_S + 1.0)
    pair.exchange(T0_S + 2.0)
    with pytest.raises(UnusableInput, match="JPN has signed it"):
        pair.korea.withdraw_draft("KOR-JPN", 1, T0_S + 3.0)
    pair.korea.give("KOR-JPN", OrderKind.SIGN, T0_S + 3.0)
    with pytest.raises(UnusableInput, match="no draft"):
        pair.korea.withdraw_draft("KOR-JPN", 1, T0_S + 4.0)


def test_an_own_signature_may_be_with_the_partner_and_keeps_the_draft(clashing):
    clashing.korea.give("KOR-JPN", OrderKind.SIGN, T0_S + 3.0)
    with pytest.raises(UnusableInput, match="KOR has signed it: its text stays"):
        clashing.korea.withdraw_draft("KOR-JPN", 2, T0_S + 4.0)


def test_only_the_last_revision_is_withdrawn(clashing):
    clashing.korea.propose(revision(3, "further"), "kor.toml", T0_S + 4.0)
    with pytest.raises(UnusableInput, match="withdraw revision 3 first"):
        clashing.korea.withdraw_draft("KOR-JPN", 2, T0_S + 5.0)
    with pytest.raises(UnusableInput, match="no revision 9"):
        clashing.korea.withdraw_draft("KOR-JPN", 9, T0_S + 5.0)


def test_a_withdrawn_draft_comes_not_back_by_a_partner_that_holds_it(tmp_path):
    pair = Pair(tmp_path, T0_S)
    pair.sign(T0_S + 1.0)
    pair.korea.propose(revision(2, "as Korea has it"), "kor.toml", T0_S + 2.0)
    pair.exchange(T0_S + 4.0)
    pair.korea.withdraw_draft("KOR-JPN", 2, T0_S + 5.0)
    # Japan hears of it, and its export of the draft brings nothing back.
    heard = pair.japan.take(pair.from_korea(), None, T0_S + 6.0)
    assert [item.revision for item in heard.withdrawn] == [2]
    taken = pair.korea.take(pair.from_japan(), None, T0_S + 7.0)
    assert (taken.documents, taken.orders, taken.refused) == ((), (), ())
    with pytest.raises(UnusableInput, match="was withdrawn here"):
        pair.korea.propose(revision(2, "as Korea has it"), "kor.toml", T0_S + 8.0)
    # Signed by Japan after all: Korea says why it is not taken, and still hears a suspension.
    pair.japan.give("KOR-JPN", OrderKind.SIGN, T0_S + 9.0)
    with pytest.raises(UnusableInput, match="was withdrawn here"):
        pair.korea.take(pair.from_japan(), None, T0_S + 10.0)
    pair.japan.give("KOR-JPN", OrderKind.SUSPEND, T0_S + 11.0)
    assert "was withdrawn here" in pair.korea.take(pair.from_japan(), None, T0_S + 12.0).refused[0]
    assert pair.outcomes(T0_S + 13.0) == {"withhold"}
