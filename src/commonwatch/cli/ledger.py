"""Verify a ledger, export it, reconcile it, give it to an audit, prove what stands in it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.cli.ledger_evidence import Place, check, heads, prove, show
from commonwatch.errors import CheckFailed, UnusableInput

if TYPE_CHECKING:
    from commonwatch.identity import PublicKey
    from commonwatch.node.ledger_export import LedgerFound
    from commonwatch.node.partner_audit import PartnerAudit
    from commonwatch.share.reconcile import DirectionAccount

EXAMPLES = (
    "commonwatch ledger verify docs/examples/ledger/KOR.jsonl",
    "commonwatch ledger reconcile docs/examples/ledger/KOR.jsonl docs/examples/ledger/JPN.jsonl",
    "commonwatch ledger export docs/examples/ledger/KOR.jsonl --partner JPN",
    "commonwatch ledger check docs/examples/evidence/receipt.json "
    "--keys docs/examples/ledger/KOR.jsonl",
    "commonwatch ledger check docs/examples/evidence/two-heads.json "
    "--keys docs/examples/ledger/KOR.jsonl",
)

app = typer.Typer(no_args_is_help=True)
for evidence_verb in (show, heads, prove, check):
    app.command()(evidence_verb)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def verify(
    ledger: Annotated[
        Path, typer.Argument(help="A node's folder, a file that export wrote, or an audit.")
    ],
    *,
    keys: Annotated[
        Path | None,
        typer.Option(help="Public keys that came another way: a file like identity.json."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the chain from its first record, the signed head, and every envelope's signature.

    Items destroyed are told, with when and by which order. Without --keys, an export or audit is
    checked with the keys that it holds itself: that it is whole, not whose it is. Status 3, with
    each reason a line, where anything does not hold.
    """
    from commonwatch.cli.output import print_check
    from commonwatch.node.audit import find_audited
    from commonwatch.node.folder import read_identity_file
    from commonwatch.node.partner_audit import PartnerAudit

    found = find_audited(ledger, None if keys is None else read_identity_file(keys))
    if isinstance(found, PartnerAudit):
        _verify_partner_audit(found, as_json=as_json)
        return
    if found.partner is not None:
        raise UnusableInput(
            f"{ledger}: an export for {found.partner} alone has no whole chain to verify; "
            "reconcile it, or verify the folder"
        )
    reasons = found.reasons()
    destroyed = () if reasons else found.destroyed()
    answer = {
        "kind": "ledger-verify",
        "nation": found.identity.nation,
        "mode": found.identity.mode,
        "records": found.read.head.size,
        "holds": not reasons,
        "destroyed": destroyed,
        "reasons": reasons,
    }
    holds = (
        f"{found.identity.nation} ({found.identity.mode}): {found.read.head.size} records, "
        f"unbroken from the first to the signed head {found.read.head.last_hash.hex()[:16]}"
    )
    lines = (holds, *(f"  {line}" for line in destroyed))
    print_check(answer, reasons, lines, as_json=as_json)


@app.command()
def reconcile(one: Place, other: Place, *, as_json: AsJson = False) -> None:
    """Lay two ledgers side by side: is what one released what the other received and receipted?

    Status 3, with each difference a line, where they do not agree to the last record.
    """
    from commonwatch.cli.output import print_check
    from commonwatch.node.ledger_export import find_ledger
    from commonwatch.share import reconcile as side_by_side

    first, second = find_ledger(one), find_ledger(other)
    reasons = [*_own_reasons(first), *_own_reasons(second)]
    keys = _common_keys(first, second, reasons)
    accounts: tuple[DirectionAccount, ...] = ()
    if not reasons:
        accounts = side_by_side.reconcile(first.ledger(), second.ledger(), keys, first.mode)
        reasons += [reason for account in accounts for reason in account.differences]
    answer = {
        "kind": "ledger-reconcile",
        "agree": not reasons,
        "directions": accounts,
        "reasons": reasons,
    }
    lines = (line for account in accounts for line in _agreed(account))
    print_check(answer, reasons, lines, as_json=as_json)


def _agreed(account: DirectionAccount) -> Iterator[str]:
    from commonwatch.release.product import LAUNCH_WARNING

    yield (
        f"{account.source}->{account.target}: {account.released} released, "
        f"{account.received} received, {account.receipts} receipted, "
        f"{account.withheld} withheld: agreed to the last record"
    )
    for one in account.products:
        if one.product != LAUNCH_WARNING:
            yield f"  {one.product}: {one.released} released, {one.withheld} withheld"
    yield from (f"  {line}" for line in account.destroyed)


@app.command()
def export(
    ledger: Place,
    *,
    partner: Annotated[
        str | None,
        typer.Option(
            help="Only what concerns this partner; no other is named, but numbers show that there "
            "is more: `audit --partner` does not."
        ),
    ] = None,
) -> None:
    """Write a ledger as JSON Lines, with all evidence, for a partner or a third party.

    What bulletins say stays out: the chain and the signatures prove which they were.
    """
    from commonwatch.node.ledger_export import export_lines, find_ledger

    found = find_ledger(ledger)
    if reasons := _own_reasons(found):
        raise CheckFailed(tuple(reasons))  # what was altered is not handed on as evidence
    for line in export_lines(found, partner):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


@app.command()
def audit(
    folder: Annotated[Path, typer.Argument(help="A node's folder.")],
    *,
    out: Annotated[Path, typer.Option(help="The folder to write into; it must hold nothing.")],
    reader: Annotated[
        str | None,
        typer.Option("--as", help="Include the items that this person of the register may read."),
    ] = None,
    partner: Annotated[
        str | None,
        typer.Option(help="Only what concerns this partner, for its inspectors: of no other."),
    ] = None,
) -> None:
    """Write a signed, read-only export of the ledger, for a third party to verify offline.

    Items stay out of it, or come as far as the person of --as may read them; then the export is
    recorded first, as a copy for which that person answers.
    """
    from commonwatch.cli.item_time import moment
    from commonwatch.node.accounts import opened_for_accounts
    from commonwatch.node.audit import write_audit, write_partner_audit
    from commonwatch.node.held_register import held_custody

    if partner is not None:
        if reader is not None:
            raise UnusableInput("--partner: an audit for a partner holds no items; leave out --as")
        with opened_for_accounts(folder) as node:
            write_partner_audit(node, out, partner, moment(None))
        print(f"{out}: what concerns {partner}; verify with")
        print(f"  commonwatch ledger verify {out} --keys KEYS")
        return
    with opened_for_accounts(folder) as node:
        asked = None if reader is None else (reader, held_custody(node))
        items = write_audit(node, folder, out, asked, moment(None))
        records = node.journal.store.head.size
    products = Counter(item.product_named for item in items)
    told = "".join(f", {count} of them {name}" for name, count in sorted(products.items()))
    print(f"{out}: {records} records, {len(items)} items included{told}; verify with")
    print(f"  commonwatch ledger verify {out} --keys KEYS")


def _verify_partner_audit(found: PartnerAudit, *, as_json: bool) -> None:
    from commonwatch.cli.output import print_check

    head, reasons = found.head, found.reasons()
    answer = {
        "kind": "ledger-verify",
        "nation": head.nation,
        "partner": head.partner,
        "mode": head.mode,
        "records": head.size,
        "holds": not reasons,
        "reasons": reasons,
    }
    holds = (
        f"{head.nation} ({head.mode}) to {head.partner}: {head.size} records that concern it, "
        f"unbroken to the signed head {head.last_hash.hex()[:16]}"
    )
    print_check(answer, reasons, (holds,), as_json=as_json)


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
