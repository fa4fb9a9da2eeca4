"""What holds on every page of a report; each rule yields what breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import html

FETCHING_ATTRIBUTES = {
    "action", "background", "cite", "data", "formaction", "href", "manifest", "ping", "poster",
    "src", "srcset",
}  # fmt: skip
FETCHING_TAGS = {"link", "iframe", "object", "embed", "base", "img", "video", "audio", "source"}
FETCHING_SCRIPT = re.compile(
    r"\bfetch\s*\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|\bimport\b|https?:|location"
)
CSS_REFERENCE = re.compile(r"url\(\s*['\"]?(?!#)|@import|@font-face", re.IGNORECASE)


def outside_references(page: str) -> Iterator[str]:
    """Whatever would make a browser ask another file or machine for something."""
    for element in html.fromstring(page).iter(tag=html.etree.Element):
        if element.tag in FETCHING_TAGS:
            yield f"<{element.tag}>"
        for name, value in element.attrib.items():
            local_name = name.rpartition(":")[2]  # lxml keeps xlink:href as it is written
            if local_name in FETCHING_ATTRIBUTES and not value.startswith("#"):
                yield f"<{element.tag} {name}={value[:40]!r}>"
            if CSS_REFERENCE.search(value):
                yield f"<{element.tag} {name}={value[:40]!r}>"
        if element.tag == "style" and CSS_REFERENCE.search(element.text or ""):
            yield "a reference in the style sheet"
        is_code = element.tag == "script" and element.get("type") != "application/json"
        if is_code and FETCHING_SCRIPT.search(element.text or ""):
            yield "a script that asks for more"


def pictures_untold(page: str) -> Iterator[str]:
    """Pictures without title, description or the word EXERCISE, and sections without a table."""
    tree = html.fromstring(page)
    for picture in tree.iter("svg"):
        for tag in ("title", "desc"):
            node = picture.find(tag)
            if node is None or not (node.text or "").strip():
                yield f"{picture.get('class')}: no {tag}"
            elif node.get("id") not in (picture.get("aria-labelledby") or "").split():
                yield f"{picture.get('class')}: {tag} is not the one it is labelled by"
        if "EXERCISE" not in "".join(picture.itertext("text")):
            yield f"{picture.find('title').text}: could be taken for the real thing"
    for section in tree.iter("section"):
        if section.find(".//svg") is not None and section.find(".//details//table") is None:
            yield f"section {section.get('id')}: no table beside its pictures"


def ids_repeated(page: str) -> Iterator[str]:
    """Ids that stand more than once, and links to ids that stand nowhere."""
    tree = html.fromstring(page)
    seen = tree.xpath("//@id")
    yield from sorted({ident for ident in seen if seen.count(ident) > 1})
    links = [link[1:] for link in tree.xpath("//@href") if link.startswith("#")]
    yield from (f"#{link} leads nowhere" for link in links if link not in seen)
