"""A simulated stretch of time as a value: who shares what, what flies, what goes wrong and when.

Times are seconds after the beginning. A plan and its seed give the same run each time, so that a
plan that failed is a regression test, whatever becomes of the drawing of plans.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from commonwatch.limits import SIMULATION_NODES_MAX

# Notional partners: codes that the nodes know, in no order of importance.
CODES = (
    "KOR", "JPN", "USA", "AUS", "CAN", "NZL", "PHL", "GBR",
    "NOR", "DNK", "POL", "ITA", "FRA", "DEU", "NLD", "ESP",
)  # fmt: skip
ALL_FIELDS = ("launch_point", "path", "burnout", "apogee", "expected_impact")
Way = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Pact:
    """An agreement in force from the beginning, and which fields its parties tell each other."""

    id: str
    parties: tuple[str, ...]
    fields: tuple[str, ...] = ALL_FIELDS


@dataclass(frozen=True, slots=True)
class Launch:
    """Something that flies from `from_s` to `to_s`, seen by the sensors of `seen_by`."""

    name: str
    seen_by: tuple[str, ...]
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Weather:
    """What every link does to frames: shares lost and doubled, the longest usual delay.

    A share `late` comes up to `late_s` later, so that others overtake it. A share `waiting` of what
    a node sends lies in its lanes for up to CARRIED_AFTER_S before it is carried.
    """

    lost: float = 0.0
    doubled: float = 0.0
    spoilt: float = 0.0
    delay_s: float = 0.05
    late: float = 0.0
    late_s: float = 0.0
    waiting: float = 0.0


@dataclass(frozen=True, slots=True)
class Cut:
    """Nothing crosses on these ways meanwhile; one direction alone, or a partition."""

    ways: tuple[Way, ...]
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Crash:
    """A machine goes down at its `after`-th write, sync or send from `at_s` on, for `down_s`.

    `stored`: that write was done. `power`: what was not synced is lost or torn.
    """

    nation: str
    at_s: float
    after: int
    stored: bool
    power: bool
    down_s: float


@dataclass(frozen=True, slots=True)
class DiskError:
    """A write, cut or sync fails, `stored` or not, and the machine goes on.

    Its node is ended, `clean` or by a kill, with a loss of `power` or without, and started again
    after `down_s`.
    """

    nation: str
    at_s: float
    after: int
    stored: bool
    clean: bool
    power: bool
    down_s: float


@dataclass(frozen=True, slots=True)
class DiskFull:
    """No file can grow by more than `room_bytes` more, until `to_s`."""

    nation: str
    from_s: float
    to_s: float
    room_bytes: int


@dataclass(frozen=True, slots=True)
class BitRot:
    """A bit of the database or of its log flips, at `share` of it.

    The machine is down for `down_s` then; 0: it flips under the running node.
    """

    nation: str
    at_s: float
    log: bool
    share: float
    down_s: float


@dataclass(frozen=True, slots=True)
class ClockStep:
    """A machine's clock is set by this much, and right again at `to_s`."""

    nation: str
    at_s: float
    by_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Suspension:
    """A party suspends a pact; at `restored_s` all parties begin to restore it, None: never."""

    pact: str
    by: str
    at_s: float
    restored_s: float | None
    resumes: bool


Lie = Literal["speaks for others", "repeats", "two heads", "asks for all", "forges"]


@dataclass(frozen=True, slots=True)
class Lies:
    """From `at_s` on a nation's node does this beside its work."""

    nation: str
    at_s: float
    kind: Lie


@dataclass(frozen=True, slots=True)
class Flood:
    """A nation sends a partner so many frames each beat, past every window it was told."""

    nation: str
    to: str
    from_s: float
    to_s: float
    frames: int


@dataclass(frozen=True, slots=True)
class Departure:
    """A nation leaves in mid-stream: it suspends all (or not) and is not heard again."""

    nation: str
    at_s: float
    suspends: bool


Fault = (
    Cut | Crash | DiskError | DiskFull | BitRot | ClockStep | Suspension | Lies | Flood | Departure
)


@dataclass(frozen=True, slots=True)
class Plan:
    """All of one run. `seed` draws what is left open: the fate of each frame, and the like."""

    seed: int
    nations: tuple[str, ...]
    pacts: tuple[Pact, ...]
    launches: tuple[Launch, ...]
    weather: Weather
    faults: tuple[Fault, ...]
    duration_s: float
    settling_s: float

    def __post_init__(self) -> None:
        if not 2 <= len(self.nations) <= SIMULATION_NODES_MAX:
            raise ValueError(f"plan: 2 to {SIMULATION_NODES_MAX} nations")

    def pacts_of(self, one: str, other: str) -> tuple[Pact, ...]:
        """The pacts that bind both."""
        return tuple(pact for pact in self.pacts if {one, other} <= set(pact.parties))

    def partners_of(self, nation: str) -> tuple[str, ...]:
        """All that a pact binds to this nation."""
        named = {party for pact in self.pacts if nation in pact.parties for party in pact.parties}
        return tuple(sorted(named - {nation}))

    @property
    def liars(self) -> frozenset[str]:
        """Nations whose word of themselves cannot be taken."""
        return frozenset(item.nation for item in self.faults if isinstance(item, Lies | Flood))
