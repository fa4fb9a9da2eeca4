"""The arguments and options that verbs of `item` share: each refused with what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.cli.item_time import not_ahead
from commonwatch.errors import UnusableInput
from commonwatch.limits import ITEM_DAYS_MAX, ITEM_WHY_CHARACTERS_MAX

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from commonwatch.node.node import Node


def few_words(text: str) -> str:
    """A reason that is told to partners, or a name: a word at least, one line, within the limit."""
    if not text.strip() or not text.isprintable() or len(text) > ITEM_WHY_CHARACTERS_MAX:
        raise UnusableInput(
            f"a reason or a name must be one line of 1 to {ITEM_WHY_CHARACTERS_MAX} characters, "
            f"not {len(text)}{'' if text.isprintable() else ', and all must print'}"
        )
    return text


def days(value: float) -> float:
    """A term in days: from now on, and within the limit."""
    if not 0.0 <= value <= ITEM_DAYS_MAX:
        raise UnusableInput(f"a term must be 0 to {ITEM_DAYS_MAX:g} days, not {value:g}")
    return value


def opened(
    folder: Path, out: Path | None, acts_s: float | None, brought: Path | None = None
) -> AbstractContextManager[Node]:
    """The node of a folder, for its accounts; `acts_s` is when a verb acts that records it."""
    from commonwatch.node.accounts import opened_for_accounts

    return opened_for_accounts(folder, out, brought, acts_s)


Folder = Annotated[Path, typer.Argument(help="A node's folder.")]
Items = Annotated[list[str], typer.Argument(help="Items, named as in KOR-JPN-17.")]
Ledger = Annotated[Path, typer.Argument(help="A node's folder, or a file that export wrote.")]
Brought = Annotated[
    Path, typer.Argument(help="An envelope, or a folder of them: those to this node.")
]
Why = Annotated[
    str,
    typer.Option(callback=few_words, help="The reason, in few words that hold nothing protected."),
]
Out = Annotated[Path, typer.Option(help="The folder for the envelopes to partners.")]
At = Annotated[
    str | None,
    typer.Option(callback=not_ahead, help="The time as UTC; now where none is given."),
]
AsOf = Annotated[str | None, typer.Option("--at", help="The time as UTC; now or any other.")]
AsPerson = Annotated[str, typer.Option("--as", help="A person of the register.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
