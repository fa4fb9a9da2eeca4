"""What any tracker, ours or a peer, made of a pass: the same record, scored by the same rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ToldImpact:
    """Where a tracker says that it comes down, with the 95 % ellipse (azimuth of its long axis)."""

    lat_deg: float
    lon_deg: float
    semi_major_m: float
    semi_minor_m: float
    azimuth_deg: float


@dataclass(frozen=True, slots=True)
class Moment:
    """One confirmed track at one moment (POSIX s): ECEF state (6,) and covariance (6, 6)."""

    track: str
    time_s: float
    state: NDArray[np.float64]
    covariance: NDArray[np.float64]
    impact: ToldImpact | None = None
