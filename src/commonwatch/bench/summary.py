"""Scores of several passes as one set of figures a tracker, and the ratios between trackers."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import msgspec

from commonwatch.bench.score import Score
from commonwatch.bench.timing import Seconds


class ImpactFigures(msgspec.Struct, frozen=True):
    """Impacts told at one mark, over all passes that had one then.

    Root mean square of the error; how many true impacts lay outside the 95 % ellipse; median of the
    told long axis over the smallest possible.
    """

    passes: int
    error_rms_m: float
    outside_ellipse: int
    long_axis_over_bound: float | None


class Contender(msgspec.Struct, frozen=True):
    """One tracker: medians of seconds over the passes, the worst of completeness and the like."""

    name: str
    cpu_s: float
    wall_s: float
    runs_a_pass: int
    cpu_us_a_plot: float
    completeness_least: float
    breaks_most: int
    spurious_most: float
    confirmed_after_s: float | None
    nees: float | None
    impacts: dict[str, ImpactFigures]


class Ratios(msgspec.Struct, frozen=True):
    """Ours over theirs: below 1 we are quicker, nearer, or surer."""

    to: str
    cpu: float
    error_rms: dict[str, float]
    long_axis: dict[str, float]


class Outcome(msgspec.Struct, frozen=True):
    """One tracker on one pass of so many plots."""

    score: Score
    seconds: Seconds
    plots: int


def contender(name: str, outcomes: Sequence[Outcome]) -> Contender:
    """A tracker's figures over its passes, at least one."""
    scores = [outcome.score for outcome in outcomes]
    cpu = [outcome.seconds.cpu_s for outcome in outcomes]
    confirmed = [one.confirmed_after_s for one in scores if one.confirmed_after_s is not None]
    nees = [one.nees for one in scores if one.nees is not None]
    marks = list(dict.fromkeys(mark for one in scores for mark in one.impacts))
    return Contender(
        name=name,
        cpu_s=round(statistics.median(cpu), 3),
        wall_s=round(statistics.median(outcome.seconds.wall_s for outcome in outcomes), 3),
        runs_a_pass=outcomes[0].seconds.runs,
        cpu_us_a_plot=round(1e6 * sum(cpu) / sum(outcome.plots for outcome in outcomes), 1),
        completeness_least=min(one.completeness for one in scores),
        breaks_most=max(one.breaks for one in scores),
        spurious_most=max(one.spurious for one in scores),
        confirmed_after_s=round(statistics.median(confirmed), 2) if confirmed else None,
        nees=round(statistics.fmean(nees), 2) if nees else None,
        impacts={mark: _impacts(scores, mark) for mark in marks},
    )


def _impacts(scores: Sequence[Score], mark: str) -> ImpactFigures:
    """What was told at one mark."""
    told = [one.impacts[mark] for one in scores if mark in one.impacts]
    axes = [one.long_axis_over_bound for one in told if one.long_axis_over_bound is not None]
    return ImpactFigures(
        passes=len(told),
        error_rms_m=round(math.sqrt(statistics.fmean(one.error_m**2 for one in told)), 1),
        outside_ellipse=sum(one.of_ellipse > 1.0 for one in told),
        long_axis_over_bound=round(statistics.median(axes), 3) if axes else None,
    )


def ratios(ours: Contender, theirs: Contender) -> Ratios:
    """Ours over theirs, at the marks where both told something."""
    error, axis = {}, {}
    for mark, mine in ours.impacts.items():
        other = theirs.impacts.get(mark)
        if other is None:
            continue
        if other.error_rms_m > 0.0:
            error[mark] = round(mine.error_rms_m / other.error_rms_m, 3)
        if mine.long_axis_over_bound is not None and other.long_axis_over_bound:
            axis[mark] = round(mine.long_axis_over_bound / other.long_axis_over_bound, 3)
    return Ratios(theirs.name, round(ours.cpu_s / theirs.cpu_s, 4), error, axis)
