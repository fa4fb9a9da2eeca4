"""`alert check` as a stranger meets it: any file, one answer, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from commonwatch.cli import app
from tests.warn.test_cap_rules import SEVEN, message


def run(capfd, *arguments):
    status = app.run(["alert", "check", *map(str, arguments)])
    said = capfd.readouterr()
    return status, said.out.splitlines(), said.err.splitlines()


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "case.xml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def test_a_sound_message_ends_with_status_0(capfd, write):
    path = write(message())
    assert run(capfd, path) == (0, [f"{path}: CAP 1.2 holds (generic)"], [])


def test_warnings_alone_end_with_status_0(capfd, write):
    status, out, _ = run(capfd, write(message(infos="")), "--profile", "generic")
    assert status == 0
    assert out[0].startswith("warning: alert: has no info")


@pytest.mark.parametrize("case", SEVEN)
def test_a_bad_alert_ends_with_status_3_and_a_line_for_each_reason(capfd, write, case):
    status, out, err = run(capfd, write(SEVEN[case]))
    assert (status, err) == (3, [])
    assert all(": alert" in line and "(C" in line for line in out)
    assert any(line.startswith("error: ") for line in out)


def test_json_is_one_object_and_the_status_stays(capfd, write):
    path = write(SEVEN["latitude 95"])
    status, out, err = run(capfd, path, "--json")
    assert (status, len(out), err) == (3, 1, [])
    answer = json.loads(out[0])
    assert (answer["kind"], answer["ok"], answer["profile"]) == ("alert_check", False, "generic")
    assert answer["reasons"][0]["element"] == "alert/info/area/polygon"
    status, out, _ = run(capfd, write(message()), "--json")
    assert status == 0
    assert json.loads(out[0])["ok"] is True
    assert json.loads(out[0])["reasons"] == []


@pytest.mark.parametrize("content", [b"", b"\0\1\2\xff" * 99, b"<alert", b"{}"])
def test_what_is_no_xml_ends_with_status_2_and_one_line(capfd, write, content):
    status, out, err = run(capfd, write(content))
    assert (status, out, len(err)) == (2, [], 1)


def test_one_gigabyte_is_refused_without_being_read(capfd, tmp_path):
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.truncate(1 << 30)  # sparse: takes no room
    status, _, err = run(capfd, path)
    assert status == 2
    assert "bytes; need a CAP 1.2 file" in err[0]


def test_a_folder_a_pipe_a_device_and_nothing_are_refused(capfd, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe, Path("/dev/zero"), tmp_path / "none.xml"):
        status, _, err = run(capfd, path)
        assert (status, len(err)) == (2, 1)


def test_an_unknown_profile_is_refused(capfd, write):
    status, _, err = run(capfd, write(message()), "--profile", "moon")
    assert (status, len(err)) == (2, 1)


def test_help_imports_no_xml():
    code = (
        "import sys; from commonwatch.cli import app; app.run(['alert', 'check', '--help']);"
        "sys.exit(bool({'lxml', 'numpy', 'scipy', 'shapely'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0
