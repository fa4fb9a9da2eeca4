"""The arrangement of three with its hub and its parents, as examples that come with the program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import (
    signatures_of_all,
    terms_between,
    worked_examples,
)
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.node import Node, NodeSetup
from commonwatch.release.agreement import Agreement
from commonwatch.release.bearing import Bearing
from commonwatch.release.order import OrderKind
from commonwatch.release.parents import weighed
from tests.sharing.builders import (
    KEYS,
    NATIONS,
    SENSORS,
    T0_S,
    TERMS,
    assessment,
    in_force,
    label,
    ordered,
    own_estimate,
)

EXAMPLES = {terms.id: terms for terms in worked_examples()}


ALL = tuple(in_force(name, EXAMPLES) for name in EXAMPLES)


def suspended(agreement_id: str, by: str) -> tuple[Agreement, ...]:
    order = (by, OrderKind.SUSPEND)
    return tuple(
        ordered(item, T0_S, order) if item.terms.id == agreement_id else item for item in ALL
    )


def against(held: tuple[Agreement, ...], child: str, one: str, other: str) -> tuple[str, ...]:
    found = next(item for item in held if item.terms.id == child)
    bearing, reasons = weighed(found, held, (one, other), T0_S)
    assert (bearing is Bearing.LETS_GO) == (not reasons)
    return reasons


@pytest.mark.parametrize("child", ["TRILATERAL-2014", "REALTIME-2023"])
def test_the_united_states_are_the_hub_and_japan_and_korea_exchange_nothing_directly(child):
    terms = EXAMPLES[child]
    assert terms.hub == "USA"
    assert terms.binds("KOR", "USA")
    assert terms.binds("USA", "JPN")
    assert not terms.binds("KOR", "JPN")
    assert not terms.binds("JPN", "KOR")


def test_each_parent_that_an_example_names_comes_with_the_program_and_has_those_parties():
    for terms in EXAMPLES.values():
        for parent in terms.parents:
            assert set(EXAMPLES[parent.id].parties) == set(parent.parties)
            assert EXAMPLES[parent.id].revision >= parent.revision


@pytest.mark.parametrize("child", ["TRILATERAL-2014", "REALTIME-2023"])
def test_where_a_parent_is_suspended_the_child_gives_nothing_between_its_parties(child):
    assert against(ALL, child, "KOR", "USA") == ()
    held = suspended("KOR-USA", "KOR")
    assert any("its parent KOR-USA: suspended" in why for why in against(held, child, "KOR", "USA"))
    assert against(held, child, "JPN", "USA") == (), "the other partner rests on its own agreement"


def test_the_mechanism_rests_on_the_arrangement_of_2014_too():
    held = suspended("TRILATERAL-2014", "JPN")
    assert against(held, "REALTIME-2023", "KOR", "USA") != ()
    assert against(held, "REALTIME-2023", "JPN", "USA") != ()


def test_a_parent_that_is_not_held_here_or_too_old_keeps_the_child_back():
    without = tuple(item for item in ALL if item.terms.id != "KOR-USA")
    assert any("is not held here" in why for why in against(without, "REALTIME-2023", "KOR", "USA"))
    assert against(without, "REALTIME-2023", "JPN", "USA") == ()
    newer = tuple(
        replace(item, terms=replace(item.terms, parents=tuple(
            replace(parent, revision=2) for parent in item.terms.parents
        )))
        for item in ALL
    )  # fmt: skip
    assert any(
        "revision 2 is not held" in why for why in against(newer, "REALTIME-2023", "KOR", "USA")
    )


def test_two_who_are_parties_of_no_parent_get_nothing_under_the_child():
    assert any(
        "none of its parents" in why for why in against(ALL, "TRILATERAL-2014", "KOR", "JPN")
    )


def test_agreements_that_rest_on_each_other_give_nothing():
    terms = {item.terms.id: item.terms for item in ALL}
    parent = terms["TRILATERAL-2014"].parents[0]
    loop = tuple(
        replace(item, terms=replace(item.terms, parents=(replace(parent, id="TRILATERAL-2014"),)))
        if item.terms.id == "KOR-USA" else item
        for item in ALL
    )  # fmt: skip
    assert any("rests on itself" in why for why in against(loop, "TRILATERAL-2014", "KOR", "USA"))


def test_a_node_that_holds_no_parent_releases_nothing_under_the_child(tmp_path):
    terms = EXAMPLES["REALTIME-2023"]
    outcomes = {}
    for name, held in (("child", (terms,)), ("all", tuple(EXAMPLES.values()))):
        own = [item for item in held if "KOR" in item.parties]
        keys = KEYS[nation("KOR")]
        store = LedgerStore(tmp_path / name, keys.nation, EXERCISE, keys.private)
        node = Node(NodeSetup(keys, SENSORS, label("KOR")), own, store, EmbeddedBus())
        for item in own:
            orders = signatures_of_all(item, KEYS, T0_S - 60.0, EXERCISE)
            node.take_orders(item.id, orders, T0_S - 60.0)
        told = node.release((own_estimate(T0_S),), (assessment(T0_S),), T0_S)
        outcomes[name] = {
            decision.recipient: (decision.outcome, decision.rules)
            for decision in told.decisions
            if decision.product == terms.product
        }
        assert node.orders.allows("USA", T0_S) == (name == "all")
        store.close()
    assert outcomes["child"]["USA"][0] == "withhold"
    assert any("is not held here" in rule for rule in outcomes["child"]["USA"][1])
    assert outcomes["all"]["USA"][0] == "release", "the same node with the parents"


def test_replays_run_under_the_three_agreements_of_two():
    # What one of three could stop, two others would lose: docs/adr/0011.
    assert {item.id for item in terms_between(NATIONS, TERMS.values())} == {
        "KOR-JPN", "JPN-USA", "KOR-USA",
    }  # fmt: skip
