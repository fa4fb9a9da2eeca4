"""The median processor time that work takes, over runs that are prepared anew."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

Prepared = TypeVar("Prepared")
Result = TypeVar("Result")

RUNS_LEAST, RUNS_MOST = 5, 200
WORTH_S = 0.3


def median_s(
    prepare: Callable[[], Prepared], work: Callable[[Prepared], Result]
) -> tuple[Result, float]:
    """The last result, and the median seconds over runs that are prepared anew, untimed.

    A first run compiles and is not counted; then at least five, quick work more often.
    """
    work(prepare())
    found: list[float] = []
    while True:
        ready = prepare()
        began = time.process_time()
        result = work(ready)
        found.append(time.process_time() - began)
        enough = sum(found) >= WORTH_S or len(found) >= RUNS_MOST
        if enough and len(found) >= RUNS_LEAST:
            return result, statistics.median(found)
