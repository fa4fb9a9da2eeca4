"""What a node remembers when it starts: everything, from its own ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from commonwatch.node.inbound import Held, Inbound
from commonwatch.node.keys import NodeKeys
from commonwatch.node.ledger_store import LedgerRead
from commonwatch.node.outbound import Outbound
from commonwatch.release.agreement import Agreement, Terms, drafted
from commonwatch.release.decision import Decision
from commonwatch.release.order import SignedOrder
from commonwatch.release.transition import apply_order
from commonwatch.share.envelope import open_envelope
from commonwatch.share.ledger import Purge, Record
from commonwatch.share.message import Bundle


@dataclass(slots=True)
class Memory:
    """A node's state as its ledger tells it.

    `unacknowledged` are envelopes that no receipt answers.
    """

    agreements: dict[str, Agreement]
    outbound: dict[str, Outbound] = field(default_factory=dict)
    inbound: Inbound = field(default_factory=Inbound)
    unacknowledged: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class _Reading:
    """What is needed while reading: names by bulletin, refusals, what is still to be answered."""

    tracks: dict[str, tuple[str, str]] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)
    open_envelopes: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)
    envelope_of: dict[str, bytes] = field(default_factory=dict)


def recovered(read: LedgerRead, keys: NodeKeys, terms: Sequence[Terms]) -> Memory:
    """Agreements, counters, replay windows, held bulletins, from the first record to the last."""
    memory = Memory({item.id: drafted(item) for item in terms})
    reading = _Reading()
    records = tuple(read.records())
    for record in records:
        if record.kind == "decision":
            decision = msgspec.msgpack.decode(record.body, type=Decision)
            reading.tracks[record.subject] = (decision.track, decision.event)
        elif record.kind == "refused":
            reading.refused.add((record.counterparty, record.subject))
    for record in records:
        _take(memory, reading, record, keys)
    memory.unacknowledged = tuple(reading.open_envelopes.values())
    return memory


def _take(memory: Memory, reading: _Reading, record: Record, keys: NodeKeys) -> None:
    match record.kind:
        case "order":
            order = msgspec.msgpack.decode(record.body, type=SignedOrder)
            agreement = memory.agreements.get(record.subject)
            if agreement is not None:
                memory.agreements[record.subject] = apply_order(
                    agreement, order, keys.public, record.time_s
                )
        case "sent" | "receipted" | "control-out":
            _take_sent(memory, reading, record, keys)
        case "received" | "receipt" | "control-in":
            _take_received(memory, reading, record, keys)
        case "purged":
            for digest in msgspec.msgpack.decode(record.body, type=Purge).digests:
                reading.open_envelopes.pop(digest, None)
        case _:
            pass


def _take_sent(memory: Memory, reading: _Reading, record: Record, keys: NodeKeys) -> None:
    opened = open_envelope(record.body, keys.public, keys.mode)
    way = memory.outbound.setdefault(record.counterparty, Outbound())
    way.bundles = opened.bundle.sequence
    way.previous = opened.digest
    for bulletin in opened.bundle.bulletins:
        track, event = reading.tracks[bulletin.id]
        way.remembers(bulletin, track, event)
        reading.envelope_of[bulletin.id] = opened.digest
        reading.open_envelopes[opened.digest] = (record.counterparty, record.body)


def _take_received(memory: Memory, reading: _Reading, record: Record, keys: NodeKeys) -> None:
    bundle = open_envelope(record.body, keys.public, keys.mode).bundle
    inbound = memory.inbound
    inbound.windows[bundle.sender] = inbound.window(bundle.sender).with_seen(bundle.sequence)
    for receipt in bundle.receipts:
        digest = reading.envelope_of.get(receipt.bulletin)
        if digest is not None:
            reading.open_envelopes.pop(digest, None)
    _hold(memory, reading, bundle, record.time_s)


def _hold(memory: Memory, reading: _Reading, bundle: Bundle, received_s: float) -> None:
    for bulletin in bundle.bulletins:
        agreement = memory.agreements.get(bulletin.agreement)
        if (bundle.sender, bulletin.id) in reading.refused or agreement is None:
            continue
        marking = agreement.terms.levels.equivalent(bulletin.label, bundle.recipient)
        memory.inbound.take(Held(bulletin, marking or "", received_s))
