"""Lines from a pipe or a file that grows, and lines out, by threads that keep the node's own free.

What comes in waits in a bounded queue; where it is full, nothing more is read, so that a pipe holds
its writer back. What goes out and is not read in time is left out and counted, the oldest first:
nobody who reads slowly holds the node back.
"""

from __future__ import annotations

import os
import queue
import select
import stat
import threading
from collections import deque
from collections.abc import Callable

from commonwatch.limits import (
    FEED_LINES_WAITING_MAX,
    OUTPUT_LINES_WAITING_MAX,
    PLOT_LINE_BYTES_MAX,
)

_LOOK_S = 0.05
_READ_BYTES = 64 * 1024
_JOIN_S = 2.0


class LinesIn:
    """Lines of a file descriptor, each with its number; a longer one comes cut, a byte too long."""

    def __init__(self, descriptor: int, arrived: Callable[[], None]) -> None:
        self.ended = False
        self.failed: str | None = None
        self._descriptor = descriptor
        self._arrived = arrived
        self._grows = stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._lines: queue.Queue[tuple[int, bytes]] = queue.Queue(FEED_LINES_WAITING_MAX)
        self._stopping = threading.Event()
        self._number = 0
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Lines that were read and not taken."""
        return self._lines.qsize()

    def take(self, at_most: int) -> list[tuple[int, bytes]]:
        """Lines that came, oldest first."""
        taken: list[tuple[int, bytes]] = []
        while len(taken) < at_most:
            try:
                taken.append(self._lines.get_nowait())
            except queue.Empty:
                break
        return taken

    def close(self) -> None:
        """Read no more."""
        self._stopping.set()
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        rest, skipping = b"", False
        try:
            while not self._stopping.is_set():
                if not select.select([self._descriptor], [], [], _LOOK_S)[0]:
                    continue
                data = os.read(self._descriptor, _READ_BYTES)
                if not data and self._grows:
                    self._stopping.wait(_LOOK_S)
                    continue
                *whole, rest = (rest + data).split(b"\n")
                for line in whole:
                    if not skipping:
                        self._put(line)
                    skipping = False
                if len(rest) > PLOT_LINE_BYTES_MAX:
                    if not skipping:
                        self._put(rest[: PLOT_LINE_BYTES_MAX + 1])
                    rest, skipping = b"", True
                if not data:
                    if rest and not skipping:
                        self._put(rest)
                    break
        except OSError as error:
            self.failed = f"cannot be read: {error.strerror}"
        self.ended = not self._stopping.is_set()
        self._arrived()

    def _put(self, line: bytes) -> None:
        self._number += 1
        while not self._stopping.is_set():
            try:
                self._lines.put((self._number, line), timeout=_LOOK_S)
            except queue.Full:
                continue
            self._arrived()
            return


class LinesOut:
    """Lines to a file descriptor, in order; `left_out` counts those that found no room."""

    def __init__(self, descriptor: int) -> None:
        self.left_out = 0
        self.failed: str | None = None
        self._descriptor = descriptor
        self._lines: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="output", daemon=True)
        self._thread.start()

    def put(self, line: bytes) -> None:
        """Write a line as soon as whoever reads takes it."""
        with self._changed:
            if len(self._lines) >= OUTPUT_LINES_WAITING_MAX:
                self._lines.popleft()
                self.left_out += 1
            self._lines.append(line)
            self._changed.notify()

    def close(self) -> None:
        """Write what waits, for two seconds at most."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._lines and not self._closing:
                    self._changed.wait()
                if not self._lines:
                    return
                data = b"".join(line + b"\n" for line in self._lines)
                self._lines.clear()
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError as error:
                self.failed = f"cannot be written: {error.strerror}"
                return
