"""A release decision as a value: the outcome, the rules behind it, what was kept back and why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import msgspec

from commonwatch.identity import Nation
from commonwatch.label import Label
from commonwatch.lineage import Lineage
from commonwatch.marking.portions import PortionLabel
from commonwatch.mode import Mode
from commonwatch.release.bulletin import Content, FloorContent, OriginalMarking, Status
from commonwatch.release.product import LAUNCH_WARNING

Outcome = Literal["release", "floor", "withhold"]
# The track, and the event, of a decision that holds for all of them.
EVERY_TRACK = "*"


@dataclass(frozen=True, slots=True)
class KnownBefore:
    """What was known of a track at `at_s` (POSIX seconds)."""

    at_s: float
    content: Content


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a nation's own sensors say of one track, whole and labelled, before any gate.

    `earlier` is what was known of it before, as far as an agreement delays a field. `began_s` is
    when the first plot of anything of its event was measured; unknown, it began before all else.
    `portions` are labels of some of its fields; the others have the label of the whole. `originals`
    say how its originators marked it, where others told it.
    """

    originator: Nation
    track: str
    event: str
    status: Status
    label: Label | None
    lineage: Lineage
    mode: Mode
    content: Content
    coasting: bool = False
    earlier: tuple[KnownBefore, ...] = ()
    began_s: float = -math.inf
    portions: tuple[PortionLabel, ...] = ()
    product: str = LAUNCH_WARNING
    originals: tuple[OriginalMarking, ...] = ()


class Withheld(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A field that stays back, or `*` for all of them, and why."""

    field: str
    why: str


class Decision(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """The answer for one candidate and one recipient; recorded before anything leaves.

    `rules` are the reasons for the outcome, `coarsened` the fields made less precise, `errors` what
    went wrong while deciding: an error never widens a release. `product` is that of the candidate.
    """

    recipient: str
    track: str
    event: str
    status: Status | Literal["unknown"]
    mode: str
    decided_s: float
    outcome: Outcome
    agreement: str | None
    agreement_revision: int | None
    rules: tuple[str, ...]
    coarsened: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    errors: tuple[str, ...] = ()
    product: str = LAUNCH_WARNING


class Ruling(msgspec.Struct, frozen=True, gc=False):
    """A decision and exactly what it lets go: fields, or the floor, or neither.

    `label` is that of what goes: the highest of its fields' labels, not that of what stays back.
    """

    decision: Decision
    content: Content | None = None
    floor: FloorContent | None = None
    label: Label | None = None


def held_back_by(ruling: Ruling, why: str) -> Ruling:
    """The ruling after something else than the gate held all of it back: an error, and told so."""
    decision = msgspec.structs.replace(
        ruling.decision,
        outcome="withhold",
        coarsened=(),
        withheld=(Withheld("*", why),),
        errors=(*ruling.decision.errors, why),
    )
    return Ruling(decision)
