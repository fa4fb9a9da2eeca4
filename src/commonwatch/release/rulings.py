"""What becomes of a statement once the gate knows: it goes, its floor goes, or nothing does."""

from __future__ import annotations

from collections.abc import Iterable

from commonwatch.label import Label
from commonwatch.release.agreement import Terms
from commonwatch.release.bulletin import STATUSES, Content
from commonwatch.release.decision import Candidate, Decision, Outcome, Ruling, Withheld
from commonwatch.release.facts import Question
from commonwatch.release.fields import FieldRuling
from commonwatch.release.grid import CannotCoarsen, floor_of
from commonwatch.release.marked import label_of_fields
from commonwatch.release.table import Answer
from commonwatch.release.told import fields_told, only_fields

# What the floor is drawn from.
FLOOR_FIELDS = ("launch_point", "expected_impact")


def released(
    question: Question,
    terms: Terms,
    permits: tuple[str, ...],
    fields: FieldRuling,
    withheld: tuple[Withheld, ...],
) -> Ruling:
    """What may go of the fields, under the label of these; nothing where no field may."""
    if fields.content == Content() and question.candidate.content != Content():
        rules: tuple[str, ...] = ("no field may go",)
        return Ruling(_decision(question, terms, "withhold", rules=rules, withheld=withheld))
    decision = _decision(
        question,
        terms,
        "release",
        rules=(*permits, *fields.rules),
        coarsened=fields.coarsened,
        withheld=withheld,
    )
    label = _label_of(question, terms, fields_told(fields.content))
    return Ruling(decision, content=fields.content, label=label)


def withdrawal(question: Question, terms: Terms, answer: Answer) -> Ruling:
    """What was said is taken back, and no field told."""
    rules = (*answer.permits, "withdrawal: no field goes with it")
    return Ruling(
        _decision(question, terms, "release", rules=rules),
        content=Content(),
        label=_label_of(question, terms, answer.fields),
    )


def _label_of(question: Question, terms: Terms, paths: Iterable[str]) -> Label | None:
    """What goes bears the highest label of it; what stays back leaves no trace there either."""
    label, portions = question.candidate.label, question.candidate.portions
    if label is None:
        return None
    return label_of_fields(label, portions, sorted(paths), terms.levels)


def floor_at_most(
    question: Question,
    terms: Terms,
    answer: Answer,
    errors: tuple[str, ...],
    withheld: tuple[Withheld, ...],
) -> Ruling:
    """The floor bulletin where the agreement has one: fail closed on detail, not on life."""
    agreed, candidate = terms.floor, question.candidate
    own_alone = candidate.lineage.originators == (candidate.originator,)
    if agreed is None or not own_alone or candidate.product != terms.product:
        # The floor is agreed between two; of what rests on third parties there is none.
        rules: tuple[str, ...] = ("an error, and the agreement has no floor for it",)
        return Ruling(
            _decision(question, terms, "withhold", rules=rules, withheld=withheld, errors=errors)
        )
    try:
        floor = floor_of(only_fields(candidate.content, answer.floor), agreed)
    except CannotCoarsen as error:
        return Ruling(
            _decision(
                question,
                terms,
                "withhold",
                rules=("an error, and no floor can be told",),
                withheld=withheld,
                errors=(*errors, f"floor: {error}"),
            )
        )
    rules = (*answer.permits, f"floor: {agreed.article}")
    coarsened = tuple(path for path in FLOOR_FIELDS if path in answer.floor)
    return Ruling(
        _decision(
            question,
            terms,
            "floor",
            rules=rules,
            coarsened=coarsened,
            withheld=withheld,
            errors=errors,
        ),
        floor=floor,
        label=_label_of(question, terms, coarsened),
    )


def _decision(
    question: Question,
    terms: Terms,
    outcome: Outcome,
    *,
    rules: tuple[str, ...],
    coarsened: tuple[str, ...] = (),
    withheld: tuple[Withheld, ...] = (),
    errors: tuple[str, ...] = (),
) -> Decision:
    candidate = question.candidate
    return Decision(
        recipient=question.recipient,
        track=candidate.track,
        event=candidate.event,
        status=candidate.status,
        mode=candidate.mode.word,
        decided_s=question.now_s,
        outcome=outcome,
        agreement=terms.id,
        agreement_revision=terms.revision,
        rules=rules,
        coarsened=coarsened,
        withheld=withheld,
        errors=errors,
        product=candidate.product,
    )


def withheld_because(
    question: Question, rules: tuple[str, ...], errors: tuple[str, ...] = ()
) -> Ruling:
    """Nothing goes, for these rules and errors."""
    return nothing_goes(question.candidate, question.recipient, question.now_s, rules, errors)


def nothing_goes(
    candidate: Candidate,
    recipient: str,
    now_s: float,
    rules: tuple[str, ...],
    errors: tuple[str, ...] = (),
) -> Ruling:
    """The ruling that keeps all of it back, under no agreement."""
    why = "; ".join((*rules, *errors)) or "no rule permits it"
    return Ruling(
        Decision(
            recipient=recipient,
            track=candidate.track,
            event=candidate.event,
            # The record must be readable, whatever was met.
            status=candidate.status if candidate.status in STATUSES else "unknown",
            mode=candidate.mode.word,
            decided_s=now_s,
            outcome="withhold",
            agreement=None,
            agreement_revision=None,
            rules=rules or ("default deny",),
            withheld=(Withheld("*", why),),
            errors=errors,
            product=candidate.product,
        )
    )
