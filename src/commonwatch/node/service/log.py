"""The log: one JSON object a line, of words and counts that are named here and nothing else.

No field can hold what a sensor or a partner said: no position, no time of an event, no marking.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TextIO

import msgspec

from commonwatch.utc import format_utc

_WHY_CHARACTERS = 200


class LogLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: when (of the wall), what, of which partner, how many, why, how long."""

    time: str
    event: str
    nation: str
    mode: str
    partner: str | None = None
    count: int | None = None
    why: str | None = None
    took_ms: int | None = None


class Log:
    """Writes lines to a stream, standard error where none is named."""

    def __init__(self, nation: str, mode: str, stream: TextIO | None = None) -> None:
        self._nation, self._mode = nation, mode
        self._stream = sys.stderr if stream is None else stream
        self._lock = threading.Lock()

    def say(
        self,
        event: str,
        *,
        partner: str | None = None,
        count: int | None = None,
        why: str | None = None,
        took_ms: int | None = None,
    ) -> None:
        """Write one line now."""
        told = None if why is None else " ".join(why.split())[:_WHY_CHARACTERS]
        line = LogLine(
            format_utc(time.time()), event, self._nation, self._mode, partner, count, told, took_ms
        )
        with self._lock:
            print(msgspec.json.encode(line).decode(), file=self._stream, flush=True)
