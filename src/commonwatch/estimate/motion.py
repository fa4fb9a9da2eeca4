"""Does it still burn, and if not, since when? A bank of answers, each with its weight.

While an object may burn, a nine-state filter with an unknown force follows it. Once a second a
hypothesis is branched off: "the thrust ended now". Each is a deterministic coast from then on and
is judged by every later plot. Their weights are those of Bayes' rule for one change point (Adams
and MacKay 2007, arXiv:0710.3742, with one change).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.coast_filter import CoastFilter, coast_from, coast_from_state
from commonwatch.estimate.powered_filter import Fit, PoweredFilter, judged
from commonwatch.limits import BURNOUT_HYPOTHESES_MAX

Array = NDArray[np.float64]

# A booster burns for some minutes: the chance that it ends in a given second.
BURNOUT_HAZARD_PER_S = 1.0 / 200.0
# Below this force along the path nothing burns that could lift its own weight for long.
THRUST_LEAST_M_S2 = 8.0
# An infrared plot of an object that does not burn is a false one, and these are rare.
INFRARED_ON_COAST_LOG = -25.0
# A hypothesis this far below the best can never matter again.
NEGLIGIBLE_LOG = -12.0
COAST_GATE_NIS = 40.0
STAGING_NIS = 25.0
STAGING_LOG_PRIOR = -4.0
# The powered alternative is dropped when it is this unlikely, and the bank merged so long after
# burnout.
POWERED_DROP_PROBABILITY = 1e-4
MERGE_AFTER_S = 60.0
# An answer "it ended now" stands for any moment of a second: the velocity that the powered filter
# hands on is less sure by the force over half of it.
BURNOUT_BLUR_S = 0.5
# A motor does not stop at once: thrust tails off, stages part, attitude jets fire. For some seconds
# after the burnout small forces act as a random walk of the velocity; only then the path is that of
# a free body.
TAIL_OFF_S = 7.0
TAIL_OFF_PSD_M2_S3 = 30.0**2
COAST_DECLARED = 0.9
COAST_REVOKED = 0.3


@dataclass(frozen=True, slots=True)
class Coasting:
    """One answer: the thrust ended at `burnout_s`, and this is the coast since."""

    burnout_s: float
    log_weight: float
    coast: CoastFilter


@dataclass(frozen=True, slots=True)
class Motion:
    """All answers at one time; `coasts` in order of burnout. `declared`: it is held to coast."""

    powered: PoweredFilter | None
    powered_log_weight: float
    coasts: tuple[Coasting, ...]
    declared: bool
    bias_variances: tuple[float, ...] = ()

    @property
    def time_s(self) -> float:
        """Time of the newest content."""
        if self.powered is not None:
            return self.powered.time_s
        return self.coasts[0].coast.time_s


def motion_from(powered: PoweredFilter, bias_variances: tuple[float, ...]) -> Motion:
    """A motion of which nothing is known yet but that it may burn.

    `bias_variances` are those of the sensors' constant errors (m2, rad2), as coasts carry them.
    """
    return Motion(powered, 0.0, (), False, bias_variances)


def _thrust_log_chance(powered: PoweredFilter) -> float:
    """Logarithm of the chance that the force along the path is a thrust at all."""
    velocity = powered.mean[3:6]
    speed = float(np.linalg.norm(velocity))
    if speed < 1.0:
        return 0.0
    along = velocity / speed
    force = float(along @ powered.mean[6:9])
    sigma = math.sqrt(float(along @ powered.cov[6:9, 6:9] @ along))
    return math.log(0.5 * math.erfc((THRUST_LEAST_M_S2 - force) / (sigma * math.sqrt(2.0))) + 1e-9)


def coasting_probability(motion: Motion, missed_log: float) -> float:
    """Chance that nothing burns any more.

    `missed_log` is the weight of infrared plots that failed to come.
    """
    if motion.powered is None:
        return 1.0
    if not motion.coasts:
        return 0.0
    powered = motion.powered_log_weight + missed_log + _thrust_log_chance(motion.powered)
    weights = [one.log_weight for one in motion.coasts]
    top = max(powered, *weights)
    coasting = sum(math.exp(w - top) for w in weights)
    return coasting / (coasting + math.exp(powered - top))


def fit_of(motion: Motion, time_s: float, row: Array) -> Fit:
    """How well a plot fits the better of the answers that still count."""
    fits = []
    if motion.powered is not None:
        ahead = motion.powered.at(time_s)
        fits.append(judged(ahead.mean, ahead.cov, row))
        if fits[0].nis > STAGING_NIS and not motion.declared:
            ahead = motion.powered.loosened().at(time_s)
            fits.append(judged(ahead.mean, ahead.cov, row))
    if motion.coasts:
        best = max(motion.coasts, key=lambda one: one.log_weight)
        coast = _coast_at(best, time_s)
        fits.append(judged(coast.mean, coast.cov, row))
    return min(fits, key=lambda fit: fit.nis)


def _powered_updated(
    powered: PoweredFilter, time_s: float, row: Array
) -> tuple[PoweredFilter, float]:
    """The powered filter with a plot, and the plot's log likelihood.

    A stage's end is met by loosening first.
    """
    ahead = powered.at(time_s)
    fit = judged(ahead.mean, ahead.cov, row)
    if fit.nis > STAGING_NIS:
        loose = powered.loosened().at(time_s)
        loose_fit = judged(loose.mean, loose.cov, row)
        if loose_fit.log_likelihood + STAGING_LOG_PRIOR > fit.log_likelihood:
            return loose.updated(row), loose_fit.log_likelihood + STAGING_LOG_PRIOR
    return ahead.updated(row), fit.log_likelihood


def _coast_at(one: Coasting, time_s: float) -> CoastFilter:
    """A coasting answer carried to another time, with the small forces just after burnout."""
    ahead = one.coast.at(time_s)
    shaken_s = min(time_s, one.burnout_s + TAIL_OFF_S) - one.coast.time_s
    if shaken_s <= 0.0:
        return ahead
    cov = ahead.cov.copy()
    for i in range(3):
        cov[i, i] += TAIL_OFF_PSD_M2_S3 * shaken_s**3 / 3.0
        cov[i, 3 + i] += TAIL_OFF_PSD_M2_S3 * shaken_s**2 / 2.0
        cov[3 + i, i] += TAIL_OFF_PSD_M2_S3 * shaken_s**2 / 2.0
        cov[3 + i, 3 + i] += TAIL_OFF_PSD_M2_S3 * shaken_s
    return coast_from(time_s, ahead.mean, cov)


def _coast_updated(one: Coasting, time_s: float, row: Array) -> Coasting:
    """One coasting answer with a plot; one that cannot fit keeps its path and pays."""
    ahead = _coast_at(one, time_s)
    fit = judged(ahead.mean, ahead.cov, row)
    coast = ahead.updated(row) if fit.components > 0 and fit.nis < COAST_GATE_NIS else ahead
    loss = max(fit.log_likelihood, -1e6)
    return Coasting(one.burnout_s, one.log_weight + loss, coast)


def motion_updated(
    motion: Motion, time_s: float, row: Array, infrared: bool, missed_log: float
) -> Motion:
    """All answers with one plot. `missed_log` as in `coasting_probability`, up to this plot."""
    powered, weight = motion.powered, motion.powered_log_weight
    if powered is not None:
        powered, gained = _powered_updated(powered, time_s, row)
        weight += gained + (missed_log if infrared else 0.0)
    if infrared:
        coasts = tuple(
            Coasting(one.burnout_s, one.log_weight + INFRARED_ON_COAST_LOG, _coast_at(one, time_s))
            for one in motion.coasts
        )
        if powered is None:
            return motion
    else:
        coasts = tuple(_coast_updated(one, time_s, row) for one in motion.coasts)
    moved = replace(motion, powered=powered, powered_log_weight=weight, coasts=coasts)
    return _pruned(moved)


def _pruned(motion: Motion) -> Motion:
    """Without the answers that no longer matter.

    Weights counted from the best so that they stay small.
    """
    weights = [one.log_weight for one in motion.coasts]
    if motion.powered is not None:
        weights.append(motion.powered_log_weight)
    top = max(weights)
    kept = [replace(one, log_weight=one.log_weight - top) for one in motion.coasts]
    if motion.powered is None or kept:
        best = max((one.log_weight for one in kept), default=0.0)
        kept = [one for one in kept if one.log_weight > best + NEGLIGIBLE_LOG]
    kept.sort(key=lambda one: -one.log_weight)
    kept = sorted(kept[:BURNOUT_HYPOTHESES_MAX], key=lambda one: one.burnout_s)
    return replace(motion, powered_log_weight=motion.powered_log_weight - top, coasts=tuple(kept))


def motion_at(motion: Motion, now_s: float, missed_log: float) -> Motion:
    """All answers a moment later; while it may burn, with the new answer "it ended now"."""
    coasts = tuple(replace(one, coast=_coast_at(one, now_s)) for one in motion.coasts)
    powered = motion.powered.at(now_s) if motion.powered is not None else None
    moved = replace(motion, powered=powered, coasts=coasts)
    if powered is None:
        return _merged(moved, now_s)
    ended = Coasting(
        now_s,
        motion.powered_log_weight + missed_log + math.log(BURNOUT_HAZARD_PER_S),
        _handed_on(powered, motion.bias_variances),
    )
    moved = _pruned(replace(moved, coasts=(*coasts, ended)))
    probability = coasting_probability(moved, missed_log)
    declared = probability > (COAST_REVOKED if motion.declared else COAST_DECLARED)
    if (
        probability > 1.0 - POWERED_DROP_PROBABILITY
        and now_s - burnout_s(moved) > MERGE_AFTER_S / 4.0
    ):
        return replace(moved, powered=None, powered_log_weight=0.0, declared=True)
    return replace(moved, declared=declared)


def _handed_on(powered: PoweredFilter, bias_variances: tuple[float, ...]) -> CoastFilter:
    """The coast that begins if the thrust ends about now."""
    cov = powered.cov[:6, :6].copy()
    force = powered.mean[6:9]
    cov[3:6, 3:6] += BURNOUT_BLUR_S**2 * np.outer(force, force)
    return coast_from_state(powered.time_s, powered.mean, cov, bias_variances)


def _weights(coasts: tuple[Coasting, ...]) -> Array:
    """The coasting answers' probabilities among themselves."""
    logs = np.array([one.log_weight for one in coasts])
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def burnout_s(motion: Motion) -> float:
    """When the thrust ended, as the mean over the coasting answers."""
    return float(_weights(motion.coasts) @ np.array([one.burnout_s for one in motion.coasts]))


def burnout_sigma_s(motion: Motion) -> float:
    """Standard deviation of the burnout's time over the answers, and the second between two."""
    weights = _weights(motion.coasts)
    times = np.array([one.burnout_s for one in motion.coasts])
    return math.sqrt(float(weights @ (times - weights @ times) ** 2) + 1.0 / 12.0)


def coasting_estimate(motion: Motion) -> CoastFilter:
    """The coasting answers as one estimate with their mean and whole spread."""
    if len(motion.coasts) == 1:
        return motion.coasts[0].coast
    weights = _weights(motion.coasts)
    means = np.array([one.coast.mean for one in motion.coasts])
    mean = weights @ means
    cov = sum(
        w * (one.coast.cov + np.outer(m - mean, m - mean))
        for w, m, one in zip(weights, means, motion.coasts, strict=True)
    )
    return coast_from(motion.coasts[0].coast.time_s, mean, np.asarray(cov))


def _merged(motion: Motion, now_s: float) -> Motion:
    """One coast for all, once the burnout is long past."""
    if len(motion.coasts) == 1 or now_s - burnout_s(motion) < MERGE_AFTER_S:
        return motion
    return replace(motion, coasts=(Coasting(burnout_s(motion), 0.0, coasting_estimate(motion)),))
