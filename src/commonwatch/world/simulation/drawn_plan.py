"""A plan from a seed: any mixture of faults, most runs with a few of each, some with one alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import get_args

from commonwatch.world.simulation.plan import (
    ALL_FIELDS,
    CODES,
    BitRot,
    ClockStep,
    Crash,
    Cut,
    Departure,
    DiskError,
    DiskFull,
    Fault,
    Flood,
    Launch,
    Lie,
    Lies,
    Pact,
    Plan,
    Suspension,
    Way,
    Weather,
)

DURATION_S = 240.0
SETTLING_S = 90.0
FLOOD_FRAMES = 1_500


def draws_of(seed: int, name: str) -> Random:
    """A source of draws of its own: what one part draws changes nothing for another."""
    return Random(f"{seed} {name}")  # noqa: S311  # to be the same each time


def drawn_plan(seed: int, nodes: int) -> Plan:
    """The plan of this seed for so many nodes."""
    draws = draws_of(seed, "plan")
    nations = CODES[:nodes]
    pacts = tuple(_pacts(draws, nations))
    launches = tuple(_launches(draws, nations))
    chance = Chance(draws, nations, pacts, launches)
    faults = [fault for kind in _KINDS for fault in _some(kind, chance)]
    return Plan(
        seed=seed,
        nations=nations,
        pacts=pacts,
        launches=launches,
        weather=_weather(draws),
        faults=tuple(faults),
        duration_s=DURATION_S,
        settling_s=SETTLING_S,
    )


def _pacts(draws: Random, nations: tuple[str, ...]) -> Iterator[Pact]:
    """A ring of pairs, some pairs more, and one of three where there are three."""
    order = draws.sample(nations, len(nations))
    ring = {frozenset((one, order[at - 1])) for at, one in enumerate(order)}
    if len(nations) > 2:
        ring |= {frozenset(pair) for pair in combinations(nations, 2) if draws.random() < 0.1}
    for pair in sorted(tuple(sorted(pair)) for pair in ring):
        few = draws.random() < 0.3
        fields = tuple(name for name in ALL_FIELDS if not few or draws.random() < 0.6)
        yield Pact("-".join(pair), pair, fields or ("launch_point",))
    if len(nations) > 3 and draws.random() < 0.7:
        three = tuple(sorted(order[:3]))
        yield Pact("-".join(three), three)


def _launches(draws: Random, nations: tuple[str, ...]) -> Iterator[Launch]:
    for number in range(draws.randint(1, 3)):
        from_s = round(draws.uniform(5.0, 0.8 * DURATION_S), 3)
        seen_by = draws.sample(nations, draws.randint(1, min(3, len(nations))))
        to_s = from_s + draws.choice((15.0, 40.0, 90.0))
        yield Launch(f"L{number + 1}", tuple(sorted(seen_by)), from_s, min(to_s, DURATION_S))


def _weather(draws: Random) -> Weather:
    if draws.random() < 0.3:
        return Weather()
    return Weather(
        lost=draws.choice((0.0, 0.02, 0.1, 0.25)),
        doubled=draws.choice((0.0, 0.05, 0.2)),
        spoilt=draws.choice((0.0, 0.0, 0.02)),
        delay_s=draws.choice((0.05, 0.5, 2.0)),
        late=draws.choice((0.0, 0.05, 0.2)),
        late_s=draws.choice((3.0, 15.0)),
        waiting=draws.choice((0.0, 0.2, 0.8)),
    )


@dataclass(frozen=True, slots=True)
class Chance:
    """What faults are drawn from."""

    draws: Random
    nations: tuple[str, ...]
    pacts: tuple[Pact, ...]
    launches: tuple[Launch, ...]

    def moment_s(self) -> float:
        """When: half of the time while something flies, else whenever."""
        if self.draws.random() < 0.5:
            launch = self.draws.choice(self.launches)
            from_s, to_s = launch.from_s, launch.to_s
        else:
            from_s, to_s = 2.0, DURATION_S
        return round(self.draws.uniform(from_s, min(to_s, DURATION_S - 10.0)), 3)


_Kind = Callable[[Chance], Fault]


def _some(kind: _Kind, chance: Chance) -> Iterator[Fault]:
    share, most = _SHARES[kind]
    if chance.draws.random() < share:
        for _ in range(chance.draws.randint(1, most)):
            yield kind(chance)


def _cut(chance: Chance) -> Fault:
    draws, nations = chance.draws, chance.nations
    from_s = chance.moment_s()
    to_s = from_s + draws.choice((3.0, 20.0, 80.0))
    if draws.random() < 0.4:
        side = set(draws.sample(nations, draws.randint(1, len(nations) - 1)))
        ways: list[Way] = [
            (one, other) for one in nations for other in nations if (one in side) != (other in side)
        ]
        return Cut(tuple(ways), from_s, to_s)
    one, other = draws.sample(nations, 2)
    both = draws.random() < 0.5
    return Cut(((one, other), (other, one)) if both else ((one, other),), from_s, to_s)


def _crash(chance: Chance) -> Fault:
    draws, nations = chance.draws, chance.nations
    return Crash(
        nation=draws.choice(nations),
        at_s=chance.moment_s(),
        after=draws.randint(1, 60),
        stored=draws.random() < 0.5,
        power=draws.random() < 0.5,
        down_s=draws.choice((0.5, 5.0, 40.0)),
    )


def _disk_error(chance: Chance) -> Fault:
    draws, nations = chance.draws, chance.nations
    return DiskError(
        nation=draws.choice(nations),
        at_s=chance.moment_s(),
        after=draws.randint(1, 40),
        stored=draws.random() < 0.5,
        clean=draws.random() < 0.4,
        power=draws.random() < 0.5,
        down_s=draws.choice((0.5, 15.0)),
    )


def _disk_full(chance: Chance) -> Fault:
    draws, nations = chance.draws, chance.nations
    from_s = chance.moment_s()
    room = draws.choice((0, 3_000, 10_000, 50_000))
    return DiskFull(draws.choice(nations), from_s, from_s + draws.choice((10.0, 40.0)), room)


def _bit_rot(chance: Chance) -> Fault:
    draws, nations = chance.draws, chance.nations
    log = draws.random() < 0.7
    down_s = draws.choice((0.0, 5.0, 5.0))
    return BitRot(draws.choice(nations), chance.moment_s(), log, draws.random(), down_s)


def _clock_step(chance: Chance) -> Fault:
    draws, nations = chance.draws, chance.nations
    at_s = chance.moment_s()
    by_s = draws.choice((-3600.0, -30.0, -2.0, 2.0, 30.0, 3600.0))
    return ClockStep(draws.choice(nations), at_s, by_s, at_s + draws.choice((20.0, 90.0)))


def _suspension(chance: Chance) -> Fault:
    draws, pacts = chance.draws, chance.pacts
    pact, at_s = draws.choice(pacts), chance.moment_s()
    restored_s = at_s + draws.choice((10.0, 30.0)) if draws.random() < 0.6 else None
    return Suspension(pact.id, draws.choice(pact.parties), at_s, restored_s, draws.random() < 0.5)


def _lies(chance: Chance) -> Fault:
    draws, nations = chance.draws, chance.nations
    kind: Lie = draws.choice(get_args(Lie))
    # One nation at most lies in a run: the first of them all.
    return Lies(nations[0], chance.moment_s(), kind)


def _flood(chance: Chance) -> Fault:
    draws, nations, pacts = chance.draws, chance.nations, chance.pacts
    from_s = chance.moment_s()
    partners = sorted({x for pact in pacts if nations[0] in pact.parties for x in pact.parties})
    partners.remove(nations[0])
    return Flood(nations[0], draws.choice(partners), from_s, from_s + 10.0, FLOOD_FRAMES)


def _departure(chance: Chance) -> Fault:
    draws, nations = chance.draws, chance.nations
    return Departure(draws.choice(nations[1:]), chance.moment_s(), draws.random() < 0.7)


# How often a run has this kind of fault, and how many of it at most.
_SHARES: dict[_Kind, tuple[float, int]] = {
    _cut: (0.6, 3),
    _crash: (0.6, 4),
    _disk_error: (0.3, 2),
    _disk_full: (0.15, 1),
    _bit_rot: (0.1, 1),
    _clock_step: (0.15, 2),
    _suspension: (0.45, 3),
    _lies: (0.2, 2),
    _flood: (0.04, 1),
    _departure: (0.1, 1),
}
_KINDS: tuple[_Kind, ...] = tuple(_SHARES)
