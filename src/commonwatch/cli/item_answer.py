"""How an item's account is told: to people in lines, to programs as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatch.utc import format_utc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatch.share.inventory import ItemAccount


def lines_of(account: ItemAccount, now_s: float, *, whole: bool) -> Iterator[str]:
    """One line, and with `whole` one for each copy, reading, order and open duty."""
    way = f"sent to {account.recipient}" if account.sent else f"received from {account.originator}"
    parts = [way, format_utc(account.at_s)]
    if account.receipt:
        parts.append(f"receipt: {account.receipt}")
    if account.label is not None:
        parts.append(account.label.level)
    if account.recalled_s is not None:
        parts.append("recalled")
    parts += [account.destroyed] if account.destroyed else []
    parts += [f"{len(account.duties)} open"] if account.duties else []
    yield f"{account.item}: " + ", ".join(parts)
    if not whole:
        return
    yield "  its bytes are here" if account.here else "  its bytes are not here"
    for copy in account.copies:
        gone = "" if copy.destroyed_by is None else f", destroyed, as {copy.destroyed_by} certified"
        yield f"  {copy.copy}: {copy.form}, {copy.holder} answers for it{gone}"
    for name in account.derived:
        yield f"  went into {name}"
    for reading in account.readings:
        word = "read by" if reading.allowed else "refused to"
        yield f"  {word} {reading.person} {format_utc(reading.at_s)}: {reading.purpose}"
    for at_s in account.relabelled_s:
        yield f"  relabelled {format_utc(at_s)}"
    for duty in account.duties:
        age_days = duty.age_s(now_s) / 86_400.0
        yield f"  open for {age_days:.1f} days: {duty.wants} of {duty.message.to}"


def table_of(account: ItemAccount, now_s: float) -> dict[str, object]:
    """The account as JSON holds it."""
    return {
        "item": account.item,
        "originator": account.originator,
        "recipient": account.recipient,
        "sent": account.sent,
        "at": format_utc(account.at_s),
        "sha256": account.digest.hex(),
        "here": account.here,
        "agreement": account.agreement,
        "label": account.label,
        "receipt": account.receipt,
        "copies": account.copies,
        "derived": account.derived,
        "readings": account.readings,
        "recalled": None if account.recalled_s is None else format_utc(account.recalled_s),
        "relabelled": [format_utc(at_s) for at_s in account.relabelled_s],
        "destroyed": account.destroyed,
        "open": [
            {"wants": duty.wants, "of": duty.message.to, "age_s": duty.age_s(now_s)}
            for duty in account.duties
        ],
    }
