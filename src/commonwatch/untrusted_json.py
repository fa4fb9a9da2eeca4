"""JSON of anyone, read without trust into a type that says all that may stand in it."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.foreign_text import printable

WHY_CHARACTERS_MAX = 200
Told = TypeVar("Told")


def decode_json(raw: bytes | str, told: type[Told], wrong: str, right: str = "") -> Told:
    """The value in `raw`, whose length was bounded before.

    Raises UnusableInput: `wrong` names the place and what it is not, `right` what would be right;
    the reason between them is one line, whatever names the bytes hold. Nesting is bounded by the
    decoder, with a RecursionError.
    """
    try:
        return msgspec.json.decode(raw, type=told)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        why = printable(str(error), WHY_CHARACTERS_MAX)
        raise UnusableInput(f"{wrong}: {why}{f'; {right}' if right else ''}") from error
