"""A person is shown an item, or refused it; either is durable in the ledger before it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.label import LevelTable
from commonwatch.node.journal import Journal
from commonwatch.node.ledger_store import LedgerUnavailable
from commonwatch.node.orders import OrderDesk
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.custody import Protected, Register, reasons_against_reading
from commonwatch.share.bodies import told_of_destroyed
from commonwatch.share.envelope import recorded_bundle
from commonwatch.share.item_book import ItemBook
from commonwatch.share.item_records import Reading
from commonwatch.share.ledger import KINDS_WITH_BULLETINS

ITEM_CHARACTERS_MAX = 128


@dataclass(frozen=True, slots=True)
class Custody:
    """A register of persons and the SHA-256 of the file that it was read from."""

    register: Register
    digest: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as it may be shown: as it came, and how it is marked now."""

    bulletin: Bulletin
    marking: Protected


class ReadingDesk:
    """The one way to an item's content. Nobody goes round it: there is no role that may."""

    def __init__(
        self,
        orders: OrderDesk,
        journal: Journal,
        book: Callable[[], ItemBook],
        commit: Callable[[float], bool],
    ) -> None:
        self._orders = orders
        self._journal = journal
        self._book = book
        self._commit = commit

    def read(self, item: str, person: str, purpose: str, custody: Custody, now_s: float) -> Shown:
        """The item, where this person may be shown it.

        CheckFailed with every reason where not; LedgerUnavailable where it cannot be recorded.
        """
        for text in (item, person, purpose):
            if not 0 < len(text) <= ITEM_CHARACTERS_MAX:
                raise UnusableInput(f"`{text[:40]}`: 1 to {ITEM_CHARACTERS_MAX} characters")
        self._make_durable(now_s)
        shown = self._all().get(item)
        reasons = self.reasons_against(item, shown, person, custody.register, now_s)
        body = msgspec.msgpack.encode(Reading(item, person, purpose, custody.digest, reasons))
        self._journal.note("read-refused" if reasons else "read", "", item, body)
        self._make_durable(now_s)
        if reasons or shown is None:
            raise CheckFailed(reasons)
        return shown

    def hold(self, digest: bytes, body: bytes, now_s: float) -> None:
        """Record that the node holds a register from now on: its SHA-256, and the record's body."""
        self._make_durable(now_s)
        self._journal.note("register", "", digest.hex(), body)
        self._make_durable(now_s)

    def readable(self, person: str, register: Register, now_s: float) -> tuple[Shown, ...]:
        """All items here that this person may be shown; whoever shows them records it."""
        return tuple(
            shown
            for item, shown in self._all().items()
            if not self.reasons_against(item, shown, person, register, now_s)
        )

    def reasons_against(
        self, item: str, shown: Shown | None, person: str, register: Register, now_s: float
    ) -> tuple[str, ...]:
        """Every reason why this person may not be shown this item."""
        if shown is None:
            gone = told_of_destroyed(self._journal.store.read().records())
            told = [line for line in gone if line.startswith(f"{item} ")]
            return (told[0] if told else f"{item}: no such item is here",)
        reasons = list(reasons_against_reading(shown.marking, person, register, now_s))
        standing = self._book().reason_against(item, shown.bulletin.lineage.parents)
        # The originator keeps its own; what it told others to give up it may still look into.
        if standing is not None and shown.bulletin.recipient == register.nation:
            reasons.append(standing)
        return tuple(reasons)

    def _make_durable(self, now_s: float) -> None:
        if not self._commit(now_s):
            raise LedgerUnavailable(self._journal.stopped or "the ledger stopped")

    def _all(self) -> dict[str, Shown]:
        read = self._journal.store.read()
        return {
            bulletin.id: self._shown(bulletin)
            for record in read.records()
            if record.kind in KINDS_WITH_BULLETINS
            for bulletin in recorded_bundle(record.body, read.bodies).bulletins
        }

    def _shown(self, bulletin: Bulletin) -> Shown:
        terms = next(
            (
                one.terms
                for one in self._orders.agreements
                if (one.terms.id, one.terms.revision)
                == (bulletin.agreement, bulletin.agreement_revision)
            ),
            None,
        )
        protected = Protected(
            bulletin.id,
            bulletin.agreement,
            bulletin.product_named,
            f"{bulletin.originator}:{bulletin.event}",
            self._book().label_of(bulletin.id, bulletin.label),
            # Of an agreement that is not known here every level is unknown: nobody may read it.
            LevelTable(()) if terms is None else terms.levels,
        )
        return Shown(bulletin, protected)
