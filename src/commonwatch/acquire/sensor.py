"""A sensor, as sensors.toml describes it. Every sensor that ships with Commonwatch is notional."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sensor:
    """One radar or infrared sensor; degrees on the arc of the sky, metres, seconds.

    None: not measured.
    """

    id: str
    nation: str
    kind: str
    lat_deg: float
    lon_deg: float
    height_m: float
    scan_period_s: float
    max_range_m: float
    min_elevation_deg: float
    detection_probability: float
    false_plots_per_scan: float
    sigma_azimuth_deg: float
    sigma_elevation_deg: float
    sigma_range_m: float | None = None
    sigma_range_rate_m_s: float | None = None
    bias_sigma_range_m: float = 0.0
    bias_sigma_azimuth_deg: float = 0.0
    bias_sigma_elevation_deg: float = 0.0
    clock_sigma_s: float = 0.0
