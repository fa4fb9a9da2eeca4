"""Which own sensors a partner may know of: what it is told is estimated from those alone.

An estimate that also rests on a sensor which an agreement does not cover could not be released at
all, and its going missing would tell of that sensor. So each group of partners that may know of
the same sensors is told what these sensors say by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commonwatch.acquire.sensor import Sensor
from commonwatch.release.agreement import Terms


@dataclass(frozen=True, slots=True)
class ReleaseGroup:
    """Partners that may know of the same own sensors, and the ids of these."""

    partners: tuple[str, ...]
    sensors: frozenset[str]


def release_groups(
    nation: str, terms: Sequence[Terms], sensors: Iterable[Sensor]
) -> tuple[ReleaseGroup, ...]:
    """The groups of `nation`'s partners, by what every agreement of each covers."""
    own = [sensor for sensor in sensors if sensor.nation == nation]
    partners = sorted({party for item in terms for party in item.parties} - {nation})
    by_sensors: dict[frozenset[str], list[str]] = {}
    for partner in partners:
        binding = [item for item in terms if item.binds(nation, partner)]
        known = frozenset(
            sensor.id for sensor in own if all(covers(item, sensor) for item in binding)
        )
        if binding:
            by_sensors.setdefault(known, []).append(partner)
    return tuple(ReleaseGroup(tuple(names), known) for known, names in by_sensors.items())


def covers(terms: Terms, sensor: Sensor) -> bool:
    """Whether an agreement covers this sensor: by its class, or by its own name."""
    return sensor.kind in terms.sensor_kinds or sensor.id in terms.sensors
