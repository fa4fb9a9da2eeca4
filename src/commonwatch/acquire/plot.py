"""A plot: one measurement of one object, or of nothing, by one sensor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plot:
    """Azimuth, elevation (degrees, local east-north-up); range and range rate where measured.

    `time_s` counts seconds since 1970-01-01T00:00:00Z without leap seconds (POSIX).
    """

    time_s: float
    sensor: str
    azimuth_deg: float
    elevation_deg: float
    range_m: float | None = None
    range_rate_m_s: float | None = None
