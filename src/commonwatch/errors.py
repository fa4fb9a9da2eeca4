"""Errors by whose fault they are."""

from __future__ import annotations

from commonwatch.foreign_text import one_line

# What is quoted of others is cut where it is quoted; this only bounds what a line can come to.
MESSAGE_CHARACTERS_MAX = 2_000


class CommonwatchError(Exception):
    """Base of every error that Commonwatch raises on purpose."""


class UnusableInput(CommonwatchError):
    """A file or an argument that cannot be used: says what, where, why and what would be right.

    The command line prints it as one line and exits with status 2. Whatever it quotes of others, it
    is one line of letters that print.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message, MESSAGE_CHARACTERS_MAX))


class CheckFailed(CommonwatchError):
    """What was asked to be checked does not hold; `reasons` has one line each. Exit status 3."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class BrokenInvariant(CommonwatchError):
    """A fault of ours: something held to be impossible happened. Exit status 1."""


def require(condition: bool, message: str) -> None:
    """Raise BrokenInvariant where what must hold does not; unlike assert, also with -O."""
    if not condition:
        raise BrokenInvariant(message)
