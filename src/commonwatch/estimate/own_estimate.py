"""What one node's own sensors say of one object, in a form that adds up with others'."""

from __future__ import annotations

import math

import msgspec

from commonwatch.estimate.assessment import GroundPoint


class CoastInformation(msgspec.Struct, frozen=True):
    """Information of a coasting object: matrix (7, 7) and vector (7,) about a reference state.

    States: ECEF position (m), velocity (m/s), natural logarithm of the inverse ballistic
    coefficient (m2/kg). The vector is matrix times (estimate - reference). The prior of the
    ballistic coefficient, which every node shares, is not in it: whoever adds adds that once.
    """

    reference: tuple[float, ...]
    vector: tuple[float, ...]
    matrix: tuple[tuple[float, ...], ...]


class PoweredState(msgspec.Struct, frozen=True):
    """Mean (9,), covariance (9, 9) of a burning object: ECEF position, velocity, specific force."""

    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]


class OwnEstimate(msgspec.Struct, frozen=True):
    """One object at one epoch (POSIX seconds); exactly one of `coast` and `powered` is there.

    `first_plot_s` is the time of the earliest plot that it rests on; minus infinity: not known.
    """

    track: str
    event: str
    epoch_s: float
    last_plot_s: float
    sources: tuple[str, ...]
    status: str
    phase: str
    launch: GroundPoint | None
    burnout_s: float | None
    coast: CoastInformation | None
    powered: PoweredState | None
    first_plot_s: float = -math.inf
