"""Words on one flight by several originators, drawn as independent estimates of one truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.assess import _information
from commonwatch.estimate.coast_filter import (
    DRAG_PRIOR_MEAN,
    DRAG_PRIOR_VARIANCE,
    CoastFilter,
    coast_from,
)
from commonwatch.estimate.ground import impact_point
from commonwatch.estimate.own_estimate import OwnEstimate, PoweredState
from commonwatch.estimate.predict import outlook_of_coast
from commonwatch.fuse.contribution import Contribution
from tests.trajectory.flights import LOFTED, OVERFLIGHT

Array = NDArray[np.float64]

EPOCH_S = 1_700_000_000.0
TRUTH = np.concatenate([LOFTED, [DRAG_PRIOR_MEAN]])
ELSEWHERE = np.concatenate([OVERFLIGHT, [DRAG_PRIOR_MEAN]])


@dataclass(frozen=True)
class Seen:
    """What plots alone said of the seven states: an estimate and its information (7, 7)."""

    estimate: Array
    information: Array


def definite(rng: np.random.Generator, sigmas: list[float]) -> Array:
    """A covariance with these sigmas and strong correlations."""
    n = len(sigmas)
    mixed = rng.standard_normal((n, 2 * n))
    cov = mixed @ mixed.T
    scale = np.array(sigmas) / np.sqrt(np.diag(cov))
    return np.asarray(cov * np.outer(scale, scale))


def seen(seed: int, wide: float = 1.0, truth: Array = TRUTH) -> Seen:
    """An honest estimate, from plots that tell a little of the drag too."""
    rng = np.random.default_rng(seed)
    cov = definite(rng, [80.0 * wide] * 3 + [4.0 * wide] * 3 + [0.2])
    return Seen(rng.multivariate_normal(truth, cov), np.linalg.inv(cov))


def coast_of_seen(one: Seen, time_s: float = EPOCH_S) -> CoastFilter:
    """What an originator's filter makes of it: the same with the common drag prior."""
    matrix = one.information.copy()
    vector = one.information @ (one.estimate - TRUTH)
    matrix[6, 6] += 1.0 / DRAG_PRIOR_VARIANCE
    vector[6] += (DRAG_PRIOR_MEAN - TRUTH[6]) / DRAG_PRIOR_VARIANCE
    cov = np.linalg.inv(matrix)
    return coast_from(time_s, TRUTH + cov @ vector, 0.5 * (cov + cov.T))


def word(
    originator: str, coast: CoastFilter, track: str = "t1", *, last_plot_s: float = EPOCH_S
) -> Contribution:
    """It is told as a node tells it, with its own impact."""
    estimate = OwnEstimate(
        track=track,
        event="e1",
        epoch_s=coast.time_s,
        last_plot_s=last_plot_s,
        sources=(f"{originator}-1",),
        status="confirmed",
        phase="ballistic",
        launch=None,
        burnout_s=EPOCH_S - 100.0,
        coast=_information(coast),
        powered=None,
    )
    descent = outlook_of_coast(coast).descent
    impact = None if descent is None else impact_point(descent, if_thrust_ends=False)
    return Contribution(originator, estimate, impact, None)


def burning_word(originator: str, mean: Array, cov: Array, track: str = "t1") -> Contribution:
    """A word on an object that still burns."""
    estimate = OwnEstimate(
        track=track,
        event="e1",
        epoch_s=EPOCH_S,
        last_plot_s=EPOCH_S,
        sources=(f"{originator}-1",),
        status="confirmed",
        phase="boost",
        launch=None,
        burnout_s=None,
        coast=None,
        powered=PoweredState(
            tuple(float(v) for v in mean), tuple(tuple(float(v) for v in row) for row in cov)
        ),
    )
    return Contribution(originator, estimate, None, None)
