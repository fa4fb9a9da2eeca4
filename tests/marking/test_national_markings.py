"""Markings of Korea, Japan and the United States, and which the agreements hold for equal."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.label import Label
from commonwatch.marking.binding import Binding, BoundLabel, embedded
from commonwatch.marking.confidentiality import label_of
from commonwatch.marking.equivalence import equivalent_label, with_equivalent
from commonwatch.marking.national import (
    NATIONAL_MARKINGS,
    banner,
    national_marking,
    portion_mark,
    reason_against_level,
)
from tests.marking.labels import KOREAN, LEVELS, told

# Article 4 of the agreement of 2016-11-23 (English text public): levels held for equal, with the
# United States' as the article names them. The top levels are never exchanged.
ARTICLE_4 = [
    ("군사II급비밀", "極秘", "SECRET"),
    ("군사II급비밀", "特定秘密", "SECRET"),
    ("군사III급비밀", "秘", "CONFIDENTIAL"),
]
TOP = [("KOR", "군사I급비밀"), ("JPN", "機密"), ("USA", "TOP SECRET")]
AGREEMENTS = {
    "KOR-JPN": ("KOR", "JPN"),
    "KOR-USA": ("KOR", "USA"),
    "JPN-USA": ("JPN", "USA"),
}


@pytest.mark.parametrize(("korean", "japanese", "american"), ARTICLE_4)
@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_every_agreement_holds_article_4s_levels_for_equal(agreement, korean, japanese, american):
    levels = LEVELS[agreement]
    of = {"KOR": korean, "JPN": japanese, "USA": american}
    one, other = AGREEMENTS[agreement]
    assert levels.rank(one, of[one]) == levels.rank(other, of[other]) is not None
    for giver, receiver in ((one, other), (other, one)):
        label = told(Label(giver, of[giver], (giver,), (receiver,)))
        equal = equivalent_label(label, receiver, levels)
        assert levels.rank(receiver, equal.level) == levels.rank(giver, of[giver])
        assert label_of(equal) == Label(receiver, equal.level, (giver,), (receiver,))


def test_where_japan_has_two_equal_levels_the_one_that_no_act_must_designate_is_added():
    assert equivalent_label(told(KOREAN), "JPN", LEVELS["KOR-JPN"]).level == "極秘"


@pytest.mark.parametrize(("policy", "level"), TOP)
def test_a_top_level_is_refused_by_every_agreement_and_without_one(policy, level):
    assert "top level" in str(reason_against_level(policy, level, None))
    for levels in LEVELS.values():
        assert reason_against_level(policy, level, levels) is not None
        with pytest.raises(UnusableInput):
            equivalent_label(told(Label(policy, level, (policy,))), "JPN", levels)


@pytest.mark.parametrize("level", ["対外秘", "극비", "secret", "SECRET ", "Ⅱ", "군사II급비밀x"])
@pytest.mark.parametrize("policy", ["KOR", "JPN", "USA", "FRA", "NATO", ""])
def test_an_unknown_level_is_refused_with_what_would_be_right(policy, level):
    for levels in (None, *LEVELS.values()):
        assert "level" in str(reason_against_level(policy, level, levels))


def test_a_level_written_with_roman_numeral_characters_is_refused_with_a_hint():
    # U+2161 instead of two letters I: looks the same, is another text; not taken for it by guess.
    for levels in (None, LEVELS["KOR-JPN"]):
        assert "`군사II급비밀`" in str(reason_against_level("KOR", "군사Ⅱ급비밀", levels))


def test_every_level_of_every_agreement_is_a_published_one_that_is_exchanged():
    for levels in LEVELS.values():
        for row in levels.rows:
            for policy, level in row.markings:
                marking = national_marking(policy, level)
                assert marking is not None
                assert marking.exchanged


def test_national_markings_are_all_different_and_in_the_agreements_order():
    assert len({(item.policy, item.level) for item in NATIONAL_MARKINGS}) == len(NATIONAL_MARKINGS)
    for levels in LEVELS.values():
        for code in ("KOR", "JPN", "USA"):
            ranks = [levels.rank(code, item.level) for item in NATIONAL_MARKINGS
                     if item.policy == code and item.exchanged]  # fmt: skip
            known = [rank for rank in ranks if rank is not None]
            assert known == sorted(known)


@pytest.mark.parametrize(
    ("policy", "level", "mark"),
    [
        ("USA", "TOP SECRET", "(TS)"),  # 32 CFR 2001.24 (c): portions
        ("USA", "SECRET", "(S)"),
        ("USA", "CONFIDENTIAL", "(C)"),
        ("JPN", "極秘", "(極秘)"),
        ("KOR", "군사III급비밀", "(군사III급비밀)"),
        ("XXX", "WHATEVER", "(WHATEVER)"),
    ],
)
def test_portion_marks(policy, level, mark):
    assert portion_mark(Label(policy, level, (policy,))) == mark


def test_the_banner_keeps_the_original_and_adds_giver_and_equivalent():
    assert banner(KOREAN, [("JPN", "極秘")]) == (
        "군사II급비밀 (KOR; from KOR; releasable to JPN, USA)",
        "極秘 (JPN; equivalent)",
    )
    assert "nobody" in banner(Label("KOR", "군사II급비밀", ("KOR",)), ())[0]


def test_the_equivalent_is_added_and_the_original_stays_as_it_was_written():
    original = msgspec.structs.replace(told(KOREAN), privacy_mark="취급주의")
    binding = Binding((BoundLabel("originator", original),), (embedded("x", "text/plain", b"x"),))
    both = with_equivalent(binding, "JPN", LEVELS["KOR-JPN"])
    assert both.original == original
    assert [item.role for item in both.labels] == ["originator", "alternative"]
    assert both.labels[1].label.categories == original.categories
    with pytest.raises(UnusableInput, match="already"):
        with_equivalent(both, "JPN", LEVELS["KOR-JPN"])
    with pytest.raises(UnusableInput, match="already"):
        with_equivalent(binding, "KOR", LEVELS["KOR-JPN"])
    with pytest.raises(UnusableInput, match="no level that equals"):
        with_equivalent(binding, "USA", LEVELS["KOR-JPN"])
