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
from commonwatch.world.gliding_flight import Glide, fly_glide
from commonwatch.world.notional_sensors import moved_sensors, notional_sensors
from commonwatch.world.orbital_flight import fly_to_orbit, kick_for
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
MIXED_KINDS = ("biased", "pair", "salvo", "glide", "orbit")
KIND_NAMES = (*KINDS, *MIXED_KINDS)
# A satellite launch first flies this, and is kicked into orbit about its apogee.
TO_ORBIT = Kind(MIDDLE_RANGE, (300.0, 700.0), (2200.0, 3200.0))
KICK_M_S = 6000.0
GLIDING = Kind(SHORT_RANGE, (60.0, 100.0), (350.0, 550.0))
SALVO_FALSE_PLOTS = 0.05


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


def draw_lift(kind: Kind, launch: Place, azimuth_deg: float, rng: np.random.Generator) -> Lift:
    """Booster and steering of a kind towards a direction; both are drawn until they agree.

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
        if found is not None:
            return Lift(
                launch, height_m, found.booster, found.steering, found.cutoff_s, coefficient
            )
    raise UnusableInput(f"none of {DRAWS_MAX} boosters drawn could fly; try another seed")


@dataclass(frozen=True, slots=True)
class Start:
    """Where, when (POSIX s) and in which direction a pass begins."""

    launch: Place
    lift_off_s: float
    azimuth_deg: float


def draw_scene(kind: str, number: int, rng: np.random.Generator) -> Scene:
    """A pass of one of KIND_NAMES: `biased` is lofted, `pair` two far apart, `orbit` does not fall.

    Raises UnusableInput for another kind.
    """
    if kind not in KIND_NAMES:
        raise UnusableInput(f"kind `{kind}` is not known; it is one of {', '.join(KIND_NAMES)}")
    start = Start(
        draw_place(rng),
        EARLIEST_S + float(np.floor(rng.uniform(0.0, SPREAD_S))),
        float(rng.uniform(0.0, 360.0)),
    )
    sensors = moved_sensors(notional_sensors(), start.launch, start.azimuth_deg)
    if kind == "biased":
        sensors = tuple(with_bias(sensor) for sensor in sensors)
    if kind == "salvo":
        sensors = tuple(with_clutter(sensor) for sensor in sensors)
    flights = draw_flights(kind, start, rng)
    return Scene(f"{kind}-{number:03d}", flights, sensors, observe(flights, sensors, rng))


def draw_flights(kind: str, start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """The flights of a pass of that kind."""
    if kind == "salvo":
        return draw_salvo(start, rng)
    launch, lift_off_s = start.launch, start.lift_off_s
    towards_deg = (start.azimuth_deg + float(rng.uniform(-8.0, 8.0))) % 360.0
    if kind == "glide":
        lift = draw_lift(GLIDING, launch, towards_deg, rng)
        glide = Glide(
            float(rng.uniform(30e3, 42e3)),
            float(rng.uniform(1.5, 3.0)),
            float(rng.uniform(20.0, 50.0)),
        )
        return (fly_glide("L1", lift_off_s, lift, glide),)
    if kind == "orbit":
        lift = draw_lift(TO_ORBIT, launch, towards_deg, rng)
        kick = kick_for(
            KICK_M_S, float(rng.uniform(150.0, 250.0)), lift.ballistic_coefficient_kg_m2
        )
        return (fly_to_orbit("L1", lift_off_s, lift, kick),)
    if kind == "pair":
        one = KINDS[str(rng.choice(["lofted", "overflight"]))]
        other = beside(launch, start.azimuth_deg, rng)
        later_s = lift_off_s + float(np.floor(rng.uniform(0.0, 90.0)))
        return (
            fly("L1", lift_off_s, draw_lift(one, launch, towards_deg, rng)),
            fly("L2", later_s, draw_lift(one, other, towards_deg, rng)),
        )
    one = KINDS["lofted" if kind == "biased" else kind]
    return (fly("L1", lift_off_s, draw_lift(one, launch, towards_deg, rng)),)


def draw_salvo(start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """Two to four places within 150 km, each with a pair of short flights seconds apart."""
    flights: list[Flight] = []
    lift_off_s = start.lift_off_s
    for _ in range(int(rng.integers(2, 5))):
        aside_deg, apart_m = float(rng.uniform(0.0, 360.0)), float(rng.uniform(0.0, 150e3))
        place = destination(start.launch, aside_deg, apart_m)
        towards_deg = (start.azimuth_deg + float(rng.uniform(-6.0, 6.0))) % 360.0
        lift = draw_lift(KINDS["short"], place, towards_deg, rng)
        flights.append(fly(f"L{len(flights) + 1}", lift_off_s, lift))
        delay_s = float(np.floor(rng.uniform(5.0, 20.0)))
        turned_deg = (lift.steering.azimuth_deg + float(rng.uniform(-0.5, 0.5))) % 360.0
        second = replace(lift, steering=replace(lift.steering, azimuth_deg=turned_deg))
        flights.append(fly(f"L{len(flights) + 1}", lift_off_s + delay_s, second))
        lift_off_s += float(np.floor(rng.uniform(40.0, 400.0)))
    return tuple(flights)


def beside(launch: Place, azimuth_deg: float, rng: np.random.Generator) -> Place:
    """A second launch place, 150 to 300 km to one side of the first."""
    side_deg = azimuth_deg + float(rng.choice([-90.0, 90.0]))
    place = destination(launch, side_deg, float(rng.uniform(150e3, 300e3)))
    return Place(round(place.lat_deg, 3), round(place.lon_deg, 3))


def with_clutter(sensor: Sensor) -> Sensor:
    """A radar with more false plots; an infrared sensor stays as it is."""
    if sensor.kind != "radar":
        return sensor
    return replace(sensor, false_plots_per_scan=SALVO_FALSE_PLOTS)


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
