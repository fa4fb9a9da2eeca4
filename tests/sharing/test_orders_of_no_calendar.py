"""A partner's signed order of a time that no calendar has: taken and told, never a crash."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.cli.app import run
from commonwatch.identity import nation
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.release.order import Order, OrderKind, SignedOrder, signed
from tests.sharing.builders import KEYS, T0_S, World, assessment, kinds, own_estimate
from tests.sharing.items import restart, said_by

TIMES_S = (2.534e11, 1e12, 1e18, 1e300)
A_YEAR_S = 366.0 * 86_400.0


def of_jpn(kind: OrderKind, sequence: int, at_s: float) -> SignedOrder:
    order = Order("KOR-JPN", 1, "JPN", kind, sequence, at_s, "EXERCISE")
    return signed(order, KEYS[nation("JPN")].private)


def released(made: World, now_s: float) -> int:
    estimate, told = own_estimate(now_s), assessment(now_s)
    outcome = made.nodes["KOR"].release((estimate,), (told,), now_s)
    return sum(item.recipient == "JPN" for item in outcome.released)


@pytest.mark.parametrize("at_s", TIMES_S)
def test_a_node_holds_back_and_takes_the_suspension_that_follows(three, at_s):
    said_by(three, "JPN", "KOR", of_jpn(OrderKind.GIVE_NOTICE, 2, at_s))
    three.nodes["KOR"].receive(T0_S)
    assert released(three, T0_S + 1.0) == 0
    said_by(three, "JPN", "KOR", of_jpn(OrderKind.SUSPEND, 3, T0_S + 2.0))
    three.nodes["KOR"].receive(T0_S + 2.0)
    assert released(three, T0_S + 3.0) == 0
    three.nodes["KOR"].commit(T0_S + 3.0)
    why = b"".join(record.body for record in kinds(three, "KOR", "order-refused"))
    assert b"ahead of the time here" in why
    assert b"JPN's clock went back" in why
    restart(three, "KOR")
    assert released(three, T0_S + A_YEAR_S / 2.0) == 0


def exchanged(giver: AgreementDesk, to: str, *more: SignedOrder) -> bytes:
    told = giver.exchange_for(to)
    return msgspec.json.encode(msgspec.structs.replace(told, orders=(*told.orders, *more)))


@pytest.mark.parametrize("at_s", TIMES_S)
def test_a_desk_takes_it_and_its_officer_can_still_suspend(tmp_path, capsys, at_s):
    kor, jpn = (str(tmp_path / code) for code in ("kor", "jpn"))
    file = tmp_path / "exchange.json"

    def call(*words: str) -> int:
        return run(["agreement", *words])

    assert call("propose", "--like", "KOR-JPN", "--desk", kor, "--as", "KOR") == 0
    assert call("sign", "KOR-JPN", "--desk", kor) == 0
    file.write_bytes(exchanged(AgreementDesk(tmp_path / "kor"), "JPN"))
    assert call("import", str(file), "--trust", "KOR", "--desk", jpn, "--as", "JPN") == 0
    assert call("sign", "KOR-JPN", "--desk", jpn) == 0
    desk = AgreementDesk(tmp_path / "jpn")
    far = Order("KOR-JPN", 1, "JPN", OrderKind.GIVE_NOTICE, 2, at_s, "EXERCISE")
    file.write_bytes(exchanged(desk, "KOR", signed(far, desk.keys.private)))
    assert call("import", str(file), "--trust", "JPN", "--desk", kor) == 0
    assert call("show", "--desk", kor) == 0
    assert "allows no release" in capsys.readouterr().out
    assert call("suspend", "KOR-JPN", "--desk", kor) == 0
    assert call("explain", "path", "--from", "KOR", "--to", "JPN", "--desk", kor) == 0
