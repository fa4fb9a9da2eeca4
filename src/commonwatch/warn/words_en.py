"""English."""

from __future__ import annotations

from typing import Final

from commonwatch.warn.words import Words

ENGLISH: Final = Words(
    language="en",
    exercise="EXERCISE, EXERCISE, EXERCISE.",
    sender_name="Commonwatch exercise, {nation}",
    event="Exercise: missile warning",
    nation_jpn="Japan",
    nation_kor="the Republic of Korea",
    nation_usa="the United States",
    zone_jpn="Japan time",
    zone_kor="Korea time",
    zone_utc="universal time",
    clock="{hour}:{minute:02d}",
    position="{lat} degrees {north_south}, {lon} degrees {east_west}",
    north="north",
    south="south",
    east="east",
    west="west",
    between_names=", ",
    some_of_many="{names} and {more} more",
    between_sentences=" ",
    area_about="Danger area about {position}",
    headline_risk="{exercise} Missile warning. Take cover now: {regions}.",
    headline_sea="{exercise} Missile warning for ships and aircraft near {position}.",
    headline_lost="{exercise} Missile no longer tracked. Stay under cover: {regions}.",
    headline_lost_sea=(
        "{exercise} Missile no longer tracked. Ships and aircraft near {position}: stay alert."
    ),
    headline_over="{exercise} All clear. The predicted time of the fall is over.",
    headline_withdrawn="{exercise} Withdrawn: the missile warning sent before was wrong.",
    launched="A missile was launched at {launch_time}, {zone}.",
    expected="It is predicted to come down between {earliest} and {latest}, {zone}.",
    at_risk="At risk: {regions}.",
    centre=(
        "The middle of the danger area is at {position}; the area reaches {reach} kilometres from"
        " there."
    ),
    no_region="No region on land is under warning at present.",
    released="No longer under warning: {regions}.",
    observed=(
        "This is a prediction from what sensors had observed by {as_of}; the fall itself has not"
        " been observed."
    ),
    extrapolated=(
        "No sensor sees the missile at present. The prediction, as of {as_of}, runs on from earlier"
        " observations."
    ),
    lost=(
        "The track is lost. As of {as_of} nobody observes where the missile is; the danger area is"
        " an extrapolation and grows."
    ),
    thrusting="The missile is still under power, so the place will change.",
    sources="Source: sensors of {sources}.",
    over=(
        "The predicted time of the fall, {latest}, {zone}, at the latest, is over. The fall was not"
        " observed; this follows from the prediction."
    ),
    withdrawn="The missile warning sent before was wrong and is withdrawn.",
    close="This is an exercise. There is no real danger.",
    do_risk=(
        "Take cover at once in a solid building or underground. If there is none near, get behind"
        " something solid, or lie down and protect your head. Indoors, keep away from windows. Do"
        " not touch anything that has fallen; tell the police or the fire service."
    ),
    do_sea=(
        "Ships and aircraft: keep out of the area, or leave it, and watch for falling objects. Do"
        " not go near anything that has fallen; tell the coast guard."
    ),
    do_over=(
        "You may leave cover; ships and aircraft may go on. Do not touch anything that has fallen;"
        " tell the police, the fire service or the coast guard."
    ),
    do_withdrawn="You may leave cover. Nothing else needs to be done.",
)
