"""Who may say what of an item after its release, and whether an answer answers anything."""

from __future__ import annotations

from collections.abc import Callable

from commonwatch.label import Label
from commonwatch.limits import ORDER_CLOCK_TOLERANCE_S
from commonwatch.release.bulletin import bulletin_id
from commonwatch.share.item_message import (
    Acknowledgement,
    CompromiseNotice,
    DestructionCertificate,
    DestructionOrder,
    ItemMessage,
    Relabel,
)


def parties_of(item: str) -> tuple[str, str] | None:
    """Originator and recipient of an item, from its id; None where it is no bulletin's id."""
    parts = item.split("-")
    if len(parts) != 3 or not (parts[2].isascii() and parts[2].isdigit()):
        return None
    originator, recipient, sequence = parts[0], parts[1], int(parts[2][:20])
    if sequence < 1 or item != bulletin_id(originator, recipient, sequence):
        return None
    return originator, recipient


def sequence_of(item: str) -> int:
    """The number of a bulletin in its direction, from an id that `parties_of` knows."""
    return int(item.rpartition("-")[2])


def reason_against_item_message(
    message: ItemMessage,
    *,
    given: Callable[[bytes], ItemMessage | None],
    mode_word: str,
    now_s: float,
) -> str | None:
    """Why what `message.by` says to `message.to` does not hold, or None.

    `given` finds by its digest what `message.to` said to `message.by`: an answer must answer it.
    Only the originator relabels, recalls and orders a destruction; only a holder tells of a loss.
    """
    if message.head.mode != mode_word:
        return f"of mode {message.head.mode[:8]}"
    if message.head.at_s > now_s + ORDER_CLOCK_TOLERANCE_S:
        return f"dated {message.head.at_s - now_s:.1f} s ahead of this node's time"
    if isinstance(message, Acknowledgement):
        answered = given(message.answers)
        return "answers nothing that was said" if answered is None else None
    if (
        isinstance(message, DestructionCertificate)
        and any(message.answers)
        and not isinstance(given(message.answers), DestructionOrder)
    ):
        return "answers no order to destroy that was given"
    holder = isinstance(message, DestructionCertificate | CompromiseNotice)
    expected = (message.to, message.by) if holder else (message.by, message.to)
    for item in message.items:
        against = _not_theirs(item, expected)
        if against is not None:
            return against
    return _label_against(message) if isinstance(message, Relabel) else None


def _not_theirs(item: str, expected: tuple[str, str]) -> str | None:
    parties = parties_of(item)
    if parties is None:
        return f"`{item[:40]}` is no item: an item is named as in KOR-JPN-17"
    if parties[0] != expected[0]:
        return f"{item} is {parties[0]}'s: {expected[0]} is not its originator"
    if parties != expected:
        return f"{item} was released to {parties[1]}, not to {expected[1]}"
    return None


def _label_against(message: Relabel) -> str | None:
    label: Label = message.label
    # What is passed on is marked under the hub's policy, and none of it is the hub's own.
    whose = {message.by, *(one.originator for one in message.original_markings)}
    if label.policy != message.by or not whose & set(label.originators):
        return f"a label that is not {message.by}'s own"
    return None
