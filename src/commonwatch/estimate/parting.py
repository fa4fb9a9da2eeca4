"""What begins beside a track may have parted from it: it then falls from where that one was.

Three plots tell a velocity to some hundred metres a second. That it parted from a track, at metres
a second and some seconds ago, tells it much better; its first plots say whether that can be so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.motion import state_of
from commonwatch.estimate.paths import Paths
from commonwatch.estimate.track import Track
from commonwatch.estimate.track_bank import Fall
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels.bank import Bank

Array = NDArray[np.float64]

# How long before its first plot it may have parted (s), and how long each of these stands for.
PARTED_BEFORE_S = (0.0, 2.0, 5.0, 10.0, 20.0, 40.0)
STANDS_FOR_S = (2.0, 3.0, 4.0, 6.0, 12.0, 20.0)
# How fast, 1 sigma in each direction.
PARTS_SIGMA_M_S = 12.0
# From so many tracks beside it at most.
BESIDE_MAX = 3


@dataclass(frozen=True, slots=True)
class Parted:
    """The track that something may have parted from, and how it then falls."""

    parent: str
    falls: tuple[Fall, ...]


def may_have_parted(
    first_s: float, beside: Sequence[Track], paths: Paths, bank: Bank
) -> tuple[Parted, ...]:
    """For each of the tracks beside what was first seen then, the falls from where that one was."""
    found = []
    for track in beside[:BESIDE_MAX]:
        falls = _falls(first_s, paths, track, bank)
        if falls:
            found.append(Parted(track.id, falls))
    return tuple(found)


def _falls(first_s: float, paths: Paths, track: Track, bank: Bank) -> tuple[Fall, ...]:
    """Falls that began at some of the moments of a path until a first plot."""
    cov = state_of(bank, track.row)[1][:6, :6]
    force = np.zeros(3)
    if bank.integers[track.row, layout.POWERED] == 1:
        force = bank.powered_mean[track.row, 6:9]
    falls = []
    for before_s, stands_for_s in zip(PARTED_BEFORE_S, STANDS_FOR_S, strict=True):
        seen = paths.at(track.id, first_s - before_s)
        if seen is None:
            continue
        spread = cov.copy()
        spread[3:, 3:] += PARTS_SIGMA_M_S**2 * np.eye(3)
        spread[3:, 3:] += (0.5 * stands_for_s) ** 2 * np.outer(force, force)
        falls.append(Fall(*seen, spread))
    return tuple(falls)
