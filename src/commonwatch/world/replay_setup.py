"""The nodes of a replay: exercise keys, ledgers, agreements in force, and the orders planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.estimate.estimator import Estimator
from commonwatch.identity import Nation, PublicKey, nation
from commonwatch.label import Label
from commonwatch.limits import REPLAY_NODES_MAX
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import (
    new_order,
    shipped_terms,
    signatures_of_all,
    terms_between,
)
from commonwatch.node.bus import CountingBus
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.folder import write_folder
from commonwatch.node.keys import NodeKeys, exercise_keys
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.node import Node, NodeSetup
from commonwatch.node.watch import SomeSensors, Watch, sensors_apart
from commonwatch.release.agreement import Terms
from commonwatch.release.bearing import Bearing, bearing_of
from commonwatch.release.order import OrderKind
from commonwatch.warn_files import warning_regions
from commonwatch.world.replay_alerts import AlertDesk
from commonwatch.world.replay_desks import desks_in, take_up
from commonwatch.world.replay_node import ReplayNode
from commonwatch.world.replay_public import PublicDesk
from commonwatch.world.replay_scene import ReplayScene
from commonwatch.world.replay_view import ViewKeeper

IN_FORCE, SUSPENDED = "in-force", "suspended"
BY_DESKS = "as the desks hold them"
# The agreement that `--agreement` and `--suspend-at` speak of, and the party that gives the order.
ORDERED_AGREEMENT = "KOR-JPN"
ORDERING_PARTY = Nation("KOR")
SIGNED_BEFORE_S = 60.0
# No flight of the catalogue lasts a day.
ORDER_AT_MAX_S = 86_400.0
# Notional: everything in a replay is marked at each nation's lowest level that the examples know.
MARKINGS = {"KOR": "군사III급비밀", "JPN": "秘", "USA": "CONFIDENTIAL"}
USUAL_ORDER = ("KOR", "JPN", "USA")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """Who takes part and what is ordered when, seconds after lift-off.

    `agreements`: the folder with the desks whose documents, orders and keys the nodes take up.
    """

    nodes: tuple[Nation, ...]
    agreement: str = IN_FORCE
    suspend_at_s: float | None = None
    restore_at_s: float | None = None
    seed: int = 1
    agreements: Path | None = None

    @property
    def told_agreement(self) -> str:
        """How the agreements stand from the start, in words."""
        return self.agreement if self.agreements is None else BY_DESKS

    def __post_init__(self) -> None:
        """Refuse orders that could not be given."""
        ordered = (self.agreement == SUSPENDED, self.suspend_at_s, self.restore_at_s)
        if self.agreements is not None and ordered != (False, None, None):
            raise UnusableInput(
                f"--agreements {self.agreements}: the desks say how the agreements stand; "
                "give the order at a desk, as in `commonwatch agreement suspend`"
            )
        if self.agreement not in {IN_FORCE, SUSPENDED}:
            raise UnusableInput(f"--agreement {self.agreement}: write {IN_FORCE} or {SUSPENDED}")
        for option, at_s in (
            ("--suspend-at", self.suspend_at_s),
            ("--restore-at", self.restore_at_s),
        ):
            if at_s is not None and not abs(at_s) <= ORDER_AT_MAX_S:
                raise UnusableInput(
                    f"{option} is {at_s}; seconds after lift-off, at most {ORDER_AT_MAX_S:.0f}"
                )
        suspends = self.agreement == SUSPENDED or self.suspend_at_s is not None
        parties = set(ORDERED_AGREEMENT.split("-"))
        if suspends and not parties.issubset(self.nodes):
            raise UnusableInput(
                f"--agreement and --suspend-at speak of {ORDERED_AGREEMENT}, "
                f"and the nodes are {', '.join(self.nodes)}"
            )
        if self.agreement == SUSPENDED and self.suspend_at_s is not None:
            raise UnusableInput("--suspend-at: the agreement is suspended from the start already")
        if self.restore_at_s is not None and not (
            suspends and self.restore_at_s > (self.suspend_at_s or float("-inf"))
        ):
            raise UnusableInput("--restore-at: only after a suspension can there be a restoration")


def nodes_of(asked: str | None, scene: ReplayScene) -> tuple[Nation, ...]:
    """The nations of `--nodes`; where none is asked for, those that have a sensor in the scene."""
    have = {sensor.nation for sensor in scene.sensors}
    usual = [code for code in USUAL_ORDER if code in have]
    codes = asked.split(",") if asked else [*usual, *sorted(have - set(usual))]
    nodes = tuple(nation(code.strip()) for code in codes)
    if len(set(nodes)) != len(nodes):
        raise UnusableInput("--nodes: a nation is named twice; each has one node")
    if len(nodes) > REPLAY_NODES_MAX:
        raise UnusableInput(f"--nodes: {len(nodes)} nations; at most {REPLAY_NODES_MAX}")
    return nodes


class ReplayNetwork:
    """The nodes of one replay on one bus, their agreements signed."""

    def __init__(
        self,
        scene: ReplayScene,
        options: ReplayOptions,
        folder: Path,
        bus: CountingBus | None = None,
    ) -> None:
        """Make keys, ledgers and nodes under `folder`, with their agreements in force.

        Without a `bus` they share one in this process.
        """
        self.scene = scene
        self.options = options
        self.folder = folder
        self.bus: CountingBus = EmbeddedBus() if bus is None else bus
        desks = options.agreements
        self._desks = {} if desks is None else desks_in(desks, options.nodes)
        self.keys = exercise_keys(options.nodes, options.seed, EXERCISE)
        self.keys |= {code: desk.keys for code, desk in self._desks.items()}
        self._terms = () if desks is not None else terms_between(options.nodes, shipped_terms())
        self._sensors = {sensor.id: sensor for sensor in scene.sensors}
        self._regions = warning_regions()
        self.nodes: dict[str, ReplayNode] = {}
        try:
            for code in options.nodes:
                self.nodes[code] = self._replay_node(code)
            self._bring_into_force()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close every ledger."""
        for item in self.nodes.values():
            item.node.journal.store.close()

    def suspend(self, now_s: float) -> None:
        """The ordering party suspends, alone."""
        self.nodes[ORDERING_PARTY].node.order_suspend(ORDERED_AGREEMENT, now_s)

    def restore(self, now_s: float) -> None:
        """Every party restores, and says that what is in the air is told on."""
        for party in ORDERED_AGREEMENT.split("-"):
            self.nodes[party].node.order_restore(ORDERED_AGREEMENT, now_s, resume_open_objects=True)
            for item in self.nodes.values():
                item.node.obey(now_s)

    def live_bytes(self) -> dict[tuple[str, str], int]:
        """Bytes of bulletins that left, by direction."""
        return {
            (sender, recipient): count
            for (sender, recipient, lane), count in self.bus.bytes_sent.items()
            if lane == "live"
        }

    def ordered_directions(self) -> Iterator[tuple[str, str]]:
        """Both directions between the parties of the ordered agreement."""
        one, other = ORDERED_AGREEMENT.split("-")
        yield one, other
        yield other, one

    def _replay_node(self, code: Nation) -> ReplayNode:
        scene, lift_off_s = self.scene, self.scene.lift_off_s
        own = tuple(sensor for sensor in scene.sensors if sensor.nation == code)
        node = self._node(self.keys[code])
        return ReplayNode(
            nation=code,
            watch=Watch(code, node, Estimator(own), tuple(self._apart(node, code, own))),
            sensors=self._sensors,
            alone=ViewKeeper(lift_off_s, scene.flights),
            shared=ViewKeeper(lift_off_s, scene.flights),
            alerts=AlertDesk(
                code,
                scene.name,
                lift_off_s,
                self._regions,
                node.record_for_public,
            ),
            public=PublicDesk(code, node),
        )

    @property
    def public_keys(self) -> dict[str, PublicKey]:
        """The key that each node signs with."""
        return {code: keys.private.public for code, keys in self.keys.items()}

    def _apart(self, node: Node, code: Nation, own: tuple[Sensor, ...]) -> Iterator[SomeSensors]:
        # Signed a little later, or by a desk: what its desk holds for over keeps no sensor apart.
        over = bearing_of if code in self._desks else None
        terms = [
            item.terms
            for item in node.agreements
            if over is None or over(item, self._begins_s) is not Bearing.SILENT
        ]
        return sensors_apart(code, terms, own)

    def _node(self, keys: NodeKeys) -> Node:
        folder = self.folder / keys.nation
        write_folder(folder, keys)
        store = LedgerStore(folder, keys.nation, EXERCISE, keys.private)
        others = tuple(sorted(set(self.options.nodes) - {keys.nation}))
        desk = self._desks.get(keys.nation)
        own_terms = [item for item in self._terms if keys.nation in item.parties]
        held = own_terms if desk is None else desk.book.documents
        level = MARKINGS.get(keys.nation) or _lowest_level(keys.nation, held)
        marking = Label(keys.nation, level, (keys.nation,), others)
        node = Node(NodeSetup(keys, self._sensors, marking), held, store, self.bus)
        if desk is not None:
            take_up(desk, node, folder, self._begins_s)
        return node

    @property
    def _begins_s(self) -> float:
        return self.scene.plots[0].time_s - SIGNED_BEFORE_S

    def _bring_into_force(self) -> None:
        signed_s = self._begins_s
        for terms in self._terms:
            orders = signatures_of_all(terms, self.keys, signed_s, EXERCISE)
            for party in terms.parties:
                self.nodes[party].node.take_orders(terms.id, orders, signed_s)
            if terms.id == ORDERED_AGREEMENT and self.options.agreement == SUSPENDED:
                self._suspend_beforehand(terms, signed_s)

    def _suspend_beforehand(self, terms: Terms, at_s: float) -> None:
        # Both parties have had the order long before the scene: not one byte of it crosses now.
        agreement = self.nodes[ORDERING_PARTY].node.orders.agreement(terms.id)
        keys = self.keys[ORDERING_PARTY]
        order = new_order(agreement, keys, OrderKind.SUSPEND, at_s, EXERCISE)
        for party in terms.parties:
            self.nodes[party].node.take_orders(terms.id, (order,), at_s)


def _lowest_level(code: Nation, terms: Iterable[Terms]) -> str:
    """The lowest marking of a nation that its first agreement knows; none is unknown to all."""
    markings = (mark for item in terms for row in item.levels.rows for mark in row.markings)
    return next((level for owner, level in markings if owner == code), "")
