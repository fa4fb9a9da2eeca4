"""What the wrappers of compiled code ask of their arguments, as kernels cannot complain."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.kernels.geodesy import WGS84_SEMI_MINOR_M

# Nearer to the centre than this an ellipsoidal height has no meaning here: 100 km under the poles.
DEPTH_MAX_M = 100e3


def finite_vector(name: str, values: ArrayLike, size: int) -> NDArray[np.float64]:
    """The values as an array (size,); UnusableInput where they are not, or one is not finite."""
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.shape != (size,):
        raise UnusableInput(f"{name}: shape {array.shape}: need ({size},)")
    return _finite(name, array)


def finite_rows(name: str, values: ArrayLike, columns: int, rows_max: int) -> NDArray[np.float64]:
    """The values as an array (n, columns), n up to `rows_max`; UnusableInput where they are not."""
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != columns:
        raise UnusableInput(f"{name}: shape {array.shape}: need (n, {columns})")
    if array.shape[0] > rows_max:
        raise UnusableInput(f"{name}: {array.shape[0]} rows: at most {rows_max}")
    return _finite(name, array)


def number_in(name: str, value: float, low: float, high: float) -> float:
    """The value, which must lie from `low` to `high`; UnusableInput where it does not or is NaN."""
    if not low <= value <= high:
        raise UnusableInput(f"{name}: {value}: need a number from {low:g} to {high:g}")
    return float(value)


def outside_the_earth(name: str, positions_ecef_m: NDArray[np.float64]) -> None:
    """UnusableInput where a point lies deep inside the Earth: its unit is then often km, not m."""
    least_m = WGS84_SEMI_MINOR_M - DEPTH_MAX_M
    for row in np.atleast_2d(positions_ecef_m):
        distance_m = math.sqrt(float(row[0] ** 2 + row[1] ** 2 + row[2] ** 2))
        if distance_m < least_m:
            raise UnusableInput(
                f"{name}: a point {distance_m:.6g} m from the Earth's centre: need at least "
                f"{least_m:.6g} m (are these kilometres?)"
            )


def _finite(name: str, array: NDArray[np.float64]) -> NDArray[np.float64]:
    bad = np.argwhere(~np.isfinite(array))
    if len(bad) > 0:
        where = ", ".join(str(int(k)) for k in bad[0])
        raise UnusableInput(f"{name}: the value at [{where}] is not a finite number")
    return array
