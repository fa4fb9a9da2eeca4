"""Slow and obvious twins of the bank's kernels: whole matrices, differences, SciPy, every choice.

What a track's answers are: Adams and MacKay 2007, arXiv:0710.3742, with one change.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm
from scipy.optimize import least_squares
from scipy.special import logsumexp
from scipy.stats import norm

from commonwatch.trajectory.kernels import bank_answers, bank_motion, chains
from commonwatch.trajectory.kernels.atmosphere import air_density
from tests.trajectory import naive
from tests.trajectory.naive_filters import Watcher, powered, random_walk_of_force

Array = NDArray[np.float64]

SEVEN_STEPS = np.array([10.0] * 3 + [0.1] * 3 + [1e-3])
AIRLESS_ABOVE_M = 160e3


def coast(mean: Array, duration_s: float) -> Array:
    """A coasting state, whatever constants follow its seven, by SciPy's DOP853."""
    ahead = mean.copy()
    ahead[:6] = naive.coast(mean[:6], math.exp(mean[6]), air_density, duration_s)
    return ahead


def coast_transition(mean: Array, duration_s: float) -> Array:
    """Its slope by the start (n, n): central differences; constants stay what they are."""
    slope = np.eye(mean.size)
    for k, step in enumerate(SEVEN_STEPS):
        nudge = np.zeros(mean.size)
        nudge[k] = step
        ahead, behind = coast(mean + nudge, duration_s), coast(mean - nudge, duration_s)
        slope[:7, k] = (ahead - behind)[:7] / (2.0 * step)
    return slope


def whole_transition(phi: Array, states: int) -> Array:
    """The six rows that move something, as a square matrix."""
    whole = np.eye(states)
    whole[:6, : phi.shape[1]] = phi
    return whole


def linear_system(by_position: Array, by_velocity: Array, by_last: Array) -> Array:
    """The matrix of d(position, velocity, constants)/dt."""
    size = 6 + by_last.shape[1]
    system = np.zeros((size, size))
    system[0:3, 3:6] = np.eye(3)
    system[3:6, 0:3], system[3:6, 3:6], system[3:6, 6:] = by_position, by_velocity, by_last
    return system


def airless_slope(state: Array) -> Array:
    """Of the acceleration by position and velocity (3, 6), above the air: central differences."""
    columns = []
    for k in range(6):
        nudge = np.zeros(6)
        nudge[k] = 100.0 if k < 3 else 1.0
        ahead = naive.acceleration(state + nudge, 0.0, None)
        columns.append((ahead - naive.acceleration(state - nudge, 0.0, None)) / (2.0 * nudge[k]))
    return np.array(columns).T


def fall(state: Array, duration_s: float) -> Array:
    """A state above the air a second later at most: Runge and Kutta's step."""

    def slope(y: Array) -> Array:
        return np.concatenate([y[3:], naive.acceleration(y, 0.0, None)])

    one = slope(state)
    two = slope(state + 0.5 * duration_s * one)
    three = slope(state + 0.5 * duration_s * two)
    four = slope(state + duration_s * three)
    return state + duration_s / 6.0 * (one + 2.0 * two + 2.0 * three + four)


def airless_transition(state: Array, duration_s: float, last: int, last_slope: Array) -> Array:
    """Transition (6 + last, ...) above the air: the exponential of the slopes half way."""
    half = fall(state[:6], 0.5 * duration_s)
    slope = airless_slope(half)
    return expm(duration_s * linear_system(slope[:, :3], slope[:, 3:], last_slope[:, :last]))


def point(watcher: Watcher) -> tuple[Array, Array]:
    """Nine states from one plot: what is measured is rotated, what is not has its size alone."""
    azimuth, elevation, distance, _rate = watcher.measured
    level = math.cos(elevation)
    sight = np.array([level * math.sin(azimuth), level * math.cos(azimuth), math.sin(elevation)])
    across = np.array([math.cos(azimuth), -math.sin(azimuth), 0.0])
    axes = np.array([sight, across, np.cross(across, sight)]) @ watcher.axes
    sigmas = np.array(
        [watcher.sigmas[2], distance * watcher.sigmas[0], distance * watcher.sigmas[1]]
    )
    mean = np.concatenate([watcher.place + distance * axes[0], np.zeros(6)])
    cov = np.diag([0.0] * 3 + [chains.SPEED_FIRST_SIGMA_M_S**2] * 3 + [0.0] * 3)
    cov[:3, :3] = axes.T @ np.diag(sigmas**2) @ axes
    cov[6:, 6:] = np.eye(3) * chains.FORCE_FIRST_SIGMA_M_S2**2
    return mean, cov


def fit(mean: Array, cov: Array, watcher: Watcher, *, ranged: bool = True) -> tuple[float, float]:
    """NIS and log likelihood of a plot; a wide estimate's range curves (second-order terms)."""
    count = 4 if ranged else 2
    slope = np.zeros((count, mean.size))
    slope[:, :6] = watcher.slope(mean[:6])[:count]
    spread = slope @ cov @ slope.T + np.diag(watcher.sigmas[:count] ** 2)
    if ranged:
        place, speed = np.trace(cov[:3, :3]), np.trace(cov[3:6, 3:6])
        distance = float(np.linalg.norm(mean[:3] - watcher.place))
        spread[2, 2] += (place / distance) ** 2
        spread[3, 3] += place * speed / distance**2
    residual = watcher.residual(mean[:6])[:count]
    nis = float(residual @ np.linalg.solve(spread, residual))
    _sign, log_det = np.linalg.slogdet(spread)
    return nis, -0.5 * (nis + log_det + count * math.log(2.0 * math.pi))


def updated(mean: Array, cov: Array, watcher: Watcher) -> tuple[Array, Array]:
    """The most likely state, by SciPy's least squares, and the inverse of the curvature there."""
    root = np.linalg.cholesky(cov)

    def told(unit: Array) -> Array:
        residual = watcher.residual((mean + root @ unit)[:6])
        return np.concatenate([unit, residual / watcher.sigmas])

    found = least_squares(told, np.zeros(mean.size), xtol=1e-12, ftol=1e-12, gtol=1e-12)
    return mean + root @ found.x, root @ np.linalg.inv(found.jac.T @ found.jac) @ root.T


def straight(mean: Array, cov: Array, watcher: Watcher, *, ranged: bool) -> tuple[Array, Array]:
    """The textbook's update, about the mean: what a narrow estimate needs."""
    count = 4 if ranged else 2
    slope = np.zeros((count, mean.size))
    slope[:, :6] = watcher.slope(mean[:6])[:count]
    spread = slope @ cov @ slope.T + np.diag(watcher.sigmas[:count] ** 2)
    gain = cov @ slope.T @ np.linalg.inv(spread)
    return (
        mean + gain @ watcher.residual(mean[:6])[:count],
        (np.eye(mean.size) - gain @ slope) @ cov,
    )


@functools.cache
def _walk(duration_s: float) -> Array:
    return random_walk_of_force(duration_s, bank_answers.FORCE_WALK_PSD_M2_S5)


def force_forward(mean: Array, cov: Array, duration_s: float) -> tuple[Array, Array]:
    """Nine states under a force that wanders."""
    transition = airless_transition(mean, duration_s, 3, np.eye(3))
    walk = _walk(round(duration_s, 9))
    return powered(mean, duration_s), transition @ cov @ transition.T + walk


def longest_chain(times_s: Array, watchers: list[Watcher]) -> tuple[int, ...]:
    """The longest of all sets of plots that end in the last one and lie on one path."""

    def grown(chain: tuple[int, ...], mean: Array, cov: Array) -> list[tuple[int, ...]]:
        found = [chain] if chain[-1] == len(watchers) - 1 and _flies(mean) else []
        for later in range(chain[-1] + 1, len(watchers)):
            ahead, spread = force_forward(mean, cov, times_s[later] - times_s[chain[-1]])
            if fit(ahead, spread, watchers[later])[0] < chains.CHAIN_GATE_NIS:
                found += grown((*chain, later), *updated(ahead, spread, watchers[later]))
        return found

    starts = range(len(watchers) - 1)
    found = [chain for first in starts for chain in grown((first,), *point(watchers[first]))]
    return max(found, key=len, default=())


def _flies(mean: Array) -> bool:
    speed = float(np.linalg.norm(mean[3:6]))
    return chains.SPEED_LEAST_M_S < speed < chains.SPEED_MAX_M_S


def mixture_moments(weights: Array, means: Array, covs: Array) -> tuple[Array, Array]:
    """Mean and covariance of a mixture of normal distributions."""
    shares = weights / weights.sum()
    mean = shares @ means
    second = sum(
        share * (cov + np.outer(one, one))
        for share, one, cov in zip(shares, means - mean, covs, strict=True)
    )
    return mean, second


def best_assignment(likelihood: dict[tuple[int, int], float], tracks: int, plots: int) -> dict:
    """Of all ways in which each plot is one track's or nobody's, no track having two, the best.

    Most plots with an owner first, then the greatest likelihood. Plot to track.
    """
    best: tuple[tuple[int, float], dict[int, int]] = ((-1, 0.0), {})
    for choice in itertools.product(range(-1, tracks), repeat=plots):
        taken = [track for track in choice if track >= 0]
        pairs = [(track, plot) for plot, track in enumerate(choice) if track >= 0]
        if len(set(taken)) < len(taken) or any(pair not in likelihood for pair in pairs):
            continue
        value = (len(pairs), sum(likelihood[pair] for pair in pairs))
        if value > best[0]:
            best = (value, {plot: track for track, plot in pairs})
    return best[1]


@dataclass(frozen=True)
class Coast:
    """One answer "it coasts since then", above the air; `sharp` is its path without a tail-off.

    The plots' log likelihoods along either are summed from the beginning on: each is as likely.
    """

    since_s: float
    began_log: float
    mean: Array
    cov: Array
    sharp: tuple[Array, Array]
    log_sums: tuple[float, float] = (0.0, 0.0)

    @property
    def log_weight(self) -> float:
        """Of the path that is told."""
        return self.began_log + self.log_sums[0]

    @property
    def log_either(self) -> float:
        """Of both together: for whether it coasts."""
        return self.began_log + float(np.logaddexp(*self.log_sums)) - math.log(2.0)

    def is_sharp(self, at_s: float) -> bool:
        """Whether both are still followed."""
        return at_s <= self.since_s + bank_answers.SHARP_FOR_S


def _fallen(mean: Array, cov: Array, step_s: float) -> tuple[Array, Array]:
    """Seven states above the air, later."""
    transition = np.eye(7)
    transition[:6, :6] = airless_transition(mean, step_s, 0, np.zeros((3, 0)))
    ahead = mean.copy()
    ahead[:6] = fall(mean[:6], step_s)
    return ahead, transition @ cov @ transition.T


def _taken(one: Coast, at_s: float, watcher: Watcher) -> Coast:
    """An answer with a radar's plot."""
    mean, cov, told = _gated(one.mean, one.cov, watcher)
    if not one.is_sharp(at_s):
        sums = (one.log_sums[0] + told, one.log_sums[1] + told)
        return replace(one, mean=mean, cov=cov, log_sums=sums)
    sharp_mean, sharp_cov, sharp = _gated(*one.sharp, watcher)
    sums = (one.log_sums[0] + told, one.log_sums[1] + sharp)
    return replace(one, mean=mean, cov=cov, sharp=(sharp_mean, sharp_cov), log_sums=sums)


def _gated(mean: Array, cov: Array, watcher: Watcher) -> tuple[Array, Array, float]:
    """A path with a plot that fits it, as it was with one that does not; its log likelihood."""
    nis, gained = fit(mean, cov, watcher)
    if nis < bank_answers.COAST_GATE_NIS:
        mean, cov = straight(mean, cov, watcher, ranged=True)
    return mean, cov, gained


@dataclass
class Track:
    """All answers of one track, above the air, at one time; weights as their logarithms."""

    time_s: float
    mean: Array
    cov: Array
    drag_prior: tuple[float, float]
    infrared_period_s: float
    infrared_miss_log: float
    log_weight: float = 0.0
    powered: bool = True
    declared: bool = False
    coasts: list[Coast] = field(default_factory=list)
    infrared_last_s: float = math.nan

    def move(self, to_s: float) -> None:
        """All answers carried."""
        duration_s = to_s - self.time_s
        if duration_s > 0.0:
            self.coasts = [self._moved(one, to_s) for one in self.coasts]
            if self.powered:
                self.mean, self.cov = force_forward(self.mean, self.cov, duration_s)
        self.time_s = to_s

    def _moved(self, one: Coast, to_s: float) -> Coast:
        mean, cov = _fallen(one.mean, one.cov, to_s - self.time_s)
        shaken_s = min(to_s, one.since_s + bank_answers.TAIL_OFF_S) - self.time_s
        if shaken_s > 0.0:
            walk = np.array([[shaken_s**3 / 3, shaken_s**2 / 2], [shaken_s**2 / 2, shaken_s]])
            cov[:6, :6] += bank_answers.TAIL_OFF_PSD_M2_S3 * np.kron(walk, np.eye(3))
        sharp = _fallen(*one.sharp, to_s - self.time_s) if one.is_sharp(to_s) else one.sharp
        return replace(one, mean=mean, cov=cov, sharp=sharp)

    def missed_log(self, now_s: float) -> float:
        """Scans due since the last infrared plot: n periods and most of another have passed."""
        if math.isnan(self.infrared_last_s):
            return 0.0
        periods = (now_s - self.infrared_last_s) / self.infrared_period_s
        due = math.floor(periods + 1.0 - bank_motion.MISSED_SHARE) - 1
        return max(due, 0) * self.infrared_miss_log

    def take(self, at_s: float, watcher: Watcher, *, infrared: bool) -> None:
        """A plot, radar's or infrared."""
        missed = self.missed_log(at_s) if infrared else 0.0
        loose = self._loosened(at_s)
        self.move(at_s)
        if self.powered:
            self.log_weight += self._take_powered(watcher, loose, ranged=not infrared) + missed
        if infrared:
            self.infrared_last_s = at_s
            gained = bank_motion.INFRARED_ON_COAST_LOG
            self.coasts = [replace(one, began_log=one.began_log + gained) for one in self.coasts]
        else:
            self.coasts = [_taken(one, at_s, watcher) for one in self.coasts]
        self._prune()

    def _loosened(self, at_s: float) -> Array:
        """The covariance then, if a stage has just ended."""
        step = np.diag([0.0] * 6 + [bank_answers.FORCE_STEP_SIGMA_M_S2**2] * 3)
        return force_forward(self.mean, self.cov + step, at_s - self.time_s)[1]

    def _take_powered(self, watcher: Watcher, loose: Array, *, ranged: bool) -> float:
        nis, gained = fit(self.mean, self.cov, watcher, ranged=ranged)
        if nis > bank_motion.STAGING_NIS:
            other = fit(self.mean, loose, watcher, ranged=ranged)[1]
            if other + bank_motion.STAGING_LOG_PRIOR > gained:
                gained, self.cov = other + bank_motion.STAGING_LOG_PRIOR, loose
        self.mean, self.cov = straight(self.mean, self.cov, watcher, ranged=ranged)
        return gained

    def _prune(self) -> None:
        """Answers that can never matter again go."""
        if self.coasts:
            best = max(one.log_weight for one in self.coasts)
            least = best + bank_motion.NEGLIGIBLE_LOG
            self.coasts = [one for one in self.coasts if one.log_weight > least]

    def forward(self, now_s: float) -> float:
        """A second later; while a force may act, it may have ended now. The chance that it did."""
        self.move(now_s)
        if not self.powered:
            return 1.0
        missed = self.missed_log(now_s)
        self._prune()
        hazard = math.log(bank_motion.BURNOUT_HAZARD_PER_S)
        self.coasts.append(self._burnt_out(self.log_weight + missed + hazard))
        self._prune()
        coasting = logsumexp([one.log_either for one in self.coasts])
        burning = self.log_weight + missed + self._thrust_log()
        chance = float(1.0 / (1.0 + np.exp(burning - coasting)))
        limits = (bank_motion.COAST_DECLARED, bank_motion.COAST_REVOKED)
        self.declared = chance > limits[self.declared]
        weights = [one.log_weight for one in self.coasts]
        shares = np.exp(weights - logsumexp(weights))
        since_s = float(shares @ [one.since_s for one in self.coasts])
        sure = chance > 1.0 - bank_motion.POWERED_DROP_PROBABILITY
        if sure and now_s - since_s > bank_motion.DROP_AFTER_S:
            self.powered, self.declared = False, True
        return chance

    def _burnt_out(self, log_weight: float) -> Coast:
        mean, cov = np.zeros(7), np.zeros((7, 7))
        mean[:6], mean[6] = self.mean[:6], self.drag_prior[0]
        cov[:6, :6], cov[6, 6] = self.cov[:6, :6], self.drag_prior[1] ** 2
        blur = bank_answers.BURNOUT_BLUR_S * self.mean[6:9]
        cov[3:6, 3:6] += np.outer(blur, blur)
        return Coast(self.time_s, log_weight, mean, cov, (mean, cov))

    def _thrust_log(self) -> float:
        """Chance that the force along the path is more than what could lift nothing."""
        along = self.mean[3:6] / np.linalg.norm(self.mean[3:6])
        force, variance = along @ self.mean[6:9], along @ self.cov[6:9, 6:9] @ along
        chance = norm.sf(bank_motion.THRUST_LEAST_M_S2, force, math.sqrt(variance))
        return math.log(chance + 1e-9)
