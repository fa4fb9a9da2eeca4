"""report.html: one file that tells a replay to its reader and asks nothing of any other machine."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from commonwatch import __version__
from commonwatch.report import findings, story, tables, words
from commonwatch.report.alert_texts import alert_pages
from commonwatch.report.area_plot import NARROW as AREA_NARROW
from commonwatch.report.area_plot import WIDE as AREA_WIDE
from commonwatch.report.area_plot import draw_areas
from commonwatch.report.ellipse_panels import draw_panels
from commonwatch.report.globe_picture import draw_globe
from commonwatch.report.map_picture import LARGEST_FRAMED_M, MapLayout, draw_map, near_sensors
from commonwatch.report.page_templates import page_templates
from commonwatch.report.playback import playback_words
from commonwatch.report.profile_plot import NARROW as PROFILE_NARROW
from commonwatch.report.profile_plot import WIDE as PROFILE_WIDE
from commonwatch.report.profile_plot import draw_profile
from commonwatch.report.timeline_plot import NARROW as TIMELINE_NARROW
from commonwatch.report.timeline_plot import WIDE as TIMELINE_WIDE
from commonwatch.report.timeline_plot import draw_timeline, timeline_table
from commonwatch.world.replay_result import ReplayResult


@dataclass(frozen=True, slots=True)
class NationPage:
    """One nation's plots."""

    code: str
    name: str
    panels: tuple[tuple[Markup, str], ...]
    areas: Markup
    area_table: tables.Table


def render_report(result: ReplayResult) -> str:
    """The report as one HTML page in UTF-8: the same result gives the same page to the byte."""
    environment = page_templates()
    return environment.get_template("report.html.j2").render(
        css=Markup(_asset(environment, "report.css")),
        script=Markup(_asset(environment, "report.js")),
        version=__version__,
        result=result,
        story=story.tell(result),
        agreement=story.agreement_words(result),
        lift_off_utc=words.moment(result.lift_off),
        lift_off_local=words.moment(result.lift_off, 0.0, story.IN_KOREA_AND_JAPAN_H),
        playback=playback_words(result),
        globe=_globe(result),
        map=_map(result),
        too_large=_too_large(result),
        far_sensors=_far_sensors(result),
        profile=_profile(result),
        timeline=_timeline(result),
        timeline_rows=timeline_table(result),
        nations=tuple(_nation(result, code) for code in result.nodes),
        knowledge=tables.knowledge_table(result),
        ellipses=tables.ellipse_table(result),
        flight=tables.flight_table(result),
        profile_table=tables.profile_table(result),
        sensors=tables.sensor_table(result),
        exchange=tables.exchange_table(result),
        published=tables.published_table(result),
        alerts=alert_pages(result),
        silent=tuple((words.nation(a), words.nation(b)) for a, b in findings.silent_pairs(result)),
    )


def _asset(environment: Environment, name: str) -> str:
    """A style sheet or script of ours, to be put into the page as it is."""
    source, _, _ = PackageLoader("commonwatch.report").get_source(environment, name)
    return source


def _both(*pictures: str | None) -> Markup:
    """The wide and the narrow drawing of one picture; the style sheet shows one of them."""
    return Markup("".join(picture or "" for picture in pictures))


def _globe(result: ReplayResult) -> Markup:
    return _both(
        draw_globe(result, width=1120.0, height=720.0, css_class="wide"),
        draw_globe(result, width=380.0, height=560.0, css_class="narrow"),
    )


def _map(result: ReplayResult) -> Markup:
    return _both(
        draw_map(result, MapLayout(1120.0, 760.0, "wide")),
        draw_map(result, MapLayout(380.0, 400.0, "narrow")),
    )


def _profile(result: ReplayResult) -> Markup:
    return _both(draw_profile(result, PROFILE_WIDE), draw_profile(result, PROFILE_NARROW))


def _timeline(result: ReplayResult) -> Markup:
    return _both(draw_timeline(result, TIMELINE_WIDE), draw_timeline(result, TIMELINE_NARROW))


def _nation(result: ReplayResult, code: str) -> NationPage:
    return NationPage(
        code,
        words.nation(code),
        tuple((Markup(panel.picture), panel.caption) for panel in draw_panels(result, code)),
        _both(draw_areas(result, code, AREA_WIDE), draw_areas(result, code, AREA_NARROW)),
        tables.area_table(result, code),
    )


def _far_sensors(result: ReplayResult) -> tuple[str, ...]:
    ends = findings.endpoints(result)
    if ends is None:
        return ()
    return tuple(
        f"{sensor.id} ({sensor.kind}, above {words.coordinates(sensor.lat_deg, sensor.lon_deg)})"
        for sensor in near_sensors(result, ends)[1]
    )


def _too_large(result: ReplayResult) -> tuple[str, ...]:
    """The nations whose ellipse alone is larger than the map should be."""
    return tuple(
        f"{words.nation(code)} alone: {words.area(first.alone.area_km2)}"
        for code in result.nodes
        if (first := story.first_comparison(result, code)) is not None
        and first.alone is not None
        and first.alone.semi_major_m >= LARGEST_FRAMED_M
    )
