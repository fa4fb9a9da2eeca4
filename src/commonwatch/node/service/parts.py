"""What a service is made of, opened from a node's folder in order and closed in the reverse."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.estimate.estimator import Estimator
from commonwatch.identity import nation
from commonwatch.label import Label
from commonwatch.limits import NODE_IDENTITY_BYTES_MAX
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.node.desk_drafts import lay_aside
from commonwatch.node.desk_files import DOCUMENTS_FOLDER, read_documents, write_documents
from commonwatch.node.durable import read_bounded
from commonwatch.node.folder import read_keys
from commonwatch.node.group_writer import Beside
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.link.certificate import LinkIdentity
from commonwatch.node.link.nats_bus import NatsBus
from commonwatch.node.link.server import LinkServer
from commonwatch.node.link.server_config import ServerSetup
from commonwatch.node.node import Node, NodeSetup
from commonwatch.node.observation_files import read_sensors_file
from commonwatch.node.service.checking import faults_of
from commonwatch.node.service.config import (
    LINK_CERTIFICATE,
    LINK_FOLDER,
    LINK_KEY,
    PLOTS_FILE,
    STANDARD,
    NodeConfig,
    beside,
    parse_address,
    read_config,
)
from commonwatch.node.service.feed import Feed
from commonwatch.node.service.kept_plots import KeptPlots
from commonwatch.node.service.partners import partner_files, partner_of, read_node_identity
from commonwatch.node.watch import Watch, sensors_apart
from commonwatch.release.order import SignedOrder
from commonwatch.share.ledger import KINDS_OF_ORDERS


@dataclass(slots=True)
class Parts:
    """All of one node; `stack` closes what was opened."""

    config: NodeConfig
    desk: AgreementDesk
    watch: Watch
    bus: NatsBus
    server: LinkServer
    feed: Feed
    kept: KeptPlots
    stack: ExitStack = field(default_factory=ExitStack)


def opened(file: Path, now_s: float) -> Parts:
    """Open everything; UnusableInput where anything is wrong, before anything of it starts."""
    faults = faults_of(file, now_s)
    if faults:
        more = f" (and {len(faults) - 1} more: commonwatch node check)" if faults[1:] else ""
        raise UnusableInput(faults[0] + more)
    with ExitStack() as stack:
        parts = _opened(file, read_config(file), now_s, stack)
        parts.stack = stack.pop_all()
        return parts


def _opened(file: Path, config: NodeConfig, now_s: float, stack: ExitStack) -> Parts:
    folder, keys = file.parent, read_keys(file.parent)
    desk = AgreementDesk(beside(file, config.desk))
    _keep_documents(folder, desk)
    sensors = {one.id: one for one in read_sensors_file(beside(file, config.sensors))}
    own = tuple(one for one in sensors.values() if one.nation == keys.nation)
    store = LedgerStore(folder, keys.nation, keys.mode, keys.private)
    stack.callback(store.close)
    kept = KeptPlots(folder / PLOTS_FILE)
    stack.callback(kept.close)
    server = LinkServer(_server_setup(file, config, now_s), folder / LINK_FOLDER)
    stack.callback(server.stop)
    bus = NatsBus(server)
    stack.callback(bus.close)
    writer = Beside(bus.arrived.set)
    stack.callback(writer.close)
    to = tuple(sorted(map(str, map(nation, config.marking.releasable_to))))
    label = Label(keys.nation, config.marking.level, (keys.nation,), to)
    setup = NodeSetup(keys, sensors, label, desk=desk.folder)
    node = Node(setup, desk.book.documents, store, bus)
    node.write_by(writer)
    recorded = {
        msgspec.msgpack.decode(record.body, type=SignedOrder)
        for record in store.read().records()
        if record.kind in KINDS_OF_ORDERS
    }
    fresh = [order for order in desk.book.orders if order not in recorded]
    if recorded:
        node.take_up_orders(fresh, now_s)
    elif fresh:
        node.load_orders(fresh, now_s)  # the desks told each other of these
    node.resend_unacknowledged(now_s)

    def made(some: tuple[object, ...]) -> Estimator:
        return Estimator(tuple(one for one in own if one in some), kept.begun)

    terms = [item.terms for item in node.agreements]
    watch = Watch(
        keys.nation,
        node,
        made(own),
        tuple(sensors_apart(keys.nation, terms, own, made)),
    )
    feed = Feed({one.id: one for one in own}, config.feed.clock, config.feed.late_s)
    return Parts(config, desk, watch, bus, server, feed, kept)


def _keep_documents(folder: Path, desk: AgreementDesk) -> None:
    """The desk's documents beside the ledger, which is read by them for good."""
    (folder / DOCUMENTS_FOLDER).mkdir(exist_ok=True)
    lay_aside(folder, desk.withdrawn)
    held = {item.name for item in read_documents(folder)}
    write_documents(folder, [(name, text) for name, text in desk.texts if name not in held])


def _server_setup(file: Path, config: NodeConfig, now_s: float) -> ServerSetup:
    keys = read_keys(file.parent)
    return ServerSetup(
        nation=keys.nation,
        mode=keys.mode,
        identity=LinkIdentity(
            read_bounded(beside(file, LINK_CERTIFICATE), NODE_IDENTITY_BYTES_MAX).encode(),
            read_bounded(beside(file, LINK_KEY), NODE_IDENTITY_BYTES_MAX).encode(),
        ),
        partners=tuple(
            partner_of(read_node_identity(path), keys, now_s) for path in partner_files(file)
        ),
        links_at=parse_address(config.links.listen),
    )


def feed_descriptor(file: Path, config: NodeConfig) -> int:
    """Where the plots come from, open for reading."""
    if config.feed.plots == STANDARD:
        return os.dup(sys.stdin.fileno())
    return os.open(beside(file, config.feed.plots), os.O_RDONLY | os.O_NONBLOCK)


def output_descriptor(file: Path, config: NodeConfig) -> int:
    """Where assessments and pictures go, open for writing at the end."""
    if config.output.file == STANDARD:
        return os.dup(sys.stdout.fileno())
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.open(beside(file, config.output.file), flags, 0o600)
