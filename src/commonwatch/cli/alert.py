"""`commonwatch alert`: checks any CAP 1.2 file, from anyone."""

from __future__ import annotations

import stat
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commonwatch.errors import CheckFailed, UnusableInput

EXAMPLES = (
    "commonwatch alert check docs/examples/alert.xml",
    "commonwatch alert check docs/examples/alert.xml --json",
)

app = typer.Typer(help="Alerts to the public; check any CAP 1.2 file.", no_args_is_help=True)


class Profile(StrEnum):
    """Whose rules a message is held to."""

    GENERIC = "generic"


@app.callback()
def _verb() -> None:
    """Alerts to the public; check any CAP 1.2 file."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The CAP 1.2 file.", show_default=False)],
    profile: Annotated[
        Profile, typer.Option(help="Whose rules, beside the OASIS standard's, it is held to.")
    ] = Profile.GENERIC,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Hold a CAP 1.2 file to the OASIS schema and to the rules that the schema cannot hold.

    Ends with status 0 where there are at most warnings, with 3 where it is refused; each reason is
    a line with the element and the clause.
    """
    from commonwatch.cli.output import print_json
    from commonwatch.warn.cap_check import CapChecked, check_cap, compile_schema, errors_of
    from commonwatch.warn.cap_read import parse_cap
    from commonwatch.warn_files import cap_schema_bytes

    root = parse_cap(_read_bounded(file), str(file))
    reasons = check_cap(root, compile_schema(cap_schema_bytes()))
    refused = bool(errors_of(reasons))
    if json:
        print_json(CapChecked(str(file), profile.value, ok=not refused, reasons=reasons))
        if refused:
            raise typer.Exit(3)
        return
    if refused:
        raise CheckFailed(tuple(reason.line() for reason in reasons))
    for reason in reasons:
        print(reason.line())
    print(f"{file}: CAP 1.2 holds ({profile.value})")


def _read_bounded(file: Path) -> bytes:
    """The bytes of a regular file no larger than a CAP message can sensibly be."""
    from commonwatch.limits import CAP_FILE_BYTES_MAX

    # Before it is opened: opening a pipe waits for whoever may write into it.
    if not stat.S_ISREG(file.stat().st_mode):
        raise UnusableInput(f"{file}: is no regular file; need a CAP 1.2 file")
    with file.open("rb") as opened:
        raw = opened.read(CAP_FILE_BYTES_MAX + 1)
    if len(raw) > CAP_FILE_BYTES_MAX:
        raise UnusableInput(
            f"{file}: more than {CAP_FILE_BYTES_MAX} bytes; need a CAP 1.2 file, which is smaller"
        )
    return raw
