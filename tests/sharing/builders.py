"""Nodes, agreements and estimates for the tests of release, share and node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from commonwatch.acquire.sensor import Sensor
from commonwatch.estimate.assessment import (
    Apogee,
    Assessment,
    Ellipse,
    GroundPoint,
    Impact,
    StateEstimate,
)
from commonwatch.estimate.own_estimate import CoastInformation, OwnEstimate
from commonwatch.identity import nation
from commonwatch.label import Label
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import (
    new_order,
    shipped_terms,
    signatures_of_all,
    terms_between,
)
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.keys import exercise_keys
from commonwatch.node.ledger_store import LedgerStore, read_ledger
from commonwatch.node.node import Node, NodeSetup
from commonwatch.release.agreement import Agreement, Terms, drafted
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.order import OrderKind
from commonwatch.release.transition import apply_order
from commonwatch.share.envelope import envelope_digest, open_recorded, seal
from commonwatch.share.ledger import Record
from commonwatch.share.message import Bundle
from commonwatch.share.reconcile import DirectionAccount, Ledger, reconcile
from commonwatch.utc import format_utc
from tests.sharing.links import LinkedBus

T0_S = 1_678_918_200.0  # 2023-03-15T22:10:00Z
NATIONS = tuple(nation(code) for code in ("KOR", "JPN", "USA"))
KEYS = exercise_keys(NATIONS, seed=1, mode=EXERCISE)
PUBLIC = KEYS[NATIONS[0]].public
LEVELS = {"KOR": "군사III급비밀", "JPN": "秘", "USA": "CONFIDENTIAL"}
TERMS = {terms.id: terms for terms in shipped_terms()}


def sensor(name: str, code: str, kind: str = "radar") -> Sensor:
    return Sensor(name, code, kind, 36.0, 128.0, 0.0, 1.0, 4e6, 2.0, 0.9, 0.1, 0.1, 0.1)


SENSORS = {
    item.id: item
    for item in (
        sensor("KOR-1", "KOR"),
        sensor("JPN-1", "JPN"),
        sensor("USA-1", "USA"),
        sensor("USA-IR", "USA", "infrared"),
        sensor("KOR-X", "KOR", "over-the-horizon"),
    )
}


def label(code: str, **changes: object) -> Label:
    values: dict[str, object] = {
        "policy": code,
        "level": LEVELS[code],
        "originators": (code,),
        "releasable_to": tuple(sorted(set(NATIONS) - {code})),
    }
    return Label(**{**values, **changes})  # type: ignore[arg-type]


def in_force(agreement_id: str, terms: Mapping[str, Terms] = TERMS) -> Agreement:
    """Signed by all of its parties, long ago."""
    agreement = drafted(terms[agreement_id])
    for order in signatures_of_all(agreement.terms, KEYS, T0_S - 1e6, EXERCISE):
        agreement = apply_order(agreement, order, PUBLIC, T0_S)
    return agreement


def ordered(agreement: Agreement, at_s: float, *orders: tuple[str, OrderKind]) -> Agreement:
    """After these orders, each by a party and of a kind, all at that time."""
    for by, kind in orders:
        order = new_order(agreement, KEYS[nation(by)], kind, at_s, EXERCISE)
        agreement = apply_order(agreement, order, PUBLIC, at_s)
    return agreement


def own_estimate(
    at_s: float, track: str = "t1", sources: tuple[str, ...] = ("KOR-1",), *, scale: float = 1.0
) -> OwnEstimate:
    matrix = tuple(tuple(scale * (1.0 + i if i == j else 0.1) for j in range(7)) for i in range(7))
    return OwnEstimate(
        track=track,
        event=track.replace("t", "e"),
        epoch_s=at_s,
        last_plot_s=at_s,
        sources=sources,
        status="confirmed",
        phase="ballistic",
        launch=GroundPoint(format_utc(T0_S), 1.0, 39.2, 125.67, Ellipse(900.0, 400.0, 71.0)),
        burnout_s=T0_S + 241.0,
        coast=CoastInformation((1.0, 2.0, 3.0, 4.0, 5.0, 6.0, -9.0), (0.5,) * 7, matrix),
        powered=None,
    )


def assessment(
    at_s: float,
    track: str = "t1",
    sources: tuple[str, ...] = ("KOR-1",),
    *,
    status: str = "confirmed",
    reason: str | None = None,
) -> Assessment:
    return Assessment(
        time=format_utc(at_s),
        track=track,
        event=track.replace("t", "e"),
        status=status,
        phase="ballistic",
        sources=sources,
        state=StateEstimate((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), ((0.0,) * 6,) * 6),
        apogee=Apogee(format_utc(T0_S + 2000.0), 6.045e6, 1500.0),
        impact=Impact(format_utc(T0_S + 4140.0), 2.5, 41.3, 137.0, Ellipse(9000.0, 4000.0, 75.0)),
        reason=reason,
    )


@dataclass(frozen=True)
class World:
    """Nodes on one bus."""

    bus: EmbeddedBus | LinkedBus
    nodes: dict[str, Node]
    folder: Path

    def beat(self, now_s: float, **changes: object) -> dict[str, tuple[object, ...]]:
        """One second: everybody releases what the own radar says, then everybody receives."""
        for code, node in self.nodes.items():
            source = (f"{code}-1",)
            node.release(
                (own_estimate(now_s, sources=source),), (assessment(now_s, sources=source),), now_s
            )
        return {code: node.receive(now_s) for code, node in self.nodes.items()}

    def settle(self, now_s: float) -> None:
        """Let the last receipts go out, come in and be recorded."""
        for _ in range(2):
            for node in self.nodes.values():
                node.receive(now_s)
                node.commit(now_s)

    def close(self) -> None:
        for node in self.nodes.values():
            node.journal.store.close()


def open_node(folder: Path, code: str, bus: EmbeddedBus | LinkedBus) -> Node:
    keys = KEYS[nation(code)]
    store = LedgerStore(folder / code, keys.nation, EXERCISE, keys.private)
    terms = [item for item in terms_between(NATIONS, TERMS.values()) if code in item.parties]
    return Node(NodeSetup(keys, SENSORS, label(code)), terms, store, bus)


def world(
    folder: Path,
    codes: tuple[str, ...] = ("KOR", "JPN", "USA"),
    bus: EmbeddedBus | LinkedBus | None = None,
) -> World:
    bus = EmbeddedBus() if bus is None else bus
    nodes = {code: open_node(folder, code, bus) for code in codes}
    for terms in terms_between(codes, TERMS.values()):
        orders = signatures_of_all(terms, KEYS, T0_S - 60.0, EXERCISE)
        for party in terms.parties:
            nodes[party].take_orders(terms.id, orders, T0_S - 60.0)
    return World(bus, nodes, folder)


def records(made: World, code: str) -> tuple[Record, ...]:
    return tuple(read_ledger(made.folder / code).records())


def ledger(made: World, code: str) -> Ledger:
    read = read_ledger(made.folder / code)
    return Ledger(code, tuple(read.records()), read.bodies)


def sent_bundles(made: World, code: str) -> list[Bundle]:
    """The bundles with bulletins that a ledger holds as sent, their signatures verified."""
    held = ledger(made, code)
    return [
        open_recorded(record.body, held.bodies, PUBLIC, EXERCISE).bundle
        for record in held.records
        if record.kind == "sent"
    ]


def accounts(made: World, one: str, other: str) -> dict[str, DirectionAccount]:
    pair = reconcile(ledger(made, one), ledger(made, other), PUBLIC, EXERCISE)
    return {f"{item.source}->{item.target}": item for item in pair}


def all_accounts(made: World) -> dict[str, DirectionAccount]:
    return {
        **accounts(made, "KOR", "JPN"),
        **accounts(made, "KOR", "USA"),
        **accounts(made, "JPN", "USA"),
    }


def kinds(made: World, code: str, kind: str) -> list[Record]:
    return [record for record in records(made, code) if record.kind == kind]


def forged_bundle(made: World, sender: str, recipient: str, *bulletins: Bulletin) -> None:
    """An envelope that is validly signed by `sender`, put on the bus past its own gate."""
    outbound = made.nodes[sender].releasing._way(recipient)
    outbound.bundles += 1
    bundle = Bundle(
        mode="EXERCISE", sender=sender, recipient=recipient, lane="live",
        sequence=outbound.bundles, previous=outbound.previous, sent_s=T0_S, messages=bulletins,
    )  # fmt: skip
    raw = seal(bundle, KEYS[nation(sender)].private, EXERCISE)
    outbound.previous = envelope_digest(raw)
    made.bus.send(sender, recipient, "live", raw)


def sound_bulletin(made: World) -> Bulletin:
    """What KOR would honestly tell JPN."""
    outcome = made.nodes["KOR"].release((own_estimate(T0_S),), (assessment(T0_S),), T0_S)
    made.bus.purge("KOR", "JPN")
    return next(item for item in outcome.released if item.recipient == "JPN")


def hold(node: Node, agreement: Agreement) -> None:
    """Have a node hold this in the place of the agreement of that name, whatever was signed."""
    orders = node.orders
    key = (agreement.terms.id, agreement.terms.revision)
    agreements = {**orders._log.agreements, key: agreement}
    orders._log = replace(orders._log, agreements=agreements)
    orders._in_order = tuple(agreements[name] for name in sorted(agreements))
