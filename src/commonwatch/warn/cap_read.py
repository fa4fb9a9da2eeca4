"""A CAP file of anyone, read without trust: no DTD, no entities, nothing fetched, size bounded."""

from __future__ import annotations

from lxml import etree

from commonwatch.errors import UnusableInput
from commonwatch.limits import CAP_FILE_BYTES_MAX


def parse_cap(raw: bytes, source: str) -> etree._Element:
    """The root element of an XML document; that it is a CAP message is for `check_cap` to say.

    Raises UnusableInput where the bytes are empty, too many, not XML, or bring a DTD, through which
    entities could multiply or reach for other files.
    """
    if not raw.strip():
        raise UnusableInput(f"{source}: is empty; need a CAP 1.2 message")
    if len(raw) > CAP_FILE_BYTES_MAX:
        raise UnusableInput(
            f"{source}: more than {CAP_FILE_BYTES_MAX} bytes; need a CAP 1.2 message"
        )
    # Without its zero bytes, UTF-16 shows the same letters as UTF-8 does.
    letters = raw.replace(b"\0", b"").upper()
    if b"<!DOCTYPE" in letters or b"<!ENTITY" in letters:
        raise UnusableInput(f"{source}: has a DTD or entities; a CAP message must not need any")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise UnusableInput(f"{source}: line {line}: not XML: {_first_line(error.msg)}") from error
    if root.getroottree().docinfo.doctype:
        raise UnusableInput(f"{source}: has a DTD; a CAP message must not need any")
    return root


def _first_line(message: str | None) -> str:
    said = (message or "no XML document").splitlines()[0]
    return "".join(letter if letter.isprintable() else "?" for letter in said)[:120]
