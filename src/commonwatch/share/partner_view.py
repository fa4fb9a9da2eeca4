"""What a ledger tells one partner at an inspection: a chain of its own, of that partner's alone.

The ledger's own records hold their numbers, their times of commit and the hash of the record
before: all of these tell of other partners' traffic. So what concerns one partner is written anew,
numbered and chained by itself and signed. A later view goes on where an earlier one ended, so that
a partner who keeps the heads finds any change; and each head is recorded in the ledger, where a
third party who is shown all of it finds whether the view was honest.

Told are: envelopes that went between the two, what was refused and purged of them, orders,
canaries, what was said of items, destructions; who read the partner's items or was refused, and
copies of them. Not told are the nation's own decisions on what to release, when anything was
committed, and all that concerns nobody or somebody else. What can still be learnt of others: a
copy's form is free text, an acknowledgement counts the products that an item went into, and the
register of persons, whose digest each reading holds, is one for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from commonwatch.identity import PrivateKey, PublicKey, pre_authentication_encoding
from commonwatch.limits import REASONS_REPORTED_MAX
from commonwatch.share.item_records import Copied, Reading
from commonwatch.share.item_rules import parties_of
from commonwatch.share.ledger import GENESIS_HASH, Kind, Record, record_hash

VIEW_PAYLOAD_TYPE = "application/vnd.commonwatch.partner-view.v1+msgpack"
NOT_TOLD: frozenset[Kind] = frozenset({"decision", "viewed"})


class ViewRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One record of a view, as in a ledger but without the time at which it was committed."""

    sequence: int
    kind: Kind
    subject: str
    body: bytes
    previous: bytes


class ViewHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a view goes: whose ledger, for which partner, how many records, the last hash."""

    nation: str
    partner: str
    mode: str
    size: int
    last_hash: bytes


@dataclass(frozen=True, slots=True)
class ViewStored:
    """A record of a view: its canonical bytes and their hash."""

    record: bytes
    hash: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ViewRecord)


def view_of(
    records: Iterable[Record], nation: str, partner: str, mode: str
) -> tuple[ViewHead, tuple[ViewStored, ...]]:
    """What these records of `nation` tell `partner`, chained, and how far it goes."""
    stored: list[ViewStored] = []
    previous = GENESIS_HASH
    for told in _told(records, nation, partner):
        record = _encoder.encode(
            ViewRecord(len(stored) + 1, told.kind, told.subject, told.body, previous)
        )
        previous = record_hash(record)
        stored.append(ViewStored(record, previous))
    return ViewHead(nation, partner, mode, len(stored), previous), tuple(stored)


def signed_view(head: ViewHead, key: PrivateKey) -> bytes:
    """The nation's signature over the head of a view."""
    return key.sign(_head_bytes(head))


def read_view(stored: Iterable[ViewStored]) -> tuple[ViewRecord, ...]:
    """The records of a view; ValueError where one cannot be read."""
    return tuple(_read(item.record) for item in stored)


def faults_of_view(
    stored: Sequence[ViewStored], head: ViewHead, signature: bytes, key: PublicKey | None
) -> tuple[str, ...]:
    """Every reason why this is not the unbroken view up to a head that this key signed."""
    reasons: list[str] = []
    previous = GENESIS_HASH
    for number, item in enumerate(stored, 1):
        why = _fault(item, number, previous)
        if why is not None and len(reasons) < REASONS_REPORTED_MAX:
            reasons.append(f"record {number}: {why}")
        previous = item.hash
    if (len(stored), previous) != (head.size, head.last_hash):
        reasons.append("its records do not end where the signed head ends")
    if key is None:
        reasons.append(f"no public key of {head.nation} to verify the head with")
    elif not key.verifies(_head_bytes(head), signature):
        reasons.append(f"the head is not signed by {head.nation}")
    return tuple(reasons)


def faults_of_views_told(records: Sequence[Record], nation: str) -> Iterator[str]:
    """Views that were given to partners and are not what the whole ledger says."""
    for number, record in enumerate(records):
        if record.kind != "viewed":
            continue
        try:
            told = msgspec.msgpack.decode(record.body, type=ViewHead)
        except msgspec.DecodeError as error:
            yield f"record {record.sequence}: what was viewed cannot be read: {error}"
            continue
        head, _stored = view_of(records[:number], nation, record.counterparty, told.mode)
        if head != told:
            yield f"record {record.sequence}: {record.counterparty} was shown something else"


def _fault(item: ViewStored, number: int, previous: bytes) -> str | None:
    if record_hash(item.record) != item.hash:
        return "its bytes do not give its hash: it was altered"
    try:
        record = _read(item.record)
    except ValueError as error:
        return f"unreadable: {error}"
    if record.sequence != number or record.previous != previous:
        return "does not follow the record before it"
    return None


def _read(raw: bytes) -> ViewRecord:
    try:
        record = _decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)[:120]) from error
    if _encoder.encode(record) != raw:
        raise ValueError("not in its one canonical encoding")
    return record


def _told(records: Iterable[Record], nation: str, partner: str) -> Iterator[Record]:
    """The records that concern this partner, others' items taken out of copies."""
    copies: set[str] = set()
    for record in records:
        if record.counterparty == partner:
            if record.kind not in NOT_TOLD:
                yield record
        elif record.counterparty:
            continue
        elif record.kind in {"read", "read-refused"}:
            item = msgspec.msgpack.decode(record.body, type=Reading).item
            if parties_of(item) == (partner, nation):
                yield record
        elif record.kind == "copied":
            copied = msgspec.msgpack.decode(record.body, type=Copied)
            parents = tuple(
                name
                for name in copied.parents
                if name in copies or parties_of(name) == (partner, nation)
            )
            if parents:
                copies.add(copied.copy)
                body = msgspec.msgpack.encode(msgspec.structs.replace(copied, parents=parents))
                yield msgspec.structs.replace(record, body=body)
        elif record.kind == "copy-destroyed" and record.subject in copies:
            yield record


def _head_bytes(head: ViewHead) -> bytes:
    return pre_authentication_encoding(VIEW_PAYLOAD_TYPE, _encoder.encode(head))
