"""Drawn flights that leave spent stages or pieces behind, fail, or burn straight into orbit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from commonwatch.errors import UnusableInput
from commonwatch.limits import DRAWS_MAX
from commonwatch.world.boosters import SPACE_THREE_STAGES, SPACE_TWO_STAGES, draw_template
from commonwatch.world.coefficients import draw_coefficient
from commonwatch.world.drawn_lift import (
    FULL_RANGE,
    HIGHEST_GROUND_M,
    LOFTED,
    OVERFLIGHT,
    Start,
    draw_direction,
    draw_lift,
)
from commonwatch.world.flight import Flight, Lift, fly
from commonwatch.world.space_launch import Launcher, fly_into_orbit
from commonwatch.world.staged_flight import (
    draw_piece_parting,
    draw_stage_parting,
    part,
    stage_ends_s,
)

STAGED_KINDS = (LOFTED, OVERFLIGHT)
# A stage that has just ignited burns for so long at least before anything else parts.
LEAST_BURN_S = 8.0
LAST_STAGE_PARTS_PROBABILITY = 0.5
DEBRIS_PROBABILITY = 0.4
FAILS_AFTER_S = (60.0, 150.0)
BREAKS_UP_PROBABILITY = 0.4
# Share of the burn at which a launcher of satellites has turned over.
SPACE_TURN_SHARE = (0.55, 0.9)


def draw_staged(start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """A payload `L1`, its spent stages `S1`, `S2`, ... and sometimes pieces `D1`, ..."""
    kind = STAGED_KINDS[int(rng.integers(len(STAGED_KINDS)))]
    towards_deg = draw_direction(start, rng)
    coefficient = draw_coefficient(rng, start.shape)
    lift = draw_lift(kind, start.launch, towards_deg, rng, coefficient, leaves_a_stage)
    payload = fly("L1", start.lift_off_s, lift)
    ends_s = [*stage_ends_s(lift.booster, lift.cutoff_s)]
    if rng.random() < LAST_STAGE_PARTS_PROBABILITY:
        ends_s.append(lift.cutoff_s)
    parts = [
        part(payload, draw_stage_parting(f"S{number}", payload, at_s, rng))
        for number, at_s in enumerate(ends_s, start=1)
    ]
    if rng.random() < DEBRIS_PROBABILITY:
        at_s = ends_s[int(rng.integers(len(ends_s)))]
        numbers = range(1, int(rng.integers(2, 5)))
        parts.extend(part(payload, draw_piece_parting(f"D{n}", at_s, rng)) for n in numbers)
    return (payload, *parts)


def leaves_a_stage(lift: Lift) -> bool:
    """Whether a stage is spent before the last one has to end, and that one burns for a while."""
    ends_s = stage_ends_s(lift.booster, lift.cutoff_s)
    return bool(ends_s) and lift.cutoff_s - ends_s[-1] >= LEAST_BURN_S


def draw_failed(start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """A long-range flight whose thrust fails after 60 to 150 s; it falls whole or in 2 to 4."""
    kind = (LOFTED, FULL_RANGE)[int(rng.integers(2))]
    towards_deg = draw_direction(start, rng)
    coefficient = draw_coefficient(rng, start.shape)
    fails_s = float(rng.uniform(*FAILS_AFTER_S))
    lift = draw_lift(
        kind, start.launch, towards_deg, rng, coefficient, lambda lift: lift.cutoff_s > fails_s
    )
    body = fly("L1", start.lift_off_s, replace(lift, cutoff_s=fails_s))
    if rng.random() >= BREAKS_UP_PROBABILITY:
        return (body,)
    pieces = range(1, int(rng.integers(2, 5)))
    return (body, *(part(body, draw_piece_parting(f"D{n}", fails_s, rng)) for n in pieces))


def draw_space_launch(start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """A launcher of two or three stages that burns straight into orbit; its spent stages fall back.

    Raises UnusableInput where no launcher drawn reaches orbit.
    """
    towards_deg = draw_direction(start, rng)
    coefficient = draw_coefficient(rng, start.shape)
    height_m = float(rng.uniform(0.0, HIGHEST_GROUND_M))
    for _ in range(DRAWS_MAX):
        around = (SPACE_TWO_STAGES, SPACE_THREE_STAGES)[int(rng.integers(2))]
        steered = draw_template(around, rng, coefficient).steered
        launcher = Launcher(
            start.launch,
            height_m,
            steered.booster,
            towards_deg,
            steered.vertical_s,
            steered.booster.burn_s * float(rng.uniform(*SPACE_TURN_SHARE)),
            coefficient,
        )
        try:
            payload = fly_into_orbit("L1", start.lift_off_s, launcher)
        except UnusableInput:
            continue  # too weak or too steep: the next one
        ends_s = stage_ends_s(steered.booster, payload.burnout_s)
        if not ends_s or payload.burnout_s - ends_s[-1] < LEAST_BURN_S:
            continue
        return (
            payload,
            *(
                part(payload, draw_stage_parting(f"S{number}", payload, at_s, rng))
                for number, at_s in enumerate(ends_s, start=1)
            ),
        )
    raise UnusableInput(f"none of {DRAWS_MAX} launchers drawn reached orbit; try another seed")
