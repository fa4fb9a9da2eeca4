"""Nobody counts twice: what came by two routes, direct and through a hub, is one contribution."""

from __future__ import annotations

from collections.abc import Sequence

from commonwatch.fuse.contribution import Contribution


def counted_once(group: Sequence[Contribution]) -> tuple[Contribution, ...]:
    """Of what is said of one object, in order of key, nothing that rests on anybody's data twice.

    The newest word counts; of the same age the one that was not passed on.
    """
    kept: list[Contribution] = []
    for one in sorted(group, key=_order):
        if all(one.nations.isdisjoint(other.nations) for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: one.key))


def _order(one: Contribution) -> tuple[float, float, bool, int, tuple[str, str]]:
    estimate = one.estimate
    return -estimate.epoch_s, -estimate.last_plot_s, bool(one.via), len(one.others), one.key
