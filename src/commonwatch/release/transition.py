"""How orders move an agreement: `(agreement, order, now) -> agreement`, or RefusedOrder.

    draft --sign by all--> in force <--restore by all-- suspended
    any state in life --suspend by any--> suspended
    draft --suspend by any--> draft that holds back --sign by all--> suspended
    draft that holds back --restore by all--> draft
    draft that holds back --end by all--> ended
    in force --give notice by any--> notice given --its term runs out--> ended
    notice given --suspend notice--> notice suspended --withdraw notice--> in force
    any state in life --end by all--> ended

What ends by its term or by notice while it is suspended takes one order yet, the end by all; until
then it holds back what other agreements allow (bearing.py).

Suspending is alone and at once; restoring is together. Each party has a notice of its own, that it
alone suspends and withdraws; the earliest that runs ends the agreement. Where none runs, one that
is suspended is read differently by the parties: who gave it holds "notice suspended", the others
hold "in force", as in 2019. Notice may also be given, suspended and withdrawn while the agreement
is suspended: it then changes the state that a restoration goes back to, and nothing is released for
it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from commonwatch.identity import Nation, PublicKey
from commonwatch.limits import ORDER_CLOCK_TOLERANCE_S
from commonwatch.release.agreement import (
    Agreement,
    Notice,
    PartyView,
    State,
    Terms,
    notice_of,
    state_at,
    withdrawn_by,
)
from commonwatch.release.bearing import is_suspended
from commonwatch.release.duration import end_after_notice_s, first_end_s
from commonwatch.release.gap import after_gap
from commonwatch.release.order import Order, OrderKind, RefusedOrder, SignedOrder, verified
from commonwatch.utc import told_utc


def apply_order(
    agreement: Agreement, signed_order: SignedOrder, keys: Mapping[str, PublicKey], now_s: float
) -> Agreement:
    """The agreement after this order; RefusedOrder says why where the order does not hold."""
    order = verified(signed_order, keys)
    _require_in_place(agreement, order, now_s)
    moved = after_gap(agreement, _MOVES[order.kind](agreement, order), order, now_s)
    if order.kind in _KEEPS_ALIVE:
        moved = _with_view(moved, order.by, lambda view: replace(view, agrees_to_end=False))
    return counted(moved, signed_order)


def counted(agreement: Agreement, signed_order: SignedOrder) -> Agreement:
    """The agreement after an order that was given in good order and moves nothing any more."""
    order = signed_order.order
    return _with_view(
        agreement,
        order.by,
        lambda view: replace(view, sequence=order.sequence, because=signed_order),
    )


def suspended_with(agreement: Agreement) -> Agreement:
    """The agreement suspended in every view, as by an order on the revision that it superseded."""
    return _with_all(agreement, _suspended_view)


def superseded(agreement: Agreement, revision: int) -> Agreement:
    """The agreement ended in every view, since all have signed a later revision of it."""
    ended = _with_all(agreement, lambda view: replace(view, state=State.ENDED, resumes=None))
    was_draft = any(view.state is State.DRAFT for view in agreement.views)
    since_s = None if was_draft else agreement.since_s
    return replace(ended, superseded_by=revision, since_s=since_s)


def _require_in_place(agreement: Agreement, order: Order, now_s: float) -> None:
    terms = agreement.terms
    if (order.agreement, order.revision) != (terms.id, terms.revision):
        raise RefusedOrder(
            f"order for {order.agreement} revision {order.revision}: "
            f"this is {terms.id} revision {terms.revision}"
        )
    if order.by not in terms.parties:
        raise RefusedOrder(f"{order.by} is no party of {terms.id}")
    expected = agreement.view_of(order.by).sequence + 1
    if order.sequence != expected:
        raise RefusedOrder(
            f"order {order.sequence} of {order.by} on {terms.id}: expected number {expected}"
        )
    require_clock(order, agreement.view_of(order.by).because, now_s)
    require_not_ended(agreement, order, now_s)


def require_not_ended(agreement: Agreement, order: Order, now_s: float) -> None:
    """RefusedOrder where the agreement has ended, but for an end that settles a suspension."""
    # A suspension in the seconds that clocks may differ by is in doubt one before the end.
    late_s = ORDER_CLOCK_TOLERANCE_S if order.kind is OrderKind.SUSPEND else 0.0
    if state_at(agreement, order.by, now_s - late_s) is not State.ENDED:
        return
    name = f"{agreement.terms.id} revision {agreement.terms.revision}"
    if not is_suspended(agreement):
        raise RefusedOrder(f"{name} has ended; a new agreement must be signed")
    if order.kind is not OrderKind.END:
        raise RefusedOrder(
            f"{name} has ended while it was suspended: all parties order its end, then a new "
            "agreement may let go what this one holds back"
        )


def require_clock(order: Order, former: SignedOrder | None, now_s: float) -> None:
    """RefusedOrder where the order's time is ahead of ours, or before its party's former order."""
    if order.at_s > now_s + ORDER_CLOCK_TOLERANCE_S:
        raise RefusedOrder(
            f"order of {order.by} is dated {order.at_s - now_s:.1f} s ahead of this node's time; "
            f"clocks may differ by {ORDER_CLOCK_TOLERANCE_S:g} s: set them right"
        )
    if former is not None and order.at_s < former.order.at_s:
        raise RefusedOrder(
            f"order of {order.by} is dated {former.order.at_s - order.at_s:.1f} s before the one "
            f"that it follows: {order.by}'s clock went back; set it right and give the order again"
        )


def _sign(agreement: Agreement, order: Order) -> Agreement:
    terms = agreement.terms
    _require_state(agreement, order, State.DRAFT)
    if agreement.view_of(order.by).consents:
        raise RefusedOrder(f"{order.by} has signed {terms.id} revision {terms.revision} already")
    if order.document != terms.document:
        raise RefusedOrder(
            f"{order.by} signed another text of {terms.id} revision {terms.revision} "
            f"({order.document[:16] or 'none'}) than this one ({terms.document[:16]})"
        )
    require_not_expired(terms, order.at_s)
    since_s = max(order.at_s, agreement.since_s or order.at_s)
    signed = _with_view(agreement, order.by, lambda view: replace(view, consents=True))
    signed = replace(signed, since_s=since_s)
    if not all(view.consents for view in signed.views):
        return signed
    in_force = _with_all(signed, lambda view: replace(view, state=State.IN_FORCE, consents=False))
    restored_by = signed.draft_restored_by
    if withdrawn_by(signed):
        # A signature that was taken back, and one given by who had not heard of it, are no
        # agreement.
        restored_by = ()
    if restored_by is None:
        return in_force
    suspended = _with_all(in_force, lambda view: replace(_suspended_view(view), withdrawn=False))
    agreed = _with_all(suspended, lambda view: replace(view, consents=view.party in restored_by))
    return replace(agreed, draft_restored_by=None)


def _withdraw_signature(agreement: Agreement, order: Order) -> Agreement:
    view = agreement.view_of(order.by)
    if view.state is not State.DRAFT:
        # All had signed when it was given: it can only hold back, as the party alone may.
        return _suspend(agreement, order)
    if not view.consents or view.withdrawn:
        gone = "withdrew it already" if view.withdrawn else "has not signed it"
        raise RefusedOrder(
            f"{order.by} cannot withdraw its signature on {agreement.terms.id} revision "
            f"{agreement.terms.revision}: it {gone}"
        )
    return _with_view(agreement, order.by, lambda view: replace(view, withdrawn=True))


def require_not_expired(terms: Terms, at_s: float) -> None:
    """RefusedOrder where the end of its term lies before `at_s`.

    A date that is written as the end may not be past, extended or not; years from a start may be
    where they are extended.
    """
    duration = terms.duration
    if duration is None or (duration.end_s is None and duration.extended_by_years):
        return
    end_s = first_end_s(duration, at_s)
    if end_s <= at_s:
        raise RefusedOrder(
            f"{terms.id} revision {terms.revision} expired on {told_utc(end_s)[:10]}, "
            "in the past: write a later end in a new revision"
        )


def _suspend(agreement: Agreement, order: Order) -> Agreement:
    if agreement.view_of(order.by).state is State.DRAFT:
        # Of who knows that all have signed, by a clock that is behind theirs, or before it is known
        # here: it bites all the same.
        anew = _with_all(agreement, lambda view: replace(view, agrees_to_end=False))
        return replace(anew, draft_restored_by=())
    require_in_life(agreement, order)
    return _with_all(agreement, _suspended_view)


def _suspended_view(view: PartyView) -> PartyView:
    resumes = view.resumes if view.state is State.SUSPENDED else view.state
    # What was agreed to before it, a restoration or an end, must not settle it by the other alone.
    return replace(
        view, state=State.SUSPENDED, consents=False, resumes=resumes, agrees_to_end=False
    )


def _restore(agreement: Agreement, order: Order) -> Agreement:
    if agreement.draft_restored_by is not None:
        return _restore_draft(agreement, order, agreement.draft_restored_by)
    _require_state(agreement, order, State.SUSPENDED)
    agreed = _with_view(agreement, order.by, lambda view: replace(view, consents=True))
    if not all(view.consents for view in agreed.views):
        return agreed
    return _with_all(
        agreed,
        lambda view: replace(
            view, state=view.resumes or State.SUSPENDED, consents=False, resumes=None
        ),
    )


def _restore_draft(
    agreement: Agreement, order: Order, restored_by: tuple[Nation, ...]
) -> Agreement:
    agreed = {*restored_by, agreement.view_of(order.by).party}
    parties = tuple(party for party in agreement.terms.parties if party in agreed)
    return replace(
        agreement, draft_restored_by=None if parties == agreement.terms.parties else parties
    )


def _give_notice(agreement: Agreement, order: Order) -> Agreement:
    _require_state_in_life(
        agreement, order, State.IN_FORCE, State.NOTICE_GIVEN, State.NOTICE_SUSPENDED
    )
    terms, since_s = agreement.terms, agreement.since_s or order.at_s
    if order.by in notice_of(agreement):
        raise RefusedOrder(f"{order.by} gave notice on {terms.id} already, and it runs")
    ends_s = end_after_notice_s(terms.duration, since_s, order.at_s, terms.notice_days)
    return _with_notice(agreement, order.by, Notice(ends_s))


def _suspend_notice(agreement: Agreement, order: Order) -> Agreement:
    _require_state_in_life(agreement, order, State.NOTICE_GIVEN)
    notice = _own_notice(agreement, order)
    if notice.suspended:
        raise RefusedOrder(f"{order.by} suspended its notice on {agreement.terms.id} already")
    return _with_notice(agreement, order.by, replace(notice, suspended=True))


def _withdraw_notice(agreement: Agreement, order: Order) -> Agreement:
    _require_state_in_life(agreement, order, State.NOTICE_GIVEN, State.NOTICE_SUSPENDED)
    _own_notice(agreement, order)
    return _with_notice(agreement, order.by, None)


def _with_notice(agreement: Agreement, party: str, notice: Notice | None) -> Agreement:
    """The agreement with this notice of a party: the earliest one that runs ends it for all.

    Where none runs, who suspended its own reads it as suspended, and the others as in force.
    """
    changed = _with_view(agreement, party, lambda view: replace(view, notice=notice))
    running_s = [
        view.notice.ends_s
        for view in changed.views
        if view.notice is not None and not view.notice.suspended
    ]
    given = State.NOTICE_GIVEN if running_s else None
    told = _with_all(changed, lambda view: _in_life(view, given or _without_notice(view)))
    return replace(told, ends_s=min(running_s, default=None))


def _without_notice(view: PartyView) -> State:
    return State.IN_FORCE if view.notice is None else State.NOTICE_SUSPENDED


def _end(agreement: Agreement, order: Order) -> Agreement:
    # A draft that is suspended holds back as what is in life does: its end by all settles it too.
    holds_back_as_draft = agreement.draft_restored_by is not None
    if not holds_back_as_draft:
        require_in_life(agreement, order)
    agreed = _with_view(agreement, order.by, lambda view: replace(view, agrees_to_end=True))
    if not all(view.agrees_to_end for view in agreed.views):
        return agreed
    ended = _with_all(agreed, lambda view: replace(view, state=State.ENDED, resumes=None))
    # What never was in force has no day since which it was.
    return replace(ended, draft_restored_by=None, since_s=None) if holds_back_as_draft else ended


_MOVES: Mapping[OrderKind, Callable[[Agreement, Order], Agreement]] = {
    OrderKind.SIGN: _sign,
    OrderKind.SUSPEND: _suspend,
    OrderKind.RESTORE: _restore,
    OrderKind.RESTORE_AND_RESUME: _restore,
    OrderKind.GIVE_NOTICE: _give_notice,
    OrderKind.SUSPEND_NOTICE: _suspend_notice,
    OrderKind.WITHDRAW_NOTICE: _withdraw_notice,
    OrderKind.END: _end,
    OrderKind.WITHDRAW_SIGNATURE: _withdraw_signature,
}
# A party that orders one of these has thought better of ending the agreement.
_KEEPS_ALIVE = frozenset(
    {
        OrderKind.RESTORE,
        OrderKind.RESTORE_AND_RESUME,
        OrderKind.SUSPEND_NOTICE,
        OrderKind.WITHDRAW_NOTICE,
    }
)


def _require_state(agreement: Agreement, order: Order, *allowed: State) -> None:
    _require_among(agreement, order, agreement.view_of(order.by).state, allowed)


def _require_state_in_life(agreement: Agreement, order: Order, *allowed: State) -> None:
    _require_among(agreement, order, agreement.view_of(order.by).state_in_life, allowed)


def require_in_life(agreement: Agreement, order: Order) -> None:
    """RefusedOrder where it is a draft, or has ended, in the view of who gives the order."""
    _require_state(
        agreement,
        order,
        State.IN_FORCE,
        State.NOTICE_GIVEN,
        State.NOTICE_SUSPENDED,
        State.SUSPENDED,
    )


def _require_among(
    agreement: Agreement, order: Order, state: State, allowed: tuple[State, ...]
) -> None:
    if state not in allowed:
        names = ", ".join(item.value for item in allowed)
        raise RefusedOrder(
            f"{order.by} cannot {order.kind} {agreement.terms.id}: it is {state.value}, not {names}"
        )


def _in_life(view: PartyView, state: State) -> PartyView:
    """The view in this state, or suspended and to go back to it."""
    if view.state is State.SUSPENDED:
        return replace(view, resumes=state)
    return replace(view, state=state)


def _own_notice(agreement: Agreement, order: Order) -> Notice:
    notice = agreement.view_of(order.by).notice
    if notice is None:
        raise RefusedOrder(f"{order.by} gave no notice on {agreement.terms.id} to take back")
    return notice


def _with_view(
    agreement: Agreement, party: str, change: Callable[[PartyView], PartyView]
) -> Agreement:
    return replace(
        agreement,
        views=tuple(change(view) if view.party == party else view for view in agreement.views),
    )


def _with_all(agreement: Agreement, change: Callable[[PartyView], PartyView]) -> Agreement:
    return replace(agreement, views=tuple(change(view) for view in agreement.views))
