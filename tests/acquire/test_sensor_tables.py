"""sensors.toml: what cannot be used is refused in one sentence that says where and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.acquire.read_sensors import BOUNDS, parse_sensors
from commonwatch.errors import UnusableInput
from commonwatch.limits import SENSOR_ID_CHARACTERS_MAX, SENSORS_MAX

from .builders import OPTIONAL, TABLE, table

NEEDED = [key for key in TABLE if key not in OPTIONAL]


def refusal(text: str) -> str:
    with pytest.raises(UnusableInput) as caught:
        parse_sensors(text, "here/sensors.toml")
    told = str(caught.value)
    assert told.startswith("here/sensors.toml: ")
    assert "\n" not in told
    return told


def test_a_whole_table():
    (sensor,) = parse_sensors(table(), "x")
    assert (sensor.id, sensor.nation, sensor.kind) == ("KOR-1", "KOR", "radar")
    told = {key: getattr(sensor, key) for key in TABLE if key not in {"id", "nation", "kind"}}
    assert told == {key: float(TABLE[key]) for key in told}


@pytest.mark.parametrize("key", sorted(OPTIONAL))
def test_an_optional_key_may_be_absent(key):
    (sensor,) = parse_sensors(table(leave_out=key), "x")
    assert getattr(sensor, key) == (None if key.startswith("sigma") else 0.0)


def test_whole_numbers_and_keys_of_later_versions_are_no_fault():
    assert parse_sensors(table(height_m="120", colour='"green"'), "x")[0].height_m == 120.0


@pytest.mark.parametrize("key", NEEDED)
def test_a_missing_key_is_named(key):
    told = refusal(table() + table(leave_out=key, id='"KOR-2"'))
    assert key in told
    assert "sensor 2" in told
    assert "missing" in told


@pytest.mark.parametrize("key", [key for key in TABLE if "sigma" in key])
def test_a_negative_sigma_is_named(key):
    told = refusal(table(**{key: "-0.5"}))
    assert key in told
    assert "-0.5" in told
    assert "`KOR-1`" in told


@pytest.mark.parametrize("key", sorted(BOUNDS))
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", '"5"', "true", "[1.0]", "1979-05-27"])
def test_what_is_no_finite_number(key, value):
    assert key in refusal(table(**{key: value}))


@pytest.mark.parametrize("key", sorted(BOUNDS))
def test_bounds_hold_on_both_sides(key):
    low, high = BOUNDS[key]
    for value in (low, high):
        assert getattr(parse_sensors(table(**{key: repr(value)}), "x")[0], key) == value
    for value in (low - 0.001 - abs(low) * 1e-9, high * 1.001 + 0.001):
        assert key in refusal(table(**{key: repr(value)}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sigma_azimuth_deg", "0.0"),
        ("scan_period_s", "0"),
        ("detection_probability", "1.01"),
        ("kind", '"sonar"'),
        ("kind", '"Radar"'),
        ("nation", '"日本国"'),
        ("nation", '"ＫＯＲ"'),
        ("nation", '"Kor"'),
        ("nation", '"KO1"'),
        ("nation", '"K R"'),
        ("nation", '"KORE"'),
        ("nation", '""'),
        ("id", '""'),
        ("id", '"KOR\\n1"'),
        ("id", '"\\u001b[2J"'),
        ("id", f'"{"x" * (SENSOR_ID_CHARACTERS_MAX + 1)}"'),
        ("id", "5"),
        ("height_m", "1" + "0" * 400),
    ],
)
def test_values_that_no_sensor_has(key, value):
    assert key in refusal(table(**{key: value}))


def test_an_id_twice():
    told = refusal(table() + table(id='"KOR-2"') + table())
    assert "`KOR-1`" in told
    assert "twice" in told


@pytest.mark.parametrize(
    "text",
    [
        "[[sensor]\n",
        "sensor",
        '{"sensor": []}',
        table() + "id = 'again'\n",
        "x = " + "[" * 100_000,
        "x = " + "9" * 5000,
        "x = 2023-02-31\n",
        "\x00",
    ],
)
def test_what_is_not_toml(text):
    assert "not TOML" in refusal(text)


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "sensors = []\n", "sensor = []\n", "sensor = 5\n", "[sensor]\nid=5"]
)
def test_no_table_of_a_sensor(text):
    assert "[[sensor]]" in refusal(text)


@pytest.mark.parametrize("text", ["sensor = [5]", 'sensor = ["KOR-1"]', "sensor = [[]]"])
def test_a_sensor_that_is_no_table(text):
    assert "sensor 1" in refusal(text)


def test_too_many_sensors_are_refused_unread():
    told = refusal("sensor = [" + "{}," * (SENSORS_MAX + 1) + "]")
    assert str(SENSORS_MAX + 1) in told


@given(st.text(max_size=200))
def test_whatever_text_comes_it_is_refused_in_one_line(text):
    refusal(text)


@given(st.sampled_from(sorted(TABLE)), st.text(max_size=40))
def test_whatever_stands_for_a_value_there_is_a_sensor_or_one_sentence(key, value):
    refused = ""
    try:
        sensors = parse_sensors(table(**{key: value}), "here")
    except UnusableInput as error:
        sensors, refused = (), str(error)
    assert bool(sensors) != bool(refused)
    assert "\n" not in refused
