"""Alerts of an exercise: valid, the same in every language, honest about what is seen."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from commonwatch.errors import BrokenInvariant, UnusableInput
from commonwatch.warn.alert import LANGUAGES, prepare_alert, prepare_withdrawal
from commonwatch.warn.alert_area import AlertPolicy
from commonwatch.warn.cap import CAP_NAMESPACE
from commonwatch.warn.cap_check import check_cap, compile_schema
from commonwatch.warn.cap_read import parse_cap
from commonwatch.warn.words_en import ENGLISH
from commonwatch.warn.words_ja import JAPANESE
from commonwatch.warn.words_ko import KOREAN
from commonwatch.warn_files import cap_schema_bytes, warning_regions
from tests.warn.forecasts import AT_SEA, NOON_S, TSUGARU, forecasts_near_japan_and_korea

REGIONS = warning_regions()
POLICY = AlertPolicy()
SCHEMA = compile_schema(cap_schema_bytes())


def prepare(forecast, previous=None, *, nation="JPN", now_s=NOON_S, policy=POLICY):
    return prepare_alert(forecast, previous, policy, REGIONS, nation=nation, now_s=now_s)


def reasons(prepared):
    return check_cap(parse_cap(prepared.cap_xml.encode(), "alert"), SCHEMA)


def values(prepared, name):
    root = etree.fromstring(prepared.cap_xml.encode())
    return [element.text for element in root.iter(f"{{{CAP_NAMESPACE}}}{name}")]


def numbers(text):
    return sorted(float(number) for number in re.findall(r"\d+(?:\.\d+)?", text))


def story():
    """Alert, update as the track is lost, and all-clear."""
    first = prepare(TSUGARU)
    lost_at_s = NOON_S + 100.0
    lost = replace(TSUGARU, tracking="lost", as_of_s=lost_at_s, semi_major_m=90_000.0)
    second = prepare(lost, first, now_s=lost_at_s)
    third = prepare(lost, second, now_s=TSUGARU.time_s + 60.0)
    return first, second, third


def test_an_alert_its_update_and_its_all_clear_hold_with_not_even_a_warning():
    for prepared in (*story(), prepare(AT_SEA, nation="KOR")):
        assert reasons(prepared) == ()


@settings(max_examples=60, deadline=None)
@given(forecasts_near_japan_and_korea(), st.sampled_from(("JPN", "KOR")))
def test_whatever_is_prepared_is_valid_and_says_the_same_in_every_language(forecast, nation):
    prepared = prepare(forecast, nation=nation)
    if prepared is None:
        return
    assert [reason for reason in reasons(prepared) if reason.level == "error"] == []
    texts = [prepared.text(language) for language in ("en", "ja", "ko")]
    for part in ("headline", "description", "instruction"):
        assert len({tuple(numbers(getattr(text, part))) for text in texts}) == 1
    for text, words in zip(texts, LANGUAGES, strict=True):
        assert len(text.region_names) == len(prepared.area.regions)
        assert all(name in text.description for name in text.region_names)
        for part in (text.headline, text.description, text.instruction):
            assert part.startswith(words.exercise)
    assert set(values(prepared, "status")) == {"Exercise"}


def test_each_language_names_the_five_elements():
    prepared = prepare(TSUGARU)
    wanted = {
        "en": ("Source: sensors of Japan, the Republic of Korea", "missile", "Aomori", "7:23",
               "Take cover"),
        "ja": ("情報源は、日本、韓国", "ミサイル", "青森県", "7時23分", "避難してください"),
        "ko": ("일본, 대한민국", "미사일", "아오모리현", "7시 23분", "대피하십시오"),
    }  # fmt: skip
    for language, elements in wanted.items():
        text = prepared.text(language)
        whole = text.headline + text.description + text.instruction
        assert [element for element in elements if element not in whole] == []


def test_the_texts_read_aloud_well():
    for prepared in story():
        for text in prepared.texts:
            for part in (text.headline, text.description, text.instruction, text.polygon_name):
                assert not re.search(r"[°′″±~%&/+<>{}\[\]_*#@]|\bkm\b|\d{5,}", part)
                assert "  " not in part


def test_no_sea_has_a_name():
    seas = ("日本海", "동해", "Sea of Japan", "East Sea", "東海", "서해", "黄海", "Yellow Sea")
    for prepared in (*story(), prepare(AT_SEA), prepare(AT_SEA, nation="KOR")):
        assert not any(name in prepared.cap_xml for name in seas)


def test_an_expected_impact_is_never_told_as_observed():
    told = [prepare(replace(TSUGARU, tracking=way)) for way in ("observed", "extrapolated", "lost")]
    for prepared in (*told, *story()):
        assert "Observed" not in values(prepared, "certainty")
        assert "has passed" not in prepared.text("en").description
    assert "has not been observed" in told[0].text("en").description
    assert "No sensor sees the missile at present" in told[1].text("en").description
    assert "The track is lost" in told[2].text("en").description
    assert "追尾が途切れました" in told[2].text("ja").description
    assert "추적이 끊겼습니다" in told[2].text("ko").description


def test_the_all_clear_says_that_it_follows_from_a_prediction():
    *_, over = story()
    assert over.stage == "over"
    assert set(values(over, "responseType")) == {"AllClear"}
    assert (
        "The fall was not observed; this follows from the prediction" in over.text("en").description
    )
    assert "落下は観測されておらず" in over.text("ja").description
    assert "낙하는 관측되지 않았으며" in over.text("ko").description


def test_who_was_told_of_the_beginning_is_told_of_the_end():
    first, second, over = story()
    withdrawn = prepare_withdrawal(first, POLICY, REGIONS, now_s=NOON_S + 30.0)
    for ended, before in ((over, second), (withdrawn, first)):
        codes = [value for value in values(ended, "value") if value.startswith("JP-")]
        assert codes == [*before.area.region_ids] * 3
        assert values(ended, "polygon") == values(before, "polygon")


def test_a_withdrawal_cancels_every_message_so_far():
    first, second, _ = story()
    withdrawn = prepare_withdrawal(second, POLICY, REGIONS, now_s=NOON_S + 130.0)
    assert values(withdrawn, "msgType") == ["Cancel"]
    (references,) = values(withdrawn, "references")
    assert references.split() == [first.message.reference, second.message.reference]
    assert reasons(withdrawn) == ()


def test_updates_refer_to_what_came_before_and_identifiers_never_change():
    first, second, third = story()
    assert [p.message.message_type for p in (first, second, third)] == ["Alert", "Update", "Update"]
    assert [p.identifier for p in story()] == [f"cw-exercise-jpn-E1-{n}" for n in (1, 2, 3)]
    assert values(third, "references") == [f"{first.message.reference} {second.message.reference}"]
    assert [p.cap_xml for p in story()] == [first.cap_xml, second.cap_xml, third.cap_xml]


def test_nothing_new_is_not_told_again():
    first = prepare(TSUGARU)
    assert prepare(TSUGARU, first, now_s=NOON_S + 200.0) is None
    assert prepare(replace(TSUGARU, if_thrust_ends=True)) is None
    *_, over = story()
    assert prepare(TSUGARU, over, now_s=TSUGARU.time_s + 5_000.0) is None


def test_another_event_is_not_an_update():
    with pytest.raises(UnusableInput, match="same event"):
        prepare(replace(TSUGARU, event="E2"), prepare(TSUGARU))


def test_a_language_that_would_not_say_the_same_blocks_the_alert():
    for broken in (
        replace(JAPANESE, at_risk="危険な地域があります。"),
        replace(JAPANESE, expected=JAPANESE.expected + "{place}"),
        replace(JAPANESE, do_risk=""),
        replace(KOREAN, language="en"),
    ):
        with pytest.raises(BrokenInvariant, match="differ between languages"):
            prepare_alert(
                TSUGARU, None, POLICY, REGIONS, nation="JPN", now_s=NOON_S,
                languages=(ENGLISH, broken),
            )  # fmt: skip


@pytest.mark.parametrize(
    ("left_s", "urgency"), [(500.0, "Immediate"), (2_000.0, "Expected"), (5_000.0, "Future")]
)
def test_urgency_follows_the_time_left(left_s, urgency):
    prepared = prepare(replace(TSUGARU, time_s=NOON_S + left_s))
    assert set(values(prepared, "urgency")) == {urgency}
    assert set(values(prepared, "severity")) == {"Extreme"}
    assert set(values(prepared, "certainty")) == {"Likely"}


def test_certainty_falls_where_the_track_is_lost_or_the_chance_is_low():
    low = replace(TSUGARU, lat_deg=42.0, lon_deg=138.9)
    assert 0.0 < max(risk.probability for risk in prepare(low).area.regions) < 0.5
    for forecast in (low, replace(TSUGARU, tracking="lost")):
        assert set(values(prepare(forecast), "certainty")) == {"Possible"}
    at_sea = prepare(AT_SEA)
    assert set(values(at_sea, "severity")) == {"Severe"}
    assert set(values(at_sea, "responseType")) == {"Avoid", "Monitor"}


def test_the_area_across_the_antimeridian_is_valid_too():
    far = AlertPolicy(sea_within_m=20_000_000.0)
    for lat, lon in ((45.0, 179.99), (-12.0, -180.0), (90.0, 0.0), (-89.9, 12.0)):
        prepared = prepare(replace(TSUGARU, lat_deg=lat, lon_deg=lon), policy=far)
        assert [r for r in reasons(prepared) if r.level == "error"] == []
        assert values(prepared, "polygon")
