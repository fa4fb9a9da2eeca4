"""What one originator says of one object in several products is one word: nobody counts twice.

A warning may come at once and coarse, and a trajectory of the same object later and fine. Both rest
on the same plots, so that they never add: the sharper state counts, as long as the newer one bears
it out. What only one of them tells is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import numpy as np

from commonwatch.estimate.assessment import GroundPoint
from commonwatch.fuse.contribution import Contribution, age_of, position_and_velocity
from commonwatch.fuse.same_object import SAME_OBJECT_GATE, state_distance


def one_word_each(contributions: Iterable[Contribution], now_s: float) -> tuple[Contribution, ...]:
    """One contribution for each key at `now_s` (POSIX s), in the order in which keys first came.

    Which words are joined does not depend on their order.
    """
    by_key: dict[tuple[str, str], list[Contribution]] = {}
    for one in contributions:
        by_key.setdefault(one.key, []).append(one)
    return tuple(
        words[0] if len(words) == 1 else _joined(words, now_s) for words in by_key.values()
    )


def _joined(words: list[Contribution], now_s: float) -> Contribution:
    newest_first = sorted(words, key=age_of, reverse=True)
    newest = newest_first[0]
    state = position_and_velocity(newest, now_s)
    borne_out = [
        one
        for one in newest_first
        if one is newest
        or state_distance(position_and_velocity(one, now_s), state) < SAME_OBJECT_GATE
    ]
    sharpest = min(borne_out, key=lambda one: _spread(one, now_s))
    launches = [one.estimate.launch for one in newest_first if one.estimate.launch is not None]
    told_burnout = (one.estimate.burnout_s for one in (sharpest, *newest_first))
    # Where it falls "if thrust ends now" is said of one moment: it goes with its own state alone.
    lasting = (
        one.impact
        for one in newest_first
        if one.impact is not None and not one.impact.if_thrust_ends
    )
    return replace(
        sharpest,
        estimate=msgspec.structs.replace(
            sharpest.estimate,
            status=newest.estimate.status,
            last_plot_s=max(one.estimate.last_plot_s for one in borne_out),
            launch=min(launches, key=_area, default=None),
            burnout_s=next((at_s for at_s in told_burnout if at_s is not None), None),
        ),
        impact=sharpest.impact if sharpest.impact is not None else next(lasting, None),
        apogee=next(
            (one.apogee for one in (sharpest, *newest_first) if one.apogee is not None), None
        ),
    )


def _spread(one: Contribution, now_s: float) -> float:
    """Summed variances of position (m2)."""
    return float(np.trace(position_and_velocity(one, now_s)[1][:3, :3]))


def _area(point: GroundPoint) -> float:
    return point.ellipse95.semi_major_m * point.ellipse95.semi_minor_m
