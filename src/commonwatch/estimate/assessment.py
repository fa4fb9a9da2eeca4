"""What an estimator says of one track at one moment.

Serialised, it is a line that `track` prints.
"""

from __future__ import annotations

import msgspec


class Ellipse(msgspec.Struct, frozen=True, gc=False):
    """A region on the ground that holds the point with 95 % probability.

    Azimuth clockwise from north.
    """

    semi_major_m: float
    semi_minor_m: float
    azimuth_deg: float


class StateEstimate(msgspec.Struct, frozen=True, gc=False):
    """ECEF position and velocity with their 6x6 covariance (m, m/s)."""

    position_m: tuple[float, float, float]
    velocity_m_s: tuple[float, float, float]
    covariance: tuple[tuple[float, ...], ...]


class GroundPoint(msgspec.Struct, frozen=True, gc=False):
    """A launch or an impact: when and where on the ellipsoid, and how surely."""

    time: str
    time_sigma_s: float
    lat_deg: float
    lon_deg: float
    ellipse95: Ellipse


class Impact(GroundPoint, frozen=True, omit_defaults=True):
    """Where it comes down.

    `if_thrust_ends` while it still burns and the answer assumes that it stops now.
    """

    if_thrust_ends: bool = False


class Apogee(msgspec.Struct, frozen=True, gc=False):
    """Highest point above the ellipsoid."""

    time: str
    height_m: float
    height_sigma_m: float


class Assessment(msgspec.Struct, frozen=True, gc=False, tag_field="kind", tag="assessment"):
    """One track at one moment. Times are UTC, RFC 3339 with Z and microseconds."""

    time: str
    track: str
    event: str
    status: str  # confirmed | coasting | ended
    phase: str  # boost | ballistic | descent | glide | orbit
    sources: tuple[str, ...]
    state: StateEstimate
    launch: GroundPoint | None = None
    burnout_time: str | None = None
    apogee: Apogee | None = None
    impact: Impact | None = None
    orbital_probability: float = 0.0
    manoeuvring: bool = False
    reason: str | None = None
