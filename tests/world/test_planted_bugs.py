"""Fifteen bugs planted one at a time: the simulation finds each within 1,000 seeds.

The search begins at a seed whose plan has what the bug needs to show.
"""

from __future__ import annotations

import pytest

from commonwatch.world.simulation.drawn_plan import drawn_plan
from commonwatch.world.simulation.run import simulate
from tests.world.planted_bugs import PLANTED

NODES = 3
SEEDS_MAX = 1_000
# Where the search begins, and what the bug violates, first or last.
FIRST_SEED = {
    "acknowledged before it is durable": (1, "lost"),
    "an error of the disk is passed over": (1, "disagree"),
    "commits are not synced": (1, "lost"),
    "the window forgets at a restart": (1, "counted twice"),
    "numbers begin anew at a restart": (1, "lost"),
    "the newest word is not kept": (2, "counted twice"),
    "what was missed is not sent again": (1, "disagree"),
    "what was missed is sent whatever was ordered": (4, "leaked"),
    "a suspension takes nothing back": (45, "leaked"),
    "a partners suspension is not obeyed": (1, "disagree"),
    "anybody speaks for any sensor": (8, "forged"),
    "a head of one number is shown twice": (1, "disagree"),
    "a flood is kept whole": (3, "broke"),
    "the mark is not read": (6, "lost"),
    "every third receipt is forgotten": (1, "disagree"),
}


def found_at(first: int) -> tuple[int, set[str]]:
    """The first seed that shows it, and what was violated."""
    for seed in range(first, SEEDS_MAX + 1):
        violations = simulate(drawn_plan(seed, NODES)).violations
        if violations:
            return seed, {one.invariant for one in violations}
    return SEEDS_MAX + 1, set()


@pytest.mark.parametrize("name", PLANTED)
def test_it_is_found_and_is_not_there_without_it(name):
    first, invariant = FIRST_SEED[name]
    with PLANTED[name]():
        seed, invariants = found_at(first)
    assert seed <= SEEDS_MAX
    assert invariant in invariants
    assert simulate(drawn_plan(seed, NODES)).violations == ()


def test_every_one_is_looked_for():
    assert set(FIRST_SEED) == set(PLANTED)
