"""What was released, afterwards: where it is, who may read it, take it back, have it destroyed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.cli.item_options import days, few_words
from commonwatch.cli.item_time import moment, moment_asked, not_ahead
from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from commonwatch.node.node import Node
    from commonwatch.share.inventory import ItemAccount
    from commonwatch.share.item_message import ItemMessage

    _OpenNode = AbstractContextManager[Node]

EXAMPLES = (
    "commonwatch item list docs/examples/ledger/KOR.jsonl",
    "commonwatch item list docs/examples/ledger/KOR.jsonl --item KOR-JPN-1",
    "commonwatch item list docs/examples/ledger/JPN.jsonl --json",
)

app = typer.Typer(no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="A node's folder.")]
Items = Annotated[list[str], typer.Argument(help="Items, named as in KOR-JPN-17.")]
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
RegisterFile = Annotated[Path, typer.Option(help="The register of persons (TOML).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("list")
def list_items(
    ledger: Annotated[Path, typer.Argument(help="A node's folder, or a file that export wrote.")],
    *,
    item: Annotated[str | None, typer.Option(help="Only this item.")] = None,
    at: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Tell of each item where it is, who saw it, and what is still owed for it."""
    from commonwatch.cli.item_answer import lines_of, table_of
    from commonwatch.cli.output import print_json
    from commonwatch.node.ledger_export import find_ledger

    accounts = find_ledger(ledger).accounts()
    chosen = [account for account in accounts if item in {None, account.item}]
    if not chosen:
        raise UnusableInput(f"{ledger}: holds no item `{item}`" if item else f"{ledger}: no items")
    if as_json:
        print_json({"kind": "items", "items": [table_of(one, moment_asked(at)) for one in chosen]})
        return
    for account in chosen:
        print("\n".join(lines_of(account, moment_asked(at), whole=item is not None)))


@app.command()
def recall(folder: Folder, items: Items, *, why: Why, out: Out, at: At = None) -> None:
    """Take own items back from whomever they were released to."""
    with _opened(folder, out) as node:
        _tell(node.items.recall(items, why, moment(at)))


@app.command()
def relabel(
    folder: Folder,
    items: Items,
    *,
    level: Annotated[str, typer.Option(help="The new marking, one of the own nation's.")],
    why: Why,
    out: Out,
    at: At = None,
) -> None:
    """Mark own items anew, wherever they are."""
    from commonwatch.node.remarking import relabelled_to

    with _opened(folder, out) as node:
        _tell(relabelled_to(node, items, level, why, moment(at)))


@app.command()
def destroy(
    folder: Folder,
    items: Items,
    *,
    why: Why,
    out: Out,
    within_days: Annotated[
        float, typer.Option(callback=days, help="The time that partners have for it.")
    ] = 30.0,
    at: At = None,
) -> None:
    """Have own items destroyed at partners; destroy received ones here, and certify it."""
    now_s = moment(at)
    with _opened(folder, out) as node:
        own = [item for item in items if item.startswith(f"{node.setup.nation}-")]
        received = [item for item in items if item not in own]
        if own:
            due_s = now_s + within_days * 86_400.0
            _tell(node.items.order_destruction(own, why, due_s, now_s))
        if received:
            _tell(node.items.destroy_received(received, why, now_s))


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
    """Follow what partners say of items, and answer them."""
    with _opened(folder, out, envelopes) as node:
        before, recorded = node.items.book.heard, node.journal.store.head.size
        node.obey(moment(at))
        node.commit(moment(at))
        after = node.items.book.heard
        for digest in [one for one in after if one not in before]:
            print(_said(after[digest]))
        refused = _refusals_after(recorded, node)
        for line in refused:
            print(line)
        print(f"{len(after) - len(before)} followed or noted, {len(refused)} refused")


@app.command()
def remind(folder: Folder, *, out: Out, at: At = None) -> None:
    """Say again what no partner has acknowledged yet."""
    with _opened(folder, out) as node:
        print(f"{node.items.remind(moment(at))} said again")


@app.command()
def read(
    folder: Folder,
    item: Annotated[str, typer.Argument(help="An item, named as in KOR-JPN-17.")],
    *,
    reader: AsPerson,
    register: RegisterFile,
    purpose: Annotated[str, typer.Option("--for", help="What it is read for.")],
    at: At = None,
) -> None:
    """Show an item to a person who is cleared, authorised and needs to know.

    The reading, or that it was refused, is in the ledger before anything is shown. Status 3, with
    each reason a line, where it is refused.
    """
    from commonwatch.cli.output import print_json
    from commonwatch.node.accounts import read_custody

    with _opened(folder, None) as node:
        custody = read_custody(register, node.setup.nation)
        shown = node.reading.read(item, reader, purpose, custody, moment(at))
    print_json(
        {
            "kind": "item",
            "marking": shown.marking.label,
            "equivalent_level": shown.marking.levels.equivalent(
                shown.marking.label, custody.register.nation
            ),
            "bulletin": shown.bulletin,
        }
    )


@app.command("copy-destroyed")
def copy_destroyed(
    folder: Folder,
    copy: Annotated[str, typer.Argument(help="A copy, as `item list --item` names it.")],
    *,
    reader: AsPerson,
    out: Out,
    at: At = None,
) -> None:
    """Certify that a copy outside the node exists no longer."""
    with _opened(folder, out) as node:
        _tell(node.items.copy_destroyed(copy, reader, moment(at)))
        print(f"{copy}: destroyed, as {reader} certifies")


@app.command()
def notice(
    folder: Folder,
    *,
    copy: Annotated[list[str] | None, typer.Option(help="Copies that are lost.")] = None,
    person: Annotated[
        list[str] | None, typer.Option(help="Persons through whom it may have happened.")
    ] = None,
    store: Annotated[bool, typer.Option("--store", help="All that the node holds.")] = False,
    what: Annotated[str, typer.Option(callback=few_words, help="What happened, in few words.")],
    lost: Annotated[bool, typer.Option("--lost", help="Lost, not compromised.")] = False,
    certain: Annotated[bool, typer.Option("--certain", help="It did happen.")] = False,
    report_within_days: Annotated[
        float, typer.Option(callback=days, help="Until the inquiry's report.")
    ] = 7.0,
    out: Out,
    at: At = None,
) -> None:
    """Tell each originator at once of a loss or compromise, or of its possibility."""
    from commonwatch.node.items import Loss
    from commonwatch.share.inventory import affected_items

    now_s = moment(at)
    with _opened(folder, out) as node:
        items = affected_items(
            _inventory(node), copies=copy or (), persons=person or (), store=store
        )
        if not items:
            raise UnusableInput("notice: no received item is affected, by what the ledger says")
        loss = Loss(
            lost=lost,
            certain=certain,
            what=what,
            discovered_s=now_s,
            report_due_s=now_s + report_within_days * 86_400.0,
        )
        _tell(node.items.give_notice_of(loss, items, now_s))


@app.command()
def due(
    folder: Folder,
    *,
    register: Annotated[
        Path | None, typer.Option(help="The register, where it keeps items for a shorter time.")
    ] = None,
    at: AsOf = None,
) -> None:
    """List received items whose time of retention is up: to return or to destroy.

    The time is the soonest that the agreement or the register says.
    """
    from commonwatch.node.accounts import read_custody
    from commonwatch.release.custody import keep_s_of
    from commonwatch.share.inventory import items_due

    with _opened(folder, None) as node:
        own = None if register is None else read_custody(register, node.setup.nation).register
        keep_s = keep_s_of(own, [item.terms for item in node.agreements])
        accounts = items_due(_inventory(node), keep_s, moment_asked(at))
    for account in accounts:
        print(f"{account.item}  received under {account.agreement}")
    print(f"{len(accounts)} due")


def _inventory(node: Node) -> tuple[ItemAccount, ...]:
    from commonwatch.share.inventory import inventory
    from commonwatch.share.reconcile import Ledger

    found = node.journal.store.read()
    return inventory(Ledger(node.setup.nation, tuple(found.records()), found.bodies))


def _opened(folder: Path, out: Path | None, brought: Path | None = None) -> _OpenNode:
    from commonwatch.node.accounts import opened_for_accounts

    return opened_for_accounts(folder, out, brought)


def _tell(said: Sequence[ItemMessage]) -> None:
    for message in said:
        print(_said(message))


def _refusals_after(recorded: int, node: Node) -> list[str]:
    """What was refused since the ledger had so many records: whose, what, and why."""
    import msgspec

    from commonwatch.share.ledger import Refusal

    return [
        f"{record.counterparty or 'an envelope'}: refused: {record.subject[:40]}: "
        f"{msgspec.msgpack.decode(record.body, type=Refusal).why}"
        for record in tuple(node.journal.store.read().records())[recorded:]
        if record.kind in {"refused", "item-refused"}
    ]


def _said(message: ItemMessage) -> str:
    from commonwatch.share.item_message import Acknowledgement

    kind = str(message.__struct_config__.tag)
    if isinstance(message, Acknowledgement):
        what = f"{message.outcome}{': ' + message.why if message.why else ''}"
    else:
        what = ", ".join(message.items)
    return f"{message.by} to {message.to}: {kind}: {what}"
