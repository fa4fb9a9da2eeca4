"""The texts of a warning in one language, from what is the same in all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

from commonwatch.warn.alert_area import AlertArea
from commonwatch.warn.forecast import ImpactForecast
from commonwatch.warn.regions import Region
from commonwatch.warn.words import Words

Stage = Literal["risk", "sea", "over", "withdrawn"]
"""People on land must act; only ships and aircraft; the danger is over; it never was."""

REGIONS_IN_HEADLINE = 3
NINE_HOURS_EAST = timezone(timedelta(hours=9))  # Japan and Korea: no summer time


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a warning says, before any language: POSIX seconds, `named` the regions told."""

    stage: Stage
    nation: str
    area: AlertArea
    named: tuple[Region, ...]
    released: tuple[Region, ...]
    sources: tuple[str, ...]
    launch_time_s: float | None
    thrusting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoText:
    """One language's texts, each of them beginning with the words for an exercise."""

    language: str
    event: str
    sender_name: str
    headline: str
    description: str
    instruction: str
    region_names: tuple[str, ...]
    polygon_name: str


def facts_of(
    stage: Stage,
    area: AlertArea,
    forecast: ImpactForecast | None,
    named: tuple[Region, ...],
    released: tuple[Region, ...],
) -> Facts:
    """What there is to say of an area; without a forecast (a withdrawal) no source or launch."""
    return Facts(
        stage=stage,
        nation=area.nation,
        area=area,
        named=named,
        released=released,
        sources=forecast.sources if forecast else (),
        launch_time_s=forecast.launch_time_s if forecast else None,
        thrusting=forecast.if_thrust_ends if forecast else False,
    )


def zone_of(nation: str) -> timezone:
    """The clock that a nation's warnings tell time by."""
    return NINE_HOURS_EAST if nation in {"JPN", "KOR"} else UTC


def text_in(words: Words, facts: Facts) -> InfoText:
    """The texts of `facts` in one language."""
    join = words.between_sentences.join
    return InfoText(
        language=words.language,
        event=words.event,
        sender_name=words.sender_name.format(nation=_nation(words, facts.nation)),
        headline=_headline(words, facts),
        description=join([words.exercise, *_sentences(words, facts), words.close]),
        instruction=join([words.exercise, *_instructions(words, facts)]),
        region_names=tuple(name_in(words, region) for region in facts.named),
        polygon_name=words.area_about.format(position=_position(words, facts.area)),
    )


def name_in(words: Words, region: Region) -> str:
    """A region's name in the language of `words`; in English where there is no such name."""
    return str(getattr(region.names, words.language, region.names.en))


def _headline(words: Words, facts: Facts) -> str:
    regions = [name_in(words, region) for region in facts.named]
    short = words.between_names.join(regions[:REGIONS_IN_HEADLINE])
    if len(regions) > REGIONS_IN_HEADLINE:
        short = words.some_of_many.format(names=short, more=len(regions) - REGIONS_IN_HEADLINE)
    position = _position(words, facts.area)
    lost = facts.area.tracking == "lost"
    if facts.stage == "risk":
        template = words.headline_lost if lost else words.headline_risk
        return template.format(exercise=words.exercise, regions=short)
    if facts.stage == "sea":
        template = words.headline_lost_sea if lost else words.headline_sea
        return template.format(exercise=words.exercise, position=position)
    template = words.headline_over if facts.stage == "over" else words.headline_withdrawn
    return template.format(exercise=words.exercise)


def _sentences(words: Words, facts: Facts) -> list[str]:
    area = facts.area
    zone = _zone(words, facts.nation)
    latest = _clock(words, facts, math.ceil(area.latest_s / 60.0) * 60.0)
    if facts.stage == "withdrawn":
        return [words.withdrawn, *_released(words, facts)]
    if facts.stage == "over":
        return [words.over.format(latest=latest, zone=zone), *_released(words, facts)]
    said = []
    if facts.launch_time_s is not None:
        launch_time = _clock(words, facts, facts.launch_time_s)
        said.append(words.launched.format(launch_time=launch_time, zone=zone))
    earliest = _clock(words, facts, area.earliest_s)
    said.append(words.expected.format(earliest=earliest, latest=latest, zone=zone))
    if facts.named:
        names = words.between_names.join(name_in(words, region) for region in facts.named)
        said.append(words.at_risk.format(regions=names))
    else:
        said.append(words.no_region)
    reach_km = max(1, math.ceil(area.semi_major_m / 1000.0))
    said.append(words.centre.format(position=_position(words, area), reach=reach_km))
    said.extend(_released(words, facts))
    as_of = _clock(words, facts, area.as_of_s)
    tracking = {"observed": words.observed, "extrapolated": words.extrapolated, "lost": words.lost}
    said.append(tracking[area.tracking].format(as_of=as_of))
    if facts.thrusting:
        said.append(words.thrusting)
    sources = words.between_names.join(_nation(words, nation) for nation in facts.sources)
    said.append(words.sources.format(sources=sources))
    return said


def _instructions(words: Words, facts: Facts) -> list[str]:
    if facts.stage == "risk":
        return [words.do_risk, words.do_sea] if facts.area.rings else [words.do_risk]
    by_stage = {"sea": words.do_sea, "over": words.do_over, "withdrawn": words.do_withdrawn}
    return [by_stage[facts.stage]]


def _released(words: Words, facts: Facts) -> list[str]:
    if not facts.released:
        return []
    names = words.between_names.join(name_in(words, region) for region in facts.released)
    return [words.released.format(regions=names)]


def _position(words: Words, area: AlertArea) -> str:
    return words.position.format(
        lat=f"{abs(area.lat_deg):.1f}",
        north_south=words.north if area.lat_deg >= 0.0 else words.south,
        lon=f"{abs(area.lon_deg):.1f}",
        east_west=words.east if area.lon_deg >= 0.0 else words.west,
    )


def _clock(words: Words, facts: Facts, time_s: float) -> str:
    """Hours and minutes, the minute begun."""
    moment = datetime.fromtimestamp(math.floor(time_s), tz=zone_of(facts.nation))
    return words.clock.format(hour=moment.hour, minute=moment.minute)


def _zone(words: Words, nation: str) -> str:
    return {"JPN": words.zone_jpn, "KOR": words.zone_kor}.get(nation, words.zone_utc)


def _nation(words: Words, nation: str) -> str:
    known = {"JPN": words.nation_jpn, "KOR": words.nation_kor, "USA": words.nation_usa}
    return known.get(nation, nation)
