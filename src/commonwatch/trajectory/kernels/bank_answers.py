"""Single answers of a bank: carried, judged, updated, made and given up."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.atmosphere import air_density
from commonwatch.trajectory.kernels.bank import (
    ANSWERS_MAX,
    BODY,
    COUNT,
    POWERED_SINCE,
    POWERED_TIME,
    POWERED_WEIGHT,
    Bank,
    Scratch,
)
from commonwatch.trajectory.kernels.bank import POWERED as IS_POWERED
from commonwatch.trajectory.kernels.coast_step import coast_forward, height_of
from commonwatch.trajectory.kernels.jit import borrowing_kernel
from commonwatch.trajectory.kernels.measurement import BIASES
from commonwatch.trajectory.kernels.powered import POWERED_STATES, powered_forward_in
from commonwatch.trajectory.kernels.update import LOG_LIKELIHOOD, NIS, judge_in, update_in

# Thrust of a stage rises by 0.3 to 1.5 m/s2 a second; a stage's end is met by loosening.
FORCE_WALK_PSD_M2_S5 = 3.0**2
# A stage that burns out or ignites changes the specific force by up to 50 m/s2 at once.
FORCE_STEP_SIGMA_M_S2 = 25.0
# A motor does not stop at once: thrust tails off, stages part, attitude jets fire. For some seconds
# after the burnout small forces act as a random walk of the velocity; only then the path is that of
# a free body.
TAIL_OFF_S = 7.0
TAIL_OFF_PSD_M2_S3 = 30.0**2
# Where drag is felt on the way down, the coefficient changes with speed, and the air is not the
# standard's.
DRAG_FELT_M_S2 = 0.5
COAST_GATE_NIS = 40.0
# Whether a force ended is asked with and without a tail-off, each as likely, for so long: the one
# that allows for it takes long to be told from a force that goes on.
SHARP_FOR_S = 12.0
LOG_HALF = math.log(0.5)
WORST_LOG = -1e6
# An answer "it ended now" stands for any moment of a second: the velocity that is handed on is less
# sure by the force over half of it.
BURNOUT_BLUR_S = 0.5


@borrowing_kernel
def drag_of(mean: np.ndarray) -> float:
    """Size (m/s2) of the drag on a coasting state."""
    v2 = mean[3] * mean[3] + mean[4] * mean[4] + mean[5] * mean[5]
    return float(0.5 * air_density(height_of(mean)) * v2 * math.exp(mean[6]))


@borrowing_kernel
def is_sinking(mean: np.ndarray) -> bool:
    """Whether the state moves towards the Earth's centre."""
    return bool(mean[0] * mean[3] + mean[1] * mean[4] + mean[2] * mean[5] < 0.0)


@borrowing_kernel
def shake(cov: np.ndarray, shaken_s: float) -> None:
    """Add the small forces of so many seconds just after a burnout."""
    for i in range(3):
        cov[i, i] += TAIL_OFF_PSD_M2_S3 * shaken_s**3 / 3.0
        cov[i, 3 + i] += TAIL_OFF_PSD_M2_S3 * shaken_s**2 / 2.0
        cov[3 + i, i] += TAIL_OFF_PSD_M2_S3 * shaken_s**2 / 2.0
        cov[3 + i, 3 + i] += TAIL_OFF_PSD_M2_S3 * shaken_s


@borrowing_kernel
def coast_to(
    mean: np.ndarray,
    cov: np.ndarray,
    from_s: float,
    to_s: float,
    since_s: float,
    walk_per_root_s: float,
    work: np.ndarray,
) -> None:
    """Carry a coasting answer in place, with what shakes it after burnout and in the air."""
    elapsed_s = to_s - from_s
    if elapsed_s == 0.0:
        return
    coast_forward(mean, cov, elapsed_s, work)
    if elapsed_s <= 0.0:
        return
    shaken_s = min(to_s, since_s + TAIL_OFF_S) - from_s
    if shaken_s > 0.0:
        shake(cov, shaken_s)
    if height_of(mean) < 100e3 and is_sinking(mean) and drag_of(mean) > DRAG_FELT_M_S2:
        cov[6, 6] += walk_per_root_s * walk_per_root_s * elapsed_s


@borrowing_kernel
def carry_answer(bank: Bank, slot: int, to_s: float, scratch: Scratch) -> None:
    """Carry one coasting answer to a time."""
    coast_to(
        bank.mean[slot],
        bank.cov[slot],
        bank.time_s[slot],
        to_s,
        bank.since_s[slot],
        bank.body_prior[bank.body[slot], 2],
        scratch.coast,
    )
    if to_s <= bank.sharp_until_s[slot]:
        coast_to(
            bank.sharp_mean[slot],
            bank.sharp_cov[slot],
            bank.time_s[slot],
            to_s,
            -math.inf,
            bank.body_prior[bank.body[slot], 2],
            scratch.coast,
        )
    bank.time_s[slot] = to_s


@borrowing_kernel
def carry_powered(bank: Bank, track: int, to_s: float, scratch: Scratch) -> None:
    """Carry the answer "a force acts" to a time; an earlier one leaves it as it is."""
    elapsed_s = to_s - bank.numbers[track, POWERED_TIME]
    if elapsed_s > 0.0:
        powered_forward_in(
            bank.powered_mean[track],
            bank.powered_cov[track],
            elapsed_s,
            FORCE_WALK_PSD_M2_S5,
            scratch.powered,
        )
        bank.numbers[track, POWERED_TIME] = to_s


@borrowing_kernel
def copy_state(mean: np.ndarray, cov: np.ndarray, to_mean: np.ndarray, to_cov: np.ndarray) -> None:
    """Copy an estimate."""
    n = to_mean.size
    for i in range(n):
        to_mean[i] = mean[i]
        for j in range(n):
            to_cov[i, j] = cov[i, j]


@borrowing_kernel
def judge_answer(
    bank: Bank, slot: int, at_s: float, row: np.ndarray, scratch: Scratch, fit: np.ndarray
) -> int:
    """How a plot fits one coasting answer; nothing is changed."""
    copy_state(bank.mean[slot], bank.cov[slot], scratch.mean, scratch.cov)
    coast_to(
        scratch.mean,
        scratch.cov,
        bank.time_s[slot],
        at_s,
        bank.since_s[slot],
        bank.body_prior[bank.body[slot], 2],
        scratch.coast,
    )
    return judge_in(scratch.mean, scratch.cov, row, scratch.update, fit)


@borrowing_kernel
def powered_copy_at(bank: Bank, track: int, at_s: float, loosened: bool, scratch: Scratch) -> None:
    """Carry a copy of "a force acts", in mean9 and cov9; loosened as if a stage just ended."""
    copy_state(bank.powered_mean[track], bank.powered_cov[track], scratch.mean9, scratch.cov9)
    if loosened:
        for i in range(6, POWERED_STATES):
            scratch.cov9[i, i] += FORCE_STEP_SIGMA_M_S2**2
    elapsed_s = at_s - bank.numbers[track, POWERED_TIME]
    if elapsed_s > 0.0:
        powered_forward_in(
            scratch.mean9, scratch.cov9, elapsed_s, FORCE_WALK_PSD_M2_S5, scratch.powered
        )


@borrowing_kernel
def judge_powered(
    bank: Bank,
    track: int,
    at_s: float,
    row: np.ndarray,
    loosened: bool,
    scratch: Scratch,
    fit: np.ndarray,
) -> int:
    """How a plot fits "a force acts"; nothing is changed."""
    powered_copy_at(bank, track, at_s, loosened, scratch)
    return judge_in(scratch.mean9, scratch.cov9, row, scratch.update9, fit)


@borrowing_kernel
def _update_path(
    mean: np.ndarray, cov: np.ndarray, row: np.ndarray, scratch: Scratch, fit: np.ndarray
) -> None:
    """A coasting path with a plot; one that cannot fit stays. Its fit is filled."""
    copy_state(mean, cov, scratch.mean, scratch.cov)
    m = update_in(scratch.mean, scratch.cov, row, scratch.update, fit)
    if m > 0 and fit[NIS] < COAST_GATE_NIS:
        copy_state(scratch.mean, scratch.cov, mean, cov)


@borrowing_kernel
def log_of_either(bank: Bank, slot: int) -> float:
    """Logarithm of an answer's weight, be there a tail-off or none: each is as likely."""
    gained = bank.sharp_log[slot]
    top = max(gained, 0.0)
    mean = LOG_HALF + top + math.log(math.exp(gained - top) + math.exp(-top))
    return float(bank.log_weight[slot] + mean)


@borrowing_kernel
def update_answer(
    bank: Bank, slot: int, at_s: float, row: np.ndarray, scratch: Scratch, fit: np.ndarray
) -> None:
    """A coasting answer and its weight with a plot; the fit of the path that is told is filled."""
    carry_answer(bank, slot, at_s, scratch)
    _update_path(bank.mean[slot], bank.cov[slot], row, scratch, fit)
    gained = max(fit[LOG_LIKELIHOOD], WORST_LOG)
    bank.log_weight[slot] += gained
    if at_s > bank.sharp_until_s[slot]:
        return
    other = scratch.other_fit
    _update_path(bank.sharp_mean[slot], bank.sharp_cov[slot], row, scratch, other)
    bank.sharp_log[slot] += max(other[LOG_LIKELIHOOD], WORST_LOG) - gained


@borrowing_kernel
def best_answer(bank: Bank, track: int) -> int:
    """The coasting answer of most weight, -1 where there is none."""
    best = -1
    for k in range(bank.integers[track, COUNT]):
        slot = bank.slots[track, k]
        if best < 0 or bank.log_weight[slot] > bank.log_weight[best]:
            best = slot
    return best


@borrowing_kernel
def take_slot(bank: Bank, track: int) -> int:
    """An unused answer for a track, or -1 where neither bank nor track has room."""
    count = bank.integers[track, COUNT]
    if bank.free_count[0] == 0 or count >= ANSWERS_MAX:
        return -1
    bank.free_count[0] -= 1
    slot = bank.free[bank.free_count[0]]
    bank.slots[track, count] = slot
    bank.sharp_until_s[slot] = -math.inf
    bank.sharp_log[slot] = 0.0
    bank.integers[track, COUNT] = count + 1
    return int(slot)


@borrowing_kernel
def give_up(bank: Bank, track: int, k: int) -> None:
    """Give up a track's k-th coasting answer; the order of the others stays."""
    bank.free[bank.free_count[0]] = bank.slots[track, k]
    bank.free_count[0] += 1
    count = bank.integers[track, COUNT] - 1
    for i in range(k, count):
        bank.slots[track, i] = bank.slots[track, i + 1]
    bank.integers[track, COUNT] = count


@borrowing_kernel
def _shared_clock_variance(bank: Bank) -> float:
    """Variance (s2) of the mean of all clocks that declare an error; 0 where none does."""
    count = bank.bias_mean.size // BIASES
    total = 0.0
    for k in range(count):
        total += bank.bias_cov[BIASES * k + BIASES - 1, BIASES * k + BIASES - 1]
    return total / (count * count) if count > 0 else 0.0


@borrowing_kernel
def copy_powered(bank: Bank, track: int, slot: int) -> None:
    """Fill an answer's path from "a force acts", the sensors' errors as new; no drag."""
    mean, cov = bank.mean[slot], bank.cov[slot]
    mean[:] = 0.0
    cov[:] = 0.0
    for i in range(6):
        mean[i] = bank.powered_mean[track, i]
        for j in range(6):
            cov[i, j] = bank.powered_cov[track, i, j]
    for i in range(bank.bias_mean.size):
        mean[7 + i] = bank.bias_mean[i]
        for j in range(bank.bias_mean.size):
            cov[7 + i, 7 + j] = bank.bias_cov[i, j]


@borrowing_kernel
def hand_on(bank: Bank, track: int, log_weight: float) -> int:
    """The coast that begins if the force ends now; the new answer, -1 where there is no room."""
    slot = take_slot(bank, track)
    if slot < 0:
        return -1
    body = bank.integers[track, BODY]
    bank.time_s[slot] = bank.numbers[track, POWERED_TIME]
    bank.since_s[slot] = bank.numbers[track, POWERED_TIME]
    bank.log_weight[slot] = log_weight
    bank.body[slot] = body
    copy_powered(bank, track, slot)
    mean, cov = bank.mean[slot], bank.cov[slot]
    force = bank.powered_mean[track, 6:9]
    for i in range(3):
        for j in range(3):
            cov[3 + i, 3 + j] += BURNOUT_BLUR_S**2 * force[i] * force[j]
    # While a force acted the clocks' errors counted as noise; what they shift alike is still there.
    clock_s2 = _shared_clock_variance(bank)
    for i in range(3):
        for j in range(3):
            cov[i, j] += clock_s2 * mean[3 + i] * mean[3 + j]
    mean[6] = bank.body_prior[body, 0]
    cov[6, 6] = bank.body_prior[body, 1] ** 2
    copy_state(mean, cov, bank.sharp_mean[slot], bank.sharp_cov[slot])
    bank.sharp_log[slot] = 0.0
    bank.sharp_until_s[slot] = bank.since_s[slot] + SHARP_FOR_S
    return slot


@borrowing_kernel
def loosen(bank: Bank, track: int, sigma_m: float, sigma_m_s: float) -> None:
    """Widen all coasting answers of a track: it is not quite where it is said to be."""
    for k in range(bank.integers[track, COUNT]):
        cov = bank.cov[bank.slots[track, k]]
        for i in range(3):
            cov[i, i] += sigma_m * sigma_m
            cov[3 + i, 3 + i] += sigma_m_s * sigma_m_s


@borrowing_kernel
def start_powered(
    bank: Bank, track: int, at_s: float, mean: np.ndarray, cov: np.ndarray, log_weight: float
) -> None:
    """Hold the answer "a force acts" from now on, with nine states."""
    copy_state(mean, cov, bank.powered_mean[track], bank.powered_cov[track])
    bank.integers[track, IS_POWERED] = 1
    bank.numbers[track, POWERED_TIME] = at_s
    bank.numbers[track, POWERED_SINCE] = at_s
    bank.numbers[track, POWERED_WEIGHT] = log_weight
