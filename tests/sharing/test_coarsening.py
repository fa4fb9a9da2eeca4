"""What is made coarser says so honestly, and its numbers do not give the fine ones back."""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from scipy.stats import chi2

from commonwatch.estimate.coast_filter import DRAG_PRIOR_MEAN, DRAG_PRIOR_VARIANCE
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.policies import shipped_table
from commonwatch.release.agreement import Agreement, FieldGrant
from commonwatch.release.bulletin import (
    ApogeeStatement,
    BoostState,
    Bulletin,
    Content,
    DelayedField,
    GroundStatement,
    StateInformation,
)
from commonwatch.release.candidate import candidates_from, estimate_from
from commonwatch.release.coarse_state import VELOCITY_GRID_S, coarsened_boost, square_of
from commonwatch.release.coarse_state import coarsened_information as coarsened
from commonwatch.release.decision import Candidate, KnownBefore, Ruling
from commonwatch.release.gate import decide
from commonwatch.release.grid import METRES_PER_DEGREE, coarsened_apogee, coarsened_place
from commonwatch.release.recollection import Recollection, delay_of_all_s
from commonwatch.trajectory.ellipse import covariance_from_ellipse95
from tests.sharing.builders import SENSORS, T0_S, assessment, hold, in_force, label, own_estimate

DRAWS = 2500
POSITION = np.array([-3.1e6, 4.0e6, 4.1e6])
VELOCITY = np.array([1200.0, -2100.0, 3300.0])
# Line of sight of a radar at a known place: what an exact covariance gives away.
SIGHT = np.array([2.0, 3.0, 6.0]) / 7.0


def covariance(dimension: int, along_m: float, across_m: float) -> np.ndarray:
    """A radar's: sharp along its line of sight, 30 times wider across; correlated with velocity."""
    across = np.eye(3) - np.outer(SIGHT, SIGHT)
    space = along_m**2 * np.outer(SIGHT, SIGHT) + across_m**2 * across
    motion = np.block([[space, space / 300.0], [space / 300.0, space / 4e4]])
    full = np.zeros((dimension, dimension))
    full[:6, :6] = motion
    for i in range(6, dimension):
        full[i, i] = DRAG_PRIOR_VARIANCE if dimension == 7 else 4.0
    return full


def information_about(truth: np.ndarray, cov: np.ndarray, rng: np.random.Generator):
    """What a filter with that covariance would tell of that truth, one draw of its error."""
    mean = truth + np.linalg.cholesky(cov) @ rng.standard_normal(len(truth))
    matrix = np.linalg.inv(cov)
    reference = truth + np.array([5e3, -3e3, 1e3, 10.0, 5.0, -8.0, 0.001])
    vector = matrix @ (mean - reference)
    # The prior that all hold in common is in neither matrix nor vector.
    vector[6] -= (DRAG_PRIOR_MEAN - reference[6]) / DRAG_PRIOR_VARIANCE
    matrix[6, 6] -= 1.0 / DRAG_PRIOR_VARIANCE
    upper = tuple(matrix[np.triu_indices(7)].tolist())
    return StateInformation(T0_S, T0_S, tuple(reference.tolist()), tuple(vector.tolist()), upper)


@pytest.mark.parametrize("precision_m", [1e3, 1e4, 5e4])
@pytest.mark.parametrize(("along_m", "across_m"), [(30.0, 900.0), (3e3, 2e4)])
def test_a_coarse_path_is_honest_over_many_draws(precision_m, along_m, across_m):
    rng = np.random.default_rng(5)
    cov = covariance(7, along_m, across_m)
    nees, inside = [], 0
    for _ in range(DRAWS):
        moved = np.concatenate((rng.uniform(-1e5, 1e5, 3), rng.uniform(-500.0, 500.0, 3), [0.0]))
        truth = np.concatenate((POSITION, VELOCITY, [DRAG_PRIOR_MEAN])) + moved
        path = coarsened(information_about(truth, cov, rng), precision_m)
        error = (np.array(path.reference) - truth)[:6]
        matrix = square_of(path.matrix_upper, 7)[:6, :6]
        nees.append(float(error @ matrix @ error))
        inside += nees[-1] <= chi2.ppf(0.95, 6)
    # Never surer than it is: the mean of so many draws, and the share in the 95 % region.
    assert np.mean(nees) <= 6.0 + 3.0 * math.sqrt(12.0 / DRAWS)
    assert inside / DRAWS >= 0.95 - 3.0 * math.sqrt(0.95 * 0.05 / DRAWS)
    # Nor much vaguer, where the grid is what limits it.
    if across_m < precision_m / 5.0:
        assert np.mean(nees) >= 0.8 * 6.0


@pytest.mark.parametrize("precision_m", [1e4, 5e4])
def test_a_coarse_boost_state_is_honest_over_many_draws(precision_m):
    rng = np.random.default_rng(6)
    cov = covariance(9, 100.0, 1500.0)
    root, nees = np.linalg.cholesky(cov), []
    for _ in range(DRAWS):
        truth = np.concatenate((POSITION, VELOCITY, [20.0, -5.0, 12.0]))
        truth += np.concatenate((rng.uniform(-1e5, 1e5, 3), rng.uniform(-300.0, 300.0, 6)))
        mean = tuple((truth + root @ rng.standard_normal(9)).tolist())
        path = coarsened_boost(
            BoostState(T0_S, T0_S, mean, tuple(cov[np.triu_indices(9)].tolist())), precision_m
        )
        error = np.array(path.mean) - truth
        nees.append(float(error @ np.linalg.solve(square_of(path.covariance_upper, 9), error)))
    assert 0.8 * 9.0 <= np.mean(nees) <= 9.0 + 3.0 * math.sqrt(18.0 / DRAWS)
    share = np.mean(np.array(nees) <= chi2.ppf(0.95, 9))
    assert share >= 0.95 - 3.0 * math.sqrt(0.95 * 0.05 / DRAWS)


@pytest.mark.parametrize("precision_m", [2e3, 1e4, 1e5])
@pytest.mark.parametrize(("major_m", "minor_m"), [(900.0, 400.0), (2e4, 1e3), (9e4, 8e4)])
def test_a_coarse_place_holds_the_truth_as_often_as_it_says(precision_m, major_m, minor_m):
    rng = np.random.default_rng(7)
    root = np.linalg.cholesky(covariance_from_ellipse95(major_m, minor_m, 30.0))
    inside = 0
    for _ in range(DRAWS):
        lat_deg, lon_deg = rng.uniform(30.0, 45.0), rng.uniform(120.0, 150.0)
        east_m, north_m = root @ rng.standard_normal(2)
        width_m = METRES_PER_DEGREE * math.cos(math.radians(lat_deg))
        told = coarsened_place(
            GroundStatement(
                T0_S, 1.0, lat_deg + north_m / METRES_PER_DEGREE, lon_deg + east_m / width_m,
                major_m, minor_m, 30.0,
            ),
            precision_m,
        )  # fmt: skip
        error = np.array(
            [(told.lon_deg - lon_deg) * width_m, (told.lat_deg - lat_deg) * METRES_PER_DEGREE]
        )
        cov = covariance_from_ellipse95(told.semi_major_m, told.semi_minor_m, told.azimuth_deg)
        inside += float(error @ np.linalg.solve(cov, error)) <= chi2.ppf(0.95, 2)
    assert inside / DRAWS >= 0.95 - 3.0 * math.sqrt(0.95 * 0.05 / DRAWS)


def test_a_coarse_apogee_is_honest_over_many_draws():
    rng = np.random.default_rng(8)
    heights = rng.uniform(1e5, 1e6, DRAWS)
    told = [
        coarsened_apogee(ApogeeStatement(T0_S, height + 800.0 * rng.standard_normal(), 800.0), 5e3)
        for height in heights.tolist()
    ]
    scaled = np.array(
        [(item.height_m - h) / item.height_sigma_m for item, h in zip(told, heights, strict=True)]
    )
    assert all(item.height_m % 5e3 == 0.0 for item in told)
    assert 0.85 <= np.mean(scaled**2) <= 1.0 + 3.0 * math.sqrt(2.0 / DRAWS)


def test_all_that_lies_in_one_cell_reads_alike():
    """Not reference, vector or matrix tells where in its cell an object is, nor who looked whence.

    The same cell, another fine position in it, another line of sight: the same bytes.
    """
    rng = np.random.default_rng(9)
    cell_m, cell_m_s = 1e5, 1e5 / VELOCITY_GRID_S
    middle = np.concatenate((np.round(POSITION / cell_m) * cell_m, np.zeros(3), [DRAG_PRIOR_MEAN]))
    told = set()
    for _ in range(200):
        sight = rng.standard_normal(3)
        sight /= np.linalg.norm(sight)
        space = 50.0**2 * np.outer(sight, sight) + 600.0**2 * (np.eye(3) - np.outer(sight, sight))
        cov = np.zeros((7, 7))
        cov[:3, :3], cov[3:6, 3:6], cov[6, 6] = space, space / 4e4, DRAG_PRIOR_VARIANCE
        within = np.concatenate((rng.uniform(-0.4, 0.4, 3) * cell_m,
                                 rng.uniform(-0.4, 0.4, 3) * cell_m_s, [0.0]))  # fmt: skip
        told.add(
            msgspec.msgpack.encode(coarsened(information_about(middle + within, cov, rng), cell_m))
        )
    assert len(told) == 1


def test_an_ellipse_in_a_much_wider_cell_tells_nothing_of_its_own_shape():
    shapes = {
        (told.semi_major_m, told.semi_minor_m, told.azimuth_deg)
        for azimuth_deg in range(0, 180, 7)
        for told in [
            coarsened_place(GroundStatement(T0_S, 1.0, 39.2, 125.7, 900.0, 30.0, azimuth_deg), 5e4)
        ]
    }
    assert len(shapes) == 1


(CANDIDATE,) = candidates_from(
    (own_estimate(T0_S),), (assessment(T0_S),),
    originator=nation("KOR"), label=label("KOR"), mode=EXERCISE,
)  # fmt: skip


def granting(*grants: FieldGrant) -> Agreement:
    agreement = in_force("KOR-JPN")
    return replace(agreement, terms=replace(agreement.terms, fields=grants))


def ruled(candidate: Candidate, agreement: Agreement, now_s: float) -> Ruling:
    return decide(
        candidate,
        "JPN",
        (agreement,),
        sensors=SENSORS,
        mode=EXERCISE,
        now_s=now_s,
        table=shipped_table(),
    )


def test_what_was_found_of_the_drag_is_not_told_with_a_coarse_path():
    truth = np.concatenate((POSITION, VELOCITY, [DRAG_PRIOR_MEAN]))
    path = information_about(truth, covariance(7, 30.0, 900.0), np.random.default_rng(5))
    assert path.reference[6] != DRAG_PRIOR_MEAN
    told = coarsened(path, 1e4)
    assert told.reference[6] == DRAG_PRIOR_MEAN
    matrix = square_of(told.matrix_upper, 7)
    assert not matrix[6].any()
    assert not matrix[:, 6].any()


def test_every_field_with_a_place_in_it_goes_coarse_and_the_decision_says_so():
    agreement = granting(
        FieldGrant("launch_point", "1", 1e4), FieldGrant("path", "2", 1e4),
        FieldGrant("apogee", "3", 1e4), FieldGrant("expected_impact", "4", 1e4),
    )  # fmt: skip
    ruling = ruled(CANDIDATE, agreement, T0_S)
    assert ruling.decision.outcome == "release"
    assert set(ruling.decision.coarsened) == {
        "launch_point", "path/state_information", "apogee", "expected_impact"
    }  # fmt: skip
    assert ruling.content is not None
    assert ruling.content.phase == CANDIDATE.content.phase
    assert isinstance(ruling.content.path, StateInformation)
    assert set(ruling.content.path.vector) == {0.0}
    assert all(value % 1e4 == 0.0 for value in ruling.content.path.reference[:3])


def test_a_recipient_takes_a_coarse_path_like_any_other():
    ruling = ruled(CANDIDATE, granting(FieldGrant("path", "2", 1e4)), T0_S)
    bulletin = Bulletin(
        id="KOR-JPN-1", originator="KOR", recipient="JPN", sequence=1, object="o1", event="e1",
        revision=1, issued_s=T0_S, mode="EXERCISE", agreement="KOR-JPN", agreement_revision=1,
        status="current", label=label("KOR"), lineage=CANDIDATE.lineage, content=ruling.content,
    )  # fmt: skip
    estimate = estimate_from(bulletin)
    assert estimate is not None
    assert estimate.coast is not None


def content_at(second: float) -> Content:
    impact = msgspec.structs.replace(CANDIDATE.content.impact, lat_deg=40.0 + second / 1000.0)
    return msgspec.structs.replace(CANDIDATE.content, impact=impact)


def candidate_at(second: float) -> Candidate:
    return replace(CANDIDATE, content=content_at(second))


def remembered(until: int, longest_s: float) -> Recollection:
    past = Recollection()
    for second in range(until + 1):
        past = past.after((candidate_at(second),), T0_S + second, longest_s)
    return past


@pytest.mark.parametrize("second", [0, 29, 30, 31, 100])
def test_a_delayed_field_tells_what_was_known_then_and_says_so(second):
    agreement = granting(
        FieldGrant("launch_point", "1"), FieldGrant("expected_impact", "2", None, 30.0)
    )
    (candidate,) = remembered(second, 30.0).before(T0_S + second)
    ruling = ruled(candidate, agreement, T0_S + second)
    assert ruling.content is not None
    assert ruling.content.launch == CANDIDATE.content.launch
    if second < 30:
        assert ruling.content.impact is None
        assert ruling.content.delayed == ()
        assert any("30 s ago" in item.why for item in ruling.decision.withheld)
    else:
        assert ruling.content.impact == content_at(second - 30).impact
        assert ruling.content.delayed == (DelayedField("expected_impact", 30.0),)
        assert any("30 s late" in rule for rule in ruling.decision.rules)


def test_of_two_grants_the_longest_delay_and_the_coarsest_grid_hold():
    agreement = granting(
        FieldGrant("path", "1", 1e4, 5.0), FieldGrant("path/state_information", "2", 1e3, 20.0)
    )
    candidate = replace(CANDIDATE, earlier=(KnownBefore(T0_S, CANDIDATE.content),))
    assert ruled(candidate, agreement, T0_S + 19.0).content == Content(
        phase="ballistic", delayed=(DelayedField("path/phase", 5.0),)
    )
    later = ruled(candidate, agreement, T0_S + 20.0).content
    assert later is not None
    assert isinstance(later.path, StateInformation)
    assert all(value % 1e4 == 0.0 for value in later.path.reference[:3])


def test_where_every_field_is_late_so_is_the_word_that_there_is_anything():
    agreements = (
        granting(
            FieldGrant("launch_point", "1", None, 60.0),
        ),
    )
    assert delay_of_all_s(agreements) == 60.0
    past = remembered(100, 60.0)
    assert past.before(T0_S - 1.0) == ()
    assert len(past.moments) == 61  # what no delay reaches back to is not kept
    (then,) = past.before(T0_S + 100.0 - 60.0)
    assert then.content == content_at(40.0)


def test_a_node_tells_late_what_is_granted_late(three):
    kor = three.nodes["KOR"]
    agreement = kor.orders.agreement("KOR-JPN")
    late = replace(
        agreement,
        terms=replace(agreement.terms, fields=(FieldGrant("launch_point", "1", None, 60.0),)),
    )
    hold(kor, late)
    first = {}
    for second in range(0, 80, 10):
        now_s = T0_S + second
        outcome = kor.release((own_estimate(now_s),), (assessment(now_s),), now_s)
        for bulletin in outcome.released:
            first.setdefault(bulletin.recipient, (second, bulletin))
    assert first["USA"][0] == 0
    assert first["JPN"][0] == 60
    assert first["JPN"][1].content.delayed == (DelayedField("launch_point", 60.0),)
