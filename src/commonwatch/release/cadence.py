"""When a bulletin is worth sending: at a changed estimate, and slowly while it coasts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from commonwatch.release.decision import Candidate

# Every statement supersedes the one before, so that a slower beat loses latency and no information.
BRISK_INTERVAL_S = 1.0
STEADY_INTERVAL_S = 5.0
COASTING_INTERVAL_S = 30.0
COASTING_BRISK_INTERVAL_S = 10.0
BRISK_AFTER_CHANGE_S = 60.0
BRISK_PHASES = frozenset({"boost", "descent", "glide"})


@dataclass(frozen=True, slots=True)
class LastSaid:
    """What was last put to the gate of one track for one recipient, whatever the gate answered."""

    at_s: float
    changed_s: float
    signature: tuple[str, str | None, bool, bool]


def due(last: LastSaid | None, candidate: Candidate, now_s: float) -> bool:
    """Whether to ask the gate now.

    A change of status, phase or of what is known at all is told at once. Otherwise the beat follows
    the grid of data time: every second in boost, in re-entry and for a minute after a change, every
    5 s in free flight, every 10 s while no plots come in.
    """
    if last is None or last.signature != _signature(candidate):
        return last is None or last.signature[0] != "withdrawn"
    if candidate.status != "current":
        return False
    interval_s = _interval_s(last, candidate, now_s)
    return math.floor(now_s / interval_s) > math.floor(last.at_s / interval_s)


def said(last: LastSaid | None, candidate: Candidate, now_s: float) -> LastSaid:
    """What to remember after the gate was asked."""
    signature = _signature(candidate)
    changed = last is None or last.signature != signature
    return LastSaid(
        at_s=now_s,
        changed_s=now_s if changed or last is None else last.changed_s,
        signature=signature,
    )


def _interval_s(last: LastSaid, candidate: Candidate, now_s: float) -> float:
    brisk_phase = candidate.content.phase in BRISK_PHASES
    if candidate.coasting:
        return COASTING_BRISK_INTERVAL_S if brisk_phase else COASTING_INTERVAL_S
    if brisk_phase or now_s - last.changed_s < BRISK_AFTER_CHANGE_S:
        return BRISK_INTERVAL_S
    return STEADY_INTERVAL_S


def _signature(candidate: Candidate) -> tuple[str, str | None, bool, bool]:
    content = candidate.content
    return (
        candidate.status,
        content.phase,
        content.launch is not None,
        content.impact is not None,
    )
