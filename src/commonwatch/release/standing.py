"""The one rule of which agreements bind two nations at one moment, and what speaks against it.

Desk, node, gate, console and `agreement explain` ask here, with all agreements and revisions that
they hold: which of them is in life is found out here and nowhere else (docs/adr/0018).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from commonwatch.release.agreement import Agreement, Terms, state_at
from commonwatch.release.bearing import Bearing
from commonwatch.release.parents import Weighed, weighed
from commonwatch.release.together import terms_together

# A state that allows nothing, for reasons that are no party's view.
HELD_BACK = "held back"


@dataclass(frozen=True, slots=True)
class Standing:
    """Of all `agreements` those that bear on what goes between two, by id, at `now_s`.

    `against` holds every reason why nothing may go, whatever else is asked. `states` are those of
    all views of the agreements that bear on it, or where there is none, of those that did or shall;
    and HELD_BACK where anything speaks against these. `together` is what all that bear on it let go
    at most; None where anything speaks against.
    """

    agreements: tuple[Agreement, ...]
    now_s: float
    binding: tuple[Agreement, ...]
    against: tuple[str, ...]
    states: tuple[str, ...]
    together: Terms | None = None


def standing_of(one: str, other: str, agreements: Sequence[Agreement], now_s: float) -> Standing:
    """How these two stand: what holds back speaks against, whatever another agreement says.

    What is silent, ended or a draft, gives nothing and keeps nothing back.
    """
    between = sorted(
        (item for item in agreements if item.terms.binds(one, other)),
        key=lambda item: (item.terms.id, item.terms.revision),
    )
    told = [(item, weighed(item, agreements, (one, other), now_s)) for item in between]
    bearing = [(item, found) for item, found in told if found[0] is not Bearing.SILENT]
    binding = tuple(item for item, _found in bearing)
    against = _against(other, bearing or told, now_s)
    if bearing and not against and _overlap(binding):
        against = ("two revisions of one agreement overlap",)
    states = {
        state_at(item, party, now_s).value
        for item in (binding or between)
        for party in item.terms.parties
    }
    if between and against:
        states.add(HELD_BACK)
    together = None if against else terms_together([item.terms for item in binding])
    return Standing(tuple(agreements), now_s, binding, against, tuple(sorted(states)), together)


def _against(
    other: str, told: Sequence[tuple[Agreement, Weighed]], now_s: float
) -> tuple[str, ...]:
    if not told:
        return (f"no agreement with {other}",)
    if not math.isfinite(now_s):
        return (f"the clock says {now_s}, which is no time",)
    return tuple(reason for _item, (_bearing, reasons) in told for reason in reasons)


def _overlap(binding: Sequence[Agreement]) -> bool:
    return len({item.terms.id for item in binding}) < len(binding)
