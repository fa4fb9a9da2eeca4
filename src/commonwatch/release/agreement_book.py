"""All revisions of a party's agreements, and their states, from documents and signed orders alone.

The state is computed anew from the orders in the order of their times, so that two parties that
hold the same orders hold the same state, in whatever order they came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from commonwatch.errors import UnusableInput
from commonwatch.identity import PublicKey
from commonwatch.limits import BOOK_DOCUMENTS_MAX, BOOK_ORDERS_MAX
from commonwatch.release.agreement import Agreement, State, Terms, drafted, state_at
from commonwatch.release.bearing import has_restored, is_suspended
from commonwatch.release.order import OrderKind, RefusedOrder, SignedOrder, verified
from commonwatch.release.transition import (
    apply_order,
    counted,
    require_clock,
    require_not_ended,
    superseded,
    suspended_with,
)

Key = tuple[str, int]
OVER = frozenset({State.DRAFT, State.ENDED})


@dataclass(frozen=True, slots=True)
class Book:
    """Documents by id and revision, and verified orders as they were taken."""

    documents: tuple[Terms, ...] = ()
    orders: tuple[SignedOrder, ...] = ()


@dataclass(frozen=True, slots=True)
class VoidOrder:
    """An order that its party gave in good order and that moves nothing, since orders crossed."""

    order: SignedOrder
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the agreements stand: every revision, and the orders that moved nothing."""

    agreements: tuple[Agreement, ...]
    void: tuple[VoidOrder, ...] = ()

    def revisions(self, agreement_id: str) -> tuple[Agreement, ...]:
        """All revisions of an agreement, the first one first."""
        return tuple(item for item in self.agreements if item.terms.id == agreement_id)

    def current(self, agreement_id: str) -> Agreement:
        """The revision that holds: the last one that all have signed, else the last draft.

        UnusableInput where there is no such agreement.
        """
        return current_of(self.agreements, agreement_id)


def current_of(agreements: Sequence[Agreement], agreement_id: str) -> Agreement:
    """Of these, first to last, the revision that all signed last, else the last draft.

    UnusableInput where there is no such agreement.
    """
    found = [item for item in agreements if item.terms.id == agreement_id]
    if not found:
        known = ", ".join(sorted({item.terms.id for item in agreements})) or "none"
        raise UnusableInput(f"agreement `{agreement_id}`: those held here are {known}")
    signed = [item for item in found if not _never_signed(item)]
    return (signed or found)[-1]


def addressed_by(
    agreements: Sequence[Agreement], agreement_id: str, kind: OrderKind, party: str
) -> Agreement:
    """The revision that a party's order is on where it names none.

    To restore, the newest suspended one that waits for this party, a draft too; to end, the same
    where this party has ended the one that holds; else the one that holds (`current_of`).
    UnusableInput where there is no such agreement.
    """
    current = current_of(agreements, agreement_id)
    suspended = [item for item in agreements if item.terms.id == agreement_id]
    suspended = [item for item in reversed(suspended) if is_suspended(item)]
    if kind in {OrderKind.RESTORE, OrderKind.RESTORE_AND_RESUME}:
        waiting = [item for item in suspended if not has_restored(item, party)]
        return next(iter((*waiting, *suspended)), current)
    if kind is OrderKind.END and _has_agreed_to_end(current, party):
        waiting = [item for item in suspended if not _has_agreed_to_end(item, party)]
        return next(iter(waiting), current)
    return current


def _has_agreed_to_end(agreement: Agreement, party: str) -> bool:
    view = agreement.view_of(party)
    return view.agrees_to_end or view.state is State.ENDED


def _never_signed(agreement: Agreement) -> bool:
    """Whether it is a draft, or was one when all ended it."""
    state = agreement.views[0].state
    return state is State.DRAFT or (state is State.ENDED and agreement.since_s is None)


def with_document(book: Book, terms: Terms) -> Book:
    """The book with this document; UnusableInput where it would overlap one that is there."""
    same = [item for item in book.documents if item.id == terms.id]
    name = f"{terms.id} revision {terms.revision}"
    twin = next((item for item in same if item.revision == terms.revision), None)
    if twin is not None:
        if twin.document == terms.document:
            return book
        raise UnusableInput(
            f"{name}: another text of it is held here ({twin.document[:16]}, not "
            f"{terms.document[:16]}): revisions may not overlap; a change is a new revision, "
            f"{max(item.revision for item in same) + 1}"
        )
    expected = max((item.revision for item in same), default=0) + 1
    if terms.revision != expected:
        raise UnusableInput(f"{name}: the next revision is {expected}; revisions leave no gap")
    if same and set(same[-1].parties) != set(terms.parties):
        raise UnusableInput(
            f"{name}: its parties are {', '.join(terms.parties)}, those of the revision before "
            f"{', '.join(same[-1].parties)}; other parties make an agreement with another id"
        )
    if len(book.documents) >= BOOK_DOCUMENTS_MAX:
        raise UnusableInput(f"{name}: more than {BOOK_DOCUMENTS_MAX} documents")
    documents = sorted((*book.documents, terms), key=lambda item: (item.id, item.revision))
    return Book(tuple(documents), book.orders)


def with_order(
    book: Book, signed_order: SignedOrder, keys: Mapping[str, PublicKey], now_s: float
) -> Book:
    """The book with this order, where it is its party's and the next one of it.

    RefusedOrder otherwise: unsigned, seen before, after a gap, or come after the agreement's end.
    One that is dated ahead is taken, and holds back (order_log.py).
    """
    order = signed_order.order
    agreement = indexed(standing(book, keys)).get((order.agreement, order.revision))
    logged = with_log(book, (signed_order,), keys)
    if agreement is None or agreement.superseded_by is not None or _never_signed(agreement):
        return logged
    require_not_ended(agreement, order, now_s)
    return logged


def with_log(book: Book, orders: Sequence[SignedOrder], keys: Mapping[str, PublicKey]) -> Book:
    """The book with these orders as they were taken before; RefusedOrder where one cannot be.

    Each is on a document held here, signed by a party, numbered and dated after that party's last.
    """
    if len(book.orders) + len(orders) > BOOK_ORDERS_MAX:
        raise RefusedOrder(f"more than {BOOK_ORDERS_MAX} orders are held here")
    parties = {(item.id, item.revision): item.parties for item in book.documents}
    last: dict[tuple[str, int, str], SignedOrder] = {}
    for item in book.orders:
        last[item.order.agreement, item.order.revision, item.order.by] = item
    for item in orders:
        order = verified(item, keys)
        name = f"{order.agreement} revision {order.revision}"
        if (order.agreement, order.revision) not in parties:
            raise RefusedOrder(f"order of {order.by} on {name}: no such document is held here")
        if order.by not in parties[order.agreement, order.revision]:
            raise RefusedOrder(f"{order.by} is no party of {name}")
        former = last.get((order.agreement, order.revision, order.by))
        expected = 1 if former is None else former.order.sequence + 1
        if order.sequence != expected:
            why = "it was seen before" if order.sequence < expected else "one is missing between"
            raise RefusedOrder(
                f"order {order.sequence} of {order.by} on {name}: {why}; expected number {expected}"
            )
        require_clock(order, former, order.at_s)
        last[order.agreement, order.revision, order.by] = item
    return Book(book.documents, (*book.orders, *orders))


def standing(book: Book, keys: Mapping[str, PublicKey]) -> Standing:
    """Every agreement after all orders in the order of their times."""
    held: dict[Key, Agreement] = {
        (item.id, item.revision): drafted(item) for item in book.documents
    }
    void: list[VoidOrder] = []
    for signed_order in sorted(book.orders, key=in_time):
        changed, why = taken(held, signed_order, keys, signed_order.order.at_s)
        held |= changed
        void += [VoidOrder(signed_order, why)] if why else []
    return Standing(tuple(held[key] for key in sorted(held)), tuple(void))


def in_time(signed_order: SignedOrder) -> tuple[float, str, int, str, int]:
    """What orders are sorted by; a party's own on one text stay in their sequence.

    No two that count are alike in all of it, so that no order of arrival decides.
    """
    order = signed_order.order
    return (order.at_s, order.by, order.sequence, order.agreement, order.revision)


def taken(
    held: Mapping[Key, Agreement],
    signed_order: SignedOrder,
    keys: Mapping[str, PublicKey],
    now_s: float,
) -> tuple[dict[Key, Agreement], str]:
    """What an order changes that was given in good order; else it is counted, and why it is void.

    Its signature and its place were verified before.
    """
    key = (signed_order.order.agreement, signed_order.order.revision)
    try:
        return moved(held, signed_order, keys, now_s), ""
    except RefusedOrder as error:
        return {key: counted(held[key], signed_order)}, str(error)


def moved(
    held: Mapping[Key, Agreement],
    signed_order: SignedOrder,
    keys: Mapping[str, PublicKey],
    now_s: float,
) -> dict[Key, Agreement]:
    """What one order changes of all revisions at `now_s`; RefusedOrder where it does not hold."""
    order = signed_order.order
    key = (order.agreement, order.revision)
    agreement = held.get(key)
    if agreement is None:
        known = [str(number) for name, number in held if name == order.agreement]
        raise RefusedOrder(
            f"order for {order.agreement} revision {order.revision}: "
            f"revisions held here are {', '.join(known) or 'none'}"
        )
    if order.kind is OrderKind.SUSPEND and agreement.superseded_by is not None:
        return _suspend_successors(held, signed_order)
    after = apply_order(agreement, signed_order, keys, now_s)
    if order.kind is not OrderKind.SIGN:
        return {key: after}
    ended = _superseded_by(held, after, order.at_s)
    # What a gap of the revision before held back, the new one does not let go.
    held_back_s = max(item.nothing_before_s for item in (after, *ended.values()))
    return {key: replace(after, nothing_before_s=held_back_s), **ended}


def _superseded_by(
    held: Mapping[Key, Agreement], signed: Agreement, at_s: float
) -> dict[Key, Agreement]:
    """The other revisions that end as this one comes into force, with all signatures."""
    terms = signed.terms
    others = {
        key: item
        for key, item in held.items()
        if key[0] == terms.id and key[1] != terms.revision and item.superseded_by is None
    }
    if not _alive(signed):
        return {}
    suspended = [key for key, item in others.items() if is_suspended(item)]
    if suspended:
        # A signature from before the suspension must not unlock, with the other's, what it closed.
        ended = _has_ended(others[suspended[-1]], at_s)
        raise RefusedOrder(
            f"{terms.id} revision {suspended[-1][1]} is suspended: "
            f"{'order its end' if ended else 'restore it'} together, "
            f"then sign revision {terms.revision}"
        )
    return {
        key: superseded(item, terms.revision)
        for key, item in others.items()
        if key[1] < terms.revision
    }


def _suspend_successors(
    held: Mapping[Key, Agreement], signed_order: SignedOrder
) -> dict[Key, Agreement]:
    """A suspension by one who did not know yet that a later revision holds: it bites on that."""
    order = signed_order.order
    key = (order.agreement, order.revision)
    return {
        key: counted(held[key], signed_order),
        **{
            other: suspended_with(item)
            for other, item in held.items()
            if other[0] == order.agreement and other != key and _alive(item)
        },
    }


def _alive(agreement: Agreement) -> bool:
    return agreement.views[0].state not in OVER


def _has_ended(agreement: Agreement, now_s: float) -> bool:
    return any(
        state_at(agreement, party, now_s) is State.ENDED for party in agreement.terms.parties
    )


def indexed(told: Standing) -> dict[Key, Agreement]:
    """The agreements by id and revision."""
    return {(item.terms.id, item.terms.revision): item for item in told.agreements}
