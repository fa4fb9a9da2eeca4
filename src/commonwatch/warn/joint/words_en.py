"""English."""

from __future__ import annotations

from typing import Final

from commonwatch.warn.joint.words import JointWords

ENGLISH: Final = JointWords(
    language="en",
    title="Joint assessment of a launch",
    exercise="EXERCISE: notional keys; no government has signed this",
    parties="Parties: {nations}",
    launched="Launch {launch_id}, {date} (UTC)",
    nation_jpn="Japan",
    nation_kor="Republic of Korea",
    nation_usa="United States",
    claim="Claim of the launching side",
    tracks="Tracks",
    agreed="Agreed",
    launch_time="Launch time, UTC+9",
    apogee="Apogee, km",
    range="Ground range, km",
    flight_time="Flight time, s",
    missiles="Missiles",
    first="first {value}",
    left_open="left open",
    basis_sides="from all sides' figures",
    basis_one_side="figure of: {nation}",
    basis_tracks="from the tracks",
    basis_physics="from physics",
    heading_figures="What each side says",
    heading_differences="Where the figures differ, and the likely causes",
    heading_physics="What physics says",
    heading_signed="Signed",
    no_difference="The parties' figures agree.",
    difference="{quantity}: {one} {one_value}; {other} {other_value}.",
    settled="These were first figures; they have been settled since.",
    cause_corrected="The first figure was corrected later ({nation}; first {number}).",
    cause_corrected_on="The first figure was corrected on {day} ({nation}; first {number}).",
    cause_rounding="Rounding alone can make a difference of {number}.",
    cause_minute=(
        "Times are in whole minutes: one side may cut off the seconds where the other rounds up."
    ),
    cause_two_minutes=(
        "Whole minutes, cut off by one side and rounded up by the other, and some delay between "
        "lift-off as worked back and the first detection."
    ),
    cause_coarse_clock="The time may be rounded to ten minutes ({nation}).",
    cause_curvature=(
        "The Earth's curvature hides the last {number} km of the flight, and over the impact all "
        "below {height} km, from the nearest land ({nation})."
    ),
    cause_curvature_stated="The low part of the flight was not seen ({nation}).",
    cause_no_ballistic_flight=("No ballistic flight fits these figures: it glided or pulled up."),
    cause_irregular="The flight was irregular: it glided or pulled up ({nation}).",
    cause_normal_trajectory="The figure assumes a normal trajectory ({nation}).",
    cause_other_missile="The figures may be of different missiles of one salvo.",
    cause_other_object="Another object was taken for a missile ({nation}).",
    cause_unknown="The cause is not known.",
    stated="[a side says so itself]",
    worked_out="[worked out: it suffices]",
    possible="[possible; not shown]",
    physics_flight="{who}: apogee {apogee} km and range {range} km are a ballistic flight of "
    "{time} ± {sigma} s.",
    physics_none="{who}: no ballistic flight has apogee {apogee} km and range {range} km.",
    physics_lent="{who} (apogee: {lender})",
    physics_fits="The published {published} s fit.",
    physics_misses="The published {published} s do not fit.",
    physics_agreed="Agreed values",
    no_physics="Nothing: no exact apogee and range with a known launch place.",
    signed="{nation}, {time} UTC",
    note_sigma="± is one standard deviation; the sides publish none of their own.",
    note_rounding="Launch times of the sides are in whole minutes.",
    note_claim="A claim is shown and not agreed to.",
    between_sentences=" ",
    sources="Sources",
    between=", ",
)
