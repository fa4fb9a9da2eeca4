"""Flights through the whole estimator: what is off shows, and rows depend on the seed alone."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest

from commonwatch.bench.calibration.answer import answer_of
from commonwatch.bench.calibration.classes import CLASSES, MISSILE, STAGES, chosen_classes
from commonwatch.bench.calibration.flight import Errand, drawn, flown
from commonwatch.bench.calibration.row_file import ROWS_FILE
from commonwatch.bench.calibration.run import errands, rows_of
from commonwatch.bench.calibration.statistics import OFF
from commonwatch.bench.calibration.table import print_ruled, text_lines
from commonwatch.bench.calibration.truth import checkpoints, pull_up_s
from commonwatch.cli import app
from commonwatch.errors import BrokenInvariant, UnusableInput
from commonwatch.estimate.estimator import Estimator
from commonwatch.world.flight import Flight

SHORT = chosen_classes(["short"])
SEED = 7


def ignored(_done, _what):
    pass


def timeless(rows):
    """Rows without what the clock says."""
    return [msgspec.structs.replace(row, estimator_cpu_s=0.0, other_cpu_s=0.0) for row in rows]


class TooSure:
    """The estimator with both axes of each impact ellipse halved."""

    def __init__(self, sensors):
        self._estimator = Estimator(sensors)

    @property
    def alive(self):
        return self._estimator.alive

    def advance(self, plots, now_s):
        return tuple(self.halved(line) for line in self._estimator.advance(plots, now_s))

    @staticmethod
    def halved(line):
        if line.impact is None:
            return line
        told = line.impact.ellipse95
        half = msgspec.structs.replace(
            told, semi_major_m=0.5 * told.semi_major_m, semi_minor_m=0.5 * told.semi_minor_m
        )
        impact = msgspec.structs.replace(line.impact, ellipse95=half)
        return msgspec.structs.replace(line, impact=impact)


class Broken:
    """An estimator that gives up at its first plot."""

    alive = False

    def __init__(self, sensors):
        pass

    def advance(self, plots, now_s):
        raise BrokenInvariant("a covariance that is none")


def test_canary_ellipses_that_are_halved_are_off():
    wanted = errands(SHORT, 10, SEED)
    rows = rows_of(wanted, 1, ignored, make=TooSure)
    answer = answer_of(rows, SEED, 1, 1.0)
    marks = answer.classes[0].parts[0].marks
    verdicts = [mark.figures[f"in {share}%"].verdict for mark in marks for share in (50, 90, 95)]
    assert OFF in verdicts
    last = list(text_lines(answer))[-1]
    assert last.startswith("off: ")
    assert "short missile" in last
    # The same flights by the estimator itself: all else is the same, the ellipses are whole.
    for honest, sure in zip(rows_of(wanted[:2], 1, ignored), rows, strict=False):
        for mine, theirs in zip(honest.objects[0].checks, sure.objects[0].checks, strict=True):
            assert theirs.state == mine.state
            assert theirs.impact.error_m == mine.impact.error_m
            assert theirs.impact.of_ellipse == pytest.approx(2.0 * mine.impact.of_ellipse, rel=1e-4)


def test_rows_are_the_same_by_one_worker_and_by_two():
    wanted = errands(SHORT, 3, SEED)
    heard = []
    alone = rows_of(wanted, 1, ignored)
    shared = rows_of(wanted, 2, lambda done, what: heard.append((done, what)))
    assert timeless(alone) == timeless(shared)
    assert [done for done, _what in heard] == [1, 2, 3]
    assert heard[-1][1].startswith("3 of 3 flights")
    assert timeless(rows_of(errands(SHORT, 1, SEED, first=3), 1, ignored)) == timeless(alone[2:])


def test_another_seed_is_another_flight():
    one = drawn(Errand(SHORT[0], 1, SEED)).observation.plots
    assert drawn(Errand(SHORT[0], 1, SEED)).observation.plots == one
    assert drawn(Errand(SHORT[0], 1, SEED + 1)).observation.plots != one
    assert drawn(Errand(SHORT[0], 2, SEED)).observation.plots != one


def test_it_goes_on_where_it_was_interrupted(tmp_path):
    whole = rows_of(errands(SHORT, 2, SEED), 1, ignored, tmp_path)
    file = tmp_path / ROWS_FILE
    head, first, second, end = file.read_bytes().split(b"\n")
    assert end == b""
    # Killed in the middle of the second row.
    file.write_bytes(b"\n".join([head, first, second[:200]]))
    heard = []
    again = rows_of(errands(SHORT, 2, SEED), 1, lambda done, what: heard.append(done), tmp_path)
    assert heard == [2]
    assert again[0] == whole[0]
    assert timeless(again) == timeless(whole)
    assert len(file.read_bytes().splitlines()) == 3
    # All is there: nothing is flown.
    assert rows_of(errands(SHORT, 2, SEED), 1, ignored, tmp_path, make=Broken) == again


def test_rows_of_another_seed_or_damaged_ones_are_not_mixed_in(tmp_path):
    rows_of(errands(SHORT, 1, SEED), 1, ignored, tmp_path, make=Broken)
    with pytest.raises(UnusableInput, match="seed 7"):
        rows_of(errands(SHORT, 1, SEED + 1), 1, ignored, tmp_path, make=Broken)
    file = tmp_path / ROWS_FILE
    file.write_bytes(file.read_bytes() + b'{"flight_class": 3}\n')
    with pytest.raises(UnusableInput, match=r"rows\.jsonl:3"):
        rows_of(errands(SHORT, 1, SEED), 1, ignored, tmp_path, make=Broken)


def test_a_flight_that_breaks_the_estimator_is_counted_and_off():
    rows = rows_of(errands(SHORT, 2, SEED), 1, ignored, make=Broken)
    assert rows[0].fault == "BrokenInvariant: a covariance that is none"
    answer = answer_of(rows, SEED, 1, 1.0)
    assert answer.classes[0].faults[1] == "flight 2: BrokenInvariant: a covariance that is none"
    assert any("broke down on 2 of 2" in line for line in answer.off)
    assert list(text_lines(answer))[-1].startswith("off: short (2 broke")


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one.name)
def test_every_class_can_be_drawn_and_has_the_objects_that_it_is_about(one):
    scene = drawn(Errand(one, 1, SEED))
    parts = {MISSILE if flight.powered else STAGES for flight in scene.flights}
    assert (STAGES in parts) == (one.name in {"staged", "orbital"}) or one.name == "failed"
    assert (scene.flights[0].impact is None) == (one.name == "orbital")
    assert (pull_up_s(scene.flights[0]) is not None) == (one.name == "pull-up")


def test_a_pull_up_is_found_and_told_of():
    one = chosen_classes(["pull-up"])[0]
    scene = drawn(Errand(one, 2, SEED))
    flight: Flight = scene.flights[0]
    pulled_s = pull_up_s(flight)
    assert pulled_s > flight.apogee_s
    plots = [
        plot
        for plot, label in zip(scene.observation.plots, scene.observation.labels, strict=True)
        if label == flight.name
    ]
    marks = {mark.mark: mark for mark in checkpoints(flight, scene.sensors, plots)}
    # Before it, what counts is where it would come down without it; after it, the truth.
    assert marks["apogee"].impact.place != flight.impact.place
    assert marks["apogee"].bound is not None
    assert marks["pull-up+30s"].impact == flight.impact
    assert marks["pull-up+30s"].bound is None
    # It would not come down later without: the ballistic twin of the flight says where.
    twin = replace(flight, ballistic=True, impact=marks["apogee"].impact)
    assert {m.mark for m in checkpoints(twin, scene.sensors, plots)} >= {"apogee"}


def test_an_orbit_and_its_stages_are_counted_apart():
    row = flown(Errand(chosen_classes(["orbital"])[0], 2, SEED))
    payload, *stages = row.objects
    assert payload.part == MISSILE
    assert payload.impacts_in_orbit is not None
    assert not any(check.has_impact for check in payload.checks)
    assert stages
    assert all(one.part == STAGES and one.impacts_in_orbit is None for one in stages)
    assert row.lift_offs == 1
    answer = answer_of([row], SEED, 1, 1.0)
    assert [part.part for part in answer.classes[0].parts] == [MISSILE, STAGES]


def test_on_a_narrow_terminal_nothing_is_cut_off(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    rows = rows_of(errands(SHORT, 2, SEED), 1, ignored)
    print_ruled(answer_of(rows, SEED, 1, 1.0))
    printed = capsys.readouterr().out
    assert "…" not in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert "+120s" in printed


def test_the_command_prints_a_table_or_json_and_ends_with_what_is_off(capsys, tmp_path):
    words = ["bench", "calibration", "--class", "short", "--flights", "2", "--workers", "1"]
    words += ["--seed", str(SEED), "--keep", str(tmp_path)]
    assert app.run(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "short, missile: 2 in 2 flights"
    for begin in (
        "in 50%",
        "in 95%",
        "NEES of state, 6",
        "completeness",
        "first plot to confirmed",
    ):
        assert any(line.startswith(begin) for line in lines), begin
    assert lines[-1].startswith("off: ")
    assert app.run([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["name"], told["flights"]) == ("bench", "calibration", 2)
    assert told["classes"][0]["parts"][0]["marks"][0]["figures"]["in 95%"]["count"] == 2


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["--class", "no-such"], "no-such"),
        (["--flights", "0"], "flights"),
        (["--keep", "{file}"], "--keep"),
    ],
)
def test_what_it_cannot_do(words, names, capsys, tmp_path):
    (tmp_path / "a-file").touch()
    words = [word.replace("{file}", str(tmp_path / "a-file")) for word in words]
    assert app.run(["bench", "calibration", "--workers", "1", "--flights", "1", *words]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert names in error
