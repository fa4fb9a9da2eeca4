"""What the notional sensors of the simulated nations say of what flies, and tokens to find it by.

Every field of every object as each nation sees it holds a number that is in no other: where its
eight bytes are found in a frame, that field was told.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from commonwatch.acquire.sensor import Sensor
from commonwatch.estimate.assessment import (
    Apogee,
    Assessment,
    Ellipse,
    GroundPoint,
    Impact,
    StateEstimate,
)
from commonwatch.estimate.own_estimate import CoastInformation, OwnEstimate
from commonwatch.identity import Nation
from commonwatch.label import EquivalentLevels, Label, LevelTable
from commonwatch.node.agreements import shipped_terms
from commonwatch.release.agreement import FieldGrant, Terms
from commonwatch.utc import format_utc
from commonwatch.world.simulation.plan import Launch, Pact, Plan

BEGAN_S = 1_700_000_000.0
LEVEL = "RESTRICTED"
_ELLIPSE = Ellipse(9000.0, 4000.0, 75.0)
# An end is told of for so long after it.
ENDED_TOLD_S = 20.0


@dataclass(frozen=True, slots=True)
class Token:
    """Whose sensors know this number, of which object and field."""

    nation: str
    launch: str
    field: str


def sensor_of(nation: str) -> Sensor:
    """The one notional radar of a nation."""
    return Sensor(
        f"{nation}-1", Nation(nation), "radar", 36.0, 128.0, 0.0, 1.0, 4e6, 2.0, 0.9, 0.1, 0.1, 0.1
    )


def label_of(nation: str, plan: Plan) -> Label:
    """How a nation marks what is its own: releasable to all that take part."""
    others = tuple(sorted(set(plan.nations) - {nation}))
    return Label(nation, LEVEL, (nation,), others)


def terms_of(pact: Pact) -> Terms:
    """The terms of a pact, notional: a worked example's with other parties, levels and fields."""
    example = _worked_example()
    row = EquivalentLevels(LEVEL, tuple((party, LEVEL) for party in pact.parties))
    return replace(
        example,
        id=pact.id,
        revision=1,
        title=f"notional, {pact.id}",
        parties=tuple(map(Nation, pact.parties)),
        levels=LevelTable((row,)),
        ceiling=LEVEL,
        fields=tuple(FieldGrant(name, "notional") for name in pact.fields),
        document="",
        public=None,
    )


@lru_cache(maxsize=1)
def _worked_example() -> Terms:
    return next(terms for terms in shipped_terms() if terms.floor is not None)


class Sky:
    """All launches of a plan as each nation's sensors tell them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.tokens: dict[bytes, Token] = {}
        self._numbers: dict[Token, float] = {}
        for launch in plan.launches:
            for nation in launch.seen_by:
                for name in ("launch_point", "path", "burnout", "apogee", "expected_impact"):
                    token = Token(nation, launch.name, name)
                    # Sixteenths apart, far from round numbers: exact, and no two alike.
                    number = 40.0 + (len(self.tokens) + 1) / 4096.0 + 1.0 / 65536.0
                    if name == "burnout":
                        number += BEGAN_S
                    self._numbers[token] = number
                    self.tokens[struct.pack(">d", number)] = token

    def seen_by(self, nation: str, now_s: float) -> tuple[Launch, ...]:
        """What this nation's sensors see now, or have seen come down just now."""
        return tuple(
            launch
            for launch in self._plan.launches
            if nation in launch.seen_by and launch.from_s <= now_s <= launch.to_s + ENDED_TOLD_S
        )

    def told(
        self, nation: str, now_s: float, clock_s: float
    ) -> tuple[Sequence[OwnEstimate], Sequence[Assessment]]:
        """What the nation's own sensors say at this moment, by its own clock."""
        seen = self.seen_by(nation, now_s)
        flying = [launch for launch in seen if now_s <= launch.to_s]
        return (
            [self._estimate(nation, launch, clock_s) for launch in flying],
            [self._assessment(nation, launch, now_s, clock_s) for launch in seen],
        )

    def _number(self, nation: str, launch: Launch, field: str) -> float:
        return self._numbers[Token(nation, launch.name, field)]

    def _estimate(self, nation: str, launch: Launch, clock_s: float) -> OwnEstimate:
        path = self._number(nation, launch, "path")
        matrix = tuple(tuple(2.0 if i == j else 0.1 for j in range(7)) for i in range(7))
        return OwnEstimate(
            track=f"t-{launch.name}",
            event=f"e-{launch.name}",
            epoch_s=clock_s,
            last_plot_s=clock_s,
            sources=(f"{nation}-1",),
            status="confirmed",
            phase="ballistic",
            launch=GroundPoint(
                format_utc(BEGAN_S),
                1.0,
                self._number(nation, launch, "launch_point"),
                125.5,
                Ellipse(900.0, 400.0, 71.0),
            ),
            burnout_s=self._number(nation, launch, "burnout"),
            coast=CoastInformation(
                (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, -9.0), (0.5,) * 6 + (path,), matrix
            ),
            powered=None,
        )

    def _assessment(self, nation: str, launch: Launch, now_s: float, clock_s: float) -> Assessment:
        apogee_m = self._number(nation, launch, "apogee")
        impact_deg = self._number(nation, launch, "expected_impact")
        later = format_utc(BEGAN_S + 2000.0)
        return Assessment(
            time=format_utc(clock_s),
            track=f"t-{launch.name}",
            event=f"e-{launch.name}",
            status="confirmed" if now_s <= launch.to_s else "ended",
            phase="ballistic",
            sources=(f"{nation}-1",),
            state=StateEstimate((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), ((0.0,) * 6,) * 6),
            apogee=Apogee(later, apogee_m, 1500.0),
            impact=Impact(later, 2.5, impact_deg, 137.0, _ELLIPSE),
            reason=None,
        )


def fields_told(plan: Plan) -> Mapping[tuple[str, str], frozenset[str]]:
    """By giver and taker, the fields that all pacts between them grant; the others never cross."""
    told: dict[tuple[str, str], frozenset[str]] = {}
    for one in plan.nations:
        for other in plan.nations:
            granted = [frozenset(pact.fields) for pact in plan.pacts_of(one, other)]
            told[one, other] = frozenset.intersection(*granted) if granted else frozenset()
    return told
