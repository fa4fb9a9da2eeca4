"""What a node remembers when it starts: everything, from its own ledger."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from commonwatch.node.heads import with_recorded
from commonwatch.node.inbound import Held, Inbound
from commonwatch.node.keys import NodeKeys
from commonwatch.node.ledger_store import LedgerRead
from commonwatch.node.outbound import Outbound
from commonwatch.release.agreement import Agreement, Terms, drafted
from commonwatch.release.agreement_book import Key
from commonwatch.release.decision import Decision
from commonwatch.release.order import SignedOrder
from commonwatch.release.order_log import OrderLog, with_ahead, with_known
from commonwatch.share.bodies import Bodies
from commonwatch.share.consent_history import with_consent_record
from commonwatch.share.consent_message import ConsentAccount
from commonwatch.share.envelope import joined, open_recorded, recorded_bundle
from commonwatch.share.head_book import HeadBook
from commonwatch.share.item_book import ItemBook, with_parents
from commonwatch.share.item_history import with_record
from commonwatch.share.ledger import Purge, Record
from commonwatch.share.message import message_digest


@dataclass(slots=True)
class Memory:
    """A node's state as its ledger tells it.

    `unacknowledged` are envelopes that no receipt answers; `sealed` and `purged` as in the journal.
    """

    orders: OrderLog
    outbound: dict[str, Outbound] = field(default_factory=dict)
    inbound: Inbound = field(default_factory=Inbound)
    book: ItemBook = field(default_factory=ItemBook)
    consents: ConsentAccount = field(default_factory=ConsentAccount)
    heads: HeadBook = field(default_factory=HeadBook)
    unacknowledged: tuple[tuple[str, bytes], ...] = ()
    sealed: dict[str, array[int]] = field(default_factory=dict)
    purged: set[bytes] = field(default_factory=set)


@dataclass(slots=True)
class _Reading:
    """What is needed while reading: names by bulletin, what is still to be answered."""

    bodies: Bodies
    tracks: dict[str, tuple[str, str]] = field(default_factory=dict)
    open_envelopes: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)
    envelope_of: dict[str, bytes] = field(default_factory=dict)


def recovered(read: LedgerRead, keys: NodeKeys, terms: Sequence[Terms]) -> Memory:
    """Agreements, counters, replay windows, held bulletins, from the first record to the last."""
    memory = Memory(OrderLog({(item.id, item.revision): drafted(item) for item in terms}))
    reading = _Reading(read.bodies)
    records = tuple(read.records())
    for record in records:
        if record.kind == "decision":
            decision = msgspec.msgpack.decode(record.body, type=Decision)
            reading.tracks[record.subject] = (decision.track, decision.event)
    for record in records:
        _take(memory, reading, record, keys)
        memory.book = with_record(memory.book, record, keys.nation)
        memory.heads = with_recorded(memory.heads, record)
    for held in held_from(records, read.bodies, memory.orders.agreements, memory.book):
        memory.inbound.take(held, message_digest(held.bulletin))
    memory.unacknowledged = tuple(reading.open_envelopes.values())
    return memory


def held_from(
    records: Sequence[Record],
    bodies: Bodies,
    agreements: Mapping[Key, Agreement],
    book: ItemBook,
) -> Iterator[Held]:
    """Every bulletin that was taken and may still be used, as it was held when it came.

    What was recalled or destroyed since is passed over, as if it had never come.
    """
    refused = {(item.counterparty, item.subject) for item in records if item.kind == "refused"}
    for record in records:
        if record.kind != "received":
            continue
        bundle = recorded_bundle(record.body, bodies)
        for bulletin in bundle.bulletins:
            agreement = agreements.get((bulletin.agreement, bulletin.agreement_revision))
            if (
                agreement is None
                or (bundle.sender, bulletin.id) in refused
                or book.reason_against(bulletin.id, bulletin.lineage.parents) is not None
            ):
                continue
            label = book.label_of(bulletin.id, bulletin.label)
            marking = agreement.terms.levels.equivalent(label, bundle.recipient)
            yield Held(bulletin, marking or "", record.time_s, label)


def _take(memory: Memory, reading: _Reading, record: Record, keys: NodeKeys) -> None:
    match record.kind:
        case "order" | "order-ahead":
            order = msgspec.msgpack.decode(record.body, type=SignedOrder)
            told = order.order
            if any(name == told.agreement for name, _revision in memory.orders.agreements):
                # Its clock was looked at when it was taken; a desk's may be newer than the record.
                taken_s = max(record.time_s, told.at_s)
                memory.orders = with_known(memory.orders, order, keys.public, taken_s)
                if record.kind == "order-ahead":
                    memory.orders = with_ahead(memory.orders, order)
        case "sent" | "receipted" | "control-out":
            _take_sent(memory, reading, record, keys)
        case "received" | "receipt" | "control-in":
            _take_received(memory, reading, record, keys)
        case "consent":
            memory.consents = with_consent_record(memory.consents, record)
        case "destroyed":
            memory.inbound.gone.add(record.subject)
        case "purged":
            purged = msgspec.msgpack.decode(record.body, type=Purge).digests
            memory.purged.update(purged)
            for digest in purged:
                reading.open_envelopes.pop(digest, None)
        case _:
            pass


def _take_sent(memory: Memory, reading: _Reading, record: Record, keys: NodeKeys) -> None:
    opened = open_recorded(record.body, reading.bodies, keys.public, keys.mode)
    way = memory.outbound.setdefault(record.counterparty, Outbound())
    way.bundles = opened.bundle.sequence
    way.previous = opened.digest
    memory.sealed.setdefault(record.counterparty, array("Q")).append(record.sequence)
    for bulletin in opened.bundle.bulletins:
        track, event = reading.tracks[bulletin.id]
        way.remembers(bulletin, track, event)
        reading.envelope_of[bulletin.id] = opened.digest
        if bulletin.lineage.parents:
            memory.book = with_parents(memory.book, bulletin.id, bulletin.lineage.parents)
    raw = joined(record.body, reading.bodies) if record.kind == "sent" else None
    if raw is not None:
        reading.open_envelopes[opened.digest] = (record.counterparty, raw)


def _take_received(memory: Memory, reading: _Reading, record: Record, keys: NodeKeys) -> None:
    bundle = open_recorded(record.body, reading.bodies, keys.public, keys.mode).bundle
    inbound = memory.inbound
    inbound.windows[bundle.sender] = inbound.window(bundle.sender).with_seen(bundle.sequence)
    if record.kind == "received":
        inbound.received.update((item.id, (bundle.sender, item.digest)) for item in bundle.named)
    for receipt in bundle.receipts:
        digest = reading.envelope_of.get(receipt.bulletin)
        if digest is not None:
            reading.open_envelopes.pop(digest, None)
