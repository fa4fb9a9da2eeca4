"""What the gate answered, to be told again of the next statement that is alike.

Two statements are alike where everything is equal that a ruling on own data can depend on: label,
portions, lineage, status, product, modes, the sensors as they are registered, and which fields are
known, of which type. Numbers are not among it, as long as all are finite and no field that is known
is delayed or made coarser. All else is decided anew.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from commonwatch.acquire.sensor import Sensor
from commonwatch.label import Label, path_covers
from commonwatch.release.agreement import FieldGrant
from commonwatch.release.bulletin import surely_finite
from commonwatch.release.decision import Candidate, Decision, Outcome, Ruling, Withheld
from commonwatch.release.told import fields_told, only_fields


class Remembered(NamedTuple):
    """A ruling without what belongs to one statement alone.

    `sensors` are those of the lineage, as they were registered. `kept` are the fields that go: None
    for all that are known, and for a ruling that lets none go.
    """

    sensors: tuple[tuple[str, Sensor | None], ...]
    outcome: Outcome
    agreement: str | None
    revision: int | None
    rules: tuple[str, ...]
    withheld: tuple[Withheld, ...]
    kept: tuple[str, ...] | None
    label: Label | None


def key_of(candidate: Candidate, mode: str) -> Hashable:
    """All that a remembered ruling depends on, of a statement and of the node's mode."""
    content = candidate.content
    return (
        candidate.label,
        candidate.lineage,
        candidate.portions,
        candidate.status,
        candidate.product,
        candidate.mode.word,
        mode,
        type(content.phase),
        type(content.launch),
        type(content.path),
        type(content.burnout_s),
        type(content.impact),
        type(content.apogee),
    )


def told_again(
    found: Remembered,
    candidate: Candidate,
    recipient: str,
    sensors: Mapping[str, Sensor],
    now_s: float,
) -> Ruling | None:
    """The ruling for this statement; None where it must be decided anew."""
    content = candidate.content
    for name, sensor in found.sensors:
        if sensors.get(name) is not sensor:
            return None
    if content.delayed or not surely_finite(content):
        return None
    decision = Decision(
        recipient=recipient,
        track=candidate.track,
        event=candidate.event,
        status=candidate.status,
        mode=candidate.mode.word,
        decided_s=now_s,
        outcome=found.outcome,
        agreement=found.agreement,
        agreement_revision=found.revision,
        rules=found.rules,
        withheld=found.withheld,
        product=candidate.product,
    )
    if found.outcome != "release":
        return Ruling(decision)
    goes = content if found.kept is None else only_fields(content, found.kept)
    return Ruling(decision, goes, None, found.label)


def remembered(
    candidate: Candidate,
    ruling: Ruling,
    grants: Sequence[FieldGrant],
    sensors: Mapping[str, Sensor],
) -> Remembered | None:
    """What to remember of a ruling; None where it depends on more than its key.

    `grants` are those of the candidate's product.
    """
    content, decision = candidate.content, ruling.decision
    told = fields_told(content)
    lineage = candidate.lineage
    own_alone = lineage.originators == (candidate.originator,) and not lineage.parents
    if (
        not own_alone
        or decision.errors
        or decision.coarsened
        or ruling.floor is not None
        or content.delayed
    ):
        return None
    if _is_altered(told, grants) or not surely_finite(content):
        return None
    kept = None
    if ruling.content is not None and ruling.content != content:
        kept = fields_told(ruling.content)
        if ruling.content != only_fields(content, kept):
            return None
    return Remembered(
        tuple((name, sensors.get(name)) for name in candidate.lineage.sensors),
        decision.outcome,
        decision.agreement,
        decision.agreement_revision,
        decision.rules,
        decision.withheld,
        kept,
        ruling.label,
    )


def _is_altered(told: Sequence[str], grants: Sequence[FieldGrant]) -> bool:
    return any(
        path_covers(grant.path, path)
        for grant in grants
        if grant.precision_m is not None or grant.delay_s != 0.0
        for path in told
    )
