"""Nodes under the trilateral arrangement, whose hub is the United States; consents to its hops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import msgspec

from commonwatch.identity import nation
from commonwatch.label import EquivalentLevels, LevelTable
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import signatures_of_all, worked_examples
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.keys import NodeKeys, exercise_keys
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.node import Node, NodeSetup
from commonwatch.release.agreement import Terms
from commonwatch.release.consent import Consent
from commonwatch.release.decision import Decision
from tests.sharing.builders import (
    SENSORS,
    T0_S,
    World,
    kinds,
    label,
    sensor,
)

EXAMPLES = {terms.id: terms for terms in worked_examples()}
ARRANGEMENT = EXAMPLES["TRILATERAL-2014"]
BILATERAL = (EXAMPLES["JPN-USA"], EXAMPLES["KOR-USA"])
# As the mechanism of 2023 has it, the path goes too.
WITH_PATH = replace(ARRANGEMENT, fields=EXAMPLES["KOR-JPN"].fields)
PURPOSE = ARRANGEMENT.purpose
FIELDS = ("launch_point", "path", "expected_impact", "apogee", "burnout")
FOUR_NATIONS = tuple(nation(code) for code in ("AUS", "JPN", "KOR", "USA"))
ALL_KEYS = exercise_keys(FOUR_NATIONS, seed=1, mode=EXERCISE)
ALL_SENSORS = {**SENSORS, "AUS-1": sensor("AUS-1", "AUS")}
# Four nations, all with all: what goes round does so by consent alone.
FOUR = replace(
    WITH_PATH,
    id="FOUR",
    hub=None,
    parents=(),
    parties=FOUR_NATIONS,
    levels=LevelTable(
        tuple(
            EquivalentLevels(row.common, (*row.markings, ("AUS", f"AUS {row.common}")))
            for row in ARRANGEMENT.levels.rows
        )
    ),
)


def hub_world(
    folder: Path, terms: Iterable[Terms] = (*BILATERAL, WITH_PATH), codes=("JPN", "KOR", "USA")
) -> World:
    bus, terms = EmbeddedBus(), tuple(terms)
    made = World(bus, {}, folder)
    for code in codes:
        made.nodes[code] = open_hub_node(made, code, terms)
    for item in terms:
        orders = signatures_of_all(item, keys_of(codes), T0_S - 60.0, EXERCISE)
        for party in item.parties:
            made.nodes[party].take_orders(item.id, orders, T0_S - 60.0)
    return made


def keys_of(codes: Iterable[str]) -> dict[str, NodeKeys]:
    return {code: ALL_KEYS[nation(code)] for code in codes}


def open_hub_node(made: World, code: str, terms: Iterable[Terms]) -> Node:
    keys = ALL_KEYS[nation(code)]
    store = LedgerStore(made.folder / code, keys.nation, EXERCISE, keys.private)
    own = [item for item in terms if code in item.parties]
    others = tuple(name for name in FOUR_NATIONS if name != code)
    mark = label(code, releasable_to=others) if code != "AUS" else label_of_aus(others)
    return Node(NodeSetup(keys, ALL_SENSORS, mark), own, store, made.bus)


def label_of_aus(others: tuple[str, ...]):
    return msgspec.structs.replace(
        label("USA"), policy="AUS", level="AUS CONFIDENTIAL", originators=("AUS",),
        releasable_to=others,
    )  # fmt: skip


def consent(by: str, holder: str, to: str, **changes: object) -> Consent:
    values: dict[str, object] = {
        "id": f"{by}-{holder}-{to}",
        "by": by,
        "holder": holder,
        "recipients": (to,),
        "purpose": PURPOSE,
        "mode": "EXERCISE",
        "granted_s": T0_S - 100.0,
        "expires_s": T0_S + 3600.0,
        "fields": FIELDS,
    }
    return Consent(**{**values, **changes})  # type: ignore[arg-type]


def agree(made: World, *consents: Consent, now_s: float = T0_S - 10.0) -> None:
    """Each nation gives its consents, and all that it leads to arrives."""
    for item in consents:
        made.nodes[item.by].consents.give(item, now_s)
    for _ in range(2):
        made.settle(now_s)


def told(made: World, code: str, sender: str) -> list[str]:
    """Ids of what `code` holds of `sender` that others' data went into."""
    return [
        item.bulletin.id
        for item in made.nodes[code].held()
        if item.bulletin.originator == sender and item.bulletin.lineage.parents
    ]


def why_withheld(made: World, code: str, to: str, track: str) -> str:
    """The last reason why `code` kept this track from `to`."""
    found = [
        msgspec.msgpack.decode(record.body, type=Decision)
        for record in kinds(made, code, "decision")
        if record.counterparty == to
    ]
    last = [item for item in found if item.track == track][-1]
    return "; ".join((*last.rules, *(kept.why for kept in last.withheld)))


def beats(made: World, count: int = 2, first: int = 0) -> None:
    """So many seconds of every nation's word, then until nothing is under way."""
    for second in range(first, first + count):
        made.beat(T0_S + second)
    made.settle(T0_S + first + count)
