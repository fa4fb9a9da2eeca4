"""What may go to whom under the agreements that come with the program, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from commonwatch.release.agreement import Terms
    from commonwatch.release.decision import Decision

EXAMPLES = (
    "commonwatch agreement show",
    "commonwatch agreement show KOR-JPN",
    "commonwatch agreement explain expected_impact --from KOR --to JPN",
    "commonwatch agreement explain expected_impact --from KOR --to JPN --state suspended",
    "commonwatch agreement decisions docs/examples/ledger/KOR.jsonl --partner JPN",
)

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def show(
    agreement: Annotated[
        str | None, typer.Argument(help="Its id; all where none is given.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the agreements that come with the program: worked examples, not the treaties."""
    from commonwatch.cli.output import print_json
    from commonwatch.node.agreements import shipped_terms

    every = shipped_terms()
    terms = [item for item in every if agreement in {None, item.id}]
    if not terms:
        known = ", ".join(item.id for item in every)
        raise UnusableInput(f"agreement `{agreement}`: there are {known}")
    if as_json:
        print_json({"kind": "agreements", "agreements": terms})
    elif agreement is None:
        for item in terms:
            print(f"{item.id}  revision {item.revision}  {item.title}")
    else:
        _print_terms(terms[0])


@app.command()
def explain(
    field: Annotated[
        str, typer.Argument(help="launch_point, path, expected_impact, burnout, apogee.")
    ],
    *,
    originator: Annotated[str, typer.Option("--from", help="Whose sensors (ISO 3166-1 alpha-3).")],
    recipient: Annotated[str, typer.Option("--to", help="Who would get it.")],
    level: Annotated[
        str | None, typer.Option(help="The originator's marking; its lowest where none is given.")
    ] = None,
    sensor_kind: Annotated[str, typer.Option(help="radar, infrared or another.")] = "radar",
    state: Annotated[
        str, typer.Option(help="State of the agreement in both views: in force, suspended, ...")
    ] = "in force",
    as_json: AsJson = False,
) -> None:
    """Ask the gate that nodes use why a field would or would not be released."""
    from commonwatch.cli.output import print_json
    from commonwatch.identity import nation
    from commonwatch.node.explain import Asked
    from commonwatch.node.explain import explain as ask
    from commonwatch.release.agreement import State

    try:
        held = State(state)
    except ValueError as error:
        known = ", ".join(item.value for item in State)
        raise UnusableInput(f"--state {state}: states are {known}") from error
    decision = ask(
        Asked(
            field=field,
            originator=nation(originator),
            recipient=nation(recipient),
            level=level,
            sensor_kind=sensor_kind,
            state=held,
        )
    )
    if as_json:
        print_json(decision)
    else:
        print(f"{field} from {originator} to {recipient}: {decision.outcome}")
        _print_reasons(decision)


@app.command()
def decisions(
    ledger: Annotated[Path, typer.Argument(help="A node's folder, or a file that export wrote.")],
    *,
    partner: Annotated[str | None, typer.Option(help="Only what concerned this partner.")] = None,
    item: Annotated[str | None, typer.Option(help="Only this bulletin or track.")] = None,
) -> None:
    """Tell from a node's ledger what its gate decided and why, equal decisions together."""
    from commonwatch.node.explain import decisions_in
    from commonwatch.node.ledger_export import find_ledger

    found = decisions_in(find_ledger(ledger).ledger().records, partner, item)
    if not found:
        raise UnusableInput(f"{ledger}: holds no decision on that")
    groups: dict[tuple[object, ...], list[Decision]] = {}
    for _record, told in found:
        key = (told.recipient, told.track, told.outcome, told.rules, told.withheld, told.errors)
        groups.setdefault(key, []).append(told)
    from commonwatch.utc import format_utc

    for same in groups.values():
        first, last = same[0], same[-1]
        print(
            f"{first.track} to {first.recipient}: {first.outcome}, {len(same)} times from "
            f"{format_utc(first.decided_s)} to {format_utc(last.decided_s)}"
        )
        _print_reasons(first)


def _print_terms(terms: Terms) -> None:
    print(f"{terms.id}, revision {terms.revision}: {terms.title}")
    print(f"parties: {', '.join(terms.parties)}; product: {terms.product}")
    print(f"sensors: {', '.join(terms.sensor_kinds)}; ends {terms.notice_days} days after notice")
    print(f"levels, the lowest first, up to {terms.ceiling}:")
    for row in terms.levels.rows:
        print(f"  {row.common}: " + ", ".join(f"{owner} {level}" for owner, level in row.markings))
    print("fields that may go:")
    for grant in terms.fields:
        precision = "" if grant.precision_m is None else f", to {grant.precision_m:g} m"
        print(f"  {grant.path}{precision} ({grant.article})")
    if terms.floor is not None:
        print(f"floor: time to {terms.floor.time_precision_s:g} s, place to "
              f"{terms.floor.position_precision_m:g} m ({terms.floor.article})")  # fmt: skip
    for article in terms.articles:
        print(f"{article.reference}: {article.duty} [{article.basis}]")
    print(f"source: {terms.source}")


def _print_reasons(decision: Decision) -> None:
    for rule in decision.rules:
        print(f"  {rule}")
    for kept in decision.withheld:
        if kept.field != "*":
            print(f"  withheld: {kept.field}: {kept.why}")
    for name in decision.coarsened:
        print(f"  coarsened: {name}")
    for error in decision.errors:
        print(f"  error: {error}")
