"""The time that a verb on items acts at: as told, or now."""

from __future__ import annotations

import time

from commonwatch.errors import UnusableInput


def moment(at: str | None) -> float:
    """POSIX seconds of UTC text; of the machine's clock where there is none."""
    from commonwatch.utc import parse_utc

    if at is None:
        return time.time()
    try:
        return parse_utc(at)
    except ValueError as error:
        raise UnusableInput(f"--at: {error}") from error
