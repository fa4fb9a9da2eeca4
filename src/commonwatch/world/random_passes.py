"""Passes drawn by chance anywhere on the Earth, to test an estimator on flights it has not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.limits import DRAWS_MAX
from commonwatch.trajectory.flight_solution import FlightGoal, flight_to
from commonwatch.trajectory.geodesic import Place, destination
from commonwatch.world.boosters import (
    LONG_RANGE,
    MIDDLE_RANGE,
    SHORT_RANGE,
    Template,
    draw_template,
)
from commonwatch.world.flight import Flight, Lift, fly
from commonwatch.world.notional_sensors import moved_sensors, notional_sensors
from commonwatch.world.scene import Scene
from commonwatch.world.sensing import observe

EARLIEST_S = 1_704_067_200.0  # 2024-01-01T00:00:00Z
SPREAD_S = 2.0 * 365.25 * 86400.0
HIGHEST_GROUND_M = 1500.0
BIASED_RANGE_M = 20.0
BIASED_ANGLE_DEG = 0.05


@dataclass(frozen=True, slots=True)
class Kind:
    """What flies: a booster class, and the spans of apogee and range (km)."""

    template: Template
    apogee_km: tuple[float, float]
    range_km: tuple[float, float]


KINDS = {
    "lofted": Kind(LONG_RANGE, (1500.0, 6500.0), (500.0, 1200.0)),
    "overflight": Kind(MIDDLE_RANGE, (500.0, 1300.0), (2500.0, 5000.0)),
    "short": Kind(SHORT_RANGE, (60.0, 150.0), (250.0, 700.0)),
}
KIND_NAMES = (*KINDS, "biased", "pair")


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


def draw_flight(
    name: str, lift_off_s: float, kind: Kind, launch: Place, azimuth_deg: float,
    rng: np.random.Generator,
) -> Flight:  # fmt: skip
    """A flight of a kind towards a direction; boosters and figures are drawn until they agree.

    Steering is found for a launch from the ellipsoid and flown from the place's own height, which
    changes the figures by a little. Raises UnusableInput where no draw could be flown.
    """
    height_m = float(rng.uniform(0.0, HIGHEST_GROUND_M))
    for _ in range(DRAWS_MAX):
        template = draw_template(kind.template, rng)
        apogee_m = float(rng.uniform(*kind.apogee_km)) * 1e3
        range_m = float(rng.uniform(*kind.range_km)) * 1e3
        goal = FlightGoal(launch, apogee_m, destination(launch, azimuth_deg, range_m))
        coefficient = template.ballistic_coefficient_kg_m2
        found = flight_to(goal, template.steered, coefficient)
        if found is None:
            continue
        lift = Lift(launch, height_m, found.booster, found.steering, found.cutoff_s, coefficient)
        return fly(name, lift_off_s, lift)
    raise UnusableInput(
        f"flight {name}: none of {DRAWS_MAX} boosters drawn could fly it; try another seed"
    )


def draw_scene(kind: str, number: int, rng: np.random.Generator) -> Scene:
    """A pass of kind `lofted`, `overflight`, `short`, `biased` (lofted) or `pair`.

    Raises UnusableInput for another kind.
    """
    if kind not in KIND_NAMES:
        raise UnusableInput(f"kind `{kind}` is not known; it is one of {', '.join(KIND_NAMES)}")
    launch, azimuth_deg = draw_place(rng), float(rng.uniform(0.0, 360.0))
    lift_off_s = EARLIEST_S + float(np.floor(rng.uniform(0.0, SPREAD_S)))
    sensors = moved_sensors(notional_sensors(), launch, azimuth_deg)
    if kind == "biased":
        sensors = tuple(with_bias(sensor) for sensor in sensors)
    flying = [kind]
    if kind == "biased":
        flying = ["lofted"]
    elif kind == "pair":
        flying = [str(rng.choice(["lofted", "overflight"]))] * 2
    flights = []
    for count, one in enumerate(flying, start=1):
        towards_deg = (azimuth_deg + float(rng.uniform(-8.0, 8.0))) % 360.0
        flights.append(draw_flight(f"L{count}", lift_off_s, KINDS[one], launch, towards_deg, rng))
        launch = beside(launch, azimuth_deg, rng)
        lift_off_s += float(np.floor(rng.uniform(0.0, 90.0)))
    observation = observe(tuple(flights), sensors, rng)
    return Scene(f"{kind}-{number:03d}", tuple(flights), sensors, observation)


def beside(launch: Place, azimuth_deg: float, rng: np.random.Generator) -> Place:
    """A second launch place, 150 to 300 km to one side of the first."""
    side_deg = azimuth_deg + float(rng.choice([-90.0, 90.0]))
    place = destination(launch, side_deg, float(rng.uniform(150e3, 300e3)))
    return Place(round(place.lat_deg, 3), round(place.lon_deg, 3))


def with_bias(sensor: Sensor) -> Sensor:
    """A radar with constant errors of unknown size; an infrared sensor stays as it is."""
    if sensor.kind != "radar":
        return sensor
    return replace(
        sensor,
        bias_sigma_range_m=BIASED_RANGE_M,
        bias_sigma_azimuth_deg=BIASED_ANGLE_DEG,
        bias_sigma_elevation_deg=BIASED_ANGLE_DEG,
    )
