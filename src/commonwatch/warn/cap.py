"""CAP 1.2 messages of status Exercise: values, and the XML that says them.

There is no way here to make a message of status Actual: a live alert will be another type. OASIS
Standard CAP-v1.2, 1 July 2010.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timezone
from typing import Literal

from lxml import etree

from commonwatch.warn.cap_levels import Levels
from commonwatch.warn.regions import Ring

CAP_NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
GEOCODE_ISO_3166_2 = "ISO3166-2"
MessageType = Literal["Alert", "Update", "Cancel"]


@dataclass(frozen=True, slots=True)
class CapArea:
    """An area: its name in one language, its outlines, and its ISO 3166-2 code if it has one."""

    description: str
    rings: tuple[Ring, ...]
    region_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapInfo:
    """One language's info block; times are CAP's, with a numeric zone."""

    language: str
    event: str
    levels: Levels
    effective: str
    onset: str | None
    expires: str
    sender_name: str
    headline: str
    description: str
    instruction: str
    parameters: tuple[tuple[str, str], ...]
    areas: tuple[CapArea, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CapExercise:
    """A message of status Exercise, for exercise participants alone."""

    identifier: str
    sender: str
    sent: str
    message_type: MessageType
    note: str
    references: tuple[str, ...]
    incident: str
    infos: tuple[CapInfo, ...]

    @property
    def reference(self) -> str:
        """How later messages refer to this one: CAP 1.2, 3.2.1 references."""
        return f"{self.sender},{self.identifier},{self.sent}"


def cap_time(time_s: float, zone: timezone) -> str:
    """POSIX seconds, cut to whole ones, as CAP writes them: UTC with -00:00 (CAP 1.2, 3.3.2)."""
    moment = datetime.fromtimestamp(int(time_s // 1), tz=zone)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + ("-00:00" if zone is UTC else _offset(moment))


def cap_polygon(ring: Ring) -> str:
    """A ring as CAP writes it: pairs of latitude and longitude, WGS 84 (CAP 1.2, 3.2.4 polygon)."""
    return " ".join(f"{lat:.4f},{lon:.4f}" for lat, lon in ring)


def cap_xml(message: CapExercise) -> str:
    """The message as XML text that says UTF-8 in its first line; encode it so."""
    alert = etree.Element(_tag("alert"), nsmap={None: CAP_NAMESPACE})
    _add(alert, "identifier", message.identifier)
    _add(alert, "sender", message.sender)
    _add(alert, "sent", message.sent)
    _add(alert, "status", "Exercise")
    _add(alert, "msgType", message.message_type)
    _add(alert, "source", "Commonwatch")
    _add(alert, "scope", "Restricted")
    _add(alert, "restriction", "Exercise participants only")
    _add(alert, "note", message.note)
    if message.references:
        _add(alert, "references", " ".join(message.references))
    _add(alert, "incidents", message.incident)
    for info in message.infos:
        _add_info(alert, info)
    body: str = etree.tostring(alert, encoding="unicode", pretty_print=True)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + body


def _add_info(alert: etree._Element, info: CapInfo) -> None:
    block = etree.SubElement(alert, _tag("info"))
    _add(block, "language", info.language)
    _add(block, "category", "Safety")
    _add(block, "category", "Security")
    _add(block, "event", info.event)
    for response in info.levels.responses:
        _add(block, "responseType", response)
    _add(block, "urgency", info.levels.urgency)
    _add(block, "severity", info.levels.severity)
    _add(block, "certainty", info.levels.certainty)
    _add(block, "effective", info.effective)
    if info.onset is not None:
        _add(block, "onset", info.onset)
    _add(block, "expires", info.expires)
    _add(block, "senderName", info.sender_name)
    _add(block, "headline", info.headline)
    _add(block, "description", info.description)
    _add(block, "instruction", info.instruction)
    for name, value in info.parameters:
        _add_pair(block, "parameter", name, value)
    for area in info.areas:
        _add_area(block, area)


def _add_area(block: etree._Element, area: CapArea) -> None:
    place = etree.SubElement(block, _tag("area"))
    _add(place, "areaDesc", area.description)
    for ring in area.rings:
        _add(place, "polygon", cap_polygon(ring))
    if area.region_id is not None:
        _add_pair(place, "geocode", GEOCODE_ISO_3166_2, area.region_id)


def _add_pair(parent: etree._Element, tag: str, name: str, value: str) -> None:
    pair = etree.SubElement(parent, _tag(tag))
    _add(pair, "valueName", name)
    _add(pair, "value", value)


def _add(parent: etree._Element, tag: str, text: str) -> None:
    etree.SubElement(parent, _tag(tag)).text = text


def _tag(name: str) -> str:
    return f"{{{CAP_NAMESPACE}}}{name}"


def _offset(moment: datetime) -> str:
    text = moment.strftime("%z")
    return f"{text[:3]}:{text[3:]}"
