"""The register of persons that a node holds: in its ledger, whole, with who gave it.

A reading asks the register that the node held at that moment. Who wants to read cannot bring one.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.limits import CUSTODY_FILE_BYTES_MAX
from commonwatch.node.durable import read_bounded
from commonwatch.node.node import Node
from commonwatch.node.reading import Custody
from commonwatch.release.custody import Register
from commonwatch.release.custody_file import parse_register
from commonwatch.share.item_records import HeldRegister


def read_register(file: Path) -> Register:
    """The register of persons in a TOML file, whatever nation's it is."""
    return parse_register(read_bounded(file, CUSTODY_FILE_BYTES_MAX), str(file))


def hold_register(node: Node, file: Path, by: str, now_s: float) -> Custody:
    """Put a register in the place of the one before; it is durable when this returns.

    UnusableInput where it is none, or another nation's; LedgerUnavailable where it cannot be
    recorded.
    """
    text = read_bounded(file, CUSTODY_FILE_BYTES_MAX)
    custody = _custody(text, str(file), node.setup.nation)
    body = msgspec.msgpack.encode(HeldRegister(by, text))
    node.reading.hold(custody.digest, body, now_s)
    return custody


def held_custody(node: Node) -> Custody:
    """The register that this node holds; UnusableInput where it holds none."""
    custody = find_held(node)
    if custody is None:
        raise UnusableInput(
            "this node holds no register of persons, so nobody may read here; "
            "`commonwatch item hold FOLDER FILE --by NAME` gives it one"
        )
    return custody


def find_held(node: Node) -> Custody | None:
    """As held_custody; None where it holds none."""
    found = [one for one in node.journal.store.read().records() if one.kind == "register"]
    if not found:
        return None
    told = msgspec.msgpack.decode(found[-1].body, type=HeldRegister)
    return _custody(told.text, f"record {found[-1].sequence}", node.setup.nation)


def _custody(text: str, source: str, nation: str) -> Custody:
    register = parse_register(text, source)
    if register.nation != nation:
        raise UnusableInput(f"{source}: the register of {register.nation}, not of {nation}")
    return Custody(register, sha256(text.encode()).digest())
