"""Who in one's own nation may be shown an item: clearance, authorisation, need-to-know, all three.

Neither rank nor clearance alone gives access (article 7), and no role does: a person's role is
written down and never asked. Every reason against is told, so that the record says all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commonwatch.identity import Nation
from commonwatch.label import Label, LevelTable
from commonwatch.release.agreement import Terms

SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Need:
    """What a person's task asks for: of which agreement; of which product and incidents alone.

    No product: every product of the agreement. No incidents: every incident.
    """

    agreement: str
    product: str | None = None
    incidents: tuple[str, ...] = ()

    def covers(self, asked: Protected) -> bool:
        """Whether an item is of what is needed."""
        return (
            self.agreement == asked.agreement
            and self.product in {None, asked.product}
            and (not self.incidents or asked.incident in self.incidents)
        )


@dataclass(frozen=True, slots=True)
class Person:
    """Someone in the register: cleared to a level of the own nation, authorised for a time (s)."""

    id: str
    nation: Nation
    clearance: str
    authorised_from_s: float
    authorised_until_s: float
    needs: tuple[Need, ...]
    role: str = ""

    def authorised_at(self, now_s: float) -> bool:
        """Whether it is within the time that the person is authorised for (POSIX s)."""
        return self.authorised_from_s <= now_s < self.authorised_until_s


@dataclass(frozen=True, slots=True)
class Register:
    """The persons of one facility, and how long what is received may be kept, by agreement."""

    nation: Nation
    persons: tuple[Person, ...]
    keep_days: tuple[tuple[str, float], ...] = ()
    facility: str = ""

    @property
    def keep_s(self) -> dict[str, float]:
        """Seconds that received items may be kept, by agreement."""
        return {agreement: days * SECONDS_PER_DAY for agreement, days in self.keep_days}

    def person(self, name: str) -> Person | None:
        """Who has this id, if anybody."""
        return next((one for one in self.persons if one.id == name), None)


@dataclass(frozen=True, slots=True)
class Protected:
    """An item as it is asked for: whence it came, what it is of, how it is marked now.

    `levels` are those of its agreement. An incident is named by originator and event: KOR:e1.
    """

    item: str
    agreement: str
    product: str
    incident: str
    label: Label
    levels: LevelTable


def keep_s_of(register: Register | None, terms: Iterable[Terms]) -> dict[str, float]:
    """Seconds that received items may be kept, by agreement: the soonest that any text says.

    Of the own register and of every revision; an agreement of which none speaks is not in it.
    """
    told = [] if register is None else [*register.keep_s.items()]
    told += [
        (item.id, item.keep_days * SECONDS_PER_DAY) for item in terms if item.keep_days is not None
    ]
    return {
        agreement: min(seconds for name, seconds in told if name == agreement)
        for agreement, _seconds in told
    }


def reasons_against_reading(
    asked: Protected, name: str, register: Register, now_s: float
) -> tuple[str, ...]:
    """Every reason why this person may not be shown this item now (POSIX s); empty where it may."""
    person = register.person(name)
    if person is None:
        return (f"{name} is not in the register",)
    reasons = []
    if person.nation != register.nation:
        reasons.append(f"{name} is of {person.nation}, and this is {register.nation}'s register")
    if not person.authorised_at(now_s):
        reasons.append(f"{name} is not authorised at this time")
    held = asked.levels.rank(register.nation, person.clearance)
    wanted = asked.levels.rank(asked.label.policy, asked.label.level)
    if wanted is None:
        reasons.append(f"{asked.item} has a level that {asked.agreement} does not know")
    if held is None:
        reasons.append(f"{name} has a clearance that {asked.agreement} does not know")
    if held is not None and wanted is not None and held < wanted:
        reasons.append(f"{name} is cleared below the level of {asked.item}")
    if not any(need.covers(asked) for need in person.needs):
        reasons.append(f"{name} has no need to know of {asked.incident} under {asked.agreement}")
    return tuple(reasons)
