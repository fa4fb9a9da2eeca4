"""Seconds that work takes, by the processor's clock and by the one on the wall."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

Result = TypeVar("Result")


class Seconds(msgspec.Struct, frozen=True):
    """Medians over `runs`: of processor time, which other work on the machine disturbs least."""

    cpu_s: float
    wall_s: float
    runs: int


def timed(work: Callable[[], Result], runs: int) -> tuple[Result, Seconds]:
    """The last run's result and the medians over that many runs, at least one."""
    cpu_s: list[float] = []
    wall_s: list[float] = []
    while True:
        cpu, wall = time.process_time(), time.perf_counter()
        result = work()
        wall_s.append(time.perf_counter() - wall)
        cpu_s.append(time.process_time() - cpu)
        if len(cpu_s) >= runs:
            seconds = Seconds(
                round(statistics.median(cpu_s), 6), round(statistics.median(wall_s), 6), len(cpu_s)
            )
            return result, seconds
