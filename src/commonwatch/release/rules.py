"""The rules of the gate, each a pure question to which only a plain yes lets a record pass.

A rule answers with the reason why it permits (Permit) or denies (Deny). It raises nothing on
purpose; what it raises all the same is an error, and the gate denies on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from commonwatch.acquire.sensor import Sensor
from commonwatch.label import unknown_categories
from commonwatch.mode import Mode
from commonwatch.release.agreement import Agreement, reasons_against_release
from commonwatch.release.decision import Candidate


@dataclass(frozen=True, slots=True)
class Permit:
    """The rule is content; `why` goes into the decision."""

    why: str


@dataclass(frozen=True, slots=True)
class Deny:
    """The rule forbids; `why` goes into the decision."""

    why: str


@dataclass(frozen=True, slots=True)
class Question:
    """May this candidate go to this recipient under this agreement, at this moment?"""

    candidate: Candidate
    recipient: str
    agreement: Agreement
    sensors: Mapping[str, Sensor]
    mode: Mode
    now_s: float


Rule = Callable[[Question], Permit | Deny]


def mode_is_this_nodes(question: Question) -> Permit | Deny:
    """Live, exercise and test never mix (design, invariant 8)."""
    if question.candidate.mode != question.mode:
        return Deny(f"mode: {question.candidate.mode.word} at a node of {question.mode.word}")
    return Permit(f"mode: {question.mode.word}")


def agreement_binds_both(question: Question) -> Permit | Deny:
    """Originator and recipient are parties."""
    terms = question.agreement.terms
    if not terms.binds(question.candidate.originator, question.recipient):
        return Deny(
            f"{terms.id}: {question.candidate.originator} and {question.recipient} "
            "are not both parties"
        )
    return Permit(f"{terms.id} revision {terms.revision} binds both")


def every_view_allows(question: Question) -> Permit | Deny:
    """Each party holds its own view of the state, and all must allow."""
    against = reasons_against_release(question.agreement, question.now_s)
    if against:
        return Deny("; ".join(against))
    return Permit(f"{question.agreement.terms.id}: every party's view allows")


def from_own_sensors_alone(question: Question) -> Permit | Deny:
    """Nothing of a third party's, however derived, goes on (article 6 a, b)."""
    candidate = question.candidate
    if candidate.lineage.originators != (candidate.originator,) or candidate.lineage.parents:
        return Deny("third party: it rests on more than the originator's own sensors")
    if not candidate.lineage.sensors:
        return Deny("lineage: it names no sensor")
    for name in candidate.lineage.sensors:
        sensor = question.sensors.get(name)
        if sensor is None:
            return Deny(f"lineage: sensor `{name}` is not registered")
        if sensor.nation != candidate.originator:
            return Deny(f"lineage: sensor `{name}` is not {candidate.originator}'s")
    return Permit("lineage: own sensors alone")


def sensors_are_covered(question: Question) -> Permit | Deny:
    """The agreement covers every kind of sensor that it rests on."""
    kinds = {question.sensors[name].kind for name in question.candidate.lineage.sensors}
    uncovered = sorted(kinds - set(question.agreement.terms.sensor_kinds))
    if uncovered:
        return Deny(f"{question.agreement.terms.id}: does not cover {', '.join(uncovered)} sensors")
    return Permit(f"{question.agreement.terms.id}: covers {', '.join(sorted(kinds))} sensors")


def label_lets_go(question: Question) -> Permit | Deny:
    """The label is the originator's, known and under the ceiling, and names the recipient."""
    label, terms = question.candidate.label, question.agreement.terms
    if label is None:
        return Deny("label: missing")
    if label.policy != question.candidate.originator:
        return Deny(f"label: marked under the policy of `{label.policy}`, not of the originator")
    if label.originators != (question.candidate.originator,):
        return Deny("label: its originators are not the originator alone")
    rank, ceiling = (
        terms.levels.rank(label.policy, label.level),
        terms.levels.rank_of_common(terms.ceiling),
    )
    if rank is None or ceiling is None:
        return Deny(f"label: level `{label.level}` of {label.policy} is unknown to {terms.id}")
    if rank > ceiling:
        return Deny(f"label: `{label.level}` is above the ceiling {terms.ceiling} of {terms.id}")
    unknown = unknown_categories(label, terms.categories)
    if unknown:
        return Deny(f"label: category `{unknown[0]}` is unknown to {terms.id}")
    if question.recipient not in label.releasable_to:
        return Deny(f"label: not releasable to {question.recipient}")
    if terms.levels.equivalent(label, question.recipient) is None:
        return Deny(f"label: {question.recipient} has no level that equals `{label.level}`")
    return Permit(f"label: {label.level}, releasable to {question.recipient}")


RULES: tuple[Rule, ...] = (
    mode_is_this_nodes,
    agreement_binds_both,
    every_view_allows,
    from_own_sensors_alone,
    sensors_are_covered,
    label_lets_go,
)
