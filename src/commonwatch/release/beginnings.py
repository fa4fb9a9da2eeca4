"""Since when anything of an event was seen: a part of it is no younger than the whole."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from commonwatch.limits import TRACKS_MAX
from commonwatch.release.decision import Candidate


@dataclass(frozen=True, slots=True)
class Beginnings:
    """The earliest plot of each event (POSIX seconds), as far as its tracks have told.

    A track that parts from another carries what was learnt of the whole, its launch above all.
    """

    by_event: Mapping[str, float] = field(default_factory=dict)

    def of(self, candidates: Sequence[Candidate]) -> tuple[Beginnings, tuple[Candidate, ...]]:
        """With what these tell, and these with the beginning of their event each."""
        seen = dict(self.by_event)
        for one in candidates:
            if math.isfinite(one.began_s):
                seen[one.event] = min(seen.get(one.event, math.inf), one.began_s)
        if len(seen) > TRACKS_MAX:
            live = {one.event for one in candidates}
            seen = {event: began_s for event, began_s in seen.items() if event in live}
        return Beginnings(seen), tuple(
            _begun(one, seen.get(one.event, -math.inf)) for one in candidates
        )


def _begun(one: Candidate, began_s: float) -> Candidate:
    return one if one.began_s == began_s else replace(one, began_s=began_s)
