"""One estimate of all contributions: sums in the coast, covariance intersection in boost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from commonwatch.estimate.coast_filter import (
    DRAG_PRIOR_MEAN,
    DRAG_PRIOR_VARIANCE,
    CoastFilter,
    coast_from,
)
from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.estimate.predict import Outlook, outlook_of_coast
from commonwatch.fuse.contribution import if_thrust_ends

# Weights tried for the first of two burning estimates.
INTERSECTION_WEIGHTS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Combined:
    """One estimate of an object with what is ahead of it.

    `burning` where that is "if thrust ends now".
    """

    coast: CoastFilter
    outlook: Outlook
    burning: bool


def sum_of(coasts: Sequence[CoastFilter]) -> CoastFilter:
    """Independent coasting estimates of one time as one; each has the common drag prior in it.

    Information adds, and the prior is counted once: design's rule of fusion by originator. The sum
    runs in the order given; callers order by originator, so that the result does not depend on how
    bulletins came in.
    """
    if len(coasts) == 1:
        return coasts[0]
    reference = coasts[0].mean
    matrix = np.zeros((7, 7))
    vector = np.zeros(7)
    for coast in coasts:
        own = np.linalg.inv(coast.cov)
        own = 0.5 * (own + own.T)
        added = own @ (coast.mean - reference)
        # What wanders loses information: no more of the prior is taken out than can still be in it,
        # or what is left would not be the information of anything.
        prior = min(1.0 / DRAG_PRIOR_VARIANCE, 1.0 / float(coast.cov[6, 6]))
        own[6, 6] -= prior
        added[6] -= (DRAG_PRIOR_MEAN - reference[6]) * prior
        matrix += own
        vector += added
    matrix[6, 6] += 1.0 / DRAG_PRIOR_VARIANCE
    vector[6] += (DRAG_PRIOR_MEAN - reference[6]) / DRAG_PRIOR_VARIANCE
    cov = np.linalg.inv(matrix)
    cov = 0.5 * (cov + cov.T)
    return coast_from(coasts[0].time_s, reference + cov @ vector, cov)


def area_m2(outlook: Outlook) -> float:
    """Size of the region of impact (m2, 1 sigma over pi); infinite where none is told."""
    if outlook.descent is None:
        return math.inf
    return math.sqrt(max(float(np.linalg.det(np.array(outlook.descent.cov_en_m2))), 0.0))


def _intersected(first: PoweredFilter, second: PoweredFilter, weight: float) -> PoweredFilter:
    """Covariance intersection, for estimates that share the thrust's noise.

    Julier and Uhlmann 1997, Proceedings of the American Control Conference.
    """
    one, two = np.linalg.inv(first.cov), np.linalg.inv(second.cov)
    cov = np.linalg.inv(weight * one + (1.0 - weight) * two)
    step = cov @ ((1.0 - weight) * two)
    return PoweredFilter(
        first.time_s, first.mean + step @ (second.mean - first.mean), 0.5 * (cov + cov.T)
    )


def combined_burning(states: Sequence[PoweredFilter]) -> Combined:
    """Of burning estimates of one time, that whose region of impact, cut off now, is smallest."""
    best = _if_thrust_ends(states[0])
    state = states[0]
    for other in states[1:]:
        tried = [
            state,
            other,
            *(_intersected(state, other, weight) for weight in INTERSECTION_WEIGHTS),
        ]
        told = [_if_thrust_ends(one) for one in tried]
        k = min(range(len(tried)), key=lambda i: area_m2(told[i].outlook))
        state, best = tried[k], told[k]
    return best


def _if_thrust_ends(state: PoweredFilter) -> Combined:
    coast = if_thrust_ends(state)
    return Combined(coast, outlook_of_coast(coast), True)


def combined_coasting(coast: CoastFilter) -> Combined:
    """What a sum of coasting estimates leads to."""
    return Combined(coast, outlook_of_coast(coast), False)
