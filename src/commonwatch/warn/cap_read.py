"""A CAP file of anyone, read without trust."""

from __future__ import annotations

from lxml import etree

from commonwatch.limits import CAP_FILE_BYTES_MAX
from commonwatch.untrusted_xml import parse_untrusted


def parse_cap(raw: bytes, source: str) -> etree._Element:
    """The root element of an XML document; that it is a CAP message is for `check_cap` to say.

    Raises UnusableInput as `parse_untrusted`.
    """
    return parse_untrusted(raw, source, "a CAP 1.2 message", CAP_FILE_BYTES_MAX)
