"""Where a gliding body may come down: nobody knows how it will use its lift, so all ways count."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.estimate.predict import Descent, Outlook
from commonwatch.trajectory.kernels.arc import height_m
from commonwatch.trajectory.kernels.geodesy import enu_from_ecef_rotation, geodetic_from_ecef
from commonwatch.trajectory.kernels.lifted import BODY_COLUMNS, NOT_DOWN, lifted_path

Array = NDArray[np.float64]

# What gliding bodies may be like, all notional: lift over drag, ballistic coefficient (kg/m2).
LIFTS_OVER_DRAG = (0.2, 1.0, 2.0, 3.0, 4.0)
COEFFICIENTS_KG_M2 = (3000.0, 5000.0, 8000.0)
LIFT_MAX_M_S2 = 50.0
ANSWER_PER_S = 0.35
STEP_S = 1.0
STEPS_MAX = 1500
# It may turn: so much of the distance still to fly, to either side, one sigma.
TURNED_SHARE = 0.22


def outlook_of_glide(powered: PoweredFilter) -> Outlook:
    """Where an object that glides comes down: the spread over all bodies and uses of their lift."""
    ends, times_s = _ends(powered.mean[:6])
    if not len(ends):
        return Outlook(None, 0.0)
    centre = ends.mean(axis=0)
    lat, lon, _height = geodetic_from_ecef(*centre)
    rotation = np.empty((3, 3))
    enu_from_ecef_rotation(lat, lon, rotation)
    offsets = (ends - centre) @ rotation[:2].T
    cov = offsets.T @ offsets / len(ends)
    flown_m = float(np.mean(np.linalg.norm(ends - powered.mean[:3], axis=1)))
    sigma2 = (TURNED_SHARE * flown_m) ** 2 + float(np.trace(powered.cov[:3, :3]))
    cov += sigma2 * np.eye(2)
    here_m = float(height_m(powered.mean[:6]))
    sigma_s = float(np.std(times_s)) + 1.0
    descent = Descent(
        powered.time_s + float(np.mean(times_s)),
        sigma_s,
        lat,
        lon,
        ((float(cov[0, 0]), float(cov[0, 1])), (float(cov[1, 0]), float(cov[1, 1]))),
        powered.time_s,
        here_m,
        math.sqrt(float(np.trace(powered.cov[:3, :3]))),
    )
    return Outlook(descent, 0.0)


def _ends(state: Array) -> tuple[Array, Array]:
    """ECEF places (n, 3) and times (n,) from now at which the bodies come down."""
    states, times_s = np.empty((STEPS_MAX, 6)), np.empty(STEPS_MAX)
    turns = np.empty((0, 2))
    body = np.empty(BODY_COLUMNS)
    ends: list[Array] = []
    after_s: list[float] = []
    for lift_over_drag in LIFTS_OVER_DRAG:
        for coefficient in COEFFICIENTS_KG_M2:
            body[:] = (1.0 / coefficient, lift_over_drag, LIFT_MAX_M_S2, ANSWER_PER_S)
            states[0] = state
            count = lifted_path(body, turns, STEP_S, states, times_s)
            if count != NOT_DOWN:
                ends.append(states[count - 1, :3].copy())
                after_s.append(float(times_s[count - 1]))
    return np.array(ends), np.array(after_s)
