"""Which words are of one object: near for their errors, and one of each originator."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatch.fuse.picture import picture
from commonwatch.fuse.same_object import groups

from .builders import ELSEWHERE, EPOCH_S, TRUTH, coast_of_seen, seen, word

BESIDE = TRUTH + np.array([40e3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])


def names(found) -> list[list[tuple[str, str]]]:
    return [[one.key for one in group] for group in found]


@given(st.integers(0, 2**32))
@settings(max_examples=30)
def test_honest_words_on_one_object_are_joined(seed):
    words = [word(name, coast_of_seen(seen(seed + k))) for k, name in enumerate(("JPN", "KOR"))]
    assert names(groups(words, EPOCH_S + 20.0)) == [[("JPN", "t1"), ("KOR", "t1")]]


@given(st.integers(0, 2**32))
@settings(max_examples=30)
def test_two_objects_are_not_joined(seed):
    for there in (BESIDE, ELSEWHERE):
        words = [
            word("JPN", coast_of_seen(seen(seed))),
            word("KOR", coast_of_seen(seen(seed + 1, truth=there))),
        ]
        assert len(groups(words, EPOCH_S + 20.0)) == 2
        told = picture("JPN", words, EPOCH_S + 20.0)
        assert [one.originators for one in told] == [("JPN",), ("KOR",)]


def test_one_originators_two_tracks_stay_two_though_they_are_near():
    coast = coast_of_seen(seen(1))
    words = [word("JPN", coast, "t1"), word("JPN", coast, "t2")]
    assert len(groups(words, EPOCH_S)) == 2


def test_two_objects_and_three_originators_pair_off_in_any_order():
    words = [
        word(name, coast_of_seen(seen(7 * k + flown, truth=truth)), f"t{flown}")
        for k, name in enumerate(("JPN", "KOR", "USA"))
        for flown, truth in ((1, TRUTH), (2, BESIDE))
    ]
    expected = [[(name, f"t{flown}") for name in ("JPN", "KOR", "USA")] for flown in (1, 2)]
    for order in itertools.islice(itertools.permutations(words), 0, 720, 37):
        assert names(groups(order, EPOCH_S + 5.0)) == expected
