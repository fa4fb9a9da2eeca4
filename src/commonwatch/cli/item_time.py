"""The time that a verb acts at, or asks about: as told, or now."""

from __future__ import annotations

import time

from commonwatch.errors import UnusableInput


def moment(at: str | None) -> float:
    """When a verb acts that records it: POSIX seconds of UTC text, or of the machine's clock.

    UnusableInput where it is further ahead of that clock than the clocks of nodes may differ: what
    is recorded would be refused by partners, and hold back all that is recorded after it.
    """
    from commonwatch.limits import ORDER_CLOCK_TOLERANCE_S

    clock_s = time.time()
    acts_s = clock_s if at is None else moment_asked(at)
    if acts_s > clock_s + ORDER_CLOCK_TOLERANCE_S:
        raise UnusableInput(
            f"--at {at}: {acts_s - clock_s:.0f} s ahead of this machine's clock; "
            f"at most {ORDER_CLOCK_TOLERANCE_S:g} s are taken: leave --at out, or set the clock"
        )
    return acts_s


def moment_asked(at: str | None) -> float:
    """The time that a question is about, which may lie ahead; now where there is none."""
    from commonwatch.utc import parse_utc

    if at is None:
        return time.time()
    try:
        return parse_utc(at)
    except ValueError as error:
        raise UnusableInput(f"--at: {error}") from error


def not_ahead(at: str | None) -> str | None:
    """The option's text, where `moment` takes it: refused before any file is touched."""
    if at is not None:
        moment(at)
    return at
