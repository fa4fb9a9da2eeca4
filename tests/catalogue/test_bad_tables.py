"""A table that cannot be used says in one line which file, which line, why and what is right."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.catalogue.read_launches import COLUMNS, parse_launches
from commonwatch.catalogue.read_statements import COLUMNS as STATEMENT_COLUMNS
from commonwatch.catalogue.read_statements import parse_statements
from commonwatch.errors import UnusableInput

GOOD = {
    "id": "NK20230315-01",
    "date_utc": "2023-03-15",
    "missile": "Hwasong-17",
    "apogee_km": "6045",
    "reported_by": "KCNA",
    "source": "a newspaper",
    "notes": "q=A; outcome=success; nagix_bearing_deg=65",
}
GOOD_STATEMENT = {"id": "NK20230315-01", "reporter": "KCNA", "source": "a newspaper"}


def table(columns: tuple[str, ...], *rows: dict[str, str]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def test_the_good_row_is_good():
    (launch,) = parse_launches(table(COLUMNS, GOOD), "launches.csv")
    assert launch.bearing_deg == 65.0
    assert launch.notes == ("outcome=success", "nagix_bearing_deg=65")


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("id", "2023-03-15", "NKyyyymmdd-nn"),
        ("date_utc", "2023-13-01", "YYYY-MM-DD"),
        ("time_utc", "24:00", "HH:MM"),
        ("missile", "", "missile is empty"),
        ("apogee_km", "high", "apogee_km is 'high'"),
        ("apogee_km", "nan", "apogee_km is 'nan'"),
        ("apogee_km", "-1", "apogee_km is '-1'"),
        ("apogee_km", "1e9", "from 0 to 50000"),
        ("ground_range_km", "inf", "ground_range_km"),
        ("flight_time_s", "0", "flight_time_s"),
        ("launch_lat", "39", "only one of launch_lat and launch_lon"),
        ("impact_lat", "91", "impact_lat"),
        ("notes", "outcome=success", "a grade"),
        ("notes", "q=E; outcome=success", "a grade"),
        ("notes", "q=A; nagix_bearing_deg=400", "a bearing is below 360"),
        ("source", " ", "source is empty"),
    ],
)
def test_a_bad_cell_is_named_with_file_and_line(column, value, reason):
    text = table(COLUMNS, GOOD, {**GOOD, "id": "NK20230315-02", column: value})
    with pytest.raises(UnusableInput, match=reason) as refused:
        parse_launches(text, "launches.csv")
    assert str(refused.value).startswith("launches.csv, line 3: ")


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("apogee_q", "~", "apogee_q is '~'"),
        ("range_km", "-5", "range_km"),
        ("launch_kst", "7:10", "HH:MM"),
        ("n_reported", "0", "n_reported"),
        ("reporter", "", "reporter is empty"),
    ],
)
def test_a_bad_statement_is_named_with_file_and_line(column, value, reason):
    text = table(STATEMENT_COLUMNS, {**GOOD_STATEMENT, column: value})
    with pytest.raises(UnusableInput, match=reason) as refused:
        parse_statements(text, "by_reporter.csv")
    assert str(refused.value).startswith("by_reporter.csv, line 2: ")


def test_an_id_names_one_flight():
    with pytest.raises(UnusableInput, match=r"line 3: NK20230315-01 stands twice"):
        parse_launches(table(COLUMNS, GOOD, GOOD), "launches.csv")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the columns are missing"),
        ("a,b\n", "the columns are a, b"),
        (",".join(COLUMNS) + "\nNK20230315-01,2023\n", "2 cells where the header has 18"),
        (",".join(COLUMNS) + '\n"never closed', "not CSV"),
        ("x" * 5_000_000, "at most 4000000"),
    ],
)
def test_what_is_no_such_table_is_refused(text, reason):
    with pytest.raises(UnusableInput, match=reason):
        parse_launches(text, "launches.csv")


def test_more_rows_than_the_limit_are_refused():
    rows = (f"{i},,,,,,,,,,,,,,,,,q=X\n".replace(f"{i},", "NK202303-01,", 1) for i in range(4_100))
    with pytest.raises(UnusableInput):
        parse_launches(",".join(COLUMNS) + "\n" + "".join(rows), "launches.csv")


@given(st.text(max_size=200))
def test_no_text_at_all_raises_anything_else(text):
    for parse, columns in ((parse_launches, COLUMNS), (parse_statements, STATEMENT_COLUMNS)):
        try:
            parse(",".join(columns) + "\n" + text, "table.csv")
        except UnusableInput as refused:
            assert "table.csv" in str(refused)  # noqa: PT017  # both outcomes are right
