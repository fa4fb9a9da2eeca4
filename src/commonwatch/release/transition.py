"""How orders move an agreement: `(agreement, order, now) -> agreement`, or RefusedOrder.

    draft --sign by all--> in force <--restore by all-- suspended
    any state in life --suspend by any--> suspended
    in force --give notice--> notice given --its term runs out--> ended
    notice given --suspend notice--> notice suspended --withdraw notice--> in force

Suspending is alone and at once; restoring is together. A notice that is suspended is read
differently by the parties: who gave it holds "notice suspended", the others hold "in force", as in
2019.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from commonwatch.identity import PublicKey
from commonwatch.limits import ORDER_CLOCK_TOLERANCE_S
from commonwatch.release.agreement import Agreement, PartyView, State, state_at
from commonwatch.release.gap import after_gap
from commonwatch.release.order import Order, OrderKind, RefusedOrder, SignedOrder, verified

SECONDS_PER_DAY = 86_400.0


def apply_order(
    agreement: Agreement, signed_order: SignedOrder, keys: Mapping[str, PublicKey], now_s: float
) -> Agreement:
    """The agreement after this order; RefusedOrder says why where the order does not hold."""
    order = verified(signed_order, keys)
    _require_in_place(agreement, order, now_s)
    moved = after_gap(agreement, _MOVES[order.kind](agreement, order), order, now_s)
    return _with_view(
        moved,
        order.by,
        lambda view: replace(view, sequence=order.sequence, because=signed_order),
    )


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
    if order.at_s > now_s + ORDER_CLOCK_TOLERANCE_S:
        raise RefusedOrder(
            f"order of {order.by} is dated {order.at_s - now_s:.1f} s ahead of this node's time"
        )
    if state_at(agreement, order.by, now_s) is State.ENDED:
        raise RefusedOrder(f"{terms.id} has ended; a new agreement must be signed")


def _sign(agreement: Agreement, order: Order) -> Agreement:
    _require_state(agreement, order, State.DRAFT)
    signed = _with_view(agreement, order.by, lambda view: replace(view, consents=True))
    if not all(view.consents for view in signed.views):
        return signed
    return _with_all(signed, lambda view: replace(view, state=State.IN_FORCE, consents=False))


def _suspend(agreement: Agreement, order: Order) -> Agreement:
    _require_state(
        agreement,
        order,
        State.IN_FORCE,
        State.NOTICE_GIVEN,
        State.NOTICE_SUSPENDED,
        State.SUSPENDED,
    )

    def suspended(view: PartyView) -> PartyView:
        resumes = view.resumes if view.state is State.SUSPENDED else view.state
        return replace(view, state=State.SUSPENDED, consents=False, resumes=resumes)

    return _with_all(agreement, suspended)


def _restore(agreement: Agreement, order: Order) -> Agreement:
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


def _give_notice(agreement: Agreement, order: Order) -> Agreement:
    _require_state(agreement, order, State.IN_FORCE, State.NOTICE_SUSPENDED)
    given = _with_all(agreement, lambda view: replace(view, state=State.NOTICE_GIVEN))
    ends_s = order.at_s + agreement.terms.notice_days * SECONDS_PER_DAY
    return replace(given, ends_s=ends_s, notice_by=agreement.view_of(order.by).party)


def _suspend_notice(agreement: Agreement, order: Order) -> Agreement:
    _require_state(agreement, order, State.NOTICE_GIVEN)
    _require_giver_of_notice(agreement, order)
    resumed = _with_all(agreement, lambda view: replace(view, state=State.IN_FORCE))
    held = _with_view(resumed, order.by, lambda view: replace(view, state=State.NOTICE_SUSPENDED))
    return replace(held, ends_s=None)


def _withdraw_notice(agreement: Agreement, order: Order) -> Agreement:
    _require_state(agreement, order, State.NOTICE_GIVEN, State.NOTICE_SUSPENDED)
    _require_giver_of_notice(agreement, order)
    resumed = _with_all(agreement, lambda view: replace(view, state=State.IN_FORCE))
    return replace(resumed, ends_s=None, notice_by=None)


_MOVES: Mapping[OrderKind, Callable[[Agreement, Order], Agreement]] = {
    OrderKind.SIGN: _sign,
    OrderKind.SUSPEND: _suspend,
    OrderKind.RESTORE: _restore,
    OrderKind.RESTORE_AND_RESUME: _restore,
    OrderKind.GIVE_NOTICE: _give_notice,
    OrderKind.SUSPEND_NOTICE: _suspend_notice,
    OrderKind.WITHDRAW_NOTICE: _withdraw_notice,
}


def _require_state(agreement: Agreement, order: Order, *allowed: State) -> None:
    state = agreement.view_of(order.by).state
    if state not in allowed:
        names = ", ".join(item.value for item in allowed)
        raise RefusedOrder(
            f"{order.by} cannot {order.kind} {agreement.terms.id}: it is {state.value}, not {names}"
        )


def _require_giver_of_notice(agreement: Agreement, order: Order) -> None:
    if agreement.notice_by != order.by:
        raise RefusedOrder(f"{order.by} gave no notice on {agreement.terms.id} to take back")


def _with_view(
    agreement: Agreement, party: str, change: Callable[[PartyView], PartyView]
) -> Agreement:
    return replace(
        agreement,
        views=tuple(change(view) if view.party == party else view for view in agreement.views),
    )


def _with_all(agreement: Agreement, change: Callable[[PartyView], PartyView]) -> Agreement:
    return replace(agreement, views=tuple(change(view) for view in agreement.views))
