"""One side of the benchmark: a nation's server, bus, ledger on disk and node."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import require
from commonwatch.estimate.assessment import (
    Apogee,
    Assessment,
    Ellipse,
    GroundPoint,
    Impact,
    StateEstimate,
)
from commonwatch.estimate.own_estimate import CoastInformation, OwnEstimate
from commonwatch.identity import Nation, nation
from commonwatch.label import Label
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import shipped_terms, signatures_of_all, terms_between
from commonwatch.node.bus import Bus
from commonwatch.node.group_writer import Beside
from commonwatch.node.keys import exercise_keys
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.link.certificate import LinkIdentity, new_link_identity
from commonwatch.node.link.nats_bus import NatsBus
from commonwatch.node.link.server import LinkServer
from commonwatch.node.link.server_config import Address, LinkPartner, ServerSetup
from commonwatch.node.node import Node, NodeSetup
from commonwatch.utc import format_utc

GIVER, TAKER = nation("KOR"), nation("JPN")
HERE = "127.0.0.1"
UP_S_MAX = 20.0
_KEYS = exercise_keys((GIVER, TAKER), seed=1, mode=EXERCISE)
_LEVELS = {GIVER: "군사III급비밀", TAKER: "秘"}
_SIGNED_BEFORE_S = 86_400.0
SENSOR = "KOR-1"
_SENSORS = {
    SENSOR: Sensor(SENSOR, GIVER, "radar", 36.0, 128.0, 0.0, 1.0, 4e6, 2.0, 0.9, 0.1, 0.1, 0.1)
}


def make_identities(folder: Path) -> None:
    """Certificates and keys of both sides, as files for the two processes."""
    for code in (GIVER, TAKER):
        made = new_link_identity(code, EXERCISE, (HERE,), time.time(), days=1)
        (folder / f"{code}.pem").write_bytes(made.certificate_pem)
        (folder / f"{code}.key").write_bytes(made.private_pem)


class Side:
    """A nation's part of the link; closed, nothing of it runs on."""

    def __init__(self, own: Nation, folder: Path, dial: Address | None = None) -> None:
        self.own = own
        self.other = TAKER if own == GIVER else GIVER
        self._folder = folder
        self._stack = ExitStack()
        identity = LinkIdentity(
            (folder / f"{own}.pem").read_bytes(), (folder / f"{own}.key").read_bytes()
        )
        partner = LinkPartner(self.other, (folder / f"{self.other}.pem").read_bytes(), dial)
        setup = ServerSetup(
            nation=own,
            mode=EXERCISE,
            identity=identity,
            partners=(partner,),
            links_at=Address(HERE, 0),
        )
        self.server = LinkServer(setup, folder / f"link-{own}")
        self._stack.callback(self.server.stop)

    def bus(self) -> NatsBus:
        """A bus over the server; the link comes up once the other side has one too."""
        bus = NatsBus(self.server)
        self._stack.callback(bus.close)
        return bus

    def await_link(self, bus: NatsBus) -> None:
        """Wait until the link is up."""
        until_s = time.monotonic() + UP_S_MAX
        while not bus.links()[0].up:
            require(time.monotonic() < until_s, f"no link to {self.other}: {bus.links()[0].lost}")
            time.sleep(0.01)

    def node(self, bus: Bus, wake: Callable[[], object]) -> Node:
        """The node on it, its agreement with the other in force since yesterday.

        `wake` is called when a group of records is durable.
        """
        keys = _KEYS[self.own]
        store = LedgerStore(self._folder / f"node-{self.own}", self.own, EXERCISE, keys.private)
        self._stack.callback(store.close)
        label = Label(self.own, _LEVELS[self.own], (self.own,), (self.other,))
        terms = terms_between((GIVER, TAKER), shipped_terms())
        writer = Beside(wake)
        self._stack.callback(writer.close)
        node = Node(NodeSetup(keys, _SENSORS, label), terms, store, bus)
        node.write_by(writer)
        signed_s = time.time() - _SIGNED_BEFORE_S
        for one in terms:
            node.take_orders(one.id, signatures_of_all(one, _KEYS, signed_s, EXERCISE), signed_s)
        return node

    def close(self) -> None:
        """Stop bus, ledger and server."""
        self._stack.close()


def update(number: int, at_s: float) -> tuple[OwnEstimate, Assessment]:
    """What the own radar says of one object at a moment, all fields told."""
    ground = GroundPoint(format_utc(at_s - 60.0), 1.0, 39.2, 125.67, Ellipse(900.0, 400.0, 71.0))
    matrix = tuple(
        tuple(1.0 + row if row == column else 0.1 for column in range(7)) for row in range(7)
    )
    vector = (1.0 + number, 2.0, 3.0, 4.0, 5.0, 6.0, -9.0)
    estimate = OwnEstimate(
        track=f"t{number}",
        event=f"e{number}",
        epoch_s=at_s,
        last_plot_s=at_s,
        sources=(SENSOR,),
        status="confirmed",
        phase="ballistic",
        launch=ground,
        burnout_s=at_s - 1.0,
        coast=CoastInformation(vector, (0.5,) * 7, matrix),
        powered=None,
    )
    assessment = Assessment(
        time=format_utc(at_s),
        track=f"t{number}",
        event=f"e{number}",
        status="confirmed",
        phase="ballistic",
        sources=(SENSOR,),
        state=StateEstimate((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), ((0.0,) * 6,) * 6),
        apogee=Apogee(format_utc(at_s + 2000.0), 6.045e6, 1500.0),
        impact=Impact(format_utc(at_s + 4140.0), 2.5, 41.3, 137.0, Ellipse(9000.0, 4000.0, 75.0)),
    )
    return estimate, assessment
