"""How an item's account is told: to people in lines, to programs as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatch.share.item_message import items_of, tag_of
from commonwatch.utc import format_utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonwatch.release.custody import Need, Register
    from commonwatch.share.inventory import ItemAccount
    from commonwatch.share.item_book import Duty
    from commonwatch.share.unanswered import Unanswered


def lines_of(account: ItemAccount, now_s: float, *, whole: bool) -> Iterator[str]:
    """One line, and with `whole` one for each copy, reading, order and open duty."""
    way = f"sent to {account.recipient}" if account.sent else f"received from {account.originator}"
    parts = [way, format_utc(account.at_s)]
    if account.product is not None:
        parts.append(account.product)
    if account.receipt:
        parts.append(f"receipt: {account.receipt}")
    if account.label is not None:
        parts.append(account.label.level)
    parts += [f"{one.level} as {one.originator} marked it" for one in account.originals]
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
        yield f"  {_line_of_duty(duty, now_s)}"


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
        "product": account.product,
        "label": account.label,
        "originals": account.originals,
        "receipt": account.receipt,
        "copies": account.copies,
        "derived": account.derived,
        "readings": account.readings,
        "recalled": None if account.recalled_s is None else format_utc(account.recalled_s),
        "relabelled": [format_utc(at_s) for at_s in account.relabelled_s],
        "destroyed": account.destroyed,
        "open": [_table_of_duty(duty, now_s) for duty in account.duties],
    }


def lines_of_open(
    unreceipted: Sequence[Unanswered], duties: Sequence[Duty], now_s: float
) -> Iterator[str]:
    """A line for each bulletin without a receipt, and for each order that was not followed."""
    for one in unreceipted:
        why = f": {one.why}" if one.why else ""
        yield f"{one.item}: {_days(now_s - one.sent_s)} without a receipt of {one.recipient}{why}"
    for duty in duties:
        items = ", ".join(items_of(duty.message))
        yield f"{tag_of(duty.message)} {items}: {_line_of_duty(duty, now_s)}"
    yield f"{len(unreceipted)} not receipted, {len(duties)} not followed"


def table_of_open(
    unreceipted: Sequence[Unanswered], duties: Sequence[Duty], now_s: float
) -> dict[str, object]:
    """The same as JSON holds it."""
    return {
        "kind": "items-open",
        "unreceipted": [
            {
                "item": one.item,
                "recipient": one.recipient,
                "sent": format_utc(one.sent_s),
                "sha256": one.digest.hex(),
                "why": one.why,
                "age_s": now_s - one.sent_s,
            }
            for one in unreceipted
        ],
        "orders": [
            {"order": tag_of(duty.message), "items": items_of(duty.message)}
            | _table_of_duty(duty, now_s)
            for duty in duties
        ],
    }


def lines_of_register(register: Register, now_s: float) -> Iterator[str]:
    """A line for each person: cleared to what, authorised until when, for which needs."""
    yield f"{register.nation}: {register.facility or 'a facility that the register does not name'}"
    for person in register.persons:
        word = "authorised" if person.authorised_at(now_s) else "NOT authorised now"
        term = f"{format_utc(person.authorised_from_s)} to {format_utc(person.authorised_until_s)}"
        needs = "; ".join(map(_need, person.needs)) or "nothing, and so may read nothing"
        yield f"{person.id}: cleared to {person.clearance}, {word} ({term}), needs {needs}"


def table_of_register(register: Register, now_s: float) -> dict[str, object]:
    """The same as JSON holds it."""
    return {
        "kind": "register",
        "nation": register.nation,
        "facility": register.facility,
        "persons": [
            {
                "id": person.id,
                "clearance": person.clearance,
                "role": person.role,
                "authorised_from": format_utc(person.authorised_from_s),
                "authorised_until": format_utc(person.authorised_until_s),
                "authorised_now": person.authorised_at(now_s),
                "needs": person.needs,
            }
            for person in register.persons
        ],
    }


def _need(need: Need) -> str:
    what = f"{need.agreement}: {need.product or 'every product'}"
    return f"{what}, {', '.join(need.incidents)}" if need.incidents else what


def _line_of_duty(duty: Duty, now_s: float) -> str:
    why = f", which {duty.why}" if duty.why else ""
    return f"open for {_days(duty.age_s(now_s))}: {duty.wants}, by {duty.message.to}{why}"


def _table_of_duty(duty: Duty, now_s: float) -> dict[str, object]:
    return {
        "wants": duty.wants,
        "of": duty.message.to,
        "why": duty.why,
        "age_s": duty.age_s(now_s),
    }


def _days(time_s: float) -> str:
    return f"{time_s / 86_400.0:.1f} days"
