"""Who is warned: a pure function of the forecast, of what was told before, and of policy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatch.errors import UnusableInput
from commonwatch.warn.alert_area import AlertPolicy, alert_area, worth_telling
from commonwatch.warn_files import warning_regions
from tests.warn.forecasts import AT_SEA, NOON_S, TSUGARU, forecasts_near_japan_and_korea

REGIONS = warning_regions()
POLICY = AlertPolicy()


def area(forecast, previous=None, *, policy=POLICY, nation="JPN", now_s=NOON_S):
    return alert_area(forecast, previous, policy, REGIONS, nation=nation, now_s=now_s)


def test_the_strait_between_two_prefectures_warns_both():
    found = area(TSUGARU)
    assert found.region_ids == ("JP-01", "JP-02")
    assert found.earliest_s == TSUGARU.time_s - 15.0
    assert found.latest_s == TSUGARU.time_s + 15.0
    assert area(TSUGARU, nation="KOR").region_ids == ()


def test_far_out_at_sea_no_region_is_told_but_ships_are():
    for nation in ("JPN", "KOR"):
        found = area(AT_SEA, nation=nation)
        assert found.region_ids == ()
        assert len(found.rings) == 1


def test_the_far_side_of_the_earth_concerns_nobody_here():
    found = area(replace(TSUGARU, lat_deg=-40.0, lon_deg=-20.0))
    assert not found.tells_something
    assert not worth_telling(None, found, POLICY, since_told_s=0.0)


def test_an_overflown_prefecture_is_not_warned_of_an_impact():
    # 2022-10-04: Aomori lay under the path, the impact far out in the ocean.
    assert area(replace(TSUGARU, lat_deg=36.0, lon_deg=170.0)).region_ids == ()


def test_nothing_remains_from_another_event():
    drill = area(replace(TSUGARU, event="DRILL"))
    with pytest.raises(UnusableInput, match="DRILL"):
        area(TSUGARU, drill)
    assert area(TSUGARU) == area(TSUGARU)


def test_a_neighbour_is_told_with_a_region_that_is_struck():
    policy = replace(POLICY, threshold=0.3)
    found = {risk.region_id: risk.why for risk in area(TSUGARU, policy=policy).regions}
    assert found == {"JP-01": "neighbour", "JP-02": "impact"}


def test_a_region_just_below_the_threshold_stays_told_and_does_not_flicker():
    told = area(TSUGARU)
    policy = replace(POLICY, threshold=0.9, neighbour_threshold=0.9)
    assert area(TSUGARU, policy=policy).region_ids == ()
    held = area(TSUGARU, told, policy=policy)
    assert {risk.why for risk in held.regions} == {"held"}
    away = area(AT_SEA, told)
    assert away.region_ids == ()
    assert away.released == told.region_ids


def test_a_lost_track_releases_nobody_however_its_ellipse_grows():
    told = area(TSUGARU)
    for major_m in (60e3, 200e3, 499e3, 900e3):
        lost = area(replace(TSUGARU, tracking="lost", semi_major_m=major_m), told)
        assert set(lost.region_ids) >= set(told.region_ids)
        assert lost.released == ()


def test_an_ellipse_too_vague_to_name_a_region_holds_what_was_told():
    vague = replace(TSUGARU, semi_major_m=600_000.0)
    assert not area(vague).tells_something
    told = area(TSUGARU)
    assert area(vague, told).region_ids == told.region_ids
    burning = replace(TSUGARU, if_thrust_ends=True)
    assert not area(burning).tells_something
    assert area(burning, policy=replace(POLICY, while_thrusting=True)).region_ids


def test_the_all_clear_follows_the_latest_time_within_a_minute():
    told = area(TSUGARU)
    latest_s = told.latest_s
    assert not area(TSUGARU, told, now_s=latest_s + 29.0).over
    over = area(TSUGARU, told, now_s=latest_s + 31.0)
    assert over.over
    assert over.released == told.region_ids
    assert worth_telling(told, over, POLICY, since_told_s=1.0)
    assert not worth_telling(over, over, POLICY, since_told_s=1e6)


def test_a_new_region_or_a_lost_track_is_told_at_once_and_a_small_change_later():
    told = area(TSUGARU)
    lost = area(replace(TSUGARU, tracking="lost"), told)
    assert worth_telling(told, lost, POLICY, since_told_s=1.0)
    elsewhere = area(replace(TSUGARU, lat_deg=40.0), told)
    assert set(elsewhere.region_ids) == {"JP-02", "JP-03", "JP-05"}
    assert worth_telling(told, elsewhere, POLICY, since_told_s=1.0)
    released = area(AT_SEA, told)
    assert not worth_telling(told, released, POLICY, since_told_s=59.0)
    assert worth_telling(told, released, POLICY, since_told_s=60.0)
    assert not worth_telling(told, area(TSUGARU, told), POLICY, since_told_s=1e6)


@settings(max_examples=60, deadline=None)
@given(forecasts_near_japan_and_korea(), st.sampled_from(("JPN", "KOR")))
def test_the_same_input_gives_the_same_area_and_a_second_look_changes_nothing(forecast, nation):
    first = area(forecast, nation=nation)
    assert first == area(forecast, nation=nation)
    again = area(forecast, first, nation=nation)
    assert again.region_ids == first.region_ids
    assert again.released == ()
    assert not worth_telling(first, again, POLICY, since_told_s=1e9)
    assert all(REGIONS.named(region_id).nation == nation for region_id in first.region_ids)


@settings(max_examples=40, deadline=None)
@given(forecasts_near_japan_and_korea())
def test_a_stricter_threshold_never_warns_more(forecast):
    lax = area(forecast, policy=AlertPolicy(threshold=0.01))
    strict = area(forecast, policy=AlertPolicy(threshold=0.2))
    assert set(strict.region_ids) <= set(lax.region_ids)


@pytest.mark.parametrize(
    "change",
    [
        {"release": 0.5},
        {"threshold": 1.5},
        {"margin_m": -1.0},
        {"semi_major_max_m": float("nan")},
        {"time_sigmas": 0.0},
        {"expires_after_s": 10.0},
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(change):
    with pytest.raises(UnusableInput, match="alert policy"):
        replace(POLICY, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"lat_deg": 91.0},
        {"lon_deg": float("nan")},
        {"semi_minor_m": 70_000.0},
        {"semi_major_m": float("inf")},
        {"time_sigma_s": -1.0},
        {"event": "two words"},
        {"event": ""},
        {"sources": ()},
        {"launch_time_s": float("nan")},
    ],
)
def test_a_forecast_that_no_bulletin_may_say_is_refused(change):
    with pytest.raises(UnusableInput, match="forecast"):
        replace(TSUGARU, **change)
