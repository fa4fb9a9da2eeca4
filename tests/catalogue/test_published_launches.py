"""The catalogue that comes with the program says what the sources said."""

from __future__ import annotations

from collections import Counter

import pytest

from commonwatch.catalogue.launch import Grade, PublishedPlace, QualifiedFigure
from commonwatch.catalogue.published import load, make_catalogue
from commonwatch.errors import UnusableInput


def test_every_row_is_taken_in_with_its_grade():
    launches = load().launches
    grades = Counter(launch.grade for launch in launches)
    # The README beside the data.
    assert grades == {Grade.A: 11, Grade.B: 77, Grade.C: 119, Grade.D: 10, Grade.X: 132}
    assert len(load().statements) == 208
    assert len({statement.launch_id for statement in load().statements}) == 95


def test_every_row_names_reporter_and_source():
    assert all(launch.source and launch.reported_by for launch in load().launches)
    assert all(statement.source for statement in load().statements)


def test_the_launch_of_2023_03_16_as_kcna_and_japan_told_it():
    launch = load().find("NK20230315-01")
    assert (launch.apogee_km, launch.ground_range_km, launch.flight_time_s) == (6045, 1000.2, 4151)
    assert launch.launch_time == "2023-03-15T22:09:00Z"
    assert launch.grade is Grade.A
    assert launch.flight_time_resolution_s == 1.0
    assert launch.impact == PublishedPlace(41.49, 136.97)
    assert launch.bearing_deg == 65.0
    assert any("the phrase is rounded" in note for note in launch.notes)
    kcna, rok, japan = load().statements_on(launch.id)
    assert (kcna.reporter, rok.reporter, japan.reporter) == ("KCNA", "ROK JCS", "JP MOD")
    assert japan.apogee_km == QualifiedFigure(6000.0, ">")
    assert (japan.flight_time_s, japan.flight_time_precision) == (4200.0, "about 70 min")
    assert rok.apogee_km is None


def test_times_in_minutes_are_known_as_such():
    # KCNA gave the last three to the second; all others are minutes or differences of clock times.
    to_the_second = {
        launch.id for launch in load().launches if launch.flight_time_resolution_s == 1.0
    }
    assert to_the_second == {"NK20221118-01", "NK20230315-01", "NK20230712-01"}
    by_statement = {
        s.launch_id: s.flight_time_precision for s in load().statements if s.flight_time_precision
    }
    for launch in load().launches:
        if launch.flight_time_resolution_s == 60.0:
            assert "min" in by_statement[launch.id]


def test_revised_statements_are_marked_and_come_after_the_first():
    said = [s for s in load().statements_on("NK20220924-01") if s.reporter == "JP MOD"]
    assert [(s.range_km.value, s.revised) for s in said] == [(400.0, False), (650.0, True)]


def test_what_is_unknown_is_none():
    oldest = load().launches[0]
    assert oldest.launch_time is None
    assert oldest.apogee_km is None
    assert oldest.impact is None
    assert load().find("NK198409-01").date_utc == "1984-09"


def test_an_unknown_id_names_its_neighbours():
    with pytest.raises(UnusableInput, match="NK20230315-01"):
        load().find("NK20230316-01")


def test_a_statement_on_no_flight_is_refused():
    statement = load().statements[0]
    with pytest.raises(UnusableInput, match="NK20160621-02"):
        make_catalogue((), (statement,))
