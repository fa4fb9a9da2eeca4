"""What a verb prints for programs: one JSON object on standard output and nothing else there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import msgspec
import typer

from commonwatch.errors import CheckFailed

EXIT_CHECK_FAILED = 3


def print_json(answer: object) -> None:
    """Print a msgspec value as one line of JSON.

    Numbers that are not finite become null, as JSON has no other word for them.
    """
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


def print_check(
    answer: object, reasons: Sequence[str], lines: Iterable[str], *, as_json: bool
) -> None:
    """Tell what a check found: `answer` as JSON, or `lines` where it holds; else status 3.

    CheckFailed tells the reasons to people; JSON has them in the answer.
    """
    if as_json:
        print_json(answer)
        if reasons:
            raise typer.Exit(EXIT_CHECK_FAILED)
        return
    if reasons:
        raise CheckFailed(tuple(reasons))
    for line in lines:
        print(line)
