"""A node's picture: every object as all that was said of it amounts to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from commonwatch.estimate.assess import coasting_phase
from commonwatch.estimate.assessment import Apogee, Assessment, GroundPoint, Impact, StateEstimate
from commonwatch.estimate.ground import apogee_point, impact_point
from commonwatch.fuse.combine import Combined, area_m2, combined_burning, combined_coasting, sum_of
from commonwatch.fuse.contribution import Contribution, age_of, coast_at, powered_at
from commonwatch.fuse.counted_once import counted_once
from commonwatch.fuse.same_object import SAME_OBJECT_GATE, groups, state_distance
from commonwatch.utc import format_utc


@dataclass(frozen=True, slots=True)
class PictureObject:
    """One object with its originators.

    `contributors` are those on whose word the impact told rests.
    """

    assessment: Assessment
    originators: tuple[str, ...]
    contributors: tuple[str, ...]


def picture(
    nation: str, contributions: Sequence[Contribution], now_s: float
) -> tuple[PictureObject, ...]:
    """All objects as `nation` knows them at `now_s` (POSIX s) from its own and partners' words.

    A pure function of the set of contributions: neither order nor repetition changes it.
    """
    newest = {one.key: one for one in sorted(contributions, key=age_of)}
    found = groups(tuple(newest.values()), now_s)
    return tuple(_object(nation, counted_once(group), now_s) for group in found)


def _object(nation: str, group: Sequence[Contribution], now_s: float) -> PictureObject:
    """One object from all that is said of it."""
    coasting = [one for one in group if one.estimate.coast is not None]
    burning = [(one, state) for one in group if (state := powered_at(one, now_s)) is not None]
    candidates: list[tuple[Combined, tuple[Contribution, ...]]] = []
    if coasting:
        candidates.append(_coasting(coasting, now_s))
    if burning:
        combined = combined_burning([state for _one, state in burning])
        candidates.append((combined, tuple(one for one, _state in burning)))
    combined, contributors = min(candidates, key=lambda pair: area_m2(pair[0].outlook))
    impact, contributors = _impact(combined, contributors, group)
    name = next((one for one in group if one.originator == nation), group[0])
    assessment = _assessment(name, group, combined, impact, now_s)
    return PictureObject(
        assessment,
        tuple(sorted({name for one in group for name in one.nations})),
        tuple(sorted({name for one in contributors for name in one.nations})),
    )


def _coasting(
    group: Sequence[Contribution], now_s: float
) -> tuple[Combined, tuple[Contribution, ...]]:
    """The sum of coasting estimates, made at the newest of their epochs and carried to `now_s`.

    An estimate is closest to a normal distribution near its last plots: a sum made after a long
    coast would lose some of what went into it. What contradicts the sharpest is left out.
    """
    epoch_s = max(one.estimate.epoch_s for one in group)
    told = [(one, coast) for one in group if (coast := coast_at(one, epoch_s)) is not None]
    states = [(coast.mean[:6], coast.cov[:6, :6]) for _one, coast in told]
    sharpest = min(states, key=lambda state: float(np.trace(state[1][:3, :3])))
    agreed = [
        pair
        for pair, state in zip(told, states, strict=True)
        if state is sharpest or state_distance(state, sharpest) < SAME_OBJECT_GATE
    ]
    combined = combined_coasting(sum_of([coast for _one, coast in agreed]).at(now_s))
    return combined, tuple(one for one, _coast in agreed)


def _impact(
    combined: Combined, contributors: tuple[Contribution, ...], group: Sequence[Contribution]
) -> tuple[Impact | None, tuple[Contribution, ...]]:
    """The impact of the combination, unless one originator alone told it more sharply.

    Both are honest. The latter happens where only one has anything to say, or where one still holds
    for burning what the other holds for coasting.
    """
    told = (
        None
        if combined.outlook.descent is None
        else impact_point(combined.outlook.descent, combined.burning)
    )
    candidates = [(one.impact, (one,)) for one in group if one.impact is not None]
    if told is not None and all(_is_within(told, impact) for impact, _of in candidates):
        return told, contributors
    return min(candidates, key=lambda pair: _area(pair[0]), default=(told, contributors))


def _is_within(told: Impact, other: Impact) -> bool:
    """Whether a region is smaller than another, both in area and in length."""
    longer = told.ellipse95.semi_major_m > other.ellipse95.semi_major_m
    return not longer and _area(told) <= _area(other)


def _area(impact: Impact) -> float:
    """Area of the region of impact (m2)."""
    return math.pi * impact.ellipse95.semi_major_m * impact.ellipse95.semi_minor_m


def _launch(group: Sequence[Contribution]) -> GroundPoint | None:
    """The sharpest launch point told: fits to the same ascent share its unknowns and do not add."""
    told = [one.estimate.launch for one in group if one.estimate.launch is not None]
    return min(
        told,
        key=lambda point: point.ellipse95.semi_major_m * point.ellipse95.semi_minor_m,
        default=None,
    )


def _apogee(combined: Combined, group: Sequence[Contribution], now_s: float) -> Apogee | None:
    """The apogee ahead, or as it was last told."""
    descent = combined.outlook.descent
    if not combined.burning and descent is not None and descent.apogee_s > now_s:
        return apogee_point(descent)
    told = [one.apogee for one in group if one.apogee is not None]
    return min(told, key=lambda apogee: apogee.height_sigma_m, default=None)


def _burnout_s(group: Sequence[Contribution]) -> float | None:
    """When the thrust ended: the middle one of what is said."""
    told = sorted(one.estimate.burnout_s for one in group if one.estimate.burnout_s is not None)
    return told[len(told) // 2] if told else None


def _phase(combined: Combined) -> str:
    """Boost, ballistic or descent."""
    if combined.burning:
        return "boost"
    return coasting_phase(combined.coast)


def _assessment(
    name: Contribution,
    group: Sequence[Contribution],
    combined: Combined,
    impact: Impact | None,
    now_s: float,
) -> Assessment:
    """The object told as an assessment, under this nation's own name of it where it has one."""
    mean, cov = combined.coast.mean, np.asarray(combined.coast.cov)
    burnout = _burnout_s(group)
    confirmed = any(one.estimate.status == "confirmed" for one in group)
    return Assessment(
        time=format_utc(now_s),
        track=name.estimate.track,
        event=name.estimate.event,
        status="confirmed" if confirmed else "coasting",
        phase=_phase(combined),
        sources=tuple(sorted({source for one in group for source in one.estimate.sources})),
        state=StateEstimate(
            (float(mean[0]), float(mean[1]), float(mean[2])),
            (float(mean[3]), float(mean[4]), float(mean[5])),
            tuple(tuple(float(v) for v in row[:6]) for row in cov[:6]),
        ),
        launch=_launch(group),
        burnout_time=None if burnout is None else format_utc(burnout),
        apogee=_apogee(combined, group, now_s),
        impact=impact,
        orbital_probability=0.0 if combined.burning else combined.outlook.orbital_probability,
    )
