"""Progress on standard error, and only where that is a terminal: pipes and logs stay clean."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Advance(Protocol):
    """Say how far the work is: `done` of the total, and in a few words what is being done."""

    def __call__(self, done: float, what: str = "") -> None:
        """Show it."""


@contextmanager
def progress(title: str, total: float) -> Iterator[Advance]:
    """Show a bar for as long as the block runs; where standard error is no terminal, show nothing.

    `with progress("replaying", duration_s) as advance: ... advance(now_s, "JPN")`
    """
    if not sys.stderr.isatty():
        yield _show_nothing
        return
    # Rich is imported here, as only a terminal needs it and it takes a tenth of a second.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[what]}"),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(title, total=total, what="")

        def advance(done: float, what: str = "") -> None:
            bar.update(task, completed=done, what=what)

        yield advance


def _show_nothing(done: float, what: str = "") -> None:
    """Take the same arguments as a bar does."""
