"""The one gate: who may know how much of a candidate. Default deny; an error denies.

Nothing here sends, stores or looks at a clock. `decide` is asked anew for every candidate and every
recipient, so that a suspension bites on the very next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import CommonwatchError
from commonwatch.mode import Mode
from commonwatch.release.agreement import Agreement, reasons_against_release
from commonwatch.release.bulletin import Content
from commonwatch.release.decision import Candidate, Decision, Outcome, Ruling, Withheld
from commonwatch.release.fields import FieldRuling, rule_fields
from commonwatch.release.gap import reasons_from_gaps
from commonwatch.release.grid import CannotCoarsen, floor_of
from commonwatch.release.rules import RULES, Deny, Question, Rule

# What a rule may meet in data that nobody foresaw. Each of them denies.
ERRORS_THAT_DENY = (CommonwatchError, ValueError, LookupError, ArithmeticError, TypeError)


def decide(
    candidate: Candidate,
    recipient: str,
    agreements: Sequence[Agreement],
    *,
    sensors: Mapping[str, Sensor],
    mode: Mode,
    now_s: float,
) -> Ruling:
    """What of `candidate` may go to `recipient` at `now_s`, and why.

    One agreement that binds both and is suspended, ended or unsigned holds everything back,
    whatever another one says. Of several in force the first by id that lets anything go decides
    alone.
    """
    question_of = [
        Question(candidate, recipient, agreement, sensors, mode, now_s)
        for agreement in sorted(agreements, key=lambda item: item.terms.id)
        if agreement.terms.binds(candidate.originator, recipient)
    ]
    if not question_of:
        return _withhold(candidate, recipient, now_s, (f"no agreement with {recipient}",))
    names = [question.agreement.terms.id for question in question_of]
    if len(set(names)) != len(names):
        return _withhold(candidate, recipient, now_s, ("two revisions of one agreement overlap",))
    against = [
        reason
        for question in question_of
        for reason in reasons_against_release(question.agreement, now_s)
    ]
    against += reasons_from_gaps(candidate, recipient, agreements)
    if against:
        return _withhold(candidate, recipient, now_s, tuple(against))
    rulings = [_rule_under(question, RULES) for question in question_of]
    return next((ruling for ruling in rulings if ruling.decision.outcome != "withhold"), rulings[0])


def _rule_under(question: Question, rules: Sequence[Rule]) -> Ruling:
    terms = question.agreement.terms
    permits: list[str] = []
    denials: list[str] = []
    errors: list[str] = []
    for rule in rules:
        try:
            answer = rule(question)
        except ERRORS_THAT_DENY as error:
            errors.append(f"{rule.__name__}: {type(error).__name__}: {error}")
            continue
        (denials if isinstance(answer, Deny) else permits).append(answer.why)
    if denials or errors or not permits:
        return _withhold(
            question.candidate, question.recipient, question.now_s, tuple(denials), tuple(errors)
        )
    if question.candidate.status == "withdrawn":
        # Taking back what was said needs no field, only that something may be said at all.
        return Ruling(
            _decision(question, "release", rules=(*permits, "withdrawal: no field goes with it")),
            content=Content(),
        )
    try:
        fields = rule_fields(question.candidate, terms.fields, terms.id, question.now_s)
    except ERRORS_THAT_DENY as error:
        return _floor(question, tuple(permits), (f"fields: {type(error).__name__}: {error}",), ())
    if fields.errors:
        return _floor(question, tuple(permits), fields.errors, fields.withheld)
    return _release(question, tuple(permits), fields)


def _release(question: Question, permits: tuple[str, ...], fields: FieldRuling) -> Ruling:
    if fields.content == Content() and question.candidate.content != Content():
        return Ruling(
            _decision(
                question,
                "withhold",
                rules=("no field may go",),
                withheld=fields.withheld,
            )
        )
    decision = _decision(
        question,
        "release",
        rules=(*permits, *fields.rules),
        coarsened=fields.coarsened,
        withheld=fields.withheld,
    )
    return Ruling(decision, content=fields.content)


def _floor(
    question: Question,
    permits: tuple[str, ...],
    errors: tuple[str, ...],
    withheld: tuple[Withheld, ...],
) -> Ruling:
    """The floor bulletin where the agreement has one: fail closed on detail, not on life."""
    terms = question.agreement.terms.floor
    if terms is None:
        rules: tuple[str, ...] = ("an error, and the agreement has no floor",)
        return Ruling(
            _decision(question, "withhold", rules=rules, withheld=withheld, errors=errors)
        )
    try:
        floor = floor_of(question.candidate.content, terms)
    except CannotCoarsen as error:
        return Ruling(
            _decision(
                question,
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
            question, "floor", rules=rules, coarsened=coarsened, withheld=withheld, errors=errors
        ),
        floor=floor,
    )


def _decision(
    question: Question,
    outcome: Outcome,
    *,
    rules: tuple[str, ...],
    coarsened: tuple[str, ...] = (),
    withheld: tuple[Withheld, ...] = (),
    errors: tuple[str, ...] = (),
) -> Decision:
    candidate, terms = question.candidate, question.agreement.terms
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
