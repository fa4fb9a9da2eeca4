"""Axes of the plots: a time axis that gives the ascent more room, and scales with their ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass

ASCENT_SHARE = 0.4
"""Part of the width that the first minutes get where the whole flight is much longer than they."""
LONG_FLIGHT = 3.0


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Seconds after lift-off to x: straight up to `knee_s`, then straight with another slope."""

    left: float
    right: float
    knee_s: float
    end_s: float
    knee_x: float

    def x(self, at_s: float) -> float:
        """Where a time lies; times outside the axis lie on its ends."""
        at_s = min(max(at_s, 0.0), self.end_s)
        if at_s <= self.knee_s:
            return self.left + (self.knee_x - self.left) * at_s / self.knee_s
        late = (at_s - self.knee_s) / (self.end_s - self.knee_s)
        return self.knee_x + (self.right - self.knee_x) * late

    def seconds(self, x: float) -> float:
        """The time that lies at `x`: the inverse of `x`."""
        if x <= self.knee_x:
            return (x - self.left) / (self.knee_x - self.left) * self.knee_s
        late = (x - self.knee_x) / (self.right - self.knee_x)
        return self.knee_s + late * (self.end_s - self.knee_s)

    @property
    def is_bent(self) -> bool:
        """Whether the first minutes are drawn wider than the rest."""
        return self.knee_s < self.end_s

    def ticks(self, least_px: float) -> list[float]:
        """Whole minutes to be labelled, at least `least_px` apart on each side of the knee."""
        early = _minute_step((self.knee_x - self.left) / self.knee_s * 60.0, least_px)
        found = [m * 60.0 for m in range(0, math.floor(self.knee_s / 60.0) + 1, early)]
        if self.is_bent:
            px_a_minute = (self.right - self.knee_x) / (self.end_s - self.knee_s) * 60.0
            late = _minute_step(px_a_minute, least_px)
            first = (math.floor(self.knee_s / 60.0) // late + 1) * late
            found += [m * 60.0 for m in range(first, math.floor(self.end_s / 60.0) + 1, late)]
        kept: list[float] = []
        for tick in found:
            if not kept or self.x(tick) - self.x(kept[-1]) >= least_px * 0.8:
                kept.append(tick)
        return kept


def _minute_step(px_a_minute: float, least_px: float) -> int:
    """The smallest pleasant number of minutes whose ticks are `least_px` apart."""
    steps = (1, 2, 5, 10, 15, 20, 30, 60, 120)
    return next((step for step in steps if step * px_a_minute >= least_px), steps[-1])


def flight_time_axis(left: float, right: float, burnout_s: float | None, end_s: float) -> TimeAxis:
    """The axis for a flight: on long ones, the ascent and some minutes get their own room."""
    knee_s = 60.0 * math.ceil(((burnout_s or 60.0) + 180.0) / 60.0)
    if end_s < LONG_FLIGHT * knee_s:
        return TimeAxis(left, right, end_s, end_s, right)
    return TimeAxis(left, right, knee_s, end_s, left + (right - left) * ASCENT_SHARE)


@dataclass(frozen=True, slots=True)
class LogAxis:
    """Positive values to y, one decade at equal steps; values outside lie on the ends."""

    top: float
    bottom: float
    least_exponent: int
    greatest_exponent: int

    def y(self, value: float) -> float:
        """Where a value lies."""
        exponent = math.log10(max(value, 1e-300))
        exponent = min(max(exponent, self.least_exponent), self.greatest_exponent)
        share = (exponent - self.least_exponent) / (self.greatest_exponent - self.least_exponent)
        return self.bottom - share * (self.bottom - self.top)

    def decades(self) -> range:
        """The exponents of ten on the axis."""
        return range(self.least_exponent, self.greatest_exponent + 1)


def log_axis(top: float, bottom: float, values: list[float]) -> LogAxis:
    """An axis of whole decades about all positive `values`."""
    positive = [value for value in values if value > 0.0] or [1.0]
    least = math.floor(math.log10(min(positive)))
    greatest = math.ceil(math.log10(max(positive)))
    return LogAxis(top, bottom, least, max(greatest, least + 1))


def pleasant_step(span: float, most: int) -> float:
    """The smallest of 1, 2, 5 times a power of ten that cuts `span` into at most `most` parts."""
    exponent = math.floor(math.log10(span / most))
    for factor in (1.0, 2.0, 5.0, 10.0):
        if span / (factor * 10.0**exponent) <= most:
            return float(factor * 10.0**exponent)
    return float(10.0 ** (exponent + 1))
