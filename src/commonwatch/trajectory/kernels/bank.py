"""Layout of the bank: every answer to how every track moves, in arrays that kernels work on.

A track has at most one answer "a force acts" (nine states) and some answers "since then it coasts"
(seven states and the sensors' constant errors), each with the logarithm of its weight. Adams and
MacKay 2007 (arXiv:0710.3742) for the weights of one change point, with one change.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from commonwatch.trajectory.kernels.coast_step import COAST_WORK_ROWS
from commonwatch.trajectory.kernels.powered import POWERED_STATES, POWERED_WORK_ROWS
from commonwatch.trajectory.kernels.update import FIT_SIZE, SCRATCH_ROWS

COAST_LEAST_STATES = 7
# Coasting answers a track may have: burnouts a second apart, and bodies.
ANSWERS_MAX = 32

# Columns of a track's whole numbers.
COUNT = 0  # coasting answers
POWERED = 1  # 1 while an answer "a force acts" is held
DECLARED = 2  # 1 while it is held to coast
LIFTED = 3  # 0, or how a force is known that is no lift-off's: one of these two
CAME_ON = 1  # after a coast: a manoeuvre or another burn
FIRST_SEEN_FALLING = 2  # it may act, as far as is known, on what was falling at its first plot
BODY = 4  # which prior of the ballistic coefficient its coasts begin with
SPLIT = 5  # 1 once the air was felt and each body became a bank of coefficients
TRACK_INTEGERS = 6

# Columns of a track's numbers.
POWERED_TIME = 0
POWERED_WEIGHT = 1
POWERED_SINCE = 2
LAST_PLOT = 3
MISFIT = 4  # cumulative sum of what innovations exceed
TRACK_NUMBERS = 5

# Bodies.
KNOWN_BODY = 0
UNKNOWN_BODY = 1
STAGE_BODY = 2
EITHER_BODY = 3  # the payload or a stage: nobody can tell yet


class Bank(NamedTuple):
    """Arrays of a bank of `tracks` tracks and `answers` coasting answers of n states.

    `numbers` (tracks, TRACK_NUMBERS), `integers` (tracks, TRACK_INTEGERS), `powered_mean`
    (tracks, 9), `powered_cov` (tracks, 9, 9); `slots` (tracks, ANSWERS_MAX) names each track's
    coasting answers: `time_s`, `since_s` (burnout), `log_weight`, `body`, `mean`, `cov`, and until
    `sharp_until_s` the same path without the tail-off, `sharp_mean`, `sharp_cov`, with by how much
    it fits the plots better in `sharp_log`, for whether it coasts and not for how. `free`
    lists unused answers, `free_count` (1,) how many. `infrared_last_s` (tracks, sensors) is when
    each infrared sensor last saw the track, NaN for never; `infrared` (sensors, 2) has its period
    and the logarithm of its chance to miss. `bias_mean` (n - 7,), `bias_cov`
    (n - 7, n - 7) are of the sensors' constant errors as a new coast takes them. `body_prior`
    (bodies, 3): mean and sigma of the log inverse coefficient, its walk a root second of descent.
    """

    integers: np.ndarray
    numbers: np.ndarray
    powered_mean: np.ndarray
    powered_cov: np.ndarray
    slots: np.ndarray
    time_s: np.ndarray
    since_s: np.ndarray
    log_weight: np.ndarray
    body: np.ndarray
    mean: np.ndarray
    cov: np.ndarray
    sharp_mean: np.ndarray
    sharp_cov: np.ndarray
    sharp_log: np.ndarray
    sharp_until_s: np.ndarray
    free: np.ndarray
    free_count: np.ndarray
    infrared_last_s: np.ndarray
    infrared: np.ndarray
    bias_mean: np.ndarray
    bias_cov: np.ndarray
    body_prior: np.ndarray


OF_ANSWERS = (
    "time_s",
    "since_s",
    "log_weight",
    "body",
    "mean",
    "cov",
    "sharp_mean",
    "sharp_cov",
    "sharp_log",
    "sharp_until_s",
)


class Scratch(NamedTuple):
    """What kernels of the bank write on and forget: no plot allocates."""

    coast: np.ndarray
    powered: np.ndarray
    update: np.ndarray
    update9: np.ndarray
    mean: np.ndarray
    cov: np.ndarray
    mean9: np.ndarray
    cov9: np.ndarray
    loose_mean9: np.ndarray
    loose_cov9: np.ndarray
    fit: np.ndarray
    other_fit: np.ndarray


def new_scratch(states: int) -> Scratch:
    """Scratch for coasts of so many states."""
    nine = POWERED_STATES
    return Scratch(
        np.empty((COAST_WORK_ROWS, states)),
        np.empty((POWERED_WORK_ROWS, nine)),
        np.empty((SCRATCH_ROWS, states)),
        np.empty((SCRATCH_ROWS, nine)),
        np.empty(states),
        np.empty((states, states)),
        np.empty(nine),
        np.empty((nine, nine)),
        np.empty(nine),
        np.empty((nine, nine)),
        np.empty(FIT_SIZE),
        np.empty(FIT_SIZE),
    )


def new_bank(
    tracks: int,
    answers: int,
    infrared: np.ndarray,
    bias_mean: np.ndarray,
    bias_cov: np.ndarray,
    body_prior: np.ndarray,
) -> Bank:
    """An empty bank with room for so many."""
    states = COAST_LEAST_STATES + bias_mean.size
    return Bank(
        np.zeros((tracks, TRACK_INTEGERS), np.int64),
        np.zeros((tracks, TRACK_NUMBERS)),
        np.zeros((tracks, POWERED_STATES)),
        np.zeros((tracks, POWERED_STATES, POWERED_STATES)),
        np.zeros((tracks, ANSWERS_MAX), np.int64),
        np.zeros(answers),
        np.zeros(answers),
        np.zeros(answers),
        np.zeros(answers, np.int64),
        np.zeros((answers, states)),
        np.zeros((answers, states, states)),
        np.zeros((answers, states)),
        np.zeros((answers, states, states)),
        np.zeros(answers),
        np.full(answers, -math.inf),
        np.arange(answers - 1, -1, -1),
        np.array([answers]),
        np.full((tracks, infrared.shape[0]), math.nan),
        infrared,
        bias_mean,
        bias_cov,
        body_prior,
    )


def grown(bank: Bank, tracks: int, answers: int) -> Bank:
    """A bank with at least that room and the same content."""
    old_tracks, old_answers = bank.integers.shape[0], bank.time_s.shape[0]
    tracks, answers = max(tracks, old_tracks), max(answers, old_answers)
    if (tracks, answers) == (old_tracks, old_answers):
        return bank
    new = new_bank(tracks, answers, bank.infrared, bank.bias_mean, bank.bias_cov, bank.body_prior)
    for name in ("integers", "numbers", "powered_mean", "powered_cov", "slots", "infrared_last_s"):
        getattr(new, name)[:old_tracks] = getattr(bank, name)
    for name in OF_ANSWERS:
        getattr(new, name)[:old_answers] = getattr(bank, name)
    unused = int(bank.free_count[0])
    fresh = np.arange(answers - 1, old_answers - 1, -1)
    new.free[: fresh.size] = fresh
    new.free[fresh.size : fresh.size + unused] = bank.free[:unused]
    new.free_count[0] = fresh.size + unused
    return new
