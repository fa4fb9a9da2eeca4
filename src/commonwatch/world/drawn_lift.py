"""What a drawn flight starts from: a place, a direction, a booster that reaches where it should."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from commonwatch.errors import UnusableInput
from commonwatch.limits import DRAWS_MAX
from commonwatch.trajectory.flight_solution import FlightGoal, flight_to
from commonwatch.trajectory.geodesic import Place, destination
from commonwatch.trajectory.keplerian_arc import IUGG_MEAN_RADIUS_M
from commonwatch.world.boosters import (
    LONG_RANGE,
    MIDDLE_RANGE,
    SHORT_RANGE,
    Template,
    draw_template,
)
from commonwatch.world.coefficients import Shape, draw_coefficient
from commonwatch.world.flight import Lift

EARLIEST_S = 1_704_067_200.0  # 2024-01-01T00:00:00Z
SPREAD_S = 2.0 * 365.25 * 86400.0
HIGHEST_GROUND_M = 1500.0
# A launch direction strays by so much from where the sensors expect it.
STRAY_DEG = 8.0


@dataclass(frozen=True, slots=True)
class Kind:
    """What flies: a booster class, and the spans of apogee and range (km).

    `apogee_shares` in place of apogees: shares of the apogee of the arc that takes the least speed
    over that range. The launch place is up to `ground_m` high.
    """

    template: Template
    apogee_km: tuple[float, float] | None
    range_km: tuple[float, float]
    apogee_shares: tuple[float, float] | None = None
    ground_m: float = HIGHEST_GROUND_M

    def draw_apogee_m(self, range_m: float, rng: np.random.Generator) -> float:
        """An apogee (m) for a flight over that range (m)."""
        if self.apogee_shares is not None:
            return least_speed_apogee_m(range_m) * float(rng.uniform(*self.apogee_shares))
        low_km, high_km = self.apogee_km or (0.0, 0.0)
        return float(rng.uniform(low_km, high_km)) * 1e3


LOFTED = Kind(LONG_RANGE, (1500.0, 6500.0), (500.0, 1200.0))
OVERFLIGHT = Kind(MIDDLE_RANGE, (500.0, 1300.0), (2500.0, 5000.0))
SHORT = Kind(SHORT_RANGE, (60.0, 150.0), (250.0, 700.0))
# From a kilometre up the same burn would carry a thousand kilometres farther than was solved for.
FULL_RANGE = Kind(LONG_RANGE, None, (8000.0, 11000.0), (0.75, 1.3), ground_m=50.0)
DEPRESSED = Kind(MIDDLE_RANGE, None, (1500.0, 3500.0), (0.35, 0.65))
DEPRESSED_FAR = Kind(LONG_RANGE, None, (4000.0, 9000.0), (0.35, 0.65), ground_m=50.0)
GLIDING = Kind(SHORT_RANGE, (60.0, 100.0), (350.0, 550.0))
# A satellite launch with a coast first flies this, and is kicked into orbit about its apogee.
TO_ORBIT = Kind(MIDDLE_RANGE, (300.0, 700.0), (2200.0, 3200.0))


@dataclass(frozen=True, slots=True)
class Start:
    """Where, when (POSIX s) and in which direction a pass begins, and what shape its payloads have.

    The direction is the one that the sensors stand about; a flight strays from it.
    """

    launch: Place
    lift_off_s: float
    azimuth_deg: float
    shape: Shape = "either"


def least_speed_apogee_m(range_m: float) -> float:
    """Apogee (m) of the arc of least speed over a range on a sphere that does not turn.

    The empty focus lies on the chord from launch to impact (Battin, An Introduction to the
    Mathematics and Methods of Astrodynamics, section 6.2).
    """
    half = 0.5 * range_m / IUGG_MEAN_RADIUS_M
    return 0.5 * IUGG_MEAN_RADIUS_M * (math.sin(half) + math.cos(half) - 1.0)


def draw_start(rng: np.random.Generator, shape: Shape = "either") -> Start:
    """A pass somewhere on Earth in 2024 or 2025."""
    return Start(
        draw_place(rng),
        EARLIEST_S + float(np.floor(rng.uniform(0.0, SPREAD_S))),
        float(rng.uniform(0.0, 360.0)),
        shape,
    )


def draw_place(rng: np.random.Generator) -> Place:
    """A launch place: anywhere, or on purpose near the date line, far south, or near a pole."""
    choice = int(rng.integers(4))
    lat_deg = float(np.degrees(np.arcsin(rng.uniform(-0.95, 0.95))))
    lon_deg = float(rng.uniform(-180.0, 180.0))
    if choice == 1:
        lon_deg = float(rng.uniform(355.0, 365.0) % 360.0 - 180.0)
    if choice == 2:
        lat_deg = float(rng.uniform(-65.0, -5.0))
    if choice == 3:
        lat_deg = float(rng.choice([-1.0, 1.0]) * rng.uniform(60.0, 78.0))
    return Place(round(lat_deg, 3), round(lon_deg, 3))


def draw_direction(start: Start, rng: np.random.Generator) -> float:
    """The azimuth of a flight (deg), close to where the sensors stand about."""
    return (start.azimuth_deg + float(rng.uniform(-STRAY_DEG, STRAY_DEG))) % 360.0


def draw_lift(
    kind: Kind,
    launch: Place,
    azimuth_deg: float,
    rng: np.random.Generator,
    coefficient_kg_m2: float | None = None,
    accepted: Callable[[Lift], bool] = lambda _lift: True,
) -> Lift:
    """Booster and steering of a kind towards a direction; both are drawn until they agree.

    Steering is found for a launch from the ellipsoid and flown from the place's own height, which
    changes the figures by a little. Raises UnusableInput where no draw could be flown and was
    `accepted`.
    """
    height_m = float(rng.uniform(0.0, kind.ground_m))
    coefficient = draw_coefficient(rng) if coefficient_kg_m2 is None else coefficient_kg_m2
    for _ in range(DRAWS_MAX):
        template = draw_template(kind.template, rng, coefficient)
        range_m = float(rng.uniform(*kind.range_km)) * 1e3
        apogee_m = kind.draw_apogee_m(range_m, rng)
        goal = FlightGoal(launch, apogee_m, destination(launch, azimuth_deg, range_m))
        found = flight_to(goal, template.steered, coefficient)
        if found is None:
            continue
        lift = Lift(launch, height_m, found.booster, found.steering, found.cutoff_s, coefficient)
        if accepted(lift):
            return lift
    raise UnusableInput(f"none of {DRAWS_MAX} boosters drawn could fly; try another seed")
