"""When a bulletin is worth sending: at a changed estimate, and slowly while it coasts.

The beat follows what the recipient gets to know and nothing else: what is withheld from it leaves
no trace in when it hears.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from commonwatch.release.bulletin import BoostState, Content, Status
from commonwatch.release.decision import Candidate, Outcome, Ruling

# Every statement supersedes the one before, so that a slower beat loses latency and no information.
BRISK_INTERVAL_S = 1.0
STEADY_INTERVAL_S = 5.0
COASTING_INTERVAL_S = 30.0
COASTING_BRISK_INTERVAL_S = 10.0
BRISK_AFTER_CHANGE_S = 60.0
BRISK_PHASES = frozenset({"boost", "descent", "glide"})


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recipient would notice of one track: its kind, not its numbers.

    `known` names the fields that hold something. `coasting` is told by the path's latest plot, and
    so is known only where a path goes, and at once.
    """

    status: Status
    outcome: Outcome
    phase: str | None
    known: tuple[str, ...]
    burning: bool
    coasting: bool


@dataclass(frozen=True, slots=True)
class LastSaid:
    """What was last put to the gate of one track for one recipient, and what it let go."""

    at_s: float
    changed_s: float
    heard: Heard


def heard_of(candidate: Candidate, ruling: Ruling) -> Heard:
    """What this ruling lets its recipient notice."""
    content = ruling.content or Content()
    path_now = content.path is not None and not any(
        item.field.startswith("path/") for item in content.delayed
    )
    return Heard(
        status=candidate.status,
        outcome=ruling.decision.outcome,
        phase=content.phase,
        known=tuple(
            name for name in content.__struct_fields__ if getattr(content, name) not in (None, ())
        ),
        burning=isinstance(content.path, BoostState),
        coasting=candidate.coasting and path_now,
    )


def due(last: LastSaid | None, heard: Heard, now_s: float) -> bool:
    """Whether to tell now.

    A change of status, phase or of what is known at all is told at once. Otherwise the beat follows
    the grid of data time: every second in boost, in re-entry and for a minute after a change, every
    5 s in free flight, every 30 s while no plots come in, or 10 s where things go fast.
    """
    if last is None or _changed(last, heard):
        return last is None or last.heard.status != "withdrawn"
    if heard.status != "current":
        return False
    interval_s = _interval_s(last, heard, now_s)
    return math.floor(now_s / interval_s) > math.floor(last.at_s / interval_s)


def said(last: LastSaid | None, heard: Heard, now_s: float) -> LastSaid:
    """What to remember after it was told."""
    changed = last is None or _changed(last, heard)
    return LastSaid(
        at_s=now_s,
        changed_s=now_s if changed or last is None else last.changed_s,
        heard=heard,
    )


def _changed(last: LastSaid, heard: Heard) -> bool:
    """Whether more than the coasting changed: that alone is no news, a slower beat shows it."""
    before = last.heard
    return (before.status, before.outcome, before.phase, before.known, before.burning) != (
        heard.status,
        heard.outcome,
        heard.phase,
        heard.known,
        heard.burning,
    )


def _interval_s(last: LastSaid, heard: Heard, now_s: float) -> float:
    brisk = heard.burning or heard.phase in BRISK_PHASES
    if heard.coasting:
        return COASTING_BRISK_INTERVAL_S if brisk else COASTING_INTERVAL_S
    if brisk or now_s - last.changed_s < BRISK_AFTER_CHANGE_S:
        return BRISK_INTERVAL_S
    return STEADY_INTERVAL_S
