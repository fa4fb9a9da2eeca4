"""Two ledgers laid side by side: is what one released to the other what the other received?

Pure, and needs nobody's keys but the public ones: a partner or a third party can do it offline. The
answer names every difference, to the last record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from commonwatch.identity import PublicKey
from commonwatch.mode import Mode
from commonwatch.release.decision import EVERY_TRACK, Decision
from commonwatch.release.product import LAUNCH_WARNING
from commonwatch.share.bodies import Bodies, told_of_destroyed
from commonwatch.share.envelope import Opened, RefusedEnvelope, open_recorded
from commonwatch.share.head_accounts import heads_that_differ, heads_told_twice
from commonwatch.share.ledger import Purge, Record, Refusal
from commonwatch.share.message import Bundle, Receipt


@dataclass(frozen=True, slots=True)
class ProductAccount:
    """How often a product was released in one direction, and how often it was kept back."""

    product: str
    released: int
    withheld: int


@dataclass(frozen=True, slots=True)
class DirectionAccount:
    """What two ledgers say of one direction; `differences` is empty where they agree.

    `withheld` counts launch warnings; `products` has both counts of each product, by its name.
    `destroyed` says of what was received, and is no longer there, when and by which order it went.
    """

    source: str
    target: str
    released: int
    withheld: int
    received: int
    receipts: int
    differences: tuple[str, ...]
    destroyed: tuple[str, ...] = ()
    products: tuple[ProductAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger as its records, in order, the nation whose it is, and what lies beside the chain."""

    nation: str
    records: tuple[Record, ...]
    bodies: Bodies = field(default_factory=dict)


@dataclass(slots=True)
class _Side:
    """What one ledger holds of its dealings with one partner; filled while its records are read."""

    sent: dict[bytes, Bundle] = field(default_factory=dict)
    received: dict[bytes, Bundle] = field(default_factory=dict)
    receipts_in: dict[str, Receipt] = field(default_factory=dict)
    receipts_out: dict[str, Receipt] = field(default_factory=dict)
    purged: set[bytes] = field(default_factory=set)
    refused: set[bytes] = field(default_factory=set)
    withheld: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    destroyed: tuple[str, ...] = ()


def reconcile(
    one: Ledger, other: Ledger, keys: Mapping[str, PublicKey], mode: Mode
) -> tuple[DirectionAccount, DirectionAccount]:
    """Both directions between two nations: one to other, other to one."""
    side_one = _side(one, other.nation, keys, mode)
    side_other = _side(other, one.nation, keys, mode)
    side_one.faults += heads_that_differ(one.nation, one.records, other.nation, other.records)
    side_one.faults += heads_told_twice(one.nation, one.records, other.nation, other.records)
    side_other.faults += heads_that_differ(other.nation, other.records, one.nation, one.records)
    return (
        _account(one.nation, other.nation, side_one, side_other),
        _account(other.nation, one.nation, side_other, side_one),
    )


def _side(ledger: Ledger, partner: str, keys: Mapping[str, PublicKey], mode: Mode) -> _Side:
    dealings = [record for record in ledger.records if record.counterparty == partner]
    try:
        side = _Side(destroyed=told_of_destroyed(dealings))
    except msgspec.DecodeError as error:
        side = _Side(faults=[f"{ledger.nation}: a record of a destruction: {error}"])

    def opened(record: Record) -> Opened:
        return open_recorded(record.body, ledger.bodies, keys, mode)

    for record in dealings:
        try:
            _take(side, record, opened)
        except (RefusedEnvelope, msgspec.DecodeError) as error:
            side.faults.append(f"{ledger.nation} record {record.sequence}: {error}")
    return side


def _take(side: _Side, record: Record, opened: Callable[[Record], Opened]) -> None:
    match record.kind:
        case "sent":
            envelope = opened(record)
            side.sent[envelope.digest] = envelope.bundle
        case "received":
            envelope = opened(record)
            side.received[envelope.digest] = envelope.bundle
        case "receipted":
            side.receipts_out.update(
                (item.bulletin, item) for item in opened(record).bundle.receipts
            )
        case "receipt":
            side.receipts_in.update(
                (item.bulletin, item) for item in opened(record).bundle.receipts
            )
        case "purged":
            side.purged.update(msgspec.msgpack.decode(record.body, type=Purge).digests)
        case "refused":
            refusal = msgspec.msgpack.decode(record.body, type=Refusal)
            side.refused.add(refusal.digest)
        case "decision":
            decision = msgspec.msgpack.decode(record.body, type=Decision)
            of_one = decision.track != EVERY_TRACK
            side.withheld[decision.product] += of_one and decision.outcome == "withhold"
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
        released=sum(len(bundle.named) for bundle in left),
        withheld=giver.withheld[LAUNCH_WARNING],
        received=sum(item.outcome == "accepted" for item in taker.receipts_out.values()),
        receipts=len(giver.receipts_in),
        differences=tuple(differences),
        destroyed=taker.destroyed,
        products=_products(left, giver.withheld),
    )


def _products(sent: Iterable[Bundle], withheld: Mapping[str, int]) -> tuple[ProductAccount, ...]:
    """Each product of which anything went or stayed; what was destroyed tells its no more."""
    released = Counter(item.product_named for bundle in sent for item in bundle.bulletins)
    named = sorted({*released, *(name for name, count in withheld.items() if count)})
    return tuple(ProductAccount(name, released[name], withheld.get(name, 0)) for name in named)


def _unreceipted(way: str, bundle: Bundle, giver: _Side, taker: _Side) -> list[str]:
    differences = []
    for bulletin in bundle.named:
        answer, arrived = taker.receipts_out.get(bulletin.id), giver.receipts_in.get(bulletin.id)
        if answer is None:
            differences.append(f"{way}: bulletin {bulletin.id} was received and not receipted")
        elif arrived is None:
            differences.append(f"{way}: the receipt for bulletin {bulletin.id} did not arrive")
        elif arrived != answer:
            differences.append(f"{way}: bulletin {bulletin.id} has two different receipts")
        if answer is not None and answer.digest != bulletin.digest:
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
