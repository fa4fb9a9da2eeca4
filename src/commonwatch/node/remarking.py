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

    UnusableInput where the agreement that an item went out under does not know the level.
    """
    read = node.journal.store.read()
    released = {
        bulletin.id: bulletin
        for record in read.records()
        if record.kind == "sent"
        for bulletin in recorded_bundle(record.body, read.bodies).bulletins
    }
    wanted = sorted(set(items))
    for item in wanted:
        if item not in released:
            raise UnusableInput(f"item {item[:40]}: this node released no such item")
        _require_known(node, released[item].agreement, level)
    said: list[ItemMessage] = []
    for item in wanted:
        label = node.items.book.label_of(item, released[item].label)
        label = msgspec.structs.replace(label, level=level)
        said += node.items.relabel([item], label, why, now_s)
    return tuple(said)


def _require_known(node: Node, agreement: str, level: str) -> None:
    """Where the level is unknown nobody there could read the item, and no partner would say why."""
    nation = node.setup.nation
    rows = node.orders.agreement(agreement).terms.levels.rows
    known = [word for row in rows for owner, word in row.markings if owner == nation]
    if level not in known:
        raise UnusableInput(
            f"--level {level[:40]}: {agreement} knows of {nation}'s levels {', '.join(known)}; "
            "what must go higher is taken back with `item recall`"
        )
