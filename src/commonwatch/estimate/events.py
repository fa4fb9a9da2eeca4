"""One lift-off and what came of it: from which track did another part, and which is the payload?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from commonwatch.estimate.motion import state_of
from commonwatch.estimate.paths import Paths
from commonwatch.estimate.payload import Faller, Payloads
from commonwatch.estimate.track import Track
from commonwatch.estimate.track_bank import TrackBank
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels.bank import Bank
from commonwatch.trajectory.kernels.bank_motion import burnout_of, burns_surely
from commonwatch.trajectory.kernels.geodesy import WGS84_SEMI_MAJOR_M
from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2

Array = NDArray[np.float64]

# So long after its confirmation a track is asked whether it parted from another.
ASKED_FOR_S = 60.0
# Parts leave each other at no more than this, whichever of them is the payload.
PARTS_AT_M_S = 30.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A track of an event: its energy (m2/s2), its speed (m/s), and whether it surely burns.

    The speed is that when it parted, or more: energy parts by the parting speed times that.
    """

    track: str
    energy_m2_s2: float
    speed_m_s: float
    burns: bool


def linked(
    tracks: tuple[Track, ...],
    rows: TrackBank,
    paths: Paths,
    payloads: Payloads,
    now_s: float,
) -> tuple[Track, ...]:
    """Tracks with the event of what they parted from; of each event one is held for the payload."""
    if len(tracks) < 2 or paths.is_empty:
        return tracks
    asked = [
        track for track in tracks if now_s - track.confirmed_s < ASKED_FOR_S and _may_be_part(track)
    ]
    if asked:
        tracks = _with_parents(tracks, asked, rows.bank, paths, now_s)
    _name_payloads(tracks, rows, payloads, now_s)
    return tracks


def _with_parents(
    tracks: Sequence[Track], asked: Sequence[Track], bank: Bank, paths: Paths, now_s: float
) -> tuple[Track, ...]:
    """All tracks, those that are asked whether they parted from another with what is found."""
    by_id = {track.id: track for track in tracks}
    for track in asked:
        name = _parted_from(track, bank)
        if name is None:
            mean, cov = state_of(bank, track.row)
            name = paths.parent_of(track.id, now_s, mean, cov)
        parent = by_id.get(name) if name is not None else None
        if _burn_both(track, parent, bank):
            by_id[track.id] = replace(track, own_lift_off=True)
        elif parent is not None and parent.first_s <= track.first_s:
            by_id[track.id] = replace(
                track, event=parent.event, parent=parent.id, launch=parent.launch
            )
    return tuple(by_id.values())


def _parted_from(track: Track, bank: Bank) -> str | None:
    """The track that it began to fall from, where it is held to fall."""
    return track.parted_from if bank.integers[track.row, layout.DECLARED] == 1 else None


def _burn_both(track: Track, other: Track | None, bank: Bank) -> bool:
    """Whether a track and the one that it seems to have parted from both burn: two lift-offs."""
    if other is None or not burns_surely(bank, track.row):
        return False
    return bool(burns_surely(bank, other.row))


def _may_be_part(track: Track) -> bool:
    """Whether a track may, as far as it is known, have parted from another."""
    return track.parent is None and not track.infrared_first and not track.own_lift_off


def _name_payloads(
    tracks: tuple[Track, ...], rows: TrackBank, judged: Payloads, now_s: float
) -> None:
    """Of each event of several, take one for the payload and the others for stages.

    Where several may be it, each is held for either.
    """
    bodies = rows.bank.integers[[track.row for track in tracks], layout.BODY]
    alone = len({track.event for track in tracks}) == len(tracks)
    if alone and bool((bodies == layout.KNOWN_BODY).all()):
        # Each by itself, and held for the known body.
        judged.keep({})
        return
    count = Counter(track.event for track in tracks)
    events: dict[str, list[Track]] = {}
    for track, body in zip(tracks, bodies.tolist(), strict=True):
        if count[track.event] > 1:
            events.setdefault(track.event, []).append(track)
        elif body != layout.KNOWN_BODY and track.parent is None:
            # What was taken for its payload was nothing: the one that lifted off is it again.
            rows.set_body(track.row, layout.KNOWN_BODY, parted=False)
    judged.keep(events)
    for event, members in events.items():
        payloads = payloads_of([_candidate(track, rows.bank) for track in members])
        if len(payloads) > 1:
            several = [track for track in members if track.id in payloads]
            payloads = _behind_or_ahead(event, several, rows.bank, judged, now_s)
        for track in members:
            body = layout.STAGE_BODY
            if track.id in payloads:
                body = layout.KNOWN_BODY if len(payloads) == 1 else layout.EITHER_BODY
            rows.set_body(track.row, body, parted=track.parent is not None)


def _behind_or_ahead(
    event: str, several: Sequence[Track], bank: Bank, judged: Payloads, now_s: float
) -> frozenset[str]:
    """Which of several that parted when the thrust ended may be the payload, by how they parted.

    When it ended is told by the one that was first seen: it was there while it burnt.
    """
    first = min(several, key=lambda track: track.first_s)
    fallers = []
    for track in several:
        if bank.integers[track.row, layout.COUNT] == 0 or not _coasts(bank, track.row):
            return frozenset(one.id for one in several)
        fallers.append(Faller(track.id, *state_of(bank, track.row), track.last_plot_s))
    moments = np.empty(2)
    burnout_of(bank, first.row, moments)
    return judged.of(event, fallers, min(float(moments[0]), now_s), now_s)


def _coasts(bank: Bank, row: int) -> bool:
    """Whether a track is held to coast, in no air that tells what it is."""
    integers = bank.integers[row]
    is_held = integers[layout.DECLARED] == 1 or integers[layout.POWERED] == 0
    return bool(is_held and integers[layout.SPLIT] == 0)


def _candidate(track: Track, bank: Bank) -> Candidate:
    """A track as one that may be the payload."""
    state = state_of(bank, track.row)[0]
    energy = energy_m2_s2(state)
    # It parted above the ground, where it was slower than it would be there.
    speed_m_s = math.sqrt(max(2.0 * (energy + WGS84_GM_M3_S2 / WGS84_SEMI_MAJOR_M), 0.0))
    return Candidate(track.id, energy, speed_m_s, bool(burns_surely(bank, track.row)))


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
