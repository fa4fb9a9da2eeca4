"""A pass written is the pass read, byte for byte the same for the same seed."""

import gzip
import json
import tomllib

import numpy as np
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.utc import parse_utc
from commonwatch.world.bounds import impact_bounds
from commonwatch.world.make_passes import main, make_passes
from commonwatch.world.notional_sensors import notional_sensors
from commonwatch.world.pass_folder import read_pass, sensors_toml, write_pass
from commonwatch.world.random_passes import draw_scene
from commonwatch.world.replay_scene import scene_of_pass
from commonwatch.world.scene import Scene
from commonwatch.world.sensing import observe
from tests.world.builders import LIFT_OFF_S, short_flight

# Source: truth.json of the notional pass lofted-icbm.
KNOWN_KEYS = {
    "object",
    "powered",
    "ballistic_coefficient_kg_m2",
    "plots",
    "launch",
    "burnout_time",
    "apogee",
    "impact",
    "ground_range_km",
    "flight_time_s",
    "state_after_burnout",
}


def short_scene(seed=1):
    flights, sensors = (short_flight(),), notional_sensors()
    seen = observe(flights, sensors, np.random.default_rng(seed))
    return Scene("short", flights, sensors, seen)


def test_plots_and_sensors_come_back_as_they_were(tmp_path):
    scene = short_scene()
    write_pass(tmp_path, scene, {})
    read = read_pass(tmp_path)
    assert read.rejected == ()
    assert read.sensors == scene.sensors
    assert read.plots == scene.observation.plots


def test_an_unpacked_plots_file_is_read_too(tmp_path):
    write_pass(tmp_path, short_scene(), {})
    packed = tmp_path / "plots.jsonl.gz"
    (tmp_path / "plots.jsonl").write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    assert read_pass(tmp_path).plots == short_scene().observation.plots


def test_truth_says_what_flew(tmp_path):
    scene = short_scene()
    write_pass(tmp_path, scene, {})
    truth = json.loads((tmp_path / "truth.json").read_text())
    (row,) = truth["objects"]
    flight = scene.flights[0]
    assert parse_utc(truth["t0"]) == LIFT_OFF_S
    assert parse_utc(row["impact"]["time"]) - LIFT_OFF_S == pytest.approx(
        flight.impact.time_s, abs=1e-5
    )
    assert row["plots"] == sum(label == flight.name for label in scene.observation.labels)
    labels = json.loads(gzip.decompress((tmp_path / "labels.json.gz").read_bytes()))
    assert tuple(labels) == scene.observation.labels
    lines = gzip.decompress((tmp_path / "states.csv.gz").read_bytes()).decode().splitlines()
    assert lines[0] == "object,time_s,x_m,y_m,z_m,vx_m_s,vy_m_s,vz_m_s"
    last = [float(value) for value in lines[-1].split(",")[1:]]
    assert last[0] == pytest.approx(flight.impact.time_s, abs=1e-6)
    assert last[1:] == pytest.approx(flight.states_ecef[-1], abs=1e-3)
    assert len(lines) == 1 + flight.times_s.size


def test_truth_of_a_staged_flight_tells_parts_by_event_and_never_as_powered(tmp_path):
    """Keys of the notional passes with known truth, `event` besides; burnout is the parting."""
    scene = draw_scene("staged", 0, np.random.default_rng(5))
    bounds = impact_bounds(scene.flights, scene.sensors, scene.observation)
    write_pass(tmp_path, scene, bounds)
    truth = json.loads((tmp_path / "truth.json").read_text())
    states = gzip.decompress((tmp_path / "states.csv.gz").read_bytes()).decode().splitlines()[1:]
    assert [row["object"] for row in truth["objects"]] == [f.name for f in scene.flights]
    for row, flight in zip(truth["objects"], scene.flights, strict=True):
        assert set(row) == KNOWN_KEYS | {"event"}
        assert row["event"] == "E1"
        assert row["powered"] == (row["object"] == "L1")
        own = [line.split(",") for line in states if line.startswith(f"{flight.name},")]
        assert len(own) == flight.times_s.size
        if not row["powered"]:
            parted_s = parse_utc(row["burnout_time"]) - parse_utc(truth["t0"])
            assert float(own[0][1]) == pytest.approx(parted_s, abs=1e-5)
        after_s = parse_utc(row["state_after_burnout"]["time"]) - parse_utc(row["burnout_time"])
        assert after_s == pytest.approx(5.0, abs=1e-5)
        told_s = parse_utc(row["impact"]["time"]) - parse_utc(truth["t0"])
        assert float(own[-1][1]) == pytest.approx(told_s, abs=1e-5)
    assert set(json.loads((tmp_path / "bounds.json").read_text())) == {
        flight.name for flight in scene.flights
    }


def test_truth_of_an_orbit_says_so_and_has_no_impact(tmp_path):
    scene = draw_scene("space-launch", 0, np.random.default_rng(5))
    write_pass(tmp_path, scene, {})
    payload, *stages = json.loads((tmp_path / "truth.json").read_text())["objects"]
    assert payload["orbital"] is True
    assert "impact" not in payload
    insertion_s = scene.flights[0].lift_off_s + scene.flights[0].burnout_s
    assert parse_utc(payload["burnout_time"]) == pytest.approx(insertion_s, abs=1e-5)
    assert all("impact" in row and "orbital" not in row for row in stages)


def test_a_replay_reads_a_part_of_which_no_launch_is_told(tmp_path):
    scene = draw_scene("staged", 0, np.random.default_rng(5))
    write_pass(tmp_path, scene, {})
    file = tmp_path / "truth.json"
    truth = json.loads(file.read_text())
    for row in truth["objects"][1:]:
        del row["launch"], row["burnout_time"]
    file.write_text(json.dumps(truth))
    payload, first, *_ = scene_of_pass(tmp_path).flights
    assert first.launch == payload.launch
    assert first.lift_off_s == payload.lift_off_s
    assert first.burnout_s == pytest.approx(
        scene.flights[1].parted_s + payload.lift_off_s, abs=1e-5
    )


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("first", "again"):
        make_passes(tmp_path / name, "short", seed=5, count=1)
    first = {file.name: file.read_bytes() for file in (tmp_path / "first/short-000").iterdir()}
    again = {file.name: file.read_bytes() for file in (tmp_path / "again/short-000").iterdir()}
    assert first == again
    assert set(first) == {
        "plots.jsonl.gz",
        "sensors.toml",
        "truth.json",
        "states.csv.gz",
        "labels.json.gz",
        "bounds.json",
    }


def test_sensors_say_that_they_are_notional():
    text = sensors_toml(notional_sensors())
    assert text.startswith("# Notional sensors")
    assert len(tomllib.loads(text)["sensor"]) == len(notional_sensors())


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("sensors.toml", None, "cannot be read"),
        ("plots.jsonl.gz", None, "cannot be read"),
        ("plots.jsonl.gz", b"no gzip", "cannot be read"),
        ("sensors.toml", b"\xff\xfe", "UTF-8"),
        ("sensors.toml", b"[[sensor]\n", "not TOML"),
    ],
)
def test_a_folder_that_is_no_pass_is_refused(tmp_path, file, content, reason):
    write_pass(tmp_path, short_scene(), {})
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(UnusableInput, match=reason):
        read_pass(tmp_path)


def test_a_cut_off_archive_is_refused(tmp_path):
    write_pass(tmp_path, short_scene(), {})
    packed = tmp_path / "plots.jsonl.gz"
    packed.write_bytes(packed.read_bytes()[:-200])
    with pytest.raises(UnusableInput, match="cannot be read"):
        read_pass(tmp_path)


def test_a_broken_archive_is_refused(tmp_path):
    """A stream that is no deflate any more: zlib has an error of its own for it."""
    write_pass(tmp_path, short_scene(), {})
    packed = tmp_path / "plots.jsonl.gz"
    broken = bytearray(packed.read_bytes())
    broken[12:40] = b"\xff" * 28
    packed.write_bytes(bytes(broken))
    with pytest.raises(UnusableInput, match="cannot be read"):
        read_pass(tmp_path)


def test_a_pass_is_not_written_over_a_file(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(UnusableInput, match="cannot be written"):
        write_pass(tmp_path / "taken", short_scene(), {})


def test_kinds_that_do_not_exist_are_refused(tmp_path, monkeypatch, capsys):
    with pytest.raises(UnusableInput, match="lofted"):
        draw_scene("sideways", 0, np.random.default_rng(1))
    monkeypatch.setattr("sys.argv", ["make_passes", str(tmp_path), "--kind", "sideways"])
    assert main() == 2
    assert "sideways" in capsys.readouterr().err
