"""What becomes a plot, and what is rejected with which reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.read_plots import parse_plot
from commonwatch.acquire.rejected import Rejected
from commonwatch.limits import PLOT_LINE_BYTES_MAX

from .builders import GOOD, SENSORS, is_finite, line


def reason(told: bytes) -> str:
    """Why it was rejected; what was taken fails the test."""
    read = parse_plot(told, 7, SENSORS)
    assert isinstance(read, Rejected), read
    assert read.line == 7
    assert read.reason.isprintable()
    return read.reason


def test_every_key_is_taken():
    read = parse_plot(line(), 1, SENSORS)
    moment = datetime(2023, 3, 15, 22, 10, 0, 250_000, tzinfo=UTC)
    assert read == Plot(moment.timestamp(), "KOR-1", 61.25, 4.5, 412_345.5, -812.25)


def test_angles_alone_are_a_plot():
    read = parse_plot(line(range_m=None, range_rate_m_s=None), 1, SENSORS)
    assert isinstance(read, Plot)
    assert (read.range_m, read.range_rate_m_s) == (None, None)


def test_whole_numbers_unknown_keys_and_windows_line_ends_are_no_fault():
    told = line(azimuth_deg=61, quality="good", inner={"a": [1]}) + b"\r\n"
    assert isinstance(parse_plot(told, 1, SENSORS), Plot)


@pytest.mark.parametrize(
    ("fraction", "microseconds"), [("", 0), (".5", 500_000), (".000001", 1), (".123456", 123_456)]
)
def test_time_to_the_microsecond(fraction, microseconds):
    read = parse_plot(line(time=f"2024-02-29T23:59:59{fraction}Z"), 1, SENSORS)
    expected = datetime(2024, 2, 29, 23, 59, 59, microseconds, tzinfo=UTC).timestamp()
    assert read.time_s == pytest.approx(expected, abs=3e-7)


@pytest.mark.parametrize(
    "time",
    [
        "2023-03-15T22:10:00",  # no zone
        "2023-03-15T22:10:00+00:00",  # a zone, but not Z
        "2023-03-15t22:10:00z",
        "2023-03-15 22:10:00Z",
        "2023-03-15T22:10Z",
        "2023-3-15T22:10:00Z",
        "2023-03-15T22:10:00.Z",
        "2023-03-15T22:10:00.1234567Z",  # finer than a microsecond
        "2023-02-29T00:00:00Z",  # no leap year
        "2023-13-01T00:00:00Z",
        "2023-00-01T00:00:00Z",
        "2023-04-31T00:00:00Z",
        "2023-03-15T24:00:00Z",
        "2023-03-15T22:60:00Z",
        "2016-12-31T23:59:60Z",  # a leap second that was: POSIX has no number for it
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "٢٠٢٣-03-15T22:10:00Z",
        "",
        "now",
        1678918200,
        None,
    ],
)
def test_times_that_are_none(time):
    assert reason(line(time=time))


@pytest.mark.parametrize("cut", range(1, len(line())))
def test_a_line_cut_short_anywhere(cut):
    assert reason(line()[:-cut])


@pytest.mark.parametrize("key", ["time", "sensor", "azimuth_deg", "elevation_deg"])
def test_a_key_that_is_missing_is_named(key):
    assert key in reason(line(**{key: None}))


@pytest.mark.parametrize("key", [key for key in GOOD if key not in {"time", "sensor"}])
@pytest.mark.parametrize("value", ['"5"', "null", "true", "[5]", '{"deg": 5}'])
def test_a_value_of_the_wrong_type_is_named(key, value):
    told = json.dumps(GOOD | {key: "HERE"}).replace('"HERE"', value)
    assert key in reason(told.encode())


@pytest.mark.parametrize("key", [key for key in GOOD if key not in {"time", "sensor"}])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400])
def test_numbers_that_are_not_finite(key, value):
    told = json.dumps(GOOD | {key: "HERE"}).replace('"HERE"', value)
    assert reason(told.encode())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("azimuth_deg", 361.0),
        ("azimuth_deg", -0.001),
        ("elevation_deg", 90.001),
        ("elevation_deg", -91.0),
        ("range_m", -1.0),
        ("range_m", 0.0),
        ("range_m", 5e-324),
        ("range_m", 0.99),
        ("range_m", 1.1e10),
        ("range_rate_m_s", 1.1e6),
        ("range_rate_m_s", -1.1e6),
    ],
)
def test_values_out_of_bounds_are_named_with_the_bounds(key, value):
    told = reason(line(**{key: value}))
    assert key in told
    assert str(value) in told


@pytest.mark.parametrize(
    ("key", "value"),
    [("azimuth_deg", 0.0), ("azimuth_deg", 360.0), ("elevation_deg", 90.0)],
)
def test_values_on_a_bound_are_taken(key, value):
    assert isinstance(parse_plot(line(**{key: value}), 1, SENSORS), Plot)


@pytest.mark.parametrize(
    ("key", "sigma"),
    [("range_m", "sigma_range_m"), ("range_rate_m_s", "sigma_range_rate_m_s")],
)
def test_a_sensor_cannot_tell_what_it_has_no_sigma_for(key, sigma):
    other = {"range_m", "range_rate_m_s"} - {key}
    told = reason(line(sensor="USA-1", **dict.fromkeys(other)))
    assert key in told
    assert sigma in told


@pytest.mark.parametrize(
    "name", ["KOR-9", "kor-1", "", " KOR-1", "KOR-1\n", "\x1b[2J", "日本" * 99]
)
def test_an_unknown_sensor_is_named_in_one_line(name):
    assert "unknown sensor" in reason(line(sensor=name))


def test_a_line_too_long_is_rejected_unread():
    long = line(note="x" * PLOT_LINE_BYTES_MAX)
    assert str(PLOT_LINE_BYTES_MAX) in reason(long)
    just = line(note="")
    fits = line(note="x" * (PLOT_LINE_BYTES_MAX - len(just)))
    assert isinstance(parse_plot(fits, 1, SENSORS), Plot)


@pytest.mark.parametrize(
    "told",
    [
        b"not JSON",
        b"[]",
        b"{}",
        b"3.5",
        b"null",
        b"\xef\xbb\xbf" + line(),  # a byte order mark
        line().replace(b"KOR-1", b"KOR\xff1"),  # not UTF-8
        line() + line(),
        b"[" * 4000,
        b'{"time":' * 500,
        b"\x00" * 40,
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_what_is_no_object_of_json(told):
    assert reason(told)


@given(st.binary(max_size=300))
def test_whatever_bytes_come_there_is_a_plot_or_a_reason(told):
    read = parse_plot(told, 1, SENSORS)
    assert isinstance(read, Plot) or read.reason.isprintable()


@given(st.data())
def test_a_good_line_with_any_part_replaced_is_a_finite_plot_or_rejected(data):
    told = line()
    start = data.draw(st.integers(0, len(told)))
    end = data.draw(st.integers(start, len(told)))
    read = parse_plot(told[:start] + data.draw(st.binary(max_size=12)) + told[end:], 1, SENSORS)
    if isinstance(read, Plot):
        assert read.sensor in SENSORS
        numbers = (read.time_s, read.azimuth_deg, read.elevation_deg, read.range_m)
        assert all(map(is_finite, (*numbers, read.range_rate_m_s)))
        assert 0.0 <= read.azimuth_deg <= 360.0
        assert -90.0 <= read.elevation_deg <= 90.0
