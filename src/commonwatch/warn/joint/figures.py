"""Figures of one launch as each side gives them, and how far rounding may have moved each."""

from __future__ import annotations

import enum

import msgspec

LAUNCHING_SIDE = "PRK"
"""Whose launches the catalogue holds: its figures are a claim, and it is no party."""

MINUTE_S = 60.0
ROUND_KM_FROM = 1000.0
# What the published values are multiples of (tests count it): of 85 Japanese ranges 82 are of
# 50 km, of 86 Korean ones all of 10 km; from 1,000 km on both say hundreds.
STEPS_KM = {"JPN": (50.0, 10.0, 1.0), "KOR": (10.0, 1.0)}
STEPS_OTHERS_KM = (10.0, 1.0)
STEP_FAR_KM = 100.0
STEP_CLAIM_KM = 0.1
STEP_ABOUT_S = 300.0


class Quantity(enum.StrEnum):
    """What is compared; the unit of each stands beside it."""

    LAUNCH_TIME = "launch_time"  # POSIX seconds
    APOGEE = "apogee"  # km above the ellipsoid
    RANGE = "range"  # km along the ground
    FLIGHT_TIME = "flight_time"  # s from lift-off to impact
    MISSILES = "missiles"  # how many


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value of one side; `qualifier` is "" for the value itself, else ">", ">=" or "<=".

    `half_step` is how far rounding may have moved it. `first` is what the side said at first, where
    it has corrected itself since.
    """

    quantity: Quantity
    value: float
    qualifier: str = ""
    half_step: float = 0.0
    first: float | None = None


class Side(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one government says now of one launch.

    `irregular`, `assumes_ballistic`, `low_part_unseen` and `another_object` are true where it says
    so itself: of the flight, of its own figures, and of why it corrected them.
    """

    reporter: str
    nation: str
    figures: tuple[Figure, ...]
    irregular: bool = False
    assumes_ballistic: bool = False
    low_part_unseen: bool = False
    another_object: bool = False
    corrected_on: str | None = None
    sources: tuple[str, ...] = ()

    @property
    def is_claim(self) -> bool:
        """Whether this is the launching side's own claim."""
        return self.nation == LAUNCHING_SIDE

    def figure(self, quantity: Quantity) -> Figure | None:
        """Its figure of that quantity, None where it gives none."""
        return next((f for f in self.figures if f.quantity is quantity), None)


def half_step_km(nation: str, value_km: float) -> float:
    """Half of the step (km) to which this side's value was likely rounded."""
    if nation == LAUNCHING_SIDE:
        return STEP_CLAIM_KM / 2.0
    steps = STEPS_KM.get(nation, STEPS_OTHERS_KM)
    if value_km >= ROUND_KM_FROM:
        steps = (STEP_FAR_KM, *(step for step in steps if step < 50.0))
    return next((step for step in steps if value_km % step == 0.0), 1.0) / 2.0


def half_step_s(flight_time_s: float, precision: str | None) -> float:
    """Half of the step (s) of a flight time: five minutes, a minute or a second."""
    about = precision is not None and "about" in precision
    if about and flight_time_s % STEP_ABOUT_S == 0.0:
        return STEP_ABOUT_S / 2.0
    # Clock times in minutes: the difference of two readings, each good to half a minute.
    return MINUTE_S if flight_time_s % MINUTE_S == 0.0 else 0.5
