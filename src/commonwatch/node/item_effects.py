"""What following an order on items does to what a node holds: picture, bulletins, copies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import msgspec

from commonwatch.label import UNKNOWN_LEVEL, Label, LevelTable, derived_label
from commonwatch.limits import ITEMS_OF_MESSAGE_MAX
from commonwatch.node.inbound import Held, Inbound, Key, not_withdrawn
from commonwatch.node.journal import Journal
from commonwatch.node.orders import OrderDesk
from commonwatch.release.agreement import State
from commonwatch.release.bulletin import Bulletin, OriginalMarking
from commonwatch.release.passing_on import original_markings_of
from commonwatch.share.bodies import named_in
from commonwatch.share.envelope import recorded_bundle
from commonwatch.share.item_book import ItemBook
from commonwatch.share.item_message import Applied, Relabel
from commonwatch.share.item_records import Destroyed
from commonwatch.share.item_rules import parties_of
from commonwatch.share.ledger import KINDS_WITH_BULLETINS, Record
from commonwatch.share.passed_on import reason_against_marking


class ItemEffects:
    """Applies orders to what was received; asks the ledger what that is."""

    def __init__(self, nation: str, orders: OrderDesk, journal: Journal, inbound: Inbound) -> None:
        self._nation = nation
        self._orders = orders
        self._journal = journal
        self._inbound = inbound

    def held(self, book: ItemBook) -> tuple[Held, ...]:
        """What may be used of what was received, each as it is marked now."""
        return not_withdrawn(self.newest(book))

    def newest(self, book: ItemBook) -> tuple[Held, ...]:
        """The same, and what says that an object was withdrawn."""
        return tuple(
            self._as_marked(held, book)
            for held in self._inbound.newest()
            if book.reason_against(held.bulletin.id, held.bulletin.lineage.parents) is None
        )

    def label_of(self, name: str, book: ItemBook) -> Label:
        """How an item, copy or product is marked now, after all that it was made from.

        The level is unknown, and it is for nobody, where any level on the way is.
        """
        bulletins = self._bulletins()
        every = (name, *book.ancestors(name))
        # What was given to others on its way here is in the marking of who gave it here.
        names = [item for item in every if self._nation in (parties_of(item) or ())]
        own = bulletins.get(name)
        if own is not None and own.originator == self._nation and own.original_markings:
            names.remove(name)  # passed on: marked as what was given is, lowered too
        made = [self._own_marking(bulletins.get(item), book) for item in names]
        tables = [item.terms.levels for item in self._orders.agreements]
        labels = [derived_label(made, table, self._nation) for table in tables]
        known = [label for label in labels if label.level != UNKNOWN_LEVEL]
        return known[0] if known else derived_label((), LevelTable(()), self._nation)

    def originals_of(self, product: str, book: ItemBook) -> tuple[OriginalMarking, ...]:
        """How the originators of what went into a product mark it now, word for word."""
        bulletins = self._bulletins()
        found: dict[str, OriginalMarking] = {}
        for name in book.ancestors(product):
            held = bulletins.get(name)
            if held is not None and held.recipient == self._nation:
                told = book.originals_of(name, held.original_markings)
                label = book.label_of(name, held.label)
                found |= {one.originator: one for one in original_markings_of(held, label, told)}
        return tuple(found[name] for name in sorted(found))

    def reason_against_marking(self, message: Relabel, book: ItemBook) -> str | None:
        """Why a relabelling is less than how the originators mark it, or None (article 4).

        Asked of what lowers a marking alone: to refuse what raises one would leave it lower.
        """
        if message.originals is msgspec.UNSET and not self._passed_on(message, book):
            return None
        bulletins = self._bulletins()
        tables = [
            item.terms.levels
            for item in self._orders.agreements
            if all(view.state is not State.DRAFT for view in item.views)
        ]
        for name in message.items:
            held = bulletins.get(name)
            if held is None:
                continue
            now, own = book.label_of(name, held.label), self._orders.terms_of(held).levels
            if not _may_lower(message.label, now, own, tables):
                continue
            told = message.original_markings or book.originals_of(name, held.original_markings)
            marked = msgspec.structs.replace(
                held,
                label=message.label,
                originals=told or msgspec.UNSET,
            )
            why = reason_against_marking(marked, tables)
            if why is not None:
                return why
        return None

    def _passed_on(self, message: Relabel, book: ItemBook) -> bool:
        """Whether any of the items came with an originator's own marking."""
        held = [one for one in self._inbound.newest() if one.bulletin.id in message.items]
        return len(held) < len(message.items) or any(
            book.originals_of(one.bulletin.id, one.bulletin.original_markings) for one in held
        )

    def _bulletins(self) -> dict[str, Bulletin]:
        """All that went or came and is here still, by id."""
        read = self._journal.store.read()
        return {
            bulletin.id: bulletin
            for record in read.records()
            if record.kind in KINDS_WITH_BULLETINS
            for bulletin in recorded_bundle(record.body, read.bodies).bulletins
        }

    def _own_marking(self, bulletin: Bulletin | None, book: ItemBook) -> Label:
        """The label of one item in this nation's own levels; unknown where it is gone."""
        if bulletin is None:
            return Label(self._nation, UNKNOWN_LEVEL, ())
        label = book.label_of(bulletin.id, bulletin.label)
        levels = self._orders.terms_of(bulletin).levels
        return derived_label((label,), levels, self._nation)

    def let_go(self, items: Collection[str], book: ItemBook) -> None:
        """Use these no more, nor what was made from them; older words on their objects count again.

        Where the ledger stopped, nothing older can be looked up, and the objects are unknown.
        """
        every = {*items, *book.descendants(items)}
        lost = self._inbound.let_go(every)
        if self._journal.stopped is None:
            for key in sorted(lost):
                self._fall_back(key, book)

    def destroy(self, items: Collection[str], order: bytes, why: str) -> None:
        """Destroy the bytes of received items with the next group, which records it."""
        for item in items:
            if item in self._inbound.received and item not in self._inbound.gone:
                partner, digest = self._inbound.received[item]
                body = msgspec.msgpack.encode(Destroyed(item, digest, order, why))
                self._journal.note("destroyed", partner, item, body)
                self._journal.destroy((digest,))
                self._inbound.gone.add(item)

    def _fall_back(self, key: Key, book: ItemBook) -> None:
        """Hold the newest older word on an object that may still be used, from the store."""
        for version in self._inbound.versions(key):
            if book.reason_against(version.item) is not None:
                continue
            body = self._journal.store.body(version.digest)
            bulletin = None if body is None else msgspec.msgpack.decode(body, type=Bulletin)
            if bulletin is None or book.reason_against(version.item, bulletin.lineage.parents):
                continue
            label = bulletin.label
            held = self._as_marked(Held(bulletin, "", version.received_s, label), book)
            self._inbound.take(held, version.digest)
            return

    def is_here(self, name: str, book: ItemBook) -> bool:
        """Whether the ledger holds this item, or a copy of that id was made."""
        if parties_of(name) is None:
            return name in book.parents
        return any(named.id == name for record in self._records() for named in named_in(record))

    def applied(self, items: Collection[str], book: ItemBook) -> tuple[Applied, ...]:
        """What there was of each item to follow with: itself, its copies, what was made from it."""
        received = self._inbound.received
        told = []
        for item in items:
            copies = tuple(
                name for name in book.copies_of(item) if name not in book.copies_destroyed
            )
            derived = len(book.descendants((item,))) - len(book.copies_of(item))
            told.append(Applied(item, item in received, copies[:ITEMS_OF_MESSAGE_MAX], derived))
        return tuple(told)

    def _records(self) -> tuple[Record, ...]:
        return tuple(self._journal.store.read().records())

    def _as_marked(self, held: Held, book: ItemBook) -> Held:
        label = book.label_of(held.bulletin.id, held.bulletin.label)
        originals = book.originals_of(held.bulletin.id, held.bulletin.original_markings)
        if label == held.label and held.equivalent_level and originals == held.originals:
            return held
        levels = self._orders.terms_of(held.bulletin).levels
        # A level that the agreement does not know has no equal here: then nobody may read it.
        marking = levels.equivalent(label, self._nation) or ""
        return replace(held, label=label, equivalent_level=marking, relabelled_originals=originals)


def _may_lower(label: Label, now: Label, own: LevelTable, tables: Sequence[LevelTable]) -> bool:
    """Whether a label may be less than the one that holds now.

    It is where any of the tables says so, or it leaves out a category; and it may be where the
    item's own agreement, `own`, knows the level and not the one before: under that nobody read it.
    """
    ranks = [
        (table.rank(label.policy, label.level), table.rank(now.policy, now.level))
        for table in (own, *tables)
    ]
    new, old = ranks[0]
    lower = any(new is not None and old is not None and new < old for new, old in ranks)
    opens = new is not None and old is None
    return lower or opens or not set(now.categories) <= set(label.categories)
