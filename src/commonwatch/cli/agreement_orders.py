"""A nation's signed orders on its agreements, and what its desk and a partner's exchange."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from commonwatch.node.agreement_desk import AgreementDesk, Imported
    from commonwatch.release.order import OrderKind

Agreement = Annotated[str, typer.Argument(help="Its id, as in KOR-JPN.")]
Desk = Annotated[
    Path, typer.Option(help="The folder with your key, your agreements and all signed orders.")
]
Whose = Annotated[
    str | None,
    typer.Option("--as", help="Whose desk it is; needed once, when it is made (alpha-3 code)."),
]
Revision = Annotated[
    int | None,
    typer.Option(
        help="Which one; where none is given, the one that holds, or to restore the newest that "
        "waits for you."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DESK = Path("desk")


def sign(
    agreement: Agreement,
    *,
    desk: Desk = DESK,
    revision: Annotated[
        int | None, typer.Option(help="Which one; the last where none is given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign an agreement's text; it is in force, and replaces the one before, when all have."""
    from commonwatch.release.order import OrderKind

    _give(agreement, OrderKind.SIGN, desk, revision, as_json=as_json)


def suspend(
    agreement: Agreement,
    *,
    desk: Desk = DESK,
    revision: Revision = None,
    as_json: AsJson = False,
) -> None:
    """Suspend an agreement, alone and at once: nothing is released, the floor included."""
    from commonwatch.release.order import OrderKind

    _give(agreement, OrderKind.SUSPEND, desk, revision, as_json=as_json)


def restore(
    agreement: Agreement,
    *,
    desk: Desk = DESK,
    revision: Revision = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on telling of what is in the air already; holds where every party says so.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Agree to restore a suspended agreement; it takes effect when every party has."""
    from commonwatch.release.order import OrderKind

    kind = OrderKind.RESTORE_AND_RESUME if resume else OrderKind.RESTORE
    _give(agreement, kind, desk, revision, as_json=as_json)


def give_notice(agreement: Agreement, *, desk: Desk = DESK, as_json: AsJson = False) -> None:
    """Give notice to end an agreement; it goes on until the term of notice has run out."""
    from commonwatch.release.order import OrderKind

    _give(agreement, OrderKind.GIVE_NOTICE, desk, None, as_json=as_json)


def suspend_notice(agreement: Agreement, *, desk: Desk = DESK, as_json: AsJson = False) -> None:
    """Suspend your own notice: its term no longer runs, and it is not taken back."""
    from commonwatch.release.order import OrderKind

    _give(agreement, OrderKind.SUSPEND_NOTICE, desk, None, as_json=as_json)


def withdraw_notice(agreement: Agreement, *, desk: Desk = DESK, as_json: AsJson = False) -> None:
    """Take your own notice back: the agreement is in force as before."""
    from commonwatch.release.order import OrderKind

    _give(agreement, OrderKind.WITHDRAW_NOTICE, desk, None, as_json=as_json)


def end(
    agreement: Agreement,
    *,
    desk: Desk = DESK,
    revision: Revision = None,
    as_json: AsJson = False,
) -> None:
    """Agree to end an agreement now, without notice; it ends when every party has."""
    from commonwatch.release.order import OrderKind

    _give(agreement, OrderKind.END, desk, revision, as_json=as_json)


def export(
    *,
    partner: Annotated[str, typer.Option("--to", help="The partner; it learns of no other.")],
    desk: Desk = DESK,
) -> None:
    """Write what a partner's desk imports: your public key, documents and signed orders (JSON)."""
    import msgspec

    from commonwatch.node.agreement_desk import AgreementDesk

    told = AgreementDesk(desk).exchange_for(partner)
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


def drop_key(
    partner: Annotated[str, typer.Argument(help="Whose key (alpha-3 code).")],
    *,
    desk: Desk = DESK,
    as_json: AsJson = False,
) -> None:
    """Trust a partner's key no more: nothing new of it is imported until it is trusted anew."""
    from commonwatch.cli.output import print_json
    from commonwatch.node.agreement_desk import AgreementDesk

    key = AgreementDesk(desk).drop_key(partner)
    if as_json:
        print_json({"kind": "dropped-key", "partner": partner, "key": key.key_id})
        return
    print(f"the key {key.key_id} of {partner} is trusted no more; suspend what it should not get")


def import_(
    file: Annotated[Path, typer.Argument(help="What the partner's `agreement export` wrote.")],
    *,
    desk: Desk = DESK,
    whose: Whose = None,
    trust: Annotated[
        str | None,
        typer.Option(help="Take this nation's key as its own: you compared it another way."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a partner's documents and signed orders; what is refused is told, with status 2."""
    from commonwatch.cli.agreement_answer import order_words, print_standing, standing_answer
    from commonwatch.cli.output import print_json
    from commonwatch.node.agreement_desk import opened_desk
    from commonwatch.node.desk_files import read_exchange

    now_s = time.time()
    told = read_exchange(file)
    with opened_desk(desk, whose) as opened:
        taken = opened.take(told, trust, now_s)
    standing = opened.standing()
    touched = sorted(
        {item.id for item in taken.documents} | {item.order.agreement for item in taken.orders}
    )
    answers = [
        standing_answer(standing.current(name), standing.agreements, now_s) for name in touched
    ]
    if as_json:
        print_json(
            {
                "kind": "agreement-import",
                "sender": taken.sender,
                "key": told.key.key_id,
                "newly_trusted": taken.trusted,
                "documents": [f"{item.id} revision {item.revision}" for item in taken.documents],
                "orders": [order_words(item) for item in taken.orders],
                "rules": taken.rules,
                "refused": taken.refused,
                "withdrawn": taken.withdrawn,
                "ahead": taken.ahead,
                "standing": answers,
            }
        )
        _require_all_taken(taken)
        return
    if taken.trusted:
        print(f"{opened.nation} trusts the key {told.key.key_id} of {taken.sender} from now on")
    for item in taken.documents:
        print(f"new: {item.id} revision {item.revision}, {item.title}")
    for order in taken.orders:
        print(f"new: {order_words(order)}")
    for line in (*taken.ahead, *taken.rules):
        print(line)
    for answer in answers:
        print_standing(answer, standing.void)
    for gone in taken.withdrawn:
        print(
            f"{gone.by} withdrew its draft {gone.agreement} revision {gone.revision}: to take it "
            f"off too: commonwatch agreement withdraw-draft {gone.agreement} "
            f"--revision {gone.revision} --desk {desk}"
        )
    if not touched and not taken.rules and not taken.withdrawn:
        print("nothing new in it")
    _require_all_taken(taken)


def _require_all_taken(taken: Imported) -> None:
    """UnusableInput (status 2) where documents were refused; all else is on the desk by now."""
    if taken.refused:
        raise UnusableInput(
            f"export of {taken.sender}: taken but for what is refused: {'; '.join(taken.refused)}"
        )


def withdraw_draft(
    agreement: Agreement,
    *,
    revision: Annotated[int, typer.Option(help="Which one; the last of the agreement.")],
    desk: Desk = DESK,
    as_json: AsJson = False,
) -> None:
    """Take back a draft that no partner has signed, for good; it is recorded and told.

    Where this nation has signed it, a signed order takes the signature back. A partner's that
    crosses it brings the revision into force suspended: nothing goes until all restore or end it.
    """
    from commonwatch.cli.output import print_json
    from commonwatch.node.agreement_desk import AgreementDesk
    from commonwatch.utc import format_utc

    opened, now_s = AgreementDesk(desk), time.time()
    if opened.has_signed(agreement, revision):
        opened.withdraw_signature(agreement, revision, now_s)
        _print_given(opened, agreement, as_json=as_json)
        return
    gone = opened.withdraw_draft(agreement, revision, now_s)
    if as_json:
        print_json({"kind": "withdrawn-draft", "withdrawn": gone})
        return
    print(
        f"{gone.by} withdrew its draft {agreement} revision {revision} ({format_utc(gone.at_s)}); "
        f"text: SHA-256 {gone.document}"
    )
    for party in gone.parties:
        if party != gone.by:
            print(f"tell {party}: commonwatch agreement export --desk {desk} --to {party} > FILE")


def _give(
    agreement: str, kind: OrderKind, desk: Path, revision: int | None, *, as_json: bool
) -> None:
    from commonwatch.node.agreement_desk import AgreementDesk

    opened = AgreementDesk(desk)
    opened.give(agreement, kind, time.time(), revision)
    _print_given(opened, agreement, as_json=as_json)


def _print_given(opened: AgreementDesk, agreement: str, *, as_json: bool) -> None:
    from commonwatch.cli.agreement_answer import order_words, print_standing, standing_answer
    from commonwatch.cli.output import print_json
    from commonwatch.release.bearing import is_suspended
    from commonwatch.release.order_log import words_behind

    order, desk = opened.book.orders[-1], opened.folder
    standing = opened.standing()
    given = next(
        item
        for item in standing.revisions(agreement)
        if item.terms.revision == order.order.revision
    )
    told = standing_answer(given, standing.agreements, order.order.at_s)
    if as_json:
        print_json({"kind": "agreement-order", "order": order.order, "standing": told})
        return
    print(order_words(order))
    behind = words_behind(opened.book.orders[:-1], order.order)
    if behind:
        print(f"  {behind}")
    print_standing(told, standing.void)
    for item in standing.revisions(agreement):
        if item is not given and is_suspended(item):
            waits = standing_answer(item, standing.agreements, order.order.at_s).waits_for
            print(f"revision {item.terms.revision} is suspended too: waits for {', '.join(waits)}")
    for party in given.terms.parties:
        if party != opened.nation:
            print(f"tell {party}: commonwatch agreement export --desk {desk} --to {party} > FILE")
