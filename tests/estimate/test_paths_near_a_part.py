"""From which paths may a part have come? From the nearest of many, as they end now."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatch.estimate.paths import PATHS_MAX, Paths
from tests.trajectory.flights import OVERFLIGHT

from .tracks_by_hand import bank_of_radars, burning, spread

NOW_S = 1000.0
COV = spread(100.0, 10.0)


@pytest.mark.parametrize("count", [3, PATHS_MAX, PATHS_MAX + 1, PATHS_MAX + 2, 80])
def test_the_nearest_of_many_paths_are_asked_and_never_its_own(count):
    rng = np.random.default_rng(count)
    bank, paths = bank_of_radars(), Paths()
    tracks, aside_m = [], rng.uniform(-90e3, 90e3, (count, 3))
    for k, off_m in enumerate(aside_m):
        state = OVERFLIGHT + np.concatenate([off_m, np.zeros(3)])
        tracks.append(burning(bank, f"t{k}", state, COV, NOW_S, NOW_S - 20.0))
    paths.remember(tracks, bank.bank, NOW_S)
    for k in (0, 1, count - 1):
        apart_m = np.linalg.norm(aside_m - aside_m[k], axis=1)
        expected = [other for other in np.argsort(apart_m).tolist() if other != k][:PATHS_MAX]
        rooms = paths._nearest(f"t{k}", OVERFLIGHT[:3] + aside_m[k])
        assert sorted(paths._names[room] for room in rooms) == sorted(f"t{k}" for k in expected)
