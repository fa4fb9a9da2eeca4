"""Facts and terms as the questions and entities that Cedar is asked with, and as words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from commonwatch.label import Label, unknown_categories
from commonwatch.release.agreement import Terms
from commonwatch.release.cedar import as_json, entity
from commonwatch.release.facts import Facts
from commonwatch.release.fields import FIELD_PATHS

# What a reason in the policies may name, in braces.
WORDS = frozenset({
    "agreement", "revision", "originator", "recipient", "mode", "node_mode", "against",
    "third_parties", "unconsented", "provenance", "lineage_fault", "kinds", "uncovered",
    "policy", "level", "level_fault", "unknown_categories", "purpose",
})  # fmt: skip


def entities_of(facts: Facts, terms: Terms) -> str:
    """The nation, the statement, the agreement and the consents, as Cedar's JSON."""
    statement: dict[str, object] = {
        "originator": facts.originator,
        "mode": facts.mode,
        "lineage": {
            "originators": list(facts.originators),
            "thirdParties": [item.nation for item in facts.third_parties],
            "hasParents": facts.has_parents,
            "sensorNations": sorted({nation for nation, _kind in facts.sensors}),
            "sensorKinds": sorted({kind for _nation, kind in facts.sensors}),
            "unregisteredSensors": list(facts.unregistered),
        },
    }
    if facts.label is not None:
        statement["label"] = _label(facts.label, terms)
    return as_json(
        [
            entity("Nation", "recipient", {"code": facts.recipient}),
            entity("Statement", "statement", statement),
            entity("Agreement", "agreement", _agreement(facts, terms)),
            entity("Consent", "consent", _consent(facts)),
        ]
    )


def questions_of(facts: Facts) -> list[dict[str, object]]:
    """Whether the statement may go, and then of each field of FIELD_PATHS whether it may."""
    context: dict[str, object] = {
        "mode": facts.node_mode,
        "agreement": {"__entity": {"type": "Agreement", "id": "agreement"}},
        "consent": {"__entity": {"type": "Consent", "id": "consent"}},
    }
    asked = [_question("release", context)]
    asked += [
        _question("tell", {**context, "field": path, "ancestry": list(ancestry(path))})
        for path in FIELD_PATHS
    ]
    return asked


def ancestry(path: str) -> tuple[str, ...]:
    """The path and every parent of it, by whole segments: `path`, `path/phase`."""
    segments = path.split("/")
    return tuple("/".join(segments[:count]) for count in range(1, len(segments) + 1))


def words_of(facts: Facts, terms: Terms) -> Mapping[str, str]:
    """Each of WORDS as text."""
    label = facts.label
    kinds = {kind for _nation, kind in facts.sensors}
    rests_on_others = bool(facts.third_parties)
    return {
        "agreement": terms.id,
        "revision": str(terms.revision),
        "originator": facts.originator,
        "recipient": facts.recipient,
        "mode": facts.mode,
        "node_mode": facts.node_mode,
        "against": f"{terms.id}: a party's view does not allow it: {', '.join(facts.states)}",
        "third_parties": _listed(item.nation for item in facts.third_parties),
        "unconsented": _listed(item.nation for item in facts.third_parties if not item.fields)
        if rests_on_others
        else "anyone",
        "purpose": terms.purpose or f"none: {terms.id} states no purpose",
        "provenance": "lineage: with the consent of "
        + _listed(f"{item.nation} ({_listed(item.consents)})" for item in facts.third_parties)
        if rests_on_others
        else "lineage: own sensors alone",
        "lineage_fault": _lineage_fault(facts),
        "kinds": _listed(sorted(kinds)),
        "uncovered": _listed(sorted(kinds - set(terms.sensor_kinds))),
        "policy": "" if label is None else label.policy,
        "level": "" if label is None else label.level,
        "level_fault": "" if label is None else _level_fault(label, terms),
        "unknown_categories": ""
        if label is None
        else _listed(f"`{name}`" for name in unknown_categories(label, terms.categories)),
    }


def _question(action: str, context: Mapping[str, object]) -> dict[str, object]:
    return {
        "principal": 'Nation::"recipient"',
        "action": f'Action::"{action}"',
        "resource": 'Statement::"statement"',
        "context": dict(context),
    }


def _label(label: Label, terms: Terms) -> dict[str, object]:
    told: dict[str, object] = {
        "policy": label.policy,
        "level": label.level,
        "originators": list(label.originators),
        "releasableTo": list(label.releasable_to),
        "unknownCategories": list(unknown_categories(label, terms.categories)),
    }
    rank = terms.levels.rank(label.policy, label.level)
    if rank is not None:
        told["rank"] = rank
    return told


def _agreement(facts: Facts, terms: Terms) -> dict[str, object]:
    label = facts.label
    told: dict[str, object] = {
        "parties": list(terms.parties),
        "states": list(facts.states),
        "sensorKinds": list(terms.sensor_kinds),
        "fields": [grant.path for grant in terms.fields],
        "recipientHasLevel": label is not None
        and terms.levels.equivalent(label, facts.recipient) is not None,
    }
    ceiling = terms.levels.rank_of_common(terms.ceiling)
    if ceiling is not None:
        told["ceiling"] = ceiling
    return told


def _consent(facts: Facts) -> dict[str, object]:
    parties = facts.third_parties
    return {
        "by": [item.nation for item in parties if item.fields],
        "fields": [
            path for path in FIELD_PATHS if parties and all(path in item.fields for item in parties)
        ],
        "states": sorted({state for item in parties for state in item.states}),
    }


def _lineage_fault(facts: Facts) -> str:
    if not facts.originators:
        return "it names no originator"
    if facts.unregistered:
        return f"sensor {_listed(f'`{name}`' for name in facts.unregistered)} is not registered"
    if not facts.sensors:
        return "it names no sensor"
    foreign = sorted({nation for nation, _kind in facts.sensors} - set(facts.originators))
    return f"a sensor of {_listed(foreign)} is not {_listed(facts.originators)}'s"


def _level_fault(label: Label, terms: Terms) -> str:
    ranks = terms.levels
    if ranks.rank(label.policy, label.level) is None or ranks.rank_of_common(terms.ceiling) is None:
        return f"level `{label.level}` of {label.policy} is unknown to {terms.id}"
    return f"`{label.level}` is above the ceiling {terms.ceiling} of {terms.id}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
