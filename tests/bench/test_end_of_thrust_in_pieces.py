"""A launch that breaks up is told as burnt out by its own track, whichever piece that is on."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.bench.calibration.classes import chosen_classes
from commonwatch.bench.calibration.flight import Errand, flown
from commonwatch.estimate.estimator import Estimator

(FAILED,) = chosen_classes(["failed"])
# Of the command's own seed: two pieces of one metre a second, whose first tracks lie on the other.
IN_PIECES = Errand(FAILED, 14, 1)
TOLD_WITHIN_S = 5.0


class BurnsOn(Estimator):
    """The estimator, which tells of every track that it still burns."""

    def advance(self, plots, now_s):
        lines = super().advance(plots, now_s)
        return tuple(msgspec.structs.replace(line, phase="boost") for line in lines)


def missile(make):
    return flown(IN_PIECES, make).objects[0]


def test_the_track_of_the_missile_tells_of_its_end_where_it_goes_on_with_a_piece():
    row = missile(Estimator)
    assert row.ended_after_s == pytest.approx(4.0, abs=1.0)
    assert row.ended_after_s <= TOLD_WITHIN_S
    assert not row.ended_early


def test_what_is_told_as_burning_for_ever_has_no_end():
    assert missile(BurnsOn).ended_after_s is None
