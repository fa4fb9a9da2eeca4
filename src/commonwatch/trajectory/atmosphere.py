"""Density of the air: US Standard Atmosphere 1976."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.kernels.rows import density_rows

HEIGHT_LEAST_M = -10e3


def air_density_kg_m3(heights_m: ArrayLike) -> NDArray[np.float64]:
    """Density (kg/m3) at geometric heights (m) from -10 km up, in the shape given.

    US Standard Atmosphere 1976 (NOAA-S/T 76-1562): its equations to 86 km, its table I above.
    Raises UnusableInput for a height that is not a number or lies deeper.
    """
    heights = np.asarray(heights_m, dtype=np.float64)
    flat = np.ascontiguousarray(heights.reshape(-1))
    if not (flat >= HEIGHT_LEAST_M).all():
        raise UnusableInput(f"height: need numbers of at least {HEIGHT_LEAST_M:g} m")
    out = np.empty_like(flat)
    density_rows(flat, out)
    return out.reshape(heights.shape)
