"""Error ellipses of a horizontal position."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import UnusableInput

# Quantile 0.95 of the chi-square distribution with two degrees of freedom, -2 ln(0.05).
CHI_SQUARE_2_95 = 5.991464547107979
# A covariance that rounding has made slightly indefinite or asymmetric is still used.
RELATIVE_ROUNDING = 1e-9


def ellipse95(cov_en_m2: NDArray[np.float64]) -> tuple[float, float, float]:
    """Semi-major and semi-minor axis (m) and azimuth of the major axis (deg) of the 95 % ellipse.

    `cov_en_m2` is the (2, 2) covariance of east and north, m2. The azimuth is clockwise from north,
    at least 0 and below 180; of a circle it is 0. The ellipse holds a normally distributed point
    with probability 0.95: chi-square with two degrees of freedom, in closed form -2 ln(1 - 0.95).
    Raises UnusableInput where the matrix is not (2, 2), finite, symmetric and positive
    semidefinite.
    """
    east_m2, north_m2, cross_m2 = _checked(np.asarray(cov_en_m2, dtype=np.float64))
    # Mohr's circle: the eigenvalues are centre +- radius, free of the cancellation of a quadratic.
    centre = 0.5 * (east_m2 + north_m2)
    half_difference = 0.5 * (north_m2 - east_m2)
    radius = math.hypot(half_difference, cross_m2)
    largest = centre + radius
    smallest = 0.0
    if largest > 0.0:
        # From the determinant where that loses fewer digits than centre - radius.
        smallest = max(0.0, (east_m2 * north_m2 - cross_m2 * cross_m2) / largest)
    azimuth_deg = math.degrees(0.5 * math.atan2(cross_m2, half_difference)) % 180.0
    return (
        math.sqrt(CHI_SQUARE_2_95 * largest),
        math.sqrt(CHI_SQUARE_2_95 * min(smallest, largest)),
        0.0 if azimuth_deg >= 180.0 else azimuth_deg,
    )


def ellipse_area_m2(semi_major_m: float, semi_minor_m: float) -> float:
    """Area (m2) of an ellipse of those semi-axes (m)."""
    return math.pi * semi_major_m * semi_minor_m


def covariance_from_ellipse95(
    semi_major_m: float, semi_minor_m: float, azimuth_deg: float
) -> NDArray[np.float64]:
    """East-north covariance (2, 2), m2, whose 95 % ellipse has those axes (m) and azimuth (deg).

    The inverse of `ellipse95`. Raises UnusableInput where an axis is negative or not finite, or the
    minor one is longer than the major.
    """
    if not (math.isfinite(semi_major_m) and math.isfinite(azimuth_deg)):
        raise UnusableInput("ellipse: axes and azimuth must be finite numbers")
    if not 0.0 <= semi_minor_m <= semi_major_m:
        raise UnusableInput(
            f"ellipse: semi-axes {semi_major_m} and {semi_minor_m} m: need 0 <= minor <= major"
        )
    azimuth_rad = math.radians(azimuth_deg)
    along = np.array([math.sin(azimuth_rad), math.cos(azimuth_rad)])
    across = np.array([math.cos(azimuth_rad), -math.sin(azimuth_rad)])
    spread = semi_major_m**2 * np.outer(along, along) + semi_minor_m**2 * np.outer(across, across)
    return spread / CHI_SQUARE_2_95


def _checked(cov_en_m2: NDArray[np.float64]) -> tuple[float, float, float]:
    """East and north variance and covariance (m2) of a matrix that is one."""
    if cov_en_m2.shape != (2, 2):
        raise UnusableInput(f"ellipse: covariance of shape {cov_en_m2.shape}: need (2, 2)")
    if not np.isfinite(cov_en_m2).all():
        raise UnusableInput("ellipse: covariance has a value that is not finite")
    east_m2 = float(cov_en_m2[0, 0])
    north_m2 = float(cov_en_m2[1, 1])
    cross_m2 = 0.5 * float(cov_en_m2[0, 1] + cov_en_m2[1, 0])
    slack_m2 = RELATIVE_ROUNDING * (abs(east_m2) + abs(north_m2))
    if abs(float(cov_en_m2[0, 1] - cov_en_m2[1, 0])) > slack_m2:
        raise UnusableInput("ellipse: covariance is not symmetric")
    if min(east_m2, north_m2) < 0.0 or cross_m2**2 > east_m2 * north_m2 + slack_m2**2:
        raise UnusableInput("ellipse: covariance is not positive semidefinite")
    return east_m2, north_m2, cross_m2
