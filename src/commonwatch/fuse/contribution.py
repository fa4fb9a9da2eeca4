"""What each originator says of an object, made ready to be put beside others at one time."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.assessment import Apogee, Impact
from commonwatch.estimate.coast_filter import (
    DRAG_PRIOR_MEAN,
    DRAG_PRIOR_VARIANCE,
    CoastFilter,
    coast_from,
    coast_from_state,
)
from commonwatch.estimate.own_estimate import CoastInformation, OwnEstimate
from commonwatch.estimate.powered_filter import PoweredFilter

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Contribution:
    """The newest version of what one originator's own sensors say of one object.

    `impact` and `apogee` are its own words on them, as it told them with the estimate. `via` is who
    passed it on, empty where the originator itself told it; `others` are further originators whose
    data it holds.
    """

    originator: str
    estimate: OwnEstimate
    impact: Impact | None
    apogee: Apogee | None
    via: str = ""
    others: tuple[str, ...] = ()

    @property
    def route(self) -> tuple[str, str]:
        """Originator and who passed it on: names of objects are its own on each route."""
        return self.originator, self.via

    @property
    def nations(self) -> frozenset[str]:
        """All whose data it is."""
        return frozenset((self.originator, *self.others))

    @property
    def key(self) -> tuple[str, str]:
        """Originator and its name of the object: the order in which contributions are added."""
        return self.originator, self.estimate.track


def age_of(one: Contribution) -> tuple[float, float, bytes]:
    """Order of versions: by epoch, by latest plot, then by all they say, so that no tie is left."""
    said = msgspec.json.encode((one.estimate, one.impact, one.apogee))
    return one.estimate.epoch_s, one.estimate.last_plot_s, said


def coast_of(information: CoastInformation, epoch_s: float) -> CoastFilter:
    """The coasting estimate that information alone, with the common drag prior, amounts to."""
    reference = np.array(information.reference)
    matrix = np.array(information.matrix)
    vector = np.array(information.vector)
    matrix[6, 6] += 1.0 / DRAG_PRIOR_VARIANCE
    vector[6] += (DRAG_PRIOR_MEAN - reference[6]) / DRAG_PRIOR_VARIANCE
    cov = np.linalg.inv(matrix)
    return coast_from(epoch_s, reference + cov @ vector, 0.5 * (cov + cov.T))


def coast_at(contribution: Contribution, now_s: float) -> CoastFilter | None:
    """A coasting contribution carried to `now_s`; None where it is not of a coast."""
    estimate = contribution.estimate
    if estimate.coast is None:
        return None
    return coast_of(estimate.coast, estimate.epoch_s).at(now_s)


def powered_at(contribution: Contribution, now_s: float) -> PoweredFilter | None:
    """A burning contribution carried to `now_s`; None where it is not of a boost."""
    estimate = contribution.estimate
    if estimate.powered is None:
        return None
    state = PoweredFilter(
        estimate.epoch_s, np.array(estimate.powered.mean), np.array(estimate.powered.covariance)
    )
    return state.at(now_s)


def position_and_velocity(contribution: Contribution, now_s: float) -> tuple[Array, Array]:
    """ECEF mean (6,) and covariance (6, 6) at `now_s`, whatever moves it."""
    coast = coast_at(contribution, now_s)
    if coast is not None:
        return coast.mean[:6], coast.cov[:6, :6]
    powered = powered_at(contribution, now_s)
    if powered is None:
        return np.zeros(6), np.eye(6)
    return powered.mean[:6], powered.cov[:6, :6]


def if_thrust_ends(powered: PoweredFilter) -> CoastFilter:
    """The coast that begins if the thrust ends now."""
    return coast_from_state(powered.time_s, powered.mean, powered.cov)
