"""Article 21: one year, extended yearly, 90 days' notice; protection survives the end.

An end stops release under the agreement that ended, and nothing else. Every place that says how
two nations stand says the same: a desk, a node, `agreement explain` and `agreement show`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from commonwatch.cli.agreement_answer import standing_answer
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import new_order, signatures_of_all
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.explain import Asked, explain
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.node import Node, NodeSetup
from commonwatch.release.agreement import drafted
from commonwatch.release.duration import Duration
from commonwatch.release.order import OrderKind
from commonwatch.release.parents import weighed
from commonwatch.release.product import LAUNCH_WARNING
from commonwatch.release.standing import standing_of
from tests.sharing.builders import (
    KEYS,
    SENSORS,
    T0_S,
    TERMS,
    assessment,
    in_force,
    label,
    ordered,
    own_estimate,
)
from tests.sharing.items import ids
from tests.sharing.test_agreement_parents import ALL, EXAMPLES

END_S = T0_S + 100.0
AFTER_S = T0_S + 200.0
OLD = replace(TERMS["KOR-JPN"], duration=Duration(end_s=END_S))
NEW = replace(TERMS["KOR-JPN"], id="KOR-JPN-2")
ASKED = Asked(field="path", originator=nation("KOR"), recipient=nation("JPN"))


SUSPENDED = (("JPN", OrderKind.SUSPEND),)
# Orders on the old agreement; whether the new one lets go before and after the old one's end.
CASES = {
    "ended by its term": ((), True, True),
    "ended by all": ((("KOR", OrderKind.END), ("JPN", OrderKind.END)), True, True),
    "in notice": ((("KOR", OrderKind.GIVE_NOTICE),), True, True),
    "suspended, then ended by its term": (SUSPENDED, False, False),
}


@pytest.mark.parametrize("case", sorted(CASES))
@pytest.mark.parametrize("successor", [True, False])
def test_desk_node_explain_and_show_say_the_same(case, successor, tmp_path):
    orders, before, after = CASES[case]
    node = node_under(tmp_path, (OLD, NEW) if successor else (OLD,))
    for by, kind in orders:
        agreement = node.orders.agreement("KOR-JPN")
        order = new_order(agreement, KEYS[nation(by)], kind, T0_S + 1.0, EXERCISE)
        node.take_orders("KOR-JPN", (order,), T0_S + 1.0)
    for now_s, with_successor in ((T0_S + 50.0, before), (AFTER_S, after)):
        alone = case in {"ended by its term", "in notice"} and now_s < END_S
        goes = with_successor if successor else alone
        told = node.release((own_estimate(now_s),), (assessment(now_s),), now_s)
        outcomes = {
            item.outcome
            for item in told.decisions
            if item.recipient == "JPN" and item.product == LAUNCH_WARNING
        }
        assert outcomes == {"release" if goes else "withhold"}, "the node"
        assert node.orders.allows("JPN", now_s) == goes
        held = node.agreements
        assert (explain(ASKED, held, now_s).outcome == "release") == goes, "explain"
        shown = [standing_answer(item, held, now_s) for item in held]
        assert any(item.allows_release for item in shown) == goes, "show"
    node.journal.store.close()


def node_under(folder, terms) -> Node:
    keys = KEYS[nation("KOR")]
    store = LedgerStore(folder / "KOR", keys.nation, EXERCISE, keys.private)
    node = Node(NodeSetup(keys, SENSORS, label("KOR")), terms, store, EmbeddedBus())
    for item in terms:
        node.take_orders(item.id, signatures_of_all(item, KEYS, T0_S - 60.0, EXERCISE), T0_S - 60.0)
    return node


def test_the_two_readings_of_the_suspended_notice_are_both_shown():
    # 2019-11-22, six hours before the end.
    begins_s, end_s = moment_s("2016-11-22T15:00"), moment_s("2019-11-22T15:00")
    agreement = drafted(TERMS["KOR-JPN"])
    agreement = ordered(agreement, begins_s, ("KOR", OrderKind.SIGN), ("JPN", OrderKind.SIGN))
    agreement = ordered(agreement, moment_s("2019-08-23T06:00"), ("KOR", OrderKind.GIVE_NOTICE))
    told = standing_answer(agreement, (agreement,), end_s - 7 * 3600.0)
    assert told.ends_after_notice == "2019-11-22T15:00:00.000000Z"
    agreement = ordered(agreement, end_s - 6 * 3600.0, ("KOR", OrderKind.SUSPEND_NOTICE))
    told = standing_answer(agreement, (agreement,), end_s + 1.0)
    assert [(view.party, view.state) for view in told.views] == [
        ("KOR", "notice suspended"), ("JPN", "in force"),
    ]  # fmt: skip
    assert (told.allows_release, told.ends_after_notice) == (True, None)
    agreement = ordered(agreement, moment_s("2023-03-21T01:00"), ("KOR", OrderKind.WITHDRAW_NOTICE))
    told = standing_answer(agreement, (agreement,), moment_s("2023-03-21T02:00"))
    assert [view.state for view in told.views] == ["in force", "in force"]


def moment_s(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize("kind", [OrderKind.SUSPEND, OrderKind.END])
def test_either_view_that_does_not_allow_is_enough_until_both_ended_it(kind):
    half = ordered(in_force("KOR-JPN"), T0_S, ("KOR", kind))
    allowed = not standing_of("KOR", "JPN", (half,), AFTER_S).against
    assert allowed == (kind is OrderKind.END), "an end takes both, a suspension one"


def test_protection_survives_the_end(three):
    three.beat(T0_S)
    three.settle(T0_S)
    for code in ("KOR", "JPN"):
        three.nodes[code]._order("KOR-JPN", OrderKind.END, T0_S + 1.0)
        for node in three.nodes.values():
            node.obey(T0_S + 1.0)
    assert not three.nodes["KOR"].orders.allows("JPN", T0_S + 2.0)
    assert {"KOR-JPN-1"} <= ids(three, "JPN"), "what was received stays, under its label"
    held = {item.bulletin.id: item for item in three.nodes["JPN"].held()}
    assert held["KOR-JPN-1"].equivalent_level == "秘"
    three.nodes["KOR"].items.recall(["KOR-JPN-1"], "wrong", T0_S + 3.0)
    three.settle(T0_S + 3.0)
    assert "KOR-JPN-1" not in ids(three, "JPN"), "recall goes on"


def test_a_parent_that_ended_in_peace_silences_its_child_and_no_other():
    # KOR-USA ends; a successor between the same two is in force beside the mechanism of 2023.
    every = {item.terms.id: item for item in ALL}
    ended = ordered(every["KOR-USA"], T0_S, ("KOR", OrderKind.END), ("USA", OrderKind.END))
    successor = replace(every["KOR-USA"], terms=replace(EXAMPLES["KOR-USA"], id="KOR-USA-2"))
    held = (*(item for name, item in every.items() if name != "KOR-USA"), ended, successor)
    bearing, reasons = weighed(every["REALTIME-2023"], held, ("KOR", "USA"), AFTER_S)
    assert bearing.value == "silent"
    assert any("its parent KOR-USA: ended" in why for why in reasons)
    standing = standing_of("KOR", "USA", held, AFTER_S)
    assert standing.against == ()
    assert [item.terms.id for item in standing.binding] == ["KOR-USA-2"]
    suspended = ordered(every["KOR-USA"], T0_S, ("KOR", OrderKind.SUSPEND))
    held = (*(item for name, item in every.items() if name != "KOR-USA"), suspended, successor)
    assert standing_of("KOR", "USA", held, AFTER_S).against
