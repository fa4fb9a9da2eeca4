"""Of `commonwatch ledger`: the heads that were shown, proofs made by them, proofs checked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.errors import CheckFailed, UnusableInput

if TYPE_CHECKING:
    from commonwatch.node.ledger_export import LedgerFound
    from commonwatch.share.head_evidence import Evidence


Place = Annotated[Path, typer.Argument(help="A node's folder, or a file that export wrote.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def heads(ledger: Place, *, as_json: AsJson = False) -> None:
    """List the heads that a ledger showed to partners, and those of partners that it holds.

    Status 3, with each a line, where partners told two stories, or where the ledger does not hold.
    """
    from commonwatch.cli.output import EXIT_CHECK_FAILED, print_json
    from commonwatch.node.evidence_files import recorded_contradictions
    from commonwatch.share.head_accounts import heads_out
    from commonwatch.share.head_evidence import what_it_proves
    from commonwatch.share.shown_head import recorded_head
    from commonwatch.utc import format_utc

    found = _sound(ledger)
    records = found.ledger().records
    shown = [
        {
            "number": number,
            "time": format_utc(recorded_head(told.envelope).shown_s),
            "records": told.opening.size,
            "root": told.opening.root.hex(),
        }
        for number, (_record, told) in sorted(heads_out(records).items())
    ]
    held: dict[str, list[int]] = {}
    for record in records:
        if record.kind == "head-in":
            held.setdefault(record.counterparty, []).append(recorded_head(record.body).number)
    told = tuple(
        what_it_proves(one, found.identity.keys, found.mode)
        for one in recorded_contradictions(found)
    )
    if as_json:
        print_json({"kind": "ledger-heads", "shown": shown, "held": held, "equivocations": told})
        if told:
            raise typer.Exit(EXIT_CHECK_FAILED)
        return
    for one in shown:
        print(f"shown {one['number']}, {one['time']}: {one['records']} records, {one['root']}")
    for nation, numbers in sorted(held.items()):
        print(f"held of {nation}: {len(numbers)}, numbers {min(numbers)} to {max(numbers)}")
    if not shown and not held:
        print("no head was shown or received")
    if told:
        raise CheckFailed(told)


def show(
    folder: Annotated[Path, typer.Argument(help="A node's folder.")],
    *,
    out: Annotated[Path, typer.Option(help="The folder for the envelopes to partners.")],
    at: Annotated[
        str | None, typer.Option(help="The time as UTC; now where none is given.")
    ] = None,
) -> None:
    """Show partners a sealed head of the ledger: one file each, which they take with `item take`.

    A running node does so by itself each 10 s; nothing is shown sooner after the one before.
    """
    from commonwatch.cli.item_time import moment
    from commonwatch.node.accounts import opened_for_accounts

    now_s = moment(at)
    with opened_for_accounts(folder, out, acts_s=now_s) as node:
        shown = node.show_head(now_s)
        newest = node.heads.book.newest(node.setup.nation)
        stopped = node.stopped
    if stopped is not None:
        raise CheckFailed((stopped,))
    number = 0 if newest is None else newest.number
    print(f"head {number} shown" if shown else f"head {number} was shown less than 10 s ago")


def prove(
    ledger: Place,
    *,
    item: Annotated[
        str | None, typer.Option(help="That the receipt for this item stands in the ledger.")
    ] = None,
    record: Annotated[
        int | None, typer.Option(min=1, help="That this record stands in the ledger.")
    ] = None,
    grown: Annotated[
        tuple[int, int] | None,
        typer.Option(help="That the ledger only grew between two heads, by their numbers."),
    ] = None,
    equivocation: Annotated[
        bool, typer.Option(help="The first equivocation that the ledger holds.")
    ] = False,
) -> None:
    """Write evidence that a third party can check offline, as JSON, on standard output.

    It opens the heads that it rests on: it tells how many records the ledger held then, and the
    record itself. Say one of --item, --record, --grown, --equivocation.
    """
    from commonwatch.node import evidence_files

    asked = [item is not None, record is not None, grown is not None, equivocation]
    if sum(asked) != 1:
        raise UnusableInput("say one of --item, --record, --grown, --equivocation")
    found = _sound(ledger)
    if item is not None:
        _print(evidence_files.proof_of_item(found, item))
    elif record is not None:
        _print(evidence_files.proof_of_record(found, record))
    elif grown is not None:
        _print(evidence_files.proof_of_growth(found, *grown))
    else:
        told = evidence_files.recorded_contradictions(found)
        if not told:
            raise UnusableInput(f"{ledger}: it holds no equivocation")
        _print(told[0])


def check(
    evidence: Annotated[Path, typer.Argument(help="A file that `ledger prove` wrote.")],
    *,
    keys: Annotated[
        Path,
        typer.Option(help="Public keys that came another way: identity.json, folder or export."),
    ],
    as_json: AsJson = False,
) -> None:
    """Check evidence about a ledger, with public keys alone, and say what it proves.

    Status 3, with the reason, where it proves nothing.
    """
    from commonwatch.cli.output import print_check
    from commonwatch.node.evidence_files import identity_at, read_evidence
    from commonwatch.share.head_evidence import DoesNotHold, what_it_proves

    told, identity = read_evidence(evidence), identity_at(keys)
    proves, why = None, None
    try:
        proves = what_it_proves(told, identity.keys, identity.node_mode)
    except DoesNotHold as error:
        why = str(error)
    answer = {"kind": "ledger-check", "proves": proves, "why_not": why}
    reasons = () if why is None else (f"{evidence}: proves nothing: {why}",)
    print_check(answer, reasons, (str(proves),), as_json=as_json)


def _sound(place: Path) -> LedgerFound:
    """The ledger at this place, after everything in it was verified."""
    from commonwatch.node.ledger_export import find_ledger

    found = find_ledger(place)
    if found.partner is not None:
        raise UnusableInput(f"{place}: an export for one partner; give the node's folder")
    if reasons := found.reasons():
        raise CheckFailed(reasons)
    return found


def _print(evidence: Evidence) -> None:
    import msgspec

    sys.stdout.buffer.write(msgspec.json.encode(evidence) + b"\n")
    sys.stdout.buffer.flush()
