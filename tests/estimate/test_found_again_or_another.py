"""What begins beside a lost track: the same object, or another one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from scipy.spatial.distance import mahalanobis

from commonwatch.estimate import found_again as found
from commonwatch.estimate.found_again import Surroundings, as_found, found_again, is_held_back
from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.estimate.track import Track
from commonwatch.trajectory.kernels.bank_answers import best_answer
from tests.trajectory.flights import OVERFLIGHT

from .tracks_by_hand import bank_of_radars, coasting, spread

NOW_S = 1000.0
LOST_AT_S = NOW_S - 8.0
COV = spread(100.0, 10.0)
AWAY = np.array([1.0, 0.0, 0.0])


def moved(off_m=(0.0, 0.0, 0.0), off_m_s=(0.0, 0.0, 0.0)) -> np.ndarray:
    """A state aside of the one where tracks are lost."""
    return OVERFLIGHT + np.concatenate([off_m, off_m_s])


def lost(bank, name: str, state: np.ndarray, cov: np.ndarray = COV) -> Track:
    """A track that has missed as many detections as one that is lost."""
    track = coasting(bank, name, state, cov, NOW_S)
    return replace(track, last_plot_s=LOST_AT_S, missed_scans=found.LOST_SCANS, seen_powered=True)


def new(bank, name: str, state: np.ndarray, cov: np.ndarray = COV) -> Track:
    """A track that began since, beside another, and is seen."""
    track = coasting(bank, name, state, cov, NOW_S)
    begun_s = LOST_AT_S + 2.0
    return replace(
        track, first_s=begun_s, confirmed_s=NOW_S - 2.0, beside=True, held_back=True, parent=None
    )


def names(tracks, bank) -> list[tuple[str, str]]:
    return [(one.lost.id, one.new.id) for one in found_again(tracks, bank.bank)]


UNIT = st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3)
SIGMAS = st.tuples(st.floats(10.0, 5e3), st.floats(1.0, 500.0))


@given(UNIT, UNIT, SIGMAS, SIGMAS)
@settings(max_examples=100)
def test_they_are_the_same_where_place_and_velocity_agree(off_m, off_m_s, sigmas, new_sigmas):
    """Within four sigmas of what both estimates say and what a lost track may be off by besides."""
    bank = bank_of_radars()
    one, two = spread(*sigmas), spread(*new_sigmas)
    there = moved(np.array(off_m) * 2e4, np.array(off_m_s) * 2e3)
    tracks = (lost(bank, "t1", OVERFLIGHT, one), new(bank, "t2", there, two))
    sizes = [
        mahalanobis(there[part], OVERFLIGHT[part], np.linalg.inv(cov))
        for part, cov in (
            (slice(0, 3), (one + two)[:3, :3] + found.OFF_M**2 * np.eye(3)),
            (slice(3, 6), (one + two)[3:, 3:] + found.OFF_M_S**2 * np.eye(3)),
        )
    ]
    agree = max(sizes) < found.OFF_SIGMAS
    assert names(tracks, bank) == ([("t1", "t2")] if agree else [])


@pytest.mark.parametrize("who", ["lost", "new"])
def test_what_is_vague_may_be_farther_off(who):
    bank = bank_of_radars()
    vague, there = spread(5e3, 10.0), moved(15e3 * AWAY)
    covs = {"lost": (vague, COV), "new": (COV, vague)}[who]
    tracks = (lost(bank, "t1", OVERFLIGHT, covs[0]), new(bank, "t2", there, covs[1]))
    assert names(tracks, bank) == [("t1", "t2")]
    sharp = (lost(bank, "t3", OVERFLIGHT), new(bank, "t4", there))
    assert names(sharp, bank) == []


@pytest.mark.parametrize(
    ("old", "begun", "same"),
    [
        ({}, {}, True),
        ({}, {"parent": "t1", "event": "e-t1"}, True),
        ({"missed_scans": 0.9 * found.LOST_SCANS}, {}, False),
        ({}, {"missed_scans": 0.5}, False),
        ({}, {"beside": False}, False),
        ({}, {"parent": "t9", "event": "e-t9"}, False),
        ({}, {"first_s": LOST_AT_S - found.BEGAN_BEFORE_S - 1.0}, False),
        ({"first_s": LOST_AT_S - 5.0}, {"first_s": LOST_AT_S - 6.0}, False),
    ],
    ids=[
        "lost, and another begins where it would be",
        "which was taken for a part of it",
        "still seen",
        "the new one is seen no more",
        "the new one began beside nothing",
        "the new one is a part of another's",
        "both were seen side by side",
        "the new one is the older one",
    ],
)
def test_which_may_be_the_same(old, begun, same):
    bank = bank_of_radars()
    tracks = (
        replace(lost(bank, "t1", OVERFLIGHT), **old),
        replace(new(bank, "t2", moved(500.0 * AWAY)), **begun),
    )
    assert bool(found_again(tracks, bank.bank)) == same


def test_another_event_far_away_is_no_part_and_not_taken():
    bank = bank_of_radars()
    far = moved(60e3 * AWAY)
    old, other = lost(bank, "t1", OVERFLIGHT), new(bank, "t2", far)
    assert names((old, other), bank) == []
    nine = np.concatenate([far, np.zeros(3)])
    start = PoweredFilter(NOW_S, nine, np.eye(9) * 100.0**2)
    assert Surroundings(1).beside(start, (old,), bank.bank) == ()


@given(st.floats(0.7, 1.3), st.floats(10.0, 3e3))
@settings(max_examples=40)
def test_it_begins_beside_a_track_within_six_kilometres_and_three_sigmas(share, sigma_m):
    bank = bank_of_radars()
    tracks = (coasting(bank, "t1", OVERFLIGHT, COV, NOW_S),)
    within_m = 6e3 + 3.0 * math.sqrt(3.0) * sigma_m
    nine = np.concatenate([moved(share * within_m * AWAY), np.zeros(3)])
    start = PoweredFilter(NOW_S, nine, np.eye(9) * sigma_m**2)
    if abs(share - 1.0) > 1e-6:
        assert bool(Surroundings(1).beside(start, tracks, bank.bank)) == (share < 1.0)


@pytest.mark.parametrize("seed", range(3))
def test_of_many_tracks_and_those_begun_since_the_near_ones_are_found_in_order(seed):
    rng = np.random.default_rng(seed)
    bank = bank_of_radars()
    bank.reserve(90)
    aside_m = rng.uniform(-12e3, 12e3, (90, 3))
    tracks = tuple(
        coasting(bank, f"t{k}", moved(off_m), COV, NOW_S) for k, off_m in enumerate(aside_m)
    )
    around = Surroundings(80)
    for place_m in rng.uniform(-6e3, 6e3, (5, 3)):
        nine = np.concatenate([moved(place_m), np.zeros(3)])
        start = PoweredFilter(NOW_S, nine, np.eye(9) * 100.0**2)
        apart_m = np.linalg.norm(aside_m - place_m, axis=1)
        near = np.flatnonzero(apart_m < 6e3 + 3.0 * math.sqrt(3.0) * 100.0).tolist()
        beside = around.beside(start, tracks, bank.bank)
        assert [track.id for track in beside] == [f"t{k}" for k in near]
        assert 0 < len(near) < 90


@given(st.permutations(range(4)))
@settings(max_examples=24)
def test_the_nearest_two_first_and_each_once(order):
    """The second of the new is near both lost; the first is nearer to the first."""
    bank = bank_of_radars()
    every = (
        lost(bank, "t1", moved(0.0 * AWAY)),
        lost(bank, "t2", moved(3e3 * AWAY)),
        new(bank, "t3", moved(500.0 * AWAY)),
        new(bank, "t4", moved(1e3 * AWAY)),
    )
    tracks = tuple(every[k] for k in order)
    assert names(tracks, bank) == [("t1", "t3"), ("t2", "t4")]


def test_who_it_is_stays_and_where_it_is_is_new():
    bank = bank_of_radars()
    old = replace(lost(bank, "t1", OVERFLIGHT), sources=("R1", "R2"), parent="t0")
    one = replace(new(bank, "t2", moved(500.0 * AWAY)), sources=("R2", "R3"))
    (pair,) = found_again((old, one), bank.bank)
    goes_on = as_found(pair, was_told=True)
    for kept in ("id", "event", "first_s", "confirmed_s", "early", "launch", "parent"):
        assert getattr(goes_on, kept) == getattr(old, kept), kept
    assert goes_on.row == one.row
    assert best_answer(bank.bank, goes_on.row) != best_answer(bank.bank, old.row)
    assert goes_on.last_plot_s == one.last_plot_s
    assert goes_on.sources == ("R1", "R2", "R3")
    assert goes_on.missed_scans == 0.0


@pytest.mark.parametrize(("held", "told"), [(False, False), (False, True), (True, True)])
def test_what_was_told_is_not_held_back_when_it_is_found(held, told):
    bank = bank_of_radars()
    old = replace(lost(bank, "t1", OVERFLIGHT), held_back=held)
    (pair,) = found_again((old, new(bank, "t2", OVERFLIGHT)), bank.bank)
    assert not as_found(pair, was_told=told).held_back


def test_what_is_held_back_is_so_for_five_seconds():
    bank = bank_of_radars()
    one = new(bank, "t2", OVERFLIGHT)
    assert is_held_back(one, one.confirmed_s)
    assert is_held_back(one, one.confirmed_s + 4.9)
    assert not is_held_back(one, one.confirmed_s + 5.0)
    assert not is_held_back(replace(one, held_back=False), one.confirmed_s)
