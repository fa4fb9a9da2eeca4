"""What was known before, as far as an agreement delays a field: an explicit value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from commonwatch.label import path_covers
from commonwatch.release.agreement import Agreement
from commonwatch.release.decision import Candidate, KnownBefore
from commonwatch.release.fields import FIELD_PATHS
from commonwatch.release.product import LAUNCH_WARNING
from commonwatch.release.together import grants_together


@dataclass(frozen=True, slots=True)
class Moment:
    """All candidates as they stood at `at_s` (POSIX seconds)."""

    at_s: float
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Recollection:
    """The moments of the past that a delayed field may still be told from, the oldest first."""

    moments: tuple[Moment, ...] = ()

    def after(
        self, candidates: Sequence[Candidate], now_s: float, longest_delay_s: float
    ) -> Recollection:
        """With this moment; without what no delay reaches back to any more."""
        if longest_delay_s <= 0.0:
            return Recollection()
        due = [item for item in self.moments if item.at_s <= now_s - longest_delay_s]
        # The newest of those as old as the longest delay is what that delay tells.
        kept = self.moments[max(len(due) - 1, 0) :]
        return Recollection((*kept, Moment(now_s, tuple(candidates))))

    def before(self, time_s: float) -> tuple[Candidate, ...]:
        """The candidates as they stood at `time_s`, with all that was known of each before."""
        known = [item for item in self.moments if item.at_s <= time_s]
        if not known:
            return ()
        earlier: dict[str, list[KnownBefore]] = {}
        for moment in known:
            for one in moment.candidates:
                earlier.setdefault(one.track, []).append(KnownBefore(moment.at_s, one.content))
        return tuple(
            replace(one, earlier=tuple(earlier[one.track])) for one in known[-1].candidates
        )


def longest_delay_s(agreements: Sequence[Agreement], product: str = LAUNCH_WARNING) -> float:
    """The longest delay of any field of a product, seconds; 0 where nothing is delayed."""
    return max(
        (grant.delay_s for item in agreements for grant in item.terms.fields_of(product)),
        default=0.0,
    )


def delay_of_all_s(agreements: Sequence[Agreement], product: str = LAUNCH_WARNING) -> float:
    """How late a product tells of a track at all, s: as its soonest field, under all agreements."""
    every = [item.terms.fields_of(product) for item in agreements]
    grants = grants_together(every) if every else ()
    delays = [
        max(grant.delay_s for grant in grants if path_covers(grant.path, path))
        for path in FIELD_PATHS
        if any(path_covers(grant.path, path) for grant in grants)
    ]
    return min(delays, default=0.0)
