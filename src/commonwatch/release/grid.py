"""Coarsening that stays honest: rounding to a grid widens what is told by what it did.

What is widened is then itself made coarse: an exact ellipse less the known spread of the grid is
the fine ellipse again, and tells along which line a sensor looked.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from commonwatch.release.agreement import FloorTerms
from commonwatch.release.bulletin import ApogeeStatement, Content, FloorContent, GroundStatement
from commonwatch.trajectory.ellipse import (
    CHI_SQUARE_2_95,
    covariance_from_ellipse95,
    ellipse95,
)

Array = NDArray[np.float64]

# Mean radius of the Earth, IUGG; a grid needs no ellipsoid.
IUGG_MEAN_RADIUS_M = 6_371_008.8
METRES_PER_DEGREE = IUGG_MEAN_RADIUS_M * math.pi / 180.0
# Rows of the grid end here; nearer to a pole the columns would lose their width.
GRID_LATITUDE_MAX_DEG = 89.0
# Standard deviations stand on a ladder of so many rungs to an octave, correlations on so fine a
# scale: both by far coarser than what tells a line of sight to a part of the grid.
RUNGS_PER_OCTAVE = 16
CORRELATION_STEP = 1.0 / 64.0
# An error spread evenly over one cell of width p has the variance p**2 / 12.
UNIFORM_VARIANCE_DIVISOR = 12.0
# Quantile 0.95 of the chi-square distribution with one degree of freedom: of a time.
CHI_SQUARE_1_95 = 3.841458820694124
# The finest grid of which it is true that the truth lies within its spacing 95 times of 100: the
# variance of the estimate and that of rounding make one whose 95 % radius is that spacing.
GRID_TO_SEMI_MAJOR = 1.0 / math.sqrt(1.0 - CHI_SQUARE_2_95 / UNIFORM_VARIANCE_DIVISOR)
STEP_TO_SIGMA = math.sqrt(CHI_SQUARE_1_95 / (1.0 - CHI_SQUARE_1_95 / UNIFORM_VARIANCE_DIVISOR))
# What is known no better than this is no place, and no time, to warn of.
FLOOR_PRECISION_MAX_M = 800_000.0
FLOOR_TIME_PRECISION_MAX_S = 3600.0


class CannotCoarsen(ValueError):
    """A value that cannot be coarsened as the agreement asks; the field must stay back."""


def coarsened_place(place: GroundStatement, precision_m: float) -> GroundStatement:
    """The place at the middle of its cell of `precision_m`, its 95 % ellipse widened to match."""
    lat_deg, lon_deg = rounded_to_grid(place.lat_deg, place.lon_deg, precision_m)
    cov_m2 = covariance_from_ellipse95(place.semi_major_m, place.semi_minor_m, place.azimuth_deg)
    spread_m2 = precision_m**2 / UNIFORM_VARIANCE_DIVISOR
    semi_major_m, semi_minor_m, azimuth_deg = ellipse95(
        coarse_covariance(cov_m2 + spread_m2 * np.eye(2))
    )
    return msgspec.structs.replace(
        place,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        semi_major_m=semi_major_m,
        semi_minor_m=semi_minor_m,
        azimuth_deg=azimuth_deg,
    )


def coarsened_apogee(apogee: ApogeeStatement, precision_m: float) -> ApogeeStatement:
    """The height rounded to `precision_m`, its standard deviation widened to match."""
    spread_m2 = precision_m**2 / UNIFORM_VARIANCE_DIVISOR
    return msgspec.structs.replace(
        apogee,
        height_m=round(apogee.height_m / precision_m) * precision_m,
        height_sigma_m=coarse_sigma(math.sqrt(apogee.height_sigma_m**2 + spread_m2)),
    )


def coarse_covariance(cov: Array) -> Array:
    """A covariance of few figures that is at least as wide as `cov` in every direction.

    Rounding correlations changes the scaled matrix by a symmetric one whose rows sum to at most
    (n - 1) half steps, so that its eigenvalues do too (Gershgorin): so much is added.
    """
    variances = np.diag(cov)
    if not (np.isfinite(cov).all() and (variances > 0.0).all()):
        raise CannotCoarsen("a covariance that is none")
    # A wider scale, on the ladder, and the correlations made on it before they are rounded.
    exact = np.sqrt(variances)
    sigmas = 2.0 ** (np.ceil(RUNGS_PER_OCTAVE * np.log2(exact)) / RUNGS_PER_OCTAVE)
    scaled = np.round(cov / np.outer(sigmas, sigmas) / CORRELATION_STEP) * CORRELATION_STEP
    np.fill_diagonal(scaled, 1.0 + 0.5 * CORRELATION_STEP * (len(cov) - 1))
    return np.asarray(scaled * np.outer(sigmas, sigmas))


def coarse_sigma(sigma: float) -> float:
    """The next rung of the ladder at or above a standard deviation."""
    if not (math.isfinite(sigma) and sigma > 0.0):
        raise CannotCoarsen("a standard deviation that is none")
    return float(2.0 ** (math.ceil(RUNGS_PER_OCTAVE * math.log2(sigma)) / RUNGS_PER_OCTAVE))


def rounded_to_grid(lat_deg: float, lon_deg: float, precision_m: float) -> tuple[float, float]:
    """Nearest point of a grid with rows and columns `precision_m` apart.

    Degrees; longitude -180..180.
    """
    if not (math.isfinite(lat_deg) and math.isfinite(lon_deg) and precision_m > 0.0):
        raise CannotCoarsen("a place that is not finite, or a precision that is not positive")
    row_deg = precision_m / METRES_PER_DEGREE
    lat_rounded = round(lat_deg / row_deg) * row_deg  # of an int, so that there is no -0.0
    if abs(lat_rounded) > GRID_LATITUDE_MAX_DEG:
        raise CannotCoarsen("a place this near to a pole has no grid")
    column_deg = row_deg / math.cos(math.radians(lat_rounded))
    lon_rounded = round(lon_deg / column_deg) * column_deg
    return lat_rounded, (lon_rounded + 180.0) % 360.0 - 180.0


def floor_of(content: Content, terms: FloorTerms) -> FloorContent:
    """The floor drawn from what is known; CannotCoarsen where not even a launch is.

    As precise as agreed, or by as many octaves coarser as the estimate is less sure.
    """
    launch = content.launch
    if launch is None:
        raise CannotCoarsen("no launch is known to tell the floor of")
    precision_m = _step(
        terms.position_precision_m,
        launch.semi_major_m * GRID_TO_SEMI_MAJOR,
        FLOOR_PRECISION_MAX_M,
        "the place of the launch",
    )
    lat_deg, lon_deg = rounded_to_grid(launch.lat_deg, launch.lon_deg, precision_m)
    time_precision_s = _step(
        terms.time_precision_s,
        launch.time_sigma_s * STEP_TO_SIGMA,
        FLOOR_TIME_PRECISION_MAX_S,
        "the time of the launch",
    )
    if not math.isfinite(launch.time_s):
        raise CannotCoarsen("a launch time that is not finite")
    return FloorContent(
        time_s=round(launch.time_s / time_precision_s) * time_precision_s,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        precision_m=precision_m,
        heading_deg=_coarse_heading(launch, content.impact, terms.heading_precision_deg),
        time_precision_s=time_precision_s,
    )


def _step(agreed: float, needed: float, most: float, what: str) -> float:
    """The agreed precision, doubled until it is no finer than needed.

    Octaves tell next to nothing of how well one's sensors saw. CannotCoarsen beyond `most`.
    """
    if not (agreed > 0.0 and 0.0 <= needed <= max(agreed, most)):
        raise CannotCoarsen(f"{what} is not known well enough to tell it, however coarse")
    return float(agreed * 2.0 ** max(math.ceil(math.log2(needed / agreed)) if needed else 0, 0))


def _coarse_heading(
    launch: GroundStatement, impact: GroundStatement | None, precision_deg: float
) -> float | None:
    """The heading rounded to a precision that it is surely known to; else none."""
    if impact is None or not precision_deg > 0.0:
        return None
    # Of a place that is no number there is no heading; the launch may be told all the same.
    if not (math.isfinite(impact.lat_deg) and math.isfinite(impact.lon_deg)):
        return None
    aside_m = math.hypot(launch.semi_major_m, impact.semi_major_m)
    known_to_deg = math.degrees(math.atan2(aside_m, _distance_m(launch, impact)))
    if not known_to_deg * GRID_TO_SEMI_MAJOR <= precision_deg:
        return None
    heading_deg = initial_heading_deg(launch, impact)
    return round(heading_deg / precision_deg) * precision_deg % 360.0


def _distance_m(start: GroundStatement, end: GroundStatement) -> float:
    lat_1, lat_2 = math.radians(start.lat_deg), math.radians(end.lat_deg)
    d_lon = math.radians(end.lon_deg - start.lon_deg)
    half = math.sin((lat_2 - lat_1) / 2.0) ** 2
    half += math.cos(lat_1) * math.cos(lat_2) * math.sin(d_lon / 2.0) ** 2
    return 2.0 * IUGG_MEAN_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def initial_heading_deg(start: GroundStatement, end: GroundStatement) -> float:
    """Heading at the start of the great circle, degrees clockwise from north, 0 to 360."""
    lat_1, lat_2 = math.radians(start.lat_deg), math.radians(end.lat_deg)
    d_lon = math.radians(end.lon_deg - start.lon_deg)
    east = math.sin(d_lon) * math.cos(lat_2)
    north = math.cos(lat_1) * math.sin(lat_2) - math.sin(lat_1) * math.cos(lat_2) * math.cos(d_lon)
    return math.degrees(math.atan2(east, north)) % 360.0
