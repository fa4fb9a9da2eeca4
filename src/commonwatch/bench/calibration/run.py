"""Many flights by several processes; the rows depend on the seed alone, never on who flew them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

from commonwatch.bench.calibration.classes import FlightClass
from commonwatch.bench.calibration.flight import Errand, flown
from commonwatch.bench.calibration.following import LazyEstimator, MakeFollower
from commonwatch.bench.calibration.row_file import kept_in, kept_rows
from commonwatch.bench.calibration.rows import FlightRow
from commonwatch.errors import UnusableInput

# Says how many flights are done, and in words how long it still takes.
Advance = Callable[[float, str], None]


def errands(
    classes: Sequence[FlightClass], flights: int, seed: int, first: int = 1
) -> tuple[Errand, ...]:
    """All flights of a run, a class after the other; numbers begin at `first`."""
    return tuple(
        Errand(one, number, seed) for one in classes for number in range(first, first + flights)
    )


def rows_of(
    wanted: Sequence[Errand],
    workers: int,
    advance: Advance,
    folder: Path | None = None,
    make: MakeFollower = LazyEstimator,
) -> tuple[FlightRow, ...]:
    """The rows of all errands, in their order; those that `folder` holds already are not flown.

    Raises UnusableInput where the folder cannot be used, or where a worker was killed.
    """
    seed = wanted[0].seed
    done = {} if folder is None else {_key(row): row for row in kept_rows(folder, seed)}
    open_ones = [one for one in wanted if (one.flight_class.name, one.number) not in done]
    before = len(wanted) - len(open_ones)
    begin_s = time.monotonic()
    with kept_in(folder, seed) as keep:
        for count, row in enumerate(_flown(open_ones, workers, make), start=1):
            keep(row)
            done[_key(row)] = row
            left_s = (time.monotonic() - begin_s) / count * (len(open_ones) - count)
            advance(before + count, f"{before + count} of {len(wanted)} flights, {_left(left_s)}")
    return tuple(done[one.flight_class.name, one.number] for one in wanted)


def _flown(open_ones: Sequence[Errand], workers: int, make: MakeFollower) -> Iterator[FlightRow]:
    """Rows as they come, in no order."""
    work = partial(flown, make=make)
    if workers == 1 or len(open_ones) <= 1:
        yield from map(work, open_ones)
        return
    # The first is flown here: if kernels are compiled, then once and not by all workers at a time.
    yield work(open_ones[0])
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, begin_worker) as pool:
        futures = [pool.submit(work, one) for one in open_ones[1:]]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise UnusableInput(
                "calibration: a worker process was ended from outside, by want of memory perhaps; "
                "use fewer --workers. With --keep the flights that are done are not flown again"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def begin_worker() -> None:
    """Leave interrupts to the parent, and end with it, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # No clean-up: the other end of every queue is gone.
        os._exit(1)


def _key(row: FlightRow) -> tuple[str, int]:
    return row.flight_class, row.number


def _left(seconds: float) -> str:
    """How long it still takes, in words."""
    return f"{seconds / 60.0:.0f} min left" if seconds >= 90.0 else f"{seconds:.0f} s left"
