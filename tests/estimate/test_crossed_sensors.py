"""Two objects fly close together: tracks that have one's plots by one radar are put right."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from commonwatch.estimate.crossed import SENSORS_MAX, SeenPlot, uncrossed
from commonwatch.trajectory.kernels import measurement as columns
from tests.trajectory.simulated_plots import close

from . import two_coasts
from .two_coasts import NOW_S, RADARS

ASKEW = (0.3, 0.5, 0.8)
ONCE_IN_A_THOUSAND = 1e-3
PASSES = 20
PARTED = two_coasts.parted(10.0, ASKEW)
# How far the tracks' own states may be off: what stands between them is a guess.
GUESS_SIGMAS = np.array([100.0] * 3 + [3.0] * 3)
NAMES = tuple(radar.name for radar in RADARS)


@functools.cache
def seen(seed: int, radars: int, speed_m_s: float = 10.0):
    """Plots of both objects by radar, and a state between them."""
    rng = np.random.default_rng([seed, radars])
    states = two_coasts.parted(speed_m_s, ASKEW)
    pair = two_coasts.pair_seen(states, RADARS[:radars], rng)
    return *pair, two_coasts.between(states, GUESS_SIGMAS * rng.standard_normal(6))


def answer(seed: int, radars: int, crossed: tuple[str, ...], speed_m_s: float = 10.0):
    one, two, between = seen(seed, radars, speed_m_s)
    return uncrossed(NOW_S, between, *two_coasts.tracks_of(one, two, crossed))


@pytest.mark.parametrize("radars", [2, 3])
def test_the_paths_of_crossed_tracks_err_as_they_say(radars):
    values = []
    for seed in range(PASSES):
        found = answer(seed, radars, ("R2",))
        assert found is not None
        values += [
            two_coasts.squares(path, state)
            for path, state in zip((found.first, found.second), PARTED, strict=True)
        ]
    low, high = chi2.ppf([ONCE_IN_A_THOUSAND, 1.0 - ONCE_IN_A_THOUSAND], 6 * len(values))
    assert low <= sum(values) <= high


@pytest.mark.parametrize("radars", [2, 3])
def test_what_is_not_crossed_is_left_alone(radars):
    assert [answer(seed, radars, ()) for seed in range(PASSES)] == [None] * PASSES


def test_too_close_to_tell_is_left_alone_or_put_right_and_never_made_worse():
    """At three metres a second two radars cannot always say; where they say so, it is so."""
    states, told, values = two_coasts.parted(3.0, ASKEW), 0, []
    for seed in range(PASSES):
        assert answer(seed, 2, (), 3.0) is None
        found = answer(seed, 2, ("R2",), 3.0)
        if found is not None:
            told += 1
            values.append(two_coasts.squares(found.first, states[0]))
    assert 0 < told < PASSES
    assert sum(values) <= chi2.ppf(1.0 - ONCE_IN_A_THOUSAND, 6 * told)


@given(st.integers(0, 5), st.sets(st.sampled_from(NAMES)))
@settings(max_examples=40)
def test_whichever_radars_are_crossed_the_first_by_name_says_who_is_who(seed, crossed):
    found = answer(seed, 3, tuple(sorted(crossed)))
    if len(crossed) in {0, len(NAMES)}:
        assert found is None
        return
    states = PARTED[::-1] if NAMES[0] in crossed else PARTED
    assert found is not None
    limit = chi2.ppf(1.0 - 1e-6, 6)
    assert two_coasts.squares(found.first, states[0]) < limit
    assert two_coasts.squares(found.second, states[1]) < limit


@given(st.permutations(range(60)), st.lists(st.floats(-2.0, 2.0), min_size=6, max_size=6))
@settings(max_examples=30)
def test_neither_the_order_of_plots_nor_the_guess_between_matters(order, off):
    one, two, between = seen(1, 2)
    first, second = two_coasts.tracks_of(one, two, ("R1",))
    found = uncrossed(NOW_S, between, first, second)
    assert found is not None
    shuffled = [first[k] for k in order if k < len(first)]
    again = uncrossed(NOW_S, between, shuffled, second[::-1])
    assert again is not None
    assert np.array_equal(again.first[0], found.first[0])
    assert np.array_equal(again.second[1], found.second[1])
    elsewhere = between + np.append(GUESS_SIGMAS * off, 0.0)
    moved = uncrossed(NOW_S, elsewhere, first, second)
    assert moved is not None
    sigmas = np.sqrt(np.diag(found.first[1]))
    assert np.abs((moved.first[0] - found.first[0]) / sigmas).max() < 0.2
    assert close(moved.first[1], found.first[1], 0.02)


def test_it_is_the_best_of_all_pairings_of_real_arcs():
    one, two, _between = seen(4, 3)
    mine, others = two | {"R1": one["R1"]}, one | {"R1": two["R1"]}
    first, second, crossed = two_coasts.best_pairing(PARTED, mine, others)
    assert crossed == NAMES[1:]
    found = answer(4, 3, crossed)
    assert found is not None
    for path, fit in zip((found.first, found.second), (first, second), strict=True):
        sigmas = np.sqrt(np.diag(fit.cov))
        assert np.abs((path[0] - fit.state) / sigmas).max() < 0.1
        assert close(path[1], fit.cov, 0.02)


@pytest.mark.parametrize("thrust_m_s2", [1.0, 5.0, 30.0])
@pytest.mark.parametrize("crossed", [(), ("R2",)])
def test_what_burns_fits_no_coast(thrust_m_s2, crossed):
    along = PARTED[0][3:] / np.linalg.norm(PARTED[0][3:])
    force = thrust_m_s2 * along
    between = np.append(
        np.mean([two_coasts.arc(one, np.array([NOW_S]), force)[0] for one in PARTED], axis=0),
        two_coasts.between(PARTED)[6],
    )
    for seed in range(5):
        pair = two_coasts.pair_seen(PARTED, RADARS, np.random.default_rng(seed), force)
        assert uncrossed(NOW_S, between, *two_coasts.tracks_of(*pair, crossed)) is None


@pytest.mark.parametrize("every", [2, 3, 5])
def test_a_radar_whose_plots_are_some_of_one_and_some_of_the_other_fits_neither(every):
    """Most of them are crossed, one in `every` is not: to swap them all would be wrong too."""
    one, two, between = seen(2, 3)
    straight = two_coasts.tracks_of(one, two, ())
    crossed = two_coasts.tracks_of(one, two, ("R2",))
    mixed = [
        [plot for k, plot in enumerate(part) if plot.sensor != "R2" or k % every]
        + [plot for k, plot in enumerate(rest) if plot.sensor == "R2" and k % every == 0]
        for part, rest in zip(crossed, straight, strict=True)
    ]
    assert uncrossed(NOW_S, between, *mixed) is None


def test_plots_that_cannot_be_paired_say_nothing():
    """A line of sight, a radar that saw one of the two, or either too seldom."""
    one, two, between = seen(3, 2)
    first, second = two_coasts.tracks_of(one, two, ("R2",))
    found = uncrossed(NOW_S, between, first, second)
    wrong = [replace(plot, row=plot.row + 0.3) for plot in first if plot.sensor == "R1"]
    infrared = [SeenPlot(plot.time_s, "I1", plot.row.copy()) for plot in wrong]
    for plot in infrared:
        plot.row[[columns.RANGE, columns.RANGE_RATE]] = np.nan
    lone = [replace(plot, sensor="R0") for plot in wrong]
    seldom = [replace(plot, sensor="R3") for plot in wrong[:3]]
    more = (
        [*first, *infrared, *lone, *seldom],
        [*second, *infrared, *seldom],
    )
    again = uncrossed(NOW_S, between, *more)
    assert found is not None
    assert again is not None
    assert np.array_equal(again.first[0], found.first[0])
    assert np.array_equal(again.second[0], found.second[0])
    alone = [[plot for plot in part if plot.sensor == "R1"] for part in (first, second)]
    assert uncrossed(NOW_S, between, *alone) is None


def test_of_more_radars_than_can_be_paired_the_first_by_name_are():
    rng = np.random.default_rng(6)
    radars = [replace(RADARS[k % 3], name=f"R{k:02d}") for k in range(SENSORS_MAX + 2)]
    one, two = two_coasts.pair_seen(PARTED, radars, rng)
    between = two_coasts.between(PARTED)
    every = uncrossed(NOW_S, between, *two_coasts.tracks_of(one, two, ("R03", "R09")))
    few = [{name: plots[name] for name in sorted(plots)[:SENSORS_MAX]} for plots in (one, two)]
    first = uncrossed(NOW_S, between, *two_coasts.tracks_of(*few, ("R03",)))
    assert every is not None
    assert first is not None
    assert np.array_equal(every.first[0], first.first[0])
