"""A pass as a folder: plots, sensors and, where it was simulated, the truth about it."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.read_plots import read_plots
from commonwatch.acquire.rejected import Rejected
from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.limits import PLOTS_FILE_BYTES_MAX
from commonwatch.node.observation_files import read_sensors_file
from commonwatch.trajectory.geodesic import distance_and_azimuth
from commonwatch.utc import format_utc
from commonwatch.world.flight import STATE_AFTER_BURNOUT_S, Flight
from commonwatch.world.scene import Scene
from commonwatch.world.sensing import Observation
from commonwatch.world.sensor_errors import NO_BIAS, SensorBias

NOTIONAL = "# Notional sensors: no real site, radar or figure is described.\n"
OPTIONAL_KEYS = (
    "sigma_range_m",
    "sigma_range_rate_m_s",
    "bias_sigma_range_m",
    "bias_sigma_azimuth_deg",
    "bias_sigma_elevation_deg",
    "clock_sigma_s",
)


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass as a replay reads it: plots in order of time, and the sensors that made them."""

    plots: tuple[Plot, ...]
    rejected: tuple[Rejected, ...]
    sensors: tuple[Sensor, ...]


def read_pass(folder: Path) -> Pass:
    """Read plots.jsonl or plots.jsonl.gz, and sensors.toml, from a folder.

    Raises UnusableInput where a file is missing, too large, or not what it should be.
    """
    sensors = read_sensors_file(folder / "sensors.toml")
    packed = folder / "plots.jsonl.gz"
    plots_file = packed if packed.exists() else folder / "plots.jsonl"
    lines = read_limited(plots_file, PLOTS_FILE_BYTES_MAX).split(b"\n")
    read = read_plots(lines, {sensor.id: sensor for sensor in sensors})
    return Pass(read.plots, read.rejected, sensors)


def read_limited(file: Path, bytes_max: int) -> bytes:
    """The bytes of a file, unpacked where its name ends in .gz, but never more than a limit."""
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as stream:
            data = stream.read(bytes_max + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableInput(f"{file}: cannot be read: {error}") from error
    if len(data) > bytes_max:
        raise UnusableInput(f"{file}: more than {bytes_max} bytes; give a smaller file")
    return bytes(data)


def write_pass(folder: Path, scene: Scene, bounds: dict[str, Any]) -> None:
    """Write a simulated pass: plots, sensors, truth, true states, labels and, where given, bounds.

    Raises UnusableInput where the folder cannot be written.
    """
    t0_s = min(flight.lift_off_s for flight in scene.flights)
    seen = scene.observation
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_gz(folder / "plots.jsonl.gz", b"".join(map(plot_line, seen.plots)))
        (folder / "sensors.toml").write_text(sensors_toml(scene.sensors), encoding="utf-8")
        (folder / "truth.json").write_bytes(pretty(truth_record(scene, t0_s)))
        write_gz(folder / "states.csv.gz", states_csv(t0_s, scene.flights))
        write_gz(folder / "labels.json.gz", msgspec.json.encode(seen.labels))
        if bounds:
            (folder / "bounds.json").write_bytes(pretty(bounds))
    except OSError as error:
        raise UnusableInput(f"{folder}: cannot be written: {error}") from error


def pretty(value: object) -> bytes:
    """JSON for people."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def write_gz(file: Path, data: bytes) -> None:
    """Write compressed without name or time, so that the same data give the same bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0) as stream:
        stream.write(data)
    file.write_bytes(packed.getvalue())


def plot_line(plot: Plot) -> bytes:
    """One line of plots.jsonl."""
    line: dict[str, float | str] = {
        "time": format_utc(plot.time_s),
        "sensor": plot.sensor,
        "azimuth_deg": plot.azimuth_deg,
        "elevation_deg": plot.elevation_deg,
    }
    if plot.range_m is not None:
        line["range_m"] = plot.range_m
    if plot.range_rate_m_s is not None:
        line["range_rate_m_s"] = plot.range_rate_m_s
    return msgspec.json.encode(line) + b"\n"


def sensors_toml(sensors: tuple[Sensor, ...]) -> str:
    """The text of sensors.toml."""
    tables = []
    for sensor in sensors:
        lines = ["[[sensor]]"]
        for key in Sensor.__dataclass_fields__:
            value = getattr(sensor, key)
            if value is None or (key in OPTIONAL_KEYS and value == 0.0):
                continue
            lines.append(f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value!r}")
        tables.append("\n".join(lines) + "\n")
    return NOTIONAL + "\n" + "\n".join(tables)


def states_csv(t0_s: float, flights: tuple[Flight, ...]) -> bytes:
    """True states of all objects as rows of text."""
    lines = ["object,time_s,x_m,y_m,z_m,vx_m_s,vy_m_s,vz_m_s"]
    for flight in flights:
        offset_s = flight.lift_off_s - t0_s
        for time_s, state in zip(flight.times_s, flight.states_ecef, strict=True):
            where = ",".join(f"{v:.3f}" for v in state[:3])
            how_fast = ",".join(f"{v:.5f}" for v in state[3:])
            lines.append(f"{flight.name},{time_s + offset_s:.6f},{where},{how_fast}")
    return ("\n".join(lines) + "\n").encode()


def truth_record(scene: Scene, t0_s: float) -> dict[str, Any]:
    """What truth.json holds."""
    seen = scene.observation
    record: dict[str, Any] = {
        "scene": scene.name,
        "t0": format_utc(t0_s),
        "objects": [
            object_truth(flight, event, seen)
            for flight, event in zip(scene.flights, events_of(scene.flights), strict=True)
        ],
    }
    if any(bias != NO_BIAS for bias in seen.biases.values()):
        record["biases"] = {name: bias_record(bias) for name, bias in seen.biases.items()}
    if seen.lies:
        record["undeclared_errors"] = [
            {
                "sensor": lie.sensor,
                "from": None if lie.from_s is None else format_utc(lie.from_s),
                **bias_record(lie.error),
            }
            for lie in seen.lies
        ]
    return record


def bias_record(bias: SensorBias) -> dict[str, float]:
    """Constant errors as truth.json tells them."""
    return {
        "range_m": round(bias.range_m, 3),
        "azimuth_deg": round(bias.azimuth_deg, 5),
        "elevation_deg": round(bias.elevation_deg, 5),
        "clock_s": round(bias.clock_s, 6),
    }


def events_of(flights: tuple[Flight, ...]) -> tuple[str, ...]:
    """For each flight the event it belongs to: one for each lift-off, `E1`, `E2`, ..."""
    lift_offs = [(flight.lift_off_s, flight.launch) for flight in flights]
    order = list(dict.fromkeys(lift_offs))
    return tuple(f"E{order.index(lift_off) + 1}" for lift_off in lift_offs)


def object_truth(flight: Flight, event: str, observation: Observation) -> dict[str, Any]:
    """The truth about one object."""
    launch = flight.launch
    after_s = flight.burnout_s + STATE_AFTER_BURNOUT_S
    state = flight.state_after_burnout()
    record: dict[str, Any] = {
        "object": flight.name,
        "event": event,
        "powered": flight.powered,
        "ballistic_coefficient_kg_m2": flight.ballistic_coefficient_kg_m2,
        "plots": sum(1 for label in observation.labels if label == flight.name),
        "launch": {
            "time": format_utc(flight.lift_off_s),
            "lat_deg": launch.lat_deg,
            "lon_deg": launch.lon_deg,
        },
        "burnout_time": format_utc(flight.lift_off_s + flight.burnout_s),
        "apogee": {
            "time": format_utc(flight.lift_off_s + flight.apogee_s),
            "height_m": round(flight.apogee_height_m, 1),
        },
        "state_after_burnout": {
            "time": format_utc(flight.lift_off_s + after_s),
            "ecef": [round(float(v), 3) for v in state],
        },
    }
    if flight.impact is None:
        return record | {"orbital": True}
    impact = flight.impact
    distance_m, _azimuth_deg = distance_and_azimuth(launch, impact.place)
    return record | {
        "impact": {
            "time": format_utc(flight.lift_off_s + impact.time_s),
            "lat_deg": round(impact.place.lat_deg, 6),
            "lon_deg": round(impact.place.lon_deg, 6),
        },
        "ground_range_km": round(distance_m / 1e3, 2),
        "flight_time_s": round(impact.time_s, 1),
    }
