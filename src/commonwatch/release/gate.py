"""The one gate: who may know how much of a candidate. Default deny; an error denies.

Nothing here sends, stores or looks at a clock. `decide` is asked anew for every candidate and every
recipient, so that a suspension bites on the very next one. What may go is written in the Cedar
policies; the table remembers what Cedar answered to the same facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import CommonwatchError
from commonwatch.mode import Mode
from commonwatch.release.agreement import Agreement
from commonwatch.release.bulletin import Content
from commonwatch.release.consent import NO_CONSENTS, ConsentBook
from commonwatch.release.decision import Candidate, Decision, Outcome, Ruling, Withheld
from commonwatch.release.facts import Question, facts_of
from commonwatch.release.fields import FieldRuling, rule_fields
from commonwatch.release.gap import reasons_from_gaps
from commonwatch.release.grid import CannotCoarsen, floor_of
from commonwatch.release.standing import Standing
from commonwatch.release.table import Answer, DecisionTable
from commonwatch.release.told import fields_told, only_fields

# What may be met in data that nobody foresaw. Each of them denies.
ERRORS_THAT_DENY = (CommonwatchError, ValueError, LookupError, ArithmeticError, TypeError)


def decide(
    candidate: Candidate,
    recipient: str,
    agreements: Sequence[Agreement],
    *,
    sensors: Mapping[str, Sensor],
    mode: Mode,
    now_s: float,
    table: DecisionTable | None = None,
    consents: ConsentBook = NO_CONSENTS,
) -> Ruling:
    """What of `candidate` may go to `recipient` at `now_s`, and why.

    One agreement that binds both and is suspended, ended or unsigned holds everything back,
    whatever another one or a policy says. Of several in force the first by id that lets anything go
    decides alone. Without a table of policies nothing goes.
    """
    if table is None:
        return _withhold(candidate, recipient, now_s, ("no policies are at hand",))
    standing = table.standings.of(candidate.originator, recipient, agreements, now_s)
    against = standing.against or reasons_from_gaps(candidate, recipient, agreements)
    if against:
        return _withhold(candidate, recipient, now_s, against)
    question = Question(candidate, recipient, agreements, sensors, mode, now_s, consents)
    first: Ruling | None = None
    for agreement in standing.binding:
        ruling = _rule_under(question, agreement, standing, table)
        if ruling.decision.outcome != "withhold":
            return ruling
        first = first or ruling
    return first or _withhold(candidate, recipient, now_s, ())


def _rule_under(
    question: Question, agreement: Agreement, standing: Standing, table: DecisionTable
) -> Ruling:
    try:
        answer = table.answer(facts_of(question, agreement, standing), agreement.terms)
    except ERRORS_THAT_DENY as error:
        return _withheld(question, (), (f"policies: {type(error).__name__}: {error}",))
    if answer.errors and answer.floor:
        return _floor(question, agreement, answer.permits, answer.errors, ())
    if not answer.allows:
        return _withheld(question, answer.denials, answer.errors)
    if question.candidate.status == "withdrawn":
        # Taking back what was said needs no field, only that something may be said at all.
        rules = (*answer.permits, "withdrawal: no field goes with it")
        return Ruling(_decision(question, agreement, "release", rules=rules), content=Content())
    return _by_fields(question, agreement, answer)


def _by_fields(question: Question, agreement: Agreement, answer: Answer) -> Ruling:
    content = question.candidate.content
    kept_back: tuple[Withheld, ...] = ()
    try:
        told = fields_told(content)
        if not answer.fields.issuperset(told):
            kept_back = tuple(item for item in answer.withheld if item.field in told)
            content = only_fields(content, answer.fields)
        # What a policy keeps back now is not told from before either.
        may_go = replace(question.candidate, content=content)
        terms = agreement.terms
        fields = rule_fields(may_go, terms.fields, terms.id, question.now_s)
    except ERRORS_THAT_DENY as error:
        errors = (f"fields: {type(error).__name__}: {error}",)
        return _floor(question, agreement, answer.permits, errors, kept_back)
    withheld = (*kept_back, *fields.withheld)
    if fields.errors:
        return _floor(question, agreement, answer.permits, fields.errors, withheld)
    return _release(question, agreement, answer.permits, fields, withheld)


def _release(
    question: Question,
    agreement: Agreement,
    permits: tuple[str, ...],
    fields: FieldRuling,
    withheld: tuple[Withheld, ...],
) -> Ruling:
    if fields.content == Content() and question.candidate.content != Content():
        rules: tuple[str, ...] = ("no field may go",)
        return Ruling(_decision(question, agreement, "withhold", rules=rules, withheld=withheld))
    decision = _decision(
        question,
        agreement,
        "release",
        rules=(*permits, *fields.rules),
        coarsened=fields.coarsened,
        withheld=withheld,
    )
    return Ruling(decision, content=fields.content)


def _floor(
    question: Question,
    agreement: Agreement,
    permits: tuple[str, ...],
    errors: tuple[str, ...],
    withheld: tuple[Withheld, ...],
) -> Ruling:
    """The floor bulletin where the agreement has one: fail closed on detail, not on life."""
    terms = agreement.terms.floor
    if terms is None or question.candidate.lineage.originators != (question.candidate.originator,):
        # The floor is agreed between two; of what rests on third parties there is none.
        rules: tuple[str, ...] = ("an error, and the agreement has no floor for it",)
        return Ruling(
            _decision(
                question, agreement, "withhold", rules=rules, withheld=withheld, errors=errors
            )
        )
    try:
        floor = floor_of(question.candidate.content, terms)
    except CannotCoarsen as error:
        return Ruling(
            _decision(
                question,
                agreement,
                "withhold",
                rules=("an error, and no floor can be told",),
                withheld=withheld,
                errors=(*errors, f"floor: {error}"),
            )
        )
    rules = (*permits, f"floor: {terms.article}")
    coarsened = ("launch_point", "expected_impact")
    return Ruling(
        _decision(
            question,
            agreement,
            "floor",
            rules=rules,
            coarsened=coarsened,
            withheld=withheld,
            errors=errors,
        ),
        floor=floor,
    )


def _decision(
    question: Question,
    agreement: Agreement,
    outcome: Outcome,
    *,
    rules: tuple[str, ...],
    coarsened: tuple[str, ...] = (),
    withheld: tuple[Withheld, ...] = (),
    errors: tuple[str, ...] = (),
) -> Decision:
    candidate, terms = question.candidate, agreement.terms
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
    )


def _withheld(question: Question, rules: tuple[str, ...], errors: tuple[str, ...] = ()) -> Ruling:
    return _withhold(question.candidate, question.recipient, question.now_s, rules, errors)


def _withhold(
    candidate: Candidate,
    recipient: str,
    now_s: float,
    rules: tuple[str, ...],
    errors: tuple[str, ...] = (),
) -> Ruling:
    why = "; ".join((*rules, *errors)) or "no rule permits it"
    return Ruling(
        Decision(
            recipient=recipient,
            track=candidate.track,
            event=candidate.event,
            status=candidate.status,
            mode=candidate.mode.word,
            decided_s=now_s,
            outcome="withhold",
            agreement=None,
            agreement_revision=None,
            rules=rules or ("default deny",),
            withheld=(Withheld("*", why),),
            errors=errors,
        )
    )
