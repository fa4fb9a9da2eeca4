"""Article 4: equal levels, the top one never exchanged; the giver's name and marking stay.

The levels are written here from the public text of the agreement of 2016-11-23, not read from the
program's examples.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from commonwatch.label import derived_label
from tests.sharing.builders import T0_S, TERMS, label
from tests.sharing.test_gate import CANDIDATE, ruled, withheld_why

LEVELS = TERMS["KOR-JPN"].levels
EQUAL = [("군사II급비밀", "極秘"), ("군사II급비밀", "特定秘密"), ("군사III급비밀", "秘")]
TOP = [("KOR", "군사I급비밀"), ("JPN", "機密"), ("USA", "TOP SECRET")]


@pytest.mark.parametrize(("korean", "japanese"), EQUAL)
def test_levels_of_the_article_are_equal(korean, japanese):
    rank = LEVELS.rank("KOR", korean)
    assert rank is not None
    assert LEVELS.rank("JPN", japanese) == rank


@pytest.mark.parametrize("korean", ["군사II급비밀", "군사III급비밀"])
def test_what_is_marked_with_an_equal_level_goes(korean):
    ruling = ruled(replace(CANDIDATE, label=label("KOR", level=korean)))
    assert ruling.decision.outcome == "release"


@pytest.mark.parametrize(("policy", "level"), TOP)
def test_the_top_level_is_never_exchanged_not_even_as_a_floor(policy, level):
    for terms in TERMS.values():
        assert terms.levels.rank(policy, level) is None
    if policy == "KOR":
        ruling = ruled(replace(CANDIDATE, label=label("KOR", level=level)))
        assert "is unknown to KOR-JPN" in withheld_why(ruling)


def test_the_receiver_adds_its_own_marking_and_the_givers_stays(three):
    three.beat(T0_S)
    held = next(item for item in three.nodes["JPN"].held() if item.bulletin.originator == "KOR")
    assert held.bulletin.label.policy == "KOR"
    assert held.bulletin.label.level == "군사III급비밀"
    assert held.bulletin.label.originators == ("KOR",)
    assert held.equivalent_level == "秘"


def test_what_contains_it_is_marked_as_high_and_names_every_giver():
    made = derived_label(
        (label("KOR", level="군사II급비밀"), label("JPN", level="秘")), LEVELS, "JPN"
    )
    assert LEVELS.rank("JPN", made.level) == LEVELS.rank("KOR", "군사II급비밀")
    assert made.originators == ("JPN", "KOR")
