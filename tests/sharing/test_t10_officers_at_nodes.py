"""T10 at nodes: what widens waits for two officers, what restricts waits for nobody."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.cli import app
from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.limits import APPROVAL_AGE_MAX_S
from commonwatch.mode import EXERCISE
from commonwatch.node.desk_officers import (
    OFFICERS_FILE,
    approve_consent,
    approve_order,
    install_officers,
)
from commonwatch.node.folder import write_folder
from commonwatch.node.keys import write_key
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.node import Node, NodeSetup
from commonwatch.release.consent import Consent
from commonwatch.release.order import OrderKind
from tests.sharing.builders import KEYS, SENSORS, T0_S, TERMS, kinds, label, world
from tests.sharing.test_t10_insider import OWN, TWO_FOR, policy

ID = "KOR-JPN"
BOTH = (*TWO_FOR, "consent")
CONSENT = Consent(
    id="c1", by="KOR", holder="JPN", recipients=("USA",), purpose=TERMS["JPN-USA"].purpose or "x",
    mode="EXERCISE", granted_s=T0_S, expires_s=T0_S + 1e6, fields=("path",),
)  # fmt: skip


@pytest.fixture
def three(tmp_path):
    made = world(tmp_path)
    install_officers(
        tmp_path / "KOR", KEYS[nation("KOR")], policy("kim", "lee", "han", two_for=BOTH), "o", T0_S
    )
    yield made
    made.close()


def approve(three, name: str, kind: OrderKind, at_s: float) -> None:
    order = three.nodes["KOR"].orders.next_order(ID, kind, at_s)
    approve_order(three.folder / "KOR", order, name, OWN[name], at_s)


def test_a_restoration_waits_for_two_officers_and_a_suspension_for_none(three):
    korea = three.nodes["KOR"]
    korea.order_suspend(ID, T0_S + 1.0)
    before = len(kinds(three, "KOR", "order"))
    with pytest.raises(UnusableInput, match="2 officers, and nobody approved it"):
        korea.order_restore(ID, T0_S + 2.0)
    approve(three, "kim", OrderKind.RESTORE, T0_S + 2.0)
    approve(three, "kim", OrderKind.RESTORE, T0_S + 2.0)
    with pytest.raises(UnusableInput, match="kim approved it; of lee, han one must"):
        korea.order_restore(ID, T0_S + 3.0)
    assert len(kinds(three, "KOR", "order")) == before
    approve(three, "lee", OrderKind.RESTORE, T0_S + 3.0)
    with pytest.raises(UnusableInput, match="nobody approved it"):
        korea.order_restore(ID, T0_S + 3.0, resume_open_objects=True)  # another order
    assert korea.order_restore(ID, T0_S + 4.0).order.kind is OrderKind.RESTORE
    # It is spent: the next restoration is another order.
    korea.order_suspend(ID, T0_S + 5.0)
    with pytest.raises(UnusableInput, match="nobody approved it"):
        korea.order_restore(ID, T0_S + 6.0)


def test_an_approval_of_yesterday_restores_nothing(three):
    three.nodes["KOR"].order_suspend(ID, T0_S + 1.0)
    for name in ("kim", "lee"):
        approve(three, name, OrderKind.RESTORE, T0_S + 2.0)
    with pytest.raises(UnusableInput, match="nobody approved it"):
        three.nodes["KOR"].order_restore(ID, T0_S + 3.0 + APPROVAL_AGE_MAX_S)


def test_a_policy_that_cannot_be_read_restores_nothing_and_suspends_at_once(three):
    (three.folder / "KOR" / OFFICERS_FILE).write_text("two_for = [")
    korea = three.nodes["KOR"]
    korea.order_suspend(ID, T0_S + 1.0)
    with pytest.raises(UnusableInput, match=OFFICERS_FILE):
        korea.order_restore(ID, T0_S + 2.0)
    assert not korea.orders.allows("JPN", T0_S + 3.0)


def test_the_policy_of_the_desk_that_a_node_follows_holds_at_the_node(three, tmp_path):
    desk = tmp_path / "desk"
    desk.mkdir()
    install_officers(desk, KEYS[nation("JPN")], policy("kim", "lee").replace("KOR", "JPN"), "o", 0)
    keys = KEYS[nation("JPN")]
    three.nodes["JPN"].journal.store.close()
    store = LedgerStore(three.folder / "JPN", keys.nation, EXERCISE, keys.private)
    setup = NodeSetup(keys, SENSORS, label("JPN"), desk=desk)
    japan = three.nodes["JPN"] = Node(setup, [TERMS[ID], TERMS["JPN-USA"]], store, three.bus)
    japan.order_suspend(ID, T0_S + 1.0)
    with pytest.raises(UnusableInput, match="2 officers, and nobody approved it"):
        japan.order_restore(ID, T0_S + 2.0)


def test_a_consent_waits_for_two_officers_and_taking_it_back_for_none(three):
    korea = three.nodes["KOR"]
    with pytest.raises(UnusableInput, match="to consent c1: KOR asks for 2 officers, and nobody"):
        korea.consents.give(CONSENT, T0_S + 1.0)
    wider = msgspec.structs.replace(CONSENT, fields=("path", "apogee"))
    for name in ("kim", "lee"):
        approve_consent(three.folder / "KOR", CONSENT, name, OWN[name], T0_S + 1.0)
    with pytest.raises(UnusableInput, match="nobody approved it"):
        korea.consents.give(wider, T0_S + 2.0)
    assert not kinds(three, "KOR", "consent")
    korea.consents.give(CONSENT, T0_S + 2.0)
    korea.consents.revoke("c1", "no more", T0_S + 3.0)
    assert ("KOR", "c1") in korea.consents.known.withdrawn


def test_where_the_policy_does_not_ask_one_word_is_enough(three):
    (three.folder / "KOR" / OFFICERS_FILE).write_text(policy("kim", "lee", two_for=("end",)))
    korea = three.nodes["KOR"]
    korea.consents.give(CONSENT, T0_S + 1.0)
    korea.order_suspend(ID, T0_S + 2.0)
    korea.order_restore(ID, T0_S + 3.0)


def run(*words: object, status: int = 0) -> None:
    assert app.run([str(word) for word in words]) == status


def test_from_the_command_line_at_a_nodes_folder(three, tmp_path, capsys):
    folder, keys = tmp_path / "KOR", KEYS[nation("KOR")]
    three.nodes.pop("KOR").journal.store.close()
    write_folder(folder, keys)
    for name in ("kim", "lee"):
        write_key(tmp_path / f"{name}.key", OWN[name])
    file = tmp_path / "consent.json"
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(CONSENT, expires_s=4e9)))
    run("agreement", "officers", "--desk", folder)
    assert "two of them to consent, end" in capsys.readouterr().out
    sign = ("consent", "sign", folder, file, "--out", tmp_path / "out")
    run(*sign, status=2)
    assert "of kim, lee, han one must" in capsys.readouterr().err
    for name in ("kim", "lee"):
        run("agreement", "approve", "consent", file, "--officer", name,
            "--key", tmp_path / f"{name}.key", "--desk", folder)  # fmt: skip
        run("agreement", "approve", "give-notice", ID, "--officer", name,
            "--key", tmp_path / f"{name}.key", "--desk", folder)  # fmt: skip
    run(*sign)
