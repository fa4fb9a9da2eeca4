"""What a verb prints for programs: one JSON object on standard output and nothing else there."""

from __future__ import annotations

import sys

import msgspec


def print_json(answer: object) -> None:
    """Print a msgspec value as one line of JSON.

    Numbers that are not finite become null, as JSON has no other word for them.
    """
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()
