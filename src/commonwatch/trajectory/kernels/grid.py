"""Points in cubic cells: who is near, without asking all pairs."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from commonwatch.trajectory.kernels.jit import borrowing_kernel, kernel

# Nearer than this need no cells of their own.
EDGE_LEAST_M = 1_000.0
_MIX_X, _MIX_Y, _MIX_Z = 73856093, 19349663, 83492791


class Grid(NamedTuple):
    """Points (n) by cell, in lists: `first` (buckets,) and `after` (n,) name points, -1 for none.

    `cells` (n, 3) counts cells of `edge_m` along the axes. A bucket may hold points of several
    cells. Buckets are a power of two.
    """

    edge_m: float
    cells: np.ndarray
    first: np.ndarray
    after: np.ndarray


@borrowing_kernel
def cell_of(grid: Grid, place: np.ndarray) -> tuple[int, int, int]:
    """The cell of a place that begins with three ECEF coordinates (m)."""
    return (
        int(math.floor(place[0] / grid.edge_m)),
        int(math.floor(place[1] / grid.edge_m)),
        int(math.floor(place[2] / grid.edge_m)),
    )


@borrowing_kernel
def _bucket(grid: Grid, ix: int, iy: int, iz: int) -> int:
    """The bucket of a cell."""
    return ((ix * _MIX_X) ^ (iy * _MIX_Y) ^ (iz * _MIX_Z)) & (grid.first.size - 1)


@borrowing_kernel
def first_in(grid: Grid, ix: int, iy: int, iz: int) -> int:
    """The first point in the bucket of a cell, -1 for none; `after` names the next one."""
    return int(grid.first[_bucket(grid, ix, iy, iz)])


@borrowing_kernel
def is_in(grid: Grid, k: int, ix: int, iy: int, iz: int) -> bool:
    """Whether a point lies in a cell."""
    return bool(grid.cells[k, 0] == ix and grid.cells[k, 1] == iy and grid.cells[k, 2] == iz)


@kernel
def gridded(places: np.ndarray, left_out: np.ndarray, edge_m: float) -> Grid:
    """Points (n, 3 or more) in cells of that width; none that is left out (n,) or is not a number.

    Whoever is nearer to a place than a cell is wide lies in its cell or in one of the 26 about it.
    """
    count = places.shape[0]
    buckets = 16
    while buckets < 2 * count:
        buckets *= 2
    grid = Grid(
        max(edge_m, EDGE_LEAST_M),
        np.empty((count, 3), np.int64),
        np.full(buckets, -1, np.int64),
        np.full(count, -1, np.int64),
    )
    for k in range(count):
        if left_out[k] or not math.isfinite(places[k, 0] + places[k, 1] + places[k, 2]):
            continue
        ix, iy, iz = cell_of(grid, places[k])
        grid.cells[k, 0], grid.cells[k, 1], grid.cells[k, 2] = ix, iy, iz
        at = _bucket(grid, ix, iy, iz)
        grid.after[k] = grid.first[at]
        grid.first[at] = k
    return grid
