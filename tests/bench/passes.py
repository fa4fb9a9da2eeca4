"""The simulated pass that several tests look at, made once."""

from __future__ import annotations

import functools
from dataclasses import replace

from commonwatch.bench.watched_pass import WatchedPass, lofted_pass


@functools.cache
def whole_pass() -> WatchedPass:
    return lofted_pass(1)


@functools.cache
def first_minute() -> WatchedPass:
    """Plots of the first minute in which the object is seen, and only those."""
    whole = whole_pass()
    begin_s, end_s = whole.seen_s[0], whole.seen_s[0] + 60.0
    return replace(
        whole, plots=tuple(plot for plot in whole.plots if begin_s <= plot.time_s <= end_s)
    )
