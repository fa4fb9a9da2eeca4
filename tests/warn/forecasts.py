"""Forecasts of invented flights, and strategies over all that a forecast may say."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from commonwatch.warn.forecast import ImpactForecast

NOON_S = 1_700_000_000.0  # 2023-11-14T22:13:20Z

# Between Hokkaido and Aomori; ten minutes to go.
TSUGARU = ImpactForecast(
    event="E1",
    as_of_s=NOON_S,
    tracking="observed",
    sources=("JPN", "KOR"),
    lat_deg=41.2,
    lon_deg=140.2,
    semi_major_m=60_000.0,
    semi_minor_m=20_000.0,
    azimuth_deg=70.0,
    time_s=NOON_S + 600.0,
    time_sigma_s=5.0,
    launch_time_s=NOON_S - 300.0,
)
AT_SEA = replace(TSUGARU, lon_deg=137.0, semi_major_m=3_000.0, semi_minor_m=2_000.0)


@st.composite
def forecasts_near_japan_and_korea(draw: st.DrawFn) -> ImpactForecast:
    """Anything from a point to an ellipse too vague to name a region."""
    major_m = draw(st.floats(0.0, 700_000.0))
    return ImpactForecast(
        event="E1",
        as_of_s=NOON_S,
        tracking=draw(st.sampled_from(("observed", "extrapolated", "lost"))),
        sources=draw(st.sampled_from((("JPN",), ("KOR", "JPN"), ("USA",)))),
        lat_deg=draw(st.floats(24.0, 46.0)),
        lon_deg=draw(st.floats(122.0, 155.0)),
        semi_major_m=major_m,
        semi_minor_m=major_m * draw(st.floats(0.0, 1.0)),
        azimuth_deg=draw(st.floats(0.0, 180.0)),
        time_s=NOON_S + draw(st.floats(-100.0, 4_000.0)),
        time_sigma_s=draw(st.floats(0.0, 60.0)),
        launch_time_s=draw(st.none() | st.just(NOON_S - 400.0)),
        if_thrust_ends=draw(st.booleans()),
    )
