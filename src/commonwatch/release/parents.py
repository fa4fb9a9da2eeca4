"""Agreements that rest on others: where a parent allows nothing, the child allows nothing.

A parent that holds back makes its child hold back. One that is silent, ended or not signed, makes
it silent: an ended parent stops release under the child, and keeps back nothing else. What is not
held here, has other parties or rests on itself is in doubt, and holds back.
"""

from __future__ import annotations

from collections.abc import Sequence

from commonwatch.release.agreement import Agreement, Parent, reasons_against_release
from commonwatch.release.bearing import Bearing, bearing_of

Weighed = tuple[Bearing, tuple[str, ...]]
_BY_STRICTNESS = (Bearing.HOLDS_BACK, Bearing.SILENT, Bearing.LETS_GO)


def weighed(
    agreement: Agreement,
    every: Sequence[Agreement],
    pair: tuple[str, str],
    now_s: float,
    children: tuple[str, ...] = (),
) -> Weighed:
    """What an agreement does between these two at `now_s`, and every reason why it does not let go.

    What two nations exchange under a child rests on the parents that both are parties of. Each of
    them must be held here, among `every`, and allow; and there must be one.
    """
    own = bearing_of(agreement, now_s)
    against = reasons_against_release(agreement, now_s)
    told = _by_parents(agreement, every, pair, now_s, children) if agreement.terms.parents else []
    reasons = (*against, *(reason for _bearing, found in told for reason in found))
    if own is not Bearing.LETS_GO:
        return own, reasons
    return strictest([own, *(bearing for bearing, _found in told)]), reasons


def strictest(bearings: Sequence[Bearing]) -> Bearing:
    """The one of these that lets least go."""
    return next(item for item in _BY_STRICTNESS if item in bearings)


def _by_parents(
    agreement: Agreement,
    every: Sequence[Agreement],
    pair: tuple[str, str],
    now_s: float,
    children: tuple[str, ...],
) -> list[Weighed]:
    terms = agreement.terms
    if terms.id in children:
        return [_doubt(f"{terms.id}: it rests on itself, by {' and '.join(children)}")]
    concerned = [parent for parent in terms.parents if set(pair) <= set(parent.parties)]
    if not concerned:
        return [_doubt(f"{terms.id}: none of its parents is of both {pair[0]} and {pair[1]}")]
    return [
        _by_parent(terms.id, parent, every, pair, now_s, (*children, terms.id))
        for parent in concerned
    ]


def _by_parent(
    child: str,
    parent: Parent,
    every: Sequence[Agreement],
    pair: tuple[str, str],
    now_s: float,
    children: tuple[str, ...],
) -> Weighed:
    found = [
        item
        for item in every
        if item.terms.id == parent.id and item.terms.revision >= parent.revision
    ]
    if not found:
        return _doubt(
            f"{child}: its parent {parent.id} revision {parent.revision} is not held here"
        )
    if any(not set(pair) <= set(item.terms.parties) for item in found):
        return _doubt(f"{child}: its parent {parent.id} has other parties than it says")
    told = [weighed(item, every, pair, now_s, children) for item in found]
    # Of its revisions those count that are in life; where none is, the last one says why.
    alive = [item for item in told if item[0] is not Bearing.SILENT] or told[-1:]
    held_back = [item for item in alive if item[0] is Bearing.HOLDS_BACK]
    if len(alive) > 1 and not held_back:
        return _doubt(f"{child}: two revisions of its parent {parent.id} overlap")
    bearing, reasons = (held_back or alive)[0]
    return bearing, tuple(f"{child}: its parent {reason}" for reason in reasons)


def _doubt(reason: str) -> Weighed:
    return Bearing.HOLDS_BACK, (reason,)
