"""Word of each kernel that is being compiled: nothing where the cache on disk already has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba.core.event import Event, Listener, register

if TYPE_CHECKING:
    from collections.abc import Callable


class _KernelListener(Listener):
    """Hands on our own kernels; Numba compiles helpers of its own under the same event."""

    def __init__(self, started: Callable[[str], None], ended: Callable[[], None]) -> None:
        self._started = started
        self._ended = ended
        self._depth = 0  # a kernel that calls kernels has them compiled while it is compiled itself

    def on_start(self, event: Event) -> None:
        self._depth += 1
        function = event.data["dispatcher"].py_func
        if function.__module__.startswith("commonwatch."):
            self._started(function.__name__)

    def on_end(self, event: Event) -> None:  # noqa: ARG002  # Numba's signature
        self._depth -= 1
        if self._depth == 0:
            self._ended()


def call_at_each_compilation(started: Callable[[str], None], ended: Callable[[], None]) -> None:
    """Call `started` with a kernel's name as its compilation starts, `ended` after the outermost.

    Source: Numba's event `numba:compile`, which is broadcast after the cache was asked in vain.
    """
    register("numba:compile", _KernelListener(started, ended))
