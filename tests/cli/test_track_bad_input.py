"""`track` on files that are not what they should be: one clear line and status 2, or a count."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from importlib.resources import files

import pytest

from commonwatch.cli import app
from commonwatch.limits import REJECTED_REPORTED_MAX
from commonwatch.node import observation_files
from tests.assessment_contract import read_told

EXAMPLE = files("commonwatch.world") / "data" / "example-pass"
SENSORS = EXAMPLE / "sensors.toml"
PACKED = (EXAMPLE / "plots.jsonl.gz").read_bytes()
# Half of the ascent: a track, a launch, and where it would fall; no hour of coasting after it.
LINES = gzip.decompress(PACKED).splitlines(keepends=True)[:160]


@pytest.fixture
def plots(tmp_path):
    """Writes a plots file of these bytes."""

    def write(data: bytes, name: str = "plots.jsonl"):
        file = tmp_path / name
        file.write_bytes(data)
        return file

    return write


def track(plots, *options: object, sensors=SENSORS) -> int:
    return app.run(["track", str(plots), "--sensors", str(sensors), *map(str, options)])


def refusal(capsys) -> str:
    """The one line on standard error; nothing may stand on standard output."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    assert err.endswith("\n")
    assert err.startswith("commonwatch: ")
    assert "Traceback" not in err
    return err


def test_a_truncated_gzip(plots, capsys):
    file = plots(PACKED[: len(PACKED) // 2], "plots.jsonl.gz")
    assert track(file) == 2
    told = refusal(capsys)
    assert str(file) in told
    assert "cut short" in told


def test_a_gzip_whose_bytes_were_changed(plots, capsys):
    spoilt = bytearray(PACKED)
    for k in range(1000, 60_000, 5000):
        spoilt[k] ^= 0x55
    assert track(plots(bytes(spoilt), "plots.jsonl.gz")) == 2
    assert "broken" in refusal(capsys)


def test_a_gzip_by_another_name_and_a_plain_file_called_gz(plots, capsys):
    packed = gzip.compress(b"".join(LINES[:50]))
    assert track(plots(packed, "plots.jsonl")) == 0
    one = capsys.readouterr().out
    assert track(plots(b"".join(LINES[:50]), "plots.jsonl.gz")) == 0
    assert capsys.readouterr().out == one


def test_a_binary_file(plots, capsys):
    # What a video or a program looks like: all bytes, some of them line ends.
    file = plots(bytes((k * k * 7 + k) % 256 for k in range(50_000)))
    assert track(file) == 2
    told = refusal(capsys)
    assert "no line of it is a plot" in told
    assert f"{file}:1: " in told


@pytest.mark.parametrize("data", [b"", b"\n\n \r\n", gzip.compress(b"", mtime=0)])
def test_an_empty_file(plots, capsys, data):
    assert track(plots(data)) == 2
    assert "it is empty" in refusal(capsys)


def test_all_lines_bad(plots, capsys):
    file = plots(b"".join(line.replace(b"azimuth", b"asimuth") for line in LINES))
    assert track(file) == 2
    told = refusal(capsys)
    assert f"{file}:1: " in told
    assert "azimuth_deg" in told


def test_a_gigabyte_is_refused_unread(plots, capsys):
    file = plots(b"".join(LINES))
    os.truncate(file, 1 << 30)
    assert track(file) == 2
    assert str(1 << 30) in refusal(capsys)


def test_a_gzip_that_unpacks_to_too_much(plots, capsys, monkeypatch):
    monkeypatch.setattr(observation_files, "PLOTS_FILE_BYTES_MAX", 20_000)
    assert track(plots(gzip.compress(b"".join(LINES)))) == 2
    assert "20000" in refusal(capsys)


def test_a_gzip_of_one_endless_line(plots, capsys, monkeypatch):
    monkeypatch.setattr(observation_files, "PLOTS_FILE_BYTES_MAX", 1_000_000)
    assert track(plots(gzip.compress(b"[" * 3_000_000))) == 2
    assert "1000000" in refusal(capsys)


def test_too_many_lines(plots, capsys, monkeypatch):
    monkeypatch.setattr(observation_files, "PLOT_LINES_MAX", 150)
    assert track(plots(b"".join(LINES))) == 2
    assert "150 lines" in refusal(capsys)


@pytest.mark.parametrize("option", ["plots", "sensors"])
def test_a_folder_a_missing_file_and_what_cannot_be_opened(tmp_path, plots, capsys, option):
    file = plots(b"".join(LINES))
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for bad in (tmp_path, tmp_path / "none.jsonl", file / "below-a-file", loop):
        given = {"plots": file, "sensors": SENSORS} | {option: bad}
        assert track(given["plots"], sensors=given["sensors"]) == 2
        assert str(bad) in refusal(capsys)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_that_may_not_be_read(plots, capsys):
    file = plots(b"".join(LINES))
    file.chmod(0)
    assert track(file) == 2
    assert "cannot be read" in refusal(capsys)


def test_an_unknown_nation(plots, capsys):
    file = plots(b"".join(LINES))
    for nation in ("XXX", "kor", ""):
        assert track(file, "--nation", nation) == 2
        told = refusal(capsys)
        assert f"--nation {nation}".rstrip() in told
        assert "JPN, KOR" in told


def test_no_sensors_named(plots, capsys):
    assert app.run(["track", str(plots(b"".join(LINES)))]) == 2
    assert "--sensors" in refusal(capsys)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("sigma_azimuth_deg = ", "sigma_azimuth_deg = -", "sigma_azimuth_deg"),
        ("lat_deg", "latitude_deg", "lat_deg"),
        ("[[sensor]]", "[[sensors]]", "[[sensor]]"),
        ("[[sensor]]", "[[sensor]", "not TOML"),
        ("é", "é", "UTF-8"),
        ("x" * 9_000_000, "", "at most"),
    ],
)
def test_a_sensors_file_that_cannot_be_used(tmp_path, plots, capsys, old, new, why):
    good = SENSORS.read_text(encoding="utf-8")
    text = good.replace(old, new) if old in good else f"# {old}\n{good}"
    file = tmp_path / "sensors.toml"
    file.write_text(text, encoding="latin-1" if why == "UTF-8" else "utf-8")
    assert track(plots(b"".join(LINES)), sensors=file) == 2
    told = refusal(capsys)
    assert str(file) in told
    assert why in told


BAD_LINES = {
    3: b"{\n",
    50: LINES[49].replace(b"azimuth_deg", b"azimuth"),
    51: b"\xff\xfe\n",
    90: LINES[89].replace(b'"sensor":"', b'"sensor":"X'),
    120: LINES[119].replace(b"2023-03-15", b"2021-03-15"),
}


def spoilt_lines() -> bytes:
    mixed = list(LINES)
    for number, bad in sorted(BAD_LINES.items()):
        mixed.insert(number - 1, bad)
    return b"".join(mixed)


def test_bad_lines_are_counted_named_and_change_nothing_else(plots, capsys):
    assert track(plots(b"".join(LINES))) == 0
    clean = read_told(capsys.readouterr().out)
    assert clean.summary.events[0].first_impact is not None
    file = plots(spoilt_lines())
    assert track(file) == 0
    out, err = capsys.readouterr()
    told = read_told(out)
    assert told.lines == clean.lines
    assert (told.summary.plots, told.summary.rejected) == (len(LINES), len(BAD_LINES))
    assert told.summary.events == clean.summary.events
    complaints = err.splitlines()
    assert [line.partition(": rejected: ")[0] for line in complaints] == [
        f"{file}:{number}" for number in BAD_LINES
    ]
    assert all(line.partition(": rejected: ")[2] for line in complaints)


def test_the_first_bad_line_ends_a_strict_run(plots, capsys):
    file = plots(spoilt_lines())
    assert track(file, "--strict") == 2
    assert f"{file}:3: " in refusal(capsys)
    assert track(plots(b"".join(LINES)), "--strict") == 0


def test_thousands_of_bad_lines_do_not_flood_the_screen(plots, capsys):
    file = plots(b"bad\n" * (REJECTED_REPORTED_MAX + 500) + b"".join(LINES[:20]))
    assert track(file) == 0
    out, err = capsys.readouterr()
    assert read_told(out).summary.rejected == REJECTED_REPORTED_MAX + 500
    assert err.count("\n") == REJECTED_REPORTED_MAX + 1
    assert err.endswith(": 500 more lines rejected\n")


def test_a_nation_that_saw_nothing_is_told_so(plots, capsys):
    seen = [line for line in LINES if b'"KOR-' in line]
    assert track(plots(b"".join(seen)), "--nation", "JPN") == 0
    told = read_told(capsys.readouterr().out)
    assert told.lines == ()
    assert (told.summary.plots, told.summary.tracks) == (0, 0)


def test_a_pipe_is_read_as_a_file_is(tmp_path, plots, capsys):
    assert track(plots(b"".join(LINES[:60]))) == 0
    expected = capsys.readouterr().out
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"".join(LINES[:60]),))
    writer.start()
    assert track(pipe) == 0
    writer.join(timeout=10.0)
    assert capsys.readouterr().out == expected


def test_the_same_input_gives_the_same_bytes_in_another_process(plots, capsys):
    file = plots(spoilt_lines())
    assert track(file) == 0
    here = capsys.readouterr().out
    arguments = ["track", str(file), "--sensors", str(SENSORS)]
    done = subprocess.run(
        [sys.executable, "-c", f"from commonwatch.cli.app import run; run({arguments!r})"],
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Seoul"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout == here
