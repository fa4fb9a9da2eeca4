"""Why a CAP message is not as it should be: level, element, clause and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from lxml import etree

from commonwatch.untrusted_xml import path_of
from commonwatch.warn.cap import CAP_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN_RULE = "Commonwatch rule, CAP 1.2 says nothing of it"


class CapReason(msgspec.Struct, frozen=True):
    """One reason; an error refuses the message, a warning does not."""

    level: Literal["error", "warning"]
    element: str
    clause: str
    text: str

    def line(self) -> str:
        """The reason as one line."""
        return f"{self.level}: {self.element}: {self.text} ({self.clause})"


def error(element: etree._Element, clause: str, text: str) -> CapReason:
    """A reason that refuses the message."""
    return CapReason("error", path_of(element), clause, text)


def warning(element: etree._Element, clause: str, text: str) -> CapReason:
    """A reason that does not."""
    return CapReason("warning", path_of(element), clause, text)


def children(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    """The children of that CAP name, in order."""
    yield from parent.iterchildren(f"{{{CAP_NAMESPACE}}}{name}")


def child(parent: etree._Element, name: str) -> etree._Element | None:
    """The first child of that CAP name."""
    return next(children(parent, name), None)


def text_of(element: etree._Element | None) -> str:
    """The text of an element, without space about it; of no element, nothing."""
    return "" if element is None else "".join(element.itertext()).strip()
