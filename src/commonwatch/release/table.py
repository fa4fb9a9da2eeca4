"""The gate's table: what Cedar answered to each combination of facts, agreement by agreement.

A row is filled by asking Cedar when its facts first come up. Its key holds everything that the
policies may read, so a row is never wrong for the agreement that it belongs to; a new revision is
another agreement and begins with no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import NamedTuple

from commonwatch.errors import UnusableInput, require
from commonwatch.limits import TABLE_AGREEMENTS_MAX, TABLE_ROWS_MAX
from commonwatch.release.agreement import Terms
from commonwatch.release.cedar import Failure, Policies, Policy, Reply
from commonwatch.release.cedar_question import (
    WORDS,
    entities_of,
    may_it_go,
    may_it_tell,
    words_of,
)
from commonwatch.release.decision import Withheld
from commonwatch.release.facts import Facts
from commonwatch.release.fields import FIELD_PATHS
from commonwatch.release.marked import Marked, marked_parts
from commonwatch.release.memory import GateMemory

Asker = Callable[[list[dict[str, object]], str], tuple[Reply, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the policies say of one combination of facts.

    `permits` are the grounds where the statement may go, `denials` those against it. `errors` hold
    everything back, but for the floor, drawn from the paths in `floor`. `fields` are the paths that
    may be told; `withheld` the others, with the reason.
    """

    permits: tuple[str, ...]
    denials: tuple[str, ...]
    errors: tuple[str, ...]
    floor: frozenset[str]
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
        self.memory = GateMemory()
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
    """What Cedar answers to these facts, in the words of a decision.

    Whether the statement may go is asked by each label in it; where it may, each field that the
    label holds for. Raises UnusableInput where its portions contradict each other.
    """
    parts = marked_parts(facts.label, facts.portions)
    entities = entities_of(facts, terms, parts)
    going = ask([may_it_go(facts, number) for number in range(len(parts))], entities)
    require(len(going) == len(parts), "cedar answers every question that it is asked")
    ways = [
        _Way(part, words_of(facts, terms, part), reply)
        for part, reply in zip(parts, going, strict=True)
    ]
    asked = [
        (number, path)
        for number, way in enumerate(ways)
        if way.reply.allowed
        for path in way.part.fields
    ]
    telling = ask([may_it_tell(facts, *item) for item in asked], entities) if asked else ()
    require(len(telling) == len(asked), "cedar answers every question that it is asked")
    replies = dict(zip(asked, telling, strict=True))
    failures = list(dict.fromkeys(item for one in (*going, *telling) for item in one.failures))
    withheld = tuple(
        Withheld(path, "; ".join(why))
        for path in FIELD_PATHS
        if (why := tuple(dict.fromkeys(_why_not(ways, replies, path))))
    )
    return Answer(
        permits=_grounds(ways, failures, policies),
        denials=_denials(ways),
        errors=tuple(item.why for item in failures),
        floor=_floor_paths(ways, failures, facts),
        fields=frozenset(FIELD_PATHS) - {item.field for item in withheld},
        withheld=withheld,
    )


class _Way(NamedTuple):
    """A label in a statement, its words, and whether the statement may go by it."""

    part: Marked
    words: Mapping[str, str]
    reply: Reply

    def said(self, policies: Iterable[Policy]) -> tuple[str, ...]:
        """What these policies say against it."""
        return tuple(
            item.reason.format_map(self.words) for item in policies if item.effect == "forbid"
        )


def _denials(ways: list[_Way]) -> tuple[str, ...]:
    """What speaks against the statement, where it may not go by any label."""
    if any(way.reply.allowed for way in ways):
        return ()
    return tuple(dict.fromkeys(text for way in ways for text in way.said(way.reply.behind)))


def _grounds(
    ways: list[_Way], failures: list[Failure], policies: tuple[Policy, ...]
) -> tuple[str, ...]:
    """The permits that hold, and what each other policy says where it has no objection."""
    failed = [item.policy for item in failures]
    content = [
        item.satisfied
        for item in policies
        if item.effect == "forbid" and item.satisfied and item not in failed
    ]
    grounds: dict[str, None] = {}
    for way in ways:
        # Cedar names what forbids, else what permits.
        permits = [item.reason for item in way.reply.behind if item.effect == "permit"]
        if permits:
            grounds |= dict.fromkeys(text.format_map(way.words) for text in (*permits, *content))
    return tuple(grounds)


def _why_not(
    ways: list[_Way], replies: Mapping[tuple[int, str], Reply], path: str
) -> Iterator[str]:
    """Why a field stays back: what forbids it by any label, or that nothing grants it."""
    for number, way in enumerate(ways):
        if path not in way.part.fields:
            continue
        reply = replies.get((number, path), way.reply)
        if reply.allowed:
            continue
        if reply.failures:
            yield "; ".join(item.why for item in reply.failures)
        else:
            yield from way.said(reply.behind) or (f"{way.words['basis']} names no such field",)


def _floor_paths(ways: list[_Way], failures: list[Failure], facts: Facts) -> frozenset[str]:
    """The fields of which the floor may be drawn in spite of what failed.

    Nothing else objects by any label that holds for the field, and each failed policy lets it. The
    floor is agreed between two; of what rests on third parties there is none.
    """
    bearable = all(item.policy is not None and item.policy.on_error == "floor" for item in failures)
    if not bearable or facts.third_parties:
        return frozenset()
    return frozenset(FIELD_PATHS) - {
        path
        for way in ways
        if not any(item.effect == "permit" for item in way.reply.behind)
        for path in way.part.fields
    }
