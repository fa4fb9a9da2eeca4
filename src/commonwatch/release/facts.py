"""Everything that the policies may read of a question, as one value: the key of the gate's table.

What Cedar is asked is made of these facts and of the terms of the agreement alone, so that two
questions with the same facts cannot have different answers. Time is in them only as what it did:
the state of each view, the consents that run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from commonwatch.acquire.sensor import Sensor
from commonwatch.label import Label
from commonwatch.lineage import Lineage
from commonwatch.marking.portions import PortionLabel
from commonwatch.mode import Mode
from commonwatch.release.agreement import Agreement, Terms
from commonwatch.release.bulletin import giver_of
from commonwatch.release.consent import ConsentBook, PassingOn
from commonwatch.release.decision import Candidate
from commonwatch.release.fields import FIELD_PATHS
from commonwatch.release.standing import Standing, standing_of


class ThirdParty(NamedTuple):
    """Whose consent it takes: an originator, or who gave a parent of it, other than who releases.

    `fields` are those that it consents to, `consents` the ids by which, `states` those of all views
    of the agreements that bind it with who releases or receives.
    """

    nation: str
    fields: tuple[str, ...]
    consents: tuple[str, ...]
    states: tuple[str, ...]


class SensorFact(NamedTuple):
    """Of a sensor its nation and its class; its name where the agreement covers it by name."""

    nation: str
    kind: str
    name: str


class Facts(NamedTuple):
    """See the head of this file."""

    originator: str
    recipient: str
    product: str
    mode: str
    node_mode: str
    states: tuple[str, ...]
    label: Label | None
    portions: tuple[PortionLabel, ...]
    originators: tuple[str, ...]
    has_parents: bool
    sensors: frozenset[SensorFact]
    unregistered: tuple[str, ...]
    third_parties: tuple[ThirdParty, ...]


class Question(NamedTuple):
    """May this candidate go to this recipient under one of these agreements, at this moment?"""

    candidate: Candidate
    recipient: str
    agreements: Sequence[Agreement]
    sensors: Mapping[str, Sensor]
    mode: Mode
    now_s: float
    consents: ConsentBook


def facts_of(question: Question, agreement: Agreement, standing: Standing) -> Facts:
    """The facts of a question under one agreement that binds both."""
    candidate = question.candidate
    lineage = candidate.lineage
    own_alone = lineage.originators == (candidate.originator,)
    return Facts(
        candidate.originator,
        question.recipient,
        candidate.product,
        candidate.mode.word,
        question.mode.word,
        standing.states,
        candidate.label,
        candidate.portions,
        lineage.originators,
        bool(lineage.parents),
        frozenset(_sensors(question, agreement.terms)),
        tuple(name for name in lineage.sensors if name not in question.sensors),
        () if own_alone else _third_parties(question, agreement),
    )


def _sensors(question: Question, terms: Terms) -> Iterator[SensorFact]:
    for name in question.candidate.lineage.sensors:
        sensor = question.sensors.get(name)
        if sensor is not None:
            yield SensorFact(sensor.nation, sensor.kind, name if name in terms.sensors else "")


def third_parties_of(lineage: Lineage, teller: str) -> tuple[str, ...]:
    """Whose consent it takes where `teller` tells of this lineage, by name.

    The originators, and hop by hop whoever gave on what went into it.
    """
    givers = {giver_of(item) for item in lineage.parents}
    return tuple(sorted({*lineage.originators, *givers} - {teller}))


def _third_parties(question: Question, agreement: Agreement) -> tuple[ThirdParty, ...]:
    candidate = question.candidate
    hop = PassingOn(
        holder=candidate.originator,
        recipient=question.recipient,
        purpose=agreement.terms.purpose,
        mode=candidate.mode.word,
        parents=candidate.lineage.parents,
    )
    return tuple(
        ThirdParty(
            name,
            question.consents.fields_covered(name, hop, FIELD_PATHS, question.now_s),
            question.consents.ids_covering(name, hop, FIELD_PATHS, question.now_s),
            _states_with(name, question),
        )
        for name in third_parties_of(candidate.lineage, candidate.originator)
    )


def _states_with(name: str, question: Question) -> tuple[str, ...]:
    states: set[str] = set()
    for nation in (question.candidate.originator, question.recipient):
        standing = standing_of(name, nation, question.agreements, question.now_s)
        states.update(standing.states)
    return tuple(sorted(states))
