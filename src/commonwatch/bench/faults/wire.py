"""A wire between two network namespaces that can be cut, one way or both, slow and lossy.

Each end is a TUN device; the packets pass through this process, which drops and delays them. It
needs no module of the kernel but TUN, and the kernels' own TCP works against it.
"""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from commonwatch.errors import require

DEVICE = "w0"
PACKET_BYTES_MAX = 2048
# What waits at a slow end before packets are dropped: half a second of 1 Mbit/s.
QUEUE_BYTES_MAX = 64 * 1024
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Way:
    """One direction: whether anything passes, bits a second, delay and its spread, part lost."""

    passes: bool = True
    bit_s: float = 1e9
    delay_s: float = 0.0
    spread_s: float = 0.0
    lost: float = 0.0


FREE = Way()
CUT = Way(passes=False)
SLOW = Way(bit_s=256e3, delay_s=0.100, spread_s=0.020, lost=0.10)


class Wire:
    """Carries packets between the namespaces of two processes until it is closed."""

    def __init__(self, pids: Sequence[int], seed: int) -> None:
        """Make a device in each namespace; addresses are given from outside."""
        self.ways: tuple[Way, Way] = (FREE, FREE)
        self._generator = random.Random(seed)  # noqa: S311  # of faults
        self._ready, self._stopping = threading.Event(), threading.Event()
        self._ends: list[int] = []
        self._thread = threading.Thread(target=self._run, args=(tuple(pids),), daemon=True)
        self._thread.start()
        require(self._ready.wait(10.0), "the wire has two ends")

    def close(self) -> None:
        """Take the devices away."""
        self._stopping.set()
        self._thread.join(5.0)

    def _run(self, pids: tuple[int, ...]) -> None:
        # A namespace is entered by the thread alone, which does nothing else in its life.
        self._ends = [_device_in(pid) for pid in pids]
        self._ready.set()
        waiting: list[tuple[float, int, int, bytes]] = []
        free_at_s, count = [0.0, 0.0], 0
        while not self._stopping.is_set():
            now_s = time.monotonic()
            due_s = waiting[0][0] - now_s if waiting else 0.05
            ready, _, _ = select.select(self._ends, [], [], max(0.0, min(0.05, due_s)))
            now_s = time.monotonic()
            for end in ready:
                side = self._ends.index(end)
                packet = os.read(end, PACKET_BYTES_MAX)
                at_s = self._arrives_s(side, len(packet), now_s, free_at_s)
                if at_s is not None:
                    count += 1
                    heapq.heappush(waiting, (at_s, count, 1 - side, packet))
            while waiting and waiting[0][0] <= now_s:
                _at_s, _count, to, packet = heapq.heappop(waiting)
                with suppress(OSError):  # its end is not up yet, or no more
                    os.write(self._ends[to], packet)
        for end in self._ends:
            os.close(end)

    def _arrives_s(
        self, side: int, size: int, now_s: float, free_at_s: list[float]
    ) -> float | None:
        """When a packet arrives at the other end, None where it does not."""
        way = self.ways[side]
        if not way.passes or self._generator.random() < way.lost:
            return None
        begins_s = max(now_s, free_at_s[side])
        if (begins_s - now_s) * way.bit_s > 8.0 * QUEUE_BYTES_MAX:
            return None
        free_at_s[side] = begins_s + 8.0 * size / way.bit_s
        spread_s = self._generator.uniform(-way.spread_s, way.spread_s)
        return free_at_s[side] + way.delay_s + spread_s


def alone() -> None:
    """Leave for a network namespace of one's own: for this process from now on."""
    require(_libc.unshare(_CLONE_NEWNET) == 0, f"unshare: {os.strerror(ctypes.get_errno())}")


def _device_in(pid: int) -> int:
    """A new TUN device in the namespace of a process, open."""
    with open(f"/proc/{pid}/ns/net", "rb") as space:  # noqa: PTH123  # a descriptor is wanted
        told = _libc.setns(space.fileno(), _CLONE_NEWNET)
        require(told == 0, f"setns: {os.strerror(ctypes.get_errno())}")
    end = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), _IFF_TUN | _IFF_NO_PI))
    return end
