"""Does a ledger hold the envelopes behind what it says was ordered, and by whom?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from commonwatch.share.bodies import destroyed_in
from commonwatch.share.envelope import Opened, RefusedEnvelope
from commonwatch.share.item_message import DestructionOrder, ItemMessage
from commonwatch.share.ledger import Record
from commonwatch.share.message import message_digest


def faults_of_items(records: Sequence[Record], opened: Callable[[Record], Opened]) -> Iterator[str]:
    """Records on items with no signed envelope behind them, and destructions with no such order.

    `opened` verifies the envelope of a record; one that does not hold is told elsewhere.
    """
    said = _messages(records, opened)
    for record in records:
        if record.kind != "item":
            continue
        try:
            message = msgspec.msgpack.decode(record.body, type=ItemMessage)
        except msgspec.DecodeError as error:
            yield f"record {record.sequence}: what it says of items cannot be read: {error}"
            continue
        if message_digest(message) not in said:
            yield f"record {record.sequence}: no envelope holds what it says of items"
    for item, (record, told) in destroyed_in(records).items():
        order = said.get(told.order)
        if any(told.order) and not (isinstance(order, DestructionOrder) and item in order.items):
            yield f"record {record.sequence}: no order to destroy {item[:40]} was received"


def _messages(
    records: Sequence[Record], opened: Callable[[Record], Opened]
) -> dict[bytes, ItemMessage]:
    said: dict[bytes, ItemMessage] = {}
    for record in records:
        if record.kind in {"control-in", "control-out"}:
            try:
                bundle = opened(record).bundle
            except RefusedEnvelope:
                continue
            said.update((message_digest(item), item) for item in bundle.item_messages)
    return said
