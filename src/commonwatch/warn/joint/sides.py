"""Published statements into sides: the newest word of each government, and its first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from commonwatch.catalogue.correction import Correction, CorrectionReason
from commonwatch.catalogue.launch import PublishedLaunch, QualifiedFigure, ReporterStatement
from commonwatch.utc import parse_utc
from commonwatch.warn.joint.figures import (
    LAUNCHING_SIDE,
    MINUTE_S,
    Figure,
    Quantity,
    Side,
    half_step_km,
    half_step_s,
)

NATIONS = {"ROK JCS": "KOR", "JP MOD": "JPN", "US PACOM": "USA", "KCNA": LAUNCHING_SIDE}
KST_AHEAD_S = 9 * 3600.0
DAY_S = 86_400.0

_IRREGULAR = re.compile(r"\birregular|\bpull-up|manoeuvr|turned left", re.IGNORECASE)
_ASSUMES = re.compile(r"normal (ballistic )?trajectory|if regular", re.IGNORECASE)
_AT_LEAST = re.compile(r"at least", re.IGNORECASE)


def sides_of(
    launch: PublishedLaunch,
    statements: Sequence[ReporterStatement],
    corrections: Sequence[Correction],
) -> tuple[Side, ...]:
    """One side for each government that spoke, in the order of their nations' codes."""
    sides = []
    for reporter in dict.fromkeys(statement.reporter for statement in statements):
        said = [statement for statement in statements if statement.reporter == reporter]
        own = next((c for c in corrections if c.reporter == reporter), None)
        sides.append(_side(launch, said, own))
    return tuple(sorted(sides, key=lambda side: (side.is_claim, side.nation, side.reporter)))


def launch_time_s(launch: PublishedLaunch, clock_kst: str) -> float:
    """POSIX seconds of a Korean (and Japanese) clock time on the launch's day."""
    hours, minutes = clock_kst.split(":")
    anchor = launch.launch_time or f"{launch.date_utc}T12:00:00Z"
    anchor_s = parse_utc(anchor)
    day_s = anchor_s - anchor_s % DAY_S
    clock_s = (int(hours) * 60 + int(minutes)) * MINUTE_S - KST_AHEAD_S
    if launch.launch_time is None:
        return day_s + clock_s % DAY_S
    # 23:59 and 00:00 are a minute apart: the reading nearest to the catalogue's own time.
    return min(
        (day_s + clock_s + k * DAY_S for k in (-1, 0, 1, 2)), key=lambda t: abs(t - anchor_s)
    )


def _side(
    launch: PublishedLaunch, said: Sequence[ReporterStatement], correction: Correction | None
) -> Side:
    first, newest = said[0], said[-1]
    nation = NATIONS.get(newest.reporter, newest.reporter)
    why = CorrectionReason.NOT_SAID if correction is None else correction.why
    notes = newest.note or ""
    figures = (
        _launch_time(launch, first, newest),
        _kilometres(Quantity.APOGEE, nation, first.apogee_km, newest.apogee_km),
        _kilometres(Quantity.RANGE, nation, first.range_km, newest.range_km),
        _flight_time(first, newest),
        _missiles(said, correction),
    )
    return Side(
        reporter=newest.reporter,
        nation=nation,
        figures=tuple(figure for figure in figures if figure is not None),
        irregular=bool(_IRREGULAR.search(notes)) or why is CorrectionReason.IRREGULAR_TRAJECTORY,
        assumes_ballistic=bool(_ASSUMES.search(notes)),
        low_part_unseen=why is CorrectionReason.LOW_PART_UNSEEN,
        another_object=why is CorrectionReason.ANOTHER_OBJECT,
        corrected_on=None if correction is None else correction.corrected_on,
        sources=tuple(dict.fromkeys(statement.source for statement in said)),
    )


def _kilometres(
    quantity: Quantity, nation: str, first: QualifiedFigure | None, newest: QualifiedFigure | None
) -> Figure | None:
    now = newest or first
    if now is None:
        return None
    return Figure(
        quantity=quantity,
        value=now.value,
        qualifier=now.qualifier,
        half_step=half_step_km(nation, now.value),
        first=None if first is None or first.value == now.value else first.value,
    )


def _launch_time(
    launch: PublishedLaunch, first: ReporterStatement, newest: ReporterStatement
) -> Figure | None:
    clock = newest.launch_time_kst or first.launch_time_kst
    if clock is None:
        return None
    time_s = launch_time_s(launch, clock)
    # One side may cut off the seconds where the other rounds them up: a minute either way.
    return Figure(quantity=Quantity.LAUNCH_TIME, value=time_s, half_step=MINUTE_S)


def _flight_time(first: ReporterStatement, newest: ReporterStatement) -> Figure | None:
    said = newest if newest.flight_time_s is not None else first
    if said.flight_time_s is None:
        return None
    half = half_step_s(said.flight_time_s, said.flight_time_precision)
    return Figure(quantity=Quantity.FLIGHT_TIME, value=said.flight_time_s, half_step=half)


def _missiles(said: Sequence[ReporterStatement], correction: Correction | None) -> Figure | None:
    counts = [s.missiles_reported for s in said if s.missiles_reported is not None]
    if correction is not None and correction.missiles_reported is not None:
        counts.append(correction.missiles_reported)
    if not counts:
        return None
    return Figure(
        quantity=Quantity.MISSILES,
        value=float(counts[-1]),
        qualifier=">=" if _AT_LEAST.search(said[-1].note or "") else "",
        first=None if counts[0] == counts[-1] else float(counts[0]),
    )
