"""The gate: default deny, an error denies, and nothing unknown or missing ever widens a release."""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from commonwatch.identity import nation
from commonwatch.label import EquivalentLevels, LevelTable
from commonwatch.lineage import lineage_of
from commonwatch.mode import EXERCISE, LIVE, TEST
from commonwatch.node.policies import shipped_table
from commonwatch.release.agreement import FieldGrant, PartyView, State, drafted
from commonwatch.release.bulletin import Content, GroundStatement, is_finite
from commonwatch.release.candidate import candidates_from
from commonwatch.release.decision import Candidate, Decision, KnownBefore, Ruling
from commonwatch.release.gate import decide
from commonwatch.release.grid import (
    CORRELATION_STEP,
    METRES_PER_DEGREE,
    RUNGS_PER_OCTAVE,
    coarsened_place,
)
from commonwatch.trajectory.ellipse import CHI_SQUARE_2_95
from tests.sharing.builders import (
    SENSORS,
    T0_S,
    TERMS,
    assessment,
    in_force,
    label,
    own_estimate,
)

IN_FORCE = tuple(in_force(name) for name in sorted(TERMS))
(CANDIDATE,) = candidates_from(
    (own_estimate(T0_S + 300.0),),
    (assessment(T0_S + 300.0),),
    originator=nation("KOR"),
    label=label("KOR"),
    mode=EXERCISE,
)


def ruled(
    candidate: Candidate, recipient: str = "JPN", agreements=IN_FORCE, mode=EXERCISE
) -> Ruling:
    return decide(
        candidate,
        recipient,
        agreements,
        sensors=SENSORS,
        mode=mode,
        now_s=T0_S + 300.0,
        table=shipped_table(),
    )


def withheld_why(ruling: Ruling) -> str:
    assert ruling.decision.outcome == "withhold"
    assert ruling.content is None
    assert ruling.floor is None
    return " | ".join(item.why for item in ruling.decision.withheld)


def test_what_the_agreement_names_goes_and_the_decision_says_by_which_article():
    ruling = ruled(CANDIDATE)
    assert ruling.decision.outcome == "release"
    assert ruling.content == CANDIDATE.content
    assert any("expected impact point" in rule for rule in ruling.decision.rules)


def test_without_an_agreement_nothing_goes():
    assert "no agreement" in withheld_why(ruled(CANDIDATE, agreements=()))
    assert "no agreement" in withheld_why(ruled(CANDIDATE, recipient="AUS"))
    assert "no agreement" in withheld_why(ruled(CANDIDATE, recipient="KOR"))


@pytest.mark.parametrize("state", [State.DRAFT, State.SUSPENDED, State.ENDED])
@pytest.mark.parametrize("party", ["KOR", "JPN"])
def test_one_partys_view_that_does_not_allow_is_enough(party, state):
    agreement = in_force("KOR-JPN")
    views = tuple(
        replace(view, state=state) if view.party == party else view for view in agreement.views
    )
    why = withheld_why(ruled(CANDIDATE, agreements=(replace(agreement, views=views),)))
    assert f"{state.value} in the view of {party}" in why


def test_a_suspended_agreement_is_not_got_round_by_another_between_the_same_two():
    other = replace(in_force("KOR-JPN"), terms=replace(TERMS["KOR-JPN"], id="another"))
    suspended = in_force("KOR-JPN")
    suspended = replace(
        suspended, views=tuple(replace(view, state=State.SUSPENDED) for view in suspended.views)
    )
    assert "suspended" in withheld_why(ruled(CANDIDATE, agreements=(other, suspended)))


def test_two_revisions_of_one_agreement_release_nothing():
    newer = replace(in_force("KOR-JPN"), terms=replace(TERMS["KOR-JPN"], revision=2))
    why = withheld_why(ruled(CANDIDATE, agreements=(in_force("KOR-JPN"), newer)))
    assert "overlap" in why


@pytest.mark.parametrize(
    ("lineage", "why"),
    [
        (lineage_of(("KOR",), ("JPN-1",)), "not KOR's"),
        (lineage_of(("KOR",), ("nobodys",)), "not registered"),
        (lineage_of(("KOR",), ()), "names no sensor"),
        (lineage_of(("KOR", "JPN"), ("KOR-1",)), "third party"),
        (lineage_of(("KOR",), ("KOR-1",), ("JPN-KOR-1",)), "third party"),
        (lineage_of(("KOR",), ("KOR-1", "KOR-X")), "does not cover over-the-horizon"),
    ],
)
def test_article_6_what_rests_on_a_third_party_or_an_uncovered_sensor_stays(lineage, why):
    for recipient in ("JPN", "USA"):
        assert why in withheld_why(ruled(replace(CANDIDATE, lineage=lineage), recipient))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"level": "군사I급비밀"}, "unknown"),
        ({"level": ""}, "unknown"),
        ({"level": "SECRET"}, "unknown"),
        ({"policy": "JPN", "level": "秘"}, "policy"),
        ({"originators": ()}, "originators"),
        ({"originators": ("KOR", "USA")}, "originators"),
        ({"releasable_to": ()}, "not releasable to JPN"),
        ({"releasable_to": ("USA",)}, "not releasable to JPN"),
        ({"categories": ("launch-warning-x",)}, "category"),
    ],
)
def test_a_label_that_is_unknown_or_does_not_name_the_recipient_holds_back(changes, why):
    assert why in withheld_why(ruled(replace(CANDIDATE, label=label("KOR", **changes))))


@pytest.mark.parametrize("status", ["???", "", "Current", None, 1])
def test_a_status_that_nobody_knows_holds_back(status):
    odd = replace(CANDIDATE, status=status)
    for _again in range(2):
        assert "its status is unknown" in withheld_why(ruled(odd))
    told = msgspec.msgpack.encode(ruled(odd).decision)
    assert msgspec.msgpack.decode(told, type=Decision).outcome == "withhold", "readable later"


def test_a_missing_label_holds_back():
    assert "label: missing" in withheld_why(ruled(replace(CANDIDATE, label=None)))


def test_article_4_above_the_ceiling_holds_back():
    low = replace(in_force("KOR-JPN"), terms=replace(TERMS["KOR-JPN"], ceiling="CONFIDENTIAL"))
    secret = replace(CANDIDATE, label=label("KOR", level="군사II급비밀"))
    assert ruled(secret).decision.outcome == "release"
    assert "above the ceiling" in withheld_why(ruled(secret, agreements=(low,)))


def test_t21_a_candidate_of_another_mode_holds_back():
    for mode in (LIVE, TEST):
        assert "mode" in withheld_why(ruled(CANDIDATE, mode=mode))
        assert "mode" in withheld_why(ruled(replace(CANDIDATE, mode=mode)))


def with_fields(*fields: FieldGrant):
    return replace(in_force("KOR-JPN"), terms=replace(TERMS["KOR-JPN"], fields=fields))


def test_a_field_that_is_not_named_stays_and_reads_like_one_not_known():
    ruling = ruled(CANDIDATE, agreements=(with_fields(FieldGrant("launch_point", "1")),))
    assert ruling.content == Content(launch=CANDIDATE.content.launch)
    assert {item.field for item in ruling.decision.withheld} == {
        "path/phase", "path/state_information", "burnout", "expected_impact", "apogee"
    }  # fmt: skip
    assert msgspec.msgpack.encode(ruling.content) == msgspec.msgpack.encode(
        Content(launch=CANDIDATE.content.launch)
    )


def test_no_field_named_no_release():
    withheld_why(ruled(CANDIDATE, agreements=(with_fields(),)))


def test_an_error_in_a_fields_rule_degrades_to_the_floor_and_says_so():
    # No precision in metres can be given to a time: the rule is wrong.
    wrong = with_fields(FieldGrant("launch_point", "1"), FieldGrant("burnout", "2", 500.0))
    ruling = ruled(CANDIDATE, agreements=(wrong,))
    assert ruling.decision.outcome == "floor"
    assert ruling.content is None
    assert ruling.decision.errors
    floor = ruling.floor
    assert floor is not None
    assert floor.time_s % 60.0 == 0.0
    assert floor.heading_deg is not None
    assert floor.heading_deg % 45.0 == 0.0
    assert floor.lat_deg != CANDIDATE.content.launch.lat_deg


def test_a_suspended_agreement_lets_not_even_the_floor_through():
    wrong = with_fields(FieldGrant("burnout", "2", 500.0))
    suspended = replace(
        wrong, views=tuple(replace(view, state=State.SUSPENDED) for view in wrong.views)
    )
    withheld_why(ruled(CANDIDATE, agreements=(suspended,)))


def test_an_error_without_a_floor_withholds():
    wrong = with_fields(FieldGrant("burnout", "2", 500.0))
    assert wrong.terms.floor is not None
    wrong = replace(wrong, terms=replace(wrong.terms, floor=None))
    assert "precision" in withheld_why(ruled(CANDIDATE, agreements=(wrong,)))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_never_leaves(value):
    for name in ("time_s", "lat_deg", "lon_deg", "semi_major_m"):
        impact = msgspec.structs.replace(CANDIDATE.content.impact, **{name: value})
        content = msgspec.structs.replace(CANDIDATE.content, impact=impact)
        ruling = ruled(replace(CANDIDATE, content=content))
        assert ruling.content is None
        assert ruling.decision.errors
        assert ruling.floor is None or is_finite(ruling.floor)


NOT_A_HEIGHT = replace(
    CANDIDATE,
    content=msgspec.structs.replace(
        CANDIDATE.content,
        apogee=msgspec.structs.replace(CANDIDATE.content.apogee, height_m=math.nan),
    ),
    earlier=(KnownBefore(T0_S + 240.0, CANDIDATE.content),),
)
APOGEE, BURNOUT = FieldGrant("apogee", "1"), FieldGrant("burnout", "1")


def test_a_value_in_error_tells_no_launch_by_the_floor_that_no_field_would_have_told():
    ruling = ruled(NOT_A_HEIGHT, agreements=(with_fields(APOGEE, BURNOUT),))
    assert (ruling.content, ruling.floor) == (None, None)
    assert ruling.decision.outcome == "withhold"
    assert "no launch is known to tell the floor of" in " ".join(ruling.decision.errors)


def test_with_the_launch_granted_the_floor_goes_and_no_heading_by_a_place_that_is_not():
    granted = with_fields(APOGEE, FieldGrant("launch_point", "1"))
    ruling = ruled(NOT_A_HEIGHT, agreements=(granted,))
    assert ruling.decision.outcome == "floor"
    assert ruling.floor is not None
    assert ruling.floor.heading_deg is None
    granted = with_fields(
        APOGEE, FieldGrant("launch_point", "1"), FieldGrant("expected_impact", "1")
    )
    ruling = ruled(NOT_A_HEIGHT, agreements=(granted,))
    assert ruling.floor is not None
    assert ruling.floor.heading_deg is not None


@pytest.mark.parametrize(("known_ago_s", "outcome"), [(59.0, "withhold"), (60.0, "floor")])
def test_a_value_in_error_makes_no_launch_known_sooner_than_its_delay(known_ago_s, outcome):
    late = with_fields(APOGEE, FieldGrant("launch_point", "1", delay_s=60.0))
    before = replace(
        NOT_A_HEIGHT, earlier=(KnownBefore(T0_S + 300.0 - known_ago_s, CANDIDATE.content),)
    )
    assert ruled(before, agreements=(late,)).decision.outcome == outcome


def test_where_a_rule_errs_too_the_floor_goes_as_it_was_agreed():
    wrong = with_fields(APOGEE, FieldGrant("burnout", "2", 500.0))
    ruling = ruled(NOT_A_HEIGHT, agreements=(wrong,))
    assert ruling.decision.outcome == "floor"
    assert ruling.floor is not None
    assert ruling.floor.heading_deg is not None


@given(
    st.floats(-80.0, 80.0), st.floats(-180.0, 180.0), st.floats(100.0, 1e5), st.floats(10.0, 1e5)
)
def test_rounding_moves_a_place_by_less_than_a_cell_and_widens_its_ellipse_to_match(
    lat_deg, lon_deg, precision_m, axis_m
):
    place = GroundStatement(T0_S, 1.0, lat_deg, lon_deg, axis_m, axis_m / 2.0, 30.0)
    rounded = coarsened_place(place, precision_m)
    north_m = (rounded.lat_deg - lat_deg) * METRES_PER_DEGREE
    degrees_east = (rounded.lon_deg - lon_deg + 180.0) % 360.0 - 180.0
    east_m = degrees_east * METRES_PER_DEGREE * math.cos(math.radians(rounded.lat_deg))
    assert abs(north_m) <= precision_m / 2.0 * (1.0 + 1e-6)
    assert abs(east_m) <= precision_m / 2.0 * (1.0 + 1e-6)
    # The variance of an error spread evenly over a cell is its width squared over twelve. What is
    # told is that, made wider by no more than a rung of the ladder and half a step of correlation.
    major_m2, minor_m2 = (
        axis**2 + CHI_SQUARE_2_95 * precision_m**2 / 12.0 for axis in (axis_m, axis_m / 2.0)
    )
    wider = 2.0 ** (2.0 / RUNGS_PER_OCTAVE) * (1.0 + CORRELATION_STEP)
    assert major_m2 * (1.0 - 1e-9) <= rounded.semi_major_m**2 <= major_m2 * wider
    assert minor_m2 * (1.0 - 1e-9) <= rounded.semi_minor_m**2
    assert rounded.semi_minor_m <= rounded.semi_major_m


CODES = st.sampled_from(["KOR", "JPN", "USA", "AUS", ""])
LEVELS = st.sampled_from(
    ["군사III급비밀", "군사II급비밀", "군사I급비밀", "秘", "極秘", "SECRET", "", "?"]
)
NAMES = st.sampled_from([*SENSORS, "unknown"])
PATHS = st.sampled_from(
    ["launch_point", "path", "expected_impact", "burnout", "apogee", "path/phase"]
)


@st.composite
def random_candidates(draw) -> Candidate:
    """Each part is right or anything: so that about a third of all candidates may go somewhere."""
    originator = draw(st.sampled_from(["KOR", "JPN", "USA"]))

    def right_or(right, anything):
        return (draw(st.sampled_from([True] * 9 + [False])) and right) or draw(anything)

    marked = label(
        originator,
        policy=right_or(originator, CODES),
        level=right_or(label(originator).level, LEVELS),
        originators=right_or((originator,), st.lists(CODES, max_size=2).map(tuple)),
        releasable_to=right_or(
            label(originator).releasable_to, st.lists(CODES, max_size=3).map(tuple)
        ),
        categories=draw(st.sampled_from([(), (), ("launch-warning",), ("x",)])),
    )
    lineage = lineage_of(
        right_or((originator,), st.lists(CODES, min_size=1, max_size=2)),
        right_or((f"{originator}-1",), st.lists(NAMES, max_size=2)),
        draw(st.sampled_from([(), (), (), ("JPN-KOR-1",)])),
    )
    return replace(
        CANDIDATE,
        originator=nation(originator),
        label=draw(st.sampled_from([marked, marked, marked, None])),
        lineage=lineage,
        mode=right_or(EXERCISE, st.sampled_from([LIVE, TEST])),
    )


@st.composite
def random_agreements(draw):
    agreements = []
    for name in draw(st.lists(st.sampled_from(sorted(TERMS)), min_size=1, max_size=3, unique=True)):
        terms = TERMS[name]
        terms = replace(
            terms,
            fields=tuple(
                FieldGrant(path, "x") for path in draw(st.lists(PATHS, max_size=3, unique=True))
            ),
            ceiling=draw(st.sampled_from(["CONFIDENTIAL", "SECRET", "SECRET", "?"])),
            sensor_kinds=draw(st.sampled_from([("radar", "infrared"), ("radar",), ("infrared",)])),
            floor=draw(st.sampled_from([None, terms.floor])),
        )
        state = st.sampled_from([State.IN_FORCE] * 6 + list(State))
        states = draw(st.tuples(state, state))
        views = tuple(
            PartyView(party, state) for party, state in zip(terms.parties, states, strict=True)
        )
        agreements.append(replace(drafted(terms), views=views))
    return tuple(agreements)


def may_go(candidate: Candidate, recipient: str, agreements) -> bool:
    """The slow twin, written from the guide's agreement.md and design.md, invariants 1 to 3."""
    between = [a for a in agreements if {candidate.originator, recipient} <= set(a.terms.parties)]
    if not between or candidate.originator == recipient or candidate.mode is not EXERCISE:
        return False
    alive = {"in force", "notice given", "notice suspended"}
    if any(view.state.value not in alive for item in between for view in item.views):
        return False
    sensors = [SENSORS.get(name) for name in candidate.lineage.sensors]
    own = sensors and all(item and item.nation == candidate.originator for item in sensors)
    if not own or candidate.lineage.parents:
        return False
    if set(candidate.lineage.originators) != {candidate.originator}:
        return False
    mark = candidate.label
    if mark is None or mark.policy != candidate.originator or recipient not in mark.releasable_to:
        return False
    if tuple(mark.originators) != (candidate.originator,) or "x" in mark.categories:
        return False
    for item in between:
        order = [row.common for row in item.terms.levels.rows]
        rows = [row for row in item.terms.levels.rows if (mark.policy, mark.level) in row.markings]
        if not rows or item.terms.ceiling not in order or not item.terms.fields:
            continue
        if order.index(rows[0].common) > order.index(item.terms.ceiling):
            continue
        if all(sensor.kind in item.terms.sensor_kinds for sensor in sensors):
            return True
    return False


@settings(max_examples=400)
@given(random_candidates(), CODES, random_agreements())
def test_t10_nothing_reaches_a_nation_that_is_not_entitled(candidate, recipient, agreements):
    ruling = ruled(candidate, recipient, agreements)
    released = ruling.content is not None or ruling.floor is not None
    assert released == may_go(candidate, recipient, agreements)
    if ruling.content is not None:
        granted = {grant.path for item in agreements for grant in item.terms.fields}
        assert ruling.content.impact is None or "expected_impact" in granted
        assert ruling.content.path is None or "path" in granted
        assert ruling.content.launch is None or "launch_point" in granted


def test_the_twin_lets_something_through_too():
    # A property that only ever denies would hold of a gate that is always shut.
    assert may_go(CANDIDATE, "JPN", IN_FORCE)
    assert ruled(CANDIDATE).content is not None
    cases = st.tuples(random_candidates(), CODES, random_agreements())
    candidate, recipient, agreements = find(cases, lambda case: may_go(*case))
    assert ruled(candidate, recipient, agreements).decision.outcome != "withhold"


@given(random_candidates(), CODES, random_agreements())
def test_taking_a_level_out_of_the_table_never_lets_more_through(candidate, recipient, agreements):
    def poorer(agreement):
        rows = tuple(
            EquivalentLevels(row.common, row.markings[1:]) for row in agreement.terms.levels.rows
        )
        return replace(agreement, terms=replace(agreement.terms, levels=LevelTable(rows)))

    before = ruled(candidate, recipient, agreements)
    after = ruled(candidate, recipient, tuple(poorer(item) for item in agreements))
    if before.decision.outcome == "withhold":
        assert after.decision.outcome == "withhold"


def test_a_withdrawal_takes_back_without_telling_a_field():
    ruling = ruled(replace(CANDIDATE, status="withdrawn"))
    assert ruling.decision.outcome == "release"
    assert ruling.content == Content()


def test_without_policies_nothing_goes():
    ruling = decide(CANDIDATE, "JPN", IN_FORCE, sensors=SENSORS, mode=EXERCISE, now_s=T0_S + 300.0)
    assert "no policies" in withheld_why(ruling)
