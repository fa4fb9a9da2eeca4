"""What came down has come down for everybody: words that were of the same object close with it.

A nation whose sensors saw little goes on extrapolating an object that another nation saw come down.
Whoever hears both knows better, as long as it remembers that the two were one object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from commonwatch.fuse.contribution import Contribution
from commonwatch.fuse.same_object import groups
from commonwatch.limits import CLOSED_OBJECTS_MAX
from commonwatch.utc import parse_utc

Key = tuple[str, str]

DUE_SIGMAS = 3.0
DUE_GRACE_S = 5.0


@dataclass(frozen=True, slots=True)
class Closings:
    """Which contributions, by key, are closed; and those last held for one object, open still.

    `together` holds each such group as the keys of its members with their latest plots (POSIX s).
    """

    together: tuple[Mapping[Key, float], ...] = ()
    closed: frozenset[Key] = field(default_factory=frozenset)

    def after(
        self, contributions: Sequence[Contribution], ended: Iterable[Key], now_s: float
    ) -> Closings:
        """With these objects known to have come down, and the open contributions grouped anew.

        Nobody's word ends what another saw later, or what by its own account is still on its way:
        an extrapolation from one satellite may be over long before the object is.
        """
        down = set(ended) - self.closed
        flying = {one.key for one in contributions if not _is_due(one, now_s)}
        closed = self.closed | down | (_overtaken(self.together, down) - flying)
        if len(closed) > CLOSED_OBJECTS_MAX:
            # Names are never used again, so that those still told of alone need remembering.
            closed = frozenset(one.key for one in contributions) & closed
        still = [one for one in contributions if one.key not in closed]
        together = tuple(
            {one.key: one.estimate.last_plot_s for one in group}
            for group in groups(still, now_s)
            if len(group) > 1
        )
        return Closings(together, frozenset(closed))

    def open(self, contributions: Iterable[Contribution]) -> tuple[Contribution, ...]:
        """Those contributions that are not closed."""
        return tuple(one for one in contributions if one.key not in self.closed)


def _overtaken(together: Iterable[Mapping[Key, float]], down: set[Key]) -> set[Key]:
    """Companions of what came down whose own latest plot is no later than that of who says so."""
    overtaken: set[Key] = set()
    for group in together:
        last_s = max((plot_s for key, plot_s in group.items() if key in down), default=None)
        if last_s is not None:
            overtaken |= {key for key, plot_s in group.items() if plot_s <= last_s}
    return overtaken


def _is_due(contribution: Contribution, now_s: float) -> bool:
    """Whether by its own account it may have come down by now."""
    impact = contribution.impact
    if impact is None:
        return False
    return now_s >= parse_utc(impact.time) - DUE_SIGMAS * impact.time_sigma_s - DUE_GRACE_S
