"""The desk of ledger heads: shows the own, keeps those of partners, compares, passes on.

Heads go with the control lane, outside the numbered bundles, so that no other byte depends on them.
An equivocation is told and recorded; what it means for an agreement is for people to decide
(docs/adr/0023).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256

import msgspec

from commonwatch.foreign_text import printable
from commonwatch.limits import HEAD_INTERVAL_S, ITEM_WHY_CHARACTERS_MAX
from commonwatch.node.journal import Journal
from commonwatch.node.keys import NodeKeys
from commonwatch.node.orders import OrderDesk
from commonwatch.release.agreement import State, state_at
from commonwatch.share.envelope import RefusedEnvelope
from commonwatch.share.head_book import Equivocation, HeadBook, passes_on_to
from commonwatch.share.ledger import Record, Refusal
from commonwatch.share.shown_head import (
    HeadOut,
    TwoHeads,
    open_shown_head,
    recorded_head,
    sealed_head,
)


class HeadDesk:
    """Shows a head each HEAD_INTERVAL_S, whatever happened since, and takes those of partners."""

    def __init__(
        self,
        keys: NodeKeys,
        orders: OrderDesk,
        journal: Journal,
        book: HeadBook,
        commit: Callable[[float], bool],
    ) -> None:
        self._keys = keys
        self._orders = orders
        self._journal = journal
        self._commit = commit
        self.book = book

    def show(self, now_s: float) -> bool:
        """Show partners a head where one is due; whether it was recorded and sent."""
        last = self.book.newest(self._keys.nation)
        # A clock that was set back must not silence it.
        if last is not None and abs(now_s - last.shown_s) < HEAD_INTERVAL_S:
            return False
        if self._journal.stopped is not None:
            return False
        number = 1 if last is None else last.number + 1
        told = sealed_head(
            self._journal.store.tree,
            self._keys.nation,
            number,
            now_s,
            self._keys.private,
            self._keys.mode,
        )
        self._journal.note("head-out", "", str(number), msgspec.msgpack.encode(told))
        if not self._commit(now_s):
            return False  # not durable: after a restart another head may bear this number
        self.book, _none = self.book.with_head(recorded_head(told.envelope), told.envelope)
        self._send(told.envelope, self._partners(now_s))
        return True

    def take(self, raw: bytes, now_s: float) -> None:
        """Keep a head that came, its nation's own sending or passed on; compare, pass it on."""
        try:
            head = open_shown_head(raw, self._keys.public, self._keys.mode)
        except RefusedEnvelope as error:
            self._refuse("", raw, str(error))
            return
        if self.book.knows(head):
            return
        why = self.book.reason_against(head)
        if head.nation == self._keys.nation:
            why = f"head {head.number} of our own, which we never showed: who else has our key?"
        if why is not None:
            self._refuse(head.nation, raw, why)
            return
        self.book, found = self.book.with_head(head, raw)
        if found is None:
            self._journal.note("head-in", head.nation, str(head.number), raw)
        else:
            body = msgspec.msgpack.encode(found.evidence)
            self._journal.note("equivocation", head.nation, str(head.number), body)
        # Both stories go on where two differ: the neighbours hold one of them at most.
        for one in (raw,) if found is None else (found.evidence.first, raw):
            self._send(one, self._ring(head.nation, now_s))

    def _partners(self, now_s: float) -> tuple[str, ...]:
        """Those with whom an agreement was signed at some time: accounts outlive it."""
        return tuple(sorted(self._parties(self._keys.nation, now_s) - {self._keys.nation}))

    def _ring(self, nation: str, now_s: float) -> tuple[str, ...]:
        return passes_on_to(nation, self._keys.nation, self._parties(nation, now_s))

    def _parties(self, nation: str, now_s: float) -> set[str]:
        """All parties of the agreements that this node signed and that bind `nation` too."""
        return {
            party
            for item in self._orders.agreements
            if {nation, self._keys.nation} <= set(item.terms.parties)
            and state_at(item, self._keys.nation, now_s) is not State.DRAFT
            for party in item.terms.parties
        }

    def _send(self, raw: bytes, recipients: Iterable[str]) -> None:
        for recipient in recipients:
            # A head that is lost is missed by no one for long: the next one follows.
            self._journal.bus.send(self._keys.nation, recipient, "control", raw)

    def _refuse(self, nation: str, raw: bytes, why: str) -> None:
        digest = sha256(raw).digest()
        body = msgspec.msgpack.encode(Refusal(printable(why, ITEM_WHY_CHARACTERS_MAX), digest))
        self._journal.note("refused", nation, digest.hex(), body)


def with_recorded(book: HeadBook, record: Record) -> HeadBook:
    """The book with what one record of the own ledger says of heads."""
    match record.kind:
        case "head-out":
            raw = msgspec.msgpack.decode(record.body, type=HeadOut).envelope
            return book.with_head(recorded_head(raw), raw)[0]
        case "head-in":
            return book.with_head(recorded_head(record.body), record.body)[0]
        case "equivocation":
            evidence = msgspec.msgpack.decode(record.body, type=TwoHeads)
            head = recorded_head(evidence.second)
            return book.with_equivocation(Equivocation(head.nation, head.number, evidence))
        case _:
            return book
