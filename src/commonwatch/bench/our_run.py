"""Our estimator over a pass, driven as `commonwatch track` drives it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.bench.followed import Moment, ToldImpact
from commonwatch.estimate.assessment import Assessment
from commonwatch.estimate.estimator import Estimator
from commonwatch.node.track_pass import seconds_of
from commonwatch.utc import parse_utc


def assessed(plots: Sequence[Plot], sensors: tuple[Sensor, ...]) -> tuple[Assessment, ...]:
    """All that the estimator says each second: state, launch, burnout, apogee and impact."""
    estimator = Estimator(sensors)
    lines: list[Assessment] = []
    for now_s, new in seconds_of(plots, estimator):
        lines += estimator.advance(new, now_s)
    return tuple(lines)


def moments_of(lines: tuple[Assessment, ...]) -> tuple[Moment, ...]:
    """Assessments as any tracker's moments; what has ended is on nothing any more."""
    return tuple(
        Moment(
            line.track,
            parse_utc(line.time),
            np.array(line.state.position_m + line.state.velocity_m_s),
            np.array(line.state.covariance),
            _impact(line),
        )
        for line in lines
        if line.status != "ended"
    )


def _impact(line: Assessment) -> ToldImpact | None:
    told = line.impact
    if told is None:
        return None
    ellipse = told.ellipse95
    return ToldImpact(
        told.lat_deg,
        told.lon_deg,
        ellipse.semi_major_m,
        ellipse.semi_minor_m,
        ellipse.azimuth_deg,
    )
