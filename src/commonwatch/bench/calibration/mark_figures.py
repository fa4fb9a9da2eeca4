"""The statistics of one checkpoint: containment, areas, errors over their bounds, NEES."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from commonwatch.bench.calibration.rows import CheckRow, GroundRow, StateRow
from commonwatch.bench.calibration.statistics import (
    Measured,
    mean_nees,
    median,
    root_mean_square,
    share,
)
from commonwatch.bench.calibration.truth import is_inside
from commonwatch.trajectory.ellipse import CHI_SQUARE_2_95

SHARES = (0.50, 0.90, 0.95)
SHARE_BAND = 0.02
AREA_BAND = (0.0, 1.3)
RMSE_BAND = (0.97, 1.03)
# Where the drag is not known, over the bound that does not know it either.
OWN_RMSE_BAND = (0.97, 1.05)
# Over the bound that knows the drag only those are counted whose own bound is that near to it.
DRAG_DECIDES = 1.05
# Of chi-square with 6 degrees of freedom.
MEDIAN_NEES = 5.35
# A root mean square of fewer has no interval.
LEAST = 2

Pair = tuple[float, float]


class MarkFigures(msgspec.Struct, frozen=True):
    """One checkpoint: of `asked` objects at it, `followed` had a track and `told` an impact.

    `figures` by name, in the order in which they are printed; what cannot be had is left out.
    """

    mark: str
    asked: int
    followed: int
    told: int
    figures: dict[str, Measured]


def mark_figures(mark: str, checks: Sequence[CheckRow]) -> MarkFigures:
    """The figures of one checkpoint over all objects that have it."""
    states = [check.state for check in checks if check.state is not None]
    impacts = [check.impact for check in checks if check.impact is not None]
    return MarkFigures(
        mark, len(checks), len(states), len(impacts), ground_figures(impacts) | _states(states)
    )


def ground_figures(told: Sequence[GroundRow]) -> dict[str, Measured]:
    """Containment, area and error of told places."""
    figures = containment(told)
    for name, axes, band in (
        ("bound", _bound_axes, RMSE_BAND),
        ("own bound", _own_axes, OWN_RMSE_BAND),
    ):
        pairs = [(one, least) for one in told if (least := axes(one)) is not None]
        areas = [_area(one.axes_m) / CHI_SQUARE_2_95 / _area(least) for one, least in pairs]
        squares = [one.error_m**2 / (least[0] ** 2 + least[1] ** 2) for one, least in pairs]
        if len(pairs) >= LEAST:
            figures[f"area / {name}"] = median(areas, AREA_BAND)
            figures[f"impact rms / {name}"] = root_mean_square(squares, band)
            figures[f"impact median / {name}"] = median([math.sqrt(one) for one in squares])
    return figures


def containment(told: Sequence[GroundRow]) -> dict[str, Measured]:
    """How many true places lie in the told ellipse, scaled to each share; nothing of nothing."""
    figures = {}
    for nominal in SHARES if told else ():
        inside = sum(is_inside(one.of_ellipse, nominal) for one in told)
        band = (nominal - SHARE_BAND, nominal + SHARE_BAND)
        figures[f"in {nominal:.0%}"] = share(inside, len(told), band)
    return figures


def _states(told: Sequence[StateRow]) -> dict[str, Measured]:
    """NEES and errors of told states."""
    figures = {}
    if told:
        figures["NEES of position, 3"] = mean_nees([one.nees_position for one in told], 3)
        figures["NEES of state, 6"] = mean_nees([one.nees_state for one in told], 6)
        # Few that are far off move the mean alone; many move this as well.
        figures[f"NEES, median ({MEDIAN_NEES})"] = median([one.nees_state for one in told])
    for name, bound, band in (
        ("bound", _state_bound, RMSE_BAND),
        ("own bound", _own_state_bound, OWN_RMSE_BAND),
    ):
        pairs = [(one.errors, least) for one in told if (least := bound(one)) is not None]
        for k, what in enumerate(("position", "velocity")):
            squares = [(errors[k] / least[k]) ** 2 for errors, least in pairs]
            if len(squares) >= LEAST:
                figures[f"{what} rms / {name}"] = root_mean_square(squares, band)
    return figures


def _area(axes: Pair) -> float:
    return max(axes[0] * axes[1], 1e-12)


def _bound_axes(one: GroundRow) -> Pair | None:
    return _where_drag_decides_nothing(one.bound_axes_m, one.own_axes_m)


def _own_axes(one: GroundRow) -> Pair | None:
    return one.own_axes_m


def _state_bound(one: StateRow) -> Pair | None:
    return _where_drag_decides_nothing(one.bound, one.own)


def _own_state_bound(one: StateRow) -> Pair | None:
    return one.own


def _where_drag_decides_nothing(bound: Pair | None, own: Pair | None) -> Pair | None:
    """The bound that knows the drag, None where knowing it would be worth more than 5 %."""
    if bound is None or own is None:
        return None
    near = all(mine <= DRAG_DECIDES * least for mine, least in zip(own, bound, strict=True))
    return bound if near else None
