"""A track's answers together: does a force act, and if not, since when? Second by second."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.bank import (
    ANSWERS_MAX,
    CAME_ON,
    COUNT,
    DECLARED,
    FIRST_SEEN_FALLING,
    LAST_PLOT,
    LIFTED,
    MISFIT,
    POWERED,
    POWERED_SINCE,
    POWERED_TIME,
    POWERED_WEIGHT,
    SPLIT,
    Bank,
    Scratch,
)
from commonwatch.trajectory.kernels.bank_answers import (
    FORCE_STEP_SIGMA_M_S2,
    TAIL_OFF_S,
    WORST_LOG,
    best_answer,
    carry_answer,
    carry_powered,
    copy_state,
    give_up,
    hand_on,
    is_sinking,
    judge_powered,
    log_of_either,
    start_powered,
    update_answer,
)
from commonwatch.trajectory.kernels.bank_bodies import ask_for_body
from commonwatch.trajectory.kernels.coast_step import height_of
from commonwatch.trajectory.kernels.jit import borrowing_kernel
from commonwatch.trajectory.kernels.powered import POWERED_STATES
from commonwatch.trajectory.kernels.update import COMPONENTS, LOG_LIKELIHOOD, NIS, update_in

# A booster burns for some minutes: the chance that it ends in a given second. What pulled up in the
# air seldom flies free again.
BURNOUT_HAZARD_PER_S = 1.0 / 200.0
LIFT_ENDS_HAZARD_PER_S = 1.0 / 2000.0
# Below this force along the path nothing burns that could lift its own weight for long.
THRUST_LEAST_M_S2 = 8.0
# An infrared plot of an object that does not burn is a false one, and these are rare.
INFRARED_ON_COAST_LOG = -25.0
# An infrared scan is missed when its plot has not come by this share of a period after it was due.
MISSED_SHARE = 0.2
# An answer this far below the best can never matter again.
NEGLIGIBLE_LOG = -12.0
STAGING_NIS = 25.0
STAGING_LOG_PRIOR = -4.0
# "A force acts" is dropped when it is this unlikely, and the coasts merged so long after burnout.
POWERED_DROP_PROBABILITY = 1e-4
DROP_AFTER_S = 15.0
MERGE_AFTER_S = 60.0
COAST_DECLARED = 0.65
COAST_REVOKED = 0.3
# A coast's misfit: Page 1954 (Biometrika 41), cumulative sum of NIS less its mean and a half, no
# plot counting more than the most; at the alarm once in millions of plots by chance.
MISFIT_DRIFT = 1.5
MISFIT_MOST = 25.0
MISFIT_ALARM = 45.0
INFRARED_MISFIT = 20.0
# What a force that came on some seconds ago may have done by the alarm.
ALARM_POSITION_SIGMA_M = 400.0
ALARM_VELOCITY_SIGMA_M_S = 100.0
ALARM_FORCE_SIGMA_M_S2 = 30.0
ALARM_LOG_WEIGHT = -2.0
# Falling in the air lift is to be expected: looked for sooner, and from less.
MISFIT_ALARM_IN_AIR = 14.0
AIR_ALARM_SHARE = 0.25
AIR_ALARM_LOG_WEIGHT = -3.0
# What moves otherwise than a coast, falling below this height, is lifted by the air.
LIFT_BELOW_M = 100e3
LIFT_KNOWN_AFTER_S = 6.0


@borrowing_kernel
def missed_log(bank: Bank, track: int, now_s: float) -> float:
    """Logarithm of the chance that all infrared plots due were missed though the object burns.

    Lift is not seen in the infrared: nothing is missed then.
    """
    total = 0.0
    if bank.integers[track, LIFTED] != 0:
        return total
    for k in range(bank.infrared.shape[0]):
        last_s = bank.infrared_last_s[track, k]
        if not math.isnan(last_s):
            missed = math.floor((now_s - last_s) / bank.infrared[k, 0] + 1.0 - MISSED_SHARE) - 1.0
            if missed > 0.0:
                total += missed * bank.infrared[k, 1]
    return total


@borrowing_kernel
def _force_along(mean: np.ndarray, cov: np.ndarray, speed: float) -> tuple[float, float]:
    """Force along the path of nine states (m/s2), and its variance."""
    force = 0.0
    variance = 0.0
    for i in range(3):
        force += mean[3 + i] * mean[6 + i] / speed
        for j in range(3):
            variance += mean[3 + i] * mean[3 + j] * cov[6 + i, 6 + j] / (speed * speed)
    return force, variance


@borrowing_kernel
def thrust_log_chance(bank: Bank, track: int) -> float:
    """Logarithm of the chance that the force along the path is a thrust at all."""
    if bank.integers[track, LIFTED] != 0:
        return 0.0
    mean, cov = bank.powered_mean[track], bank.powered_cov[track]
    speed = math.sqrt(mean[3] ** 2 + mean[4] ** 2 + mean[5] ** 2)
    if speed < 1.0:
        return 0.0
    force, variance = _force_along(mean, cov, speed)
    excess = (THRUST_LEAST_M_S2 - force) / math.sqrt(2.0 * variance)
    return math.log(0.5 * math.erfc(excess) + 1e-9)


@borrowing_kernel
def burns_surely(bank: Bank, track: int) -> bool:
    """Whether a force acts along the path, more than any drag or lift would: it burns."""
    if bank.integers[track, POWERED] == 0 or bank.integers[track, DECLARED] == 1:
        return False
    mean, cov = bank.powered_mean[track], bank.powered_cov[track]
    speed = math.sqrt(mean[3] ** 2 + mean[4] ** 2 + mean[5] ** 2)
    force, variance = _force_along(mean, cov, speed)
    return bool(force - 2.0 * math.sqrt(variance) > 0.5 * THRUST_LEAST_M_S2)


@borrowing_kernel
def coasting_probability(bank: Bank, track: int, missed: float) -> float:
    """Chance that no force acts any more; `missed` weighs infrared plots that failed to come."""
    count = bank.integers[track, COUNT]
    if bank.integers[track, POWERED] == 0:
        return 1.0
    if count == 0:
        return 0.0
    powered = bank.numbers[track, POWERED_WEIGHT] + missed + thrust_log_chance(bank, track)
    top = powered
    for k in range(count):
        top = max(top, log_of_either(bank, bank.slots[track, k]))
    coasting = 0.0
    acting = math.exp(powered - top)
    for k in range(count):
        slot = bank.slots[track, k]
        weight = math.exp(log_of_either(bank, slot) - top)
        if _lifted_of_late(bank, track, slot):
            acting += weight
        else:
            coasting += weight
    return coasting / (coasting + acting)


@borrowing_kernel
def _lifted_of_late(bank: Bank, track: int, slot: int) -> bool:
    """Whether an answer has lift end only now: what is still shaken cannot be told from lift.

    Not of what was falling when it was first seen: nothing says yet that any force came on.
    """
    if bank.integers[track, LIFTED] != CAME_ON:
        return False
    return bool(bank.numbers[track, POWERED_TIME] - bank.since_s[slot] < TAIL_OFF_S)


@borrowing_kernel
def prune(bank: Bank, track: int, room: int) -> None:
    """Give up answers that no longer matter, at most `room` left; count weights from the best."""
    count = bank.integers[track, COUNT]
    top = -math.inf
    for k in range(count):
        top = max(top, bank.log_weight[bank.slots[track, k]])
    best = top
    is_powered = bank.integers[track, POWERED] == 1
    if is_powered:
        top = max(top, bank.numbers[track, POWERED_WEIGHT])
        bank.numbers[track, POWERED_WEIGHT] -= top
    for k in range(count):
        bank.log_weight[bank.slots[track, k]] -= top
    for k in range(count - 1, -1, -1):
        if bank.log_weight[bank.slots[track, k]] <= best - top + NEGLIGIBLE_LOG:
            give_up(bank, track, k)
    while bank.integers[track, COUNT] > room:
        worst = 0
        for k in range(1, bank.integers[track, COUNT]):
            if bank.log_weight[bank.slots[track, k]] < bank.log_weight[bank.slots[track, worst]]:
                worst = k
        give_up(bank, track, worst)


@borrowing_kernel
def _update_powered(
    bank: Bank, track: int, at_s: float, row: np.ndarray, scratch: Scratch
) -> float:
    """Bring a plot into "a force acts"; return its log likelihood.

    A stage's end is met by loosening first.
    """
    m = judge_powered(bank, track, at_s, row, False, scratch, scratch.fit)
    plain = scratch.fit[LOG_LIKELIHOOD]
    gained = plain
    if m > 0 and scratch.fit[NIS] > STAGING_NIS:
        judge_powered(bank, track, at_s, row, True, scratch, scratch.other_fit)
        gained = scratch.other_fit[LOG_LIKELIHOOD] + STAGING_LOG_PRIOR
        if gained > plain:
            for i in range(6, POWERED_STATES):
                bank.powered_cov[track, i, i] += FORCE_STEP_SIGMA_M_S2**2
        else:
            gained = plain
    carry_powered(bank, track, at_s, scratch)
    update_in(
        bank.powered_mean[track], bank.powered_cov[track], row, scratch.update9, scratch.other_fit
    )
    return max(gained, WORST_LOG)


@borrowing_kernel
def take_plot(
    bank: Bank, track: int, at_s: float, row: np.ndarray, infrared: int, scratch: Scratch
) -> None:
    """Bring a plot into all answers of a track. `infrared` is the sensor's number there, or -1."""
    powered = bank.integers[track, POWERED] == 1
    bank.numbers[track, LAST_PLOT] = max(bank.numbers[track, LAST_PLOT], at_s)
    if powered:
        missed = missed_log(bank, track, at_s)
        gained = _update_powered(bank, track, at_s, row, scratch)
        bank.numbers[track, POWERED_WEIGHT] += gained + (missed if infrared >= 0 else 0.0)
    if infrared >= 0:
        bank.infrared_last_s[track, infrared] = at_s
        if not powered:
            bank.numbers[track, MISFIT] += INFRARED_MISFIT
            return
        for k in range(bank.integers[track, COUNT]):
            carry_answer(bank, bank.slots[track, k], at_s, scratch)
            bank.log_weight[bank.slots[track, k]] += INFRARED_ON_COAST_LOG
        prune(bank, track, ANSWERS_MAX)
        return
    best = best_answer(bank, track)
    for k in range(bank.integers[track, COUNT]):
        slot = bank.slots[track, k]
        update_answer(bank, slot, at_s, row, scratch, scratch.fit)
        if slot == best and not powered and scratch.fit[COMPONENTS] > 0.0:
            excess = min(scratch.fit[NIS], MISFIT_MOST) - MISFIT_DRIFT * scratch.fit[COMPONENTS]
            bank.numbers[track, MISFIT] = max(0.0, bank.numbers[track, MISFIT] + excess)
    prune(bank, track, ANSWERS_MAX)


@borrowing_kernel
def take_plots(
    bank: Bank,
    tracks: np.ndarray,
    chosen: np.ndarray,
    times_s: np.ndarray,
    rows: np.ndarray,
    infrared: np.ndarray,
    scratch: Scratch,
) -> None:
    """Bring plots, `chosen` by number, into tracks pair by pair: each track's in order of time."""
    for pair in range(tracks.size):
        plot = chosen[pair]
        take_plot(bank, tracks[pair], times_s[plot], rows[plot], infrared[plot], scratch)


@borrowing_kernel
def _falls_in_air(mean: np.ndarray) -> bool:
    """Whether a force there is lift or drag sooner than thrust."""
    return bool(is_sinking(mean) and height_of(mean) < LIFT_BELOW_M)


@borrowing_kernel
def _force_came_on(bank: Bank, track: int, now_s: float, scratch: Scratch) -> None:
    """After an alarm: hold "a force acts" beside the coasts, from what the best of them says."""
    best = best_answer(bank, track)
    scratch.mean9[:] = 0.0
    scratch.cov9[:] = 0.0
    for i in range(6):
        scratch.mean9[i] = bank.mean[best, i]
        for j in range(6):
            scratch.cov9[i, j] = bank.cov[best, i, j]
    in_air = _falls_in_air(bank.mean[best])
    share = AIR_ALARM_SHARE if in_air else 1.0
    for i in range(3):
        scratch.cov9[i, i] += (share * ALARM_POSITION_SIGMA_M) ** 2
        scratch.cov9[3 + i, 3 + i] += (share * ALARM_VELOCITY_SIGMA_M_S) ** 2
        scratch.cov9[6 + i, 6 + i] = (share * ALARM_FORCE_SIGMA_M_S2) ** 2
    # How sharply the burnout long ago was seen is as much the past of the force that comes on now.
    for k in range(bank.integers[track, COUNT]):
        bank.sharp_log[bank.slots[track, k]] = 0.0
    bank.numbers[track, MISFIT] = 0.0
    bank.integers[track, LIFTED] = CAME_ON
    log_weight = AIR_ALARM_LOG_WEIGHT if in_air else ALARM_LOG_WEIGHT
    start_powered(bank, track, now_s, scratch.mean9, scratch.cov9, log_weight)


@borrowing_kernel
def burnout_of(bank: Bank, track: int, moments: np.ndarray) -> None:
    """Fill mean and variance of when the force ended, over the coasting answers."""
    count = bank.integers[track, COUNT]
    top = -math.inf
    for k in range(count):
        top = max(top, bank.log_weight[bank.slots[track, k]])
    total = 0.0
    mean = 0.0
    origin = bank.since_s[bank.slots[track, 0]]
    square = 0.0
    for k in range(count):
        weight = math.exp(bank.log_weight[bank.slots[track, k]] - top)
        after = bank.since_s[bank.slots[track, k]] - origin
        total += weight
        mean += weight * after
        square += weight * after * after
    mean /= total
    moments[0] = origin + mean
    moments[1] = max(square / total - mean * mean, 0.0)


@borrowing_kernel
def coast_moments(bank: Bank, track: int, body: int, mean: np.ndarray, cov: np.ndarray) -> float:
    """Fill mean and covariance over the coasting answers of a body, of all where -1.

    Returns their share of all coasting answers' weight, 0 to 1; nothing is filled where it is 0.
    """
    count = bank.integers[track, COUNT]
    n = mean.size
    top = -math.inf
    for k in range(count):
        top = max(top, bank.log_weight[bank.slots[track, k]])
    every = 0.0
    total = 0.0
    mean[:] = 0.0
    for k in range(count):
        slot = bank.slots[track, k]
        weight = math.exp(bank.log_weight[slot] - top)
        every += weight
        if body < 0 or bank.body[slot] == body:
            total += weight
            for i in range(n):
                mean[i] += weight * bank.mean[slot, i]
    if total == 0.0:
        return 0.0
    for i in range(n):
        mean[i] /= total
    cov[:] = 0.0
    for k in range(count):
        slot = bank.slots[track, k]
        if body >= 0 and bank.body[slot] != body:
            continue
        weight = math.exp(bank.log_weight[slot] - top) / total
        for i in range(n):
            off = bank.mean[slot, i] - mean[i]
            for j in range(i + 1):
                cov[i, j] += weight * (bank.cov[slot, i, j] + off * (bank.mean[slot, j] - mean[j]))
    for i in range(n):
        for j in range(i):
            cov[j, i] = cov[i, j]
    return total / every


@borrowing_kernel
def _merge(bank: Bank, track: int, scratch: Scratch) -> None:
    """One coast for all of a body, once the burnout is long past."""
    for body in range(bank.body_prior.shape[0]):
        first = -1
        several = False
        for k in range(bank.integers[track, COUNT]):
            if bank.body[bank.slots[track, k]] == body:
                several = several or first >= 0
                first = k if first < 0 else first
        if not several:
            continue
        burnout_of(bank, track, scratch.fit)
        since_s = scratch.fit[0]
        coast_moments(bank, track, body, scratch.mean, scratch.cov)
        top = -math.inf
        for k in range(bank.integers[track, COUNT]):
            slot = bank.slots[track, k]
            if bank.body[slot] == body:
                top = max(top, bank.log_weight[slot])
        total = 0.0
        for k in range(bank.integers[track, COUNT]):
            slot = bank.slots[track, k]
            if bank.body[slot] == body:
                total += math.exp(bank.log_weight[slot] - top)
        for k in range(bank.integers[track, COUNT] - 1, first, -1):
            if bank.body[bank.slots[track, k]] == body:
                give_up(bank, track, k)
        slot = bank.slots[track, first]
        bank.since_s[slot] = since_s
        bank.log_weight[slot] = top + math.log(total)
        copy_state(scratch.mean, scratch.cov, bank.mean[slot], bank.cov[slot])


@borrowing_kernel
def _is_alarmed(bank: Bank, track: int) -> bool:
    """Whether a coast misfits so much that a force may have come on."""
    if bank.integers[track, COUNT] == 0:
        return False
    misfit = bank.numbers[track, MISFIT]
    if misfit <= MISFIT_ALARM_IN_AIR:
        return False
    return misfit > MISFIT_ALARM or _falls_in_air(bank.mean[best_answer(bank, track)])


@borrowing_kernel
def forward(bank: Bank, track: int, now_s: float, unknown_log: float, scratch: Scratch) -> float:
    """Carry all answers of a track to `now_s`; while a force may act, add "it ended now".

    Returns the probability that it coasts. `unknown_log` is the log chance that a body is none of
    those known.
    """
    for k in range(bank.integers[track, COUNT]):
        carry_answer(bank, bank.slots[track, k], now_s, scratch)
    if bank.integers[track, POWERED] == 0 and _is_alarmed(bank, track):
        _force_came_on(bank, track, now_s, scratch)
    if bank.integers[track, POWERED] == 0:
        ask_for_body(bank, track, unknown_log)
        if bank.integers[track, COUNT] > 1:
            burnout_of(bank, track, scratch.fit)
            if now_s - scratch.fit[0] >= MERGE_AFTER_S and bank.integers[track, SPLIT] == 0:
                _merge(bank, track, scratch)
        return 1.0
    carry_powered(bank, track, now_s, scratch)
    if bank.integers[track, LIFTED] == 0:
        known = now_s - bank.numbers[track, POWERED_SINCE] > LIFT_KNOWN_AFTER_S
        if known and _falls_in_air(bank.powered_mean[track]):
            bank.integers[track, LIFTED] = FIRST_SEEN_FALLING
    lifted = bank.integers[track, LIFTED] != 0
    hazard = LIFT_ENDS_HAZARD_PER_S if lifted else BURNOUT_HAZARD_PER_S
    missed = missed_log(bank, track, now_s)
    prune(bank, track, ANSWERS_MAX - 3)
    hand_on(bank, track, bank.numbers[track, POWERED_WEIGHT] + missed + math.log(hazard))
    prune(bank, track, ANSWERS_MAX - 4)
    probability = coasting_probability(bank, track, missed)
    declared = bank.integers[track, DECLARED] == 1
    declared = probability > (COAST_REVOKED if declared else COAST_DECLARED)
    burnout_of(bank, track, scratch.fit)
    if probability > 1.0 - POWERED_DROP_PROBABILITY and now_s - scratch.fit[0] > DROP_AFTER_S:
        bank.integers[track, POWERED] = 0
        bank.integers[track, LIFTED] = 0
        bank.numbers[track, MISFIT] = 0.0
        declared = True
    bank.integers[track, DECLARED] = 1 if declared else 0
    return probability


@borrowing_kernel
def forward_all(
    bank: Bank,
    tracks: np.ndarray,
    now_s: float,
    unknown_log: float,
    scratch: Scratch,
    probability: np.ndarray,
) -> None:
    """`forward` for each of some tracks; fill their probabilities of coasting."""
    for k in range(tracks.size):
        probability[k] = forward(bank, tracks[k], now_s, unknown_log, scratch)


@borrowing_kernel
def give_up_track(bank: Bank, track: int) -> None:
    """Free all answers of a track; its row is unused from now on."""
    while bank.integers[track, COUNT] > 0:
        give_up(bank, track, bank.integers[track, COUNT] - 1)
    bank.integers[track, POWERED] = 0
    bank.integers[track, DECLARED] = 0
    bank.integers[track, LIFTED] = 0
    bank.integers[track, SPLIT] = 0
    bank.numbers[track, MISFIT] = 0.0
    for k in range(bank.infrared.shape[0]):
        bank.infrared_last_s[track, k] = math.nan
