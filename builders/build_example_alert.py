"""Remakes docs/examples/alert.xml: an exercise alert that the program itself prepares.

    python builders/build_example_alert.py

The flight is invented. The same program gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from commonwatch.warn.alert import prepare_alert
from commonwatch.warn.alert_area import AlertPolicy
from commonwatch.warn.forecast import ImpactForecast
from commonwatch.warn_files import warning_regions

RESULT = Path(__file__).parent.parent / "docs/examples/alert.xml"
LIFT_OFF_S = 1_767_225_600.0  # 2026-01-01T00:00:00Z

FORECAST = ImpactForecast(
    event="EXAMPLE-1",
    as_of_s=LIFT_OFF_S + 300.0,
    tracking="observed",
    sources=("JPN", "KOR"),
    lat_deg=41.2,
    lon_deg=140.2,
    semi_major_m=30_000.0,
    semi_minor_m=8_000.0,
    azimuth_deg=75.0,
    time_s=LIFT_OFF_S + 900.0,
    time_sigma_s=5.0,
    launch_time_s=LIFT_OFF_S,
)


def example() -> str:
    """The alert as XML text."""
    prepared = prepare_alert(
        FORECAST, None, AlertPolicy(), warning_regions(), nation="JPN", now_s=FORECAST.as_of_s
    )
    if prepared is None:
        raise SystemExit("the example prepares no alert")
    return prepared.cap_xml


if __name__ == "__main__":
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(example(), encoding="utf-8")
