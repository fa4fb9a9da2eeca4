"""Tracks that coast where a test says so, in a bank as the estimator holds it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.estimate.track import Track
from commonwatch.estimate.track_bank import TrackBank
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels.bank_answers import hand_on

Array = NDArray[np.float64]

LONG_AGO_S = 300.0


def bank_of_radars() -> TrackBank:
    """An empty bank beside radars without constant errors."""
    return TrackBank(np.empty((0, 2)), ())


def spread(sigma_m: float, sigma_m_s: float) -> Array:
    """A covariance (6, 6) of place and velocity."""
    return np.diag([sigma_m**2] * 3 + [sigma_m_s**2] * 3)


def burning(
    bank: TrackBank, name: str, state: Array, cov: Array, now_s: float, first_s: float
) -> Track:
    """A track that may burn, with a state (6,) now; first seen then, and last seen now."""
    nine = np.diag([0.0] * 6 + [1.0] * 3)
    nine[:6, :6] = cov
    start = PoweredFilter(now_s, np.concatenate([state[:6], np.zeros(3)]), nine)
    row = bank.take_row(start, layout.KNOWN_BODY, now_s)
    return Track(
        id=name,
        event=f"e-{name}",
        row=row,
        first_s=first_s,
        confirmed_s=first_s + 2.0,
        last_plot_s=now_s,
        sources=("R1",),
        early=(),
        infrared_first=False,
        sight_only=False,
        launch=None,
        launch_fitted_s=-np.inf,
        seen_powered=True,
        slowest_scan_s=1.0,
    )


def coasting(
    bank: TrackBank,
    name: str,
    state: Array,
    cov: Array,
    now_s: float,
    since_s: float | None = None,
) -> Track:
    """A track that coasts without doubt, by default since long ago."""
    begun_s = now_s - LONG_AGO_S
    track = burning(bank, name, state, cov, now_s, begun_s)
    slot = hand_on(bank.bank, track.row, 0.0)
    bank.bank.integers[track.row, [layout.POWERED, layout.DECLARED]] = (0, 1)
    bank.bank.since_s[slot] = begun_s if since_s is None else since_s
    return track


def path_of(bank: TrackBank, track: Track) -> tuple[Array, Array]:
    """State (6,) and covariance (6, 6) of a track's one coast."""
    (slot,) = bank.bank.slots[track.row, : bank.bank.integers[track.row, layout.COUNT]]
    return bank.bank.mean[slot, :6].copy(), bank.bank.cov[slot, :6, :6].copy()
