"""What the options of `item` may hold: each refused with what would be right."""

from __future__ import annotations

from commonwatch.errors import UnusableInput
from commonwatch.limits import ITEM_DAYS_MAX, ITEM_WHY_CHARACTERS_MAX


def few_words(text: str) -> str:
    """A reason that is told to partners: at least a word, one line, at most the limit."""
    if not text.strip() or not text.isprintable() or len(text) > ITEM_WHY_CHARACTERS_MAX:
        raise UnusableInput(
            f"a reason must be one line of 1 to {ITEM_WHY_CHARACTERS_MAX} characters, "
            f"not {len(text)}"
        )
    return text


def days(value: float) -> float:
    """A term in days: from now on, and within the limit."""
    if not 0.0 <= value <= ITEM_DAYS_MAX:
        raise UnusableInput(f"a term must be 0 to {ITEM_DAYS_MAX:g} days, not {value:g}")
    return value
