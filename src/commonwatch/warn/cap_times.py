"""Dates and times as CAP 1.2, section 3.3.2, writes them."""

from __future__ import annotations

import re
from datetime import datetime

_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")


def parse_cap_time(text: str) -> datetime | None:
    """The moment that a CAP time names; None where it is not one."""
    if not _FORM.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
