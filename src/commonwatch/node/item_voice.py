"""How a nation speaks of items after release: numbered, recorded, then sent; and the book of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from commonwatch.limits import ITEMS_OF_MESSAGE_MAX
from commonwatch.node.item_effects import ItemEffects
from commonwatch.node.journal import Journal
from commonwatch.node.keys import NodeKeys
from commonwatch.node.ledger_store import LedgerUnavailable
from commonwatch.share.item_book import ItemBook, with_said
from commonwatch.share.item_message import DestructionCertificate, Heading, ItemMessage, tag_of
from commonwatch.share.message import Lane, Message


@dataclass(frozen=True, slots=True)
class ItemWays:
    """How the desk reaches partners and disk: as its node does.

    `commit` makes all durable and sends what waits for these; `parties_with` names who may stand on
    a label that goes to a partner; `released` says how many bulletins were released to one.
    """

    send: Callable[[str, Lane, Sequence[Message], float], None]
    commit: Callable[[float, Collection[str]], bool]
    parties_with: Callable[[str], Collection[str]]
    released: Callable[[str], int]


class ItemVoice:
    """Holds where items stand, and says what this nation has to say of them."""

    def __init__(
        self, keys: NodeKeys, journal: Journal, book: ItemBook, effects: ItemEffects, ways: ItemWays
    ) -> None:
        self.keys = keys
        self.journal = journal
        self.effects = effects
        self.ways = ways
        self.book = book

    def say_all(self, messages: Iterable[tuple[ItemMessage, float]]) -> tuple[ItemMessage, ...]:
        """Say them one after the other, each numbered after the one before, and make it durable."""
        said = []
        now_s = 0.0
        for message, now_s in messages:
            self.say(message, now_s)
            said.append(message)
        if said:
            self.require_durable(now_s, {message.to for message in said})
        return tuple(said)

    def say(self, message: ItemMessage, now_s: float) -> None:
        """Note it in the book and for the ledger; it leaves with the group that records it."""
        self.book = with_said(self.book, message)
        self.journal.note("item", message.to, tag_of(message), msgspec.msgpack.encode(message))
        self.ways.send(message.to, "control", (message,), now_s)

    def require_durable(self, now_s: float, recipients: Collection[str] = ()) -> None:
        """Make all that was noted durable, and send what waits for these; or LedgerUnavailable."""
        if not self.ways.commit(now_s, recipients):
            raise LedgerUnavailable(self.journal.stopped or "the ledger stopped")

    def head(self, to: str, now_s: float) -> Heading:
        """The heading of the next message to this nation."""
        nation, word = self.keys.nation, self.keys.mode.word
        return Heading(nation, to, self.book.next_sequence(to), now_s, word)

    def destroyed(
        self, to: str, items: tuple[str, ...], order: bytes, why: str, now_s: float
    ) -> DestructionCertificate:
        """Destroy the bytes of received items with the next group; the certificate of it."""
        self.effects.destroy(items, order, why)
        return self.certificate(to, items, order, why, now_s)

    def certificate(
        self, to: str, items: tuple[str, ...], order: bytes, why: str, now_s: float
    ) -> DestructionCertificate:
        """A certificate for these items, with the copies that nobody has certified yet."""
        copies = {name for item in items for name in self.book.copies_of(item)}
        remaining = sorted(copies.difference(self.book.copies_destroyed))
        return DestructionCertificate(
            head=self.head(to, now_s),
            answers=order,
            items=items,
            why=why,
            remaining=tuple(remaining[:ITEMS_OF_MESSAGE_MAX]),
        )
