"""What of a candidate's content an agreement lets go, field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from commonwatch.label import path_covers
from commonwatch.release.agreement import FieldGrant, Terms
from commonwatch.release.bulletin import (
    ApogeeStatement,
    BoostState,
    Content,
    GroundStatement,
    StateInformation,
    is_finite,
)
from commonwatch.release.decision import Withheld
from commonwatch.release.grid import CannotCoarsen, coarsened_place

FieldValue = str | float | GroundStatement | ApogeeStatement | StateInformation | BoostState

# Paths of the fields as agreements name them, and where a candidate's content holds them.
FIELD_PATHS: tuple[str, ...] = (
    "path/phase",
    "launch_point",
    "path/state_information",
    "path/boost_state",
    "burnout",
    "expected_impact",
    "apogee",
)
_READERS: Mapping[str, Callable[[Content], FieldValue | None]] = {
    "path/phase": lambda content: content.phase,
    "launch_point": lambda content: content.launch,
    "path/state_information": lambda content: (
        content.path if isinstance(content.path, StateInformation) else None
    ),
    "path/boost_state": lambda content: (
        content.path if isinstance(content.path, BoostState) else None
    ),
    "burnout": lambda content: content.burnout_s,
    "expected_impact": lambda content: content.impact,
    "apogee": lambda content: content.apogee,
}


@dataclass(frozen=True, slots=True)
class FieldRuling:
    """The content that may go, and what was done to the rest."""

    content: Content
    rules: tuple[str, ...]
    coarsened: tuple[str, ...]
    withheld: tuple[Withheld, ...]
    errors: tuple[str, ...]


def rule_fields(content: Content, terms: Terms) -> FieldRuling:
    """Each field that is known and granted, as precise as granted.

    All else withheld with its reason.
    """
    kept: dict[str, FieldValue] = {}
    rules: list[str] = []
    coarsened: list[str] = []
    withheld: list[Withheld] = []
    errors: list[str] = []
    for path in FIELD_PATHS:
        value = _READERS[path](content)
        if value is None:
            continue
        grants = [grant for grant in terms.fields if path_covers(grant.path, path)]
        if not grants:
            withheld.append(Withheld(path, f"{terms.id} names no such field"))
            continue
        try:
            kept[path], changed = _as_granted(value, grants)
        except CannotCoarsen as error:
            errors.append(f"{path}: {error}")
            withheld.append(Withheld(path, str(error)))
            continue
        rules.append(f"{path}: {terms.id}, {grants[0].article}")
        if changed:
            coarsened.append(path)
    return FieldRuling(
        _content_of(kept), tuple(rules), tuple(coarsened), tuple(withheld), tuple(errors)
    )


def _as_granted(value: FieldValue, grants: list[FieldGrant]) -> tuple[FieldValue, bool]:
    if not is_finite(value):
        raise CannotCoarsen("a number in it is not finite")
    # Where several grants cover a field, the coarsest holds.
    precisions = [grant.precision_m for grant in grants if grant.precision_m is not None]
    if not precisions:
        return value, False
    if not isinstance(value, GroundStatement):
        raise CannotCoarsen("the agreement asks for a precision that this field cannot be given")
    return coarsened_place(value, max(precisions)), True


def _content_of(kept: Mapping[str, FieldValue]) -> Content:
    path = kept.get("path/state_information", kept.get("path/boost_state"))
    phase, launch = kept.get("path/phase"), kept.get("launch_point")
    burnout_s, impact = kept.get("burnout"), kept.get("expected_impact")
    apogee = kept.get("apogee")
    return Content(
        phase=phase if isinstance(phase, str) else None,
        launch=launch if isinstance(launch, GroundStatement) else None,
        path=path if isinstance(path, StateInformation | BoostState) else None,
        burnout_s=burnout_s if isinstance(burnout_s, float) else None,
        impact=impact if isinstance(impact, GroundStatement) else None,
        apogee=apogee if isinstance(apogee, ApogeeStatement) else None,
    )
