"""The one gate: who may know how much of a candidate. Default deny; an error denies.

Nothing here sends, stores or looks at a clock. `decide` is asked anew for every candidate and every
recipient, so that a suspension bites on the very next one. What may go is written in the Cedar
policies; the table remembers what Cedar answered to the same facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import CommonwatchError, require
from commonwatch.mode import Mode
from commonwatch.release.agreement import Agreement, Terms
from commonwatch.release.answers import answer_together
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

    One agreement that binds both and is suspended holds everything back, whatever another one or a
    policy says. Of several in force that goes which each of them lets go. Without a table of
    policies nothing goes.
    """
    if table is None:
        return _withhold(candidate, recipient, now_s, ("no policies are at hand",))
    standing = table.standings.of(candidate.originator, recipient, agreements, now_s)
    against = standing.against or reasons_from_gaps(candidate, recipient, agreements)
    if against:
        return _withhold(candidate, recipient, now_s, against)
    question = Question(candidate, recipient, agreements, sensors, mode, now_s, consents)
    return _rule(question, standing, table)


def _rule(question: Question, standing: Standing, table: DecisionTable) -> Ruling:
    terms = standing.together
    require(terms is not None, "what nothing speaks against, an agreement lets go")
    assert terms is not None
    try:
        answer = answer_together(
            [
                table.answer(facts_of(question, agreement, standing), agreement.terms)
                for agreement in standing.binding
            ]
        )
    except ERRORS_THAT_DENY as error:
        return _withheld(question, (), (f"policies: {type(error).__name__}: {error}",))
    if answer.errors and answer.floor:
        return _floor(question, terms, answer.permits, answer.errors, ())
    if not answer.allows:
        return _withheld(question, answer.denials, answer.errors)
    if question.candidate.status == "withdrawn":
        # Taking back what was said needs no field, only that something may be said at all.
        rules = (*answer.permits, "withdrawal: no field goes with it")
        return Ruling(_decision(question, terms, "release", rules=rules), content=Content())
    return _by_fields(question, terms, answer, _named(standing))


def _named(standing: Standing) -> str:
    return " and ".join(item.terms.id for item in standing.binding)


def _by_fields(question: Question, terms: Terms, answer: Answer, basis: str) -> Ruling:
    content = question.candidate.content
    kept_back: tuple[Withheld, ...] = ()
    try:
        told = fields_told(content)
        if not answer.fields.issuperset(told):
            kept_back = tuple(item for item in answer.withheld if item.field in told)
            content = only_fields(content, answer.fields)
        # What a policy keeps back now is not told from before either.
        may_go = replace(question.candidate, content=content)
        fields = rule_fields(may_go, terms.fields, basis, question.now_s)
    except ERRORS_THAT_DENY as error:
        errors = (f"fields: {type(error).__name__}: {error}",)
        return _floor(question, terms, answer.permits, errors, kept_back)
    withheld = (*kept_back, *fields.withheld)
    if fields.errors:
        return _floor(question, terms, answer.permits, fields.errors, withheld)
    return _release(question, terms, answer.permits, fields, withheld)


def _release(
    question: Question,
    terms: Terms,
    permits: tuple[str, ...],
    fields: FieldRuling,
    withheld: tuple[Withheld, ...],
) -> Ruling:
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
    return Ruling(decision, content=fields.content)


def _floor(
    question: Question,
    terms: Terms,
    permits: tuple[str, ...],
    errors: tuple[str, ...],
    withheld: tuple[Withheld, ...],
) -> Ruling:
    """The floor bulletin where the agreement has one: fail closed on detail, not on life."""
    agreed = terms.floor
    if agreed is None or question.candidate.lineage.originators != (question.candidate.originator,):
        # The floor is agreed between two; of what rests on third parties there is none.
        rules: tuple[str, ...] = ("an error, and the agreement has no floor for it",)
        return Ruling(
            _decision(question, terms, "withhold", rules=rules, withheld=withheld, errors=errors)
        )
    try:
        floor = floor_of(question.candidate.content, agreed)
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
    rules = (*permits, f"floor: {agreed.article}")
    coarsened = ("launch_point", "expected_impact")
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
