"""The lanes of faults by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from commonwatch.bench.faults.answer import LaneAnswer
from commonwatch.bench.faults.flips import flips
from commonwatch.bench.faults.kill import kill
from commonwatch.bench.faults.links import links
from commonwatch.bench.faults.power import power
from commonwatch.bench.faults.refused import refused
from commonwatch.errors import UnusableInput

Lane = Callable[[int, float, Callable[[float, str], None]], LaneAnswer]
LANES: Mapping[str, Lane] = {
    "kill": kill,
    "power": power,
    "refused": refused,
    "flips": flips,
    "links": links,
}


def faults(
    lane: str, times: int, seconds: float, advance: Callable[[float, str], None]
) -> LaneAnswer:
    """One lane: so many faults, or as many as go into so many seconds.

    UnusableInput where there is no such lane, or the machine lacks what it needs.
    """
    run = LANES.get(lane)
    if run is None:
        raise UnusableInput(f"--lane {lane}: there are {', '.join(LANES)}")
    return run(times, seconds, advance)
