"""The time that a node goes by: the wall's at its start, then the machine's even one.

A wall clock that steps or runs wild takes neither the seconds of the feed nor the dates of what
partners hear with it: the node goes on by time gone by, says so, and follows the wall as slowly as
a steered clock moves. A wall that was wrong at the start takes a new start. No input or output.
"""

from __future__ import annotations

from dataclasses import dataclass

# Steered clocks are moved by 500 parts in a million at most (RFC 5905, its reference code).
FOLLOWS_S_A_SECOND = 500e-6
APART_MAX_S = 1.0


@dataclass(slots=True)
class SteadyClock:
    """Begun with the wall and the monotonic time of one moment; `apart_s`: wall less our own."""

    at_s: float
    monotonic_s: float
    apart_s: float = 0.0

    def now_s(self, wall_s: float, monotonic_s: float) -> float:
        """The time now (POSIX seconds), given both clocks of the machine."""
        passed_s = max(0.0, monotonic_s - self.monotonic_s)
        steady_s = self.at_s + passed_s
        most_s = FOLLOWS_S_A_SECOND * passed_s
        self.at_s = steady_s + max(-most_s, min(most_s, wall_s - steady_s))
        self.monotonic_s = monotonic_s
        self.apart_s = wall_s - self.at_s
        return self.at_s

    @property
    def trouble(self) -> str | None:
        """Why the wall is not gone by, None where it is."""
        if abs(self.apart_s) <= APART_MAX_S:
            return None
        return "the machine's clock stepped or runs wild: the node goes on by time gone by; set it"
