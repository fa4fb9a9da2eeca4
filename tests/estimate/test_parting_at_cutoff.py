"""At cutoff the last stage parts at 3 m/s: what is told of either holds all the same.

For a minute nobody can say whose plots are whose, nor which of the two is the payload. Limits are
those that an honest estimator passes once in a thousand runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import binom, chi2

from commonwatch.acquire.sensor import Sensor
from commonwatch.estimate.assessment import Assessment
from commonwatch.estimate.estimator import Estimator
from commonwatch.node.track_pass import seconds_of
from commonwatch.world.coefficients import draw_tumbling_coefficient
from commonwatch.world.flight import Flight
from commonwatch.world.sensing import observe
from commonwatch.world.staged_flight import Parting, part, random_direction

from . import passes
from .drawn import drawn
from .scoring import SIGMAS_OF_ELLIPSE95, of_ellipse

PARTS_AT_M_S = 3.0
SEEDS = range(4)
AFTER_BURNOUT_S = (60.0, 120.0)
ONCE_IN_A_THOUSAND = 1e-3
# A flight with a stage that parted before, and two whose booster is of one piece until then.
STAGED, LOFTED, OVERFLIGHT = "staged", "lofted", "overflight"
STAGED_NUMBER = 2


def carriers(kind: str) -> tuple[tuple[Flight, ...], tuple[Sensor, ...]]:
    """A missile and what parted from it before its cutoff; and the sensors about it."""
    if kind == STAGED:
        of = drawn("staged", STAGED_NUMBER)
        cutoff_s = of.flights[0].burnout_s
        return tuple(one for one in of.flights if one.parted_s != cutoff_s), of.sensors
    return (passes.flight_of(kind, "here"),), passes.sensors_about("here")


@dataclass(frozen=True)
class Told:
    """Of a missile and its last stage at a moment: what is told by the track nearest to each."""

    missile: Assessment
    missile_square: float
    missile_of_ellipse: float
    stage_of_ellipse: float


def square_off(line: Assessment, at_s: float, flight: Flight) -> float:
    """Normalised square of a position told."""
    truth = flight.states_at(np.array([at_s - flight.lift_off_s]))[0, :3]
    off = np.array(line.state.position_m) - truth
    return float(off @ np.linalg.solve(np.array(line.state.covariance)[:3, :3], off))


def told_after(kind: str, seed: int) -> list[Told]:
    """What is told at the moments after burnout; nothing is followed beyond the last."""
    rng = np.random.default_rng([seed, 77])
    before, sensors = carriers(kind)
    missile = before[0]
    velocity = PARTS_AT_M_S * random_direction(rng)
    ahead = missile.states_at(np.array([missile.burnout_s]))[0, 3:]
    velocity *= -1.0 if velocity @ ahead > 0.0 else 1.0
    coefficient = draw_tumbling_coefficient(rng)
    stage = part(missile, Parting("last", missile.burnout_s, velocity, coefficient))
    plots = observe((*before, stage), sensors, rng).plots
    burnt_s = missile.lift_off_s + missile.burnout_s
    moments = [math.ceil(burnt_s + after_s) for after_s in AFTER_BURNOUT_S]
    estimator, told = Estimator(sensors), []
    for now_s, new in seconds_of([one for one in plots if one.time_s <= moments[-1]], estimator):
        lines = estimator.advance(new, now_s)
        if now_s in moments:
            told.append(nearest_to(lines, now_s, missile, stage))
        if now_s >= moments[-1]:
            break
    return told


def nearest_to(lines: tuple[Assessment, ...], now_s: float, missile: Flight, stage: Flight) -> Told:
    squares, of = [], []
    for flight in (missile, stage):
        line = min(lines, key=lambda one: square_off(one, now_s, flight))
        squares.append((square_off(line, now_s, flight), line))
        of.append(of_ellipse(line.impact, flight.impact.place))
    return Told(squares[0][1], squares[0][0], of[0], of[1])


@pytest.fixture(scope="module")
def told():
    return {
        (kind, seed): told_after(kind, seed)
        for kind in (STAGED, LOFTED, OVERFLIGHT)
        for seed in SEEDS
    }


def no_more_than(squares: list[float], freedom: int) -> None:
    """Normalised squares, together, are not larger than an honest estimator's."""
    assert sum(squares) <= chi2.ppf(1.0 - ONCE_IN_A_THOUSAND, freedom * len(squares))


def holds(shares: list[float]) -> None:
    """Ellipses of 95 % hold the truth nearly as often as they say, and none is far from it."""
    assert sum(share <= 1.0 for share in shares) >= binom.ppf(ONCE_IN_A_THOUSAND, len(shares), 0.95)
    no_more_than([(share * SIGMAS_OF_ELLIPSE95) ** 2 for share in shares], 2)


MOMENTS = pytest.mark.parametrize(
    "moment", range(len(AFTER_BURNOUT_S)), ids=[f"{after_s:g} s" for after_s in AFTER_BURNOUT_S]
)


@MOMENTS
def test_where_the_missile_falls_is_in_its_ellipse(told, moment):
    holds([lines[moment].missile_of_ellipse for lines in told.values()])


@MOMENTS
def test_where_the_stage_falls_is_in_its_ellipse(told, moment):
    """Nobody knows which of the two it is, and so it is not told as surely as a payload."""
    holds([lines[moment].stage_of_ellipse for lines in told.values()])


def test_two_minutes_on_the_missile_is_where_it_is_said_to_be(told):
    """By then the radars' plots are each on the right one of two tracks."""
    known = [lines[1].missile_square for (kind, _), lines in told.items() if kind != OVERFLIGHT]
    no_more_than(known, 3)
