"""What falls pulls up and glides: told as gliding, and all that its lift may reach with it."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatch.world.flight import Flight
from tests.estimate.drawn import drawn, followers, told_of
from tests.estimate.scoring import last_before, of_ellipse
from tests.trajectory import naive

NUMBERS = (0, 1, 2)
LIFT_M_S2 = 5.0
FOUND_WITHIN_S = 10.0


def pulls_up_s(flight: Flight) -> float:
    """When it first accelerates across its path as nothing does that only falls (POSIX s)."""
    times_s = np.arange(flight.apogee_s, flight.times_s[-1] - 1.0, 0.5)
    ahead, behind = flight.states_at(times_s + 0.25), flight.states_at(times_s - 0.25)
    for at_s, here, change in zip(
        times_s, flight.states_at(times_s), (ahead - behind)[:, 3:] / 0.5, strict=True
    ):
        force = change - naive.acceleration(here, 0.0, None)
        along = here[3:] / np.linalg.norm(here[3:])
        if np.linalg.norm(force - (force @ along) * along) > LIFT_M_S2:
            return float(flight.lift_off_s + at_s)
    raise AssertionError("it does not pull up")


@pytest.mark.parametrize("number", NUMBERS)
def test_it_stays_one_track(number):
    assert len(followers("pull-up", number)["L1"]) == 1
    assert told_of("pull-up", number).summary.tracks == 1


@pytest.mark.parametrize("number", NUMBERS)
def test_gliding_is_told_soon_and_not_before(number):
    begins_s = pulls_up_s(drawn("pull-up", number).flights[0])
    gliding = [line for line in told_of("pull-up", number).lines if line.phase == "glide"]
    assert gliding
    assert begins_s <= gliding[0].time_s <= begins_s + FOUND_WITHIN_S


@pytest.mark.parametrize("number", NUMBERS)
def test_thirty_seconds_on_the_ellipse_holds_where_it_comes_down(number):
    (flight,) = drawn("pull-up", number).flights
    line = last_before(told_of("pull-up", number).lines, pulls_up_s(flight) + 30.0)
    assert line.manoeuvring
    assert of_ellipse(line.impact, flight.impact.place) <= 1.0
