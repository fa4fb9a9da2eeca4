"""The files of an agreement desk: documents, the log of signed orders, what partners exchange."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.foreign_text import printable
from commonwatch.identity import PublicKey
from commonwatch.limits import (
    AGREEMENT_FILE_BYTES_MAX,
    BOOK_DOCUMENTS_MAX,
    BOOK_ORDERS_MAX,
    EXCHANGE_FILE_BYTES_MAX,
    IDENTITY_FILE_BYTES_MAX,
)
from commonwatch.node.durable import read_bounded, replace_file, write_new
from commonwatch.release.order import SignedOrder
from commonwatch.release.rules_revision import RulesRevision
from commonwatch.untrusted_json import decode_json

DOCUMENTS_FOLDER = "agreements"
ORDERS_FILE = "orders.jsonl"
RULES_FILE = "rules.json"
DROPPED_FILE = "dropped-keys.json"


class DocumentText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text of one document, and the name of its file."""

    name: str
    text: str


class WithdrawnDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A draft that `by` took off its desk at `at_s` (POSIX seconds); `document` is its SHA-256."""

    agreement: str
    revision: int
    document: str
    parties: tuple[str, ...]
    by: str
    at_s: float


class Exchange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one desk gives to a partner: its public key (hexadecimal), documents, signed orders.

    `rules` are those that its nation decides by, of a desk that says so. `withdrawn` are drafts
    that it took back.
    """

    kind: str
    nation: str
    mode: str
    public_key: str
    documents: tuple[DocumentText, ...]
    orders: tuple[SignedOrder, ...]
    rules: RulesRevision | None = None
    withdrawn: tuple[WithdrawnDraft, ...] = ()

    @property
    def key(self) -> PublicKey:
        """The public key; UnusableInput where it is none."""
        try:
            return PublicKey(bytes.fromhex(self.public_key))
        except ValueError as error:
            raise UnusableInput(f"public key of {self.nation}: {error}") from error


EXCHANGE_KIND = "agreement-exchange"


def document_name(agreement_id: str, revision: int) -> str:
    """The file of one revision; UnusableInput where the id cannot be the name of a file."""
    if not agreement_id.replace("-", "").replace("_", "").isalnum() or not agreement_id.isascii():
        raise UnusableInput(
            f"agreement id `{agreement_id[:64]}`: write letters, digits, `-` and `_`, as in KOR-JPN"
        )
    return f"{agreement_id}.{revision}.toml"


def read_documents(desk: Path) -> tuple[DocumentText, ...]:
    """The documents of a desk, by name; none where the folder is not there yet."""
    paths = sorted((desk / DOCUMENTS_FOLDER).glob("*.toml"))
    if len(paths) > BOOK_DOCUMENTS_MAX:
        raise UnusableInput(f"{desk}: more than {BOOK_DOCUMENTS_MAX} documents")
    return tuple(
        DocumentText(path.name, read_bounded(path, AGREEMENT_FILE_BYTES_MAX)) for path in paths
    )


def write_documents(folder: Path, texts: Sequence[tuple[str, str]]) -> None:
    """Lay documents, each by the name of its file, into a folder that has none of these yet."""
    where = folder / DOCUMENTS_FOLDER
    where.mkdir(exist_ok=True)
    for name, text in texts:
        write_new(where / name, text)


def read_rules(desk: Path) -> dict[str, RulesRevision]:
    """What partners said last of the rules that they decide by, by nation."""
    path = desk / RULES_FILE
    if not path.exists():
        return {}
    told = read_bounded(path, EXCHANGE_FILE_BYTES_MAX)
    wrong = f"{path}: not what partners said of their rules"
    return decode_json(told, dict[str, RulesRevision], wrong, "remove it, partners say it again")


def write_rules(desk: Path, rules: dict[str, RulesRevision]) -> None:
    """Remember what partners said of their rules."""
    replace_file(desk / RULES_FILE, msgspec.json.encode(dict(sorted(rules.items()))) + b"\n")


def append_orders(desk: Path, orders: tuple[SignedOrder, ...]) -> None:
    """Add orders to the log, to the disk, before anything is told of them."""
    lines = b"".join(msgspec.json.encode(order) + b"\n" for order in orders)
    with (desk / ORDERS_FILE).open("ab") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def read_dropped(desk: Path) -> dict[str, str]:
    """Partners whose keys are no longer trusted here, with the id of the key that was dropped."""
    path = desk / DROPPED_FILE
    if not path.exists():
        return {}
    text = read_bounded(path, IDENTITY_FILE_BYTES_MAX)
    return decode_json(text, dict[str, str], f"{path}: not a list of dropped keys")


def write_dropped(desk: Path, dropped: dict[str, str]) -> None:
    """Put these in the place of what was dropped before, to the disk."""
    replace_file(desk / DROPPED_FILE, msgspec.json.encode(dropped) + b"\n")


def read_orders(desk: Path) -> tuple[SignedOrder, ...]:
    """The log of orders as they were taken; UnusableInput names the line that is none."""
    path = desk / ORDERS_FILE
    if not path.exists():
        return ()
    lines = read_bounded(path, EXCHANGE_FILE_BYTES_MAX).splitlines(keepends=True)
    if len(lines) > BOOK_ORDERS_MAX:
        raise UnusableInput(f"{path}: more than {BOOK_ORDERS_MAX} orders")
    orders = []
    for number, line in enumerate(lines, 1):
        if not line.endswith("\n"):
            raise UnusableInput(
                f"{path}, line {number}: cut off while it was written, so the order was not taken; "
                "remove the line and give the order again"
            )
        where = f"{path}, line {number}: not a signed order"
        orders.append(decode_json(line, SignedOrder, where))
    return tuple(orders)


def read_exchange(path: Path) -> Exchange:
    """What a partner's desk exported; UnusableInput where the file is none."""
    told = decode_json(
        read_bounded(path, EXCHANGE_FILE_BYTES_MAX),
        Exchange,
        f"{path}: not an export of agreements",
        "`commonwatch agreement export` writes one",
    )
    if told.kind != EXCHANGE_KIND:
        raise UnusableInput(f"{path}: kind `{printable(told.kind, 40)}`, not `{EXCHANGE_KIND}`")
    return told
