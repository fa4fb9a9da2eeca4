"""Writes random passes with known truth, e.g. `python -m commonwatch.world.make_passes OUT`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from commonwatch.errors import UnusableInput
from commonwatch.world.bounds import impact_bounds
from commonwatch.world.pass_folder import write_pass
from commonwatch.world.random_passes import KIND_NAMES, draw_scene


def make_passes(folder: Path, kind: str, seed: int, count: int) -> list[Path]:
    """Draw and write `count` passes; pass n depends on the seed, the kind and n alone."""
    written = []
    for number in range(count):
        rng = np.random.default_rng([seed, number, *kind.encode()])
        scene = draw_scene(kind, number, rng)
        bounds = impact_bounds(scene.flights, scene.sensors, scene.observation)
        target = folder / scene.name
        write_pass(target, scene, bounds)
        written.append(target)
    return written


def main() -> int:
    """Read the command line, write the passes, and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kind", default="lofted", help=", ".join(KIND_NAMES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1)
    asked = parser.parse_args()
    try:
        for target in make_passes(asked.out, asked.kind, asked.seed, asked.count):
            print(target)
    except UnusableInput as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
