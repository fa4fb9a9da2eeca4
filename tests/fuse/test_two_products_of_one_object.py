"""A coarse warning at once and a fine trajectory later are of the same plots, and count once."""

from __future__ import annotations

import itertools
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from commonwatch.estimate.assessment import Apogee, Ellipse, GroundPoint
from commonwatch.estimate.own_estimate import CoastInformation
from commonwatch.fuse.combine import sum_of
from commonwatch.fuse.contribution import coast_at
from commonwatch.fuse.one_word import one_word_each
from commonwatch.fuse.picture import picture
from commonwatch.release.bulletin import StateInformation
from commonwatch.release.coarse_state import coarsened_information
from commonwatch.utc import format_utc

from .builders import ELSEWHERE, EPOCH_S, burning_word, coast_of_seen, seen, word

NOW_S = EPOCH_S + 120.0
LATE_S = 30.0
LAUNCH = GroundPoint(format_utc(EPOCH_S - 300.0), 2.0, 39.0, 125.7, Ellipse(3e3, 1e3, 10.0))
APOGEE = Apogee(format_utc(EPOCH_S + 900.0), 6.0e6, 2e3)


def warning_and_trajectory(seed=3):
    """The same estimate: coarsened and with a launch now, fine and bare as it stood before."""
    fine = word("JPN", coast_of_seen(seen(seed)), last_plot_s=EPOCH_S)
    later = word("JPN", coast_of_seen(seen(seed)).at(EPOCH_S + LATE_S), last_plot_s=EPOCH_S + 30.0)
    warning = coarse_word(later, 20_000.0)
    warning = replace(replace_estimate(warning, launch=LAUNCH), apogee=APOGEE)
    return warning, replace(fine, impact=None)


def coarse_word(one, precision_m):
    """The word as an agreement of this precision lets it go."""
    coast, rows = one.estimate.coast, np.triu_indices(7)
    upper = tuple(np.array(coast.matrix)[rows].tolist())
    told = coarsened_information(
        StateInformation(
            one.estimate.epoch_s, one.estimate.last_plot_s, coast.reference, coast.vector, upper
        ),
        precision_m,
    )
    matrix = np.zeros((7, 7))
    matrix[rows] = told.matrix_upper
    matrix += np.triu(matrix, 1).T
    information = CoastInformation(told.reference, told.vector, tuple(map(tuple, matrix.tolist())))
    return replace_estimate(one, coast=information)


def replace_estimate(one, **changes):
    return replace(one, estimate=msgspec.structs.replace(one.estimate, **changes))


def area(told):
    return told.assessment.impact.ellipse95.semi_major_m * (
        told.assessment.impact.ellipse95.semi_minor_m
    )


def test_the_sharper_word_counts_and_nothing_of_the_other_is_added():
    warning, trajectory = warning_and_trajectory()
    (one,) = one_word_each((warning, trajectory), NOW_S)
    assert one.estimate.coast == trajectory.estimate.coast
    assert one.estimate.epoch_s == trajectory.estimate.epoch_s
    own = coast_at(trajectory, NOW_S)
    assert np.array_equal(coast_at(one, NOW_S).cov, own.cov)
    # Added up, the two would claim to know more than the plots told: that is the trap.
    both = sum_of([coast_at(warning, NOW_S), own])
    assert np.trace(both.cov[:3, :3]) < np.trace(own.cov[:3, :3])


def test_what_the_warning_alone_tells_is_kept():
    warning, trajectory = warning_and_trajectory()
    (one,) = one_word_each((warning, trajectory), NOW_S)
    assert one.estimate.launch == LAUNCH
    assert one.apogee == APOGEE
    assert one.impact == warning.impact
    assert one.estimate.last_plot_s == warning.estimate.last_plot_s


def test_the_order_changes_nothing_and_another_nation_is_added_once():
    warning, trajectory = warning_and_trajectory()
    other = word("KOR", coast_of_seen(seen(4)))
    told = [
        picture("KOR", one_word_each(order, NOW_S), NOW_S)
        for order in itertools.permutations((warning, trajectory, other))
    ]
    assert all(one == told[0] for one in told)
    (together,) = told[0]
    assert together.originators == ("JPN", "KOR")
    (fine,) = picture("KOR", (trajectory, other), NOW_S)
    assert area(together) == pytest.approx(area(fine), rel=1e-9)


def test_a_fine_word_that_the_newer_one_does_not_bear_out_does_not_count():
    warning, _trajectory = warning_and_trajectory()
    elsewhere = word("JPN", coast_of_seen(seen(5, truth=ELSEWHERE)))
    (one,) = one_word_each((warning, elsewhere), NOW_S)
    assert one.estimate.coast == warning.estimate.coast
    assert one.impact == warning.impact


def test_where_it_falls_if_thrust_ends_is_not_told_of_another_moment():
    _warning, trajectory = warning_and_trajectory()
    state = coast_at(trajectory, EPOCH_S)
    mean = np.concatenate([state.mean[:6], np.zeros(3)])
    burning = burning_word("JPN", mean, np.diag([1e8] * 3 + [1e4] * 3 + [1e2] * 3))
    guess = msgspec.structs.replace(word("JPN", coast_of_seen(seen(3))).impact, if_thrust_ends=True)
    (one,) = one_word_each((replace(burning, impact=guess), trajectory), EPOCH_S + 1.0)
    assert one.estimate.coast is not None
    assert one.impact is None


def test_words_of_several_objects_stay_apart():
    warning, trajectory = warning_and_trajectory()
    second = word("JPN", coast_of_seen(seen(7, truth=ELSEWHERE)), "t2")
    told = one_word_each((warning, second, trajectory), NOW_S)
    assert [one.key for one in told] == [("JPN", "t1"), ("JPN", "t2")]
    assert told[1] is second
