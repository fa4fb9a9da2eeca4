"""Which contributions of different originators are of one and the same object?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from commonwatch.fuse.contribution import Contribution, position_and_velocity

# Normalised squared difference of two states of six numbers: a chance of 1e-10 where both are
# honest.
SAME_OBJECT_GATE = 60.0


def groups(
    contributions: Sequence[Contribution], now_s: float
) -> tuple[tuple[Contribution, ...], ...]:
    """Contributions of one object together, one at most of each originator, in order of key.

    Greedy, nearest first, as objects that nations tell each other of are far apart for their
    errors; the answer depends on the set alone, not on its order.
    """
    ordered = sorted(contributions, key=lambda one: one.key)
    states = [position_and_velocity(one, now_s) for one in ordered]
    pairs = []
    for i, first in enumerate(ordered):
        for j in range(i + 1, len(ordered)):
            if first.originator != ordered[j].originator:
                apart = states[i][0] - states[j][0]
                both = states[i][1] + states[j][1]
                distance = float(apart @ np.linalg.solve(both, apart))
                if distance < SAME_OBJECT_GATE:
                    pairs.append((distance, i, j))
    group = list(range(len(ordered)))
    for _distance, i, j in sorted(pairs):
        joined = [k for k in range(len(ordered)) if group[k] in (group[i], group[j])]
        if group[i] != group[j] and len({ordered[k].originator for k in joined}) == len(joined):
            for k in joined:
                group[k] = min(group[i], group[j])
    return tuple(
        tuple(ordered[k] for k in range(len(ordered)) if group[k] == name)
        for name in sorted(set(group))
    )
