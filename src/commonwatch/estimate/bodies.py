"""What falls: priors of the ballistic coefficient, all notional."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Body:
    """A class of bodies: coefficient (kg/m2), sigma of its logarithm, and how that wanders.

    The walk (per root second) is of the way down, where the coefficient changes with speed and the
    air is not the standard's.
    """

    name: str
    ballistic_coefficient_kg_m2: float
    log_sigma: float
    log_walk_per_root_s: float


def _one_of(name: str, first: Body, second: Body) -> Body:
    """Either of two bodies, as likely: the moments of both together."""
    logs = [math.log(one.ballistic_coefficient_kg_m2) for one in (first, second)]
    variance = (0.5 * (logs[0] - logs[1])) ** 2
    variance += 0.5 * (first.log_sigma**2 + second.log_sigma**2)
    walk = max(first.log_walk_per_root_s, second.log_walk_per_root_s)
    return Body(name, math.exp(0.5 * sum(logs)), math.sqrt(variance), walk)


# In the order of kernels.bank: KNOWN_BODY, UNKNOWN_BODY, STAGE_BODY, EITHER_BODY.
KNOWN = Body("known", 6000.0, 0.005, 0.003)
UNKNOWN = Body("unknown", 5000.0, 0.4, 0.01)
STAGE = Body("stage", 1200.0, 0.6, 0.01)
EITHER = _one_of("either", KNOWN, STAGE)
BODIES = (KNOWN, UNKNOWN, STAGE, EITHER)
# How often a body is none of the known ones.
UNKNOWN_CHANCE = 0.02
UNKNOWN_LOG_ODDS = math.log(UNKNOWN_CHANCE / (1.0 - UNKNOWN_CHANCE))


def body_priors() -> NDArray[np.float64]:
    """The bodies as `kernels.bank.Bank.body_prior` holds them."""
    return np.array(
        [
            (-math.log(one.ballistic_coefficient_kg_m2), one.log_sigma, one.log_walk_per_root_s)
            for one in BODIES
        ]
    )
