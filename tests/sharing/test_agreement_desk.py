"""Two release officers' desks: folders that exchange signed orders, and nothing is believed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.identity import PrivateKey, nation
from commonwatch.node.agreement_desk import AgreementDesk, open_desk
from commonwatch.node.agreements import worked_example_texts
from commonwatch.node.desk_files import Exchange, read_exchange
from commonwatch.node.explain import Asked, explain
from commonwatch.release.agreement import State, state_at
from commonwatch.release.order import OrderKind, signed
from tests.sharing.builders import T0_S

TEXTS = {name.removesuffix(".toml"): text for name, text in worked_example_texts()}
STRANGER = PrivateKey(b"\x07" * 32)


class Pair:
    """The desks of Korea and Japan, and the way between them."""

    def __init__(self, folder: Path, now_s: float) -> None:
        self.folder = folder
        self.korea = open_desk(folder / "kor", "KOR")
        self.japan = open_desk(folder / "jpn", "JPN")
        self.korea.propose(TEXTS["KOR-JPN"], "KOR-JPN.toml", now_s)
        self.japan.take(self.from_korea(), "KOR", now_s)
        self.korea.take(self.from_japan(), "JPN", now_s)

    def from_korea(self) -> Exchange:
        return self.korea.exchange_for("JPN")

    def from_japan(self) -> Exchange:
        return self.japan.exchange_for("KOR")

    def exchange(self, now_s: float) -> None:
        self.japan.take(self.from_korea(), None, now_s)
        self.korea.take(self.from_japan(), None, now_s)

    def sign(self, now_s: float) -> None:
        self.korea.give("KOR-JPN", OrderKind.SIGN, now_s)
        self.exchange(now_s)
        self.japan.give("KOR-JPN", OrderKind.SIGN, now_s)
        self.exchange(now_s)

    def outcomes(self, now_s: float) -> set[str]:
        """What each desk's gate answers in both directions, each desk opened anew."""
        return {
            explain(
                Asked(field="expected_impact", originator=nation(one), recipient=nation(other)),
                AgreementDesk(self.folder / desk).standing().agreements,
                now_s,
            ).outcome
            for desk in ("kor", "jpn")
            for one, other in (("KOR", "JPN"), ("JPN", "KOR"))
        }

    def states(self, now_s: float) -> set[tuple[State, State]]:
        """What Korea and Japan hold, as each desk has it."""
        told = (desk.standing().current("KOR-JPN") for desk in (self.korea, self.japan))
        return {(state_at(item, "KOR", now_s), state_at(item, "JPN", now_s)) for item in told}


@pytest.fixture
def pair(tmp_path):
    made = Pair(tmp_path, T0_S)
    made.sign(T0_S + 1.0)
    return made


def moment_s(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_the_years_2016_to_2023_from_desk_to_desk(tmp_path):
    begins_s, noticed_s = moment_s("2016-11-22T15:00"), moment_s("2019-08-23T06:00")
    end_s = moment_s("2019-11-22T15:00")
    pair = Pair(tmp_path, begins_s)
    assert pair.outcomes(begins_s) == {"withhold"}
    pair.sign(begins_s)
    assert pair.outcomes(begins_s + 1.0) == {"release"}
    pair.korea.give("KOR-JPN", OrderKind.GIVE_NOTICE, noticed_s)
    pair.exchange(noticed_s)
    assert pair.states(noticed_s) == {(State.NOTICE_GIVEN, State.NOTICE_GIVEN)}
    assert pair.outcomes(end_s - 1.0) == {"release"}
    assert pair.outcomes(end_s + 1.0) == {"withhold"}
    pair.korea.give("KOR-JPN", OrderKind.SUSPEND_NOTICE, end_s - 6 * 3600.0)
    pair.exchange(end_s - 5 * 3600.0)
    assert pair.states(end_s + 1.0) == {(State.NOTICE_SUSPENDED, State.IN_FORCE)}
    assert pair.outcomes(end_s + 1.0) == {"release"}
    pair.korea.give("KOR-JPN", OrderKind.WITHDRAW_NOTICE, moment_s("2023-03-21T01:00"))
    pair.exchange(moment_s("2023-03-21T02:00"))
    assert pair.states(moment_s("2023-03-22T00:00")) == {(State.IN_FORCE, State.IN_FORCE)}


def test_a_suspension_of_notice_that_comes_after_the_end_revives_nothing(tmp_path):
    begins_s, noticed_s = moment_s("2016-11-22T15:00"), moment_s("2019-08-23T06:00")
    end_s = moment_s("2019-11-22T15:00")
    pair = Pair(tmp_path, begins_s)
    pair.sign(begins_s)
    pair.korea.give("KOR-JPN", OrderKind.GIVE_NOTICE, noticed_s)
    pair.exchange(noticed_s)
    pair.korea.give("KOR-JPN", OrderKind.SUSPEND_NOTICE, end_s - 60.0)
    with pytest.raises(UnusableInput, match="has ended; a new agreement must be signed"):
        pair.japan.take(pair.from_korea(), None, end_s + 60.0)
    with pytest.raises(UnusableInput, match="has ended"):
        pair.japan.give("KOR-JPN", OrderKind.RESTORE, end_s + 60.0)


def test_suspended_alone_restored_together(pair):
    pair.japan.give("KOR-JPN", OrderKind.SUSPEND, T0_S + 10.0)
    pair.exchange(T0_S + 11.0)
    assert pair.outcomes(T0_S + 12.0) == {"withhold"}
    pair.japan.give("KOR-JPN", OrderKind.RESTORE, T0_S + 20.0)
    pair.exchange(T0_S + 21.0)
    assert pair.outcomes(T0_S + 22.0) == {"withhold"}
    pair.korea.give("KOR-JPN", OrderKind.RESTORE, T0_S + 30.0)
    pair.exchange(T0_S + 31.0)
    assert pair.outcomes(T0_S + 32.0) == {"release"}


def test_what_was_taken_before_is_nothing_new(pair):
    taken = pair.japan.take(pair.from_korea(), None, T0_S + 9.0)
    assert (taken.documents, taken.orders, taken.trusted) == ((), (), False)


def test_a_desk_whose_clock_is_behind_still_orders_after_what_it_has_seen(pair):
    pair.japan.give("KOR-JPN", OrderKind.SUSPEND, T0_S + 14.0)
    pair.exchange(T0_S + 10.0)
    pair.korea.give("KOR-JPN", OrderKind.RESTORE, T0_S + 11.0)
    pair.japan.give("KOR-JPN", OrderKind.RESTORE, T0_S + 15.0)
    pair.exchange(T0_S + 16.0)
    assert pair.outcomes(T0_S + 20.0) == {"release"}


def test_an_unknown_key_is_trusted_only_by_name(pair, tmp_path):
    told = pair.from_korea()
    newcomer = open_desk(tmp_path / "other", "JPN")
    with pytest.raises(UnusableInput, match=r"compare it with KOR .* --trust KOR"):
        newcomer.take(told, None, T0_S + 9.0)
    with pytest.raises(UnusableInput, match="--trust KOR"):
        newcomer.take(told, "USA", T0_S + 9.0)
    assert AgreementDesk(tmp_path / "other").book.documents == ()


def changed(told: Exchange, index: int, **fields: object) -> Exchange:
    """The export with one order changed and the signature left as it was."""
    orders = list(told.orders)
    order = msgspec.structs.replace(orders[index].order, **fields)
    orders[index] = msgspec.structs.replace(orders[index], order=order)
    return msgspec.structs.replace(told, orders=tuple(orders))


def signed_by_a_stranger(told: Exchange) -> Exchange:
    last = signed(told.orders[-1].order, STRANGER)
    return msgspec.structs.replace(told, orders=(*told.orders[:-1], last))


def without_signature(told: Exchange) -> Exchange:
    last = msgspec.structs.replace(told.orders[-1], signature=b"")
    return msgspec.structs.replace(told, orders=(*told.orders[:-1], last))


def with_a_gap(told: Exchange) -> Exchange:
    return msgspec.structs.replace(told, orders=(*told.orders[:-2], told.orders[-1]))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda told: changed(told, -1, kind=OrderKind.RESTORE), "signature is not JPN's"),
        (signed_by_a_stranger, "signature is not JPN's"),
        (without_signature, "signature is missing"),
        (with_a_gap, "one is missing between; expected number 2"),
        (lambda told: changed(told, -1, mode="LIVE"), "an order of mode LIVE"),
        (lambda told: msgspec.structs.replace(told, mode="LIVE"), "mode LIVE"),
        (
            lambda told: msgspec.structs.replace(told, public_key=STRANGER.public.raw.hex()),
            "ask JPN which one holds",
        ),
        (lambda told: msgspec.structs.replace(told, public_key="12"), "public key"),
        (lambda told: msgspec.structs.replace(told, nation="KOR"), "own export"),
    ],
)
def test_an_export_that_does_not_hold_is_refused_whole(pair, spoil, why):
    before = pair.korea.book
    pair.japan.give("KOR-JPN", OrderKind.GIVE_NOTICE, T0_S + 20.0)
    pair.japan.give("KOR-JPN", OrderKind.SUSPEND, T0_S + 21.0)
    with pytest.raises(UnusableInput, match=why):
        pair.korea.take(spoil(pair.from_japan()), None, T0_S + 22.0)
    assert AgreementDesk(pair.korea.folder).book == before
    pair.korea.take(pair.from_japan(), None, T0_S + 22.0)
    assert pair.outcomes(T0_S + 23.0) == {"withhold"}


def test_an_export_names_no_other_partner(pair):
    pair.korea.propose(TEXTS["KOR-USA"], "KOR-USA.toml", T0_S)
    pair.korea.give("KOR-USA", OrderKind.SIGN, T0_S + 5.0)
    assert b"USA" not in msgspec.json.encode(pair.from_korea())
    with pytest.raises(UnusableInput, match="no agreement of this desk has PRK as party"):
        pair.korea.exchange_for("PRK")


def test_a_document_between_others_is_not_taken(pair):
    told = pair.from_korea()
    foreign = msgspec.structs.replace(told.documents[0], text=TEXTS["KOR-USA"])
    spoiled = msgspec.structs.replace(told, documents=(foreign,), orders=())
    with pytest.raises(UnusableInput, match="not both parties"):
        pair.japan.take(spoiled, None, T0_S + 9.0)
    with pytest.raises(UnusableInput, match="JPN is no party"):
        pair.japan.propose(TEXTS["KOR-USA"], "KOR-USA.toml", T0_S)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda raw: raw[:-9], "cut off while it was written"),
        (lambda raw: raw.replace(b"sign", b"lift", 1), "line 1: not a signed order"),
        (lambda raw: raw + raw.splitlines(keepends=True)[0], "seen before"),
        (lambda raw: raw.replace(b'"sequence":1', b'"sequence":2', 1), "signature is not KOR's"),
    ],
)
def test_a_log_that_was_tampered_with_is_not_opened(pair, spoil, why):
    log = pair.korea.folder / "orders.jsonl"
    log.write_bytes(spoil(log.read_bytes()))
    with pytest.raises(UnusableInput, match=why):
        AgreementDesk(pair.korea.folder)


def test_a_document_that_was_changed_is_no_longer_in_force(pair):
    file = pair.korea.folder / "agreements" / "KOR-JPN.1.toml"
    file.write_text(file.read_text("utf-8").replace("SECRET", "SEC"), "utf-8")
    told = AgreementDesk(pair.korea.folder).standing()
    assert {view.state for view in told.current("KOR-JPN").views} == {State.DRAFT}
    assert all("signed another text" in item.why for item in told.void)


def test_files_that_are_no_export(tmp_path):
    for text, why in (("{", "not an export"), ("[]", "not an export"), ('{"kind": 3}', "export")):
        file = tmp_path / "x.json"
        file.write_text(text)
        with pytest.raises(UnusableInput, match=why):
            read_exchange(file)


def test_a_desk_is_made_only_when_it_is_said_whose(tmp_path):
    with pytest.raises(UnusableInput, match="say whose it shall be, as in --as KOR"):
        open_desk(tmp_path / "new", None)
    open_desk(tmp_path / "new", "KOR")
    assert (tmp_path / "new" / "key").stat().st_mode & 0o077 == 0
    with pytest.raises(UnusableInput, match=r"the desk in .* is KOR's"):
        open_desk(tmp_path / "new", "JPN")
