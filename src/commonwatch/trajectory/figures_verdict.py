"""Whether a ballistic flight can have the figures that were published, and why."""

from __future__ import annotations

from dataclasses import dataclass

from commonwatch.trajectory.ballistic_flight import BallisticFlight
from commonwatch.trajectory.keplerian_arc import longest_range_m
from commonwatch.trajectory.published_figures import PublishedFigures

# NASA's entry interface, 400,000 ft: what stays below it stays where air can carry it.
NASA_ENTRY_INTERFACE_KM = 121.92
# A flight below it whose speed would carry it this much farther on its best arc is pressed down so
# far that air, not gravity, shapes it. A judgement, not a law: a missile for 1,700 km could be
# flown 850 km under 50 km. But of the published launches those of a known missile that neither
# glides nor pulls up stay at 1.31 or below, and glides begin at 1.35.
DEPRESSION_MAX = 4.0 / 3.0
# A low flight that takes this much longer than a ballistic one is borne by air all the same.
BORNE_BY_AIR_RATIO = 1.5
# Over a flat Earth the best arc leaves at 45 deg; over a round one a little lower.
LOFTED_FROM_DEG = 45.0

AGREES_WITHIN_SIGMAS = 3.0
# A published impact is a phrase turned into coordinates, good to about 60 km: twice that is
# allowed, or a tenth of the range.
IMPACT_TOLERANCE_KM = 120.0
IMPACT_TOLERANCE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `Reconstruction` says of its figures: the fields of the same names."""

    ballistic: bool
    consistent: bool
    why: str


def is_depressed(figures: PublishedFigures) -> bool:
    """Whether a flight this low and this far is pressed into the air (DEPRESSION_MAX).

    Low flights that are steeper than the best arc are lofted: nothing presses them down.
    """
    return (
        figures.apogee_km < NASA_ENTRY_INTERFACE_KM
        and figures.arc.elevation_deg < LOFTED_FROM_DEG
        and longest_range_m(figures.arc.speed_m_s) > DEPRESSION_MAX * figures.range_km * 1e3
    )


def resolution_s(flight_time_s: float) -> float:
    """How far rounding may have moved a published time (s): a minute where it is in whole minutes.

    A time in minutes is mostly the difference of two clock readings, each good to a minute.
    """
    if flight_time_s % 60.0 == 0.0:
        return 60.0
    return 30.0 if flight_time_s % 30.0 == 0.0 else 1.0


def judge(
    figures: PublishedFigures, flight: BallisticFlight | None, sigma_s: float | None
) -> Verdict:
    """Hold the figures against the flight that has their apogee and range, if there is one."""
    if flight is None or sigma_s is None:
        return Verdict(ballistic=False, consistent=False, why=_why_no_flight(figures))
    found = (
        f"a ballistic flight with this apogee and range takes {flight.flight_time_s:.0f} s "
        f"(sigma {sigma_s:.0f} s)"
    )
    published_s = figures.flight_time_s
    if published_s is None:
        return _judge_impact(figures, found)
    miss_s = published_s - flight.flight_time_s
    if abs(miss_s) <= AGREES_WITHIN_SIGMAS * sigma_s + resolution_s(published_s):
        return _judge_impact(
            figures, f"{found}; the published {published_s:g} s miss it by {abs(miss_s):.0f} s"
        )
    if miss_s > 0.0 and _is_borne_by_air(figures, published_s, flight.flight_time_s):
        return Verdict(
            ballistic=False, consistent=False, why=_why_glide(figures, published_s, found)
        )
    if is_depressed(figures):
        return Verdict(ballistic=False, consistent=False, why=_why_no_flight(figures))
    why = _why_miss(figures, published_s, miss_s, found)
    return Verdict(ballistic=True, consistent=False, why=why)


def _judge_impact(figures: PublishedFigures, found: str) -> Verdict:
    allowed_km = max(IMPACT_TOLERANCE_KM, IMPACT_TOLERANCE_SHARE * figures.range_km)
    if abs(figures.impact_miss_km) <= allowed_km:
        return Verdict(ballistic=True, consistent=True, why=found)
    why = (
        f"the impact given lies {figures.range_km + figures.impact_miss_km:.0f} km from the launch "
        f"and not {figures.range_km:g} km; {found}"
    )
    return Verdict(ballistic=True, consistent=False, why=why)


def _is_borne_by_air(figures: PublishedFigures, published_s: float, ballistic_s: float) -> bool:
    low = figures.apogee_km < NASA_ENTRY_INTERFACE_KM
    return low and (is_depressed(figures) or published_s > BORNE_BY_AIR_RATIO * ballistic_s)


def _why_no_flight(figures: PublishedFigures) -> str:
    leaves = (
        f"with an apogee of {figures.apogee_km:g} km a drag-free arc of {figures.range_km:g} km "
        f"leaves at {figures.arc.elevation_deg:.0f} deg with {figures.arc.speed_m_s:.0f} m/s"
    )
    if figures.apogee_km >= NASA_ENTRY_INTERFACE_KM:
        return f"no ballistic flight with a powered ascent has these figures: {leaves}"
    why = (
        f"no ballistic flight: {leaves}, the speed for "
        f"{longest_range_m(figures.arc.speed_m_s) / 1e3:.0f} km on the best arc; so low and so far "
        "it glides or skips through the air"
    )
    published_s = figures.flight_time_s
    if published_s is not None:
        why += (
            f"; the published {published_s:g} s are "
            f"{published_s / figures.arc.flight_time_s:.1f} times the drag-free arc's "
            f"{figures.arc.flight_time_s:.0f} s"
        )
    return why


def _why_glide(figures: PublishedFigures, published_s: float, found: str) -> str:
    return (
        f"no ballistic flight: the published {published_s:g} s are "
        f"{published_s / figures.arc.flight_time_s:.1f} times the drag-free arc's "
        f"{figures.arc.flight_time_s:.0f} s; {found}; so low, what stays up longer is borne by "
        "air: it glides or skips"
    )


def _why_miss(figures: PublishedFigures, published_s: float, miss_s: float, found: str) -> str:
    why = (
        f"{found}; the published {published_s:g} s are {abs(miss_s):.0f} s too "
        f"{'long' if miss_s > 0.0 else 'short'}"
    )
    short_s = figures.arc.flight_time_s - published_s
    if short_s > 0.0:
        why += (
            f", and {short_s:.0f} s shorter than free fall: the drag-free arc alone, without any "
            f"powered ascent, takes {figures.arc.flight_time_s:.0f} s"
        )
    return why
