"""What a joint statement says in one language: templates whose places are the same in each.

Parties come in the order of their codes in every language. No name of a sea stands here, and no
name that one side alone uses for the launching side.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from string import Formatter

from commonwatch.errors import BrokenInvariant, UnusableInput
from commonwatch.warn.joint.differences import CauseBasis, CauseKind
from commonwatch.warn.joint.figures import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class JointWords:
    """Templates (str.format) of one language; `language` is an RFC 5646 tag."""

    language: str
    title: str
    exercise: str
    parties: str
    launched: str
    nation_jpn: str
    nation_kor: str
    nation_usa: str
    claim: str
    tracks: str
    agreed: str
    launch_time: str
    apogee: str
    range: str
    flight_time: str
    missiles: str
    first: str
    left_open: str
    basis_sides: str
    basis_one_side: str
    basis_tracks: str
    basis_physics: str
    heading_figures: str
    heading_differences: str
    heading_physics: str
    heading_signed: str
    no_difference: str
    difference: str
    settled: str
    cause_corrected: str
    cause_corrected_on: str
    cause_rounding: str
    cause_minute: str
    cause_two_minutes: str
    cause_coarse_clock: str
    cause_curvature: str
    cause_curvature_stated: str
    cause_no_ballistic_flight: str
    cause_irregular: str
    cause_normal_trajectory: str
    cause_other_missile: str
    cause_other_object: str
    cause_unknown: str
    stated: str
    worked_out: str
    possible: str
    physics_flight: str
    physics_none: str
    physics_lent: str
    physics_fits: str
    physics_misses: str
    physics_agreed: str
    no_physics: str
    signed: str
    note_sigma: str
    note_rounding: str
    note_claim: str
    sources: str
    between: str
    between_sentences: str

    def of_quantity(self, quantity: Quantity) -> str:
        """What a quantity is called."""
        return {
            Quantity.LAUNCH_TIME: self.launch_time,
            Quantity.APOGEE: self.apogee,
            Quantity.RANGE: self.range,
            Quantity.FLIGHT_TIME: self.flight_time,
            Quantity.MISSILES: self.missiles,
        }[quantity]

    def of_nation(self, code: str) -> str:
        """A nation's name; a code without one stands for itself."""
        return {"JPN": self.nation_jpn, "KOR": self.nation_kor, "USA": self.nation_usa}.get(
            code, code
        )

    def of_basis(self, basis: CauseBasis) -> str:
        """How well a cause is known; nothing where none is."""
        return {
            CauseBasis.STATED: self.stated,
            CauseBasis.WORKED_OUT: self.worked_out,
            CauseBasis.POSSIBLE: self.possible,
            CauseBasis.NONE: "",
        }[basis]

    def of_cause(self, kind: CauseKind) -> str:
        """The template of a cause that needs no telling apart by what is known of it."""
        return {
            CauseKind.CORRECTED: self.cause_corrected,
            CauseKind.ROUNDING: self.cause_rounding,
            CauseKind.MINUTE: self.cause_minute,
            CauseKind.COARSE_CLOCK: self.cause_coarse_clock,
            CauseKind.CURVATURE: self.cause_curvature,
            CauseKind.NO_BALLISTIC_FLIGHT: self.cause_no_ballistic_flight,
            CauseKind.NORMAL_TRAJECTORY_ASSUMED: self.cause_normal_trajectory,
            CauseKind.OTHER_MISSILE: self.cause_other_missile,
            CauseKind.OTHER_OBJECT: self.cause_other_object,
            CauseKind.UNKNOWN: self.cause_unknown,
        }[kind]


def places_in(template: str) -> frozenset[str]:
    """The names of a template's places."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def same_places(*every: JointWords) -> tuple[JointWords, ...]:
    """The languages as given; BrokenInvariant where a template is empty or its places differ."""
    for field in fields(JointWords):
        templates = [str(getattr(words, field.name)) for words in every]
        # Japanese puts nothing between sentences.
        empty = field.name != "between_sentences" and not all(templates)
        if empty or len({places_in(template) for template in templates}) != 1:
            raise BrokenInvariant(f"joint words: `{field.name}` is empty or its places differ")
    return every


def words_in(language: str, every: tuple[JointWords, ...]) -> JointWords:
    """The words of that language; UnusableInput where there are none."""
    for words in every:
        if words.language == language:
            return words
    known = ", ".join(words.language for words in every)
    raise UnusableInput(f"language `{language}`: there are {known}")
