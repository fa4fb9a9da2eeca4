"""How long an agreement runs: from when, until when, and whether it extends by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime

from commonwatch.utc import YEAR_1_S, YEAR_10000_S

SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Duration:
    """The term, POSIX seconds UTC: `years` long or until `end_s`, one of the two.

    They are counted from `start_s`, past or to come; None: from when the last party has signed.
    `extended_by_years` 0: it ends with its first term; else it goes on by so many years at each
    end, unless notice was given.
    """

    start_s: float | None = None
    years: int | None = None
    end_s: float | None = None
    extended_by_years: int = 0


def first_end_s(duration: Duration, since_s: float) -> float:
    """The end of the first term of an agreement that all had signed at `since_s`.

    What would end later ends with the year 9999: whatever time an order says, a term has an end.
    """
    if duration.end_s is not None:
        return duration.end_s
    start_s = since_s if duration.start_s is None else duration.start_s
    return _years_later_s(start_s, duration.years or 0)


def term_end_s(duration: Duration, since_s: float, at_s: float) -> float:
    """The first end of a term that is not before `at_s`; the first end where none follows."""
    first_s = first_end_s(duration, since_s)
    step = duration.extended_by_years
    if step == 0 or at_s <= first_s:
        return first_s
    # Whole steps that surely lie before `at_s`; at most two more reach it.
    steps = max((_year(at_s) - _year(first_s)) // step - 1, 0)
    candidates = (_years_later_s(first_s, step * (steps + more)) for more in range(4))
    return next((end_s for end_s in candidates if end_s >= at_s), YEAR_10000_S)


def end_after_notice_s(
    duration: Duration | None, since_s: float, notice_s: float, notice_days: int
) -> float:
    """When an agreement ends whose end was notified at `notice_s`.

    It ends with the first term that ends no sooner than the days of notice: notice that comes too
    late for this term holds for the next (Japan-ROK agreement, article 21). Without a term it ends
    when the days of notice have run out.
    """
    earliest_s = notice_s + notice_days * SECONDS_PER_DAY
    if duration is None:
        return earliest_s
    if duration.extended_by_years == 0:
        return min(earliest_s, first_end_s(duration, since_s))
    return term_end_s(duration, since_s, earliest_s)


def _moment(time_s: float) -> datetime:
    return datetime.fromtimestamp(min(max(time_s, YEAR_1_S), YEAR_10000_S - 1.0), UTC)


def _year(time_s: float) -> int:
    return _moment(time_s).year


def _years_later_s(time_s: float, years: int) -> float:
    """The same moment of a later year; what falls on a missing 29 February falls on the 28th."""
    moment = _moment(time_s)
    if moment.year + years > MAXYEAR:
        return YEAR_10000_S
    try:
        return moment.replace(year=moment.year + years).timestamp()
    except ValueError:
        return moment.replace(year=moment.year + years, day=28).timestamp()
