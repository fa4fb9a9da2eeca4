"""Flights rebuilt from published apogee and range take the published time."""

from __future__ import annotations

import pytest

from commonwatch.catalogue.launch import Grade, PublishedLaunch
from commonwatch.catalogue.published import load
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.reconstruction import Reconstruction, reconstruct

PYONGYANG = (39.2, 125.67)
LOFTED_ICBM_APOGEE_KM = 4000.0


def rebuilt(launch: PublishedLaunch, *, with_time: bool = True) -> Reconstruction:
    impact = None if launch.impact is None else Place(launch.impact.lat_deg, launch.impact.lon_deg)
    return reconstruct(
        launch.launch.lat_deg,
        launch.launch.lon_deg,
        launch.apogee_km,
        launch.ground_range_km,
        azimuth_deg=launch.bearing_deg if impact is None else None,
        impact=impact,
        flight_time_s=launch.flight_time_s if with_time else None,
    )


GRADE_A_HIGH = [
    launch for launch in load().launches if launch.grade is Grade.A and launch.apogee_km > 400.0
]
BALLISTIC = [
    launch
    for launch in load().launches
    if launch.grade in {Grade.A, Grade.B, Grade.C}
    and launch.launch is not None
    and launch.missile != "Unknown"
    and not any("non-ballistic" in note for note in launch.notes)
]
GLIDES = [
    launch
    for launch in load().launches
    if launch.grade in {Grade.A, Grade.B}
    # The one that failed after 200 km is left out: it fell like a stone.
    and launch.id != "NK20210927-01"
    and any("(glide)" in note or "(irregular)" in note for note in launch.notes)
]


def test_the_selections_are_not_empty():
    assert len(GRADE_A_HIGH) == 7
    assert len(GLIDES) == 9
    assert len(BALLISTIC) == 111


@pytest.mark.parametrize("launch", GRADE_A_HIGH, ids=lambda launch: launch.id)
def test_graded_a_flights_above_400_km(launch):
    found = rebuilt(launch)
    bound = 0.06 if launch.flight_time_resolution_s == 60.0 else 0.03
    if launch.apogee_km > LOFTED_ICBM_APOGEE_KM and launch.date_utc >= "2017-11":
        bound = 0.02
    assert found.flown.flight_time_s == pytest.approx(launch.flight_time_s, rel=bound)
    assert found.ballistic
    assert found.consistent, found.why


@pytest.mark.parametrize(
    ("apogee_km", "range_km", "published_s", "bound"),
    [
        # Times that KCNA gave: 29 July 2017, 19 February 2023, 18 December 2023, 1 November 2024.
        (3724.9, 998.0, 2832.0, 0.03),
        (5768.5, 989.0, 4015.0, 0.02),
        (6518.2, 1002.3, 4415.0, 0.02),
        (7687.5, 1001.2, 5156.0, 0.02),
        # Minutes by Japan's Ministry of Defense: 71 on 24 March 2022, 22 on 4 October 2022.
        (6248.5, 1090.0, 4260.0, 0.02),
        (1000.0, 4600.0, 1320.0, 0.06),
        # 19 minutes on 15 September 2017, 17 on 2 October 2019.
        (800.0, 3700.0, 1140.0, 0.06),
        (910.0, 450.0, 1020.0, 0.06),
    ],
)
def test_flights_whose_time_is_not_in_the_catalogue(apogee_km, range_km, published_s, bound):
    found = reconstruct(
        *PYONGYANG, apogee_km, range_km, azimuth_deg=75.0, flight_time_s=published_s
    )
    assert found.flown.flight_time_s == pytest.approx(published_s, rel=bound)
    assert found.consistent, found.why


@pytest.mark.parametrize(
    ("apogee_km", "range_km", "azimuth_deg", "simulated_s"),
    [
        # Flights of other notional boosters, integrated by an independent program.
        (6045.0748, 1002.44, 71.6, 4133.6),
        (6040.9733, 1001.4, 71.6, 4131.0),
        (970.0002, 4610.29, 82.0, 1369.8),
        (109.9976, 601.4, 80.0, 378.6),
        (79.9995, 401.0, 78.0, 320.9),
    ],
)
def test_flights_simulated_by_others(apogee_km, range_km, azimuth_deg, simulated_s):
    found = reconstruct(*PYONGYANG, apogee_km, range_km, azimuth_deg=azimuth_deg)
    assert found.flown.flight_time_s == pytest.approx(simulated_s, rel=0.03)


@pytest.mark.parametrize("launch", GLIDES, ids=lambda launch: launch.id)
def test_glides_are_named_with_or_without_their_time(launch):
    for with_time in (True, False):
        found = rebuilt(launch, with_time=with_time)
        assert not found.ballistic
        assert not found.consistent
        assert found.flight is None
        assert "it glides or skips" in found.why


def test_no_missile_known_to_be_ballistic_is_called_a_glide():
    figures = {(each.apogee_km, each.ground_range_km): each for each in BALLISTIC}
    for launch in figures.values():
        found = rebuilt(launch)
        assert found.ballistic, f"{launch.id}: {found.why}"
        assert found.consistent, f"{launch.id}: {found.why}"


def test_the_67_and_a_half_minutes_claimed_for_2022_03_24_are_shorter_than_free_fall():
    launch = load().find("NK20220324-01")
    found = reconstruct(
        launch.launch.lat_deg,
        launch.launch.lon_deg,
        launch.apogee_km,
        launch.ground_range_km,
        flight_time_s=67.5 * 60.0,
    )
    assert found.ballistic
    assert not found.consistent
    assert found.keplerian_time_s > 67.5 * 60.0
    miss_s = found.flown.flight_time_s - 67.5 * 60.0
    assert f"{miss_s:.0f} s too short" in found.why
    assert "shorter than free fall" in found.why


def test_the_powered_ascent_adds_what_the_eight_lofted_flights_show():
    # 163 to 233 s above the Keplerian arc (README of the catalogue's data).
    for apogee_km, range_km in ((4475.0, 950.0), (6045.0, 1000.2), (7687.5, 1001.2)):
        found = reconstruct(*PYONGYANG, apogee_km, range_km)
        assert 163.0 <= found.flown.flight_time_s - found.keplerian_time_s <= 233.0
