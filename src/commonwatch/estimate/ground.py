"""Ground points, impacts and apogees as assessments tell them."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.estimate.assessment import Apogee, Ellipse, GroundPoint, Impact
from commonwatch.estimate.launch import AscentFit
from commonwatch.estimate.predict import Descent
from commonwatch.trajectory.ellipse import ellipse95
from commonwatch.utc import format_utc


def _ellipse(cov_en_m2: object) -> Ellipse:
    """The 95 % region of an east-north covariance."""
    major, minor, azimuth = ellipse95(np.asarray(cov_en_m2, dtype=np.float64))
    return Ellipse(round(major, 2), round(minor, 2), round(azimuth, 4))


def _degrees(angle_rad: float) -> float:
    """An angle in degrees to a centimetre on the ground, longitudes within [-180, 180)."""
    return round((math.degrees(angle_rad) + 180.0) % 360.0 - 180.0, 7)


def launch_point(fit: AscentFit) -> GroundPoint:
    """A fitted ascent's lift-off."""
    return GroundPoint(
        format_utc(fit.launch_s),
        round(math.sqrt(float(fit.cov[0, 0])), 3),
        _degrees(fit.lat_rad),
        _degrees(fit.lon_rad),
        _ellipse(fit.cov[1:3, 1:3]),
    )


def impact_point(descent: Descent, if_thrust_ends: bool) -> Impact:
    """Where and when it meets the ellipsoid."""
    return Impact(
        format_utc(descent.impact_s),
        round(descent.impact_sigma_s, 3),
        _degrees(descent.lat_rad),
        _degrees(descent.lon_rad),
        _ellipse(descent.cov_en_m2),
        if_thrust_ends,
    )


def apogee_point(descent: Descent) -> Apogee:
    """The highest point ahead."""
    return Apogee(
        format_utc(descent.apogee_s), round(descent.apogee_m, 2), round(descent.apogee_sigma_m, 2)
    )
