"""Release officers: their keys, the policy that names them, and what two of them approve."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.cli.agreement_orders import DESK, AsJson, Desk
from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from commonwatch.release.order import OrderKind

OFFICERS = "officers"
CONSENT = "consent"


def officer_key(
    officer: Annotated[str, typer.Argument(help="The officer's id.")],
    *,
    out: Annotated[Path, typer.Option(help="The file for the key; only its owner may read it.")],
) -> None:
    """Make a key for one officer, and print the lines that name that officer in a policy (TOML)."""
    from commonwatch.node.keys import new_key, write_key

    key = new_key()
    write_key(out, key)
    print(f'[[officer]]\nid = "{officer}"\npublic_key = "{key.public.raw.hex()}"')


def officers(
    file: Annotated[
        Path | None, typer.Argument(help="The policy to set (TOML); shown where none is given.")
    ] = None,
    *,
    desk: Desk = DESK,
    as_json: AsJson = False,
) -> None:
    """Name the officers of a desk or a node's folder, and what two of them approve; or show them.

    A policy that is there already is replaced only after two of its officers approved the new one:
    `agreement approve officers`.
    """
    from commonwatch.cli.output import print_json
    from commonwatch.limits import OFFICERS_FILE_BYTES_MAX
    from commonwatch.node.accounts import keys_held
    from commonwatch.node.desk_officers import install_officers, read_officers
    from commonwatch.node.durable import read_bounded

    keys = keys_held(desk)
    if file is not None:
        text = read_bounded(file, OFFICERS_FILE_BYTES_MAX)
        install_officers(desk, keys, text, str(file), time.time())
    policy = read_officers(desk)
    names = [] if policy is None else [one.id for one in policy.officers]
    kinds = [] if policy is None else sorted(policy.two_for)
    if as_json:
        print_json({"kind": "officers", "officers": names, "two_for": kinds})
    elif policy is None:
        print(f"{desk}: no officers are named; one person's word is enough")
    else:
        print(f"{policy.nation}: {', '.join(names)}; two of them to {', '.join(kinds)}")


def approve(
    kind: Annotated[
        str,
        typer.Argument(help="sign, restore, end, ...; `consent`; `officers` for another policy."),
    ],
    what: Annotated[
        str, typer.Argument(help="The agreement's id; the file of the policy or the consent.")
    ],
    *,
    officer: Annotated[str, typer.Option(help="Your id in the policy.")],
    key: Annotated[Path, typer.Option(help="Your own key, as `officer-key` wrote it.")],
    revision: Annotated[
        int | None, typer.Option(help="Of the agreement; the last where none is given.")
    ] = None,
    desk: Desk = DESK,
    as_json: AsJson = False,
) -> None:
    """Approve, as one officer, the nation's next order of a kind; good for it alone, for a day."""
    from commonwatch.cli.consent import read_consent
    from commonwatch.cli.output import print_json
    from commonwatch.limits import OFFICERS_FILE_BYTES_MAX
    from commonwatch.node.accounts import keys_held, next_order_held
    from commonwatch.node.desk_officers import approve_consent, approve_officers, approve_order
    from commonwatch.node.durable import read_bounded
    from commonwatch.node.keys import read_key

    keys, now_s = keys_held(desk), time.time()
    own = read_key(key)
    if kind == OFFICERS:
        text = read_bounded(Path(what), OFFICERS_FILE_BYTES_MAX)
        told = approve_officers(desk, text, keys.mode.word, (officer, own), now_s)
    elif kind == CONSENT:
        told = approve_consent(desk, read_consent(Path(what)), officer, own, now_s)
    else:
        order = next_order_held(desk, what, _kind(kind), now_s, revision)
        told = approve_order(desk, order, officer, own, now_s)
    if as_json:
        print_json({"kind": "approval", "approval": told})
    else:
        print(f"{officer} approves: {told.kind} {what}, for a day")


def _kind(word: str) -> OrderKind:
    from commonwatch.release.order import OrderKind

    try:
        return OrderKind(word.replace("-", " "))
    except ValueError as error:
        known = ", ".join(kind.replace(" ", "-") for kind in OrderKind)
        raise UnusableInput(
            f"approve {word}: write one of {known}, {CONSENT}, or {OFFICERS}"
        ) from error
