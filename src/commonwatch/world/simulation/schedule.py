"""What happens next: a queue of virtual time. Of two things at one moment, the first planned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from commonwatch.errors import require
from commonwatch.limits import SIMULATION_EVENTS_MAX


@dataclass(slots=True)
class Schedule:
    """`now_s` is the virtual time, seconds after the beginning; only this queue moves it."""

    now_s: float = 0.0
    _queue: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _planned: int = 0

    def at(self, time_s: float, act: Callable[[], None]) -> None:
        """Do this at that time, at once where it has passed."""
        self._planned += 1
        heappush(self._queue, (max(time_s, self.now_s), self._planned, act))

    def run_until(self, end_s: float) -> None:
        """Let time pass up to `end_s`, that moment included."""
        while self._queue and self._queue[0][0] <= end_s:
            require(self._planned < SIMULATION_EVENTS_MAX, "a simulation without an end")
            self.now_s, _number, act = heappop(self._queue)
            act()
        self.now_s = end_s
