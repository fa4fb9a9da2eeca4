"""Small passes drawn by chance, each made and told once."""

from __future__ import annotations

import functools

import numpy as np

from commonwatch.world.random_passes import draw_scene
from tests.assessment_contract import Told
from tests.estimate.passes import Watched, told_by
from tests.estimate.scoring import tracks_of

SEED = 41


@functools.cache
def drawn(kind: str, number: int) -> Watched:
    scene = draw_scene(kind, number, np.random.default_rng([SEED, number]))
    return Watched(scene.flights, scene.sensors, scene.observation)


@functools.cache
def told_of(kind: str, number: int) -> Told:
    return told_by(drawn(kind, number))


@functools.cache
def followers(kind: str, number: int) -> dict[str, tuple[str, ...]]:
    """For each object the tracks that followed it."""
    of = drawn(kind, number)
    seen_s = {flight.name: of.seen_s(flight.name) for flight in of.flights}
    return tracks_of(told_of(kind, number).lines, of.flights, seen_s)
