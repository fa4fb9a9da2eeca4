"""What the report says in words, and the facts behind it."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.report import findings, words
from commonwatch.report.story import agreement_words, tell
from commonwatch.report.tables import knowledge_table, published_table
from commonwatch.report.timeline_plot import suspensions
from commonwatch.world.replay_result import PathPoint, TimelineEntry
from tests.report.builders import lofted_replay, without_truth


def test_headline_names_what_sharing_was_worth():
    # 1,115 over 17 square kilometres and a little later: sixty times and some.
    assert tell(lofted_replay()).headline == (
        "Sharing made the area to search 63 times smaller for the Republic of Korea, "
        "1.5 times for Japan"
    )


def test_suspended_headline_says_that_nothing_crossed():
    story = tell(lofted_replay(suspended=True))
    assert story.headline.startswith("Nothing crossed between Japan and the Republic of Korea")
    assert "withheld" in story.lede[-1]


def test_ledgers_that_differ_are_told():
    result = msgspec.structs.replace(lofted_replay(), ledgers_agree=False)
    assert "DO NOT AGREE" in tell(result).lede[-1]


def test_a_nation_without_an_answer_is_told_so():
    result = lofted_replay()
    blind = msgspec.structs.replace(result.nodes["KOR"].alone, impact=(), first_impact_s=None)
    node = msgspec.structs.replace(result.nodes["KOR"], alone=blind)
    result = msgspec.structs.replace(result, nodes={**result.nodes, "KOR": node})
    assert any("Korea alone could not say" in part for part in tell(result).lede)


def test_ratio_is_that_of_the_two_areas_in_the_table():
    result = lofted_replay()
    comparison = findings.compare(result, "KOR")[0]
    assert comparison.alone is not None
    assert comparison.shared is not None
    expected = comparison.alone.area_km2 / comparison.shared.area_km2
    assert comparison.ratio == pytest.approx(expected)
    row = next(row for row in knowledge_table(result).rows
               if row[:2] == ("Republic of Korea", "times smaller"))  # fmt: skip
    assert words.times(expected) in row


def test_a_stale_answer_is_no_answer():
    view = lofted_replay().nodes["JPN"].shared
    last = view.impact[-1]
    assert findings.impact_at(view, last.at_s + 14.0) == last
    assert findings.impact_at(view, last.at_s + 16.0) is None
    assert findings.impact_at(view, view.impact[0].at_s - 1.0) is None


def test_moments_without_truth_come_from_the_nodes():
    result = lofted_replay()
    true, told = findings.moments(result), findings.moments(without_truth(result))
    assert told.burnout_s == true.burnout_s
    assert told.apogee_s == pytest.approx(true.apogee_s, abs=20.0)
    assert told.reentry_s == pytest.approx(true.reentry_s, abs=20.0)


def test_checkpoints_of_a_short_flight_stay_in_order():
    points = findings.checkpoints(findings.Moments(80.0, 150.0, 250.0, 300.0))
    assert [point.at_s for point in points] == [140.0, 150.0, 240.0]


def test_spans_of_a_status():
    path = [PathPoint(float(k), 0, 0, 0, 0, status, "ballistic")
            for k, status in enumerate("cccuucc")]  # fmt: skip
    assert findings.spans(path, "c") == [(0.0, 3.0), (5.0, 6.0)]
    assert findings.spans(path, "x") == []


def test_flights_across_the_date_line_are_followed_the_short_way():
    points = (findings.FlightPoint(0.0, 10.0, 179.0, 0.0),
              findings.FlightPoint(10.0, 10.0, -179.0, 0.0))  # fmt: skip
    assert abs(findings.at_time(points, 5.0).lon_deg) == pytest.approx(180.0)


def test_published_figures_stand_beside_the_rebuilt_ones():
    rows = {row[0]: row[1:] for row in published_table(lofted_replay()).rows}
    assert rows["Apogee"][0] == "6,045 km (KCNA)"
    assert rows["Apogee"][1].startswith("6,045")
    assert rows["Flight time"][1] == f"68 min 54 s (4,134{words.NBSP}s)"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0, "0"),
        (1234567.0, "1,230,000"),
        (999.6, "1,000"),
        (0.012345, "0.0123"),
        (6046.0, "6,050"),
        (9.996, "10.0"),
        (float("nan"), "–"),
    ],
)
def test_figures_have_three_digits(value, told):
    assert words.figure(value) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0, "+0:00"), (59.6, "+1:00"), (302.0, "+5:02"), (-3.0, "−0:03"), (None, "–")],
)
def test_clock(seconds, told):
    assert words.clock(seconds) == told


def test_local_time_is_nine_hours_on():
    assert words.moment("2023-03-15T22:09:00.000000Z", 0.0, 9) == "2023-03-16 07:09:00"


def test_a_suspension_lasts_until_both_have_restored():
    def order(at_s, kind, source, target):
        return TimelineEntry(at_s, kind, source, target, "")

    timeline = [
        order(280.0, "suspended", "KOR", "JPN"),
        order(290.0, "suspended", "USA", "JPN"),
        order(900.0, "restored", "KOR", "JPN"),
        order(950.0, "restored", "JPN", "KOR"),
        order(2000.0, "suspended", "JPN", "KOR"),
    ]
    assert suspensions(timeline, {"JPN", "KOR"}, 4000.0) == [(280.0, 950.0), (2000.0, 4000.0)]
    assert suspensions(timeline, {"JPN", "USA"}, 4000.0) == [(290.0, 4000.0)]
    assert suspensions(timeline, {"KOR", "USA"}, 4000.0) == []


def test_orders_are_told_beside_the_agreement():
    result = lofted_replay()
    order = TimelineEntry(280.0, "suspended", "KOR", "JPN", "")
    result = msgspec.structs.replace(result, timeline=(*result.timeline, order))
    assert agreement_words(result) == "agreement in force, suspended at +4:40"
