"""Where two sides' figures differ, and the likely causes; that none is known is an answer."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import msgspec

from commonwatch.warn.joint.figures import MINUTE_S, Figure, Quantity, Side
from commonwatch.warn.joint.horizon import HiddenPart
from commonwatch.warn.joint.physics import PhysicsFinding

COARSE_CLOCK_S = 600.0
# A launch within this of another flight's published time may be that flight.
SAME_LAUNCH_S = 60.0


class CauseKind(enum.StrEnum):
    """Why two figures may differ."""

    CORRECTED = "corrected later"
    ROUNDING = "rounding"
    MINUTE = "whole minutes"
    COARSE_CLOCK = "clock in tens of minutes"
    CURVATURE = "low part below the horizon"
    NO_BALLISTIC_FLIGHT = "no ballistic flight"
    NORMAL_TRAJECTORY_ASSUMED = "a normal trajectory assumed"
    OTHER_MISSILE = "another missile of the salvo"
    OTHER_OBJECT = "another object"
    UNKNOWN = "cause not known"


class CauseBasis(enum.StrEnum):
    """How well a cause is known: a side said so, it is worked out to suffice, or it only fits."""

    STATED = "stated"
    WORKED_OUT = "worked out"
    POSSIBLE = "possible"
    NONE = "none"


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One cause; `nation` is whose figure it bears on, `number` what was worked out for it.

    `number` is in the quantity's unit; of CURVATURE it is how much of the flight's end (km) is
    below that nation's horizon, and `height_km` how high that horizon stands over the impact.
    """

    kind: CauseKind
    basis: CauseBasis
    nation: str | None = None
    number: float | None = None
    height_km: float | None = None
    day: str | None = None


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Two parties' figures of one quantity that differ, and why, the likeliest cause first.

    `settled` is true where their newest words agree and only their first ones differed: the values
    are then the first ones.
    """

    quantity: Quantity
    one: str
    other: str
    one_value: float
    other_value: float
    settled: bool
    causes: tuple[Cause, ...]

    @property
    def is_explained(self) -> bool:
        """Whether any cause is known."""
        return self.causes[0].kind is not CauseKind.UNKNOWN


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What causes are sought in: physics of the figures, what is hidden from whom, the salvo.

    `other_launch_times_s` are of the other flights of that day; `shared_values` is true where the
    catalogue has one apogee and range for all missiles of a salvo.
    """

    physics: tuple[PhysicsFinding, ...]
    hidden: tuple[HiddenPart, ...]
    other_launch_times_s: tuple[float, ...]
    shared_values: bool


@dataclass(frozen=True, slots=True)
class _Pair:
    one: Side
    other: Side
    a: Figure
    b: Figure

    @property
    def quantity(self) -> Quantity:
        return self.a.quantity

    @property
    def gap(self) -> float:
        return abs(self.a.value - self.b.value)

    @property
    def rounding(self) -> float:
        return self.a.half_step + self.b.half_step

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.one, self.other

    @property
    def is_salvo(self) -> bool:
        counts = [side.figure(Quantity.MISSILES) for side in self.sides]
        return any(count is not None and count.value > 1 for count in counts)


def differences(sides: Sequence[Side], seen: Circumstances) -> tuple[Difference, ...]:
    """Every difference between two parties' figures; claims of the launching side are left out."""
    found = []
    parties = [side for side in sides if not side.is_claim]
    for quantity in Quantity:
        for one, other in combinations(parties, 2):
            a, b = one.figure(quantity), other.figure(quantity)
            if a is not None and b is not None:
                difference = _difference(_Pair(one, other, a, b), seen)
                if difference is not None:
                    found.append(difference)
    return tuple(found)


def _difference(pair: _Pair, seen: Circumstances) -> Difference | None:
    agree_now = _agree(pair.a, pair.b)
    firsts = [f.value if f.first is None else f.first for f in (pair.a, pair.b)]
    corrected = tuple(
        Cause(
            kind=CauseKind.CORRECTED, basis=CauseBasis.STATED, nation=side.nation,
            number=figure.first, day=side.corrected_on,
        )
        for side, figure in ((pair.one, pair.a), (pair.other, pair.b))
        if figure.first is not None
    )  # fmt: skip
    if agree_now and (not corrected or firsts[0] == firsts[1]):
        return None
    if agree_now:
        values, causes = firsts, (*corrected, *_stated(pair))
    else:
        values = [pair.a.value, pair.b.value]
        causes = _CAUSES[pair.quantity](pair, seen)
    unknown = (Cause(kind=CauseKind.UNKNOWN, basis=CauseBasis.NONE),)
    return Difference(
        quantity=pair.quantity,
        one=pair.one.nation,
        other=pair.other.nation,
        one_value=values[0],
        other_value=values[1],
        settled=agree_now,
        causes=causes or unknown,
    )


def _agree(a: Figure, b: Figure) -> bool:
    """Whether both can be true as they stand: equal, or a bound that the other keeps."""
    low, high = (a, b) if a.qualifier in {">", ">="} else (b, a)
    if low.qualifier in {">", ">="}:
        return high.qualifier in {">", ">="} or high.value >= low.value
    low, high = (b, a) if a.qualifier == "<=" else (a, b)
    return low.value <= high.value if high.qualifier == "<=" else a.value == b.value


def _launch_time_causes(pair: _Pair, seen: Circumstances) -> tuple[Cause, ...]:
    if pair.gap <= MINUTE_S:
        return (Cause(kind=CauseKind.MINUTE, basis=CauseBasis.WORKED_OUT, number=MINUTE_S),)
    causes = []
    if pair.gap <= 2.0 * MINUTE_S:
        # Where one cuts off the seconds and the other rounds up, two minutes need some delay
        # between lift-off as worked back and the body first seen; of that nothing is published.
        causes.append(Cause(kind=CauseKind.MINUTE, basis=CauseBasis.POSSIBLE))
    for other, own in ((pair.a, pair.b), (pair.b, pair.a)):
        others_flight = any(
            abs(time_s - other.value) <= SAME_LAUNCH_S and abs(time_s - own.value) > SAME_LAUNCH_S
            for time_s in seen.other_launch_times_s
        )
        if others_flight:
            causes.append(Cause(kind=CauseKind.OTHER_MISSILE, basis=CauseBasis.POSSIBLE))
            break
    for side, figure in ((pair.one, pair.a), (pair.other, pair.b)):
        if figure.value % COARSE_CLOCK_S == 0.0 and pair.gap <= COARSE_CLOCK_S / 2.0:
            kind = CauseKind.COARSE_CLOCK
            causes.append(
                Cause(
                    kind=kind, basis=CauseBasis.POSSIBLE, nation=side.nation, number=COARSE_CLOCK_S
                )
            )
            break
    return tuple(causes)


def _kilometre_causes(pair: _Pair, seen: Circumstances) -> tuple[Cause, ...]:
    if pair.gap <= pair.rounding:
        return (Cause(kind=CauseKind.ROUNDING, basis=CauseBasis.WORKED_OUT, number=pair.rounding),)
    causes = [*_stated(pair)]
    if pair.quantity is Quantity.RANGE:
        causes += _curvature(pair, seen)
    stated = {cause.kind for cause in causes}
    reporters = {pair.one.reporter, pair.other.reporter}
    impossible = any(not f.ballistic and f.reporter in reporters for f in seen.physics)
    if impossible and CauseKind.NO_BALLISTIC_FLIGHT not in stated:
        causes.append(Cause(kind=CauseKind.NO_BALLISTIC_FLIGHT, basis=CauseBasis.POSSIBLE))
    if pair.is_salvo or seen.shared_values:
        causes.append(Cause(kind=CauseKind.OTHER_MISSILE, basis=CauseBasis.POSSIBLE))
    return tuple(causes)


def _curvature(pair: _Pair, seen: Circumstances) -> tuple[Cause, ...]:
    """The shorter range's side lost the flight: how much of its end can that side not see?"""
    short = pair.one if pair.a.value < pair.b.value else pair.other
    hidden = next((part for part in seen.hidden if part.nation == short.nation), None)
    if short.low_part_unseen or hidden is None or hidden.last_km < pair.gap - pair.rounding:
        return ()
    return (
        Cause(
            kind=CauseKind.CURVATURE, basis=CauseBasis.WORKED_OUT, nation=short.nation,
            number=hidden.last_km, height_km=hidden.impact_height_km,
        ),
    )  # fmt: skip


def _flight_time_causes(pair: _Pair, seen: Circumstances) -> tuple[Cause, ...]:
    del seen  # only clocks are compared
    if pair.gap <= pair.rounding:
        return (Cause(kind=CauseKind.ROUNDING, basis=CauseBasis.WORKED_OUT, number=pair.rounding),)
    return ()


def _missile_causes(pair: _Pair, seen: Circumstances) -> tuple[Cause, ...]:
    del seen  # what a side counted only that side can say
    return tuple(
        cause
        for cause in _stated(pair)
        if cause.kind in {CauseKind.OTHER_OBJECT, CauseKind.CURVATURE}
    )


def _stated(pair: _Pair) -> tuple[Cause, ...]:
    """What a side says itself of its figures."""
    causes = []
    for side in pair.sides:
        said = (
            (side.another_object and pair.quantity is Quantity.MISSILES, CauseKind.OTHER_OBJECT),
            (side.low_part_unseen, CauseKind.CURVATURE),
            (side.assumes_ballistic, CauseKind.NORMAL_TRAJECTORY_ASSUMED),
            (side.irregular, CauseKind.NO_BALLISTIC_FLIGHT),
        )
        causes += [
            Cause(kind=kind, basis=CauseBasis.STATED, nation=side.nation)
            for holds, kind in said
            if holds
        ]
    return tuple(causes)


_CAUSES: dict[Quantity, Callable[[_Pair, Circumstances], tuple[Cause, ...]]] = {
    Quantity.LAUNCH_TIME: _launch_time_causes,
    Quantity.APOGEE: _kilometre_causes,
    Quantity.RANGE: _kilometre_causes,
    Quantity.FLIGHT_TIME: _flight_time_causes,
    Quantity.MISSILES: _missile_causes,
}
