"""One step of a filter, predict 0.1 s and update: ours, a bare compiled one, and the peers'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.bench.speed.bare_filter import extended_run, unscented_run
from commonwatch.bench.speed.setting import BEGIN_S, INTERVAL_S, Setting
from commonwatch.estimate.coast_filter import coast_from_state
from commonwatch.trajectory.kernels.coast_step import COAST_WORK_ROWS, coast_forward
from commonwatch.trajectory.kernels.jit import kernel
from commonwatch.trajectory.kernels.update import FIT_SIZE, SCRATCH_ROWS, update_in

Array = NDArray[np.float64]
Follow = Callable[[Setting], tuple[Array, Array]]


@dataclass(frozen=True, slots=True)
class StepContender:
    """A filter by name; `follow` takes all plots of a setting and tells mean (6,) and cov (6, 6).

    `steps` are measured: many of a quick one, few of a slow one.
    """

    name: str
    steps: int
    follow: Follow


def bare_extended(setting: Setting) -> tuple[Array, Array]:
    """The yardstick: extended, six states."""
    mean, cov = setting.mean.copy(), setting.cov.copy()
    extended_run(mean, cov, setting.radar, setting.bare_plots, INTERVAL_S)
    return mean, cov


def bare_unscented(setting: Setting) -> tuple[Array, Array]:
    """The yardstick: unscented, six states."""
    mean, cov = setting.mean.copy(), setting.cov.copy()
    unscented_run(mean, cov, setting.radar, setting.bare_plots, INTERVAL_S)
    return mean, cov


@kernel
def _coast_run(mean: Array, cov: Array, rows: Array, interval_s: float) -> None:
    """Our kernels in the order in which a coast takes a plot, without Python between."""
    n = mean.size
    coast_work, work = np.empty((COAST_WORK_ROWS, n)), np.empty((SCRATCH_ROWS, n))
    fit = np.empty(FIT_SIZE)
    for p in range(rows.shape[0]):
        coast_forward(mean, cov, interval_s, coast_work)
        update_in(mean, cov, rows[p], work, fit)


def our_coast(setting: Setting) -> tuple[Array, Array]:
    """Our coasting filter: seven states, gravity to J4, air where there is any, and the fit."""
    begun = coast_from_state(BEGIN_S, setting.mean, setting.cov)
    mean, cov = begun.mean.copy(), begun.cov.copy()
    _coast_run(mean, cov, setting.rows, INTERVAL_S)
    return mean[:6], cov[:6, :6]


def our_values(setting: Setting) -> tuple[Array, Array]:
    """The same where each step is a new immutable value, through Python."""
    coast = coast_from_state(BEGIN_S, setting.mean, setting.cov)
    for plot, row in zip(setting.plots, setting.rows, strict=True):
        coast = coast.at(plot.time_s).updated(row)
    return coast.mean[:6], coast.cov[:6, :6]


BARE_EXTENDED = StepContender("bare compiled EKF", 2000, bare_extended)
BARE_UNSCENTED = StepContender("bare compiled UKF", 2000, bare_unscented)
OURS = (
    StepContender("Commonwatch, seven states", 2000, our_coast),
    StepContender("Commonwatch, each step a value", 1000, our_values),
)


def peers() -> tuple[StepContender, ...]:
    """Those of Stone Soup and FilterPy; both must be installed."""
    from commonwatch.bench.speed import filterpy_steps, stonesoup_steps

    return (
        StepContender("Stone Soup UKF", 300, stonesoup_steps.unscented),
        StepContender("Stone Soup EKF, analytic Jacobian", 500, stonesoup_steps.extended),
        StepContender("FilterPy UKF", 1000, filterpy_steps.unscented),
        StepContender("FilterPy EKF", 2000, filterpy_steps.extended),
    )
