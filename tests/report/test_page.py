"""The page as a whole: it needs nothing but itself, and says the same to everybody."""

from __future__ import annotations

import msgspec
import pytest
from lxml import html

from commonwatch.report.page import render_report
from commonwatch.world.replay_result import NodeResult, ReplayResult, View
from tests.report.builders import lofted_page, lofted_replay, without_truth
from tests.report.page_rules import ids_repeated, outside_references, pictures_untold

BYTES_MAX = 2_000_000


def unseen(result: ReplayResult) -> ReplayResult:
    """The same launch where no node saw anything and nothing crossed."""
    nothing = View(None, None, None, 0, 0, 0, (), (), None, None, None)
    return msgspec.structs.replace(
        without_truth(result),
        nodes=dict.fromkeys(result.nodes, NodeResult(nothing, nothing)),
        exchange={},
        alerts=(),
        timeline=(),
    )


RESULTS = {
    "in force": lofted_replay(),
    "suspended": lofted_replay(suspended=True),
    "truth unknown": without_truth(lofted_replay()),
    "nothing seen": unseen(lofted_replay()),
}


@pytest.fixture(scope="module", params=RESULTS, ids=str)
def page(request):
    chosen = request.param
    return lofted_page() if chosen == "in force" else render_report(RESULTS[chosen])


def test_asks_nothing_of_any_other_machine(page):
    assert not list(outside_references(page))


def test_every_picture_is_told_in_words_and_marked(page):
    assert not list(pictures_untold(page))


def test_ids_stand_once_and_links_lead_somewhere(page):
    assert not list(ids_repeated(page))


def test_is_small(page):
    assert len(page.encode()) < BYTES_MAX


def test_says_exercise_and_replay_before_anything_else(page):
    words = " ".join(html.fromstring(page).find("body").itertext()).split()
    assert {"EXERCISE", "REPLAY"} <= set(words[:5])


def test_has_no_number_that_is_none(page):
    words = "".join(html.fromstring(page).itertext())
    assert "nan" not in words.split()
    assert "None" not in words


def test_same_result_same_bytes_also_by_way_of_json():
    again = msgspec.json.decode(msgspec.json.encode(lofted_replay()), type=ReplayResult)
    assert render_report(again) == lofted_page()


def test_alert_in_three_languages():
    tree = html.fromstring(lofted_page())
    told = {node.get("lang"): node.text_content() for node in tree.xpath("//article//*[@lang]")}
    assert "Hokkaido, Aomori, Akita" in told["en"]
    assert "北海道、青森県、秋田県" in told["ja"]
    assert "아오모리현" in told["ko"]


def test_cap_message_is_shown_as_text_and_not_as_markup():
    tree = html.fromstring(lofted_page())
    assert "<status>Exercise</status>" in tree.xpath("string(//article//pre)")


def test_hostile_words_stay_words():
    result = msgspec.structs.replace(
        lofted_replay(),
        launch="<script>alert(1)</script>",
        sources=('<img src="//example.org/x">',),
    )
    result = msgspec.structs.replace(
        result, sensors=tuple(msgspec.structs.replace(s, id="</svg><b>") for s in result.sensors)
    )
    page = render_report(result)
    assert not list(outside_references(page))
    assert "<script>alert" not in page
    assert "</svg><b>" not in page


def test_no_sea_is_named(page):
    words = "".join(html.fromstring(page).itertext())
    for name in ("Sea of Japan", "East Sea", "日本海", "동해", "일본해", "東海"):
        assert name not in words
