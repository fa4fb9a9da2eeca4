"""A notional flight that does not stay ballistic: it pulls up on the way down and glides on.

The kind of 2019-07-25. An estimator must notice that the motion fits gravity and drag no longer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import UnusableInput
from commonwatch.limits import GLIDE_STEPS_MAX
from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels.lifted import (
    ANSWER_PER_S,
    BODY_COLUMNS,
    INVERSE_BALLISTIC_COEFFICIENT,
    LIFT_MAX_M_S2,
    LIFT_OVER_DRAG,
    NOT_DOWN,
    TURN_BEGINS_S,
    TURN_COLUMNS,
    TURN_RIGHT_M_S2,
    lifted_path,
)
from commonwatch.world.flight import Flight, Lift, fly, ground_event

STEP_S = 0.1
# How strongly lift answers a climb rate that is not the one wanted (1/s), notional.
NOTIONAL_ANSWER_PER_S = 0.35


@dataclass(frozen=True, slots=True)
class Turn:
    """From when after lift sets in (s) it is drawn aside, and how much (m/s2, right is positive).

    Until the next turn; times are rounded to a tenth of a second.
    """

    begins_s: float
    right_m_s2: float


@dataclass(frozen=True, slots=True)
class Glide:
    """Where lift sets in on the way down (m), lift over drag, the most lift (m/s2), and turns."""

    from_height_m: float
    lift_over_drag: float
    lift_max_m_s2: float
    turns: tuple[Turn, ...] = ()


def fly_glide(name: str, lift_off_s: float, lift: Lift, glide: Glide) -> Flight:
    """Fly a ballistic flight until it sinks through the glide's height, then let lift carry it.

    Lift acts across the velocity: as much upwards as levels the path off, the rest for turns, and
    no more than the air gives. Raises UnusableInput where the flight never sinks through that
    height.
    """
    ballistic = fly(name, lift_off_s, lift)
    heights_m = np.array([arc.height_m(state) for state in ballistic.states_ecef])
    sinking = np.flatnonzero(
        (ballistic.times_s > ballistic.apogee_s) & (heights_m < glide.from_height_m)
    )
    if sinking.size == 0 or ballistic.apogee_height_m <= glide.from_height_m:
        raise UnusableInput(
            f"flight {name}: it never sinks through {glide.from_height_m:.0f} m after its apogee "
            f"at {ballistic.apogee_height_m:.0f} m; glide from a lower height"
        )
    first = int(sinking[0])
    after_s, states = glide_table(
        ballistic.states_ecef[first], body_row(glide, lift.ballistic_coefficient_kg_m2), glide.turns
    )
    times_s = ballistic.times_s[first] + after_s
    return replace(
        ballistic,
        times_s=np.concatenate([ballistic.times_s[:first], times_s]),
        states_ecef=np.concatenate([ballistic.states_ecef[:first], states]),
        impact=ground_event(times_s[-1], states[-1]),
        ballistic=False,
    )


def body_row(glide: Glide, ballistic_coefficient_kg_m2: float) -> NDArray[np.float64]:
    """What lift there is, as the kernel reads it."""
    row = np.empty(BODY_COLUMNS)
    row[INVERSE_BALLISTIC_COEFFICIENT] = 1.0 / ballistic_coefficient_kg_m2
    row[LIFT_OVER_DRAG] = glide.lift_over_drag
    row[LIFT_MAX_M_S2] = glide.lift_max_m_s2
    row[ANSWER_PER_S] = NOTIONAL_ANSWER_PER_S
    return row


def glide_table(
    start: NDArray[np.float64], body: NDArray[np.float64], turns: tuple[Turn, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times (n,) from 0 on and states (n, 6) under lift, every 0.1 s, until the ground."""
    table = np.empty((len(turns), TURN_COLUMNS))
    for row, turn in zip(table, turns, strict=True):
        # Half a step early, lest rounding let it begin a step late.
        row[TURN_BEGINS_S] = round(turn.begins_s / STEP_S) * STEP_S - 0.5 * STEP_S
        row[TURN_RIGHT_M_S2] = turn.right_m_s2
    states = np.empty((GLIDE_STEPS_MAX, 6))
    times_s = np.empty(GLIDE_STEPS_MAX)
    states[0] = start
    count = lifted_path(body, table, STEP_S, states, times_s)
    if count == NOT_DOWN:
        raise UnusableInput(f"glide: still in the air after {GLIDE_STEPS_MAX * STEP_S:.0f} s")
    return times_s[:count].copy(), states[:count].copy()
