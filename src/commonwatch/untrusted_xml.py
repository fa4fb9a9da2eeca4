"""XML of anyone, read without trust: no DTD, no entities, nothing fetched, size bounded."""

from __future__ import annotations

from lxml import etree

from commonwatch.errors import UnusableInput
from commonwatch.foreign_text import printable


def parse_untrusted(raw: bytes, source: str, needed: str, bytes_max: int) -> etree._Element:
    """The root element; `source` names the file, `needed` what it should be, as in "a CAP message".

    Raises UnusableInput where the bytes are empty, more than `bytes_max`, not XML, or bring a DTD,
    through which entities could multiply or reach for other files.
    """
    if not raw.strip():
        raise UnusableInput(f"{source}: is empty; need {needed}")
    if len(raw) > bytes_max:
        raise UnusableInput(f"{source}: more than {bytes_max} bytes; need {needed}")
    # Without its zero bytes, UTF-16 shows the same letters as UTF-8 does.
    letters = raw.replace(b"\0", b"").upper()
    if b"<!DOCTYPE" in letters or b"<!ENTITY" in letters:
        raise UnusableInput(f"{source}: has a DTD or entities; {needed} must not need any")
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
        raise UnusableInput(f"{source}: has a DTD; {needed} must not need any")
    return root


def path_of(element: etree._Element) -> str:
    """Where an element stands: `alert/info[2]/area`; numbered where it has siblings of its name."""
    steps = []
    here: etree._Element | None = element
    while here is not None:
        name = etree.QName(here).localname if isinstance(here.tag, str) else "(no element)"
        before = sum(1 for _ in here.itersiblings(here.tag, preceding=True))
        after = next(here.itersiblings(here.tag), None)
        steps.append(f"{name}[{before + 1}]" if before or after is not None else name)
        here = here.getparent()
    return "/".join(reversed(steps))


def _first_line(message: str | None) -> str:
    return printable((message or "no XML document").splitlines()[0], 120)
