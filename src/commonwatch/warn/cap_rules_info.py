"""Rules that the schema cannot hold, on info blocks and between them: CAP 1.2, 3.2.2 and 3.2.3."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonwatch.marking.reason import shown
from commonwatch.untrusted_xml import path_of
from commonwatch.warn.cap_reason import (
    OWN_RULE,
    child,
    children,
    error,
    text_of,
    warning,
)
from commonwatch.warn.cap_times import parse_cap_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from commonwatch.warn.cap_reason import CapReason

HEADLINE_LETTERS = 160  # CAP 1.2, 3.2.2 headline
SAME_IN_ALL_LANGUAGES = (
    "category",
    "responseType",
    "urgency",
    "severity",
    "certainty",
    "effective",
    "onset",
    "expires",
)
# Letters without which a text is not in that language (Unicode blocks).
_SCRIPT_OF = {
    "ja": re.compile("[\u3040-\u30ff\u3400-\u9fff]"),  # kana and ideographs
    "ko": re.compile("[\uac00-\ud7a3]"),  # Hangul syllables
    "zh": re.compile("[\u3400-\u9fff]"),
    "en": re.compile("[A-Za-z]"),
}
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_MIME_TYPE = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]*/[A-Za-z0-9][\w!#$&^.+-]*(\s*;.*)?")
_SHA1 = re.compile(r"[0-9A-Fa-f]{40}")


def times_are_ordered(alert: etree._Element) -> Iterator[CapReason]:
    """Nothing expires before it begins, nor an alert before it is sent."""
    sent = parse_cap_time(text_of(child(alert, "sent")))
    may_act = text_of(child(alert, "msgType")) in {"Alert", "Update"}
    for info in children(alert, "info"):
        found = child(info, "expires")
        expires = parse_cap_time(text_of(found))
        if found is None or expires is None:
            continue
        for name in ("effective", "onset"):
            begins = parse_cap_time(text_of(child(info, name)))
            if begins is not None and begins > expires:
                yield error(found, f"CAP 1.2, 3.2.2 expires and {name}", f"is before {name}")
        if may_act and sent is not None and expires < sent:
            yield error(found, "CAP 1.2, 3.2.2 expires", "is before sent: expired when it went out")


def texts_are_given(alert: etree._Element) -> Iterator[CapReason]:
    """The event is named; a headline is short; an expiry is given; an area is named."""
    may_act = text_of(child(alert, "msgType")) in {"Alert", "Update"}
    for info in children(alert, "info"):
        event = child(info, "event")
        if event is not None and not text_of(event):
            yield error(event, "CAP 1.2, 3.2.2 event", "is empty; must be given")
        headline = child(info, "headline")
        if headline is not None and len(text_of(headline)) > HEADLINE_LETTERS:
            letters = len(text_of(headline))
            said = f"has {letters} letters; some displays show {HEADLINE_LETTERS}"
            yield warning(headline, "CAP 1.2, 3.2.2 headline", said)
        if child(info, "expires") is None:
            yield warning(info, "CAP 1.2, 3.2.2 expires", "no expires: each receiver decides")
        if may_act and child(info, "area") is None:
            yield warning(info, "CAP 1.2, 3.2.2 area", "no area: nobody knows whom it is for")
        web = child(info, "web")
        if web is not None and not _ABSOLUTE_URI.fullmatch(text_of(web)):
            yield error(web, "CAP 1.2, 3.2.2 web", f"{shown(text_of(web))} is no absolute URI")


def text_is_in_its_language(alert: etree._Element) -> Iterator[CapReason]:
    """A block that says it is Japanese has Japanese letters."""
    for info in children(alert, "info"):
        tag = language_of(info)
        script = _SCRIPT_OF.get(tag.split("-")[0].lower())
        for name in ("headline", "description", "instruction"):
            found = child(info, name)
            text = text_of(found)
            if found is None or script is None or not any(letter.isalpha() for letter in text):
                continue
            if not script.search(text):
                yield error(found, OWN_RULE, f"language is {shown(tag)}, the text is not")


def languages_have_their_own_text(alert: etree._Element) -> Iterator[CapReason]:
    """A text that stands in two languages alike was not translated."""
    seen: dict[tuple[str, str], str] = {}
    for info in children(alert, "info"):
        language = language_of(info).split("-")[0].lower()
        for name in ("headline", "description", "instruction"):
            found = child(info, name)
            text = text_of(found)
            first = seen.setdefault((name, text), language)
            if found is not None and text and first != language:
                said = f"the same text stands in {shown(first)} and {shown(language)}"
                yield warning(found, OWN_RULE, said)


def languages_say_the_same(alert: etree._Element) -> Iterator[CapReason]:
    """Every language has the same areas, levels, times and kinds of response."""
    by_language: dict[str, list[etree._Element]] = {}
    for info in children(alert, "info"):
        by_language.setdefault(language_of(info).lower(), []).append(info)
    if len(by_language) < 2:
        return
    first, *others = by_language.items()
    for language, infos in others:
        where = infos[0]
        if _areas(infos) != _areas(first[1]):
            said = f"its areas differ from those of {path_of(first[1][0])} ({first[0]})"
            yield error(where, OWN_RULE, f"language {shown(language)}: {said}")
        for name in SAME_IN_ALL_LANGUAGES:
            if _values(infos, name) != _values(first[1], name):
                said = f"{name} differs from that of {path_of(first[1][0])} ({first[0]})"
                yield error(where, OWN_RULE, f"language {shown(language)}: {said}")


def resources_are_described(alert: etree._Element) -> Iterator[CapReason]:
    """A resource has a MIME type, a size that is one, and a SHA-1 digest if any."""
    for info in children(alert, "info"):
        for resource in children(info, "resource"):
            found = child(resource, "mimeType")
            if found is not None and not _MIME_TYPE.fullmatch(text_of(found)):
                said = f"{shown(text_of(found))} is no MIME type (RFC 2046)"
                yield error(found, "CAP 1.2, 3.2.3 mimeType", said)
            found = child(resource, "uri")
            relative = found is not None and not _ABSOLUTE_URI.fullmatch(text_of(found))
            if found is not None and relative and child(resource, "derefUri") is None:
                said = f"{shown(text_of(found))} is relative: must come with derefUri"
                yield error(found, "CAP 1.2, 3.2.3 uri", said)
            found = child(resource, "size")
            if found is not None and text_of(found).startswith("-"):
                yield error(found, "CAP 1.2, 3.2.3 size", "is negative")
            found = child(resource, "digest")
            if found is not None and not _SHA1.fullmatch(text_of(found)):
                yield error(found, "CAP 1.2, 3.2.3 digest", "is not SHA-1: 40 hexadecimal digits")


def language_of(info: etree._Element) -> str:
    """The language of an info block; en-US where it says none (CAP 1.2, 3.2.2 language)."""
    return text_of(child(info, "language")) or "en-US"


def _areas(infos: list[etree._Element]) -> frozenset[tuple[str, ...]]:
    """What each area is, but for its name: that is in another language."""
    found = set()
    for info in infos:
        for area in children(info, "area"):
            parts = [
                f"{name} {' '.join(text_of(part).split())}"
                for name in ("polygon", "circle", "altitude", "ceiling")
                for part in children(area, name)
            ]
            parts += [
                f"geocode {text_of(child(part, 'valueName'))} {text_of(child(part, 'value'))}"
                for part in children(area, "geocode")
            ]
            found.add(tuple(sorted(parts)))
    return frozenset(found)


def _values(infos: list[etree._Element], name: str) -> frozenset[tuple[str, ...]]:
    return frozenset(
        tuple(sorted(text_of(part) for part in children(info, name))) for info in infos
    )


INFO_RULES = (
    times_are_ordered,
    texts_are_given,
    text_is_in_its_language,
    languages_have_their_own_text,
    languages_say_the_same,
    resources_are_described,
)
