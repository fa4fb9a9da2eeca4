"""Values to agree on: each with its standard deviation and what it rests on."""

from __future__ import annotations

import enum
import math

import msgspec

from commonwatch.catalogue.launch import PublishedLaunch
from commonwatch.warn.joint.comparison import Comparison
from commonwatch.warn.joint.differences import CauseBasis, CauseKind, Difference
from commonwatch.warn.joint.figures import Figure, Quantity
from commonwatch.warn.joint.physics import PhysicsFinding, finding

PHYSICS_REPORTER = "agreed values"
# Values are told to a tenth of their unit.
SIGMA_ROUNDING = 0.05
_HARMLESS = {CauseKind.ROUNDING, CauseKind.MINUTE}
_FROM_FIGURES = (Quantity.LAUNCH_TIME, Quantity.APOGEE, Quantity.RANGE, Quantity.FLIGHT_TIME)


class AgreedBasis(enum.StrEnum):
    """What an agreed value rests on."""

    SIDES = "sides"
    ONE_SIDE = "one side"
    TRACKS = "tracks"
    PHYSICS = "physics"


class AgreedValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value with its standard deviation, in the quantity's unit; a count has none.

    `nation` is whose figure it is where `basis` is one side.
    """

    quantity: Quantity
    value: float
    sigma: float
    basis: AgreedBasis
    nation: str | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.sigma)):
            raise ValueError(f"{self.quantity}: value and sigma must be finite")
        if self.quantity is Quantity.MISSILES:
            if self.value != round(self.value) or self.value < 1.0 or self.sigma != 0.0:
                raise ValueError("missiles: a whole number from 1 on, with sigma 0, is needed")
        elif self.sigma <= 0.0:
            raise ValueError(f"{self.quantity}: sigma must be above 0; nothing is known exactly")
        if (self.basis is AgreedBasis.ONE_SIDE) != (self.nation is not None):
            raise ValueError(f"{self.quantity}: `nation` is given where the basis is one side")


def usual_values(compared: Comparison) -> tuple[AgreedValue, ...]:
    """What both sides' figures and the tracks allow without anybody's judgement.

    The tracks' value where there are tracks; else what all parties' rounded figures have in common.
    A quantity whose figures differ by more than rounding is left open.
    """
    values = []
    for quantity in _FROM_FIGURES:
        track = compared.track(quantity)
        if track is not None:
            values.append(
                AgreedValue(
                    quantity=quantity,
                    value=track.value,
                    sigma=track.sigma,
                    basis=AgreedBasis.TRACKS,
                )
            )
        else:
            common = _in_common(compared, quantity)
            values += [] if common is None else [common]
    counts = {f.value for f in _exact_figures(compared, Quantity.MISSILES)}
    if len(counts) == 1 and len(_exact_figures(compared, Quantity.MISSILES)) > 1:
        values.append(
            AgreedValue(
                quantity=Quantity.MISSILES, value=counts.pop(), sigma=0.0, basis=AgreedBasis.SIDES
            )
        )
    return tuple(values)


def physics_of(launch: PublishedLaunch, values: tuple[AgreedValue, ...]) -> PhysicsFinding | None:
    """What physics says of the agreed apogee and range; None where one of them is open."""
    by = {value.quantity: value for value in values}
    apogee, distance = by.get(Quantity.APOGEE), by.get(Quantity.RANGE)
    if apogee is None or distance is None:
        return None
    return finding(launch, PHYSICS_REPORTER, apogee.value, distance.value, None)


def with_flight_time(
    values: tuple[AgreedValue, ...], physics: PhysicsFinding | None
) -> tuple[AgreedValue, ...]:
    """The values, and the ballistic flight's time where no flight time is among them."""
    has_time = any(value.quantity is Quantity.FLIGHT_TIME for value in values)
    if has_time or physics is None or physics.flight_time_s is None or physics.sigma_s is None:
        return values
    time = AgreedValue(
        quantity=Quantity.FLIGHT_TIME,
        value=physics.flight_time_s,
        sigma=physics.sigma_s,
        basis=AgreedBasis.PHYSICS,
    )
    return (*values, time)


def basis_reasons(
    compared: Comparison, values: tuple[AgreedValue, ...], physics: PhysicsFinding | None
) -> tuple[str, ...]:
    """Why a value does not rest on what it says it rests on; empty where all do."""
    reasons = []
    for value in values:
        held = _held(compared, value, physics)
        if held is None:
            reasons.append(f"{value.quantity}: there is nothing of its basis, `{value.basis}`")
            continue
        low, high, sigma = held
        if not low <= value.value <= high:
            reasons.append(
                f"{value.quantity} {value.value:g}: its basis, `{value.basis}`, allows "
                f"{low:g} to {high:g}"
            )
        elif value.sigma < sigma - SIGMA_ROUNDING:
            reasons.append(
                f"{value.quantity}: a sigma of {value.sigma:g} is less than its basis, "
                f"`{value.basis}`, knows ({sigma:.2g})"
            )
    doubled = {v.quantity for v in values if sum(w.quantity is v.quantity for w in values) > 1}
    return (*reasons, *(f"{quantity}: agreed twice" for quantity in sorted(doubled)))


def _held(
    compared: Comparison, value: AgreedValue, physics: PhysicsFinding | None
) -> tuple[float, float, float] | None:
    """From where to where the basis allows the value, and the least honest sigma."""
    if value.basis is AgreedBasis.TRACKS:
        track = compared.track(value.quantity)
        if track is None:
            return None
        return track.value - 3 * track.sigma, track.value + 3 * track.sigma, track.sigma
    if value.basis is AgreedBasis.PHYSICS:
        if physics is None or physics.flight_time_s is None or physics.sigma_s is None:
            return None
        if value.quantity is not Quantity.FLIGHT_TIME:
            return None
        time_s, sigma_s = physics.flight_time_s, physics.sigma_s
        return time_s - 3 * sigma_s, time_s + 3 * sigma_s, sigma_s
    figures = [
        figure
        for side in compared.sides
        if (figure := side.figure(value.quantity)) is not None
        and side.nation == (value.nation or side.nation)
        and not (value.nation is None and side.is_claim)
    ]
    if not figures or (value.basis is AgreedBasis.SIDES and len(figures) < 2):
        return None
    lows = [f.value - f.half_step for f in figures]
    highs = [math.inf if ">" in f.qualifier else f.value + f.half_step for f in figures]
    return min(lows), max(highs), _least_sigma(figures)


def _least_sigma(figures: list[Figure]) -> float:
    """Nobody is surer than half of what divides the sides, nor than the finer one's rounding.

    A uniform error of half width h has the standard deviation h / sqrt(3). A count has none.
    """
    finest = min(f.half_step for f in figures) / math.sqrt(3.0)
    exact = [f.value for f in figures if not f.qualifier]
    gap = max(exact) - min(exact) if exact else 0.0
    return 0.0 if figures[0].quantity is Quantity.MISSILES else max(finest, gap / 2.0)


def _exact_figures(compared: Comparison, quantity: Quantity) -> list[Figure]:
    return [
        figure
        for side in compared.sides
        if not side.is_claim
        and (figure := side.figure(quantity)) is not None
        and not figure.qualifier
    ]


def _is_harmless(difference: Difference) -> bool:
    """Whether rounding alone suffices, so that the figures may be of one and the same value."""
    cause = difference.causes[0]
    return cause.kind in _HARMLESS and cause.basis is CauseBasis.WORKED_OUT


def _in_common(compared: Comparison, quantity: Quantity) -> AgreedValue | None:
    figures = _exact_figures(compared, quantity)
    differs = [
        difference
        for difference in compared.differences
        if difference.quantity is quantity and not difference.settled
    ]
    if len(figures) < 2 or not all(_is_harmless(d) for d in differs):
        return None
    low = max(f.value - f.half_step for f in figures)
    high = min(f.value + f.half_step for f in figures)
    if low > high:
        return None
    return AgreedValue(
        quantity=quantity,
        value=round((low + high) / 2.0, 1),
        sigma=round(_least_sigma(figures), 1),
        basis=AgreedBasis.SIDES,
    )
