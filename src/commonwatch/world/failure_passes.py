"""Passes after launches that failed and misled those who watched, with notional sensors.

2022-11-03: an intercontinental missile failed in its second stage, was lost over the sea and came
down 760 km away; that it "has passed" was told of a passage that was never observed. 2023-04-13:
after a stage had parted few detections were left, and from these a track was made that led to land
where nothing fell. Places, apogees and ranges are the published ones of
`commonwatch.catalogue` (NK20221102-01, NK20230412-01); boosters, sensors and what these saw are
notional.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.limits import DRAWS_MAX
from commonwatch.trajectory.geodesic import Place, distance_and_azimuth
from commonwatch.utc import parse_utc
from commonwatch.world.boosters import LONG_RANGE
from commonwatch.world.coefficients import Shape, draw_coefficient
from commonwatch.world.drawn_lift import Kind, draw_lift
from commonwatch.world.flight import Flight, Lift, fly
from commonwatch.world.notional_sensors import notional_sensors
from commonwatch.world.scene import Scene
from commonwatch.world.sensing import Observation, observe
from commonwatch.world.staged_flight import (
    draw_piece_parting,
    draw_stage_parting,
    part,
    stage_ends_s,
)


@dataclass(frozen=True, slots=True)
class Published:
    """A launch as it was published: when, where from, which way, and the figures drawn about."""

    lift_off: str
    launch: Place
    bearing_deg: float
    kind: Kind


LOST_2022_11_03 = "lost-2022-11-03"
LOST_2023_04_13 = "lost-2023-04-13"
PUBLISHED = {
    LOST_2022_11_03: Published(
        "2022-11-02T22:39:00Z",
        Place(39.203, 125.709),
        72.0,
        Kind(LONG_RANGE, (1900.0, 1940.0), (750.0, 770.0), ground_m=100.0),
    ),
    LOST_2023_04_13: Published(
        "2023-04-12T22:22:00Z",
        Place(39.112, 125.998),
        63.0,
        Kind(LONG_RANGE, (2000.0, 3000.0), (950.0, 1050.0), ground_m=100.0),
    ),
}
FAILURE_KINDS = tuple(PUBLISHED)
# The second stage fails so long after it ignites and before it would be burnt out.
SECOND_BURNS_MIN_S = 10.0
# The third stage burns for so long and fails (2023-04-13).
THIRD_BURNS_S = (1.0, 8.0)
# What fails after the second stage has parted comes down in the sea, so far away.
SEA_KM = (400.0, 1050.0)
# 2022-11-03: the last plot is had between so long after the thrust ended and after the top (s).
LAST_SEEN_S = (20.0, 60.0)
# 2023-04-13: so many plots are had of all that flies on from the last parting.
PLOTS_LEFT = (3, 10)
LEFT_WITHIN_S = 120.0


def draw_failure(kind: str, number: int, rng: np.random.Generator, shape: Shape) -> Scene:
    """A pass of one of FAILURE_KINDS."""
    published = PUBLISHED[kind]
    draw = draw_2022_11_03 if kind == LOST_2022_11_03 else draw_2023_04_13
    flights, observation = draw(published, notional_sensors(), rng, shape)
    return Scene(f"{kind}-{number:03d}", flights, notional_sensors(), observation)


def draw_2022_11_03(
    published: Published, sensors: tuple[Sensor, ...], rng: np.random.Generator, shape: Shape
) -> tuple[tuple[Flight, ...], Observation]:
    """Thrust ends within the second stage; nothing is seen of it from about the top on."""
    lift = draw_lift(
        published.kind,
        published.launch,
        published.bearing_deg,
        rng,
        draw_coefficient(rng, shape),
        fails_in_second_stage,
    )
    body = fly("L1", parse_utc(published.lift_off), lift)
    first_end_s = stage_ends_s(lift.booster, lift.cutoff_s)[0]
    flights = (body, part(body, draw_stage_parting("S1", body, first_end_s, rng)))
    seen = observe(flights, sensors, rng)
    last_s = float(rng.uniform(body.burnout_s + LAST_SEEN_S[0], body.apogee_s + LAST_SEEN_S[1]))
    return flights, thinned(seen, ("L1",), body.lift_off_s + last_s, 0, rng)


def fails_in_second_stage(lift: Lift) -> bool:
    """Whether thrust ends within the second stage, neither at its start nor at its end."""
    ends_s = np.cumsum([stage.burn_s for stage in lift.booster.stages])
    return bool(ends_s[0] + SECOND_BURNS_MIN_S < lift.cutoff_s < ends_s[1])


def draw_2023_04_13(
    published: Published, sensors: tuple[Sensor, ...], rng: np.random.Generator, shape: Shape
) -> tuple[tuple[Flight, ...], Observation]:
    """Two stages part, the third fails and breaks; from the last parting few plots are had."""
    for _ in range(DRAWS_MAX):
        lift = draw_lift(
            published.kind,
            published.launch,
            published.bearing_deg,
            rng,
            draw_coefficient(rng, shape),
            needs_three_stages,
        )
        ends_s = stage_ends_s(lift.booster, lift.cutoff_s)
        fails_s = ends_s[1] + float(rng.uniform(*THIRD_BURNS_S))
        body = fly("L1", parse_utc(published.lift_off), replace(lift, cutoff_s=fails_s))
        if body.impact is None:
            continue
        distance_m, _azimuth_deg = distance_and_azimuth(published.launch, body.impact.place)
        if SEA_KM[0] <= distance_m / 1e3 <= SEA_KM[1]:
            flights = (
                body,
                part(body, draw_stage_parting("S1", body, ends_s[0], rng)),
                part(body, draw_stage_parting("S2", body, ends_s[1], rng)),
                part(body, draw_piece_parting("D1", fails_s, rng)),
            )
            seen = observe(flights, sensors, rng)
            left = int(rng.integers(PLOTS_LEFT[0], PLOTS_LEFT[1] + 1))
            parted_s = body.lift_off_s + ends_s[1]
            return flights, thinned(seen, ("L1", "S2", "D1"), parted_s, left, rng)
    raise UnusableInput(f"none of {DRAWS_MAX} boosters drawn fell into the sea; try another seed")


def needs_three_stages(lift: Lift) -> bool:
    """Whether the third stage would have burnt for longer than it does before it fails."""
    ends_s = stage_ends_s(lift.booster, lift.cutoff_s)
    return len(ends_s) == 2 and lift.cutoff_s - ends_s[1] > THIRD_BURNS_S[1]


def thinned(
    seen: Observation, names: tuple[str, ...], from_s: float, left: int, rng: np.random.Generator
) -> Observation:
    """An observation in which of some objects only so many plots are left from a moment on.

    Those that are left fall within two minutes of it. False plots and other objects stay.
    """
    theirs = [
        row
        for row, (plot, label) in enumerate(zip(seen.plots, seen.labels, strict=True))
        if label in names and plot.time_s >= from_s
    ]
    soon = [row for row in theirs if seen.plots[row].time_s < from_s + LEFT_WITHIN_S]
    kept = set(rng.choice(soon, min(left, len(soon)), replace=False).tolist()) if soon else set()
    gone = set(theirs) - kept
    rows = [row for row in range(len(seen.plots)) if row not in gone]
    return replace(
        seen,
        plots=tuple(seen.plots[row] for row in rows),
        labels=tuple(seen.labels[row] for row in rows),
    )
