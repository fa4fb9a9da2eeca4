"""Where is each copy, who saw it, what is still owed? Answered from the ledger alone (article 6 f).

Neither keys nor bulletins are needed: the chain names each item, and says what became of it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import msgspec

from commonwatch.label import Label
from commonwatch.release.bulletin import Bulletin, OriginalMarking
from commonwatch.share.bodies import destroyed_in, named_in, told_of_destroyed
from commonwatch.share.envelope import recorded_bundle
from commonwatch.share.item_book import Duty, ItemBook
from commonwatch.share.item_history import with_record
from commonwatch.share.item_message import (
    DestructionCertificate,
    ItemMessage,
    Recall,
    Relabel,
    items_of,
)
from commonwatch.share.item_records import Copied, CopyDestroyed, Reading
from commonwatch.share.ledger import Record
from commonwatch.share.message import Receipt
from commonwatch.share.reconcile import Ledger


@dataclass(frozen=True, slots=True)
class CopyAccount:
    """A copy outside the node's store: who answers for it, what it is, since when (POSIX s).

    `destroyed_by` certified that it exists no longer.
    """

    copy: str
    holder: str
    form: str
    made_s: float
    destroyed_by: str | None


@dataclass(frozen=True, slots=True)
class ReadingAccount:
    """A person who was shown an item, or was refused it, and when (POSIX s)."""

    person: str
    at_s: float
    allowed: bool
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAccount:
    """All that a ledger knows of one item.

    `sent` tells an own item from a received one. `label` is the marking as it is now, unknown where
    the bytes are not here, as agreement and product are; `originals` how the originators of what
    was passed on mark it now. `receipt` is the answer of whoever got it, empty where there is none.
    """

    item: str
    originator: str
    recipient: str
    sent: bool
    at_s: float
    digest: bytes
    here: bool
    agreement: str | None
    product: str | None
    label: Label | None
    originals: tuple[OriginalMarking, ...]
    receipt: str
    copies: tuple[CopyAccount, ...]
    derived: tuple[str, ...]
    readings: tuple[ReadingAccount, ...]
    recalled_s: float | None
    relabelled_s: tuple[float, ...]
    destroyed: str
    duties: tuple[Duty, ...]


@dataclass(slots=True)
class _Reading:
    """What is gathered while the records are read."""

    book: ItemBook = field(default_factory=ItemBook)
    items: dict[str, tuple[Record, bytes]] = field(default_factory=dict)
    bulletins: dict[str, Bulletin] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    copies: dict[str, CopyAccount] = field(default_factory=dict)
    readings: dict[str, list[ReadingAccount]] = field(default_factory=dict)


@dataclass(slots=True)
class _OfItems:
    """What was said of each item, and what others owe for it."""

    said: dict[str, list[ItemMessage]] = field(default_factory=dict)
    duties: dict[str, list[Duty]] = field(default_factory=dict)


def inventory(ledger: Ledger) -> tuple[ItemAccount, ...]:
    """An account of every item that was ever sent or received, in the order of the ledger."""
    reading = _Reading()
    for record in ledger.records:
        reading.book = with_record(reading.book, record, ledger.nation)
        _take(reading, record, ledger)
    destroyed = _destructions(ledger, reading.book)
    of_item = _of_items(reading.book)
    return tuple(_account(reading, ledger, item, destroyed, of_item) for item in reading.items)


def affected_items(
    accounts: Collection[ItemAccount],
    *,
    copies: Collection[str] = (),
    persons: Collection[str] = (),
    store: bool = False,
) -> tuple[str, ...]:
    """Received items that a loss or compromise touches: of copies, through persons, of the store.

    Through a person: what was shown to that one, and copies that the one answers for. Of the store:
    all whose bytes are here.
    """
    return tuple(
        account.item
        for account in accounts
        if not account.sent
        and (
            (store and account.here)
            or any(one.copy in copies or one.holder in persons for one in account.copies)
            or any(one.allowed and one.person in persons for one in account.readings)
        )
    )


def items_due(
    accounts: Collection[ItemAccount], keep_s: Mapping[str, float], now_s: float
) -> tuple[ItemAccount, ...]:
    """Received items that are here beyond the time of their agreement: to return or to destroy.

    `keep_s` has seconds by agreement; items of an agreement that it does not name are never due.
    """
    return tuple(
        account
        for account in accounts
        if not account.sent
        and account.here
        and now_s >= account.at_s + keep_s.get(account.agreement or "", math.inf)
    )


def _take(reading: _Reading, record: Record, ledger: Ledger) -> None:
    for named in named_in(record):
        reading.items.setdefault(named.id, (record, named.digest))
    match record.kind:
        case "sent" | "received":
            bundle = recorded_bundle(record.body, ledger.bodies)
            reading.bulletins.update((item.id, item) for item in bundle.bulletins)
        case "receipt" | "receipted":
            bundle = recorded_bundle(record.body, ledger.bodies)
            reading.receipts.update((item.bulletin, item) for item in bundle.receipts)
        case "copied":
            copied = msgspec.msgpack.decode(record.body, type=Copied)
            reading.copies[copied.copy] = CopyAccount(
                copied.copy, copied.holder, copied.form, record.time_s, None
            )
        case "copy-destroyed":
            gone = msgspec.msgpack.decode(record.body, type=CopyDestroyed)
            before = reading.copies[gone.copy]
            reading.copies[gone.copy] = CopyAccount(
                before.copy, before.holder, before.form, before.made_s, gone.by
            )
        case "read" | "read-refused":
            told = msgspec.msgpack.decode(record.body, type=Reading)
            reading.readings.setdefault(told.item, []).append(
                ReadingAccount(told.person, record.time_s, record.kind == "read", told.purpose)
            )
        case _:
            pass


def _account(
    reading: _Reading,
    ledger: Ledger,
    item: str,
    destroyed: Mapping[str, str],
    of_item: _OfItems,
) -> ItemAccount:
    book = reading.book
    record, digest = reading.items[item]
    sent = record.kind == "sent"
    bulletin, receipt = reading.bulletins.get(item), reading.receipts.get(item)
    copies = book.copies_of(item)
    said = of_item.said.get(item, ())
    return ItemAccount(
        item=item,
        originator=ledger.nation if sent else record.counterparty,
        recipient=record.counterparty if sent else ledger.nation,
        sent=sent,
        at_s=record.time_s,
        digest=digest,
        here=digest in ledger.bodies,
        agreement=None if bulletin is None else bulletin.agreement,
        product=None if bulletin is None else bulletin.product_named,
        label=None if bulletin is None else book.label_of(item, bulletin.label),
        originals=() if bulletin is None else book.originals_of(item, bulletin.original_markings),
        receipt="" if receipt is None else receipt.outcome,
        copies=tuple(reading.copies[name] for name in copies),
        derived=tuple(sorted(set(book.descendants((item,))) - set(copies))),
        readings=tuple(reading.readings.get(item, ())),
        recalled_s=min((one.head.at_s for one in said if isinstance(one, Recall)), default=None),
        relabelled_s=tuple(sorted(one.head.at_s for one in said if isinstance(one, Relabel))),
        destroyed=destroyed.get(item, ""),
        duties=tuple(of_item.duties.get(item, ())),
    )


def _of_items(book: ItemBook) -> _OfItems:
    found = _OfItems()
    for message in (*book.said.values(), *book.heard.values()):
        for item in items_of(message):
            found.said.setdefault(item, []).append(message)
    for duty in book.duties():
        for item in items_of(duty.message):
            found.duties.setdefault(item, []).append(duty)
    return found


def _destructions(ledger: Ledger, book: ItemBook) -> dict[str, str]:
    """What became of items: here by the own records, at a partner by its certificate."""
    told = {
        item: told_of_destroyed((record,))[0]
        for item, (record, _why) in destroyed_in(ledger.records).items()
    }
    for _digest, message in book.orders_heard():
        if isinstance(message, DestructionCertificate):
            line = f"{message.by} certified its destruction"
            if message.remaining:
                line += f", but for {', '.join(message.remaining)}"
            told.update(dict.fromkeys(message.items, line))
    return told
