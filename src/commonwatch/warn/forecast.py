"""What a warning starts from: where and when something is expected to come down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from commonwatch.errors import UnusableInput
from commonwatch.limits import WARN_SOURCES_MAX

Tracking = Literal["observed", "extrapolated", "lost"]
"""Sensors see it now; or the answer runs on from earlier plots; or the track is given up."""

HALF_CIRCUMFERENCE_M = 20_003_931.5  # WGS-84: equator to equator over a pole


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactForecast:
    """Expected impact of one launch event at one moment. Times are POSIX seconds, UTC.

    The ellipse holds the impact with 95 % probability; its azimuth is that of the major axis,
    degrees clockwise from north. `sources` are the nations (ISO 3166-1 alpha-3) whose sensors it
    rests on.
    `if_thrust_ends`: it still burns, and the forecast assumes that the thrust stops now.
    Raises UnusableInput where a value is out of range or not finite.
    """

    event: str
    as_of_s: float
    tracking: Tracking
    sources: tuple[str, ...]
    lat_deg: float
    lon_deg: float
    semi_major_m: float
    semi_minor_m: float
    azimuth_deg: float
    time_s: float
    time_sigma_s: float
    launch_time_s: float | None = None
    if_thrust_ends: bool = False

    def __post_init__(self) -> None:
        """Refuse what no bulletin may say."""
        if not self.event or any(
            letter in " ,<&" or not letter.isprintable() for letter in self.event
        ):
            raise UnusableInput(
                f"forecast: event {self.event[:40]!r} must be a word without space, comma, < or &"
            )
        if not 0 < len(self.sources) <= WARN_SOURCES_MAX:
            raise UnusableInput(
                f"forecast of {self.event}: {len(self.sources)} sources:"
                f" need 1 to {WARN_SOURCES_MAX}"
            )
        _within(self.event, "lat_deg", self.lat_deg, -90.0, 90.0)
        _within(self.event, "lon_deg", self.lon_deg, -180.0, 180.0)
        _within(self.event, "semi_major_m", self.semi_major_m, 0.0, HALF_CIRCUMFERENCE_M)
        _within(self.event, "semi_minor_m", self.semi_minor_m, 0.0, self.semi_major_m)
        _within(self.event, "azimuth_deg", self.azimuth_deg, -360.0, 360.0)
        # Years 1970 to 9998: what CAP's date and time can hold, with room for a margin.
        for name, value in (("as_of_s", self.as_of_s), ("time_s", self.time_s)):
            _within(self.event, name, value, 0.0, 253_000_000_000.0)
        _within(self.event, "time_sigma_s", self.time_sigma_s, 0.0, 86_400.0)
        if self.launch_time_s is not None:
            _within(self.event, "launch_time_s", self.launch_time_s, 0.0, 253_000_000_000.0)


def _within(event: str, name: str, value: float, least: float, most: float) -> None:
    if not (math.isfinite(value) and least <= value <= most):
        raise UnusableInput(f"forecast of {event}: {name} {value} is not within {least} to {most}")
