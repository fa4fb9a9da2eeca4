"""Which of those that parted when the thrust ended is the payload? What falls behind is the stage.

Springs and small rockets push a spent stage back along the thrust, by some metres a second; pieces
fly in any direction. How each left the others is known from where they are now: they parted at one
place, and nothing but gravity has acted since.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from commonwatch.estimate.parting import PARTS_SIGMA_M_S
from commonwatch.estimate.predict import carried_with_slope

Array = NDArray[np.float64]

# How fast a spent stage is pushed off, 1 sigma in each direction and never ahead; what else parts
# may be any piece, as likely, and leaves as fast as whatever parts from a track.
STAGE_PARTS_SIGMA_M_S = 3.0
STAGE_CHANCE = 0.5
# Springs tilt, and the thrust does not lie quite along the path: the sine of the angle by which a
# stage may be pushed ahead of straight sideways, 1 sigma.
ASKEW = 0.2
# From here on it is taken for the payload alone, below the rest for none.
TAKEN_FROM = 0.9
# Nothing is told by a velocity known no better than this.
VAGUE_M_S = 30.0
# Small forces at the end of the thrust, and the moment at which they parted, are not quite known.
SLACK_M = 50.0
SLACK_M_S = 1.0
# Two that left the same place fit it by this sum of squares (3 degrees of freedom), 999 in 1,000.
MEET_SQUARES = 16.3
# It is asked anew so often, and ever more seldom as time goes by.
ASKED_EVERY_S = 5.0
ASKED_EVERY_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Faller:
    """A track that coasts: ECEF state (7,) with covariance (7, 7) now, and when it was seen."""

    track: str
    mean: Array
    cov: Array
    last_plot_s: float


@dataclass(frozen=True, slots=True)
class Judged:
    """Of an event: among which tracks it was asked, when, and which of them may be the payload."""

    among: frozenset[str]
    asked_s: float
    payloads: frozenset[str]


class Payloads:
    """What was judged of each event, which holds until it is asked anew."""

    def __init__(self) -> None:
        self._judged: dict[str, Judged] = {}

    def of(
        self, event: str, fallers: Sequence[Faller], since_s: float, now_s: float
    ) -> frozenset[str]:
        """Which of several that coast since the thrust ended then may be the event's payload."""
        among = frozenset(one.track for one in fallers)
        before = self._judged.get(event)
        if before is not None and before.among == among:
            every_s = max(ASKED_EVERY_S, ASKED_EVERY_SHARE * (now_s - since_s))
            is_due = now_s - before.asked_s >= every_s
            if not is_due or all(one.last_plot_s <= before.asked_s for one in fallers):
                return before.payloads
        shares = shares_of(fallers, since_s - now_s)
        named = frozenset(_named(fallers, shares))
        self._judged[event] = Judged(among, now_s, named)
        return named

    def keep(self, events: Iterable[str]) -> None:
        """Forget all events but these."""
        alive = set(events)
        self._judged = {name: one for name, one in self._judged.items() if name in alive}


def _named(fallers: Sequence[Faller], shares: Array | None) -> tuple[str, ...]:
    """The one that is the payload, as far as can be said, else all that may well be."""
    if shares is None:
        return tuple(one.track for one in fallers)
    least = TAKEN_FROM if shares.max() >= TAKEN_FROM else 1.0 - TAKEN_FROM
    return tuple(
        one.track for one, share in zip(fallers, shares.tolist(), strict=True) if share >= least
    )


def shares_of(fallers: Sequence[Faller], back_s: float) -> Array | None:
    """The chance (n,) of each to be the payload; None where what is known does not say.

    They parted `back_s` from now: negative seconds.
    """
    if any(float(np.trace(one.cov[3:6, 3:6])) > VAGUE_M_S**2 for one in fallers):
        return None
    parted, slope = carried_with_slope(fallers[0].mean, back_s)
    since = np.asarray(np.linalg.inv(slope[:6, :6])[:, 3:], np.float64)
    forward = parted[3:6] / np.linalg.norm(parted[3:6])
    count = len(fallers)
    as_piece, as_stage = np.zeros((count, count)), np.full((count, count), -np.inf)
    for i, one in enumerate(fallers):
        for j in range(i):
            left = _left_at(one, fallers[j], since)
            if left is None:
                return None
            velocity, cov = left
            as_piece[i, j] = as_piece[j, i] = _log_normal(velocity, cov, PARTS_SIGMA_M_S)
            as_stage[i, j] = _log_behind(velocity, cov, forward)
            as_stage[j, i] = _log_behind(-velocity, cov, forward)
    return _chances(as_piece, as_stage)


def _chances(as_piece: Array, as_stage: Array) -> Array:
    """Chances (n,) from how likely each [i, j] is, where j left the payload i as a piece or stage.

    One of the others at most is the stage, each as likely.
    """
    count = len(as_piece)
    all_pieces = as_piece.sum(axis=1)
    one_stage = all_pieces + np.logaddexp.reduce(as_stage - as_piece, axis=1) - math.log(count - 1)
    logs = np.logaddexp(
        math.log(STAGE_CHANCE) + one_stage, math.log(1.0 - STAGE_CHANCE) + all_pieces
    )
    chances: Array = np.exp(logs - np.logaddexp.reduce(logs))
    return chances


def _left_at(one: Faller, other: Faller, since: Array) -> tuple[Array, Array] | None:
    """With what velocity (3,) and covariance another left one, None where they did not meet.

    `since` (6, 3) leads from that velocity to what lies between them now.
    """
    between = (other.mean - one.mean)[:6]
    slack = np.diag([SLACK_M**2] * 3 + [SLACK_M_S**2] * 3)
    weight = np.linalg.inv(one.cov[:6, :6] + other.cov[:6, :6] + slack)
    cov = np.asarray(np.linalg.inv(since.T @ weight @ since), np.float64)
    velocity = cov @ since.T @ weight @ between
    off = between - since @ velocity
    if float(off @ weight @ off) > MEET_SQUARES:
        return None
    return velocity, cov


def _log_normal(velocity: Array, cov: Array, sigma_m_s: float) -> float:
    """Logarithm of the density of a velocity of any direction, by so much in each, as measured."""
    spread = cov + sigma_m_s**2 * np.eye(3)
    square = float(velocity @ np.linalg.solve(spread, velocity))
    return -0.5 * (square + math.log(np.linalg.det(2.0 * math.pi * spread)))


def _log_behind(velocity: Array, cov: Array, forward: Array) -> float:
    """The same of a spent stage, which is not pushed ahead: half a normal distribution, doubled."""
    variance = STAGE_PARTS_SIGMA_M_S**2
    spread = cov + variance * np.eye(3)
    true = variance * np.linalg.solve(spread, velocity)
    left = variance * (np.eye(3) - variance * np.linalg.inv(spread))
    sigma = math.sqrt(float(forward @ left @ forward) + ASKEW**2 * float(true @ true))
    behind = float(log_ndtr(-float(forward @ true) / sigma))
    return math.log(2.0) + _log_normal(velocity, cov, STAGE_PARTS_SIGMA_M_S) + behind
