"""The alerts as the page shows them: each nation's first in full, updates in short, its area."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from commonwatch.report import words
from commonwatch.report.land import region_name
from commonwatch.world.replay_result import AlertResult, ReplayResult

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
"""Namespace of OASIS Common Alerting Protocol 1.2."""


@dataclass(frozen=True, slots=True)
class AlertText:
    """One language of an alert."""

    language: str
    language_name: str
    headline: str
    description: str
    regions: str


@dataclass(frozen=True, slots=True)
class AlertPage:
    """A nation's first alert in full, and the alerts that updated it."""

    nation: str
    at: str
    identifier: str
    texts: tuple[AlertText, ...]
    cap_xml: str
    updates: tuple[AlertPage, ...]


def alert_pages(result: ReplayResult) -> tuple[AlertPage, ...]:
    """One page a nation, in the order of their first alerts."""
    by_nation: dict[str, list[AlertResult]] = {}
    for alert in result.alerts:
        by_nation.setdefault(alert.nation, []).append(alert)
    return tuple(
        _page(alerts[0], tuple(_page(update, ()) for update in alerts[1:]))
        for alerts in by_nation.values()
    )


def _page(alert: AlertResult, updates: tuple[AlertPage, ...]) -> AlertPage:
    texts = (
        ("en", "English", alert.headline_en, alert.description_en),
        ("ja", "日本語", alert.headline_ja, alert.description_ja),
        ("ko", "한국어", alert.headline_ko, alert.description_ko),
    )
    return AlertPage(
        words.nation(alert.nation),
        words.clock(alert.at_s),
        alert.identifier,
        tuple(
            AlertText(code, name, headline, description, _region_list(alert.regions, code))
            for code, name, headline, description in texts
        ),
        alert.cap_xml,
        updates,
    )


def _region_list(regions: tuple[str, ...], language: str) -> str:
    """The alert's regions by name in a language; an id that no region has stands for itself."""
    separator = {"en": ", ", "ja": "、", "ko": ", "}[language]
    return separator.join(region_name(region, language) for region in regions)


def alert_outlines(result: ReplayResult) -> list[list[tuple[float, float]]]:
    """The areas at sea of each nation's first alert: latitude and longitude, each area once.

    A CAP polygon is pairs "latitude,longitude" with blanks between them, the first pair repeated
    at the end (CAP 1.2, section 3.2.4).
    """
    first: dict[str, AlertResult] = {}
    for alert in result.alerts:
        first.setdefault(alert.nation, alert)
    told: dict[str, None] = {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for alert in first.values():
        root = etree.fromstring(alert.cap_xml.encode(), parser)
        told.update(dict.fromkeys(node.text or "" for node in root.iter(CAP + "polygon")))
    return [outline for outline in map(_outline, told) if len(outline) > 2]


def _outline(polygon: str) -> list[tuple[float, float]]:
    pairs = (pair.partition(",") for pair in polygon.split())
    return [(float(lat), float(lon)) for lat, _, lon in pairs]
