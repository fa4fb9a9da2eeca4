"""Rules that the schema cannot hold, on the message as a whole: CAP 1.2, section 3.2.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatch.marking.reason import shown
from commonwatch.warn.cap_reason import child, children, error, text_of, warning
from commonwatch.warn.cap_times import parse_cap_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from commonwatch.warn.cap_reason import CapReason

NEED_REFERENCES = ("Update", "Cancel", "Ack", "Error")
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"


def names_are_plain(alert: etree._Element) -> Iterator[CapReason]:
    """Identifier and sender, of which references are made, have no space, comma, < or &."""
    for name in ("identifier", "sender"):
        found = child(alert, name)
        if found is None:
            continue
        clause = f"CAP 1.2, 3.2.1 {name}"
        text = "".join(found.itertext())
        if not text:
            yield error(found, clause, "is empty; must be given")
        elif any(letter in ",<&" or letter.isspace() for letter in text):
            yield error(found, clause, f"{shown(text)} must have no space, comma, < or &")


def references_are_given(alert: etree._Element) -> Iterator[CapReason]:
    """Update, Cancel, Ack and Error say which messages they are about."""
    kind = text_of(child(alert, "msgType"))
    if kind in NEED_REFERENCES and not text_of(child(alert, "references")):
        where = child(alert, "msgType")
        clause = "CAP 1.2, 3.2.1 msgType and references"
        yield error(where if where is not None else alert, clause, f"{kind} must have references")


def references_are_triples(alert: etree._Element) -> Iterator[CapReason]:
    """Each reference is `sender,identifier,sent`, of a message that is earlier and not this one."""
    found = child(alert, "references")
    if found is None:
        return
    clause = "CAP 1.2, 3.2.1 references"
    own = (text_of(child(alert, "sender")), text_of(child(alert, "identifier")))
    own_sent = parse_cap_time(text_of(child(alert, "sent")))
    for reference in text_of(found).split():
        parts = reference.split(",")
        sent = parse_cap_time(parts[-1])
        if len(parts) != 3 or not all(parts) or sent is None:
            yield error(found, clause, f"{shown(reference)} is not sender,identifier,sent")
        elif (parts[0], parts[1]) == own:
            yield error(found, clause, f"{shown(reference)} is this message itself")
        elif own_sent is not None and sent > own_sent:
            yield error(found, clause, f"{shown(reference)} was sent after this message")


def scope_has_its_companion(alert: etree._Element) -> Iterator[CapReason]:
    """Restricted says to whom; Private has addresses; neither stands elsewhere."""
    scope = text_of(child(alert, "scope"))
    for wanted, name in (("Restricted", "restriction"), ("Private", "addresses")):
        found = child(alert, name)
        clause = f"CAP 1.2, 3.2.1 {name}"
        if scope == wanted and not text_of(found):
            yield error(alert, clause, f"scope {wanted} must have {name}")
    found = child(alert, "restriction")
    if found is not None and scope in {"Public", "Private"}:
        yield warning(found, "CAP 1.2, 3.2.1 restriction", f"is for scope Restricted, not {scope}")


def note_explains(alert: etree._Element) -> Iterator[CapReason]:
    """An exercise is named, and an error explained, in the note."""
    if text_of(child(alert, "note")):
        return
    if text_of(child(alert, "status")) == "Exercise":
        yield warning(alert, "CAP 1.2, 3.2.1 status", "an Exercise should say which in note")
    if text_of(child(alert, "msgType")) == "Error":
        yield warning(alert, "CAP 1.2, 3.2.1 msgType", "an Error should say why in note")


def somebody_can_act(alert: etree._Element) -> Iterator[CapReason]:
    """An alert or update without info tells nobody anything."""
    if text_of(child(alert, "msgType")) in {"Alert", "Update"} and child(alert, "info") is None:
        yield warning(alert, "CAP 1.2, 3.2.1 info", "has no info: nobody can act on it")


def utc_is_minus_zero(alert: etree._Element) -> Iterator[CapReason]:
    """The zone of UTC is written -00:00."""
    times = [*children(alert, "sent")]
    for info in children(alert, "info"):
        for name in ("effective", "onset", "expires"):
            times.extend(children(info, name))
    for found in times:
        if text_of(found).endswith("+00:00"):
            yield warning(found, "CAP 1.2, 3.3.2", "if UTC is meant, it is written -00:00")


def signature_is_not_checked(alert: etree._Element) -> Iterator[CapReason]:
    """Say so: a signature that nobody checked proves nothing."""
    found = next(alert.iterchildren(SIGNATURE), None)
    if found is not None:
        yield warning(found, "CAP 1.2, 3.3.4.1", "the signature is not checked here")


MESSAGE_RULES = (
    names_are_plain,
    references_are_given,
    references_are_triples,
    scope_has_its_companion,
    note_explains,
    somebody_can_act,
    utc_is_minus_zero,
    signature_is_not_checked,
)
