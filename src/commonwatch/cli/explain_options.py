"""The options of `agreement explain`, and how a part is marked on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from commonwatch.node.explain import AskedPortion

Item = Annotated[
    str,
    typer.Argument(
        help="launch_point, path, expected_impact, burnout, apogee; "
        "with --ledger a bulletin or a track."
    ),
]
Recipient = Annotated[str, typer.Option("--to", help="Who would get it.")]
Originator = Annotated[
    str | None, typer.Option("--from", help="Whose sensors (ISO 3166-1 alpha-3).")
]
Level = Annotated[
    str | None, typer.Option(help="The originator's marking; its lowest where none is given.")
]
Categories = Annotated[
    list[str] | None, typer.Option(help="A category of its label; may be repeated.")
]
ReleasableTo = Annotated[
    str | None,
    typer.Option(help="Whom its label names, as in JPN,USA; the recipient where not given."),
]
SensorKind = Annotated[str, typer.Option(help="radar, infrared or another.")]
SensorName = Annotated[
    str | None, typer.Option(help="The sensor's name, where the agreement covers some by name.")
]
Product = Annotated[
    str | None, typer.Option(help="As in trajectory; the launch warning where not given.")
]
Portions = Annotated[
    list[str] | None,
    typer.Option(
        help="A part marked by itself, as in 'apogee: level=SECRET; releasable_to=JPN'; may be "
        "repeated."
    ),
]
OriginalLevel = Annotated[
    str | None,
    typer.Option(help="How the originator marked what is passed on; its equal where not given."),
]
Through = Annotated[str | None, typer.Option(help="Who would pass it on, as a hub.")]
Consents = Annotated[
    Path | None,
    typer.Option(help="The node's folder, or an export, whose consents count for --through."),
]
InState = Annotated[
    str | None, typer.Option(help="State of the agreements that come with the program.")
]
OfDesk = Annotated[
    Path | None,
    typer.Option(help="Ask by the agreements of a desk or a node's folder, as they stand."),
]
OfLedger = Annotated[
    Path | None, typer.Option(help="Ask what was decided, by a node's folder or an export.")
]

_KEYS = ("level", "category", "releasable_to")


def asked_portion(text: str) -> AskedPortion:
    """From `apogee: level=SECRET; category=a,b; releasable_to=JPN,USA`, each part optional.

    UnusableInput says how it is written.
    """
    from commonwatch.node.explain import AskedPortion

    path, _colon, rest = text.partition(":")
    told: dict[str, str] = {}
    for entry in filter(None, map(str.strip, rest.split(";"))):
        key, equals, value = (word.strip() for word in entry.partition("="))
        if key not in _KEYS or not equals or key in told:
            raise UnusableInput(
                f"--portion: `{entry[:40]}`: write each of {', '.join(_KEYS)} at most once, as in "
                "'apogee: level=SECRET; releasable_to=JPN,USA'"
            )
        told[key] = value
    return AskedPortion(
        path.strip(),
        told.get("level"),
        names_in(told.get("category")),
        names_in(told.get("releasable_to")),
    )


def names_in(text: str | None) -> tuple[str, ...] | None:
    """Names between commas, as in JPN,USA; None where nothing was given."""
    if text is None:
        return None
    return tuple(name.strip() for name in text.split(",") if name.strip())
