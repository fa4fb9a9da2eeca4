"""What was withheld while an agreement was suspended is not told afterwards, unless all say so.

A statement on an object rests on all plots of it, so that the first one after a restoration would
hand over those of the gap. What was in the air before the end of a gap therefore stays back until
it has ended; what was launched afterwards is told as ever.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from commonwatch.release.agreement import Agreement
from commonwatch.release.bearing import is_suspended
from commonwatch.release.decision import Candidate
from commonwatch.release.order import Order, OrderKind


def held_back_before_s(originator: str, recipient: str, agreements: Iterable[Agreement]) -> float:
    """What began then or later no gap holds back, of the originator's own data alone."""
    gaps_s = [
        item.nothing_before_s
        for item in agreements
        if originator in item.terms.parties and recipient in item.terms.parties
    ]
    # What is no number holds everything back.
    return math.inf if any(map(math.isnan, gaps_s)) else max(gaps_s, default=-math.inf)


def after_gap(before: Agreement, after: Agreement, order: Order, now_s: float) -> Agreement:
    """The agreement that `order` moved from `before` to `after`, with the gap that it has closed.

    Only where the order of every party says that open objects are told on is there none.
    """
    if not is_suspended(before) or is_suspended(after):
        return after
    others = [view.because for view in before.views if view.party != order.by]
    kinds = {order.kind, *(None if one is None else one.order.kind for one in others)}
    if kinds == {OrderKind.RESTORE_AND_RESUME}:
        return after
    return replace(after, nothing_before_s=max(now_s, order.at_s, before.nothing_before_s))


def reasons_from_gaps(
    candidate: Candidate, recipient: str, agreements: Sequence[Agreement]
) -> tuple[str, ...]:
    """Why this candidate stays back although every view allows, one reason an agreement.

    A gap between any two of those whose data it is and the recipient counts: what one did not tell
    the other then does not come round through a third.
    """
    involved = {candidate.originator, recipient, *candidate.lineage.originators}
    return tuple(
        f"{item.terms.id}: was in the air while it was suspended, and not all said to resume"
        for item in agreements
        if sum(party in involved for party in item.terms.parties) > 1
        # Not below, rather than above: what is no number is withheld too.
        and not candidate.began_s >= item.nothing_before_s
    )
