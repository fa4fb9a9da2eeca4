"""The sensors' constant errors as one object tells them, for the coasts of the objects after it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.track import Track
from commonwatch.estimate.track_bank import TrackBank
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels.coast_step import height_of

Array = NDArray[np.float64]

# An object that coasts above the air tells of errors once it has been seen so often; ever so often
# it is asked.
PLOTS_LEAST = 30
ABOVE_M = 100e3
ASKED_EVERY_S = 10.0
# What it tells is taken for less sure than it says: its own path is not quite that of a model.
LESS_SURE = 1.5
# For so long an error counts as constant.
CONSTANT_S = 3600.0


class SharedBiases:
    """What is handed on: the errors that are known best, or what the sensors declare."""

    def __init__(self, declared_variances: Sequence[float]) -> None:
        self._declared = np.array(declared_variances, np.float64)
        self._known_share = math.inf
        self._known_s = -math.inf
        self._asked_s = -math.inf

    def hand_on(self, tracks: Sequence[Track], bank: TrackBank, now_s: float) -> None:
        """Let coasts that begin from now on take over the errors as the best object tells them."""
        if not self._declared.size or now_s - self._asked_s < ASKED_EVERY_S:
            return
        self._asked_s = now_s
        if now_s - self._known_s > CONSTANT_S and math.isfinite(self._known_share):
            self._known_share = math.inf
            bank.set_biases(np.zeros(self._declared.size), np.diag(self._declared))
        for track in tracks:
            if track.plots >= PLOTS_LEAST and now_s - track.last_plot_s < ASKED_EVERY_S:
                self._take(track.row, bank, now_s)

    def _take(self, row: int, bank: TrackBank, now_s: float) -> None:
        """Take over what one track tells, if it knows better than any before."""
        arrays = bank.bank
        if arrays.integers[row, layout.POWERED] == 1 or arrays.integers[row, layout.COUNT] == 0:
            return
        slot = int(arrays.slots[row, 0])
        own = layout.COAST_LEAST_STATES
        mean, cov = arrays.mean[slot], LESS_SURE * arrays.cov[slot, own:, own:]
        share = float(np.mean(np.minimum(np.diag(cov) / self._declared, 1.0)))
        if share < self._known_share and height_of(mean) > ABOVE_M:
            self._known_share, self._known_s = share, now_s
            bank.set_biases(mean[own:].copy(), self._no_wider(cov))

    def _no_wider(self, cov: Array) -> Array:
        """A covariance, no error in it less known than declared."""
        narrower = np.minimum(1.0, np.sqrt(self._declared / np.diag(cov)))
        return np.asarray(cov * np.outer(narrower, narrower))
