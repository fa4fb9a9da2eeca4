"""What `track` printed becomes figures with their uncertainty; another launch's tracks do not."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.estimate.assessment import (
    Apogee,
    Assessment,
    Ellipse,
    GroundPoint,
    Impact,
    StateEstimate,
)
from commonwatch.node.track_figures import read_track_figures
from commonwatch.utc import parse_utc
from commonwatch.warn.joint.figures import Quantity

LAUNCH_S = parse_utc("2023-03-15T22:10:00.000000Z")
STATE = StateEstimate((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), ((0.0,),))


def line(track: str, lat_deg: float) -> bytes:
    # Along a meridian 10 deg are 1,105.9 km from the equator (WGS-84 quarter meridian series).
    one = Assessment(
        time="2023-03-15T22:40:00.000000Z", track=track, event="e1", status="confirmed",
        phase="ballistic", sources=("KOR-1", "JPN-2", "KOR-2"), state=STATE,
        launch=GroundPoint("2023-03-15T22:10:00.000000Z", 3.0, 0.0, 125.0, Ellipse(3e3, 1e3, 0.0)),
        apogee=Apogee("2023-03-15T22:30:00.000000Z", 6e6, 2e3),
        impact=Impact("2023-03-15T23:10:00.000000Z", 4.0, lat_deg, 125.0, Ellipse(4e3, 1e3, 0.0)),
    )  # fmt: skip
    return msgspec.json.encode(one) + b"\n"


def test_the_object_that_flew_farthest_is_taken_with_its_sigmas(tmp_path):
    file = tmp_path / "tracks.jsonl"
    file.write_bytes(line("stage", 2.0) + line("missile", 10.0) + b'{"kind": "summary"}\n')
    figures, nations = read_track_figures(file, LAUNCH_S + 60.0)
    by = {figure.quantity: (figure.value, figure.sigma) for figure in figures}
    assert nations == ("JPN", "KOR")
    assert by[Quantity.LAUNCH_TIME] == (LAUNCH_S, 3.0)
    assert by[Quantity.FLIGHT_TIME] == (3600.0, 5.0)  # 3 and 4 s in square
    assert by[Quantity.APOGEE] == (6000.0, 2.0)
    # 5 km is 2.4477 standard deviations, rounded up: chi-squared with two degrees, 95 %.
    assert by[Quantity.RANGE] == (pytest.approx(1105.9, abs=0.1), 2.1)


def test_tracks_of_another_hour_are_not_of_this_launch(tmp_path):
    file = tmp_path / "tracks.jsonl"
    file.write_bytes(line("missile", 10.0))
    with pytest.raises(UnusableInput, match="no track with a launch and an impact within 1800 s"):
        read_track_figures(file, LAUNCH_S + 7200.0)


def test_a_line_that_is_no_assessment_is_told_with_its_number(tmp_path):
    file = tmp_path / "tracks.jsonl"
    file.write_bytes(line("missile", 10.0) + b"nonsense\n")
    with pytest.raises(UnusableInput, match="line 2: "):
        read_track_figures(file, LAUNCH_S)
