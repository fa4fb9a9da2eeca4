"""The one gate: who may know how much of a candidate. Default deny; an error denies.

Nothing here sends, stores or looks at a clock. `decide` is asked anew for every candidate and every
recipient, so that a suspension bites on the very next one. What may go is written in the Cedar
policies; the table remembers what Cedar answered to the same facts, and what was ruled on
statements that are alike (remembered.py).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import CommonwatchError, require
from commonwatch.mode import Mode
from commonwatch.release.agreement import Agreement, Terms
from commonwatch.release.answers import answer_together
from commonwatch.release.bulletin import STATUSES
from commonwatch.release.consent import NO_CONSENTS, ConsentBook
from commonwatch.release.decision import Candidate, Ruling, Withheld
from commonwatch.release.facts import Question, facts_of
from commonwatch.release.fields import rule_fields
from commonwatch.release.gap import reasons_from_gaps
from commonwatch.release.memory import Pair
from commonwatch.release.remembered import key_of, remembered, told_again
from commonwatch.release.rulings import (
    floor_at_most,
    nothing_goes,
    released,
    withdrawal,
    withheld_because,
)
from commonwatch.release.standing import Standing, standing_of
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
        return nothing_goes(candidate, recipient, now_s, ("no policies are at hand",))
    pair = table.memory.pair(candidate.originator, recipient, agreements, now_s)
    standing = pair.standing
    if standing.against:
        return nothing_goes(candidate, recipient, now_s, standing.against)
    question = Question(candidate, recipient, agreements, sensors, mode, now_s, consents)
    # What began before the end of a gap is asked about each time.
    if candidate.status not in STATUSES or not candidate.began_s >= pair.held_back_before_s:
        return _decide_anew(question, standing, table)
    try:
        key = key_of(candidate, mode.word)
        found = pair.rulings.get(key)
    except TypeError:  # a value that is none: what is wrong with it is found out and denied
        return _decide_anew(question, standing, table)
    again = None if found is None else told_again(found, candidate, recipient, sensors, now_s)
    return again or _decided_and_remembered(question, pair, key, table)


def _decided_and_remembered(
    question: Question, pair: Pair, key: Hashable, table: DecisionTable
) -> Ruling:
    ruling = _decide_anew(question, pair.standing, table)
    together = pair.standing.together
    if together is not None:
        grants = together.fields_of(question.candidate.product)
        to_keep = remembered(question.candidate, ruling, grants, question.sensors)
        if to_keep is not None:
            pair.remember(key, to_keep)
    return ruling


def decide_anew(question: Question, table: DecisionTable) -> Ruling:
    """As `decide`, with nothing remembered but what the table holds."""
    candidate, recipient = question.candidate, question.recipient
    standing = standing_of(candidate.originator, recipient, question.agreements, question.now_s)
    if standing.against:
        return nothing_goes(candidate, recipient, question.now_s, standing.against)
    return _decide_anew(question, standing, table)


def _decide_anew(question: Question, standing: Standing, table: DecisionTable) -> Ruling:
    if question.candidate.status not in STATUSES:
        unknown = (f"its status is unknown: {str(question.candidate.status)[:20]!r}",)
        return nothing_goes(question.candidate, question.recipient, question.now_s, unknown)
    against = reasons_from_gaps(question.candidate, question.recipient, question.agreements)
    if against:
        return nothing_goes(question.candidate, question.recipient, question.now_s, against)
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
        return withheld_because(question, (), (f"policies: {type(error).__name__}: {error}",))
    if answer.errors and answer.floor:
        return floor_at_most(question, terms, answer, answer.errors, ())
    if not answer.allows:
        return withheld_because(question, answer.denials, answer.errors)
    if question.candidate.status == "withdrawn":
        # Taking back what was said needs no field, only that something may be said at all.
        return withdrawal(question, terms, answer)
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
        product = may_go.product
        named = basis if product == terms.product else f"{basis} on {product}"
        fields = rule_fields(may_go, terms.fields_of(product), named, question.now_s)
    except ERRORS_THAT_DENY as error:
        errors = (f"fields: {type(error).__name__}: {error}",)
        return floor_at_most(question, terms, answer, errors, kept_back)
    withheld = (*kept_back, *fields.withheld)
    if fields.errors and fields.rule_errs:
        return floor_at_most(question, terms, answer, fields.errors, withheld)
    if fields.errors:
        # A value in error can only restrict: the floor then tells no more, and nothing sooner, than
        # the other fields would have. Where a rule errs nobody knows what it would have let go, and
        # the floor goes as it was agreed.
        sound = replace(question.candidate, content=fields.content)
        return floor_at_most(
            question._replace(candidate=sound), terms, answer, fields.errors, withheld
        )
    return released(question, terms, answer.permits, fields, withheld)
