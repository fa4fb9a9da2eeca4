"""The benchmark beside Stone Soup: both trackers on the same passes, scored by the same rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec

from commonwatch.bench.followed import Moment, ToldImpact
from commonwatch.bench.listing import STONE_SOUP
from commonwatch.bench.machine import Machine, this_machine
from commonwatch.bench.our_run import assessed, moments_of
from commonwatch.bench.score import score
from commonwatch.bench.summary import Contender, Outcome, Ratios, contender, ratios
from commonwatch.bench.timing import timed
from commonwatch.bench.watched_pass import WatchedPass, lofted_pass, pass_of_folder
from commonwatch.estimate.coast_filter import coast_from_state
from commonwatch.estimate.ground import impact_point
from commonwatch.estimate.predict import outlook_of_coast

# A tracker is asked on for so long after the impact, to see that it lets go.
AFTER_IMPACT_S = 20.0
OURS = "Commonwatch"
CONTENDERS = 4
NOTES = (
    "In brackets: ours over theirs; below 1 we are quicker, nearer or surer.",
    "Stone Soup has to test for the end of the thrust; `told`: the truth tells it; `tail`: and, as "
    "our own filter does, it expects that the motor tails off for 7 s, which here it does not.",
    "Seconds are processor time of one process. Ours include launch point, burnout, apogee and "
    "impact with its ellipse every second; Stone Soup's are tracking alone.",
    "Stone Soup's filter has our compiled arcs, our prior of the velocity and a gate like ours; "
    "its impacts are worked out by our own propagation, untimed: only the estimator differs.",
    "The bound counts no plot before 5 s after burnout; who uses those may come below 1.",
    "Errors are those of a few simulated passes: they scatter by tens of percent.",
)


class Answer(msgspec.Struct, frozen=True, tag_field="kind", tag="bench"):
    """What `bench stonesoup --json` prints."""

    name: str
    passes: tuple[str, ...]
    plots: int
    machine: Machine
    contenders: tuple[Contender, ...]
    ratios: tuple[Ratios, ...]
    notes: tuple[str, ...]


def beside_stonesoup(
    passes: Sequence[Callable[[], WatchedPass]],
    our_runs: int,
    their_runs: int,
    advance: Callable[[float, str], None],
) -> Answer:
    """Both trackers over all passes; `advance` hears how many of the four runs a pass are done."""
    STONE_SOUP.require_ready()
    from commonwatch.bench.stonesoup_run import Thrust

    named: dict[str, Thrust | None] = {
        OURS: None,
        "Stone Soup": Thrust.TESTED,
        "Stone Soup, told": Thrust.TOLD,
        "Stone Soup, told, tail": Thrust.TAILED,
    }
    outcomes: dict[str, list[Outcome]] = {name: [] for name in named}
    names: list[str] = []
    plots = 0
    for make in passes:
        watched = make()
        if not names:
            assessed(watched.plots, watched.sensors)  # compiles and warms up, untimed
        names.append(watched.name)
        plots += len(watched.plots)
        for name, thrust in named.items():
            advance(sum(map(len, outcomes.values())), f"{name}, {watched.name}")
            outcomes[name].append(
                _ours(watched, our_runs) if thrust is None else _theirs(watched, thrust, their_runs)
            )
    figures = tuple(contender(name, outcomes[name]) for name in named)
    return Answer(
        "stonesoup",
        tuple(names),
        plots,
        this_machine(("commonwatch", "stonesoup", "numpy", "scipy", "numba")),
        figures,
        tuple(ratios(figures[0], other) for other in figures[1:]),
        NOTES,
    )


def chosen_passes(folder: Path | None, seed: int, count: int) -> list[Callable[[], WatchedPass]]:
    """A pass from a folder, or so many simulated ones of which each has its own seed."""
    if folder is not None:
        return [partial(pass_of_folder, folder)]
    return [partial(lofted_pass, one) for one in range(seed, seed + count)]


def _ours(watched: WatchedPass, runs: int) -> Outcome:
    """Our estimator on a pass."""
    lines, seconds = timed(lambda: assessed(watched.plots, watched.sensors), runs)
    return Outcome(score(watched, moments_of(lines)), seconds, len(watched.plots))


def _theirs(watched: WatchedPass, thrust: object, runs: int) -> Outcome:
    """Stone Soup on a pass."""
    from commonwatch.bench.stonesoup_run import Thrust, follow

    until_s = watched.impact_s + AFTER_IMPACT_S
    moments, seconds = timed(lambda: follow(watched, Thrust(thrust), until_s), runs)
    told = score(watched, with_impacts(watched, moments))
    return Outcome(told, seconds, len(watched.plots))


def with_impacts(watched: WatchedPass, moments: Sequence[Moment]) -> tuple[Moment, ...]:
    """A peer's moments with the impacts that they lead to, at the marks alone."""
    marks_s = watched.marks_s.values()
    return tuple(
        replace(moment, impact=impact_of(moment))
        if any(mark_s - 1.0 < moment.time_s <= mark_s for mark_s in marks_s)
        else moment
        for moment in moments
    )


def impact_of(moment: Moment) -> ToldImpact | None:
    """Where a coasting state leads to, by our own propagation; None where it does not come down."""
    coast = coast_from_state(moment.time_s, moment.state, moment.covariance)
    descent = outlook_of_coast(coast).descent
    if descent is None:
        return None
    point = impact_point(descent, if_thrust_ends=False)
    ellipse = point.ellipse95
    return ToldImpact(
        point.lat_deg,
        point.lon_deg,
        ellipse.semi_major_m,
        ellipse.semi_minor_m,
        ellipse.azimuth_deg,
    )
