"""UTC as text (RFC 3339 with Z, microseconds) and as POSIX seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

YEAR_1_S, YEAR_10000_S = -62_135_596_800.0, 253_402_300_800.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


def parse_utc(text: str) -> float:
    """POSIX seconds of an RFC 3339 time that ends in Z; raises ValueError where it is not one."""
    if not _FORM.fullmatch(text):
        raise ValueError(f"`{text[:40]}` is not UTC as 2023-03-15T22:10:00.000000Z")
    return (datetime.fromisoformat(text) - _EPOCH) / timedelta(seconds=1)


def format_utc(time_s: float) -> str:
    """RFC 3339 text, always with six decimals, of POSIX seconds in the years 1 to 9999."""
    seconds, microseconds = divmod(round(time_s * 1e6), 1_000_000)
    return f"{_whole_second(seconds)}.{microseconds:06d}Z"


def told_utc(time_s: float) -> str:
    """As format_utc; in seconds where no year from 1 to 9999 has it, as in a partner's order."""
    on_calendar = YEAR_1_S <= time_s < YEAR_10000_S - 1.0
    return format_utc(time_s) if on_calendar else f"{time_s:g} s"


@lru_cache(maxsize=4096)
def _whole_second(seconds: int) -> str:
    """A second of POSIX time; those of one moment are asked for by every track."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
