"""What the gate is asked about: Korea's tracks, for Japan, under the agreements that ship."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commonwatch.acquire.sensor import Sensor
from commonwatch.identity import nation
from commonwatch.label import Label
from commonwatch.lineage import lineage_of
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import shipped_terms, signatures_of_all
from commonwatch.node.keys import NodeKeys, exercise_keys
from commonwatch.release.agreement import Agreement, drafted
from commonwatch.release.bulletin import (
    INFORMATION_UPPER_LENGTH,
    STATE_DIMENSION,
    ApogeeStatement,
    Content,
    GroundStatement,
    StateInformation,
)
from commonwatch.release.decision import Candidate
from commonwatch.release.transition import apply_order

GIVER, RECIPIENT = nation("KOR"), nation("JPN")
PARTIES = (GIVER, RECIPIENT, nation("USA"))
SIGNED_S, NOW_S = 1_700_000_000.0, 1_700_086_400.0
SENSOR_KINDS = ("radar", "radar", "infrared")


@dataclass(frozen=True)
class Scene:
    """Candidates of one nation, all that may go to the recipient, and what the gate needs."""

    candidates: tuple[Candidate, ...]
    agreements: tuple[Agreement, ...]
    sensors: Mapping[str, Sensor]
    keys: NodeKeys


def scene_of(candidates: int) -> Scene:
    """That many tracks, each with all fields, seen by one to three sensors."""
    keys = exercise_keys(PARTIES, seed=1, mode=EXERCISE)
    agreements = []
    for terms in shipped_terms():
        if not set(terms.parties) <= set(PARTIES):
            continue
        agreement = drafted(terms)
        for order in signatures_of_all(terms, keys, SIGNED_S, EXERCISE):
            agreement = apply_order(agreement, order, keys[GIVER].public, SIGNED_S)
        agreements.append(agreement)
    sensors = {
        f"{GIVER}-{number}": _sensor(f"{GIVER}-{number}", kind)
        for number, kind in enumerate(SENSOR_KINDS, 1)
    }
    level = next(
        level
        for item in agreements
        if item.terms.binds(GIVER, RECIPIENT)
        for owner, level in item.terms.levels.rows[0].markings
        if owner == GIVER
    )
    label = Label(GIVER, level, (GIVER,), (RECIPIENT,))
    return Scene(
        tuple(_candidate(number, label, sorted(sensors)) for number in range(candidates)),
        tuple(agreements),
        sensors,
        keys[GIVER],
    )


def _sensor(name: str, kind: str) -> Sensor:
    return Sensor(name, GIVER, kind, 36.0, 128.0, 0.0, 1.0, 4e6, 2.0, 0.9, 0.1, 0.1, 0.1)


def _candidate(number: int, label: Label, sensors: list[str]) -> Candidate:
    place = GroundStatement(NOW_S, 1.0, 39.0 + 1e-4 * number, 125.7, 900.0, 400.0, 71.0)
    state = StateInformation(
        NOW_S,
        NOW_S,
        (1.0 + number,) * STATE_DIMENSION,
        (0.5,) * STATE_DIMENSION,
        (2.0,) * INFORMATION_UPPER_LENGTH,
    )
    return Candidate(
        originator=GIVER,
        track=f"t{number}",
        event=f"e{number}",
        status="current",
        label=label,
        lineage=lineage_of((GIVER,), sensors[: 1 + number % len(sensors)]),
        mode=EXERCISE,
        content=Content(
            phase="ballistic",
            launch=place,
            path=state,
            burnout_s=NOW_S,
            impact=place,
            apogee=ApogeeStatement(NOW_S, 6e6, 1500.0),
        ),
    )
