"""Which body is it? Where the air is felt, a body becomes a bank of coefficients.

One extended filter with a coefficient known to no better than a factor is surer than it is right
once drag tells of it; a bank of narrow ones is not (Moon, Kim and Song 2012, J. Astron. Space Sci.
29-4, weigh a bank of coefficients likewise).
"""

from __future__ import annotations

import math

from commonwatch.trajectory.kernels.bank import (
    ANSWERS_MAX,
    BODY,
    COUNT,
    EITHER_BODY,
    KNOWN_BODY,
    POWERED_TIME,
    POWERED_WEIGHT,
    SPLIT,
    STAGE_BODY,
    UNKNOWN_BODY,
    Bank,
)
from commonwatch.trajectory.kernels.bank_answers import (
    TAIL_OFF_S,
    best_answer,
    copy_powered,
    copy_state,
    drag_of,
    give_up,
    is_sinking,
    take_slot,
)
from commonwatch.trajectory.kernels.coast_step import height_of
from commonwatch.trajectory.kernels.jit import borrowing_kernel

# The air is asked for the body where drag begins to be felt.
FELT_M_S2 = 0.05
FELT_BELOW_M = 130e3
# Coefficients of a bank: so far apart and each so wide, in the logarithm, out to so many sigmas.
APART = 0.3
WIDE = 0.15
OUT_TO_SIGMAS = 2.6


@borrowing_kernel
def put_body(bank: Bank, slot: int, body: int, mean: float, sigma: float) -> None:
    """Forget what an answer says of the coefficient, and what that had to do with its path."""
    for i in range(bank.mean.shape[1]):
        bank.cov[slot, 6, i] = 0.0
        bank.cov[slot, i, 6] = 0.0
    bank.mean[slot, 6] = mean
    bank.cov[slot, 6, 6] = sigma * sigma
    bank.body[slot] = body
    bank.sharp_until_s[slot] = -math.inf


@borrowing_kernel
def _add_bank(bank: Bank, track: int, source: int, body: int, log_weight: float) -> None:
    """Add a body's bank of coefficients, each with the path that one answer has."""
    mean, sigma = bank.body_prior[body, 0], bank.body_prior[body, 1]
    half = int(OUT_TO_SIGMAS * sigma / APART)
    total = 0.0
    for k in range(-half, half + 1):
        total += math.exp(-0.5 * (k * APART / sigma) ** 2)
    for k in range(-half, half + 1):
        slot = take_slot(bank, track)
        if slot < 0:
            return
        bank.time_s[slot] = bank.time_s[source]
        bank.since_s[slot] = bank.since_s[source]
        bank.log_weight[slot] = log_weight - 0.5 * (k * APART / sigma) ** 2 - math.log(total)
        copy_state(bank.mean[source], bank.cov[source], bank.mean[slot], bank.cov[slot])
        put_body(bank, slot, body, mean + k * APART, WIDE)


@borrowing_kernel
def _add_known(bank: Bank, track: int, source: int, log_weight: float) -> None:
    """Add the known body with the path that one answer has."""
    slot = take_slot(bank, track)
    if slot < 0:
        return
    bank.time_s[slot] = bank.time_s[source]
    bank.since_s[slot] = bank.since_s[source]
    bank.log_weight[slot] = log_weight
    copy_state(bank.mean[source], bank.cov[source], bank.mean[slot], bank.cov[slot])
    mean, sigma = bank.body_prior[KNOWN_BODY, 0], bank.body_prior[KNOWN_BODY, 1]
    put_body(bank, slot, KNOWN_BODY, mean, sigma)


@borrowing_kernel
def ask_for_body(bank: Bank, track: int, unknown_log: float) -> None:
    """Where the air begins to be felt, hold all coefficients that the body may have.

    For a known body only on the way down, and beside it; `unknown_log` is the logarithm of the
    chance that it is none of those known. What is the payload or a stage becomes both.
    """
    if bank.integers[track, SPLIT] == 1 or bank.integers[track, COUNT] == 0:
        return
    best = best_answer(bank, track)
    state = bank.mean[best]
    if height_of(state) > FELT_BELOW_M or drag_of(state) < FELT_M_S2:
        return
    body = bank.body[best]
    if body == KNOWN_BODY:
        if not is_sinking(state):
            return
        while bank.integers[track, COUNT] > ANSWERS_MAX - 10:
            give_up(bank, track, 1 if bank.slots[track, 0] == best else 0)
        _add_bank(bank, track, best, UNKNOWN_BODY, bank.log_weight[best] + unknown_log)
    else:
        source_weight = bank.log_weight[best]
        if body == EITHER_BODY:
            _add_known(bank, track, best, source_weight)
            _add_bank(bank, track, best, STAGE_BODY, source_weight)
        else:
            _add_bank(bank, track, best, body, source_weight)
        for k in range(bank.integers[track, COUNT] - 1, -1, -1):
            if bank.slots[track, k] == best:
                give_up(bank, track, k)
    bank.integers[track, SPLIT] = 1


@borrowing_kernel
def set_body(bank: Bank, track: int, body: int) -> None:
    """Take a track for another body, as long as the air has told nothing of it."""
    bank.integers[track, BODY] = body
    if bank.integers[track, SPLIT] == 1:
        return
    for k in range(bank.integers[track, COUNT]):
        slot = bank.slots[track, k]
        put_body(bank, slot, body, bank.body_prior[body, 0], bank.body_prior[body, 1])


@borrowing_kernel
def add_fall(bank: Bank, track: int, body: int, log_odds: float) -> None:
    """Add the answer "it falls, and never burnt by itself", from the present nine states.

    `log_odds` is against all other answers' best.
    """
    top = bank.numbers[track, POWERED_WEIGHT]
    for k in range(bank.integers[track, COUNT]):
        top = max(top, bank.log_weight[bank.slots[track, k]])
    slot = take_slot(bank, track)
    if slot < 0:
        return
    bank.time_s[slot] = bank.numbers[track, POWERED_TIME]
    bank.since_s[slot] = bank.numbers[track, POWERED_TIME] - TAIL_OFF_S
    bank.log_weight[slot] = top + log_odds
    copy_powered(bank, track, slot)
    put_body(bank, slot, body, bank.body_prior[body, 0], bank.body_prior[body, 1])
