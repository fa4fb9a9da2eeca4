"""Two ledgers laid side by side: is what one released to the other what the other received?

Pure, and needs nobody's keys but the public ones: a partner or a third party can do it offline. The
answer names every difference, to the last record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from commonwatch.identity import PublicKey
from commonwatch.mode import Mode
from commonwatch.release.decision import Decision
from commonwatch.share.envelope import RefusedEnvelope, open_envelope
from commonwatch.share.ledger import Purge, Record, Refusal
from commonwatch.share.message import Bundle, Receipt, message_digest


@dataclass(frozen=True, slots=True)
class DirectionAccount:
    """What two ledgers say of one direction; `differences` is empty where they agree."""

    source: str
    target: str
    released: int
    withheld: int
    received: int
    receipts: int
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger as its records, in order, and the nation whose it is."""

    nation: str
    records: tuple[Record, ...]


@dataclass(slots=True)
class _Side:
    """What one ledger holds of its dealings with one partner; filled while its records are read."""

    sent: dict[bytes, Bundle] = field(default_factory=dict)
    received: dict[bytes, Bundle] = field(default_factory=dict)
    receipts_in: dict[str, Receipt] = field(default_factory=dict)
    receipts_out: dict[str, Receipt] = field(default_factory=dict)
    purged: set[bytes] = field(default_factory=set)
    refused: set[bytes] = field(default_factory=set)
    withheld: int = 0
    faults: list[str] = field(default_factory=list)


def reconcile(
    one: Ledger, other: Ledger, keys: Mapping[str, PublicKey], mode: Mode
) -> tuple[DirectionAccount, DirectionAccount]:
    """Both directions between two nations: one to other, other to one."""
    side_one = _side(one, other.nation, keys, mode)
    side_other = _side(other, one.nation, keys, mode)
    return (
        _account(one.nation, other.nation, side_one, side_other),
        _account(other.nation, one.nation, side_other, side_one),
    )


def _side(ledger: Ledger, partner: str, keys: Mapping[str, PublicKey], mode: Mode) -> _Side:
    side = _Side()
    for record in ledger.records:
        if record.counterparty == partner:
            try:
                _take(side, record, keys, mode)
            except (RefusedEnvelope, msgspec.DecodeError) as error:
                side.faults.append(f"{ledger.nation} record {record.sequence}: {error}")
    return side


def _take(side: _Side, record: Record, keys: Mapping[str, PublicKey], mode: Mode) -> None:
    match record.kind:
        case "sent":
            opened = open_envelope(record.body, keys, mode)
            side.sent[opened.digest] = opened.bundle
        case "received":
            opened = open_envelope(record.body, keys, mode)
            side.received[opened.digest] = opened.bundle
        case "receipted":
            bundle = open_envelope(record.body, keys, mode).bundle
            side.receipts_out.update((item.bulletin, item) for item in bundle.receipts)
        case "receipt":
            bundle = open_envelope(record.body, keys, mode).bundle
            side.receipts_in.update((item.bulletin, item) for item in bundle.receipts)
        case "purged":
            side.purged.update(msgspec.msgpack.decode(record.body, type=Purge).digests)
        case "refused":
            refusal = msgspec.msgpack.decode(record.body, type=Refusal)
            side.refused.add(refusal.digest)
        case "decision":
            decision = msgspec.msgpack.decode(record.body, type=Decision)
            side.withheld += decision.outcome == "withhold"
        case _:
            pass


def _account(source: str, target: str, giver: _Side, taker: _Side) -> DirectionAccount:
    differences = list(giver.faults)
    way = f"{source}->{target}"
    for digest, bundle in giver.sent.items():
        if digest in taker.received or digest in giver.purged or digest in taker.refused:
            continue
        differences.append(f"{way}: bundle {bundle.sequence} was released and never received")
    for digest, bundle in taker.received.items():
        if digest not in giver.sent:
            differences.append(f"{way}: bundle {bundle.sequence} was received and never released")
        differences += _unreceipted(way, bundle, giver, taker)
    differences += _broken_chain(way, giver)
    left = [bundle for digest, bundle in giver.sent.items() if digest not in giver.purged]
    return DirectionAccount(
        source=source,
        target=target,
        released=sum(len(bundle.bulletins) for bundle in left),
        withheld=giver.withheld,
        received=sum(item.outcome == "accepted" for item in taker.receipts_out.values()),
        receipts=len(giver.receipts_in),
        differences=tuple(differences),
    )


def _unreceipted(way: str, bundle: Bundle, giver: _Side, taker: _Side) -> list[str]:
    differences = []
    for bulletin in bundle.bulletins:
        answer, arrived = taker.receipts_out.get(bulletin.id), giver.receipts_in.get(bulletin.id)
        if answer is None:
            differences.append(f"{way}: bulletin {bulletin.id} was received and not receipted")
        elif arrived is None:
            differences.append(f"{way}: the receipt for bulletin {bulletin.id} did not arrive")
        elif arrived != answer:
            differences.append(f"{way}: bulletin {bulletin.id} has two different receipts")
        if answer is not None and answer.digest != message_digest(bulletin):
            differences.append(f"{way}: the receipt for {bulletin.id} names another bulletin")
    return differences


def _broken_chain(way: str, giver: _Side) -> list[str]:
    """Where one direction's bundles do not follow each other: two stories, or one was cut out."""
    seen: dict[bytes, int] = {}
    differences = []
    for bundle in giver.sent.values():
        if bundle.previous in seen:
            differences.append(
                f"{way}: bundles {seen[bundle.previous]} and {bundle.sequence} claim one place"
            )
        seen[bundle.previous] = bundle.sequence
    return differences
