"""A node opened from its folder for its accounts alone: it has no sensors and releases nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from commonwatch.errors import UnusableInput
from commonwatch.label import Label
from commonwatch.limits import CUSTODY_FILE_BYTES_MAX
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.node.agreements import known_terms
from commonwatch.node.folder import read_keys
from commonwatch.node.ledger_store import LEDGER_FILE, LedgerStore
from commonwatch.node.node import Node, NodeSetup
from commonwatch.node.post import PostFolder, envelopes_in
from commonwatch.node.reading import Custody
from commonwatch.release.agreement_book import Standing
from commonwatch.release.custody import Register
from commonwatch.release.custody_file import parse_register
from commonwatch.share.inventory import ItemAccount, inventory
from commonwatch.share.reconcile import Ledger


@contextmanager
def opened_for_accounts(
    folder: Path, out: Path | None = None, brought: Path | None = None
) -> Iterator[Node]:
    """The node of a folder: it says into files in `out`, and hears what is in `brought`."""
    keys = read_keys(folder)
    if not (folder / LEDGER_FILE).is_file():
        raise UnusableInput(f"{folder / LEDGER_FILE}: no such ledger; give a node's folder")
    store = LedgerStore(folder, keys.nation, keys.mode, keys.private)
    try:
        known = frozenset(
            record.subject for record in store.read().records() if record.kind == "control-in"
        )
        heard = () if brought is None else envelopes_in(brought, keys.nation, known)
        terms = known_terms(folder, keys.nation, keys.public)
        setup = NodeSetup(keys, {}, Label(keys.nation, "", (keys.nation,)))
        yield Node(setup, terms, store, PostFolder(out, heard))
    finally:
        store.close()


def agreements_held(folder: Path) -> Standing:
    """How the agreements stand of a node's folder, by its ledger, or of a desk's, by its orders."""
    if not (folder / LEDGER_FILE).is_file():
        return AgreementDesk(folder).standing()
    with opened_for_accounts(folder) as node:
        return Standing(node.agreements)


def read_custody(file: Path, nation: str) -> Custody:
    """The register of persons in a TOML file of this nation; UnusableInput where it is not."""
    raw = _read_file(file)
    register = _register_in(raw, file)
    if register.nation != nation:
        raise UnusableInput(f"{file}: the register of {register.nation}, not of {nation}")
    return Custody(register, sha256(raw).digest())


def read_register(file: Path) -> Register:
    """The register of persons in a TOML file, whatever nation's it is."""
    return _register_in(_read_file(file), file)


def _read_file(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(CUSTODY_FILE_BYTES_MAX + 1)


def _register_in(raw: bytes, file: Path) -> Register:
    try:
        return parse_register(raw.decode(), str(file))
    except UnicodeDecodeError as error:
        raise UnusableInput(f"{file}: not UTF-8: {error}") from error


def accounts_of(node: Node) -> tuple[ItemAccount, ...]:
    """Where each item is, by this node's own ledger as it is on disk now."""
    found = node.journal.store.read()
    return inventory(Ledger(node.setup.nation, tuple(found.records()), found.bodies))
