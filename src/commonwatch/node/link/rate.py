"""How much a partner is read of: a token bucket, refilled with the time that it is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class TokenBucket:
    """Tokens of at most `burst`, `a_second` new ones each second. Times are monotonic seconds."""

    a_second: float
    burst: float
    tokens: float = 0.0
    _at_s: float | None = None

    def refill(self, now_s: float) -> None:
        """Add what has come since; a clock that goes back adds nothing."""
        if self._at_s is None:
            self.tokens = self.burst
        else:
            come = max(0.0, now_s - self._at_s) * self.a_second
            self.tokens = min(self.burst, self.tokens + come)
        self._at_s = now_s

    def take(self, tokens: float) -> bool:
        """Take tokens; False, and none are taken, where there are too few.

        More than a full bucket is let through by a full one, which then owes the rest.
        """
        if self.tokens < min(tokens, self.burst):
            return False
        self.tokens -= tokens
        return True
