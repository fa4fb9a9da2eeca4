"""The gate's table: what Cedar answered to each combination of facts, agreement by agreement.

A row is filled by asking Cedar when its facts first come up. Its key holds everything that the
policies may read, so a row is never wrong for the agreement that it belongs to; a new revision is
another agreement and begins with no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Formatter

from commonwatch.errors import UnusableInput, require
from commonwatch.limits import TABLE_AGREEMENTS_MAX, TABLE_ROWS_MAX
from commonwatch.release.agreement import Terms
from commonwatch.release.cedar import Failure, Policies, Policy, Reply
from commonwatch.release.cedar_question import WORDS, entities_of, questions_of, words_of
from commonwatch.release.decision import Withheld
from commonwatch.release.facts import Facts
from commonwatch.release.fields import FIELD_PATHS
from commonwatch.release.standing import StandingMemory

Asker = Callable[[list[dict[str, object]], str], tuple[Reply, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the policies say of one combination of facts.

    `permits` are the grounds where the statement may go, `denials` those against it. `errors` hold
    everything back, but for the floor where `floor` says so. `fields` are the paths that may be
    told; `withheld` the others, with the reason.
    """

    permits: tuple[str, ...]
    denials: tuple[str, ...]
    errors: tuple[str, ...]
    floor: bool
    fields: frozenset[str]
    withheld: tuple[Withheld, ...]

    @property
    def allows(self) -> bool:
        """Whether the statement may go, with those of its fields that may."""
        return bool(self.permits) and not self.denials and not self.errors


@dataclass(slots=True)
class _Rows:
    """The rows of one agreement's revision; holds its terms, so that their id stays theirs."""

    terms: Terms
    answers: dict[Facts, Answer]


class DecisionTable:
    """Answers by the policies, each asked of Cedar once; bounded, the oldest rows go first."""

    def __init__(self, policies: Policies) -> None:
        for policy in policies.all:
            _require_known_words(policy)
        self.policies = policies
        self.standings = StandingMemory()
        self._tables: dict[int, _Rows] = {}

    def answer(self, facts: Facts, terms: Terms) -> Answer:
        """The row for these facts, filled where it is not there yet."""
        rows = self._tables.get(id(terms))
        if rows is None or rows.terms is not terms:
            rows = self._begin(terms)
        found = rows.answers.get(facts)
        if found is None:
            if len(rows.answers) >= TABLE_ROWS_MAX:
                rows.answers.pop(next(iter(rows.answers)))
            found = rows.answers[facts] = self.asked(facts, terms)
        return found

    def asked(self, facts: Facts, terms: Terms) -> Answer:
        """The same by asking Cedar now, whatever the table holds."""
        return answer_by(self.policies.ask, self.policies.all, facts, terms)

    def rows(self) -> int:
        """How many rows it holds."""
        return sum(len(item.answers) for item in self._tables.values())

    def _begin(self, terms: Terms) -> _Rows:
        if len(self._tables) >= TABLE_AGREEMENTS_MAX:
            del self._tables[next(iter(self._tables))]
        rows = self._tables[id(terms)] = _Rows(terms, {})
        return rows


def _require_known_words(policy: Policy) -> None:
    for text in (policy.reason, policy.satisfied):
        try:
            named = {
                name for _text, name, _form, _how in Formatter().parse(text) if name is not None
            }
        except ValueError as error:
            raise UnusableInput(f"policy {policy.id}: `{text}`: {error}") from error
        unknown = sorted(named - WORDS)
        if unknown:
            raise UnusableInput(
                f"policy {policy.id}: `{{{unknown[0]}}}` is no word of a reason; "
                f"there are {', '.join(sorted(WORDS))}"
            )


def answer_by(ask: Asker, policies: tuple[Policy, ...], facts: Facts, terms: Terms) -> Answer:
    """What Cedar answers to these facts, in the words of a decision."""
    replies = ask(questions_of(facts), entities_of(facts, terms))
    require(len(replies) == 1 + len(FIELD_PATHS), "cedar answers every question that it is asked")
    whole, of_fields = replies[0], replies[1:]
    words = words_of(facts, terms)
    fields: list[str] = []
    withheld: list[Withheld] = []
    failures = list(whole.failures)
    denied = {policy.id for policy in whole.behind if policy.effect == "forbid"}
    for path, reply in zip(FIELD_PATHS, of_fields, strict=True):
        if reply.allowed:
            fields.append(path)
            continue
        failures += [item for item in reply.failures if item not in failures]
        withheld.append(Withheld(path, _why_not(reply, denied, words)))
    return Answer(
        permits=_grounds(whole, failures, policies, words),
        denials=tuple(
            item.reason.format_map(words) for item in whole.behind if item.effect == "forbid"
        ),
        errors=tuple(item.why for item in failures),
        floor=_floor_may_go(whole, failures, facts),
        fields=frozenset(fields),
        withheld=tuple(withheld),
    )


def _grounds(
    whole: Reply,
    failures: list[Failure],
    policies: tuple[Policy, ...],
    words: Mapping[str, str],
) -> tuple[str, ...]:
    """The permits that hold, and what each other policy says where it has no objection."""
    # Cedar names what forbids, else what permits.
    permits = [item.reason for item in whole.behind if item.effect == "permit"]
    if not permits:
        return ()
    failed = [item.policy for item in failures]
    content = [
        item.satisfied
        for item in policies
        if item.effect == "forbid" and item.satisfied and item not in failed
    ]
    return tuple(text.format_map(words) for text in (*permits, *content))


def _why_not(reply: Reply, known: set[str], words: Mapping[str, str]) -> str:
    """Why a field stays back: what forbids it beyond the whole, or that nothing grants it."""
    if reply.failures:
        return "; ".join(item.why for item in reply.failures)
    reasons = [
        item.reason.format_map(words)
        for item in reply.behind
        if item.effect == "forbid" and item.id not in known
    ]
    return "; ".join(reasons) or f"{words['agreement']} names no such field"


def _floor_may_go(whole: Reply, failures: list[Failure], facts: Facts) -> bool:
    """Whether what failed leaves the floor: nothing else objects, and each failed policy says so.

    The floor is agreed between two; of what rests on third parties there is none.
    """
    permitted = any(item.effect == "permit" for item in whole.behind)
    bearable = all(item.policy is not None and item.policy.on_error == "floor" for item in failures)
    return permitted and bearable and not facts.third_parties
