"""The statement says the same in English, Japanese and Korean, and takes no side."""

from __future__ import annotations

import re

import pytest

from commonwatch.catalogue.published import load
from commonwatch.mode import EXERCISE
from commonwatch.node.joint_files import published_of
from commonwatch.report.joint_page import render_joint_page
from commonwatch.warn.joint.difference_sentences import difference_sentence
from commonwatch.warn.joint.differences import Circumstances, differences
from commonwatch.warn.joint.sides import sides_of
from commonwatch.warn.joint.statement import LANGUAGES, Statement, statement_of, statement_text
from tests.joint.joint_case import PUBLIC, proposed, signed_by

CASES = ("NK20220304-01", "NK20220924-01")
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:[.:]\d+)*(?: ?(?:km|s)\b)?", re.ASCII)
NAMES_OF_SEAS = (
    "Sea of Japan", "East Sea", "Yellow Sea", "West Sea",
    "日本海", "東海", "黄海", "동해", "일본해", "황해", "서해",
)  # fmt: skip


def told(launch_id: str) -> dict[str, Statement]:
    signed = signed_by(proposed(launch_id), "JPN", "KOR")
    return {w.language: statement_of(signed, PUBLIC, EXERCISE, w) for w in LANGUAGES}


def numbers_in(text: str) -> list[str]:
    return sorted(match.replace(" ", "") for match in NUMBER.findall(text))


@pytest.mark.parametrize("launch_id", CASES)
def test_every_value_stands_in_each_language_with_the_same_unit(launch_id):
    english, *others = (numbers_in(statement_text(one)) for one in told(launch_id).values())
    assert len(english) > 20
    assert all(other == english for other in others)


@pytest.mark.parametrize("launch_id", CASES)
def test_page_and_text_say_the_same(launch_id):
    for one in told(launch_id).values():
        page = re.sub(r"\s+", " ", render_joint_page(one))
        for row in one.rows:
            assert all(cell.large.replace(">", "&gt;") in page for cell in row.cells)
        for line in (*one.differences, *one.physics, *one.signatures, one.digest):
            assert line.replace("&", "&amp;").replace("'", "&#39;") in page
        assert f'<html lang="{one.words.language}">' in page
        assert one.words.exercise in page
        assert "http-equiv" not in page
        assert not re.search(r"<(script|link|img)\b", page)


def test_no_sentence_of_any_launch_lacks_a_word_and_no_sea_is_named():
    nothing_seen = Circumstances((), (), (), shared_values=True)
    count = 0
    for launch_id in dict.fromkeys(statement.launch_id for statement in load().statements):
        published = published_of(launch_id)
        sides = sides_of(published.launch, published.statements, published.corrections)
        for difference in differences(sides, nothing_seen):
            lines = [difference_sentence(difference, words) for words in LANGUAGES]
            english, *others = map(numbers_in, lines)
            assert all(other == english for other in others), lines
            for line in lines:
                assert not re.search(r"[{}]|\(\)|（）|\(, |（、|  |, \)|None", line), line
                assert not any(sea in line for sea in NAMES_OF_SEAS)
            count += 1
    assert count > 100


def test_japanese_and_korean_are_written_in_their_own_letters():
    by = told("NK20220924-01")
    assert not re.search(r"[가-힣]", statement_text(by["ja"]))
    assert not re.search(r"[ぁ-んァ-ヶ一-龠]", statement_text(by["ko"]))
    english_words = re.compile(r"\b(the|of|from|and|sides?|flight)\b")
    for language in ("ja", "ko"):
        body = statement_text(by[language]).partition(by[language].words.sources)[0]
        assert not english_words.search(body)


def test_parties_stand_in_the_order_of_their_codes_in_each_language():
    for one in told("NK20220304-01").values():
        japan, korea = one.words.nation_jpn, one.words.nation_kor
        assert one.columns[:2] == (japan, korea)
        assert one.parties.index(japan) < one.parties.index(korea)
