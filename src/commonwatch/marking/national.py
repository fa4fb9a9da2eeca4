"""Classification markings of the Republic of Korea, Japan and the United States, as published.

United States: Executive Order 13526, section 1.2, and 32 CFR 2001.21 and 2001.24 (portion marks).
Japan and the Republic of Korea: the agreement of 2016-11-23, article 4 (English text public), and
the acts it names: the Act on the Protection of Specially Designated Secrets (2013), the Military
Secret Protection Act. Neither publishes an abbreviation for portions: the marking itself stands in
brackets there. English words are ours, except those of the United States.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commonwatch.label import Label, LevelTable


@dataclass(frozen=True, slots=True)
class NationalMarking:
    """One nation's level as it is written on a document (`level`) and before a portion of it.

    `exchanged` is false for the top levels, which the agreements leave out.
    """

    policy: str
    level: str
    english: str
    portion: str
    exchanged: bool


def _unabbreviated(policy: str, level: str, english: str, *, exchanged: bool) -> NationalMarking:
    return NationalMarking(policy, level, english, f"({level})", exchanged)


# Of each nation the lowest first.
NATIONAL_MARKINGS: tuple[NationalMarking, ...] = (
    NationalMarking("USA", "CONFIDENTIAL", "Confidential", "(C)", exchanged=True),
    NationalMarking("USA", "SECRET", "Secret", "(S)", exchanged=True),
    NationalMarking("USA", "TOP SECRET", "Top Secret", "(TS)", exchanged=False),
    _unabbreviated("JPN", "秘", "secret of the lowest level", exchanged=True),
    _unabbreviated("JPN", "極秘", "secret of the middle level", exchanged=True),
    _unabbreviated("JPN", "特定秘密", "specially designated secret", exchanged=True),
    _unabbreviated("JPN", "機密", "secret of the top level", exchanged=False),
    _unabbreviated("KOR", "군사III급비밀", "military secret of grade III", exchanged=True),
    _unabbreviated("KOR", "군사II급비밀", "military secret of grade II", exchanged=True),
    _unabbreviated("KOR", "군사I급비밀", "military secret of grade I", exchanged=False),
)
_BY_LEVEL = {(item.policy, item.level): item for item in NATIONAL_MARKINGS}
# Some write the Korean grades with U+2160 to U+2162. They are not taken for the same by guess.
_ROMAN_LETTERS = str.maketrans({"Ⅰ": "I", "Ⅱ": "II", "Ⅲ": "III"})


def national_marking(policy: str, level: str) -> NationalMarking | None:
    """The published marking, letter by letter; None where this nation has no such level."""
    return _BY_LEVEL.get((policy, level))


def portion_mark(label: Label) -> str:
    """The mark before a portion; of a level that is not published here, the level in brackets."""
    marking = national_marking(label.policy, label.level)
    return marking.portion if marking is not None else f"({label.level})"


def reason_against_level(policy: str, level: str, levels: LevelTable | None) -> str | None:
    """Why a level cannot be taken, and what would be right; None where it can.

    `levels` is the table of the agreement; without one the published markings are asked.
    """
    marking = national_marking(policy, level)
    if levels is not None:
        if levels.rank(policy, level) is not None:
            return None
        known = tuple(
            name for row in levels.rows for owner, name in row.markings if owner == policy
        )
        return f"is no level of {policy} in the agreement{_instead(level, known)}"
    if marking is None:
        known = tuple(item.level for item in NATIONAL_MARKINGS if item.policy == policy)
        return f"is no published level of {policy}{_instead(level, known)}"
    if not marking.exchanged:
        return f"is the top level of {policy}, which is never exchanged"
    return None


def banner(label: Label, equivalents: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What stands on a document: the original marking verbatim, whose it is, then equivalents.

    Article 4 of the agreement of 2016-11-23: the receiver adds the giver's name and its own
    equivalent level. `equivalents` are (policy, level).
    """
    givers = ", ".join(label.originators)
    releasable = ", ".join(label.releasable_to) or "nobody"
    lines = [f"{label.level} ({label.policy}; from {givers}; releasable to {releasable})"]
    lines += [f"{level} ({policy}; equivalent)" for policy, level in equivalents]
    return tuple(lines)


def _instead(level: str, known: tuple[str, ...]) -> str:
    plain = level.translate(_ROMAN_LETTERS)
    if plain != level and plain in known:
        return f"; the same with plain letters, `{plain}`, is one"
    return f"; levels are {', '.join(known)}" if known else "; none of its levels are known"
