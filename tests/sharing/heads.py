"""Nodes that show each other heads, and heads that are not of the ledger they tell of."""

from __future__ import annotations

from commonwatch.cli import app
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.folder import IDENTITY_FILE, write_folder
from commonwatch.node.ledger_export import find_ledger
from commonwatch.share.ledger import (
    Record,
)
from commonwatch.share.merkle import Tree
from commonwatch.share.shown_head import (
    recorded_head,
    sealed_head,
)
from tests.sharing.builders import (
    KEYS,
    T0_S,
    World,
    kinds,
)

KOR = KEYS[nation("KOR")]


def run_for(made: World, seconds: int, first_s: float = T0_S) -> float:
    """Beats each second, heads when they are due; the time after the last."""
    for second in range(seconds):
        now_s = first_s + second
        made.beat(now_s)
        for node in made.nodes.values():
            node.show_head(now_s)
    made.settle(first_s + seconds)
    return first_s + seconds


def forged_head(number: int, text: bytes = b"another story", now_s: float = T0_S) -> bytes:
    """A head that KOR's key validly signs, of a ledger that is not the one it keeps."""
    tree = Tree().with_leaves([text.ljust(32)[:32]])
    return sealed_head(tree, "KOR", number, now_s, KOR.private, EXERCISE).envelope


def heads_of(made: World, code: str, of: str) -> list[int]:
    return [
        recorded_head(record.body).number
        for record in kinds(made, code, "head-in")
        if record.counterparty == of
    ]


def find_ledger_of(made: World, code: str):
    folder = made.folder / code
    if not (folder / IDENTITY_FILE).exists():
        write_folder(folder, KEYS[nation(code)])
    return find_ledger(folder)


def is_of_kor(record: Record) -> bool:
    return (record.kind, record.counterparty) == ("head-in", "KOR")


def call(capfd, *arguments: object) -> tuple[int, str, str]:
    status = app.run([str(one) for one in arguments])
    told = capfd.readouterr()
    return status, told.out, told.err
