"""All orders that a node knows, and the agreements that follow from them, whatever came first.

As on a desk the orders move the agreements in the order of their times. One that comes late is put
in its place and all is reckoned anew, so that nodes that know the same orders hold the same state.
An order that moves nothing since orders crossed counts. One that cannot be placed holds back. So
does one that is dated ahead of the clock of whoever asks, at nodes and desks alike: it moves what
it moves at once, and nothing goes under its agreement until its time has come.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from commonwatch.identity import PublicKey
from commonwatch.limits import BOOK_ORDERS_MAX, ORDER_CLOCK_TOLERANCE_S
from commonwatch.release.agreement import Agreement, drafted
from commonwatch.release.agreement_book import (
    Book,
    Key,
    Standing,
    VoidOrder,
    in_time,
    standing,
    taken,
)
from commonwatch.release.bearing import is_suspended
from commonwatch.release.order import Order, OrderKind, RefusedOrder, SignedOrder, verified
from commonwatch.release.transition import require_in_life
from commonwatch.utc import YEAR_10000_S


@dataclass(frozen=True, slots=True)
class OrderLog:
    """The orders known, and what follows of them.

    `placed` are those that count, in the order of their times; `void` those of them that moved
    nothing. `doubts` says by agreement what cannot be placed: until then nothing goes under it.
    `ahead` are those that were dated ahead of the clock when they were taken, until it is due.
    """

    agreements: Mapping[Key, Agreement]
    orders: tuple[SignedOrder, ...] = ()
    placed: tuple[SignedOrder, ...] = ()
    void: tuple[VoidOrder, ...] = ()
    doubts: Mapping[str, str] = field(default_factory=dict)
    ahead: tuple[SignedOrder, ...] = ()

    def knows(self, signed_order: SignedOrder) -> bool:
        """Whether this order was taken before, placed or not."""
        return any(item.order == signed_order.order for item in self.orders)

    def why_void(self, signed_order: SignedOrder) -> str | None:
        """Why this order moved nothing; None where it did, or waits."""
        return next((item.why for item in self.void if item.order == signed_order), None)


def with_known(
    log: OrderLog, signed_order: SignedOrder, keys: Mapping[str, PublicKey], taken_s: float
) -> OrderLog:
    """The log with this order, known since `taken_s`; RefusedOrder where it is no party's, or old.

    What it cannot place yet, for a number that is missing, is kept, and is a doubt.
    """
    order = verified(signed_order, keys)
    revisions = {
        number: item for (name, number), item in log.agreements.items() if name == order.agreement
    }
    # A suspension of a text that is not here is kept: it can only hold back.
    if order.revision not in revisions and (order.kind is not OrderKind.SUSPEND or not revisions):
        raise RefusedOrder(_not_held(order, revisions))
    if not any(order.by in item.terms.parties for item in revisions.values()):
        raise RefusedOrder(f"{order.by} is no party of {order.agreement}")
    if log.knows(signed_order):
        name = f"order {order.sequence} of {order.by} on {order.agreement}"
        raise RefusedOrder(f"{name}: it was seen before")
    if len(log.orders) >= BOOK_ORDERS_MAX:
        why = f"an order of {order.by} beyond the {BOOK_ORDERS_MAX} that are held here"
        return replace(log, doubts={**log.doubts, order.agreement: why})
    return _reckoned(log, (*log.orders, signed_order), keys, taken_s)


def with_ahead(log: OrderLog, signed_order: SignedOrder) -> OrderLog:
    """The log in which this order holds back until its time, since it was dated ahead."""
    ahead = (*log.ahead, signed_order)
    return replace(log, ahead=ahead, agreements=_held_ahead(log.agreements, ahead))


def at(log: OrderLog, now_s: float) -> OrderLog:
    """The log at `now_s` of the clock that orders go by: what is ahead no more holds no more."""
    ahead = tuple(item for item in log.ahead if is_ahead(item.order, now_s))
    if ahead == log.ahead:
        return log
    return replace(log, ahead=ahead, agreements=_held_ahead(log.agreements, ahead))


def next_dated_s(known: Iterable[SignedOrder], own: SignedOrder | None, now_s: float) -> float:
    """How a party dates its next order: after what it knows, as far as clocks may differ.

    And never before its `own` last one on the same text.
    """
    known_s = max((item.order.at_s for item in known), default=-math.inf)
    latest_s = min(math.nextafter(known_s, math.inf), now_s + ORDER_CLOCK_TOLERANCE_S)
    return max(now_s, latest_s, now_s if own is None else own.order.at_s)


def words_behind(known: Iterable[SignedOrder], order: Order) -> str:
    """What is told of an order that is dated before another party's that it follows; else empty."""
    later = [
        item.order
        for item in known
        if item.order.agreement == order.agreement
        and item.order.by != order.by
        and item.order.at_s > order.at_s
    ]
    if not later:
        return ""
    newest = max(later, key=lambda item: item.at_s)
    return (
        f"clocks differ, set them right: {order.by}'s order to {order.kind} is dated "
        f"{_told_s(newest.at_s - order.at_s)} before {newest.by}'s to {newest.kind}, "
        "known before it"
    )


def before_signatures(log: OrderLog, order: Order) -> bool:
    """Whether it suspends what all have signed, and is dated before one of the signatures."""
    agreement = log.agreements.get((order.agreement, order.revision))
    return (
        order.kind is OrderKind.SUSPEND
        and agreement is not None
        and agreement.since_s is not None
        and order.at_s < agreement.since_s
    )


def require_moves(
    agreements: Mapping[Key, Agreement], signed_order: SignedOrder, void: str | None
) -> None:
    """RefusedOrder where an order moves nothing, or suspends what not all have signed.

    For who gives it: one that comes from elsewhere counts all the same. Under a draft nothing goes;
    its signature is withdrawn.
    """
    if void is not None:
        raise RefusedOrder(void)
    order = signed_order.order
    if order.kind is OrderKind.SUSPEND:
        require_in_life(agreements[order.agreement, order.revision], order)


def is_ahead(order: Order, now_s: float) -> bool:
    """Whether it is dated further ahead of `now_s` than clocks may differ; in doubt it is."""
    return not order.at_s <= now_s + ORDER_CLOCK_TOLERANCE_S


def desk_standing(book: Book, keys: Mapping[str, PublicKey]) -> Standing:
    """Where the agreements of a desk stand: as at a node that knows the same orders."""
    told = standing(book, keys)
    held = _held_ahead(
        {(item.terms.id, item.terms.revision): item for item in told.agreements}, book.orders
    )
    return replace(told, agreements=tuple(held[key] for key in sorted(held)))


def words_ahead(order: Order, now_s: float) -> str:
    """What is told of an order that is dated ahead of `now_s`."""
    return (
        f"order of {order.by} to {order.kind} {order.agreement} is dated "
        f"{_told_s(order.at_s - now_s)} ahead of the time here; clocks may differ by "
        f"{ORDER_CLOCK_TOLERANCE_S:g} s: set them right; {order.agreement} is held back until then"
    )


def _held_ahead(
    agreements: Mapping[Key, Agreement], orders: Iterable[SignedOrder]
) -> dict[Key, Agreement]:
    """Each agreement with the time of the newest order on any revision of it that is in life."""
    newest_s: dict[str, float] = {}
    for item in orders:
        if not _settled(agreements, item):
            name, at_s = item.order.agreement, item.order.at_s
            newest_s[name] = max(at_s, newest_s.get(name, at_s))
    return {
        key: item
        if item.newest_order_s == newest_s.get(key[0])
        else replace(item, newest_order_s=newest_s.get(key[0]))
        for key, item in agreements.items()
    }


def _reckoned(
    log: OrderLog,
    orders: tuple[SignedOrder, ...],
    keys: Mapping[str, PublicKey],
    taken_s: float,
) -> OrderLog:
    ready, unplaced = _sorted_out(
        item for item in orders if (item.order.agreement, item.order.revision) in log.agreements
    )
    unplaced += _without_text(log.agreements, orders)
    fresh = [item for item in ready if item not in log.placed]
    later = ready[: len(log.placed)] == log.placed
    held = dict(log.agreements) if later else _drafts(log.agreements)
    void = list(log.void) if later else []
    for item in fresh if later else ready:
        changed, why = taken(held, item, keys, item.order.at_s)
        held |= changed
        void += [VoidOrder(item, why)] if why else []
    agreements = {key: _with_gap(log.agreements, key, item, taken_s) for key, item in held.items()}
    return replace(
        log,
        agreements=_held_ahead(agreements, log.ahead),
        orders=orders,
        placed=ready,
        void=tuple(void),
        doubts=_doubts(agreements, unplaced),
    )


def _drafts(agreements: Mapping[Key, Agreement]) -> dict[Key, Agreement]:
    return {key: drafted(item.terms) for key, item in agreements.items()}


def _with_gap(
    before: Mapping[Key, Agreement], key: Key, after: Agreement, taken_s: float
) -> Agreement:
    """What a gap held back stays so; here it lasted until its end was known."""
    floors_s = [
        item.nothing_before_s
        for other, item in before.items()
        if other[0] == key[0] and (other[1] == key[1] or item.superseded_by == key[1])
    ]
    nothing_before_s = max(after.nothing_before_s, *floors_s)
    closed = is_suspended(before[key]) and not is_suspended(after)
    if closed and after.nothing_before_s > before[key].nothing_before_s:
        nothing_before_s = max(nothing_before_s, taken_s)
    return replace(after, nothing_before_s=nothing_before_s)


def _sorted_out(
    orders: Iterable[SignedOrder],
) -> tuple[tuple[SignedOrder, ...], tuple[VoidOrder, ...]]:
    """Those that have a place, by time; and those that have none, each with the reason."""
    ready: list[SignedOrder] = []
    unplaced: list[VoidOrder] = []
    for _line, group in groupby(sorted(orders, key=_in_line), key=lambda item: _in_line(item)[:3]):
        last: SignedOrder | None = None
        for item in group:
            why = _no_place(item, last)
            if why:
                unplaced.append(VoidOrder(item, why))
            else:
                ready.append(item)
                last = item
    return tuple(sorted(ready, key=in_time)), tuple(unplaced)


def _without_text(
    agreements: Mapping[Key, Agreement], orders: Iterable[SignedOrder]
) -> tuple[VoidOrder, ...]:
    return tuple(
        VoidOrder(
            item, _not_held(item.order, [n for k, n in agreements if k == item.order.agreement])
        )
        for item in orders
        if (item.order.agreement, item.order.revision) not in agreements
    )


def _not_held(order: Order, revisions: Iterable[int]) -> str:
    known = ", ".join(map(str, revisions)) or "none"
    return f"order for {order.agreement} revision {order.revision}: revisions held here are {known}"


def _in_line(signed_order: SignedOrder) -> tuple[str, int, str, int, float, bytes]:
    order = signed_order.order
    line = (order.agreement, order.revision, order.by)
    return (*line, order.sequence, order.at_s, signed_order.signature)


def _no_place(signed_order: SignedOrder, former: SignedOrder | None) -> str:
    order = signed_order.order
    name = f"order {order.sequence} of {order.by} on {order.agreement}"
    expected = 1 if former is None else former.order.sequence + 1
    if order.sequence > expected:
        return f"{name}: one is missing between; expected number {expected}"
    if order.sequence < expected:
        return f"{name}: {order.by} signed another order of that number; expected {expected}"
    if former is not None and order.at_s < former.order.at_s:
        return (
            f"{name}: dated {_told_s(former.order.at_s - order.at_s)} before the one that it "
            f"follows: {order.by}'s clock went back; set it right and agree on a new revision"
        )
    return ""


def _doubts(agreements: Mapping[Key, Agreement], unplaced: Iterable[VoidOrder]) -> dict[str, str]:
    return {
        item.order.order.agreement: item.why
        for item in unplaced
        if not _settled(agreements, item.order)
    }


def _settled(agreements: Mapping[Key, Agreement], signed_order: SignedOrder) -> bool:
    """Whether a later revision that all signed makes it no matter; a suspension since bites on."""
    order = signed_order.order
    text = agreements.get((order.agreement, order.revision))
    if text is None or text.superseded_by is None:
        return False
    since_s = agreements[order.agreement, text.superseded_by].since_s
    before = since_s is not None and order.at_s < since_s
    return order.kind is not OrderKind.SUSPEND or before


def _told_s(seconds: float) -> str:
    """Seconds for people; an order may name a time that no calendar has."""
    return f"{seconds:.1f} s" if abs(seconds) < YEAR_10000_S else f"{seconds:g} s"
