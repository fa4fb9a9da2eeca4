"""Labels of portions: by whole segments of a path, the nearest above, never below the whole's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.errors import UnusableInput
from commonwatch.label import Label
from commonwatch.marking.check import HeldTo, marked_whole, reasons_against
from commonwatch.marking.portions import MarkedWhole, PortionLabel, reasons_against_portions
from commonwatch.mode import EXERCISE
from tests.marking.labels import KOREAN, LEVELS, document

TABLE = LEVELS["KOR-JPN"]
SECRET = Label("KOR", "군사II급비밀", ("KOR",), ("JPN",))
CONFIDENTIAL = Label("KOR", "군사III급비밀", ("KOR",), ("JPN",))
NOBODY = Label("KOR", "군사III급비밀", ("KOR",))


def test_a_label_of_path_never_holds_for_pathology():
    # The trap that stix2's granular markings fell into.
    marked = MarkedWhole(SECRET, (PortionLabel("path", CONFIDENTIAL),))
    assert marked.label_at("path") == CONFIDENTIAL
    assert marked.label_at("path/phase") == CONFIDENTIAL
    assert marked.label_at("pathology") == SECRET
    assert marked.label_at("pathology/phase") == SECRET
    assert marked.label_at("a/path") == SECRET


def test_the_nearest_label_above_counts_and_not_the_longest_text():
    marked = MarkedWhole(
        SECRET,
        (
            PortionLabel("a_very_long_name", CONFIDENTIAL),
            PortionLabel("a_very_long_name/b", SECRET),
        ),
    )
    assert marked.label_at("a_very_long_name/b/c") == SECRET
    assert marked.label_at("a_very_long_name/c") == CONFIDENTIAL


def test_a_portion_that_nobody_labelled_takes_the_wholes_label():
    marked = MarkedWhole(SECRET, (PortionLabel("apogee", CONFIDENTIAL),))
    assert marked.label_at("launch_point") == SECRET
    assert marked.label_of_portion("launch_point", TABLE) == SECRET


def test_what_leaves_with_a_field_counts_with_it():
    marked = MarkedWhole(
        SECRET, (PortionLabel("path", CONFIDENTIAL), PortionLabel("path/boost_state", SECRET))
    )
    assert marked.label_of_portion("path", TABLE).level == SECRET.level
    assert marked.label_of_portion("path/phase", TABLE).level == CONFIDENTIAL.level


def test_the_whole_is_the_highest_of_its_portions_and_goes_only_where_all_may():
    marked = MarkedWhole(CONFIDENTIAL, (PortionLabel("path", SECRET), PortionLabel("x", NOBODY)))
    assert marked.highest(TABLE) == Label("KOR", SECRET.level, ("KOR",), ())
    found = list(reasons_against_portions(marked, TABLE))
    assert any("`path` is 군사II급비밀, higher" in reason for reason in found)
    assert any("`x` is not releasable to JPN" in reason for reason in found)
    assert len(found) == 2


def test_a_portion_of_an_unknown_level_may_go_to_nobody():
    odd = Label("KOR", "극비", ("KOR",), ("JPN",))
    marked = MarkedWhole(SECRET, (PortionLabel("path", odd),))
    assert marked.label_of_portion("path", TABLE).level == ""
    assert marked.highest(TABLE).releasable_to == ()
    assert "cannot be compared" in next(reasons_against_portions(marked, TABLE))


def test_a_portion_of_another_originator_is_named_by_the_whole():
    japanese = Label("JPN", "秘", ("JPN",), ("JPN",))
    marked = MarkedWhole(SECRET, (PortionLabel("path", japanese),))
    assert any("is of JPN" in reason for reason in reasons_against_portions(marked, TABLE))


@pytest.mark.parametrize("path", ["", "/", "a/", "/a", "a//b"])
def test_a_path_without_segments_is_refused(path):
    with pytest.raises(UnusableInput, match="segments"):
        PortionLabel(path, SECRET)


def test_one_path_with_two_labels_is_refused():
    with pytest.raises(UnusableInput, match="two labels"):
        MarkedWhole(SECRET, (PortionLabel("a", SECRET), PortionLabel("a", CONFIDENTIAL)))


PATH = st.lists(st.sampled_from(["a", "ab", "b"]), min_size=1, max_size=3).map("/".join)
LEVEL = st.sampled_from([SECRET, CONFIDENTIAL, NOBODY])


@given(LEVEL, st.dictionaries(PATH, LEVEL, max_size=6), PATH)
def test_the_label_at_a_path_equals_its_slow_twin(whole, labels, asked):
    marked = MarkedWhole(whole, tuple(PortionLabel(path, item) for path, item in labels.items()))
    expected, segments = whole, asked.split("/")
    for count in range(1, len(segments) + 1):
        expected = labels.get("/".join(segments[:count]), expected)
    assert marked.label_at(asked) == expected


@given(LEVEL, st.dictionaries(PATH, LEVEL, max_size=6), PATH)
def test_no_portion_is_lower_than_anything_that_leaves_with_it(whole, labels, asked):
    marked = MarkedWhole(whole, tuple(PortionLabel(path, item) for path, item in labels.items()))
    given_label = marked.label_of_portion(asked, TABLE)
    for path, item in {**labels, asked: marked.label_at(asked)}.items():
        if path == asked or path.startswith(asked + "/"):
            assert TABLE.rank("KOR", given_label.level) >= TABLE.rank("KOR", item.level)
            assert set(given_label.releasable_to) <= set(item.releasable_to)


def test_a_documents_portions_are_held_to_the_same():
    sound = document(KOREAN, portions=(("path", KOREAN),))
    held = HeldTo(mode=EXERCISE, levels=TABLE)
    assert list(reasons_against(sound, held)) == []
    assert marked_whole(sound).portions == (PortionLabel("path", KOREAN),)
    low = Label("KOR", "군사III급비밀", ("KOR",), ("JPN", "USA"), ("launch-warning",))
    unsound = document(low, portions=(("path", KOREAN),))
    assert any("higher than the whole's" in item.text for item in reasons_against(unsound, held))
    without = list(reasons_against(sound, HeldTo(mode=EXERCISE)))
    assert [item.where for item in without] == ["portions"]
