"""Powered ascent of a notional booster: what flies between lift-off and burnout.

The model is deliberately plain: constant burn rate in each stage, so that the specific thrust grows
as the mass falls, thrust vertical at first, then turned over linearly in time to a direction that
stays fixed in inertial space. Every booster is notional: no real vehicle is described.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import BrokenInvariant, UnusableInput
from commonwatch.limits import ASCENT_STEPS_MAX
from commonwatch.trajectory.kernels.ascent import DONE, STAGE_COLUMNS, ascend
from commonwatch.trajectory.kernels.geodesy import ecef_from_geodetic, enu_from_ecef_rotation

# Largest Runge-Kutta step of the ascent: at 0.25 s the burnout state of a three-stage flight is
# within 5 cm and 1 mm/s of SciPy's DOP853 (tests/trajectory/test_ascent_against_scipy.py). What is
# left comes from the atmosphere's layers, where the slope of the density jumps.
ASCENT_STEP_MAX_S = 0.25


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: specific thrust at ignition, mass at ignition over mass at burnout (> 1).

    Thrust over mass is a0 / (1 - (1 - 1 / mass_ratio) t / burn_s), t from the stage's ignition.
    The ballistic coefficient (kg/m2) is that of the whole vehicle and stays while the stage burns.
    """

    burn_s: float
    initial_acceleration_m_s2: float
    mass_ratio: float
    ballistic_coefficient_kg_m2: float

    @property
    def mass_loss_per_s(self) -> float:
        """Share of the ignition mass that burns in a second."""
        return (1.0 - 1.0 / self.mass_ratio) / self.burn_s


@dataclass(frozen=True, slots=True)
class Booster:
    """A notional booster: its stages burn one after another without a pause."""

    name: str
    stages: tuple[Stage, ...]

    @property
    def burn_s(self) -> float:
        """Time from lift-off until the last stage is burnt out (s)."""
        return sum(stage.burn_s for stage in self.stages)


@dataclass(frozen=True, slots=True)
class Steering:
    """Thrust vertical for `vertical_s`, elevation then linear in time until `pitch_over_end_s`.

    From then on `elevation_deg` above the launch point's horizon, towards `azimuth_deg` clockwise
    from north, fixed in the Earth-centred frame that is frozen at lift-off.
    """

    vertical_s: float
    pitch_over_end_s: float
    elevation_deg: float
    azimuth_deg: float


@dataclass(frozen=True, slots=True)
class Ascent:
    """States (n, 6) ECEF (m, m/s) at `times_s` (n,) after lift-off; the last one is at burnout.

    Stage changes are among the times, so that interpolation never crosses a jump of the thrust.
    """

    times_s: NDArray[np.float64]
    states_ecef: NDArray[np.float64]
    burnout_s: float


def check_booster(booster: Booster) -> None:
    """Raise UnusableInput where a booster could not be flown."""
    if not booster.stages:
        raise UnusableInput(f"booster {booster.name}: it has no stage; give at least one")
    for number, stage in enumerate(booster.stages, start=1):
        values = (
            ("burn_s", stage.burn_s, 0.0),
            ("initial_acceleration_m_s2", stage.initial_acceleration_m_s2, 0.0),
            ("mass_ratio", stage.mass_ratio, 1.0),
            ("ballistic_coefficient_kg_m2", stage.ballistic_coefficient_kg_m2, 0.0),
        )
        for field, value, above in values:
            if not (math.isfinite(value) and value > above):
                raise UnusableInput(
                    f"booster {booster.name}, stage {number}: {field} is {value}; "
                    f"it must be above {above:g}"
                )
    if booster.stages[0].initial_acceleration_m_s2 <= 10.0:
        raise UnusableInput(
            f"booster {booster.name}: specific thrust at lift-off is "
            f"{booster.stages[0].initial_acceleration_m_s2} m/s2 and cannot lift it; "
            "it must be above 10 m/s2"
        )


def check_steering(steering: Steering) -> None:
    """Raise UnusableInput where a steering programme could not be flown."""
    if not 0.0 <= steering.vertical_s < steering.pitch_over_end_s < math.inf:
        raise UnusableInput(
            f"steering: vertical until {steering.vertical_s} s and pitch-over until "
            f"{steering.pitch_over_end_s} s; the second must be the later, neither below 0"
        )
    if not -90.0 <= steering.elevation_deg <= 90.0 or not math.isfinite(steering.azimuth_deg):
        raise UnusableInput(
            f"steering: elevation {steering.elevation_deg} deg, azimuth {steering.azimuth_deg} "
            "deg; elevation must lie in -90 to 90 and azimuth be finite"
        )


def local_axes_ecef(lat_deg: float, lon_deg: float) -> NDArray[np.float64]:
    """Rows east, north and up (3, 3) of a place, in ECEF; up is the ellipsoid's normal."""
    axes = np.empty((3, 3))
    enu_from_ecef_rotation(math.radians(lat_deg), math.radians(lon_deg), axes)
    return axes


def fly_ascent(
    lat_deg: float,
    lon_deg: float,
    height_m: float,
    booster: Booster,
    steering: Steering,
    cutoff_s: float | None = None,
    *,
    step_s: float = 1.0,
) -> Ascent:
    """Fly a booster from rest on the ground until `cutoff_s`, or until all stages are burnt out.

    States come every `step_s` and at each stage change and burnout. Drag follows the ballistic
    coefficient in the US Standard Atmosphere 1976, gravity goes to J4.

    Raises UnusableInput for a booster, a steering or a cutoff that cannot be flown.
    """
    check_booster(booster)
    check_steering(steering)
    burnout_s = booster.burn_s if cutoff_s is None else cutoff_s
    if not 0.0 < burnout_s <= booster.burn_s + 1e-9:
        raise UnusableInput(
            f"cutoff at {burnout_s} s: booster {booster.name} burns for {booster.burn_s} s; "
            "give a time in between"
        )
    if not (math.isfinite(step_s) and step_s > 0.0):
        raise UnusableInput(f"output step of {step_s} s; it must be above 0")
    starts = np.cumsum([0.0] + [stage.burn_s for stage in booster.stages])
    nodes, kept = ascent_nodes(burnout_s, step_s, starts, steering)
    states = np.empty((nodes.size, 6))
    states[0, :3] = ecef_from_geodetic(math.radians(lat_deg), math.radians(lon_deg), height_m)
    states[0, 3:] = 0.0
    middle = 0.5 * (nodes[:-1] + nodes[1:])
    stage_of_leg = np.clip(
        np.searchsorted(starts, middle, side="right") - 1, 0, len(booster.stages) - 1
    )
    status = ascend(
        nodes,
        stage_of_leg.astype(np.int64),
        stage_table(booster, starts),
        np.array(
            [steering.vertical_s, steering.pitch_over_end_s, math.radians(steering.elevation_deg)]
        ),
        downrange_and_up_ecef(lat_deg, lon_deg, steering.azimuth_deg),
        ASCENT_STEP_MAX_S,
        ASCENT_STEPS_MAX,
        states,
    )
    if status != DONE:
        raise BrokenInvariant(f"ascent of {booster.name} failed with status {status}")
    return Ascent(nodes[kept], states[kept], burnout_s)


def ascent_nodes(
    burnout_s: float, step_s: float, stage_starts_s: NDArray[np.float64], steering: Steering
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Every time at which to stop a step, and which of them are given out."""
    count = math.floor(burnout_s / step_s - 1e-9) + 1
    if count > ASCENT_STEPS_MAX:
        raise UnusableInput(
            f"{count} states of the ascent asked for; at most {ASCENT_STEPS_MAX} are given: "
            "use a longer step"
        )
    given = np.concatenate([np.arange(count) * step_s, stage_starts_s[1:], [burnout_s]])
    given = given[given <= burnout_s]
    bends = np.array([steering.vertical_s, steering.pitch_over_end_s])
    nodes = np.unique(np.concatenate([given, bends[bends < burnout_s]]))
    return nodes, np.isin(nodes, given)


def stage_table(booster: Booster, starts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The stages (n, 4) as the kernel reads them."""
    table = np.empty((len(booster.stages), STAGE_COLUMNS))
    for row, stage in enumerate(booster.stages):
        table[row] = (
            starts[row],
            stage.initial_acceleration_m_s2,
            stage.mass_loss_per_s,
            1.0 / stage.ballistic_coefficient_kg_m2,
        )
    return table


def downrange_and_up_ecef(
    lat_deg: float, lon_deg: float, azimuth_deg: float
) -> NDArray[np.float64]:
    """Horizontal unit vector along an azimuth and the vertical one (2, 3), in ECEF."""
    east, north, up = local_axes_ecef(lat_deg, lon_deg)
    azimuth = math.radians(azimuth_deg)
    return np.array([math.sin(azimuth) * east + math.cos(azimuth) * north, up])
