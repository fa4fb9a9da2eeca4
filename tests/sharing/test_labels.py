"""Labels: what is unknown only restricts; paths are compared by segment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.label import Label, LevelTable, derived_label, path_covers, unknown_categories
from commonwatch.lineage import Lineage, lineage_of, merged
from tests.sharing.builders import TERMS, label

TABLE = TERMS["KOR-JPN"].levels
SEGMENT = st.text("abc_", min_size=1, max_size=3)
PATH = st.lists(SEGMENT, min_size=1, max_size=4).map("/".join)


def test_a_path_is_not_covered_by_a_mere_prefix_of_its_text():
    # The trap that stix2's granular markings fell into: `pattern` marks its sibling `pattern_type`.
    assert path_covers("pattern", "pattern")
    assert path_covers("pattern", "pattern/observed")
    assert not path_covers("pattern", "pattern_type")
    assert not path_covers("pattern/observed", "pattern")


@pytest.mark.parametrize("empty", ["", "/", "path/", "/path", "path//state"])
def test_an_empty_segment_covers_nothing_and_is_covered_by_nothing(empty):
    assert not path_covers(empty, "path/state")
    assert not path_covers("path", empty)


@given(PATH, PATH)
def test_path_covers_equals_its_slow_twin(granted, asked):
    twin = any(
        "/".join(asked.split("/")[:n]) == granted for n in range(1, len(asked.split("/")) + 1)
    )
    assert path_covers(granted, asked) == twin


def test_levels_of_article_4_are_equivalent():
    # Article 4 of the agreement of 2016-11-23: which markings the parties hold for equal.
    for korean, japanese in (
        ("군사II급비밀", "極秘"),
        ("군사II급비밀", "特定秘密"),
        ("군사III급비밀", "秘"),
    ):
        assert TABLE.rank("KOR", korean) == TABLE.rank("JPN", japanese)
    assert TABLE.rank("JPN", "秘") < TABLE.rank("JPN", "極秘")


def test_the_top_level_is_never_exchanged():
    assert TABLE.rank("KOR", "군사I급비밀") is None
    assert TABLE.rank("JPN", "機密") is None


def test_a_nations_level_means_nothing_under_anothers_policy():
    assert TABLE.rank("KOR", "極秘") is None


def test_derived_from_two_nations_takes_the_highest_all_originators_and_common_releases():
    korean = label("KOR", level="군사II급비밀", releasable_to=("JPN", "USA"))
    japanese = label("JPN", releasable_to=("JPN", "KOR"))
    derived = derived_label((korean, japanese), TABLE, "JPN")
    assert derived == Label("JPN", "極秘", ("JPN", "KOR"), ("JPN",))


def test_derived_from_an_unknown_level_may_go_to_nobody():
    derived = derived_label((label("KOR"), label("JPN", level="機密")), TABLE, "JPN")
    assert derived.level == ""
    assert derived.releasable_to == ()
    assert derived.originators == ("JPN", "KOR")


def test_derived_from_nothing_may_go_to_nobody():
    assert derived_label((), TABLE, "JPN").releasable_to == ()
    assert LevelTable(()).rank("JPN", "秘") is None


def test_an_unknown_category_is_named():
    marked = label("KOR", categories=("launch-warning/track", "atomic"))
    assert unknown_categories(marked, ("launch-warning",)) == ("atomic",)


NAMES = st.frozensets(st.sampled_from("ABCDE"))


@given(st.lists(st.tuples(NAMES, NAMES), max_size=5))
def test_merged_lineage_loses_no_source_and_its_order_does_not_matter(parts):
    lineages = [lineage_of(originators, sensors) for originators, sensors in parts]
    result = merged(lineages)
    assert result == merged(reversed(lineages))
    assert set(result.sensors) == {name for item in lineages for name in item.sensors}
    assert set(result.originators) == {name for item in lineages for name in item.originators}


def test_a_lineage_that_is_not_sorted_is_refused():
    with pytest.raises(ValueError, match="sorted"):
        Lineage(("KOR",), ("b", "a"))
