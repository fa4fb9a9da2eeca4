"""Copies and translations that a person makes: for who may read it all, and recorded first."""

from __future__ import annotations

from collections.abc import Sequence

from commonwatch.errors import UnusableInput
from commonwatch.node.node import Node
from commonwatch.node.reading import Custody
from commonwatch.share.item_rules import parties_of


def copy_for(
    node: Node, parents: Sequence[str], form: str, asked: tuple[str, Custody], now_s: float
) -> str:
    """Record that a person copies or translates items, or copies of items; the copy's id.

    The person must be allowed to read every item that is in it: each reading is recorded, or its
    refusal (CheckFailed). UnusableInput where a parent is not here.
    """
    person, custody = asked
    items: set[str] = set()
    for parent in parents:
        if parties_of(parent) is None and parent not in node.items.book.parents:
            raise UnusableInput(f"copy of {parent[:40]}: no such item or copy is here")
        items |= {parent, *node.items.book.ancestors(parent)}
    for item in sorted(items):
        if parties_of(item) is not None:
            node.reading.read(item, person, f"to copy: {form}", custody, now_s)
    return node.items.copied(parents, person, form, now_s)
