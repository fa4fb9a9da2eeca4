"""Lines of plots.jsonl into Plot values; what cannot be read is rejected, counted and skipped."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.rejected import Rejected
from commonwatch.acquire.sensor import Sensor
from commonwatch.foreign_text import printable
from commonwatch.limits import PLOT_LINE_BYTES_MAX
from commonwatch.utc import parse_utc

# Nothing flies within arm's length of a sensor, and its place would be known beyond all numbers.
RANGE_MIN_M = 1.0
RANGE_MAX_M = 1e10
RANGE_RATE_MAX_M_S = 1e6
# 1950 to 2200: no plot was made outside, and sums with seconds after stay within the calendar.
TIME_MIN_S = -631_152_000.0
TIME_MAX_S = 7_258_118_400.0
REASON_CHARACTERS_MAX = 200


class _PlotLine(msgspec.Struct, frozen=True):
    """The keys of a line, as contracts name them; unknown keys are left for later versions."""

    time: str
    sensor: str
    azimuth_deg: float
    elevation_deg: float
    range_m: float | msgspec.UnsetType = msgspec.UNSET
    range_rate_m_s: float | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class PlotsRead:
    """What a plots file held: plots in order of time, and every line that was not taken."""

    plots: tuple[Plot, ...]
    rejected: tuple[Rejected, ...]


_decoder = msgspec.json.Decoder(_PlotLine)


def parse_plot(line: bytes, line_number: int, sensors: Mapping[str, Sensor]) -> Plot | Rejected:
    """One line as a Plot, or the reason why it is none."""
    if len(line) > PLOT_LINE_BYTES_MAX:
        return Rejected(line_number, f"longer than {PLOT_LINE_BYTES_MAX} bytes")
    try:
        told = _decoder.decode(line)
        time_s = parse_utc(told.time)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return Rejected(line_number, _printable(str(error)))
    sensor = sensors.get(told.sensor)
    if sensor is None:
        return Rejected(line_number, _printable(f"unknown sensor `{told.sensor[:40]}`"))
    range_m = None if told.range_m is msgspec.UNSET else told.range_m
    rate = None if told.range_rate_m_s is msgspec.UNSET else told.range_rate_m_s
    plot = Plot(time_s, sensor.id, told.azimuth_deg, told.elevation_deg, range_m, rate)
    reason = _out_of_bounds(plot, sensor)
    return plot if reason is None else Rejected(line_number, reason)


def _printable(reason: str) -> str:
    """A reason in one line of bounded length, whatever of a sensor's own words stands in it."""
    return printable(reason, REASON_CHARACTERS_MAX)


def _out_of_bounds(plot: Plot, sensor: Sensor) -> str | None:
    """Why a plot's values cannot be a measurement of that sensor, or None."""
    if not TIME_MIN_S <= plot.time_s < TIME_MAX_S:
        return "time is not between the years 1950 and 2200"
    if not (math.isfinite(plot.azimuth_deg) and 0.0 <= plot.azimuth_deg <= 360.0):
        return f"azimuth_deg is {plot.azimuth_deg}; it is between 0 and 360"
    if not (math.isfinite(plot.elevation_deg) and -90.0 <= plot.elevation_deg <= 90.0):
        return f"elevation_deg is {plot.elevation_deg}; it is between -90 and 90"
    if plot.range_m is not None:
        if not (math.isfinite(plot.range_m) and RANGE_MIN_M <= plot.range_m <= RANGE_MAX_M):
            return f"range_m is {plot.range_m}; it is from {RANGE_MIN_M:g} to {RANGE_MAX_M:g}"
        if sensor.sigma_range_m is None:
            return f"range_m is told, but sensor `{sensor.id}` has no sigma_range_m"
    if plot.range_rate_m_s is not None:
        if not (
            math.isfinite(plot.range_rate_m_s) and abs(plot.range_rate_m_s) <= RANGE_RATE_MAX_M_S
        ):
            return (
                f"range_rate_m_s is {plot.range_rate_m_s}; "
                f"its size is at most {RANGE_RATE_MAX_M_S:g}"
            )
        if sensor.sigma_range_rate_m_s is None:
            return f"range_rate_m_s is told, but sensor `{sensor.id}` has no sigma_range_rate_m_s"
    return None


def read_plots(lines: Iterable[bytes], sensors: Mapping[str, Sensor]) -> PlotsRead:
    """All lines of a plots file.

    Plots come in order of time. Where they do not, the fewest lines that put the rest in order are
    rejected: one clock gone wild in one line thus costs that line alone, whichever way it jumped.
    """
    plots: list[Plot] = []
    numbers: list[int] = []
    rejected: list[Rejected] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        read = parse_plot(line, number, sensors)
        if isinstance(read, Rejected):
            rejected.append(read)
        else:
            plots.append(read)
            numbers.append(number)
    kept = _longest_in_order([plot.time_s for plot in plots])
    in_order = set(kept)
    rejected += [
        Rejected(numbers[i], "time is out of order with the lines around it")
        for i in range(len(plots))
        if i not in in_order
    ]
    rejected.sort(key=lambda one: one.line)
    return PlotsRead(tuple(plots[i] for i in kept), tuple(rejected))


def _longest_in_order(times_s: list[float]) -> list[int]:
    """Indices of a longest non-decreasing subsequence (patience sorting, n log n)."""
    if all(a <= b for a, b in pairwise(times_s)):
        return list(range(len(times_s)))
    tails: list[float] = []
    tail_index: list[int] = []
    before: list[int] = []
    for i, time_s in enumerate(times_s):
        k = bisect_right(tails, time_s)
        before.append(tail_index[k - 1] if k else -1)
        if k == len(tails):
            tails.append(time_s)
            tail_index.append(i)
        else:
            tails[k] = time_s
            tail_index[k] = i
    kept: list[int] = []
    i = tail_index[-1] if tail_index else -1
    while i >= 0:
        kept.append(i)
        i = before[i]
    kept.reverse()
    return _nearest_first(times_s, kept)


def _nearest_first(times_s: list[float], kept: list[int]) -> list[int]:
    """Of the lines that could be the first kept one, that whose time is nearest to the second's.

    Where the second line of a file is told as of long ago, it or the first one must go.
    """
    if len(kept) < 2:
        return kept
    second = kept[1]
    could = [i for i in range(second) if times_s[i] <= times_s[second]]
    return [max(could, key=lambda i: times_s[i]), *kept[1:]]
