"""The ledger's records as values: an append-only chain in which every record holds the one before.

A record's hash is RFC 6962's leaf hash, SHA-256(0x00 || record), over bytes that contain the hash
of the record before: it is the chain and the checksum in one, and a Merkle tree can stand on the
same leaves. A chain alone does not show that its tail was cut; the signed head does, and so do
partners.

Bulletins lie beside the chain, each under its SHA-256, which the chain holds: one can be destroyed,
and the chain still proves what it was and that nothing else changed (docs/adr/0013).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from commonwatch.identity import PrivateKey, PublicKey, pre_authentication_encoding
from commonwatch.limits import LEDGER_RECORD_BYTES_MAX, REASONS_REPORTED_MAX
from commonwatch.share.merkle import leaf_hash

GENESIS_HASH = bytes(32)
HEAD_PAYLOAD_TYPE = "application/vnd.commonwatch.ledger-head.v1+msgpack"

Kind = Literal[
    "opened",  # the first record: whose ledger, of which mode
    "order",  # an order on an agreement, own or a partner's, moved it or not
    "order-ahead",  # the same, dated ahead of the clock here: it holds back until its time
    "order-refused",  # what an order could not do, and why
    "canary",  # the decision on the message that proves a suspension
    "decision",
    "sent",  # an envelope with bulletins, recorded before it is sent
    "purged",  # digests of envelopes that were recorded but never sent
    "received",  # a partner's envelope with bulletins
    "refused",  # an envelope, or one bulletin of a received one, that was not taken, and why
    "receipted",  # our envelope with receipts, recorded before it is sent
    "receipt",  # a partner's envelope with receipts
    "control-out",  # our envelope with orders, recorded before it is sent
    "control-in",  # a partner's envelope with orders
    "item",  # what was said of items after release, own or a partner's, that took effect
    "item-refused",
    "consent",  # a consent, its withdrawal or the receipt of either, said or heard
    "consent-refused",
    "head-out",  # a head of this ledger that partners are shown, and what it stands for
    "head-in",  # a head of a partner's ledger, as it was shown or passed on
    "equivocation",  # two heads of one number by one nation: the evidence itself
    "destroyed",  # a bulletin whose bytes are no longer beside the chain, and by whose order
    "copied",  # a copy that leaves the node's store, with its parents
    "copy-destroyed",
    "register",  # the register of persons that the node holds from now on, whole
    "read",  # a person is shown an item; recorded before it is shown
    "read-refused",
    "viewed",  # a partner was given an audit of what concerns it: how far it went
]
KINDS_OF_ORDERS: frozenset[Kind] = frozenset({"order", "order-ahead"})
KINDS_WITH_BULLETINS: frozenset[Kind] = frozenset({"sent", "received"})


class Record(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, array_like=True):
    """One record. `time_s` is data time; `subject` is what it is about.

    `body` the evidence itself.
    """

    sequence: int
    time_s: float
    kind: Kind
    counterparty: str
    subject: str
    body: bytes
    previous: bytes


class Refusal(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The body of a `refused` or `order-refused` record: why, and the SHA-256 of what came."""

    why: str
    digest: bytes


class Purge(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The body of a `purged` record: why, and digests of the envelopes that never left."""

    why: str
    digests: tuple[bytes, ...]


class Head(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How far a ledger goes: its records' number and last hash, for one nation and mode."""

    nation: str
    mode: str
    size: int
    last_hash: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded, before it has a place in the chain.

    `contents` are messages to be kept beside the chain; the body names each by its SHA-256.
    """

    kind: Kind
    counterparty: str
    subject: str
    body: bytes
    contents: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A record's canonical bytes and its hash, as a store holds them."""

    sequence: int
    record: bytes
    hash: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


def record_hash(record: bytes) -> bytes:
    """Leaf hash of a record's bytes (RFC 6962, section 2.1)."""
    return leaf_hash(record)


def appended(head: Head, entries: Sequence[Entry], now_s: float) -> tuple[Head, tuple[Stored, ...]]:
    """The head after these entries, and what a store must hold, all of it or nothing."""
    stored: list[Stored] = []
    previous, sequence = head.last_hash, head.size
    for entry in entries:
        sequence += 1
        record = _encoder.encode(
            Record(
                sequence,
                float(now_s),  # an integer would be told in another spelling than the one read back
                entry.kind,
                entry.counterparty,
                entry.subject,
                entry.body,
                previous,
            )
        )
        previous = record_hash(record)
        stored.append(Stored(sequence, record, previous))
    return msgspec.structs.replace(head, size=sequence, last_hash=previous), tuple(stored)


def empty_head(nation: str, mode: str) -> Head:
    """The head of a ledger that holds nothing yet."""
    return Head(nation, mode, 0, GENESIS_HASH)


def signed_head(head: Head, key: PrivateKey) -> bytes:
    """The nation's signature over a head."""
    return key.sign(_head_bytes(head))


def head_holds(head: Head, signature: bytes, key: PublicKey) -> bool:
    """Whether this signature is the nation's own over this head."""
    return key.verifies(_head_bytes(head), signature)


def read_record(stored: Stored) -> Record:
    """The record in these bytes; raises ValueError where they are not exactly one."""
    if len(stored.record) > LEDGER_RECORD_BYTES_MAX:
        raise ValueError(f"longer than {LEDGER_RECORD_BYTES_MAX} bytes")
    try:
        record = _decoder.decode(stored.record)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)[:120]) from error
    if _encoder.encode(record) != stored.record:
        raise ValueError("not in its one canonical encoding")
    return record


def verify_chain(stored: Iterable[Stored], head: Head) -> tuple[str, ...]:
    """Every reason why these records are not the unbroken chain up to `head`.

    Empty where they are.
    """
    reasons: list[str] = []
    previous, count = GENESIS_HASH, 0
    for item in stored:
        count += 1
        why = _fault(item, count, previous)
        if why is not None and len(reasons) < REASONS_REPORTED_MAX:
            reasons.append(f"record {count}: {why}")
        previous = item.hash
    if count != head.size:
        reasons.append(f"{count} records where the signed head counts {head.size}")
    elif previous != head.last_hash:
        reasons.append("the last record is not the one that the signed head names")
    return tuple(reasons)


def _fault(item: Stored, expected_sequence: int, previous: bytes) -> str | None:
    if record_hash(item.record) != item.hash:
        return "its bytes do not give its hash: it was altered"
    try:
        record = read_record(item)
    except ValueError as error:
        return f"unreadable: {error}"
    if (item.sequence, record.sequence) != (expected_sequence, expected_sequence):
        return f"numbered {record.sequence}: one was taken out or put in before it"
    if record.previous != previous:
        return "does not hold the hash of the record before it"
    return None


def _head_bytes(head: Head) -> bytes:
    return pre_authentication_encoding(HEAD_PAYLOAD_TYPE, _encoder.encode(head))
