"""Lines, sensors and sensor tables that the tests of this folder bend one thing of."""

from __future__ import annotations

import json
import math

from commonwatch.acquire.sensor import Sensor

RADAR = Sensor(
    id="KOR-1",
    nation="KOR",
    kind="radar",
    lat_deg=36.0,
    lon_deg=127.0,
    height_m=120.0,
    scan_period_s=2.0,
    max_range_m=1.5e6,
    min_elevation_deg=1.0,
    detection_probability=0.9,
    false_plots_per_scan=0.01,
    sigma_azimuth_deg=0.08,
    sigma_elevation_deg=0.08,
    sigma_range_m=30.0,
    sigma_range_rate_m_s=2.0,
)
ANGLES_ONLY = Sensor(
    id="USA-1",
    nation="USA",
    kind="infrared",
    lat_deg=0.0,
    lon_deg=115.0,
    height_m=35786e3,
    scan_period_s=5.0,
    max_range_m=4.5e7,
    min_elevation_deg=-90.0,
    detection_probability=0.95,
    false_plots_per_scan=0.0,
    sigma_azimuth_deg=0.002,
    sigma_elevation_deg=0.002,
)
SENSORS = {one.id: one for one in (RADAR, ANGLES_ONLY)}

GOOD = {
    "time": "2023-03-15T22:10:00.250000Z",
    "sensor": "KOR-1",
    "azimuth_deg": 61.25,
    "elevation_deg": 4.5,
    "range_m": 412_345.5,
    "range_rate_m_s": -812.25,
}

# Each key of a sensor's table as a line of TOML.
TABLE = {
    "id": '"KOR-1"',
    "nation": '"KOR"',
    "kind": '"radar"',
    "lat_deg": "36.0",
    "lon_deg": "127.0",
    "height_m": "120.0",
    "scan_period_s": "2.0",
    "max_range_m": "1.5e6",
    "min_elevation_deg": "1.0",
    "detection_probability": "0.9",
    "false_plots_per_scan": "0.01",
    "sigma_azimuth_deg": "0.08",
    "sigma_elevation_deg": "0.08",
    "sigma_range_m": "30.0",
    "sigma_range_rate_m_s": "2.0",
    "bias_sigma_range_m": "20.0",
    "bias_sigma_azimuth_deg": "0.05",
    "bias_sigma_elevation_deg": "0.05",
    "clock_sigma_s": "0.01",
}
OPTIONAL = frozenset(key for key in TABLE if "range" in key or "bias" in key or "clock" in key) - {
    "max_range_m"
}


def line(**changes) -> bytes:
    """A line that is good but for the changes; None leaves a key out."""
    keys = {key: value for key, value in (GOOD | changes).items() if value is not None}
    return json.dumps(keys).encode()


def at(second: float) -> bytes:
    """A good line of that second of a minute (two decimals)."""
    minute, rest = divmod(round(second * 100), 6000)
    whole, hundredths = divmod(rest, 100)
    return line(time=f"2023-03-15T22:{minute:02d}:{whole:02d}.{hundredths:02d}Z")


def table(leave_out: str = "", **changes: str) -> str:
    """A [[sensor]] table as TOML, one key left out or told otherwise."""
    keys = (TABLE | changes).items()
    return "[[sensor]]\n" + "".join(f"{key} = {value}\n" for key, value in keys if key != leave_out)


def longest_in_order(times_s: list[float]) -> int:
    """Length of a longest non-decreasing subsequence, by trying every way to end one."""
    lengths: list[int] = []
    for i, time_s in enumerate(times_s):
        before = [lengths[j] for j in range(i) if times_s[j] <= time_s]
        lengths.append(1 + max(before, default=0))
    return max(lengths, default=0)


def is_finite(value: float | None) -> bool:
    return value is None or math.isfinite(value)
