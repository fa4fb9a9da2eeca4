"""`agreement propose`: a new agreement, or a new revision of one, laid on a desk as a draft."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.cli.agreement_orders import DESK, AsJson, Desk, Whose
from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from commonwatch.cli.agreement_questions import Question
    from commonwatch.node.agreement_desk import AgreementDesk
    from commonwatch.release.agreement import Parent, Terms
    from commonwatch.release.agreement_file import ParentEntry

Answer = Annotated[str | None, typer.Option(help="Asked for where it is not given.")]


def propose(
    *,
    desk: Desk = DESK,
    whose: Whose = None,
    file: Annotated[
        Path | None, typer.Option("--from", help="A TOML document, taken as it is.")
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(help="Begin from this agreement, of the desk or of those that come along."),
    ] = None,
    agreement_id: Annotated[str | None, typer.Option("--id", help="As in KOR-JPN.")] = None,
    title: Answer = None,
    parties: Annotated[str | None, typer.Option(help="As in KOR,JPN.")] = None,
    purpose: Answer = None,
    further_products: Annotated[
        str | None,
        typer.Option(help="As in 'trajectory: path delay_s=60; joint assessment: apogee'."),
    ] = None,
    sensor_kinds: Annotated[str | None, typer.Option(help="As in radar,infrared.")] = None,
    sensors: Annotated[str | None, typer.Option(help="Further sensors, by name.")] = None,
    fields: Annotated[
        str | None,
        typer.Option(help="As in 'launch_point, expected_impact precision_m=1000 delay_s=60'."),
    ] = None,
    levels: Annotated[
        str | None, typer.Option(help="As in 'SECRET: KOR=A, JPN=B|C; ...', the lowest first.")
    ] = None,
    ceiling: Annotated[str | None, typer.Option(help="The highest level that may go.")] = None,
    categories: Annotated[str | None, typer.Option(help="As in launch-warning.")] = None,
    floor: Annotated[
        str | None, typer.Option(help="As in 'time_s=60 place_m=50000 heading_deg=45', or none.")
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(help="As in 'years=1 extended_by_years=1' or 'end=2028-01-01', or none."),
    ] = None,
    notice_days: Annotated[str | None, typer.Option(help="Days of notice.")] = None,
    keep_days: Annotated[
        str | None, typer.Option(help="Days that what is received may be kept, or none.")
    ] = None,
    parents: Annotated[str | None, typer.Option(help="As in 'KOR-USA 1 KOR+USA'.")] = None,
    hub: Annotated[str | None, typer.Option(help="The party that passes things on.")] = None,
    source: Annotated[str | None, typer.Option(help="Where the text comes from.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write an agreement and lay it on the desk; on a terminal, what is missing is asked for."""
    from commonwatch.limits import AGREEMENT_FILE_BYTES_MAX
    from commonwatch.node.agreement_desk import opened_desk
    from commonwatch.node.durable import read_bounded

    by_key = {
        "id": agreement_id, "title": title, "parties": parties, "purpose": purpose,
        "further_product": further_products,
        "sensor_kinds": sensor_kinds, "sensors": sensors, "field": fields, "level": levels,
        "ceiling": ceiling, "categories": categories, "floor": floor, "duration": duration,
        "notice_days": notice_days, "keep_days": keep_days, "parent": parents, "hub": hub,
        "source": source,
    }  # fmt: skip
    given = {key: value for key, value in by_key.items() if value is not None}
    if file is not None and (given or like is not None):
        raise UnusableInput(f"--from {file}: the document is taken as it is, without other options")
    text = None if file is None else read_bounded(file, AGREEMENT_FILE_BYTES_MAX)
    with opened_desk(desk, whose) as opened:
        if text is None:
            text = _written(opened, given, like)
        else:
            _require_known_parents_of(opened, text, str(file))
        terms = opened.propose(text, "proposal" if file is None else str(file), time.time())
    _tell(opened, terms, desk, as_json=as_json)


def _tell(opened: AgreementDesk, terms: Terms, desk: Path, *, as_json: bool) -> None:
    from commonwatch.cli.output import print_json

    path = opened.path_of(terms)
    if as_json:
        print_json(
            {
                "kind": "agreement-proposal",
                "agreement": terms.id,
                "revision": terms.revision,
                "document": terms.document,
                "file": str(path),
                "parties": terms.parties,
            }
        )
        return
    print(f"{terms.id} revision {terms.revision} is a draft of {', '.join(terms.parties)}: {path}")
    print(f"read it, then: commonwatch agreement sign {terms.id} --desk {desk}")


def _written(opened: AgreementDesk, given: dict[str, str], like: str | None) -> str:
    """The document from what was given, what it is like and what is answered."""
    import msgspec

    from commonwatch.cli.agreement_questions import answered
    from commonwatch.release.agreement_file import AgreementFile, written_file
    from commonwatch.release.product import LAUNCH_WARNING

    before: dict[str, object] = {} if like is None else _like(opened, like)
    ask: Callable[[Question], str] | None = _ask if sys.stdin.isatty() else None
    keys = answered(given, before, ask)
    keys["revision"] = opened.next_revision(str(keys["id"]))
    keys.setdefault("product", LAUNCH_WARNING)
    try:
        told = msgspec.convert(keys, AgreementFile)
    except msgspec.ValidationError as error:
        raise UnusableInput(f"proposal: {error}") from error
    if "parent" in given:
        _require_known_parents(opened, f"--parents {given['parent'][:60]}", told.parent)
    return written_file(told)


def _require_known_parents_of(opened: AgreementDesk, text: str, source: str) -> None:
    from commonwatch.release.agreement_file import parse_terms

    _require_known_parents(opened, f"--from {source}", parse_terms(text, source).parents)


def _require_known_parents(
    opened: AgreementDesk, source: str, parents: Iterable[ParentEntry | Parent]
) -> None:
    """UnusableInput where a parent is neither on the desk nor among those that come along."""
    from commonwatch.node.agreements import worked_examples

    known = {item.id: item for item in (*worked_examples(), *opened.book.documents)}
    for told in parents:
        found = known.get(told.id)
        if found is None:
            raise UnusableInput(
                f"{source}: `{told.id}` is not known here, and what rests on it "
                f"would release nothing; known are {', '.join(sorted(known))}"
            )
        if set(found.parties) != set(told.parties):
            raise UnusableInput(
                f"{source}: the parties of {told.id} are "
                f"{', '.join(found.parties)}, not {', '.join(told.parties)}"
            )


def _like(opened: AgreementDesk, like: str) -> dict[str, object]:
    import msgspec

    from commonwatch.node.agreements import worked_example_texts
    from commonwatch.release.agreement_file import read_file

    # The desk's own revision comes before an example of the same id and number.
    texts = [*opened.texts, *worked_example_texts()]
    found = [told for name, text in texts if (told := read_file(text, name)).id == like]
    if not found:
        known = ", ".join(sorted({read_file(text, name).id for name, text in texts}))
        raise UnusableInput(f"--like {like}: there are {known}")
    keys: dict[str, object] = msgspec.to_builtins(max(found, key=lambda told: told.revision))
    for optional in (
        "purpose",
        "further_product",
        "sensors",
        "field",
        "floor",
        "duration",
        "parent",
        "hub",
        "keep_days",
    ):
        keys.setdefault(optional, None)  # not asked for: the agreement does without it
    return keys


def _ask(question: Question) -> str:
    answer: str = typer.prompt(question.words, default=question.usual, err=True)
    return answer
