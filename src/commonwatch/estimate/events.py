"""One lift-off and what came of it: from which track did another part, and which is the payload?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from commonwatch.estimate.motion import state_of
from commonwatch.estimate.track import Track
from commonwatch.estimate.track_bank import TrackBank
from commonwatch.limits import PATH_STATES_MAX
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels.bank import Bank
from commonwatch.trajectory.kernels.bank_motion import burnout_of, burns_surely
from commonwatch.trajectory.kernels.coast_step import COAST_WORK_ROWS, coast_forward
from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2

Array = NDArray[np.float64]

# Two paths meet where they come as near as this and three sigmas, in place and in velocity.
MEET_M = 500.0
MEET_M_S = 60.0
MEET_SIGMAS = 3.0
# Known no better than this, a path says nothing of where it came from.
VAGUE_M = 3_000.0
VAGUE_M_S = 120.0
# So far back a part is followed to where it parted.
BACK_MAX_S = 240.0
# So long after its confirmation a track is asked whether it parted from another, and so long after
# its burnout something may part from one.
ASKED_FOR_S = 60.0
AFTER_BURNOUT_S = 90.0
# Parts leave each other at no more than this, whichever of them is the payload.
PARTS_AT_M_S = 30.0
# From one of so many others, the nearest, a part may have come.
PATHS_MAX = 32


@dataclass(frozen=True, slots=True)
class Candidate:
    """A track of an event: its energy (m2/s2), its speed (m/s), and whether it surely burns."""

    track: str
    energy_m2_s2: float
    speed_m_s: float
    burns: bool


@dataclass(frozen=True, slots=True)
class Path:
    """Where a track was, second by second: times (n,) and ECEF states (n, 6)."""

    times_s: tuple[float, ...]
    states: tuple[Array, ...]

    def with_state(self, time_s: float, state: Array) -> Path:
        """One second more; the oldest is forgotten where there are too many."""
        return Path(
            (*self.times_s, time_s)[-PATH_STATES_MAX:], (*self.states, state)[-PATH_STATES_MAX:]
        )


class Paths:
    """Where the tracks that burnt have been, as long as something may part from them."""

    def __init__(self) -> None:
        self.by_track: dict[str, Path] = {}

    def remember(self, tracks: Sequence[Track], bank: Bank, now_s: float) -> None:
        """Note where each track that burnt lately is now; forget those that have not."""
        kept = {}
        for track in tracks:
            path = self.by_track.get(track.id, Path((), ()))
            if track.seen_powered or track.parent is not None:
                burns = bank.integers[track.row, layout.DECLARED] == 0
                if burns or now_s - _last_burning_s(bank, track) < AFTER_BURNOUT_S:
                    path = path.with_state(now_s, state_of(bank, track.row)[0][:6])
            if path.times_s and now_s - path.times_s[-1] < BACK_MAX_S:
                kept[track.id] = path
        self.by_track = kept

    def nearest(self, track: str, place_ecef_m: Array) -> dict[str, Path]:
        """The paths of other tracks that end nearest to a place (3,): of so many at most."""
        others = [(name, path) for name, path in self.by_track.items() if name != track]
        if len(others) > PATHS_MAX:
            ends = np.array([path.states[-1][:3] for _, path in others])
            apart_m = np.linalg.norm(ends - place_ecef_m, axis=1)
            others = [others[k] for k in np.argsort(apart_m)[:PATHS_MAX].tolist()]
        return dict(others)


def _last_burning_s(bank: Bank, track: Track) -> float:
    """When the track is held to have stopped burning."""
    moments = np.empty(2)
    if bank.integers[track.row, layout.COUNT] == 0:
        return math.inf
    burnout_of(bank, track.row, moments)
    return float(moments[0])


def linked(
    tracks: tuple[Track, ...], rows: TrackBank, paths: Paths, now_s: float
) -> tuple[Track, ...]:
    """Tracks with the event of what they parted from; of each event one is held for the payload."""
    if len(tracks) < 2 or not paths.by_track:
        return tracks
    by_id = {track.id: track for track in tracks}
    for track in tracks:
        if _may_be_part(track, now_s):
            mean, cov = state_of(rows.bank, track.row)
            name = parent_of(now_s, mean, cov, paths.nearest(track.id, mean[:3]))
            parent = by_id.get(name) if name is not None else None
            if _burn_both(track, parent, rows.bank):
                by_id[track.id] = replace(track, own_lift_off=True)
            elif parent is not None and parent.first_s <= track.first_s:
                by_id[track.id] = replace(
                    track, event=parent.event, parent=parent.id, launch=parent.launch
                )
    _name_payloads(tuple(by_id.values()), rows)
    return tuple(by_id.values())


def _burn_both(track: Track, other: Track | None, bank: Bank) -> bool:
    """Whether a track and the one that it seems to have parted from both burn: two lift-offs."""
    if other is None or not burns_surely(bank, track.row):
        return False
    return bool(burns_surely(bank, other.row))


def _may_be_part(track: Track, now_s: float) -> bool:
    """Whether a track may still turn out to have parted from another."""
    if track.parent is not None or track.infrared_first or track.own_lift_off:
        return False
    return now_s - track.confirmed_s < ASKED_FOR_S


def _name_payloads(tracks: tuple[Track, ...], rows: TrackBank) -> None:
    """Of each event of several, take one for the payload and the others for stages.

    Where several may be it, each is held for either.
    """
    events: dict[str, list[Track]] = {}
    for track in tracks:
        events.setdefault(track.event, []).append(track)
    for members in events.values():
        if len(members) < 2:
            # What was taken for its payload was nothing: the one that lifted off is it again.
            if members[0].parent is None:
                rows.set_body(members[0].row, layout.KNOWN_BODY, parted=False)
            continue
        payloads = payloads_of([_candidate(track, rows.bank) for track in members])
        for track in members:
            body = layout.STAGE_BODY
            if track.id in payloads:
                body = layout.KNOWN_BODY if len(payloads) == 1 else layout.EITHER_BODY
            rows.set_body(track.row, body, parted=track.parent is not None)


def _candidate(track: Track, bank: Bank) -> Candidate:
    """A track as one that may be the payload."""
    state = state_of(bank, track.row)[0]
    speed_m_s = float(np.linalg.norm(state[3:6]))
    burns = bool(burns_surely(bank, track.row))
    return Candidate(track.id, energy_m2_s2(state), speed_m_s, burns)


def parent_of(time_s: float, mean: Array, cov: Array, paths: Mapping[str, Path]) -> str | None:
    """The track from whose path a falling one (7,), (7, 7) parted, None where from none.

    It is followed back; nearest first.
    """
    if _is_vague(cov) or not paths:
        return None
    best: tuple[float, str] | None = None
    here, spread, at_s = mean[:7].copy(), cov[:7, :7].copy(), time_s
    work = np.empty((COAST_WORK_ROWS, 7))
    back_s = max(time_s - BACK_MAX_S, min(path.times_s[0] for path in paths.values()))
    for then_s in np.arange(math.floor(time_s), back_s - 0.5, -1.0):
        if then_s < at_s:
            coast_forward(here, spread, float(then_s - at_s), work)
            at_s = float(then_s)
        if _is_vague(spread):
            break
        for name, path in paths.items():
            k = round(then_s - path.times_s[0])
            if 0 <= k < len(path.times_s) and path.times_s[k] == then_s:
                miss = _miss(here, spread, path.states[k])
                if miss < 1.0 and (best is None or miss < best[0]):
                    best = (miss, name)
    return None if best is None else best[1]


def _is_vague(cov: Array) -> bool:
    """Whether place or velocity are too little known to say where it came from."""
    place, velocity = float(np.trace(cov[:3, :3])), float(np.trace(cov[3:6, 3:6]))
    return place > VAGUE_M**2 or velocity > VAGUE_M_S**2


def _miss(mean: Array, cov: Array, state: Array) -> float:
    """How far a path misses a state, 1 at the most that counts as meeting."""
    apart_m = float(np.linalg.norm(mean[:3] - state[:3]))
    apart_m_s = float(np.linalg.norm(mean[3:6] - state[3:6]))
    within_m = MEET_M + MEET_SIGMAS * math.sqrt(float(np.trace(cov[:3, :3])))
    within_m_s = MEET_M_S + MEET_SIGMAS * math.sqrt(float(np.trace(cov[3:6, 3:6])))
    return max(apart_m / within_m, apart_m_s / within_m_s)


def energy_m2_s2(state: Array) -> float:
    """Energy (m2/s2) of an ECEF state: the payload of a launch has had the most of the thrust."""
    speed2 = float(state[3:6] @ state[3:6])
    return 0.5 * speed2 - WGS84_GM_M3_S2 / float(np.linalg.norm(state[:3]))


def payloads_of(ranked: Sequence[Candidate]) -> frozenset[str]:
    """Which of an event's tracks may be the payload: what burns, else what has the most energy.

    What parted when the thrust ended has hardly more or less of it: several may be.
    """
    burning = [one for one in ranked if one.burns]
    if burning:
        return frozenset({max(burning, key=lambda one: one.energy_m2_s2).track})
    top = max(one.energy_m2_s2 for one in ranked)
    return frozenset(
        one.track for one in ranked if top - one.energy_m2_s2 <= PARTS_AT_M_S * one.speed_m_s
    )
