"""Which sequence numbers of a direction were seen: no envelope counts twice, whenever it comes.

The sequence is the nonce: a sender never uses one twice in a direction, across restarts too, as it
takes the next one from its ledger. The receiver rebuilds this window from its own ledger.
"""

from __future__ import annotations

from dataclasses import dataclass

from commonwatch.limits import REPLAY_WINDOW, SEQUENCE_JUMP_MAX


@dataclass(frozen=True, slots=True)
class ReplayWindow:
    """The highest sequence seen, and a bit for each of the REPLAY_WINDOW numbers up to it."""

    highest: int = 0
    seen: int = 0

    def reason_against(self, sequence: int) -> str | None:
        """Why this number is not admitted, or None. A leap is refused and moves nothing."""
        if sequence < 1:
            return f"sequence {sequence}: numbers start at 1"
        if sequence > self.highest + SEQUENCE_JUMP_MAX:
            return f"sequence {sequence} leaps more than {SEQUENCE_JUMP_MAX} ahead"
        if sequence > self.highest:
            return None
        age = self.highest - sequence
        if age >= REPLAY_WINDOW:
            return f"sequence {sequence} is older than the window of {REPLAY_WINDOW}"
        if self.seen >> age & 1:
            return f"sequence {sequence} was seen before"
        return None

    def with_seen(self, sequence: int) -> ReplayWindow:
        """The window after an admitted number."""
        if sequence > self.highest:
            shifted = self.seen << (sequence - self.highest) if self.highest else 0
            mask = (1 << REPLAY_WINDOW) - 1
            return ReplayWindow(sequence, (shifted | 1) & mask)
        return ReplayWindow(self.highest, self.seen | 1 << (self.highest - sequence))
