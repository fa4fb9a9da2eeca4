"""Where items stand, read from the records of a ledger."""

from __future__ import annotations

import msgspec

from commonwatch.share.item_book import (
    ItemBook,
    with_copy_destroyed,
    with_heard,
    with_parents,
    with_said,
)
from commonwatch.share.item_message import ItemMessage
from commonwatch.share.item_records import Copied
from commonwatch.share.ledger import Record


def with_record(book: ItemBook, record: Record, nation: str) -> ItemBook:
    """The book of `nation` after this record of its ledger; most records do not concern it."""
    match record.kind:
        case "item":
            message = msgspec.msgpack.decode(record.body, type=ItemMessage)
            return (with_said if message.by == nation else with_heard)(book, message)
        case "copied":
            copied = msgspec.msgpack.decode(record.body, type=Copied)
            return with_parents(book, copied.copy, copied.parents)
        case "copy-destroyed":
            return with_copy_destroyed(book, record.subject)
        case _:
            return book
