"""Passes drawn by chance anywhere on the Earth, to test an estimator on flights it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.world.coefficients import Shape
from commonwatch.world.drawn_flights import (
    draw_any,
    draw_glide,
    draw_one,
    draw_orbit,
    draw_pair,
    draw_pull_up,
)
from commonwatch.world.drawn_lift import (
    DEPRESSED,
    DEPRESSED_FAR,
    FULL_RANGE,
    LOFTED,
    OVERFLIGHT,
    SHORT,
    Start,
    draw_start,
)
from commonwatch.world.drawn_salvoes import draw_crossing_salvo, draw_salvo
from commonwatch.world.drawn_staged import draw_failed, draw_space_launch, draw_staged
from commonwatch.world.failure_passes import FAILURE_KINDS, draw_failure
from commonwatch.world.flight import Flight
from commonwatch.world.lying_sensor import draw_lie
from commonwatch.world.notional_sensors import moved_sensors, notional_sensors
from commonwatch.world.scene import Scene
from commonwatch.world.sensing import observe
from commonwatch.world.sensor_variations import (
    CLUTTER_FALSE_PLOTS,
    SALVO_FALSE_PLOTS,
    with_bias,
    with_clock,
    with_clutter,
    with_far_radars,
)

Draw = Callable[[Start, np.random.Generator], tuple[Flight, ...]]

# What flies in a pass of each kind.
DRAWS: dict[str, Draw] = {
    "lofted": partial(draw_one, LOFTED),
    "overflight": partial(draw_one, OVERFLIGHT),
    "short": partial(draw_one, SHORT),
    "full-range": partial(draw_one, FULL_RANGE),
    "depressed": partial(draw_any, (DEPRESSED, DEPRESSED_FAR)),
    "biased": partial(draw_one, LOFTED),
    "clocked": partial(draw_any, (LOFTED, OVERFLIGHT, SHORT)),
    "biased-all": partial(draw_any, (LOFTED, OVERFLIGHT, SHORT)),
    "clutter": partial(draw_any, (LOFTED, SHORT)),
    "lying": partial(draw_any, (LOFTED, OVERFLIGHT)),
    "pair": draw_pair,
    "salvo": draw_salvo,
    "salvo-biased": draw_salvo,
    "salvo-cross": draw_crossing_salvo,
    "glide": draw_glide,
    "pull-up": draw_pull_up,
    "orbit": draw_orbit,
    "space-launch": draw_space_launch,
    "staged": draw_staged,
    "clutter-staged": draw_staged,
    "failed": draw_failed,
}
KIND_NAMES = (*DRAWS, *FAILURE_KINDS)
BIASED_KINDS = ("biased", "biased-all", "salvo-biased")
CLOCKED_KINDS = ("clocked", "biased-all")
CLUTTER = {
    "salvo": SALVO_FALSE_PLOTS,
    "salvo-cross": SALVO_FALSE_PLOTS,
    "clutter": CLUTTER_FALSE_PLOTS,
    "clutter-staged": CLUTTER_FALSE_PLOTS,
}
FAR_KINDS = ("full-range", "depressed", "space-launch")


def draw_scene(
    kind: str, number: int, rng: np.random.Generator, *, shape: Shape = "either"
) -> Scene:
    """A pass of one of KIND_NAMES.

    `shape` is that of the payloads, as `coefficients.draw_coefficient` has it. Raises UnusableInput
    for another kind.
    """
    if kind in FAILURE_KINDS:
        return draw_failure(kind, number, rng, shape)
    if kind not in DRAWS:
        raise UnusableInput(f"kind `{kind}` is not known; it is one of {', '.join(KIND_NAMES)}")
    start = draw_start(rng, shape)
    flights = DRAWS[kind](start, rng)
    sensors = draw_sensors(kind, start, flights, rng)
    lies = (draw_lie(flights[0], sensors, rng),) if kind == "lying" else ()
    seen = observe(flights, sensors, rng, lies)
    return Scene(f"{kind}-{number:03d}", flights, sensors, seen)


def draw_sensors(
    kind: str, start: Start, flights: tuple[Flight, ...], rng: np.random.Generator
) -> tuple[Sensor, ...]:
    """The notional sensors about a launch, as those of a kind are."""
    sensors = moved_sensors(notional_sensors(), start.launch, start.azimuth_deg)
    if kind in FAR_KINDS:
        sensors = with_far_radars(sensors, start.launch, end_of(flights[0]))
    if kind in BIASED_KINDS:
        sensors = tuple(with_bias(sensor) for sensor in sensors)
    if kind in CLOCKED_KINDS:
        sensors = tuple(with_clock(sensor, rng) for sensor in sensors)
    if kind in CLUTTER:
        sensors = tuple(with_clutter(sensor, CLUTTER[kind]) for sensor in sensors)
    return sensors


def end_of(flight: Flight) -> Place:
    """Where a flight comes down, or what it is above when its thrust ends."""
    if flight.impact is not None:
        return flight.impact.place
    state = flight.state_after_burnout()
    lat_rad, lon_rad, _height_m = geodetic_from_ecef(state[0], state[1], state[2])
    return Place(float(np.degrees(lat_rad)), float(np.degrees(lon_rad)))
