"""Cells lose nobody who is near, whatever bucket they fall into."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatch.trajectory.kernels.grid import cell_of, first_in, gridded, is_in


def found_about(grid, place: np.ndarray) -> list[int]:
    """Points in a place's cell and those about it, as often as they are met."""
    home = cell_of(grid, place)
    met = []
    for step in np.ndindex(3, 3, 3):
        cell = tuple(int(h + s - 1) for h, s in zip(home, step, strict=True))
        k = first_in(grid, *cell)
        while k >= 0:
            if is_in(grid, k, *cell):
                met.append(int(k))
            k = grid.after[k]
    return met


@pytest.mark.parametrize("seed", range(4))
def test_who_is_nearer_than_a_cell_is_wide_is_met_once(seed):
    rng = np.random.default_rng(seed)
    edge_m = rng.uniform(5e3, 60e3)
    places = rng.uniform(-200e3, 200e3, (300, 3))
    left_out = rng.random(300) < 0.1
    grid = gridded(places, left_out, edge_m)
    for place in rng.uniform(-220e3, 220e3, (60, 3)):
        met = found_about(grid, place)
        near = np.linalg.norm(places - place, axis=1) <= edge_m
        assert len(met) == len(set(met))
        assert set(np.flatnonzero(near & ~left_out).tolist()) <= set(met)
        assert not set(np.flatnonzero(left_out).tolist()) & set(met)


def test_what_has_no_place_is_in_no_cell():
    places = np.array([[1.0, 2.0, 3.0], [np.nan, 2.0, 3.0]])
    grid = gridded(places, np.zeros(2, np.bool_), 1e4)
    assert found_about(grid, places[0]) == [0]
