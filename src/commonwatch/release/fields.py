"""What of a candidate's content an agreement lets go, field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from commonwatch.label import path_covers
from commonwatch.release.agreement import FieldGrant
from commonwatch.release.bulletin import (
    ApogeeStatement,
    BoostState,
    Content,
    DelayedField,
    GroundStatement,
    StateInformation,
    is_finite,
)
from commonwatch.release.coarse_state import coarsened_boost, coarsened_information
from commonwatch.release.decision import Candidate, Withheld
from commonwatch.release.grid import CannotCoarsen, coarsened_apogee, coarsened_place

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
# Of these an agreement grants no precision in metres: a time and a word are at no place.
WITHOUT_PLACE = frozenset({"path/phase", "burnout"})
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
    """The content that may go, and what was done to the rest.

    `rule_errs` where a rule itself errs, and not a value alone.
    """

    content: Content
    rules: tuple[str, ...]
    coarsened: tuple[str, ...]
    withheld: tuple[Withheld, ...]
    errors: tuple[str, ...]
    rule_errs: bool = False


def rule_fields(
    candidate: Candidate, grants: Sequence[FieldGrant], basis: str, now_s: float
) -> FieldRuling:
    """Each field that is known and granted, as precise and as late as granted.

    All else withheld with its reason. `basis` names what grants the fields.
    """
    kept: dict[str, FieldValue] = {}
    delayed: list[DelayedField] = []
    rules: list[str] = []
    coarsened: list[str] = []
    withheld: list[Withheld] = []
    errors: list[str] = []
    rule_errs = False
    told_late_s = {item.field: item.delay_s for item in candidate.content.delayed}
    for path in FIELD_PATHS:
        covering = [grant for grant in grants if path_covers(grant.path, path)]
        # Where several grants cover a field, the longest delay holds.
        delay_s = max((grant.delay_s for grant in covering), default=0.0)
        if _READERS[path](candidate.content) is None:
            continue
        if delay_s and candidate.lineage.parents:
            # Nothing earlier is remembered of it: a recall must not be outlived by a memory.
            withheld.append(
                Withheld(path, f"{basis} delays it by {delay_s:g} s: nothing is passed on late")
            )
            continue
        value = _READERS[path](_content_before(candidate, delay_s, now_s))
        if value is None:
            withheld.append(Withheld(path, f"not known {delay_s:g} s ago: {basis} delays it"))
            continue
        if not covering:
            withheld.append(Withheld(path, f"{basis} names no such field"))
            continue
        try:
            kept[path], changed = _as_granted(value, covering)
        except CannotCoarsen as error:
            errors.append(f"{path}: {error}")
            rule_errs = rule_errs or is_finite(value)
            withheld.append(Withheld(path, str(error)))
            continue
        # What came late and is passed on is no younger for it.
        late_s = delay_s + told_late_s.get(path, 0.0)
        late = f", {late_s:g} s late" if late_s else ""
        rules.append(f"{path}: {basis}, {covering[0].article}{late}")
        if late_s:
            delayed.append(DelayedField(path, late_s))
        if changed:
            coarsened.append(path)
    return FieldRuling(
        _content_of(kept, delayed),
        tuple(rules),
        tuple(coarsened),
        tuple(withheld),
        tuple(errors),
        rule_errs,
    )


def _as_granted(value: FieldValue, grants: list[FieldGrant]) -> tuple[FieldValue, bool]:
    if not is_finite(value):
        raise CannotCoarsen("a number in it is not finite")
    # Where several grants cover a field, the coarsest holds.
    precisions = [grant.precision_m for grant in grants if grant.precision_m is not None]
    if not precisions:
        return value, False
    return _coarsened(value, max(precisions))


def _coarsened(value: FieldValue, precision_m: float) -> tuple[FieldValue, bool]:
    match value:
        case GroundStatement():
            return coarsened_place(value, precision_m), True
        case StateInformation():
            return coarsened_information(value, precision_m), True
        case BoostState():
            return coarsened_boost(value, precision_m), True
        case ApogeeStatement():
            return coarsened_apogee(value, precision_m), True
        case str():
            return value, False  # a phase holds no position, however coarse its path may go
        case _:
            raise CannotCoarsen("the agreement asks for a precision that a time cannot be given")


def _content_before(candidate: Candidate, delay_s: float, now_s: float) -> Content:
    """What was known of the track `delay_s` ago; nothing where that is not remembered."""
    if delay_s == 0.0:
        return candidate.content
    known = [item for item in candidate.earlier if item.at_s <= now_s - delay_s]
    return max(known, key=lambda item: item.at_s).content if known else Content()


def _content_of(kept: Mapping[str, FieldValue], delayed: Sequence[DelayedField]) -> Content:
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
        delayed=tuple(delayed),
    )
