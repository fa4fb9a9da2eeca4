"""Agreements that rest on others: where a parent allows nothing, the child allows nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from commonwatch.release.agreement import Agreement, reasons_against_release


def under_parents(
    agreements: Sequence[Agreement], one: str, other: str, now_s: float
) -> tuple[Agreement, ...]:
    """The agreements, those held back between these two whose parents do not allow it.

    What two nations exchange under a child rests on the parents that both are parties of. Each of
    them must be held here and allow, and there must be one.
    """
    if not any(agreement.terms.parents for agreement in agreements):
        return tuple(agreements)
    held = {agreement.terms.id: agreement for agreement in agreements}
    return tuple(
        replace(agreement, held_back=_reasons(agreement, held, (one, other), now_s, ()))
        for agreement in agreements
    )


def _reasons(
    agreement: Agreement,
    held: Mapping[str, Agreement],
    pair: tuple[str, str],
    now_s: float,
    children: tuple[str, ...],
) -> tuple[str, ...]:
    terms = agreement.terms
    if not terms.parents:
        return ()
    if terms.id in children:
        return (f"{terms.id}: it rests on itself, by {' and '.join(children)}",)
    concerned = [parent for parent in terms.parents if set(pair) <= set(parent.parties)]
    if not concerned:
        return (f"{terms.id}: none of its parents is of both {pair[0]} and {pair[1]}",)
    reasons: list[str] = []
    for parent in concerned:
        found = held.get(parent.id)
        if found is None or found.terms.revision < parent.revision:
            reasons.append(
                f"{terms.id}: its parent {parent.id} revision {parent.revision} is not held here"
            )
            continue
        if not set(pair) <= set(found.terms.parties):
            reasons.append(f"{terms.id}: its parent {parent.id} has other parties than it says")
            continue
        against = (
            *reasons_against_release(replace(found, held_back=()), now_s),
            *_reasons(found, held, pair, now_s, (*children, terms.id)),
        )
        reasons += [f"{terms.id}: its parent {reason}" for reason in against]
    return tuple(reasons)
