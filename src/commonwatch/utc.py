"""UTC as text (RFC 3339 with Z, microseconds) and as POSIX seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


def parse_utc(text: str) -> float:
    """POSIX seconds of an RFC 3339 time that ends in Z; raises ValueError where it is not one."""
    if not _FORM.fullmatch(text):
        raise ValueError(f"`{text[:40]}` is not UTC as 2023-03-15T22:10:00.000000Z")
    return (datetime.fromisoformat(text) - _EPOCH) / timedelta(seconds=1)


def format_utc(time_s: float) -> str:
    """RFC 3339 text, always with six decimals, of POSIX seconds in the years 1 to 9999."""
    moment = _EPOCH + timedelta(microseconds=round(time_s * 1e6))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
