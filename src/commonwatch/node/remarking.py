"""An originator marks items anew: each keeps its release list and categories, the level changes."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.node.node import Node
from commonwatch.share.envelope import recorded_bundle
from commonwatch.share.item_message import ItemMessage


def relabelled_to(
    node: Node, items: Iterable[str], level: str, why: str, now_s: float
) -> tuple[ItemMessage, ...]:
    """Relabel own items to a level of the own nation, one after the other; what was said.

    Any level may be given: one that an agreement does not know leaves the item to nobody there.
    """
    read = node.journal.store.read()
    labels = {
        bulletin.id: node.items.book.label_of(bulletin.id, bulletin.label)
        for record in read.records()
        if record.kind == "sent"
        for bulletin in recorded_bundle(record.body, read.bodies).bulletins
    }
    wanted = sorted(set(items))
    for item in wanted:
        if item not in labels:
            raise UnusableInput(f"item {item[:40]}: this node released no such item")
    said: list[ItemMessage] = []
    for item in wanted:
        label = msgspec.structs.replace(labels[item], level=level)
        said += node.items.relabel([item], label, why, now_s)
    return tuple(said)
