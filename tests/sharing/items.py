"""What tests of items after release share: what a node holds, what it is told past a desk."""

from __future__ import annotations

import msgspec

from commonwatch.fuse.picture import picture
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.release.candidate import contribution_from
from commonwatch.share.envelope import envelope_digest, seal
from commonwatch.share.item_message import Acknowledgement, Heading
from commonwatch.share.ledger import Refusal
from commonwatch.share.message import Bundle
from tests.sharing.builders import (
    KEYS,
    T0_S,
    World,
    kinds,
    open_node,
)


def ids(made: World, code: str) -> set[str]:
    return {item.bulletin.id for item in made.nodes[code].held()}


def picture_of(made: World, code: str, now_s: float) -> bytes:
    told = [
        one
        for item in made.nodes[code].held()
        if (one := contribution_from(item.bulletin)) is not None
    ]
    return msgspec.json.encode(picture(code, told, now_s))


def restart(made: World, code: str) -> None:
    made.nodes[code].journal.store.close()
    made.nodes[code] = open_node(made.folder, code, made.bus)


def answers(made: World, code: str) -> list[Acknowledgement]:
    return list(made.nodes[code].items.book.acknowledged.values())


def said_by(made: World, sender: str, recipient: str, *messages: object) -> None:
    """An envelope validly signed by `sender`, put on the bus past its own desk."""
    way = made.nodes[sender].releasing._way(recipient)
    way.bundles += 1
    bundle = Bundle(
        mode="EXERCISE", sender=sender, recipient=recipient, lane="control",
        sequence=way.bundles, previous=way.previous, sent_s=T0_S, messages=messages,
    )  # fmt: skip
    raw = seal(bundle, KEYS[nation(sender)].private, EXERCISE)
    way.previous = envelope_digest(raw)
    made.bus.send(sender, recipient, "control", raw)


def heading(by: str, to: str, sequence: int = 1) -> Heading:
    return Heading(by, to, sequence, T0_S, "EXERCISE")


def refusals(made: World, code: str, kind: str = "item-refused") -> list[str]:
    return [msgspec.msgpack.decode(item.body, type=Refusal).why for item in kinds(made, code, kind)]
