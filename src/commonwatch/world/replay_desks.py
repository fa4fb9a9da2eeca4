"""The agreement desks that a replay's nodes take their documents, orders and keys from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from commonwatch.errors import UnusableInput
from commonwatch.identity import Nation
from commonwatch.limits import REPLAY_NODES_MAX
from commonwatch.mode import EXERCISE
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.node.desk_files import write_documents
from commonwatch.node.folder import IDENTITY_FILE
from commonwatch.node.node import Node


def desks_in(folder: Path, nations: Sequence[Nation]) -> dict[Nation, AgreementDesk]:
    """The desks in the folders of `folder`, by nation: those of `nations`.

    UnusableInput where there is none, or two of one nation, or one of another mode.
    """
    if not folder.is_dir():
        raise UnusableInput(f"--agreements {folder}: no such folder")
    places = sorted(path.parent for path in folder.glob(f"*/{IDENTITY_FILE}"))
    if len(places) > REPLAY_NODES_MAX:
        raise UnusableInput(f"--agreements {folder}: more than {REPLAY_NODES_MAX} desks")
    found: dict[Nation, AgreementDesk] = {}
    for place in places:
        desk = AgreementDesk(place)
        if desk.keys.mode != EXERCISE:
            raise UnusableInput(f"{place}: a desk of mode {desk.keys.mode.word}; replays exercise")
        if desk.nation in found:
            raise UnusableInput(f"--agreements {folder}: two desks of {desk.nation}")
        found[desk.nation] = desk
    wanted = {code: desk for code, desk in found.items() if code in nations}
    if not wanted:
        raise UnusableInput(
            f"--agreements {folder}: no desk is in it of {', '.join(nations)}; "
            "name the folder that holds their desks, each a folder that `agreement` made"
        )
    return wanted


def take_up(desk: AgreementDesk, node: Node, folder: Path, now_s: float) -> None:
    """Keep the desk's documents with the node's ledger, and obey the orders that it holds."""
    write_documents(folder, desk.texts)
    node.load_orders(desk.book.orders, now_s, of_their_time=True)
