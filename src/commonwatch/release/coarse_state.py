"""A state made coarser: rounded to grids, its covariance widened to match and itself made coarse.

Rounding alone would not do. An exact covariance tells along which line a sensor looked, and so
where the object was across it; an exact velocity, followed for a while, tells it by its change
under gravity. So every derivative is rounded, and the covariance is replaced by a slightly wider
one of few figures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.coast_filter import DRAG_PRIOR_MEAN, DRAG_PRIOR_VARIANCE
from commonwatch.release.bulletin import BOOST_DIMENSION, STATE_DIMENSION, BoostState
from commonwatch.release.bulletin import StateInformation as Information
from commonwatch.release.grid import (
    UNIFORM_VARIANCE_DIVISOR,
    CannotCoarsen,
    coarse_covariance,
)

Array = NDArray[np.float64]

# In this time an error of the rounded velocity moves the object as far as one of its position.
VELOCITY_GRID_S = 100.0
AXES = 3
MOTION_STATES = 6  # position and velocity, without the ballistic coefficient


def coarsened_information(path: Information, precision_m: float) -> Information:
    """Position and velocity on their grids, and what is left of the information on them.

    Of the ballistic coefficient the common prior is used and nothing is told. The reference is the
    rounded state itself and the vector is zero, so that neither holds more than the grid.
    """
    mean, cov = _motion(path)
    rounded, wider = coarsened_state(mean, cov, precision_m)
    told = np.zeros((STATE_DIMENSION, STATE_DIMENSION))
    told[:MOTION_STATES, :MOTION_STATES] = _inverse(wider)
    return Information(
        epoch_s=path.epoch_s,
        last_plot_s=path.last_plot_s,
        reference=(*rounded.tolist(), DRAG_PRIOR_MEAN),
        vector=(0.0,) * STATE_DIMENSION,
        matrix_upper=_upper_of(told),
    )


def coarsened_boost(path: BoostState, precision_m: float) -> BoostState:
    """Position, velocity and specific force on their grids, the covariance widened to match."""
    cov = square_of(path.covariance_upper, BOOST_DIMENSION)
    rounded, wider = coarsened_state(np.array(path.mean), cov, precision_m)
    return BoostState(path.epoch_s, path.last_plot_s, tuple(rounded.tolist()), _upper_of(wider))


def coarsened_state(mean: Array, cov: Array, precision_m: float) -> tuple[Array, Array]:
    """Mean (3 k,) and covariance of position and its derivatives, made coarse (SI, ECEF).

    Each axis is rounded to multiples of `precision_m`, each derivative to a grid that is finer by
    VELOCITY_GRID_S; rounding adds the variance of an even spread over one cell.
    """
    if not (np.isfinite(mean).all() and np.isfinite(cov).all() and precision_m > 0.0):
        raise CannotCoarsen("a state that is not finite, or a precision that is not positive")
    cells = np.repeat(precision_m / VELOCITY_GRID_S ** np.arange(mean.size // AXES), AXES)
    # Adding zero turns -0.0, which tells the side that it was rounded from, into 0.0.
    rounded = np.round(mean / cells) * cells + 0.0
    return rounded, coarse_covariance(cov + np.diag(cells**2 / UNIFORM_VARIANCE_DIVISOR))


def square_of(upper: tuple[float, ...], dimension: int) -> Array:
    """The symmetric matrix whose upper triangle this is, row by row."""
    square = np.zeros((dimension, dimension))
    square[np.triu_indices(dimension)] = upper
    return np.asarray(square + np.triu(square, 1).T)


def _upper_of(matrix: Array) -> tuple[float, ...]:
    return tuple(matrix[np.triu_indices(len(matrix))].tolist())


def _motion(path: Information) -> tuple[Array, Array]:
    """Position and velocity, mean (6,) and covariance (6, 6), with the common prior of drag."""
    matrix = square_of(path.matrix_upper, STATE_DIMENSION)
    vector = np.array(path.vector)
    matrix[-1, -1] += 1.0 / DRAG_PRIOR_VARIANCE
    vector[-1] += (DRAG_PRIOR_MEAN - path.reference[-1]) / DRAG_PRIOR_VARIANCE
    cov = _inverse(matrix)
    mean = np.array(path.reference) + cov @ vector
    return mean[:MOTION_STATES], cov[:MOTION_STATES, :MOTION_STATES]


def _inverse(matrix: Array) -> Array:
    try:
        np.linalg.cholesky(matrix)
        inverse = np.linalg.inv(matrix)
    except np.linalg.LinAlgError as error:
        raise CannotCoarsen("it holds no information in some direction") from error
    return np.asarray(0.5 * (inverse + inverse.T))
