"""The one line that says why the very first command takes longer: kernels are being compiled."""

from __future__ import annotations

import sys

_TITLE = "compiling kernels, once: "
_CLEAR_LINE = "\r\x1b[K"  # ECMA-48: carriage return, erase to the end of the line


class _CompilationLine:
    """One line on standard error that appears with the first kernel and not before.

    On a terminal it names each kernel in turn and goes away again; elsewhere it is written once.
    """

    def __init__(self) -> None:
        self._count = 0

    def show(self, kernel: str) -> None:
        self._count += 1
        if sys.stderr.isatty():
            sys.stderr.write(f"{_CLEAR_LINE}{_TITLE}{self._count} {kernel} ")
            sys.stderr.flush()
        elif self._count == 1:
            print(f"{_TITLE}a minute or less; then they lie in the cache", file=sys.stderr)

    def clear(self) -> None:
        if self._count and sys.stderr.isatty():
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()


_line: _CompilationLine | None = None


def ready_kernels() -> None:
    """Load the compiler, and from here on say so whenever a kernel has to be compiled first.

    Numba asks its cache on disk for each kernel at its first call, and only what is missing there
    is compiled and announced: a warm cache prints nothing. Call it before the work, once or often.
    """
    global _line  # noqa: PLW0603  # the process has one standard error, and one line on it
    if _line is None:
        from commonwatch.trajectory.kernels.compiling import call_at_each_compilation

        _line = _CompilationLine()
        call_at_each_compilation(_line.show, _line.clear)
