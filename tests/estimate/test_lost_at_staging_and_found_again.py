"""At staging two tracks are pulled to the middle and lose their objects: they are found again.

What begins beside them is held back for some seconds, and no object has a second id.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from commonwatch.bench.calibration.classes import chosen_classes
from commonwatch.bench.calibration.flight import Errand, drawn
from commonwatch.estimate.assessment import Assessment
from commonwatch.estimate.estimator import Estimator
from commonwatch.estimate.found_again import HELD_BACK_S, PART_HELD_BACK_S, Found
from commonwatch.estimate.track import Track
from commonwatch.node.track_pass import seconds_of

from . import passes
from .scoring import following, sigmas_off

SEED = 41
# Drawn staged flights: one whose two tracks are lost after staging, and one that leaves a piece
# behind there, which is held back until it is clear that it is one more.
LOSES_BOTH = 65
LEAVES_A_PIECE = 1
AFTER_BURNOUT_S = 30.0
# Farther from where it is said to be than this it is not there.
NOT_THERE_SIGMAS = 6.0


@functools.cache
def staged(number: int) -> passes.Watched:
    """A staged flight of the calibration, seen until half a minute after burnout."""
    scene = drawn(Errand(chosen_classes(["staged"])[0], number, SEED))
    missile = scene.flights[0]
    end_s = missile.lift_off_s + missile.burnout_s + AFTER_BURNOUT_S
    plots = [plot for plot in scene.observation.plots if plot.time_s < end_s]
    whole = passes.Watched(scene.flights, scene.sensors, scene.observation)
    return whole.with_plots(plots)


class Noting(Estimator):
    """The estimator itself, which also remembers what it took for what."""

    def __init__(self, sensors) -> None:
        super().__init__(sensors)
        self.found: list[Found] = []

    def _go_on(self, found: Found, now_s: float) -> None:
        self.found.append(found)
        super()._go_on(found, now_s)


def by_second(
    of: passes.Watched, estimator: Estimator
) -> Iterator[tuple[float, tuple[Assessment, ...]]]:
    """What is told each second, as long as there are plots."""
    for now_s, new in seconds_of(of.observation.plots, estimator):
        if now_s > of.observation.plots[-1].time_s:
            return
        yield now_s, estimator.advance(new, now_s)


@pytest.fixture(scope="module")
def told():
    """What is told of the flight that is lost twice, read and held against the contract."""
    return passes.told_by(staged(LOSES_BOTH))


def test_there_are_as_many_ids_as_objects(told):
    assert [flight.name for flight in staged(LOSES_BOTH).flights] == ["L1", "S1"]
    assert told.summary.tracks == 2
    assert {line.track for line in told.lines} == {"t1", "t2"}
    assert {line.event for line in told.lines[-100:]} == {"e1"}
    assert not any("found again" in (line.reason or "") for line in told.lines)


def test_each_object_is_held_by_one_of_the_two_to_the_end(told):
    of = staged(LOSES_BOTH)
    missile, stage = of.flights
    parted_s = missile.lift_off_s + stage.parted_s
    end_s = of.observation.plots[-1].time_s
    assert {line.track for line in told.lines if line.time_s < parted_s} == {"t1"}
    last = {line.track: line for line in told.lines if line.time_s == math.floor(end_s)}
    on = []
    for flight in of.flights:
        assert following(told.lines, flight, [parted_s + 10.0, end_s]).completeness == 1.0
        sigmas = {name: sigmas_off(line, flight) for name, line in last.items()}
        nearest = min(sigmas, key=sigmas.__getitem__)
        assert sigmas[nearest] < NOT_THERE_SIGMAS
        on.append(nearest)
    assert sorted(on) == ["t1", "t2"]


def test_what_was_lost_is_told_all_the_while_and_what_it_is_found_by_never():
    of = staged(LOSES_BOTH)
    estimator, lost = Noting(of.sensors), []
    for _now_s, lines in by_second(of, estimator):
        names = {line.track for line in lines}
        for pair in estimator.found[len(lost) :]:
            assert pair.lost.id in names
            assert pair.new.id not in names
            lost.append(pair.lost.id)
    assert lost
    assert set(lost) <= {"t1", "t2"}


@dataclass
class Waiting:
    """A track that was held back: when it was first told, or None."""

    track: Track
    told_s: float | None = None


@pytest.fixture(scope="module")
def held():
    """All that is held back in two passes, by the estimator that held it."""
    kept = []
    for number in (LOSES_BOTH, LEAVES_A_PIECE):
        of, waiting = staged(number), {}
        estimator = Noting(of.sensors)
        for now_s, lines in by_second(of, estimator):
            alive = [*estimator._tracks, *(pair.new for pair in estimator.found)]
            for track in alive:
                if track.held_back:
                    waiting.setdefault(track.id, Waiting(track))
            for line in lines:
                if line.track in waiting and waiting[line.track].told_s is None:
                    waiting[line.track].told_s = now_s
        kept.append((estimator, waiting))
    return kept


def test_what_is_held_back_is_told_with_the_second_in_which_it_is_over(held):
    told = [one for _, waiting in held for one in waiting.values() if one.told_s is not None]
    assert told
    for one in told:
        waited_s = one.told_s - one.track.confirmed_s
        assert HELD_BACK_S <= waited_s < PART_HELD_BACK_S + 1.0


def test_its_confirmation_is_the_moment_of_its_first_line(held):
    for estimator, waiting in held:
        for name, one in waiting.items():
            if one.told_s is not None:
                moments = estimator.moments(name)
                assert moments.confirmed_s == one.told_s
                assert moments.first_plot_s == one.track.first_s


def test_what_is_never_told_was_found_to_be_a_lost_one(held):
    for estimator, waiting in held:
        silent = {name for name, one in waiting.items() if one.told_s is None}
        assert silent <= {pair.new.id for pair in estimator.found}
    assert any(one.told_s is None for _, waiting in held for one in waiting.values())


def test_a_piece_is_held_back_and_then_an_object_of_its_own():
    """Its contract too: what is held back is confirmed when it is first told, and not before."""
    of = staged(LEAVES_A_PIECE)
    told = passes.told_by(of)
    assert told.summary.tracks == len(of.flights)
    assert len(told.summary.events) == 1


def test_what_was_told_before_it_was_found_ends_and_says_who_it_is():
    """Two that are told turn out to be one: only the older id goes on."""
    of = staged(LOSES_BOTH)
    estimator = Estimator(of.sensors)
    both = {"t1", "t2"}
    told = by_second(of, estimator)
    now_s = next(now_s for now_s, lines in told if {line.track for line in lines} == both)
    one, other = sorted(estimator._tracks, key=lambda track: track.id)
    estimator._go_on(Found(one, other), now_s)
    lines = estimator.advance((), now_s + 1.0)
    (ended,) = [line for line in lines if line.status == "ended"]
    assert (ended.track, ended.reason) == ("t2", "withdrawn: it is t1, found again")
    assert [line.track for line in lines if line.status != "ended"] == ["t1"]
    assert [(track.id, track.row) for track in estimator._tracks] == [("t1", other.row)]
    assert [line.track for line in estimator.advance((), now_s + 2.0)] == ["t1"]
