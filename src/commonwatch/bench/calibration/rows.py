"""What is written down of each flight: raw figures, from which every statistic is made later."""

from __future__ import annotations

import msgspec


class GroundRow(msgspec.Struct, frozen=True):
    """A told point on the ground against the true one.

    `of_ellipse` is 1 on the edge of the told 95 % ellipse of those semi-axes (m). `bound_axes_m`
    are the 1-sigma semi-axes of the smallest error that is possible where the drag is known,
    `own_axes_m` where it is not.
    """

    error_m: float
    of_ellipse: float
    axes_m: tuple[float, float]
    time_error_s: float
    time_sigma_s: float
    bound_axes_m: tuple[float, float] | None = None
    own_axes_m: tuple[float, float] | None = None


class StateRow(msgspec.Struct, frozen=True):
    """A told state against the true one; pairs are of position (m) and velocity (m/s).

    NEES are of position (3) and of the whole state (6). Bounds are the roots of the traces.
    """

    errors: tuple[float, float]
    nees_position: float
    nees_state: float
    bound: tuple[float, float] | None = None
    own: tuple[float, float] | None = None


class CheckRow(msgspec.Struct, frozen=True):
    """What was told at one checkpoint; `state` is None where no track is on the object then."""

    mark: str
    state: StateRow | None
    impact: GroundRow | None
    has_impact: bool = True


class ObjectRow(msgspec.Struct, frozen=True):
    """What became of one true object; seconds count from its first plot where not said otherwise.

    `ended_after_s`: from the end of its thrust until it is told as burning no more; `ended_early`:
    it was told so a second before the end or sooner. `manoeuvring_after_s`: from the pull-up.
    `manoeuvring_wrong_s`: seconds told as manoeuvring while it was not. `orbital_probability`: 20 s
    after insertion; `impacts_in_orbit`: seconds with an impact told, from 5 s after insertion on.
    """

    name: str
    part: str
    ballistic_coefficient_kg_m2: float
    plots: int
    completeness: float | None
    breaks: int
    confirmed_after_s: float | None
    first_impact_after_s: float | None
    checks: tuple[CheckRow, ...]
    launch: GroundRow | None = None
    ended_after_s: float | None = None
    ended_early: bool = False
    manoeuvring_after_s: float | None = None
    manoeuvring_wrong_s: int = 0
    orbital_probability: float | None = None
    impacts_in_orbit: int | None = None


class FlightRow(msgspec.Struct, frozen=True):
    """One flight. `spurious` is the share of all track time that is on no object.

    `fault` is what ended the estimator, where anything did. Seconds are of the processor: of the
    estimator alone, and of all else (simulating, scoring).
    """

    flight_class: str
    number: int
    scene: str
    objects: tuple[ObjectRow, ...]
    lift_offs: int
    events: int
    tracks: int
    spurious: float
    estimator_cpu_s: float
    other_cpu_s: float
    fault: str | None = None
