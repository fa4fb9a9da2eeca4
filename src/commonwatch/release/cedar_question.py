"""Facts and terms as the questions and entities that Cedar is asked with, and as words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from commonwatch.label import Label, unknown_categories
from commonwatch.release.agreement import Terms
from commonwatch.release.cedar import as_json, entity
from commonwatch.release.facts import Facts
from commonwatch.release.fields import FIELD_PATHS
from commonwatch.release.marked import Marked, unknown_portions

# What a reason in the policies may name, in braces.
WORDS = frozenset({
    "agreement", "revision", "basis", "originator", "recipient", "mode", "node_mode", "against",
    "product", "products", "third_parties", "unconsented", "provenance", "lineage_fault",
    "sensors", "uncovered", "covered", "marked", "policy", "level", "level_fault",
    "unknown_categories", "known_categories", "unknown_portions", "field_names", "purpose",
})  # fmt: skip


def entities_of(facts: Facts, terms: Terms, parts: Sequence[Marked]) -> str:
    """The nation, the statement by each of its labels, the agreement and the consents, as JSON."""
    statement: dict[str, object] = {
        "originator": facts.originator,
        "product": facts.product,
        "mode": facts.mode,
        "unknownPortions": list(unknown_portions(facts.portions)),
        "lineage": {
            "originators": list(facts.originators),
            "thirdParties": [item.nation for item in facts.third_parties],
            "hasParents": facts.has_parents,
            "sensorNations": sorted({sensor.nation for sensor in facts.sensors}),
            "sensorKinds": _kinds(facts),
            "sensorsByName": _by_name(facts),
            "unregisteredSensors": list(facts.unregistered),
        },
    }
    return as_json(
        [
            entity("Nation", "recipient", {"code": facts.recipient}),
            *(
                entity("Statement", str(number), {**statement, **_labels(part, facts, terms)})
                for number, part in enumerate(parts)
            ),
            entity("Agreement", "agreement", _agreement(facts, terms)),
            entity("Consent", "consent", _consent(facts)),
        ]
    )


def may_it_go(facts: Facts, part: int) -> dict[str, object]:
    """The question whether the statement may go by the label with this number."""
    return _question("release", part, _context(facts))


def may_it_tell(facts: Facts, part: int, path: str) -> dict[str, object]:
    """The question whether this field may be told by the label with this number."""
    told: dict[str, object] = {"field": path, "ancestry": list(ancestry(path))}
    return _question("tell", part, {**_context(facts), **told})


def _context(facts: Facts) -> dict[str, object]:
    return {
        "mode": facts.node_mode,
        "agreement": {"__entity": {"type": "Agreement", "id": "agreement"}},
        "consent": {"__entity": {"type": "Consent", "id": "consent"}},
    }


def ancestry(path: str) -> tuple[str, ...]:
    """The path and every parent of it, by whole segments: `path`, `path/phase`."""
    segments = path.split("/")
    return tuple("/".join(segments[:count]) for count in range(1, len(segments) + 1))


def words_of(facts: Facts, terms: Terms, part: Marked) -> Mapping[str, str]:
    """Each of WORDS as text, where it is asked about this label."""
    label = part.label
    rests_on_others = bool(facts.third_parties)
    return {
        "agreement": terms.id,
        "basis": terms.basis_of(facts.product),
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
        "product": facts.product,
        "products": _listed(terms.products),
        "sensors": _sensors(_kinds(facts), _by_name(facts)),
        "uncovered": _listed(sorted(set(_kinds(facts)) - set(terms.sensor_kinds))),
        "covered": _sensors(terms.sensor_kinds, terms.sensors),
        "known_categories": _listed(terms.categories) or "none",
        "marked": f"label of portion {_listed(f'`{path}`' for path in part.portions)}"
        if part.portions
        else "label",
        "unknown_portions": _listed(f"`{path}`" for path in unknown_portions(facts.portions)),
        "field_names": _listed(FIELD_PATHS),
        "policy": "" if label is None else label.policy,
        "level": "" if label is None else label.level,
        "level_fault": "" if label is None else _level_fault(label, terms),
        "unknown_categories": ""
        if label is None
        else _listed(f"`{name}`" for name in unknown_categories(label, terms.categories)),
    }


def _kinds(facts: Facts) -> list[str]:
    """The classes of those sensors that the agreement does not cover by name."""
    return sorted({sensor.kind for sensor in facts.sensors if not sensor.name})


def _by_name(facts: Facts) -> list[str]:
    return sorted(sensor.name for sensor in facts.sensors if sensor.name)


def _sensors(kinds: Sequence[str], names: Sequence[str]) -> str:
    classes = [f"{_listed(kinds)} sensors"] if kinds else []
    return " and ".join([*classes, *([f"{_listed(names)} by name"] if names else [])]) or "none"


def _question(action: str, part: int, context: Mapping[str, object]) -> dict[str, object]:
    return {
        "principal": 'Nation::"recipient"',
        "action": f'Action::"{action}"',
        "resource": f'Statement::"{part}"',
        "context": dict(context),
    }


def _labels(part: Marked, facts: Facts, terms: Terms) -> dict[str, object]:
    if part.label is None or facts.label is None:
        return {}
    told: dict[str, object] = {"label": _label(part.label, facts.recipient, terms)}
    if part.portions:
        told["whole"] = _label(facts.label, facts.recipient, terms)
    return told


def _label(label: Label, recipient: str, terms: Terms) -> dict[str, object]:
    told: dict[str, object] = {
        "policy": label.policy,
        "level": label.level,
        "originators": list(label.originators),
        "releasableTo": list(label.releasable_to),
        "unknownCategories": list(unknown_categories(label, terms.categories)),
        "recipientHasLevel": terms.levels.equivalent(label, recipient) is not None,
    }
    rank = terms.levels.rank(label.policy, label.level)
    if rank is not None:
        told["rank"] = rank
    return told


def _agreement(facts: Facts, terms: Terms) -> dict[str, object]:
    told: dict[str, object] = {
        "parties": list(terms.parties),
        "states": list(facts.states),
        "products": list(terms.products),
        "sensorKinds": list(terms.sensor_kinds),
        "sensors": list(terms.sensors),
        "fields": [grant.path for grant in terms.fields_of(facts.product)],
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
    foreign = sorted({sensor.nation for sensor in facts.sensors} - set(facts.originators))
    return f"a sensor of {_listed(foreign)} is not {_listed(facts.originators)}'s"


def _level_fault(label: Label, terms: Terms) -> str:
    ranks = terms.levels
    if ranks.rank(label.policy, label.level) is None or ranks.rank_of_common(terms.ceiling) is None:
        known = [
            level for row in ranks.rows for owner, level in row.markings if owner == label.policy
        ]
        return (
            f"level `{label.level}` of {label.policy} is unknown to {terms.id}; "
            f"known are {_listed(known) or 'none'}"
        )
    return f"`{label.level}` is above the ceiling {terms.ceiling} of {terms.id}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
