"""The own sensors' plots as they come: put in order of time, and closed second by second.

A second is closed once the clock is `late_s` past its end; a plot of a closed second is refused. On
the wall's clock that is the time of day. On the data's own it is the newest plot's, or that of a
time mark, {"kind": "mark", "time": "…"}: a feed's word that it has told everything up to then.
Pure: time is an argument.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.read_plots import parse_plot
from commonwatch.acquire.rejected import Rejected
from commonwatch.acquire.sensor import Sensor
from commonwatch.limits import FEED_JUMP_MAX_S, FEED_PLOTS_WAITING_MAX, PLOT_LINE_BYTES_MAX
from commonwatch.utc import parse_utc

# A sensor's clock may be this much ahead of the wall's.
AHEAD_MAX_S = 1.0


class _Mark(msgspec.Struct, frozen=True, tag_field="kind", tag="mark", forbid_unknown_fields=True):
    time: str


_mark = msgspec.json.Decoder(_Mark)


@dataclass(slots=True)
class Feed:
    """What came and is not closed yet. `rejected` counts lines by why they were not taken."""

    sensors: Mapping[str, Sensor]
    clock: Literal["wall", "data"]
    late_s: float
    closed_s: float = -math.inf
    taken: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    _told_s: float = -math.inf
    _waiting: list[Plot] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        """Plots whose second is not closed."""
        return len(self._waiting)

    def put(self, number: int, line: bytes, wall_s: float) -> str | None:
        """Take a line; why not, where it is not taken, without a word of what it says."""
        if not line.strip():
            return None
        marked_s = _marked_s(line)
        if marked_s is not None:
            if self._is_astray(marked_s, wall_s):
                return self._refuse("time astray")
            self._told_s = max(self._told_s, marked_s)
            return None
        read = parse_plot(line, number, self.sensors)
        if isinstance(read, Rejected):
            return self._refuse("no plot of an own sensor")
        if read.time_s <= self.closed_s:
            return self._refuse("late")
        if self._is_astray(read.time_s, wall_s):
            return self._refuse("time astray")
        if len(self._waiting) >= FEED_PLOTS_WAITING_MAX:
            return self._refuse("too many at once")
        insort(self._waiting, read, key=lambda plot: plot.time_s)
        # Another plot of this same instant may still come.
        self._told_s = max(self._told_s, math.nextafter(read.time_s, -math.inf))
        self.taken += 1
        return None

    def due_s(self, wall_s: float, *, ended: bool) -> float:
        """The last whole second that may be closed now."""
        if self.clock == "wall":
            return math.floor(wall_s - self.late_s)
        if ended and self._waiting:
            return float(math.ceil(self._waiting[-1].time_s))
        told_s = self._told_s - self.late_s
        return float(math.floor(told_s)) if math.isfinite(told_s) else -math.inf

    def close_next(self, due_s: float, *, alive: bool) -> tuple[float, list[Plot]] | None:
        """The next second to close, up to `due_s`, with its plots; None where none is.

        While nothing is in the air, seconds without a plot are passed over.
        """
        first_s = float(math.ceil(self._waiting[0].time_s)) if self._waiting else math.inf
        next_s = self.closed_s + 1.0
        if not alive or not math.isfinite(next_s):
            next_s = max(next_s, min(first_s, due_s))
        if not math.isfinite(next_s) or next_s > due_s or next_s <= self.closed_s:
            return None
        until = 0
        while until < len(self._waiting) and self._waiting[until].time_s <= next_s:
            until += 1
        plots, self._waiting = self._waiting[:until], self._waiting[until:]
        self.closed_s = next_s
        return next_s, plots

    def _is_astray(self, time_s: float, wall_s: float) -> bool:
        """One clock gone wild must not take the node's own with it."""
        if self.clock == "wall":
            return time_s > wall_s + AHEAD_MAX_S
        known_s = max(self._told_s, self.closed_s)
        return math.isfinite(known_s) and time_s > known_s + FEED_JUMP_MAX_S

    def _refuse(self, why: str) -> str:
        self.rejected[why] = self.rejected.get(why, 0) + 1
        return why


def _marked_s(line: bytes) -> float | None:
    if len(line) > PLOT_LINE_BYTES_MAX or b'"mark"' not in line:
        return None
    try:
        return parse_utc(_mark.decode(line).time)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
