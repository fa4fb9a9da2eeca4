"""Where a statement comes from: whose sensors, and what it was derived from."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Lineage(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Nations that originated it, sensors that it rests on, bulletins that went into it (ids).

    All three are sorted and hold nothing twice: the same sources always read the same.
    """

    originators: tuple[str, ...]
    sensors: tuple[str, ...]
    parents: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, values in (
            ("originators", self.originators),
            ("sensors", self.sensors),
            ("parents", self.parents),
        ):
            if len(values) > 1 and list(values) != sorted(set(values)):
                raise ValueError(f"lineage: `{name}` must be sorted and hold nothing twice")


def lineage_of(
    originators: Iterable[str], sensors: Iterable[str], parents: Iterable[str] = ()
) -> Lineage:
    """A lineage of these sources, in whatever order they come."""
    return Lineage(
        originators=tuple(sorted(set(originators))),
        sensors=tuple(sorted(set(sensors))),
        parents=tuple(sorted(set(parents))),
    )


def merged(lineages: Iterable[Lineage]) -> Lineage:
    """The lineage of what was derived from all of these: each originator, sensor, parent stays."""
    parts = tuple(lineages)
    return lineage_of(
        (name for part in parts for name in part.originators),
        (name for part in parts for name in part.sensors),
        (name for part in parts for name in part.parents),
    )
