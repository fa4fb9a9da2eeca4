"""What a nation says of items after release, and does about what partners say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.cli.item_options import (
    AsJson,
    AsPerson,
    At,
    Brought,
    Folder,
    Items,
    Out,
    Why,
    days,
    few_words,
    opened,
)
from commonwatch.cli.item_time import moment
from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonwatch.node.node import Node
    from commonwatch.share.item_message import ItemMessage


def recall(
    folder: Folder, items: Items, *, why: Why, out: Out, at: At = None, as_json: AsJson = False
) -> None:
    """Take own items back from whomever they were released to."""
    now_s = moment(at)
    with opened(folder, out, now_s) as node:
        said = node.items.recall(items, why, now_s)
    _tell(said, as_json=as_json)


def relabel(
    folder: Folder,
    items: Items,
    *,
    level: Annotated[str, typer.Option(help="The new marking, one of the own nation's.")],
    why: Why,
    out: Out,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Mark own items anew, wherever they are; the level must be one that their agreement knows."""
    from commonwatch.node.remarking import relabelled_to

    now_s = moment(at)
    with opened(folder, out, now_s) as node:
        said = relabelled_to(node, items, level, why, now_s)
    _tell(said, as_json=as_json)


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
    as_json: AsJson = False,
) -> None:
    """Have own items destroyed at partners; destroy received ones here, and certify it."""
    now_s = moment(at)
    said: tuple[ItemMessage, ...] = ()
    with opened(folder, out, now_s) as node:
        own = [item for item in items if item.startswith(f"{node.setup.nation}-")]
        received = [item for item in items if item not in own]
        if own:
            due_s = now_s + within_days * 86_400.0
            said += node.items.order_destruction(own, why, due_s, now_s)
        if received:
            said += node.items.destroy_received(received, why, now_s)
    _tell(said, as_json=as_json)


def take(
    folder: Folder, envelopes: Brought, *, out: Out, at: At = None, as_json: AsJson = False
) -> None:
    """Follow what partners say of items, and answer them."""
    from commonwatch.cli.output import print_json

    now_s = moment(at)
    with opened(folder, out, now_s, envelopes) as node:
        before, recorded = node.items.book.heard, node.journal.store.head.size
        node.obey(now_s)
        node.commit(now_s)
        heard = [one for digest, one in node.items.book.heard.items() if digest not in before]
        refused = list(_refusals_after(recorded, node))
    heard.sort(key=lambda one: (one.head.at_s, one.by, one.head.sequence))
    if as_json:
        print_json({"kind": "item-take", "heard": heard, "refused": refused})
        return
    for line in (*map(_said, heard), *refused):
        print(line)
    print(f"{len(heard)} followed or noted, {len(refused)} refused")


def remind(folder: Folder, *, out: Out, at: At = None, as_json: AsJson = False) -> None:
    """Say again what no partner has acknowledged yet."""
    from commonwatch.cli.output import print_json

    now_s = moment(at)
    with opened(folder, out, now_s) as node:
        count = node.items.remind(now_s)
    if as_json:
        print_json({"kind": "item-remind", "said_again": count})
    else:
        print(f"{count} said again")


def copy_destroyed(
    folder: Folder,
    copy: Annotated[str, typer.Argument(help="A copy, as `item list --item` names it.")],
    *,
    reader: AsPerson,
    out: Out,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Certify that a copy outside the node exists no longer."""
    now_s = moment(at)
    with opened(folder, out, now_s) as node:
        said = node.items.copy_destroyed(copy, reader, now_s)
    _tell(said, as_json=as_json)
    if not as_json:
        print(f"{copy}: destroyed, as {reader} certifies")


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
    as_json: AsJson = False,
) -> None:
    """Tell each originator at once of a loss or compromise, or of its possibility."""
    from commonwatch.node.accounts import accounts_of
    from commonwatch.node.items import Loss
    from commonwatch.share.inventory import affected_items

    now_s = moment(at)
    with opened(folder, out, now_s) as node:
        items = affected_items(
            accounts_of(node), copies=copy or (), persons=person or (), store=store
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
        said = node.items.give_notice_of(loss, items, now_s)
    _tell(said, as_json=as_json)


def _tell(said: Sequence[ItemMessage], *, as_json: bool) -> None:
    from commonwatch.cli.output import print_json

    if as_json:
        print_json({"kind": "item-said", "said": said})
        return
    for message in said:
        print(_said(message))


def _refusals_after(recorded: int, node: Node) -> Iterator[str]:
    """What was refused since the ledger had so many records: whose, what, and why."""
    import msgspec

    from commonwatch.share.ledger import Refusal

    for record in tuple(node.journal.store.read().records())[recorded:]:
        if record.kind in {"refused", "item-refused"}:
            why = msgspec.msgpack.decode(record.body, type=Refusal).why
            whose = record.counterparty or "an envelope"
            yield f"{whose}: refused: {record.subject[:40]}: {why}"


def _said(message: ItemMessage) -> str:
    from commonwatch.share.item_message import Acknowledgement, tag_of

    if isinstance(message, Acknowledgement):
        what = f"{message.outcome}{': ' + message.why if message.why else ''}"
    else:
        what = ", ".join(message.items)
    return f"{message.by} to {message.to}: {tag_of(message)}: {what}"
