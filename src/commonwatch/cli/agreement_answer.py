"""How the verb `agreement` tells terms, states, orders and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import msgspec

from commonwatch.node.explain import Asked
from commonwatch.release.agreement import (
    Agreement,
    FieldGrant,
    State,
    Terms,
    notice_of,
    state_at,
    unsigned_by,
    withdrawn_by,
)
from commonwatch.release.agreement_book import VoidOrder
from commonwatch.release.bearing import Bearing
from commonwatch.release.decision import Decision
from commonwatch.release.duration import term_end_s
from commonwatch.release.order import SignedOrder
from commonwatch.release.parents import weighed
from commonwatch.release.standing import standing_of
from commonwatch.utc import told_utc


class ViewAnswer(msgspec.Struct, frozen=True):
    """One party's view, and the last order by which that party brought it there."""

    party: str
    state: str
    order: str | None
    sequence: int
    at: str | None


class StandingAnswer(msgspec.Struct, frozen=True):
    """Where one revision stands.

    `allows_between` names the pairs of its parties that it lets exchange now, with all else that
    binds them; `allows_release` where that is all pairs, and `why_not` says why it is not.
    `notice_of` are the parties whose notice runs; the earliest one ends it.
    """

    agreement: str
    revision: int
    document: str
    allows_release: bool
    allows_between: tuple[str, ...]
    why_not: tuple[str, ...]
    views: tuple[ViewAnswer, ...]
    waits_for: tuple[str, ...]
    in_force_since: str | None
    term_ends: str | None
    ends_after_notice: str | None
    notice_of: tuple[str, ...]
    superseded_by: int | None
    duties_that_go_on: tuple[str, ...]


def standing_answer(
    agreement: Agreement, agreements: Sequence[Agreement], now_s: float
) -> StandingAnswer:
    """Where the agreement stands at `now_s`, beside all others that are held here."""
    terms = agreement.terms
    pairs = [pair for pair in combinations(terms.parties, 2) if terms.binds(*pair)]
    why_not = {pair: _against(agreement, agreements, pair, now_s) for pair in pairs}
    ended = all(state_at(agreement, party, now_s) is State.ENDED for party in terms.parties)
    signed = agreement.since_s is not None and not unsigned_by(agreement)
    return StandingAnswer(
        agreement=terms.id,
        revision=terms.revision,
        document=terms.document,
        allows_release=not any(why_not.values()),
        allows_between=tuple("-".join(pair) for pair in pairs if not why_not[pair]),
        why_not=tuple(dict.fromkeys(why for pair in pairs for why in why_not[pair])),
        views=tuple(_view(agreement, party, now_s) for party in terms.parties),
        waits_for=_waits_for(agreement, now_s),
        in_force_since=_utc(agreement.since_s) if signed else None,
        term_ends=_utc(_term_ends_s(agreement, now_s)) if signed and not ended else None,
        ends_after_notice=None if ended else _utc(agreement.ends_s),
        notice_of=() if ended else notice_of(agreement),
        superseded_by=agreement.superseded_by,
        duties_that_go_on=tuple(
            f"{article.reference}: {article.duty}" for article in terms.articles if article.goes_on
        )
        if ended and signed and agreement.superseded_by is None
        else (),
    )


def _against(
    agreement: Agreement, agreements: Sequence[Agreement], pair: tuple[str, str], now_s: float
) -> tuple[str, ...]:
    """Why nothing goes between these two under this agreement."""
    bearing, reasons = weighed(agreement, agreements, pair, now_s)
    if bearing is not Bearing.LETS_GO:
        return reasons
    return standing_of(*pair, agreements, now_s).against


def print_standing(told: StandingAnswer, void: tuple[VoidOrder, ...] = ()) -> None:
    """Print it, one fact a line."""
    _print_verdict(told)
    for view in told.views:
        order = "no order yet" if view.order is None else f"order {view.sequence}, to {view.order}"
        at = "" if view.at is None else f", {view.at}"
        print(f"  {view.party} holds: {view.state} ({order}{at})")
    if told.superseded_by is not None:
        print(f"  superseded by revision {told.superseded_by}")
    for waiting in told.waits_for:
        print(f"  waits for {waiting}")
    if told.in_force_since is not None:
        print(f"  signed by all since {told.in_force_since}")
    if told.ends_after_notice is not None:
        by = " and ".join(told.notice_of)
        print(f"  ends after notice of {by} on {told.ends_after_notice}")
    elif told.term_ends is not None:
        print(f"  this term runs until {told.term_ends}")
    for duty in told.duties_that_go_on:
        print(f"  goes on: {duty}")
    for item in void:
        crossed = item.order.order
        if (crossed.agreement, crossed.revision) == (told.agreement, told.revision):
            print(f"  moved nothing: order {crossed.sequence} of {crossed.by}: {item.why}")


def _print_verdict(told: StandingAnswer) -> None:
    """Whether it allows release, between whom, and what other agreement holds it back."""
    verdict = "allows release" if told.allows_between else "allows no release"
    if told.allows_between and not told.allows_release:
        verdict += f" between {' and '.join(told.allows_between)} alone"
    print(f"{told.agreement} revision {told.revision}: {verdict}")
    own = f"{told.agreement}: "
    for why in told.why_not:
        if not why.startswith(own):
            print(f"  held back by {why}")


def order_words(signed_order: SignedOrder) -> str:
    """One signed order in one line."""
    order = signed_order.order
    return (
        f"{order.by} signs order {order.sequence} on {order.agreement} "
        f"revision {order.revision}: {order.kind} ({told_utc(order.at_s)})"
    )


def print_terms(terms: Terms) -> None:
    """Print what was agreed."""
    print(f"{terms.id}, revision {terms.revision}: {terms.title}")
    print(f"parties: {', '.join(terms.parties)}; product: {', '.join(terms.products)}")
    if terms.hub is not None:
        print(f"hub: {terms.hub}; the others exchange through it, never directly")
    for parent in terms.parents:
        print(f"rests on: {parent.id}, revision {parent.revision} or later")
    if terms.purpose:
        print(f"purpose: {terms.purpose}")
    covered = ", ".join((*terms.sensor_kinds, *terms.sensors))
    print(f"sensors: {covered}; {terms.notice_days} days' notice")
    if terms.keep_days is not None:
        print(f"kept: at most {terms.keep_days:g} days, then returned or destroyed")
    if terms.duration is not None:
        print(f"duration: {_duration_words(terms)}")
    print(f"levels, the lowest first, up to {terms.ceiling}:")
    for row in terms.levels.rows:
        print(f"  {row.common}: " + ", ".join(f"{owner} {level}" for owner, level in row.markings))
    print("fields that may go:")
    _print_grants(terms.fields)
    for product in terms.further_products:
        print(f"fields that may go of the {product.name}:{'' if product.fields else ' none'}")
        _print_grants(product.fields)
    if terms.floor is not None:
        print(f"floor: time to {terms.floor.time_precision_s:g} s, place to "
              f"{terms.floor.position_precision_m:g} m ({terms.floor.article})")  # fmt: skip
    for article in terms.articles:
        lasting = ", outlives the agreement" if article.goes_on else ""
        print(f"{article.reference}: {article.duty} [{article.basis}{lasting}]")
    print(f"source: {terms.source}")
    print(f"text: SHA-256 {terms.document}")


class Considered(msgspec.Struct, frozen=True):
    """One revision between the two: whether it lets go, holds back or is silent, and why."""

    agreement: str
    revision: int
    bearing: str
    why_not: tuple[str, ...]


class Explanation(Decision, frozen=True, kw_only=True):
    """What the gate answered, with what it was asked and what each agreement had to say."""

    kind: str
    field: str
    originator: str
    considered: tuple[Considered, ...]


def explanation(
    asked: Asked, decision: Decision, agreements: Sequence[Agreement], now_s: float
) -> Explanation:
    """The answer of `agreement explain` as one object."""
    pair = (asked.originator, asked.recipient)
    considered = tuple(
        Considered(item.terms.id, item.terms.revision, bearing.value, reasons)
        for item in agreements
        if item.terms.binds(*pair)
        for bearing, reasons in [weighed(item, agreements, pair, now_s)]
    )
    told = {name: getattr(decision, name) for name in decision.__struct_fields__}
    return Explanation(
        kind="decision",
        field=asked.field,
        originator=asked.originator,
        considered=considered,
        **told,
    )


def _print_grants(grants: tuple[FieldGrant, ...]) -> None:
    for grant in grants:
        precision = "" if grant.precision_m is None else f", to {grant.precision_m:g} m"
        delay = "" if grant.delay_s == 0.0 else f", {grant.delay_s:g} s later"
        print(f"  {grant.path}{precision}{delay} ({grant.article})")


def print_reasons(decision: Decision) -> None:
    """Print a decision's rules, and what was kept back, made coarser or went wrong."""
    for rule in decision.rules:
        print(f"  {rule}")
    for kept in decision.withheld:
        if kept.field != "*":
            print(f"  withheld: {kept.field}: {kept.why}")
    for name in decision.coarsened:
        print(f"  coarsened: {name}")
    for error in decision.errors:
        print(f"  error: {error}")


def _view(agreement: Agreement, party: str, now_s: float) -> ViewAnswer:
    view = agreement.view_of(party)
    order = None if view.because is None else view.because.order
    return ViewAnswer(
        party,
        state_at(agreement, party, now_s).value,
        None if order is None else order.kind.value,
        view.sequence,
        None if order is None else told_utc(order.at_s),
    )


def _waits_for(agreement: Agreement, now_s: float) -> tuple[str, ...]:
    """Whose order is still missing for the step that needs all of them."""
    views = agreement.views
    if any(state_at(agreement, view.party, now_s) is State.ENDED for view in views):
        return ()
    # A draft from which a signature was withdrawn waits for nobody: another text takes its place.
    unsigned = () if withdrawn_by(agreement) else unsigned_by(agreement)
    waiting = [f"the signature of {party}" for party in unsigned]
    waiting += [
        f"{view.party} to restore"
        for view in views
        if view.state is State.SUSPENDED and not view.consents
    ]
    restored_by = agreement.draft_restored_by
    if restored_by is not None:
        waiting += [f"{view.party} to restore" for view in views if view.party not in restored_by]
    if any(view.agrees_to_end for view in views):
        waiting += [f"{view.party} to end it too" for view in views if not view.agrees_to_end]
    return tuple(waiting)


def _term_ends_s(agreement: Agreement, now_s: float) -> float | None:
    duration, since_s = agreement.terms.duration, agreement.since_s
    return None if duration is None or since_s is None else term_end_s(duration, since_s, now_s)


def _duration_words(terms: Terms) -> str:
    duration = terms.duration
    if duration is None:
        return "until notice has run out"
    begins = "when all have signed" if duration.start_s is None else _utc(duration.start_s)
    ends = f"for {_years(duration.years or 0)}" if duration.end_s is None else _utc(duration.end_s)
    then = f"extended by {_years(duration.extended_by_years)} each time, unless notice was given"
    until = ends if duration.end_s is None else f"until {ends}"
    return f"from {begins}, {until}" + (f", {then}" if duration.extended_by_years else "")


def _years(count: int) -> str:
    return "1 year" if count == 1 else f"{count} years"


def _utc(time_s: float | None) -> str | None:
    return None if time_s is None else told_utc(time_s)
