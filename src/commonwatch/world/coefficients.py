"""Ballistic coefficients of what flies in drawn passes (kg/m2). Notional: of no real vehicle."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

# What the estimator states as its prior: nearly always a slender body close to the typical
# coefficient, seldom anything in a wide span.
TYPICAL_KG_M2 = 6000.0
TYPICAL_LOG_SIGMA = 0.005
TYPICAL_PROBABILITY = 0.98
ODD_KG_M2 = (2500.0, 10_000.0)
# Spent stages and debris tumble, so that air takes them sooner and nobody knows how soon.
TUMBLING_KG_M2 = 1200.0
TUMBLING_LOG_SIGMA = 0.5
# What pulls up and glides is of no slender body's shape.
GLIDING_KG_M2 = (3000.0, 9000.0)

Shape = Literal["either", "typical", "odd"]


def draw_coefficient(rng: np.random.Generator, shape: Shape = "either") -> float:
    """Of a payload: close to 6,000 with probability 0.98, else log-uniform in 2,500 to 10,000.

    `typical` asks for the first alone, `odd` for the second.
    """
    typical = rng.random() < TYPICAL_PROBABILITY
    near = TYPICAL_KG_M2 * math.exp(TYPICAL_LOG_SIGMA * rng.standard_normal())
    low, high = ODD_KG_M2
    odd = low * (high / low) ** rng.random()
    if shape == "either":
        return near if typical else odd
    return near if shape == "typical" else odd


def draw_tumbling_coefficient(rng: np.random.Generator) -> float:
    """Of a spent stage or a piece: log-normal about 1,200, sigma of the logarithm 0.5."""
    return TUMBLING_KG_M2 * math.exp(TUMBLING_LOG_SIGMA * float(rng.standard_normal()))


def draw_gliding_coefficient(rng: np.random.Generator) -> float:
    """Of what pulls up and glides: uniform in 3,000 to 9,000."""
    return float(rng.uniform(*GLIDING_KG_M2))
