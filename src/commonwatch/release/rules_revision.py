"""The rules of release are data with a revision and a date, so that partners can tell of a change.

Article 3 of the agreement of 2016-11-23: the parties tell each other of changes of law.
"""

from __future__ import annotations

import hashlib
import tomllib
from typing import Annotated

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.limits import RULES_REVISIONS_MAX, RULES_TEXT_CHARACTERS_MAX

Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Day = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
What = Annotated[
    str, msgspec.Meta(max_length=RULES_TEXT_CHARACTERS_MAX, pattern=r"^[^\x00-\x1f\x7f-\x9f]+\Z")
]


class RulesRevision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One revision of the rules that a nation's gate goes by: since when, what changed, which text.

    `digest` is the SHA-256 of their texts, in hexadecimal digits.
    """

    revision: Annotated[int, msgspec.Meta(ge=1, le=RULES_REVISIONS_MAX)]
    date: Day
    what: What
    digest: Digest


class _File(msgspec.Struct, forbid_unknown_fields=True):
    revision: Annotated[tuple[RulesRevision, ...], msgspec.Meta(min_length=1)]


def parse_revisions(toml_text: str, source: str) -> tuple[RulesRevision, ...]:
    """The revisions, counted from 1, each no older than the one before; UnusableInput where not."""
    try:
        told = msgspec.convert(tomllib.loads(toml_text), _File).revision
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UnusableInput(f"{source}: {error}") from error
    for number, item in enumerate(told, 1):
        if item.revision != number:
            raise UnusableInput(f"{source}: revision {item.revision}: the next one is {number}")
        if number > 1 and item.date < told[number - 2].date:
            raise UnusableInput(
                f"{source}: revision {number}: dated before the one that it follows"
            )
    return told


def rules_digest(texts: tuple[str, ...]) -> str:
    """The SHA-256 of these texts, one after the other."""
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def change_words(
    nation: str, told: RulesRevision, before: RulesRevision | None, own: RulesRevision
) -> tuple[str, ...]:
    """What there is to say of a partner's rules: that they changed, that they are not one's own."""
    name = f"{nation} decides by rules revision {told.revision} of {told.date}"
    said = []
    if before is not None and before.digest != told.digest:
        said.append(
            f"{name}, changed from revision {before.revision} of {before.date}: {told.what}"
        )
    if told.digest != own.digest:
        said.append(f"{name}; here it is revision {own.revision} of {own.date}, another text")
    return tuple(said)
