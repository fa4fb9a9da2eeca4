"""Moon, Kim and Song 2012: where a body of unknown ballistic coefficient comes down.

"Comparison of ballistic coefficient-based estimation algorithms for precise tracking of a re-entry
vehicle and its impact point prediction", J. Astron. Space Sci. 29-4, pages 363 to 374. Theirs: a
failed launch vehicle as a point mass over the turning ellipsoid, air and coefficient unknown, one
radar; a filter with the coefficient as a state beside a bank of models, each for a part of its
range. Only the article's summary and model could be had: its place and speed of entry, its radar
and its figures are not here. Those below are notional, so that its finding is tested, not its
figures: a bank over the range that the coefficient may have outdoes one augmented filter.

What is compared with it: the bound, which the article does not give. The entry is at 100 km with
4,500 m/s, 35 degrees down, south of Korea; a radar on Jeju sees it each second until it is 9 km up.
The coefficient is 2,000 kg/m2 but for half of its logarithm (1 sigma), and constant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import erfa
import numpy as np
import pytest
from scipy.stats import norm

from commonwatch.trajectory.kernels import cubature as column
from commonwatch.trajectory.kernels.arc import DONE, EVENT_SIZE, IMPACT_STATE, fly_to_ground_within
from commonwatch.trajectory.kernels.cubature import GROUND_SIZE, OFFSETS, come_down, spread
from commonwatch.trajectory.kernels.update import FIT_SIZE, LOG_LIKELIHOOD, judge, update
from tests.trajectory import naive
from tests.trajectory.naive_filters import axes_ecef

from .reentry import NUDGES, SetUp, band, extended, first_estimate, radar_at

RUNS = 100
PRIOR_MEAN, PRIOR_SIGMA = -math.log(2000.0), 0.5
RADAR = radar_at(33.3, 126.5, (1e-3, 1e-3, 20.0))
ENTRY_LAT_DEG, ENTRY_LON_DEG, ENTRY_M = 34.0, 127.3, 100e3
HEADING, DOWN, SPEED_M_S = math.radians(185.0), math.radians(35.0), 4500.0
# Seconds after the first plot: 58, 36, 26, 17 and 8 to 14 km up.
MARKS_S = (16, 24, 28, 32, 36)
# The coefficient is known to a tenth from here on, whatever was thought before.
FELT = 2
BANK_SPACING, BANK_SIGMA, BANK_SIGMAS = 0.25, 0.15, 3.0
NEGLIGIBLE_LOG = -12.0
HORIZON_S = 600.0


def set_up(inverse_bc_log: float) -> SetUp:
    """The entry of a body with that coefficient."""
    axes = axes_ecef(ENTRY_LAT_DEG, ENTRY_LON_DEG)
    place = erfa.gd2gc(
        naive.WGS84_ERFA, math.radians(ENTRY_LON_DEG), math.radians(ENTRY_LAT_DEG), ENTRY_M
    )
    level = math.cos(DOWN)
    direction = [level * math.sin(HEADING), level * math.cos(HEADING), -math.sin(DOWN)]
    start = np.concatenate([place, SPEED_M_S * axes.T @ direction, [inverse_bc_log]])
    return SetUp(RADAR, start, interval_s=1.0, plots=MARKS_S[-1] + 1, psd_m2_s3=0.0)


def impact_ecef_m(state):
    event = np.empty(EVENT_SIZE)
    status = fly_to_ground_within(state[:6], math.exp(state[6]), HORIZON_S, 1e-3, event)
    assert status == DONE
    return event[IMPACT_STATE : IMPACT_STATE + 3].copy()


@dataclass(frozen=True)
class Told:
    """Error of the impact (east, north, m); squares of it and the state over what is told."""

    impact_off_m: np.ndarray
    impact_square: float
    state_square: float


def told_of(mean, cov, truth) -> Told:
    """What an estimate says of state and impact, beside the truth."""
    points, ground = np.empty((2 * mean.size, mean.size)), np.empty(GROUND_SIZE)
    assert spread(mean, cov, points)
    offsets = np.empty((len(points), OFFSETS))
    assert come_down(mean, points, HORIZON_S, ground, offsets) == DONE
    assert ground[column.TOP_SEEN] == column.POINTS
    true = impact_ecef_m(truth)
    lon, lat, _ = erfa.gc2gd(naive.WGS84_ERFA, true)
    at = erfa.gd2gc(naive.WGS84_ERFA, ground[column.GROUND_LON], ground[column.GROUND_LAT], 0.0)
    off = (axes_ecef(math.degrees(lat), math.degrees(lon)) @ (np.array(at) - true))[:2]
    ee, en, nn = ground[[column.GROUND_EE, column.GROUND_EN, column.GROUND_NN]]
    error = mean - truth
    return Told(
        off,
        float(off @ np.linalg.solve(np.array([[ee, en], [en, nn]]), off)),
        float(error @ np.linalg.solve(cov, error)),
    )


def followed(flight: SetUp, seed: int, centres, sigma: float) -> list[Told]:
    """A bank of extended filters, each begun with its own coefficient; what its mixture tells."""
    rng = np.random.default_rng(seed)
    truth = flight.flown(None)
    rows = np.array([RADAR.seen(state, rng.standard_normal(3)) for state in truth])
    six, cov_of_six = first_estimate(rows[:2], flight.interval_s)
    means = [np.append(six, PRIOR_MEAN + centre) for centre in centres]
    covs = [np.diag([0.0] * 6 + [sigma**2]) for _ in centres]
    for cov in covs:
        cov[:6, :6] = cov_of_six
    # Centres and widths together are as wide as the prior.
    logs = -0.5 * np.array(centres) ** 2 / max(PRIOR_SIGMA**2 - sigma**2, 1e-9)
    alive, lines, fit = list(range(len(centres))), [], np.empty(FIT_SIZE)
    for k, row in enumerate(rows[2:], start=2):
        for i in alive:
            ahead, wide = extended(means[i], covs[i], flight.interval_s)
            judge(ahead, wide, row, fit)
            logs[i] += fit[LOG_LIKELIHOOD]
            means[i], covs[i] = np.empty_like(ahead), np.empty_like(wide)
            update(ahead, wide, row, means[i], covs[i])
        best = max(logs[alive])
        alive = [i for i in alive if logs[i] > best + NEGLIGIBLE_LOG]
        if k in MARKS_S:
            weights = np.exp(logs[alive] - best)
            mean, cov = mixed(weights / weights.sum(), [means[i] for i in alive], covs, alive)
            lines.append(told_of(mean, cov, truth[k]))
    return lines


def mixed(weights, means, covs, alive):
    """Mean and covariance of a mixture; Bar-Shalom, Li and Kirubarajan 2001, section 1.4.16."""
    mean = np.sum(weights[:, None] * np.array(means), axis=0)
    cov = np.zeros((mean.size, mean.size))
    for weight, one, i in zip(weights, means, alive, strict=True):
        cov += weight * (covs[i] + np.outer(one - mean, one - mean))
    return mean, cov


def augmented(flight: SetUp, seed: int) -> list[Told]:
    """One filter with the whole range of the coefficient as its prior."""
    return followed(flight, seed, (0.0,), PRIOR_SIGMA)


def bank(flight: SetUp, seed: int) -> list[Told]:
    """Filters for parts of the range."""
    reach = BANK_SIGMAS * PRIOR_SIGMA
    centres = np.arange(-reach, reach + 1e-9, BANK_SPACING)
    return followed(flight, seed, tuple(centres), BANK_SIGMA)


def drawn() -> list[SetUp]:
    """Bodies whose coefficients are as the prior says: one in each of its equal parts."""
    normal = norm.ppf((np.arange(RUNS) + 0.5) / RUNS)
    return [set_up(PRIOR_MEAN + PRIOR_SIGMA * float(one)) for one in normal]


def mean_of(lines, part: str):
    """Mean over the runs at each mark."""
    return np.mean([[getattr(one, part) for one in run] for run in lines], axis=0)


def rms_m(lines):
    """Root mean square error of the impact at each mark."""
    squares = [[float(one.impact_off_m @ one.impact_off_m) for one in run] for run in lines]
    return np.sqrt(np.mean(squares, axis=0))


def impact_bounds_m(flight: SetUp):
    """Smallest root mean square error of the impact at each mark, by differences."""
    truth = flight.flown(None)
    first = np.array([RADAR.seen(state, np.zeros(3)) for state in truth[:2]])
    cov = np.zeros((7, 7))
    cov[:6, :6] = first_estimate(first, flight.interval_s)[1]
    cov[6, 6] = PRIOR_SIGMA**2
    smallest = flight.bounds(cov, since=1)
    bounds = []
    for mark in MARKS_S:
        steps = np.diag(NUDGES)
        slope = (
            np.array(
                [
                    (impact_ecef_m(truth[mark] + step) - impact_ecef_m(truth[mark] - step)) / 2.0
                    for step in steps
                ]
            ).T
            / NUDGES
        )
        bounds.append(math.sqrt(np.trace(slope @ smallest[mark - 1] @ slope.T)))
    return np.array(bounds)


@pytest.fixture(scope="module")
def of_bank():
    return [bank(flight, seed) for seed, flight in enumerate(drawn())]


@pytest.fixture(scope="module")
def of_augmented():
    return [augmented(flight, seed) for seed, flight in enumerate(drawn())]


def test_the_bank_errs_as_it_says(of_bank):
    for part, components in (("impact_square", 2), ("state_square", 7)):
        low, high = band(components, RUNS)
        nees = mean_of(of_bank, part)
        assert (low < nees).all(), (part, nees)
        assert (nees < high).all(), (part, nees)


def test_the_bank_outdoes_one_augmented_filter(of_bank, of_augmented):
    """The article's finding. Before drag is felt there is nothing to tell the models apart."""
    ratios = rms_m(of_bank) / rms_m(of_augmented)
    assert ratios[0] == pytest.approx(1.0, abs=0.05)
    assert (ratios[FELT:] < 0.85).all()
    # One filter of first order takes the slope of the wrong coefficient, and then trusts it.
    assert (mean_of(of_augmented, "state_square")[FELT:] > 10.0 * 7.0).all()


def test_the_impact_is_found_while_drag_is_felt(of_bank):
    rms = rms_m(of_bank)
    assert (np.diff(rms) < 0.0).all()
    assert rms[-1] < rms[0] / 20.0


@pytest.mark.parametrize("bc_kg_m2", [1000.0, 4000.0])
def test_the_bank_reaches_the_bound_far_from_its_prior(bc_kg_m2):
    flight = set_up(-math.log(bc_kg_m2))
    runs = 40
    ratios = rms_m([bank(flight, 1000 + seed) for seed in range(runs)]) / impact_bounds_m(flight)
    # So many runs of two numbers, of which one is the larger: at least as many as `runs` of one.
    low, high = band(1, runs)
    assert (math.sqrt(low) < ratios[FELT:]).all(), ratios
    assert (ratios[FELT:] < math.sqrt(high)).all(), ratios
