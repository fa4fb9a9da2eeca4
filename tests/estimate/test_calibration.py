"""Of many passes, what is told of the error is as large as the error: the same flight, other noise.

Bands are those that an honest estimator leaves once in a thousand runs, at each end.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, chi2

from commonwatch.estimate.estimator import Estimator
from commonwatch.node.track_pass import seconds_of
from tests.assessment_contract import seconds

from . import passes
from .scoring import SIGMAS_OF_ELLIPSE95, of_ellipse

PASSES = 20
AFTER_BURNOUT_S = (30.0, 120.0)
ONCE_IN_A_THOUSAND = 1e-3


def told_after_burnout(seed: int) -> list:
    """What is told of the overflight at some moments; nothing is followed beyond the last."""
    of = passes.watched("overflight", "here", seed)
    (flight,) = of.flights
    burnt_s = flight.lift_off_s + flight.burnout_s
    moments = [math.ceil(burnt_s + after_s) for after_s in AFTER_BURNOUT_S]
    plots = [plot for plot in of.observation.plots if plot.time_s <= moments[-1]]
    estimator, told = Estimator(of.sensors), []
    for now_s, new in seconds_of(plots, estimator):
        lines = estimator.advance(new, now_s)
        if now_s in moments:
            (line,) = lines
            told.append(line)
        if now_s >= moments[-1]:
            break
    return told


@pytest.fixture(scope="module")
def told():
    return [told_after_burnout(100 + k) for k in range(PASSES)]


def normalised(values, dof: int) -> None:
    """The sum of squares over sigma is that of as many numbers, within its own scatter."""
    low, high = chi2.ppf([ONCE_IN_A_THOUSAND, 1.0 - ONCE_IN_A_THOUSAND], dof * len(values))
    assert low <= sum(values) <= high


@pytest.mark.parametrize("moment", range(len(AFTER_BURNOUT_S)))
def test_the_state_errs_as_it_says(told, moment):
    flight = passes.flight_of("overflight", "here")
    squares = []
    for lines in told:
        line = lines[moment]
        at_s = np.array([seconds(line.time) - flight.lift_off_s])
        off = np.array([*line.state.position_m, *line.state.velocity_m_s]) - flight.states_at(at_s)
        squares.append(float(np.linalg.solve(np.array(line.state.covariance), off[0]) @ off[0]))
    normalised(squares, 6)


@pytest.mark.parametrize("moment", range(len(AFTER_BURNOUT_S)))
def test_the_impact_errs_as_its_ellipse_says(told, moment):
    truth = passes.flight_of("overflight", "here").impact.place
    shares = [of_ellipse(lines[moment].impact, truth) for lines in told]
    normalised([(share * SIGMAS_OF_ELLIPSE95) ** 2 for share in shares], 2)


def test_the_launch_lies_in_its_ellipse(told):
    """The booster is not known, so that its ellipse may be too large, but never too small."""
    truth = passes.flight_of("overflight", "here").launch
    inside = sum(of_ellipse(lines[-1].launch, truth) <= 1.0 for lines in told)
    assert inside >= binom.ppf(ONCE_IN_A_THOUSAND, PASSES, 0.95)
