"""The one-page statement as a structured value, the same in each language but for its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commonwatch.errors import CheckFailed
from commonwatch.identity import PublicKey
from commonwatch.mode import Rehearsal
from commonwatch.utc import format_utc
from commonwatch.warn.joint.agreed import AgreedBasis, AgreedValue
from commonwatch.warn.joint.assessment import (
    JointAssessment,
    SignedAssessment,
    reasons_against,
    text_sha256,
)
from commonwatch.warn.joint.difference_sentences import difference_sentence
from commonwatch.warn.joint.figures import Figure, Quantity, Side
from commonwatch.warn.joint.numbers import told, told_sigma
from commonwatch.warn.joint.physics import PhysicsFinding
from commonwatch.warn.joint.words import JointWords, same_places
from commonwatch.warn.joint.words_en import ENGLISH
from commonwatch.warn.joint.words_ja import JAPANESE
from commonwatch.warn.joint.words_ko import KOREAN

LANGUAGES = same_places(ENGLISH, JAPANESE, KOREAN)
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one column says of one quantity; `small` stands below it in small letters."""

    large: str
    small: str = ""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One quantity: its name with the unit, a cell for each column, the agreed one last."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What the page says, part by part, in the order in which it is read."""

    words: JointWords
    launched: str
    parties: str
    columns: tuple[str, ...]
    rows: tuple[StatementRow, ...]
    differences: tuple[str, ...]
    physics: tuple[str, ...]
    signatures: tuple[str, ...]
    digest: str
    notes: tuple[str, ...]
    sources: tuple[str, ...]


def statement_of(
    signed: SignedAssessment, keys: Mapping[str, PublicKey], mode: Rehearsal, words: JointWords
) -> Statement:
    """The statement of an assessment that all parties signed.

    Raises CheckFailed with every reason where they have not: nothing is published before.
    """
    reasons = reasons_against(signed, keys, mode)
    if reasons:
        raise CheckFailed(reasons)
    text = signed.assessment
    compared = text.comparison
    sides = [words.claim if s.is_claim else words.of_nation(s.nation) for s in compared.sides]
    has_tracks = bool(compared.tracks)
    tracks = [f"{words.tracks} ({'+'.join(compared.tracked_by)})"] if has_tracks else []
    notes = [words.note_sigma, words.note_rounding]
    notes += [words.note_claim] if any(side.is_claim for side in compared.sides) else []
    return Statement(
        words=words,
        launched=words.launched.format(launch_id=compared.launch_id, date=compared.date_utc),
        parties=words.parties.format(
            nations=words.between.join(words.of_nation(code) for code in text.parties)
        ),
        columns=(*sides, *tracks, words.agreed),
        rows=tuple(row for q in Quantity if (row := _row(text, q, words)) is not None),
        differences=tuple(difference_sentence(d, words) for d in compared.differences)
        or (words.no_difference,),
        physics=_physics(text, words),
        signatures=tuple(
            words.signed.format(
                nation=words.of_nation(one.party), time=_to_the_second(one.signed_at_s)
            )
            for one in signed.signatures
        ),
        digest=text_sha256(text),
        notes=tuple(notes),
        sources=tuple(dict.fromkeys(s for side in compared.sides for s in side.sources)),
    )


def statement_text(statement: Statement) -> str:
    """The statement as plain text."""
    words = statement.words
    lines = [words.title, words.exercise, statement.launched, statement.parties, ""]
    lines.append(words.heading_figures)
    for row in statement.rows:
        lines.append(f"  {row.name}")
        for column, cell in zip(statement.columns, row.cells, strict=True):
            small = f" ({cell.small})" if cell.small else ""
            lines.append(f"    {column}: {cell.large}{small}")
    for heading, part in (
        (words.heading_differences, statement.differences),
        (words.heading_physics, statement.physics),
        (words.heading_signed, (*statement.signatures, f"SHA-256 {statement.digest}")),
    ):
        lines += ["", heading, *(f"  {line}" for line in part)]
    lines += ["", words.between_sentences.join(statement.notes), f"{words.sources}:"]
    lines += [f"  {source}" for source in statement.sources]
    return "\n".join(lines) + "\n"


def _row(text: JointAssessment, quantity: Quantity, words: JointWords) -> StatementRow | None:
    compared = text.comparison
    figures = [side.figure(quantity) for side in compared.sides]
    value = text.value(quantity)
    track = compared.track(quantity)
    if value is None and track is None and not any(figures):
        return None
    cells = [_side_cell(figure, words) for figure in figures]
    if compared.tracks:
        cells.append(
            Cell(NOTHING)
            if track is None
            else Cell(
                f"{told(quantity, track.value, exact=True)} ± {told_sigma(quantity, track.sigma)}"
            )
        )
    return StatementRow(words.of_quantity(quantity), (*cells, _agreed_cell(value, words)))


def _side_cell(figure: Figure | None, words: JointWords) -> Cell:
    if figure is None:
        return Cell(NOTHING)
    sign = {"": "", ">": "> ", ">=": "≥ ", "<=": "≤ "}[figure.qualifier]
    first = (
        ""
        if figure.first is None
        else words.first.format(value=told(figure.quantity, figure.first, exact=False))
    )
    return Cell(sign + told(figure.quantity, figure.value, exact=False), first)


def _agreed_cell(value: AgreedValue | None, words: JointWords) -> Cell:
    if value is None:
        return Cell(words.left_open)
    large = told(value.quantity, value.value, exact=True)
    if value.sigma > 0.0:
        large += f" ± {told_sigma(value.quantity, value.sigma)}"
    small = {
        AgreedBasis.SIDES: words.basis_sides,
        AgreedBasis.ONE_SIDE: words.basis_one_side.format(
            nation=words.of_nation(value.nation or "")
        ),
        AgreedBasis.TRACKS: words.basis_tracks,
        AgreedBasis.PHYSICS: words.basis_physics,
    }[value.basis]
    return Cell(large, small)


def _physics(text: JointAssessment, words: JointWords) -> tuple[str, ...]:
    compared = text.comparison
    sides = {side.reporter: side for side in compared.sides}
    lines = [_physics_line(found, _whose(found, sides, words), words) for found in compared.physics]
    if text.physics is not None:
        lines.append(_physics_line(text.physics, words.physics_agreed, words))
    return tuple(lines) or (words.no_physics,)


def _whose(found: PhysicsFinding, sides: Mapping[str, Side], words: JointWords) -> str:
    """Whose figures they are; an apogee that another side gave is not put in this one's mouth."""
    who = _who(sides[found.reporter], words)
    if found.apogee_from == found.reporter:
        return who
    return words.physics_lent.format(who=who, lender=_who(sides[found.apogee_from], words))


def _who(side: Side, words: JointWords) -> str:
    return words.claim if side.is_claim else words.of_nation(side.nation)


def _physics_line(found: PhysicsFinding, who: str, words: JointWords) -> str:
    apogee = told(Quantity.APOGEE, found.apogee_km, exact=False)
    distance = told(Quantity.RANGE, found.range_km, exact=False)
    if found.flight_time_s is None or found.sigma_s is None:
        line = words.physics_none.format(who=who, apogee=apogee, range=distance)
    else:
        line = words.physics_flight.format(
            who=who, apogee=apogee, range=distance,
            time=told(Quantity.FLIGHT_TIME, found.flight_time_s, exact=False),
            sigma=told_sigma(Quantity.FLIGHT_TIME, found.sigma_s),
        )  # fmt: skip
    if found.published_s is None:
        return line
    template = words.physics_fits if found.consistent else words.physics_misses
    published = told(Quantity.FLIGHT_TIME, found.published_s, exact=False)
    return words.between_sentences.join((line, template.format(published=published)))


def _to_the_second(time_s: float) -> str:
    return format_utc(time_s)[:19].replace("T", " ")
