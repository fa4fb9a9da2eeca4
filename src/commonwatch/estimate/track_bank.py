"""The rows of a bank that tracks live in: taken, filled, given back. One owner of its arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.bodies import UNKNOWN_LOG_ODDS, body_priors
from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.estimate.sensor_rows import Scan
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels.association import PAIR_INTEGERS, candidates
from commonwatch.trajectory.kernels.bank import ANSWERS_MAX, new_bank, new_scratch
from commonwatch.trajectory.kernels.bank_answers import (
    TAIL_OFF_S,
    give_up,
    loosen,
    start_powered,
    take_slot,
    update_answer,
)
from commonwatch.trajectory.kernels.bank_bodies import add_fall, put_body, set_body
from commonwatch.trajectory.kernels.bank_motion import forward_all, give_up_track, take_plots
from commonwatch.trajectory.kernels.measurement import COMPONENTS_MAX
from commonwatch.trajectory.kernels.residuals import MISS_SIZE, weigh_plots
from commonwatch.trajectory.kernels.update import COMPONENTS, NIS

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

ROWS_FIRST = 16
PAIRS_FIRST = 64
# A track that feels the air takes so many answers more at most.
SPLIT_ANSWERS = 8
# What parts from a track seldom burns by itself.
PART_FALLS_LOG = 1.0
# A fall fits its first plots where the sum of squares is so many sigmas above its mean at most.
FALL_FITS_SIGMAS = 5.0
# A part that is not held to fall after so long, because plots of others bent its answers, is asked
# anew.
FALLS_AGAIN_AFTER_S = 5.0
# What is not seen where it should be may have burnt on, broken up or turned, each second more.
UNSEEN_SIGMA_M = 100.0
UNSEEN_SIGMA_M_S = 20.0


@dataclass(frozen=True, slots=True)
class Fall:
    """A fall that may have begun at a time (POSIX s): ECEF state (6,) and covariance (6, 6)."""

    since_s: float
    mean: Array
    cov: Array


class TrackBank:
    """Rows for tracks, in arrays that grow as tracks come and are used again as they end."""

    def __init__(self, infrared: Array, bias_variances: Sequence[float]) -> None:
        variances = np.array(bias_variances, dtype=np.float64)
        self.bank = new_bank(
            ROWS_FIRST,
            ROWS_FIRST * 2 + ANSWERS_MAX,
            infrared,
            np.zeros(variances.size),
            np.diag(variances),
            body_priors(),
        )
        self._scratch = new_scratch(self.bank.mean.shape[1])
        self._misses = np.empty((COMPONENTS_MAX, MISS_SIZE))
        self._unused = list(range(ROWS_FIRST - 1, -1, -1))
        self._fall_given_s: dict[int, float] = {}

    def take_row(self, state: PoweredFilter, body: int, last_plot_s: float) -> int:
        """A row for a new track that may burn, from nine states."""
        if not self._unused:
            old = self.bank.integers.shape[0]
            self.bank = layout.grown(self.bank, 2 * old, 0)
            self._unused = list(range(2 * old - 1, old - 1, -1))
        row = self._unused.pop()
        self.bank.integers[row] = 0
        self.bank.numbers[row] = 0.0
        self.bank.integers[row, layout.BODY] = body
        self.bank.numbers[row, layout.LAST_PLOT] = last_plot_s
        start_powered(self.bank, row, state.time_s, state.mean, state.cov, 0.0)
        return row

    def add_falls(
        self, row: int, falls: Sequence[Fall], times_s: Sequence[float], plots: Sequence[Array]
    ) -> bool:
        """Add answers "it falls since then" to a new row, as far as its first plots bear them out.

        Returns whether any is left.
        """
        self.reserve(len(falls))
        bank = self.bank
        slots = [self._fall_slot(row, fall) for fall in falls]
        fit = self._scratch.fit
        misfits = np.zeros(len(slots))
        numbers = 0.0
        for at_s, plot in zip(times_s, plots, strict=True):
            for k, slot in enumerate(slots):
                update_answer(bank, slot, at_s, plot, self._scratch, fit)
                misfits[k] += fit[NIS]
            numbers += fit[COMPONENTS]
        most = numbers + FALL_FITS_SIGMAS * math.sqrt(2.0 * numbers)
        for k in range(len(slots) - 1, -1, -1):
            if not misfits[k] <= most:
                give_up(bank, row, k)
                del slots[k]
        if not slots:
            return False
        self._fall_given_s[row] = float(times_s[-1])
        logs = bank.log_weight[slots]
        total = float(np.logaddexp.reduce(logs))
        bank.log_weight[slots] += bank.numbers[row, layout.POWERED_WEIGHT] + PART_FALLS_LOG - total
        return True

    def _fall_slot(self, row: int, fall: Fall) -> int:
        """A new coasting answer of a row: a part that has been falling since then."""
        bank = self.bank
        slot = int(take_slot(bank, row))
        bank.time_s[slot] = fall.since_s
        bank.since_s[slot] = fall.since_s - TAIL_OFF_S
        bank.log_weight[slot] = 0.0
        bank.mean[slot, :6] = fall.mean
        bank.mean[slot, 7:] = bank.bias_mean
        bank.cov[slot] = 0.0
        bank.cov[slot, :6, :6] = fall.cov
        bank.cov[slot, 7:, 7:] = bank.bias_cov
        body = layout.STAGE_BODY
        put_body(bank, slot, body, bank.body_prior[body, 0], bank.body_prior[body, 1])
        return slot

    def set_body(self, row: int, body: int, *, parted: bool) -> None:
        """Take a track for another body, as long as the air has told nothing of it.

        What parted from another track, or is a stage, may have been falling all the time: asked
        every so often until it is held to. Call it every second.
        """
        if int(self.bank.integers[row, layout.BODY]) != body:
            set_body(self.bank, row, body)
        may_fall = body == layout.STAGE_BODY or (parted and body == layout.EITHER_BODY)
        integers = self.bank.integers[row]
        if may_fall and integers[layout.POWERED] == 1 and integers[layout.DECLARED] == 0:
            now_s = float(self.bank.numbers[row, layout.POWERED_TIME])
            if now_s - self._fall_given_s.get(row, -math.inf) >= FALLS_AGAIN_AFTER_S:
                self._fall_given_s[row] = now_s
                self.reserve(1)
                add_fall(self.bank, row, body, PART_FALLS_LOG)

    def loosen(self, row: int) -> None:
        """Widen a track that is not seen where it is said to be, by a second more."""
        loosen(self.bank, row, UNSEEN_SIGMA_M, UNSEEN_SIGMA_M_S)

    def shake(self, row: int, sigma_m_s: float, sigma_m: float = 0.0) -> None:
        """Widen the velocity, and the place, of a track's coasts."""
        loosen(self.bank, row, sigma_m, sigma_m_s)

    def set_biases(self, mean: Array, cov: Array) -> None:
        """The sensors' constant errors (n,), (n, n) that coasts begin with from now on."""
        self.bank.bias_mean[:] = mean
        self.bank.bias_cov[:] = cov

    def put_path(self, row: int, mean: Array, cov: Array) -> None:
        """Replace the path (6,), (6, 6) of all coasts of a track, what it was known for with it."""
        for slot in self.bank.slots[row, : self.bank.integers[row, layout.COUNT]].tolist():
            self.bank.mean[slot, :6] = mean
            self.bank.cov[slot, :6, :] = 0.0
            self.bank.cov[slot, :, :6] = 0.0
            self.bank.cov[slot, :6, :6] = cov

    def start_anew(self, row: int, state: PoweredFilter) -> None:
        """Replace all that is thought of a track's motion by "it may burn", from nine states."""
        seen = self.bank.infrared_last_s[row].copy()
        give_up_track(self.bank, row)
        self.bank.infrared_last_s[row] = seen
        start_powered(self.bank, row, state.time_s, state.mean, state.cov, 0.0)

    def give_back(self, row: int) -> None:
        """Free a row whose track has ended."""
        give_up_track(self.bank, row)
        self._fall_given_s.pop(row, None)
        self._unused.append(row)

    def pairs(self, tracks: Integers, times_s: Array, rows: Array) -> tuple[Integers, Array]:
        """Places in `tracks` and numbers of plots (n, 2) that may belong, with log likelihoods."""
        room = max(PAIRS_FIRST, 4 * times_s.size)
        while True:
            pairs = np.empty((room, PAIR_INTEGERS), np.int64)
            likelihoods = np.empty(room)
            found = candidates(self.bank, tracks, times_s, rows, self._scratch, pairs, likelihoods)
            if found <= room:
                return pairs[:found], likelihoods[:found]
            room = found

    def take(
        self, tracks: Integers, chosen: Integers, times_s: Array, rows: Array, infrared: Integers
    ) -> None:
        """Bring plots into tracks' rows, pair by pair."""
        take_plots(self.bank, tracks, chosen, times_s, rows, infrared, self._scratch)

    @property
    def rows(self) -> int:
        """How many tracks there is room for now."""
        return int(self.bank.integers.shape[0])

    def weigh(
        self,
        tracks: Integers,
        chosen: Integers,
        into: Integers,
        scan: Scan,
        kept: float,
        sums: Array,
    ) -> None:
        """Add plots, as they miss tracks pair by pair, to rows `into` of sums; nothing is taken."""
        weigh_plots(
            self.bank,
            tracks,
            chosen,
            into,
            scan.times_s,
            scan.rows,
            kept,
            self._scratch,
            self._misses,
            sums,
        )

    def reserve(self, answers: int) -> None:
        """Make room for so many answers more."""
        if int(self.bank.free_count[0]) < answers:
            have = self.bank.time_s.shape[0]
            self.bank = layout.grown(self.bank, 0, max(2 * have, have + answers))

    def forward(self, tracks: Integers, now_s: float) -> Array:
        """Carry tracks to a time; their probabilities of coasting."""
        busy = (self.bank.integers[tracks, layout.POWERED] == 1) | (
            self.bank.integers[tracks, layout.BODY] >= layout.STAGE_BODY
        )
        self.reserve(ANSWERS_MAX * int(busy.sum()) + SPLIT_ANSWERS * tracks.size)
        probability = np.empty(tracks.size)
        forward_all(self.bank, tracks, now_s, UNKNOWN_LOG_ODDS, self._scratch, probability)
        return probability
