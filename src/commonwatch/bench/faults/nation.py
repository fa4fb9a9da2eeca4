"""One nation's node as a process that is made to be hurt: real ledger, gate, link server and bus.

It releases what a radar says, one update each beat, receives, receipts and
commits, and writes down what is durable as soon as it is: whoever kills it can hold it to that.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path

import msgspec

from commonwatch.acquire.sensor import Sensor
from commonwatch.bench.faults.wire import alone
from commonwatch.bench.share.side import SENSOR, update
from commonwatch.errors import CommonwatchError, require
from commonwatch.estimate.assessment import Assessment
from commonwatch.estimate.own_estimate import OwnEstimate
from commonwatch.identity import Nation, nation
from commonwatch.label import Label
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import shipped_terms, signatures_of_all, terms_between
from commonwatch.node.bus import Bus
from commonwatch.node.keys import exercise_keys
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.link.certificate import LinkIdentity, new_link_identity
from commonwatch.node.link.nats_bus import NatsBus
from commonwatch.node.link.server import LinkServer
from commonwatch.node.link.server_config import Address, LinkPartner, ServerSetup
from commonwatch.node.node import Node, NodeSetup

PAIR = (nation("KOR"), nation("JPN"))
KEYS = exercise_keys(PAIR, seed=1, mode=EXERCISE)
PUBLIC = KEYS[PAIR[0]].public
TOLD_FILE, QUIET_FILE, STOP_FILE = "told", "quiet", "stop"
ALONE_FILE, BEGIN_FILE = "alone", "begin"
_BEGINS_S_MAX = 60.0
# Beats on the wall: an update each, and a word on how far the node is.
BEAT_S, REPORT_S = 0.025, 0.1
_SIGNED_S = 1_700_000_000.0
_LEVELS = {"KOR": "군사III급비밀", "JPN": "秘"}
_SENSORS = {
    name: Sensor(name, code, "radar", 36.0, 128.0, 0.0, 1.0, 4e6, 2.0, 0.9, 0.1, 0.1, 0.1)
    for name, code in ((SENSOR, "KOR"), ("JPN-1", "JPN"))
}


class Setting(msgspec.Struct, frozen=True, tag="live"):
    """Where a nation's process lives: the pair's folder, where it listens, whom it dials.

    `apart`: in a network namespace of its own, where it waits to be let begin.
    """

    folder: str
    nation: str
    listen: tuple[str, int]
    dial: tuple[str, int] | None
    apart: bool = False


class Told(msgspec.Struct, frozen=True):
    """A line of the process: so many records are durable, the last with this hash (hexadecimal).

    `up`: the link is; `stopped`: why nothing is recorded any more; `held`: bulletins in memory.
    """

    durable: int
    last_hash: str
    up: bool
    stopped: str | None
    held: int


_encoder = msgspec.json.Encoder()


def make_identities(folder: Path, hosts: tuple[str, ...]) -> None:
    """Certificates and keys of both, as files for their processes."""
    for code in PAIR:
        made = new_link_identity(code, EXERCISE, hosts, time.time(), days=2)
        (folder / f"{code}.pem").write_bytes(made.certificate_pem)
        (folder / f"{code}.key").write_bytes(made.private_pem)


def other_of(code: str) -> Nation:
    """The other of the two."""
    return PAIR[1] if code == PAIR[0] else PAIR[0]


def own_word(own: str, number: int, at_s: float) -> tuple[list[OwnEstimate], list[Assessment]]:
    """What a nation's own radar says of one object."""
    estimate, assessment = update(number, at_s)
    if own != PAIR[0]:
        estimate = msgspec.structs.replace(estimate, sources=("JPN-1",))
        assessment = msgspec.structs.replace(assessment, sources=("JPN-1",))
    return [estimate], [assessment]


class Process:
    """The node and its loop. What it tells goes to a file, which outlives it."""

    def __init__(self, setting: Setting) -> None:
        """Open the ledger, start the server, and be ready to beat."""
        self._setting, self._own = setting, nation(setting.nation)
        folder = Path(setting.folder)
        self._place = folder / setting.nation
        self._stack = ExitStack()
        store = LedgerStore(self._place, self._own, EXERCISE, KEYS[self._own].private)
        self._stack.callback(store.close)
        server = LinkServer(_server_setup(setting, folder), folder / f"link-{self._own}")
        self._stack.callback(server.stop)
        self._bus = NatsBus(server)
        self._stack.callback(self._bus.close)
        self._node = node_of(self._own, store, self._bus, time.time())
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._told = os.open(folder / f"{self._own}.{TOLD_FILE}", flags, 0o600)
        self._last: Told | None = None

    def run(self) -> None:
        """Beat until the file that says so is there."""
        report_s = 0.0
        folder = Path(self._setting.folder)
        self._node.resend_unacknowledged(time.time())
        while not (folder / STOP_FILE).exists():
            now_s = time.time()
            if not (folder / QUIET_FILE).exists():
                # A new object each beat: none is held back as told a moment ago.
                word = own_word(self._own, int(now_s / BEAT_S) % 1_000_000, now_s)
                self._node.release(*word, now_s)
                self._tell()
            self._node.receive(now_s)
            if now_s - report_s >= REPORT_S:
                report_s = now_s
                self._node.report_progress(now_s)
                self._node.show_head(now_s)
                self._node.commit(now_s)
                self._tell()
            self._bus.arrived.wait(max(0.0, now_s + BEAT_S - time.time()))
        self._node.commit(time.time())
        self._tell()
        self._stack.close()

    def _tell(self) -> None:
        head = self._node.journal.store.head
        told = Told(
            head.size,
            head.last_hash.hex(),
            self._bus.links()[0].up,
            self._node.stopped,
            len(self._node.held()),
        )
        if told != self._last:
            self._last = told
            os.write(self._told, _encoder.encode(told) + b"\n")


def live(setting: Setting) -> int:
    """Run a nation's process; its exit status, with the reason on standard error."""
    try:
        if setting.apart:
            _leave(setting)
        Process(setting).run()
    except CommonwatchError as error:
        os.write(2, f"{setting.nation}: {error}\n".encode())
        return 3
    return 0


def _leave(setting: Setting) -> None:
    alone()
    place = Path(setting.folder)
    (place / f"{setting.nation}.{ALONE_FILE}").touch()
    until_s = time.monotonic() + _BEGINS_S_MAX
    while not (place / f"{setting.nation}.{BEGIN_FILE}").exists():
        require(time.monotonic() < until_s, "it was not let begin")
        time.sleep(0.01)


def _server_setup(setting: Setting, folder: Path) -> ServerSetup:
    own, other = setting.nation, other_of(setting.nation)
    identity = LinkIdentity(
        (folder / f"{own}.pem").read_bytes(), (folder / f"{own}.key").read_bytes()
    )
    dial = None if setting.dial is None else Address(*setting.dial)
    return ServerSetup(
        nation=nation(own),
        mode=EXERCISE,
        identity=identity,
        partners=(LinkPartner(other, (folder / f"{other}.pem").read_bytes(), dial),),
        links_at=Address(*setting.listen),
    )


def node_of(own: Nation, store: LedgerStore, bus: Bus, now_s: float) -> Node:
    """A nation's node on its ledger, its agreement with the other in force long since."""
    label = Label(own, _LEVELS[own], (own,), (other_of(own),))
    terms = terms_between(PAIR, shipped_terms())
    node = Node(NodeSetup(KEYS[own], _SENSORS, label), terms, store, bus)
    for one in terms:  # what is recorded already is passed over
        node.load_orders(signatures_of_all(one, KEYS, _SIGNED_S, EXERCISE), now_s)
    return node
