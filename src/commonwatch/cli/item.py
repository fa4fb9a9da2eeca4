"""What was released, afterwards: where it is, who may read it, take it back, have it destroyed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commonwatch.cli.item_options import (
    AsJson,
    AsOf,
    AsPerson,
    Folder,
    Ledger,
    few_words,
    opened,
)
from commonwatch.cli.item_orders import (
    copy_destroyed,
    destroy,
    notice,
    recall,
    relabel,
    remind,
    take,
)
from commonwatch.cli.item_time import moment, moment_asked
from commonwatch.errors import UnusableInput

EXAMPLES = (
    "commonwatch item list docs/examples/ledger/KOR.jsonl",
    "commonwatch item list docs/examples/ledger/KOR.jsonl --item KOR-JPN-1",
    "commonwatch item list docs/examples/ledger/JPN.jsonl --json",
    "commonwatch item open docs/examples/ledger/KOR.jsonl",
    "commonwatch replay NK20170528-01 --keep given --json",
    'commonwatch item recall given/KOR KOR-JPN-1 --why "wrong object" --out post',
    'commonwatch item relabel given/KOR KOR-JPN-2 --level 군사II급비밀 --why "upgraded" --out post',
    "commonwatch item open given/KOR",
    "commonwatch item take given/JPN post --out post",
    "commonwatch item remind given/KOR --out post",
    "commonwatch item take given/KOR post --out post",
    "commonwatch item hold given/JPN docs/examples/readers.toml --by tanaka",
    "commonwatch item read given/JPN KOR-JPN-2 --as sato --for watch",
    "commonwatch item register docs/examples/readers.toml",
    "commonwatch item register docs/examples/readers.toml --at 2100-01-01T00:00:00Z",
    'commonwatch item copy given/JPN KOR-JPN-2 --as sato --form "paper, room 4"',
    "commonwatch item copy-destroyed given/JPN copy-874c864f0107a479 --as sato --out post",
    'commonwatch item notice given/JPN --person sato --what "badge missing" --out post',
    "commonwatch item due given/JPN",
    'commonwatch item destroy given/KOR KOR-JPN-2 --why "no longer needed" --out post',
)

app = typer.Typer(no_args_is_help=True)
for command in (recall, relabel, destroy, take, remind, notice):
    app.command()(command)
app.command("copy-destroyed")(copy_destroyed)


@app.command("list")
def list_items(
    ledger: Ledger,
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


@app.command("open")
def list_open(ledger: Ledger, *, at: AsOf = None, as_json: AsJson = False) -> None:
    """List what partners have not answered: bulletins without a receipt, orders not followed."""
    from commonwatch.cli.item_answer import lines_of_open, table_of_open
    from commonwatch.cli.output import print_json
    from commonwatch.node.ledger_export import find_ledger

    unreceipted, duties = find_ledger(ledger).unanswered()
    if as_json:
        print_json(table_of_open(unreceipted, duties, moment_asked(at)))
        return
    for line in lines_of_open(unreceipted, duties, moment_asked(at)):
        print(line)


@app.command()
def read(
    folder: Folder,
    item: Annotated[str, typer.Argument(help="An item, named as in KOR-JPN-17.")],
    *,
    reader: AsPerson,
    purpose: Annotated[str, typer.Option("--for", help="What it is read for.")],
    as_json: AsJson = False,
) -> None:
    """Show an item (JSON) to a person who is cleared, authorised and needs to know.

    Now, and by the register that the node holds: whoever reads chooses neither. The reading, or
    that it was refused, is in the ledger before anything is shown. Status 3, with each reason a
    line, where it is refused.
    """
    from commonwatch.cli.output import print_json
    from commonwatch.node.held_register import held_custody

    del as_json  # an item is shown as it came: there is no other form
    now_s = moment(None)
    with opened(folder, None, now_s) as node:
        custody = held_custody(node)
        shown = node.reading.read(item, reader, purpose, custody, now_s)
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


@app.command("copy")
def make_copy(
    folder: Folder,
    items: Annotated[list[str], typer.Argument(help="Items, or copies of items.")],
    *,
    reader: AsPerson,
    form: Annotated[str, typer.Option(callback=few_words, help="What it is and where it lies.")],
    as_json: AsJson = False,
) -> None:
    """Record a copy or a translation before a person makes it, who may read all that is in it."""
    from commonwatch.cli.output import print_json
    from commonwatch.node.copying import copy_for
    from commonwatch.node.held_register import held_custody

    now_s = moment(None)
    with opened(folder, None, now_s) as node:
        name = copy_for(node, items, form, (reader, held_custody(node)), now_s)
    if as_json:
        print_json({"kind": "item-copy", "copy": name, "parents": items, "holder": reader})
    else:
        print(f"{name}: {form}, {reader} answers for it")


@app.command()
def register(
    file: Annotated[Path, typer.Argument(help="A register of persons (TOML).")],
    *,
    at: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show who at a facility is cleared, authorised and needs to know of what."""
    from commonwatch.cli.item_answer import lines_of_register, table_of_register
    from commonwatch.cli.output import print_json
    from commonwatch.node.held_register import read_register

    held = read_register(file)
    if as_json:
        print_json(table_of_register(held, moment_asked(at)))
        return
    for line in lines_of_register(held, moment_asked(at)):
        print(line)


@app.command()
def hold(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="A register of persons (TOML).")],
    *,
    by: Annotated[str, typer.Option(callback=few_words, help="Who gives it to the node.")],
    as_json: AsJson = False,
) -> None:
    """Give a node the register of persons by which it lets items be read, from now on.

    It lies whole in the ledger, with who gave it: an inspection sees by what was read when.
    """
    from commonwatch.cli.output import print_json
    from commonwatch.node.held_register import hold_register

    now_s = moment(None)
    with opened(folder, None, now_s) as node:
        custody = hold_register(node, file, by, now_s)
    persons, digest = len(custody.register.persons), custody.digest.hex()
    if as_json:
        print_json({"kind": "item-register-held", "persons": persons, "sha256": digest})
    else:
        print(f"{folder}: holds the register {digest[:16]}, persons: {persons}, given by {by}")


@app.command()
def due(
    folder: Folder,
    *,
    at: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """List received items whose time of retention is up: to return or to destroy.

    The time is the soonest that the agreement or the register that the node holds says.
    """
    from commonwatch.cli.output import print_json
    from commonwatch.node.accounts import accounts_of
    from commonwatch.node.held_register import find_held
    from commonwatch.release.custody import keep_s_of
    from commonwatch.share.inventory import items_due

    with opened(folder, None, None) as node:
        held = find_held(node)
        own = None if held is None else held.register
        keep_s = keep_s_of(own, [item.terms for item in node.agreements])
        accounts = items_due(accounts_of(node), keep_s, moment_asked(at))
    if as_json:
        told = [{"item": one.item, "agreement": one.agreement} for one in accounts]
        print_json({"kind": "items-due", "due": told})
        return
    for account in accounts:
        print(f"{account.item}  received under {account.agreement}")
    print(f"{len(accounts)} due")
