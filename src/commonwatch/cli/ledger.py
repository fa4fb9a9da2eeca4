"""Verify a ledger, export it, reconcile it with a partner's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.errors import CheckFailed, UnusableInput

if TYPE_CHECKING:
    from commonwatch.identity import PublicKey
    from commonwatch.node.ledger_export import LedgerFound
    from commonwatch.share.reconcile import DirectionAccount

EXAMPLES = (
    "commonwatch ledger verify docs/examples/ledger/KOR.jsonl",
    "commonwatch ledger reconcile docs/examples/ledger/KOR.jsonl docs/examples/ledger/JPN.jsonl",
    "commonwatch ledger export docs/examples/ledger/KOR.jsonl --partner JPN",
)

EXIT_CHECK_FAILED = 3

app = typer.Typer(no_args_is_help=True)

Place = Annotated[Path, typer.Argument(help="A node's folder, or a file that export wrote.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def verify(ledger: Place, *, as_json: AsJson = False) -> None:
    """Check the chain from its first record, the signed head, and every envelope's signature.

    Status 3, with each reason a line, where anything does not hold.
    """
    from commonwatch.cli.output import print_json
    from commonwatch.node.ledger_export import find_ledger

    found = find_ledger(ledger)
    if found.partner is not None:
        raise UnusableInput(
            f"{ledger}: an export for {found.partner} alone has no whole chain to verify; "
            "reconcile it, or verify the folder"
        )
    reasons = found.reasons()
    if as_json:
        print_json(
            {
                "kind": "ledger-verify",
                "nation": found.identity.nation,
                "mode": found.identity.mode,
                "records": found.read.head.size,
                "holds": not reasons,
                "reasons": reasons,
            }
        )
        if reasons:
            raise typer.Exit(EXIT_CHECK_FAILED)
        return
    if reasons:
        raise CheckFailed(reasons)
    print(
        f"{found.identity.nation} ({found.identity.mode}): {found.read.head.size} records, "
        f"unbroken from the first to the signed head {found.read.head.last_hash.hex()[:16]}"
    )


@app.command()
def reconcile(one: Place, other: Place, *, as_json: AsJson = False) -> None:
    """Lay two ledgers side by side: is what one released what the other received and receipted?

    Status 3, with each difference a line, where they do not agree to the last record.
    """
    from commonwatch.cli.output import print_json
    from commonwatch.node.ledger_export import find_ledger
    from commonwatch.share import reconcile as side_by_side

    first, second = find_ledger(one), find_ledger(other)
    reasons = [*_own_reasons(first), *_own_reasons(second)]
    keys = _common_keys(first, second, reasons)
    accounts: tuple[DirectionAccount, ...] = ()
    if not reasons:
        accounts = side_by_side.reconcile(first.ledger(), second.ledger(), keys, first.mode)
        reasons += [reason for account in accounts for reason in account.differences]
    if as_json:
        print_json(
            {
                "kind": "ledger-reconcile",
                "agree": not reasons,
                "directions": accounts,
                "reasons": reasons,
            }
        )
        if reasons:
            raise typer.Exit(EXIT_CHECK_FAILED)
        return
    if reasons:
        raise CheckFailed(tuple(reasons))
    for account in accounts:
        print(
            f"{account.source}->{account.target}: {account.released} released, "
            f"{account.received} received, {account.receipts} receipted, "
            f"{account.withheld} withheld: agreed to the last record"
        )


@app.command()
def export(
    ledger: Place,
    *,
    partner: Annotated[
        str | None, typer.Option(help="Only what concerns this partner; no other is named.")
    ] = None,
) -> None:
    """Write a ledger as JSON Lines, with all evidence, for a partner or a third party."""
    from commonwatch.node.ledger_export import export_lines, find_ledger

    for line in export_lines(find_ledger(ledger), partner):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def _own_reasons(found: LedgerFound) -> list[str]:
    """Why one side does not hold by itself; an export for one partner has no chain to check."""
    if found.partner is not None:
        return []
    return [f"{found.identity.nation}: {reason}" for reason in found.reasons()]


def _common_keys(
    first: LedgerFound, second: LedgerFound, reasons: list[str]
) -> dict[str, PublicKey]:
    if first.identity.nation == second.identity.nation:
        raise UnusableInput(f"both ledgers are {first.identity.nation}'s; give two nations'")
    if first.identity.mode != second.identity.mode:
        reasons.append(
            f"one ledger is of {first.identity.mode}, the other of {second.identity.mode}"
        )
    keys, others = first.identity.keys, second.identity.keys
    reasons += [
        f"{first.identity.nation} and {second.identity.nation} hold different keys of {code}"
        for code in sorted(set(keys) & set(others))
        if keys[code] != others[code]
    ]
    return {**others, **keys}
