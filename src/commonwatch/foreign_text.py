"""Text that others wrote: what of it may stand in a message, and how it is quoted."""

from __future__ import annotations

from collections.abc import Iterable


def printable(text: str, characters_max: int) -> str:
    """The text on one line of at most so many letters, with `?` for each that a terminal acts on.

    Escape sequences, line ends and marks of direction are such letters: quoted as they are they
    would clear a screen, forge a line of their own or turn a name round (Unicode UAX 9, UTR 36).
    """
    cut = text[:characters_max]
    return "".join(letter if letter.isprintable() else "?" for letter in cut)


def one_line(text: str, characters_max: int) -> str:
    """As printable, of text that may have several lines: they become one."""
    return printable(" ".join(text.split()), characters_max)


def reason_against_texts(texts: Iterable[str], characters_max: int) -> str | None:
    """Why not every text is short and printable, or None."""
    for text in texts:
        if len(text) > characters_max:
            return f"a text is longer than {characters_max}"
        if not text.isprintable():
            return f"a text holds what cannot be printed: `{printable(text, 40)}`"
    return None
