"""sensors.toml into Sensor values."""

from __future__ import annotations

import math
import tomllib

import msgspec

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.limits import SENSOR_ID_CHARACTERS_MAX, SENSORS_MAX

KINDS = ("radar", "infrared")
NATION_LETTERS = 3
# Inclusive bounds of each number; None: open on that side.
BOUNDS: dict[str, tuple[float, float]] = {
    "lat_deg": (-90.0, 90.0),
    "lon_deg": (-180.0, 360.0),
    "height_m": (-1e3, 1e9),
    "scan_period_s": (1e-3, 3600.0),
    "max_range_m": (1.0, 1e10),
    "min_elevation_deg": (-90.0, 90.0),
    "detection_probability": (0.0, 1.0),
    "false_plots_per_scan": (0.0, 1e6),
    "sigma_azimuth_deg": (1e-9, 90.0),
    "sigma_elevation_deg": (1e-9, 90.0),
    "sigma_range_m": (1e-6, 1e7),
    "sigma_range_rate_m_s": (1e-6, 1e5),
    "bias_sigma_range_m": (0.0, 1e6),
    "bias_sigma_azimuth_deg": (0.0, 45.0),
    "bias_sigma_elevation_deg": (0.0, 45.0),
    "clock_sigma_s": (0.0, 3600.0),
}


def parse_sensors(toml_text: str, source: str) -> tuple[Sensor, ...]:
    """The sensors of a sensors.toml; `source` names it in errors.

    Raises UnusableInput where the text is not TOML, or a table lacks a key or has a value out of
    bounds.
    """
    try:
        document = tomllib.loads(toml_text)
    except (ValueError, RecursionError) as error:
        # TOMLDecodeError is a ValueError; so is an integer of thousands of digits. Brackets within
        # thousands of brackets are too deep.
        raise UnusableInput(f"{source}: not TOML: {error}") from error
    tables = document.get("sensor")
    if not isinstance(tables, list) or not tables:
        raise UnusableInput(
            f"{source}: no [[sensor]] table; a sensors file has one for each sensor"
        )
    if len(tables) > SENSORS_MAX:
        raise UnusableInput(f"{source}: {len(tables)} sensors; at most {SENSORS_MAX} are read")
    sensors = tuple(_sensor(table, f"{source}: sensor {i + 1}") for i, table in enumerate(tables))
    seen: set[str] = set()
    for sensor in sensors:
        if sensor.id in seen:
            raise UnusableInput(f"{source}: sensor id `{sensor.id}` is there twice; ids are unique")
        seen.add(sensor.id)
    return sensors


def _sensor(table: object, where: str) -> Sensor:
    """One table as a checked Sensor."""
    try:
        sensor = msgspec.convert(table, Sensor)
    except msgspec.ValidationError as error:
        raise UnusableInput(f"{where}: {_plain(str(error))}") from error
    if not (sensor.id and sensor.id.isprintable() and len(sensor.id) <= SENSOR_ID_CHARACTERS_MAX):
        raise UnusableInput(
            f"{where}: id is {sensor.id[:SENSOR_ID_CHARACTERS_MAX]!r}; "
            f"it has 1 to {SENSOR_ID_CHARACTERS_MAX} printable characters"
        )
    where = f"{where} `{sensor.id}`"
    if sensor.kind not in KINDS:
        raise UnusableInput(f"{where}: kind is `{sensor.kind}`; it is one of {', '.join(KINDS)}")
    if not (
        len(sensor.nation) == NATION_LETTERS
        and sensor.nation.isascii()
        and sensor.nation.isalpha()
        and sensor.nation.isupper()
    ):
        raise UnusableInput(
            f"{where}: nation is `{sensor.nation}`; it is an ISO 3166-1 alpha-3 code as JPN"
        )
    for key, (low, high) in BOUNDS.items():
        value = getattr(sensor, key)
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            raise UnusableInput(f"{where}: {key} is {value}; it is between {low:g} and {high:g}")
    return sensor


def _plain(message: str) -> str:
    """A validation message in one line without the library's own quoting of paths."""
    return message.replace("Object missing", "missing").replace("\n", " ")
