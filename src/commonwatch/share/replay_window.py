"""Which sequence numbers of a direction were seen: no envelope counts twice, whenever it comes.

The sequence is the nonce: a sender never uses one twice in a direction, across restarts too, as it
takes the next one from its ledger. The receiver rebuilds this window from its own ledger.

What is new comes first after a cut, and what was missed behind it (ADR 0022): so the window keeps
the gaps, as ranges, and not the numbers.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from commonwatch.limits import REPLAY_GAPS_MAX, SEQUENCE_JUMP_MAX

# First and last number of a range.
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ReplayWindow:
    """The highest sequence seen, and the ranges below it that were not, ascending and apart.

    Of more than REPLAY_GAPS_MAX gaps the lowest is given up: `given_up` and all below is too old.
    """

    highest: int = 0
    gaps: tuple[Range, ...] = ()
    given_up: int = 0

    def reason_against(self, sequence: int) -> str | None:
        """Why this number is not admitted, or None. A leap is refused and moves nothing."""
        if sequence < 1:
            return f"sequence {sequence}: numbers start at 1"
        if sequence > self.highest + SEQUENCE_JUMP_MAX:
            return f"sequence {sequence} leaps more than {SEQUENCE_JUMP_MAX} ahead"
        if sequence > self.highest or self._gap(sequence) is not None:
            return None
        if sequence <= self.given_up:
            return f"sequence {sequence} is older than the last {REPLAY_GAPS_MAX} gaps"
        return f"sequence {sequence} was seen before"

    def with_seen(self, sequence: int) -> ReplayWindow:
        """The window after an admitted number."""
        if sequence > self.highest:
            skipped = ((self.highest + 1, sequence - 1),) if sequence > self.highest + 1 else ()
            return self._bounded(sequence, (*self.gaps, *skipped))
        at = self._gap(sequence)
        if at is None:
            return self
        first, last = self.gaps[at]
        parts = ((first, sequence - 1), (sequence + 1, last))
        left = tuple(part for part in parts if part[0] <= part[1])
        return self._bounded(self.highest, (*self.gaps[:at], *left, *self.gaps[at + 1 :]))

    def missing(self, sealed: int) -> tuple[Range, ...]:
        """The ranges of numbers up to `sealed` that were not seen and may still come, ascending."""
        below = tuple((first, min(last, sealed)) for first, last in self.gaps if first <= sealed)
        return below if sealed <= self.highest else (*below, (self.highest + 1, sealed))

    def _gap(self, sequence: int) -> int | None:
        at = bisect_left(self.gaps, sequence, key=lambda gap: gap[1])
        return at if at < len(self.gaps) and self.gaps[at][0] <= sequence else None

    def _bounded(self, highest: int, gaps: tuple[Range, ...]) -> ReplayWindow:
        if len(gaps) <= REPLAY_GAPS_MAX:
            return ReplayWindow(highest, gaps, self.given_up)
        return ReplayWindow(highest, gaps[1:], gaps[0][1])
