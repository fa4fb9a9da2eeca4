"""From a forecast to an exercise's alert, its updates, its all-clear or its withdrawal."""

from __future__ import annotations

from dataclasses import dataclass

from commonwatch.errors import require
from commonwatch.limits import WARN_REFERENCES_MAX
from commonwatch.warn.alert_area import AlertArea, AlertPolicy, alert_area, worth_telling
from commonwatch.warn.cap import CapArea, CapExercise, CapInfo, MessageType, cap_time, cap_xml
from commonwatch.warn.cap_levels import Levels, levels_of
from commonwatch.warn.forecast import ImpactForecast
from commonwatch.warn.region_outline import told_outline
from commonwatch.warn.regions import Regions, Ring
from commonwatch.warn.wording import Facts, InfoText, Stage, facts_of, text_in, zone_of
from commonwatch.warn.words import Words, require_same_places
from commonwatch.warn.words_en import ENGLISH
from commonwatch.warn.words_ja import JAPANESE
from commonwatch.warn.words_ko import KOREAN

LANGUAGES = (ENGLISH, JAPANESE, KOREAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPrepared:
    """An alert of status Exercise, ready to be looked at: area, texts by language, CAP 1.2.

    Give it to `prepare_alert` as `previous` to get the next of its event.
    """

    area: AlertArea
    stage: Stage
    revision: int
    prepared_s: float
    message: CapExercise
    texts: tuple[InfoText, ...]
    cap_xml: str

    @property
    def identifier(self) -> str:
        """CAP's identifier: made of nation, event and revision, the same each time."""
        return self.message.identifier

    def text(self, language: str) -> InfoText:
        """The texts in one language; raises KeyError where there are none."""
        for text in self.texts:
            if text.language == language:
                return text
        raise KeyError(language)


def prepare_alert(
    forecast: ImpactForecast,
    previous: AlertPrepared | None,
    policy: AlertPolicy,
    regions: Regions,
    *,
    nation: str,
    now_s: float,
    languages: tuple[Words, ...] = LANGUAGES,
) -> AlertPrepared | None:
    """The exercise alert to tell `nation` at `now_s`, or None where nothing new must be told.

    First an Alert, then Updates; the last one is the all-clear, once the latest predicted time of
    the fall is over. `previous` is the last one told of the same event. Raises UnusableInput where
    it is of another event or nation, BrokenInvariant where the languages would not say the same.
    """
    area = alert_area(
        forecast, previous.area if previous else None, policy, regions, nation=nation, now_s=now_s
    )
    since_told_s = now_s - previous.prepared_s if previous else 0.0
    if not worth_telling(
        previous.area if previous else None, area, policy, since_told_s=since_told_s
    ):
        return None
    stage: Stage = "over" if area.over else "risk" if area.regions else "sea"
    return _prepared(
        area, forecast, previous, policy, regions, stage=stage, now_s=now_s, languages=languages
    )


def prepare_withdrawal(
    previous: AlertPrepared,
    policy: AlertPolicy,
    regions: Regions,
    *,
    now_s: float,
    languages: tuple[Words, ...] = LANGUAGES,
) -> AlertPrepared:
    """The Cancel that takes back everything told of an event so far, for all who were told last."""
    last = previous.area
    area = AlertArea(
        event=last.event,
        nation=last.nation,
        as_of_s=now_s,
        tracking=last.tracking,
        over=True,
        regions=(),
        released=last.region_ids or last.released,
        rings=(),
        lat_deg=last.lat_deg,
        lon_deg=last.lon_deg,
        semi_major_m=last.semi_major_m,
        earliest_s=last.earliest_s,
        latest_s=last.latest_s,
    )
    return _prepared(
        area, None, previous, policy, regions, stage="withdrawn", now_s=now_s, languages=languages
    )


def _prepared(
    area: AlertArea,
    forecast: ImpactForecast | None,
    previous: AlertPrepared | None,
    policy: AlertPolicy,
    regions: Regions,
    *,
    stage: Stage,
    now_s: float,
    languages: tuple[Words, ...],
) -> AlertPrepared:
    require_same_places(languages)
    ended = stage in {"over", "withdrawn"}
    released = tuple(regions.named(region_id) for region_id in area.released)
    # An end is told to those who were told of the beginning.
    named = released if ended else tuple(regions.named(region_id) for region_id in area.region_ids)
    facts = facts_of(stage, area, forecast, named, released)
    texts = tuple(text_in(words, facts) for words in languages)
    rings = previous.area.rings if ended and previous else area.rings
    message = _message(facts, texts, rings, previous, policy, now_s)
    return AlertPrepared(
        area=area,
        stage=stage,
        revision=previous.revision + 1 if previous else 1,
        prepared_s=now_s,
        message=message,
        texts=texts,
        cap_xml=cap_xml(message),
    )


def _message(
    facts: Facts,
    texts: tuple[InfoText, ...],
    rings: tuple[Ring, ...],
    previous: AlertPrepared | None,
    policy: AlertPolicy,
    now_s: float,
) -> CapExercise:
    area, nation = facts.area, facts.nation
    levels = levels_of(area, facts.stage, thrusting=facts.thrusting, now_s=now_s)
    revision = previous.revision + 1 if previous else 1
    infos = tuple(_info(facts, text, levels, rings, policy, now_s) for text in texts)
    places = [tuple((place.region_id, place.rings) for place in info.areas) for info in infos]
    require(len(set(places)) == 1, f"alert of {area.event}: languages name different areas")
    message_type: MessageType = "Alert" if previous is None else "Update"
    return CapExercise(
        identifier=f"cw-exercise-{nation.lower()}-{area.event}-{revision}",
        sender=f"exercise.{nation.lower()}@commonwatch.example",
        sent=cap_time(now_s, zone_of(nation)),
        message_type="Cancel" if facts.stage == "withdrawn" else message_type,
        note=f"EXERCISE. Exercise event {area.event}. Sensors and policy are notional.",
        references=_references(previous),
        incident=area.event,
        infos=infos,
    )


def _info(
    facts: Facts,
    text: InfoText,
    levels: Levels,
    rings: tuple[Ring, ...],
    policy: AlertPolicy,
    now_s: float,
) -> CapInfo:
    zone = zone_of(facts.nation)
    area = facts.area
    ended = facts.stage in {"over", "withdrawn"}
    expires_s = (now_s if ended else max(area.latest_s, now_s)) + policy.expires_after_s
    places = [
        CapArea(name, told_outline(region), region.id)
        for name, region in zip(text.region_names, facts.named, strict=True)
    ]
    if rings:
        places.append(CapArea(text.polygon_name, rings, None))
    parameters: list[tuple[str, str]] = [
        ("commonwatch:tracking", area.tracking),
        ("commonwatch:stage", facts.stage),
    ]
    if facts.sources:
        parameters.append(("commonwatch:sources", " ".join(facts.sources)))
    return CapInfo(
        language=text.language,
        event=text.event,
        levels=levels,
        effective=cap_time(now_s, zone),
        onset=None if ended else cap_time(max(area.earliest_s, now_s), zone),
        expires=cap_time(expires_s, zone),
        sender_name=text.sender_name,
        headline=text.headline,
        description=text.description,
        instruction=text.instruction,
        parameters=tuple(parameters),
        areas=tuple(places),
    )


def _references(previous: AlertPrepared | None) -> tuple[str, ...]:
    """All messages of the event so far, the newest last: each receiver knows some of them."""
    if previous is None:
        return ()
    return (*previous.message.references, previous.message.reference)[-WARN_REFERENCES_MAX:]
