"""Notional boosters, and variations of them drawn by chance. No real vehicle is described."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonwatch.trajectory.ascent import Booster, Stage
from commonwatch.trajectory.notional_booster import SteeredBooster

BALLISTIC_COEFFICIENT_KG_M2 = 6000.0


@dataclass(frozen=True, slots=True)
class Template:
    """A booster, how it turns over, and the ballistic coefficient of what is left (kg/m2)."""

    steered: SteeredBooster
    ballistic_coefficient_kg_m2: float


def notional_stage(
    burn_s: float,
    first_m_s2: float,
    last_m_s2: float,
    ballistic_coefficient_kg_m2: float = BALLISTIC_COEFFICIENT_KG_M2,
) -> Stage:
    """A stage by its specific thrust at ignition and when it is burnt out (m/s2)."""
    return Stage(burn_s, first_m_s2, last_m_s2 / first_m_s2, ballistic_coefficient_kg_m2)


LONG_RANGE = Template(
    SteeredBooster(
        Booster(
            "notional three-stage booster",
            (
                notional_stage(80.0, 20.0, 55.0),
                notional_stage(80.0, 25.0, 85.0),
                notional_stage(90.0, 28.0, 85.0),
            ),
        ),
        vertical_s=6.0,
        pitch_over_end_s=40.0,
    ),
    ballistic_coefficient_kg_m2=BALLISTIC_COEFFICIENT_KG_M2,
)
MIDDLE_RANGE = Template(
    SteeredBooster(
        Booster(
            "notional two-stage booster",
            (notional_stage(130.0, 20.0, 65.0), notional_stage(80.0, 24.0, 85.0)),
        ),
        vertical_s=6.0,
        pitch_over_end_s=40.0,
    ),
    ballistic_coefficient_kg_m2=BALLISTIC_COEFFICIENT_KG_M2,
)
SHORT_RANGE = Template(
    SteeredBooster(
        Booster("notional one-stage booster", (notional_stage(85.0, 28.0, 85.0),)),
        vertical_s=4.0,
        pitch_over_end_s=25.0,
    ),
    ballistic_coefficient_kg_m2=BALLISTIC_COEFFICIENT_KG_M2,
)


SPACE_TWO_STAGES = Template(
    SteeredBooster(
        Booster(
            "notional two-stage space launcher",
            (notional_stage(140.0, 15.0, 52.0), notional_stage(300.0, 12.0, 65.0)),
        ),
        vertical_s=8.0,
        pitch_over_end_s=300.0,
    ),
    ballistic_coefficient_kg_m2=BALLISTIC_COEFFICIENT_KG_M2,
)
SPACE_THREE_STAGES = Template(
    SteeredBooster(
        Booster(
            "notional three-stage space launcher",
            (
                notional_stage(120.0, 16.0, 48.0),
                notional_stage(150.0, 15.0, 48.0),
                notional_stage(240.0, 10.0, 45.0),
            ),
        ),
        vertical_s=8.0,
        pitch_over_end_s=300.0,
    ),
    ballistic_coefficient_kg_m2=BALLISTIC_COEFFICIENT_KG_M2,
)


def draw_template(around: Template, rng: np.random.Generator, coefficient_kg_m2: float) -> Template:
    """A booster of the same class with other accelerations, burn and steering times, and drag.

    Lift-off acceleration stays in 13 to 30 m/s2. The coefficient is that of what is left at the
    end; while it burns, the whole vehicle has one of its own in 3,000 to 9,000 kg/m2.
    """
    powered = rng.uniform(3000.0, 9000.0)
    typical = around.steered
    slowest = min(16.0, 0.9 * typical.booster.stages[0].initial_acceleration_m_s2)
    stages = []
    for number, stage in enumerate(typical.booster.stages):
        first = stage.initial_acceleration_m_s2 * rng.uniform(0.85, 1.25)
        first = min(max(first, slowest), 30.0) if number == 0 else first
        last = stage.initial_acceleration_m_s2 * stage.mass_ratio * rng.uniform(0.9, 1.2)
        burn_s = stage.burn_s * rng.uniform(0.85, 1.15)
        stages.append(notional_stage(burn_s, first, last, powered))
    vertical_s = typical.vertical_s * rng.uniform(0.6, 1.5)
    turn_s = (typical.pitch_over_end_s - typical.vertical_s) * rng.uniform(0.7, 1.4)
    booster = Booster(f"{typical.booster.name}, varied", tuple(stages))
    return Template(SteeredBooster(booster, vertical_s, vertical_s + turn_s), coefficient_kg_m2)
