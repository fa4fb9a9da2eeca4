"""Every flight of which two governments spoke: what differs, and how much of it stays unexplained.

The figures to agree with were counted from by_reporter.csv beforehand: of 71 pairs of ranges the
median difference is 10 km and 8 differ by 100 km or more; of 63 pairs of launch times the Korean
minute is the Japanese one plus one in 33.
"""

from __future__ import annotations

from collections import Counter
from statistics import median

import pytest

from commonwatch.catalogue.published import load
from commonwatch.node.joint_files import compare_published, published_of
from commonwatch.warn.joint.differences import (
    CauseBasis,
    CauseKind,
    Circumstances,
    Difference,
    differences,
)
from commonwatch.warn.joint.figures import Quantity, Side, half_step_km
from commonwatch.warn.joint.sides import sides_of

NOTHING_SEEN = Circumstances((), (), (), shared_values=False)
LAUNCH_IDS = tuple(dict.fromkeys(statement.launch_id for statement in load().statements))


def sides_on(launch_id: str) -> tuple[Side, ...]:
    published = published_of(launch_id)
    return sides_of(published.launch, published.statements, published.corrections)


def pairs(quantity: Quantity) -> list[tuple[float, float]]:
    """Japan's value and the Republic of Korea's, for each flight of which both gave one."""
    found = []
    for launch_id in LAUNCH_IDS:
        by = {side.nation: side.figure(quantity) for side in sides_on(launch_id)}
        if by.get("JPN") and by.get("KOR"):
            found.append((by["JPN"].value, by["KOR"].value))
    return found


@pytest.fixture(scope="module")
def all_differences() -> list[tuple[str, Difference]]:
    """Physics is asked only where rounding does not explain a range or an apogee already."""
    found = []
    for launch_id in LAUNCH_IDS:
        plain = differences(sides_on(launch_id), NOTHING_SEEN)
        harmless = {CauseKind.ROUNDING, CauseKind.MINUTE, CauseKind.CORRECTED}
        if any(d.causes[0].kind not in harmless for d in plain):
            plain = compare_published(launch_id, None).differences
        found += [(launch_id, difference) for difference in plain]
    return found


def one(all_differences, launch_id: str, quantity: Quantity) -> Difference:
    return next(d for found, d in all_differences if found == launch_id and d.quantity is quantity)


def test_ranges_differ_as_counted_beforehand():
    gaps = [abs(japan - korea) for japan, korea in pairs(Quantity.RANGE)]
    assert len(gaps) == 71
    assert median(gaps) == 10.0
    assert sum(gap >= 100.0 for gap in gaps) == 8


def test_the_korean_minute_is_the_japanese_one_plus_one_in_33_of_63():
    gaps = [korea - japan for japan, korea in pairs(Quantity.LAUNCH_TIME)]
    assert len(gaps) == 63
    assert sum(gap == 60.0 for gap in gaps) == 33  # one of them 23:59 and 00:00


def test_the_steps_of_rounding_are_those_of_the_published_values():
    for nation, step_km, share in (("JPN", 50.0, 0.95), ("KOR", 10.0, 0.99)):
        values = [
            figure.value
            for launch_id in LAUNCH_IDS
            for side in sides_on(launch_id)
            if side.nation == nation and (figure := side.figure(Quantity.RANGE)) is not None
        ]
        near = [value for value in values if value < 1000.0]
        assert sum(value % step_km == 0.0 for value in near) >= share * len(near)
        assert {half_step_km(nation, v) for v in near if v % step_km == 0.0} == {step_km / 2.0}


def test_six_missiles_against_eight_were_settled_five_days_later(all_differences):
    found = one(all_differences, "NK20220605-01", Quantity.MISSILES)
    assert (found.one_value, found.other_value, found.settled) == (6.0, 8.0, True)
    assert found.causes[0].kind is CauseKind.CORRECTED
    assert found.causes[0].day == "2022-06-10"


def test_two_missiles_against_one_were_corrected_three_weeks_later(all_differences):
    found = one(all_differences, "NK20211019-01", Quantity.MISSILES)
    assert (found.one_value, found.other_value, found.settled) == (2.0, 1.0, True)
    assert [cause.kind for cause in found.causes] == [CauseKind.CORRECTED, CauseKind.OTHER_OBJECT]
    assert found.causes[0].day == "2021-11-09"


def test_the_minister_s_own_explanation_is_told_as_his(all_differences):
    found = one(all_differences, "NK20210324-01", Quantity.RANGE)
    assert (found.causes[0].kind, found.causes[0].basis, found.causes[0].nation) == (
        CauseKind.CURVATURE, CauseBasis.STATED, "KOR",
    )  # fmt: skip


def test_flights_that_are_known_to_glide_are_told_to_glide(all_differences):
    found = one(all_differences, "NK20230615-02", Quantity.RANGE)
    assert CauseKind.NO_BALLISTIC_FLIGHT in {cause.kind for cause in found.causes}


@pytest.mark.parametrize(
    ("launch_id", "quantity"),
    [
        ("NK20221218-02", Quantity.LAUNCH_TIME),  # 13 minutes apart; nobody has said why
        ("NK20170514-01", Quantity.RANGE),  # 2,111 km high: air, horizon and rounding are out
        ("NK20191001-01", Quantity.MISSILES),
    ],
)
def test_what_nobody_explains_is_told_as_not_known(all_differences, launch_id, quantity):
    found = one(all_differences, launch_id, quantity)
    assert not found.is_explained
    assert len(found.causes) == 1


def test_how_much_stays_unexplained(all_differences):
    """Written down so that a change which explains more, or less, is seen and judged."""
    assert len(all_differences) == 112
    unknown = Counter(d.quantity for _, d in all_differences if not d.is_explained)
    assert unknown == {
        Quantity.RANGE: 3, Quantity.LAUNCH_TIME: 2, Quantity.APOGEE: 1, Quantity.MISSILES: 1,
    }  # fmt: skip
    only_possible = [d for _, d in all_differences if d.causes[0].basis is CauseBasis.POSSIBLE]
    assert len(only_possible) == 19
