"""What a warning says in one language: templates whose places are the same in each.

A further language is one more `Words` value. Templates are read aloud by machines: no symbol, no
abbreviation, no number form that speech garbles. No name of a sea stands in them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from string import Formatter

from commonwatch.errors import BrokenInvariant


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Templates (str.format) of one language; `language` is an RFC 3066 tag."""

    language: str
    exercise: str
    sender_name: str
    event: str
    nation_jpn: str
    nation_kor: str
    nation_usa: str
    zone_jpn: str
    zone_kor: str
    zone_utc: str
    clock: str
    position: str
    north: str
    south: str
    east: str
    west: str
    between_names: str
    some_of_many: str
    between_sentences: str
    area_about: str
    headline_risk: str
    headline_sea: str
    headline_lost: str
    headline_lost_sea: str
    headline_over: str
    headline_withdrawn: str
    launched: str
    expected: str
    at_risk: str
    centre: str
    no_region: str
    released: str
    observed: str
    extrapolated: str
    lost: str
    thrusting: str
    sources: str
    over: str
    withdrawn: str
    close: str
    do_risk: str
    do_sea: str
    do_over: str
    do_withdrawn: str


def places_of(template: str) -> frozenset[str]:
    """The names of the places that a template fills."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def mismatches(languages: tuple[Words, ...]) -> tuple[str, ...]:
    """One line for each template whose places differ between languages, or that is empty."""
    found = []
    first = languages[0]
    for field in fields(Words):
        wanted = places_of(getattr(first, field.name))
        for words in languages:
            template = getattr(words, field.name)
            if not template and not field.name.startswith("between_"):
                found.append(f"{words.language}: `{field.name}` is empty")
            elif places_of(template) != wanted:
                found.append(
                    f"{words.language}: `{field.name}` fills {sorted(places_of(template))},"
                    f" {first.language} fills {sorted(wanted)}"
                )
    if len({words.language for words in languages}) != len(languages):
        found.append("a language stands twice")
    return tuple(found)


def require_same_places(languages: tuple[Words, ...]) -> None:
    """Raise BrokenInvariant where the languages would not say the same: a mismatch blocks."""
    found = mismatches(languages)
    if found:
        raise BrokenInvariant("words of a warning differ between languages: " + "; ".join(found))
