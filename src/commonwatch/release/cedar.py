"""Cedar: policies read and checked against their schema, and asked about facts.

Cedar itself lets a `forbid` that fails object to nothing. Here every failure is told, with the name
of the policy that failed, so that the gate can deny on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import cedarpy
import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.foreign_text import one_line
from commonwatch.limits import POLICY_TEXT_CHARACTERS_MAX

# Of what an engine says of a policy.
WHY_CHARACTERS_MAX = 300

Action = Literal["release", "tell"]
OnError = Literal["withhold", "floor"]

_FAILED = re.compile(r"error while evaluating policy `([^`]*)`")


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy as its annotations tell it; `on_error` is "withhold" where none says otherwise."""

    id: str
    effect: Literal["permit", "forbid"]
    article: str
    reason: str
    satisfied: str
    on_error: OnError


@dataclass(frozen=True, slots=True)
class Failure:
    """A policy that failed, or Cedar itself; `policy` is None where it is not known which."""

    policy: Policy | None
    why: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Cedar's answer to one question: the policies behind it and whatever failed."""

    allowed: bool
    behind: tuple[Policy, ...]
    failures: tuple[Failure, ...]


class _Policy(msgspec.Struct):
    effect: Literal["permit", "forbid"]
    annotations: dict[str, str | None] = {}


class _PolicyFile(msgspec.Struct, rename="camel"):
    static_policies: dict[str, _Policy]


class Policies:
    """Policies and their schema, read once.

    Raises UnusableInput where they are not policies, not valid against the schema, or without the
    annotations `id`, `article` and `reason`.
    """

    def __init__(self, policies: str, schema: str, source: str) -> None:
        if max(len(policies), len(schema)) > POLICY_TEXT_CHARACTERS_MAX:
            raise UnusableInput(f"{source}: longer than {POLICY_TEXT_CHARACTERS_MAX} characters")
        self.policy_text = policies
        self.schema_text = schema
        try:
            self._schema = cedarpy.Schema.from_str(schema)
            self._set = cedarpy.PolicySet.from_str(policies)
            read = cedarpy.policies_to_json_str(policies)
        except ValueError as error:
            raise UnusableInput(f"{source}: {one_line(str(error), WHY_CHARACTERS_MAX)}") from error
        checked = cedarpy.validate_policies(policies, schema)
        if not checked.validation_passed:
            reasons = "; ".join(one_line(str(item), WHY_CHARACTERS_MAX) for item in checked.errors)
            raise UnusableInput(f"{source}: not valid against its schema: {reasons}")
        found = msgspec.json.decode(read, type=_PolicyFile).static_policies
        # Cedar numbers policies in the order of the file: policy0, policy1, ...
        self._named: Mapping[str, Policy] = {
            name: _policy(found[name], f"{source}: {name}")
            for name in sorted(found, key=lambda name: (len(name), name))
        }
        if len({item.id for item in self._named.values()}) != len(self._named):
            raise UnusableInput(f"{source}: two policies have one @id")

    @property
    def all(self) -> tuple[Policy, ...]:
        """All policies, in the order of the file."""
        return tuple(self._named.values())

    def ask(self, questions: list[dict[str, object]], entities: str) -> tuple[Reply, ...]:
        """Cedar's answers to questions about the same entities (JSON), in their order."""
        results = cedarpy.is_authorized_batch(questions, self._set, entities, self._schema)
        return tuple(self._reply(item) for item in results)

    def ask_as_text(self, questions: list[dict[str, object]], entities: str) -> tuple[Reply, ...]:
        """The same with policies and schema read anew each time, as the benchmark's yardstick."""
        results = cedarpy.is_authorized_batch(
            questions, self.policy_text, entities, self.schema_text
        )
        return tuple(self._reply(item) for item in results)

    def _reply(self, result: cedarpy.AuthzResult) -> Reply:
        diagnostics = result.diagnostics
        # Cedar tells both in an order of its own, another each time; a decision has one.
        failures = [self._failure(text) for text in sorted(map(str, diagnostics.errors))]
        reasons = set(diagnostics.reasons)
        behind = [policy for name, policy in self._named.items() if name in reasons]
        if len(behind) != len(reasons):
            failures.append(Failure(None, "cedar: it names a policy that is not in the file"))
        if result.decision is cedarpy.Decision.NoDecision and not failures:
            failures.append(Failure(None, "cedar: no decision"))
        return Reply(result.allowed and not failures, tuple(behind), tuple(failures))

    def _failure(self, text: str) -> Failure:
        match = _FAILED.search(text)
        policy = self._named.get(match[1]) if match else None
        name = "cedar" if policy is None else policy.id
        return Failure(policy, f"{name}: {one_line(text, WHY_CHARACTERS_MAX)}")


def entity(kind: str, name: str, attributes: Mapping[str, object]) -> dict[str, object]:
    """An entity as Cedar's JSON has it."""
    return {"uid": {"type": kind, "id": name}, "attrs": attributes, "parents": []}


def as_json(entities: list[dict[str, object]]) -> str:
    """Entities as the text that `ask` takes."""
    return json.dumps(entities, ensure_ascii=False)


def _policy(read: _Policy, source: str) -> Policy:
    told = read.annotations
    texts = {name: told.get(name) or "" for name in ("id", "article", "reason", "satisfied")}
    missing = [name for name in ("id", "article", "reason") if not texts[name]]
    if missing:
        raise UnusableInput(
            f"{source}: has no @{missing[0]}; each policy has @id, @article, @reason"
        )
    on_error = told.get("on_error") or "withhold"
    if on_error not in {"withhold", "floor"}:
        raise UnusableInput(f"{source}: @on_error is `{on_error}`; it is `withhold` or `floor`")
    return Policy(
        texts["id"],
        read.effect,
        texts["article"],
        texts["reason"],
        texts["satisfied"],
        "floor" if on_error == "floor" else "withhold",
    )
