"""How two nations stand at one moment: which agreements bind both, and what speaks against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from commonwatch.limits import STANDINGS_MAX
from commonwatch.release.agreement import Agreement, reasons_against_release, state_at

# A state that allows nothing, for reasons that are no party's view.
HELD_BACK = "held back"


@dataclass(frozen=True, slots=True)
class Standing:
    """Of all `agreements` those that bind both, by id, at `now_s`.

    `against` holds every reason why nothing may go, whatever else is asked; `states` the states of
    all views of the agreements that bind, and HELD_BACK where anything speaks against these.
    """

    agreements: tuple[Agreement, ...]
    now_s: float
    binding: tuple[Agreement, ...]
    against: tuple[str, ...]
    states: tuple[str, ...]


def standing_of(one: str, other: str, agreements: Sequence[Agreement], now_s: float) -> Standing:
    """How these two stand; any view that does not allow speaks against, whatever others say."""
    binding = tuple(
        sorted(
            (item for item in agreements if item.terms.binds(one, other)),
            key=lambda item: item.terms.id,
        )
    )
    names = [item.terms.id for item in binding]
    if not binding:
        against: tuple[str, ...] = (f"no agreement with {other}",)
    elif not math.isfinite(now_s):
        against = (f"the clock says {now_s}, which is no time",)
    elif len(set(names)) != len(names):
        against = ("two revisions of one agreement overlap",)
    else:
        against = tuple(
            reason for item in binding for reason in reasons_against_release(item, now_s)
        )
    states = {
        state_at(item, party, now_s).value for item in binding for party in item.terms.parties
    }
    if binding and against:
        states.add(HELD_BACK)
    return Standing(tuple(agreements), now_s, binding, against, tuple(sorted(states)))


class StandingMemory:
    """The last standing of each pair, good for the same agreements at the same moment alone.

    Nothing is foreseen of how states change with time: at another `now_s` it is worked out anew.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[object, ...], Standing] = {}

    def of(self, one: str, other: str, agreements: Sequence[Agreement], now_s: float) -> Standing:
        """As `standing_of`."""
        # An id stays an object's own while the object lives, and what is remembered holds it.
        key = (one, other, *map(id, agreements))
        found = self._last.get(key)
        if found is None or found.now_s != now_s:
            if len(self._last) >= STANDINGS_MAX:
                self._last.clear()
            found = self._last[key] = standing_of(one, other, agreements, now_s)
        return found
