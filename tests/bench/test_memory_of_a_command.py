"""The peak memory that `bench speed` tells is the command's, not that of who started it."""

from __future__ import annotations

from importlib.resources import as_file, files

import numpy as np

from commonwatch.bench.speed.long_pass import command_on

HELD_MIB = 700.0


def test_a_large_caller_does_not_count():
    held = np.ones(int(HELD_MIB * 2**20) // 8)
    with as_file(files("commonwatch.world") / "data" / "example-pass") as folder:
        spent = command_on(folder)
    assert held[-1] == 1.0
    assert 50.0 < spent.peak_mib < HELD_MIB
    assert spent.cpu_s > 0.1
