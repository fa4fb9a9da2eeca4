"""Every reason why a CAP 1.2 message is not as it should be: schema, then rule by rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, islice

import msgspec
from lxml import etree

from commonwatch.foreign_text import printable
from commonwatch.limits import CAP_REASONS_MAX
from commonwatch.untrusted_xml import path_of
from commonwatch.warn.cap import CAP_NAMESPACE
from commonwatch.warn.cap_reason import CapReason
from commonwatch.warn.cap_rules_area import AREA_RULES
from commonwatch.warn.cap_rules_info import INFO_RULES
from commonwatch.warn.cap_rules_message import MESSAGE_RULES

GENERIC_RULES = (*MESSAGE_RULES, *INFO_RULES, *AREA_RULES)
_SECTION_OF = {"alert": "3.2.1", "info": "3.2.2", "resource": "3.2.3", "area": "3.2.4"}
_NAMESPACES = re.compile(r"\{urn:oasis:names:tc:emergency:cap:1\.2\}")


class CapChecked(msgspec.Struct, frozen=True, tag_field="kind", tag="alert_check"):
    """What `alert check --json` prints."""

    file: str
    profile: str
    ok: bool
    reasons: tuple[CapReason, ...]


@dataclass(frozen=True, slots=True)
class CapSchema:
    """The OASIS schema of CAP 1.2, compiled."""

    compiled: etree.XMLSchema


def compile_schema(raw: bytes) -> CapSchema:
    """The schema from the bytes of its file."""
    return CapSchema(etree.XMLSchema(etree.fromstring(raw)))


def check_cap(root: etree._Element, schema: CapSchema) -> tuple[CapReason, ...]:
    """All reasons found, those of the schema first; at most 1,000, the last one then says so."""
    if root.tag != f"{{{CAP_NAMESPACE}}}alert":
        name = etree.QName(root)
        said = f"is `{name.localname}` of namespace `{name.namespace or ''}`; must be `alert` of"
        return (
            CapReason("error", name.localname, "CAP 1.2, 3.2.1 alert", f"{said} `{CAP_NAMESPACE}`"),
        )
    rules = chain.from_iterable(rule(root) for rule in GENERIC_RULES)
    found = tuple(islice(chain(_schema_reasons(root, schema), rules), CAP_REASONS_MAX + 1))
    if len(found) > CAP_REASONS_MAX:
        more = CapReason("error", "alert", "Commonwatch limit", "more reasons than are told")
        return (*found[: CAP_REASONS_MAX - 1], more)
    return found


def errors_of(reasons: tuple[CapReason, ...]) -> tuple[CapReason, ...]:
    """Those that refuse the message."""
    return tuple(reason for reason in reasons if reason.level == "error")


def _schema_reasons(root: etree._Element, schema: CapSchema) -> list[CapReason]:
    if schema.compiled.validate(root):
        return []
    reasons = []
    for entry in schema.compiled.error_log:
        found = root.xpath(entry.path) if entry.path else []
        where = found[0] if found else root
        parent = where if len(where) else where.getparent()
        section = _SECTION_OF.get(etree.QName(where if parent is None else parent).localname, "3.2")
        text = printable(_NAMESPACES.sub("", entry.message), 300)
        reasons.append(
            CapReason("error", path_of(where), f"CAP 1.2, {section} and its schema", text)
        )
    return reasons
