"""Who may pass on what of a nation's data to whom: consents are written, signed, shown, revoked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.cli.item_options import few_words
from commonwatch.cli.item_time import moment
from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from commonwatch.node.node import Node
    from commonwatch.release.consent import Consent
    from commonwatch.share.consent_message import ConsentAccount

EXAMPLES = (
    "commonwatch consent write --by JPN --holder USA --to KOR --field launch_point "
    "--field expected_impact --under KOR-USA --until 2030-01-01T00:00:00Z > consent.json",
    "commonwatch consent write --by JPN --holder USA --to KOR --item JPN-USA-7 "
    "--under KOR-USA --until 2030-01-01T00:00:00Z",
    "commonwatch consent list docs/examples/ledger/JPN.jsonl",
    "commonwatch consent list docs/examples/ledger/JPN.jsonl --json",
)

app = typer.Typer(no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="A node's folder.")]
LedgerPlace = Annotated[
    Path, typer.Argument(help="A node's folder, or a file that `ledger export` wrote.")
]
Name = Annotated[str, typer.Argument(help="The id of a consent.")]
Out = Annotated[Path, typer.Option(help="The folder for the envelopes to partners.")]
At = Annotated[str | None, typer.Option(help="The time as UTC; now where none is given.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def write(
    *,
    by: Annotated[str, typer.Option(help="Whose data it is: who is to sign (alpha-3 code).")],
    holder: Annotated[str, typer.Option(help="Who holds it and may pass it on.")],
    to: Annotated[str, typer.Option(help="To whom; write one consent for each.")],
    field: Annotated[
        list[str] | None, typer.Option(help="A class of fields, as path; may be repeated.")
    ] = None,
    item: Annotated[
        list[str] | None, typer.Option(help="One bulletin, as JPN-USA-7; may be repeated.")
    ] = None,
    under: Annotated[
        str | None,
        typer.Option(help="The agreement of holder and recipient whose purpose it is given for."),
    ] = None,
    desk: Annotated[
        Path | None, typer.Option(help="A desk or node's folder that has that agreement.")
    ] = None,
    purpose: Annotated[
        str | None, typer.Option(help="The purpose itself, in that agreement's own words.")
    ] = None,
    until: Annotated[str, typer.Option(help="When it ends (UTC).")],
    start: Annotated[
        str | None, typer.Option("--from", help="When it begins (UTC); now where not given.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--id", help="Its id; a withdrawn one is never used again.")
    ] = None,
    mode: Annotated[str, typer.Option(help="LIVE, EXERCISE or TEST.")] = "EXERCISE",
) -> None:
    """Write a consent to be read and signed; print it (JSON). Nothing has effect by it."""
    import msgspec

    from commonwatch.identity import nation
    from commonwatch.release.consent import Consent
    from commonwatch.release.known_consents import fault_of

    granted_s, expires_s = moment(start), _moment(until, "--until")
    words = (str(nation(by)), str(nation(holder)), str(nation(to)))
    fields = tuple(field or ())
    _require_fields(fields)
    try:
        consent = Consent(
            id=name or f"{'-'.join(words)}-{granted_s:.0f}",
            by=words[0],
            holder=words[1],
            recipients=(words[2],),
            purpose=_purpose(purpose, under, desk, words[1:]),
            mode=mode.upper(),
            granted_s=granted_s,
            expires_s=expires_s,
            items=tuple(item or ()),
            fields=fields,
        )
    except ValueError as error:
        raise UnusableInput(str(error)) from error
    fault = fault_of(consent, granted_s)
    if fault is not None:
        raise UnusableInput(f"consent: {fault}")
    _require_items(consent)
    text = msgspec.json.format(msgspec.json.encode(consent), indent=1)
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()


@app.command()
def sign(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="What `consent write` wrote.")],
    *,
    out: Out,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Sign a consent with the node's key, record it, and tell its holder."""
    from commonwatch.node.accounts import opened_for_accounts

    consent, now_s = read_consent(file), moment(at)
    with opened_for_accounts(folder, out, acts_s=now_s) as node:
        node.consents.give(consent, now_s)
        _tell(node, consent.id, now_s, as_json=as_json)


@app.command("list")
def list_consents(
    ledger: LedgerPlace,
    *,
    holder: Annotated[str | None, typer.Option(help="Only for this holder.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """List the consents that a node knows: given by its nation, and given to it."""
    from commonwatch.cli.consent_answer import line_of, table_of
    from commonwatch.cli.output import print_json

    account, now_s = _account(ledger), moment(at)
    found = [
        signed
        for _name, signed in sorted(account.known.given.items())
        if holder in {None, signed.consent.holder}
    ]
    if as_json:
        tables = [table_of(account, signed, now_s) for signed in found]
        print_json({"kind": "consents", "consents": tables})
        return
    for signed in found:
        print(line_of(account, signed.consent, now_s))
    print(f"{len(found)} consents")


@app.command()
def show(ledger: LedgerPlace, name: Name, *, at: At = None, as_json: AsJson = False) -> None:
    """Show a consent whole: its purpose and term, whether it was withdrawn, who acknowledged it."""
    _print_named(_account(ledger), name, moment(at), ledger, as_json=as_json)


@app.command()
def revoke(
    folder: Folder,
    name: Name,
    *,
    why: Annotated[
        str,
        typer.Option(
            callback=few_words, help="The reason, in few words that hold nothing protected."
        ),
    ],
    out: Out,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw a consent of this nation for good, and tell its holder: it covers nothing more."""
    from commonwatch.node.accounts import opened_for_accounts

    now_s = moment(at)
    with opened_for_accounts(folder, out, acts_s=now_s) as node:
        node.consents.revoke(name, why, now_s)
        _tell(node, name, now_s, as_json=as_json)


@app.command()
def take(
    folder: Folder,
    envelopes: Annotated[
        Path, typer.Argument(help="An envelope, or a folder of them: those to this node.")
    ],
    *,
    out: Out,
    at: At = None,
) -> None:
    """Take consents and withdrawals that partners sent, answer them, hand them on."""
    from commonwatch.cli.consent_answer import line_of
    from commonwatch.node.accounts import opened_for_accounts

    now_s = moment(at)
    with opened_for_accounts(folder, out, envelopes, acts_s=now_s) as node:
        before, recorded = node.consents.account, node.journal.store.head.size
        node.obey(now_s)
        node.commit(now_s)
        after = node.consents.account
        for digest, message in after.messages.items():
            if digest not in before.messages:
                name = _name_of(message)
                known = after.known.given.get(name)
                print(
                    f"withdrawn: {name[1]} of {name[0]}, not given here yet"
                    if known is None
                    else line_of(after, known.consent, now_s)
                )
        receipts = sum(
            receipt is not None and before.said.get(key) is None
            for key, receipt in after.said.items()
        )
        refused = _refusals_after(recorded, node)
        for line in refused:
            print(line)
        taken = len(after.messages) - len(before.messages)
        print(f"{taken} taken, {len(refused)} refused, {receipts} receipts")


@app.command()
def remind(folder: Folder, *, out: Out, at: At = None) -> None:
    """Say again what no receipt answers yet."""
    from commonwatch.node.accounts import opened_for_accounts

    now_s = moment(at)
    with opened_for_accounts(folder, out, acts_s=now_s) as node:
        print(f"{node.consents.remind(now_s)} said again")


def _account(ledger: Path) -> ConsentAccount:
    from commonwatch.node.ledger_export import find_ledger
    from commonwatch.share.consent_history import consents_in

    return consents_in(find_ledger(ledger).ledger().records)


def _tell(node: Node, name: str, now_s: float, *, as_json: bool) -> None:
    _print_named(node.consents.account, name, now_s, Path(), as_json=as_json)


def _print_named(
    account: ConsentAccount, name: str, now_s: float, place: Path, *, as_json: bool
) -> None:
    from commonwatch.cli.consent_answer import lines_of, table_of
    from commonwatch.cli.output import print_json

    found = account.known.named(name)
    if not found:
        known = ", ".join(sorted(one for _by, one in account.known.given)[:20]) or "none"
        raise UnusableInput(f"{place}: no consent `{name[:40]}` is known there; there are {known}")
    if as_json:
        print_json({"kind": "consents", "consents": [table_of(account, s, now_s) for s in found]})
        return
    for signed in found:
        print("\n".join(lines_of(account, signed, now_s)))


def _name_of(message: object) -> tuple[str, str]:
    from commonwatch.release.consent import SignedConsent
    from commonwatch.release.withdrawal import SignedWithdrawal

    if isinstance(message, SignedConsent):
        return message.consent.by, message.consent.id
    assert isinstance(message, SignedWithdrawal)
    return message.withdrawal.by, message.withdrawal.id


def _refusals_after(recorded: int, node: Node) -> list[str]:
    import msgspec

    from commonwatch.share.ledger import Refusal

    return [
        f"{record.counterparty or 'an envelope'}: refused: {record.subject[:40]}: "
        f"{msgspec.msgpack.decode(record.body, type=Refusal).why}"
        for record in tuple(node.journal.store.read().records())[recorded:]
        if record.kind in {"refused", "consent-refused"}
    ]


def read_consent(file: Path) -> Consent:
    """The consent in a file; UnusableInput where it holds none."""
    from commonwatch.limits import CONSENT_FILE_BYTES_MAX
    from commonwatch.node.durable import read_bounded
    from commonwatch.release.consent import Consent
    from commonwatch.untrusted_json import decode_json

    raw = read_bounded(file, CONSENT_FILE_BYTES_MAX)
    right = "`commonwatch consent write` writes one"
    return decode_json(raw, Consent, f"{file}: not a consent", right)


def _moment(text: str, option: str) -> float:
    from commonwatch.utc import parse_utc

    try:
        return parse_utc(text)
    except ValueError as error:
        raise UnusableInput(f"{option}: {error}") from error


def _purpose(
    purpose: str | None, under: str | None, desk: Path | None, pair: tuple[str, ...]
) -> str:
    """The purpose that is consented to: that of the agreement of holder and recipient."""
    from commonwatch.node.accounts import agreements_held
    from commonwatch.node.agreements import worked_examples

    if (purpose is None) == (under is None):
        raise UnusableInput(
            "consent: say what for, with --under ID of the agreement of holder and recipient, "
            "or with --purpose in its own words"
        )
    if purpose is not None:
        return purpose
    held = (
        worked_examples()
        if desk is None
        else tuple(item.terms for item in agreements_held(desk).agreements)
    )
    found = [terms for terms in held if terms.id == under]
    if not found:
        known = ", ".join(sorted({terms.id for terms in held})) or "none"
        raise UnusableInput(f"--under {under}: no such agreement; there are {known}")
    terms = max(found, key=lambda one: one.revision)
    holder, recipient = pair
    if not terms.binds(holder, recipient):
        raise UnusableInput(
            f"--under {under}: its parties are {', '.join(terms.parties)}, and it binds not "
            f"{holder} and {recipient}; name an agreement of holder and recipient"
        )
    if not terms.purpose:
        raise UnusableInput(f"--under {under}: it states no purpose, so nothing is consented to")
    return terms.purpose


def _require_fields(fields: tuple[str, ...]) -> None:
    from commonwatch.label import path_covers
    from commonwatch.release.fields import FIELD_PATHS

    for name in fields:
        if not any(path_covers(name, path) for path in FIELD_PATHS):
            raise UnusableInput(
                f"--field {name[:40]}: unknown; fields are path, {', '.join(FIELD_PATHS)}"
            )


def _require_items(consent: Consent) -> None:
    from commonwatch.share.item_rules import parties_of

    for name in consent.items:
        if parties_of(name) is None:
            raise UnusableInput(f"--item {name[:40]}: an item is named as in JPN-USA-7")
