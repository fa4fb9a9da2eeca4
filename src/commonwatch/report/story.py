"""What happened and what sharing was worth, in words."""

from __future__ import annotations

from dataclasses import dataclass

from commonwatch.report import findings, words
from commonwatch.report.findings import Comparison
from commonwatch.world.replay_result import ReplayResult

WORTH_TELLING = 1.25
"""A gain below this is told as "no smaller": it is within what one pass happens to give."""
NO_ANSWER_KM2 = 1e6
"""An area so large, tells nobody where to look."""
IN_KOREA_AND_JAPAN_H = 9


@dataclass(frozen=True, slots=True)
class Tile:
    """One large figure with what it means."""

    value: str
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Story:
    """The head of the report."""

    headline: str
    lede: tuple[str, ...]
    tiles: tuple[Tile, ...]


def tell(result: ReplayResult) -> Story:
    """The story of a result, whatever the agreement let through."""
    gains = _gains(result)
    return Story(
        _headline(result, gains),
        tuple(part for part in (_flight_sentence(result), *_worth_sentences(result)) if part),
        _tiles(result, gains),
    )


def agreement_words(result: ReplayResult) -> str:
    """The state of the agreements: how the replay began, and what orders changed it, when."""
    told = [f"agreement {result.agreement.replace('-', ' ')}"]
    orders = dict.fromkeys(
        f"{entry.kind} at {words.clock(entry.at_s)}"
        for entry in result.timeline
        if entry.kind in {"suspended", "restored"} and entry.at_s > 0.0
    )
    return ", ".join([*told, *orders])


def first_comparison(result: ReplayResult, code: str) -> Comparison | None:
    """The nation's first checkpoint."""
    return next(iter(findings.compare(result, code)), None)


def _gains(result: ReplayResult) -> list[tuple[str, Comparison]]:
    """What sharing was worth at the first checkpoint to the nations that follow flights by radar.

    A nation that only sees the ascent, from space, knows next to nothing alone: its ratio would
    make the largest headline and say the least. Where no nation has a radar, all count.
    """
    radars = {sensor.nation for sensor in result.sensors if sensor.kind == "radar"}
    gains = []
    for code in result.nodes:
        comparison = first_comparison(result, code)
        if comparison is not None and comparison.ratio is not None:
            gains.append((code, comparison))
    of_radars = [gain for gain in gains if gain[0] in radars] or gains
    return sorted(of_radars, key=lambda gain: -(gain[1].ratio or 0.0))


def _headline(result: ReplayResult, gains: list[tuple[str, Comparison]]) -> str:
    silent = findings.silent_pairs(result)
    if silent:
        a, b = silent[0]
        return (
            f"Nothing crossed between {words.the_nation(a)} and {words.the_nation(b)}: "
            "each knew only what could be seen without the other"
        )
    if not gains:
        return "One launch, and what each nation knew of it alone and together"
    told = [
        f"{words.figure(comparison.ratio or 1.0, 2)} times {'' if k else 'smaller '}for "
        f"{words.the_nation(code)}"
        for k, (code, comparison) in enumerate(gains[:2])
        if (comparison.ratio or 0.0) >= WORTH_TELLING
    ]
    if not told:
        return "What the nations shared left the area to search no smaller a minute after burnout"
    return f"Sharing made the area to search {', '.join(told)}"


def _flight_sentence(result: ReplayResult) -> str:
    ends, when, truth = findings.endpoints(result), findings.moments(result), result.truth
    local = words.moment(result.lift_off, 0.0, IN_KOREA_AND_JAPAN_H)
    sentence = f"Lift-off was at {local} in Korea and Japan"
    if ends is not None:
        sentence += f", near {words.coordinates(*ends[0])}"
    if truth is not None and when.impact_s is not None:
        apogee, away = (f"{words.figure(km, 4)}{words.NBSP}km" for km in (
            truth.apogee_km, truth.range_km))  # fmt: skip
        later = words.duration(when.impact_s)
        sentence += f". The object climbed to {apogee} and came down {away} away, {later} later"
    return sentence + "."


def _worth_sentences(result: ReplayResult) -> list[str]:
    """One sentence a nation, then one on what crossed."""
    sentences = []
    for code in result.nodes:
        comparison = first_comparison(result, code)
        if comparison is not None:
            sentences.append(_worth_sentence(code, comparison))
    released = sum(crossed.released for _, _, crossed in findings.directions(result))
    withheld = sum(crossed.withheld for _, _, crossed in findings.directions(result))
    after = sum(crossed.after_suspension for _, _, crossed in findings.directions(result))
    told = f"{words.count(released, 'bulletin')} went out and {withheld:,} were withheld"
    if any(entry.kind == "suspended" for entry in result.timeline) or withheld:
        told += f"; {words.count(after, 'byte')} left after an order to suspend took effect"
    agree = "agree to the last record" if result.ledgers_agree else "DO NOT AGREE"
    sentences.append(f"{told}. The nodes’ ledgers {agree}.")
    return sentences


def _worth_sentence(code: str, comparison: Comparison) -> str:
    name, moment = words.the_nation(code), words.capitalised(comparison.checkpoint.name)
    alone, shared, ratio = comparison.alone, comparison.shared, comparison.ratio
    if shared is None and alone is None:
        return f"{moment} {name} could not say where it would fall, alone or with the others."
    if shared is None:
        return f"{moment} {name} could say where it would fall only alone."
    with_others = words.area(shared.area_km2)
    if alone is None:
        return (
            f"{moment} {name} alone could not say where it would fall; with what was shared it "
            f"knew to within {with_others}."
        )
    by_itself = words.area(alone.area_km2)
    if alone.area_km2 > NO_ANSWER_KM2:
        return (
            f"{moment} {name} alone had no useful answer ({by_itself}); with what was shared it "
            f"knew to within {with_others}."
        )
    if by_itself == with_others:
        return (
            f"{moment} {name} knew the impact point to within {by_itself}, alone and with what "
            "was shared."
        )
    if ratio is None or ratio < WORTH_TELLING:
        return (
            f"{moment} {name} knew the impact point to within {by_itself} alone and {with_others} "
            "with what was shared."
        )
    return (
        f"{moment} {name} alone would have had to search {by_itself}; with what was shared, "
        f"{with_others}, {words.figure(ratio, 2)} times less."
    )


def _tiles(result: ReplayResult, gains: list[tuple[str, Comparison]]) -> tuple[Tile, ...]:
    tiles = []
    truth = result.truth
    if truth is not None:
        tiles.append(Tile(words.figure(truth.apogee_km, 4), "km", "up, at apogee"))
        tiles.append(Tile(words.figure(truth.range_km, 4), "km", "away, over ground"))
        tiles.append(Tile(words.figure(truth.impact_at_s / 60, 2), "min", "from launch to impact"))
    confirmed = [
        node.shared.confirmed_s
        for node in result.nodes.values()
        if node.shared.confirmed_s is not None
    ]
    if confirmed:
        tiles.append(Tile(words.clock(min(confirmed)), "", "first confirmed track, after lift-off"))
    if gains and (gains[0][1].ratio or 0.0) >= WORTH_TELLING:
        code, comparison = gains[0]
        told = f"smaller area for {words.the_nation(code)}, {comparison.checkpoint.name}"
        tiles.append(Tile(words.figure(comparison.ratio or 1.0, 2), "×", told))
    return tuple(tiles)
