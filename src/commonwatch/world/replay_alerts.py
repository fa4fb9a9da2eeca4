"""The exercise alerts that each nation would have prepared from what it knew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from commonwatch.release.decision import Decision
from commonwatch.utc import parse_utc
from commonwatch.warn.alert import AlertPrepared, prepare_alert
from commonwatch.warn.alert_area import AlertPolicy
from commonwatch.warn.forecast import ImpactForecast
from commonwatch.warn.regions import Regions
from commonwatch.world.replay_public import PublicImpact, PublicWord
from commonwatch.world.replay_result import AlertResult

# Records the decisions that an alert rests on, under its name; whether they are durable.
Record = Callable[[str, tuple[Decision, ...], float], bool]


@dataclass(slots=True)
class AlertDesk:
    """Prepares one nation's alerts, event by event; nothing here is sent to anyone.

    An alert is written after the decisions that it rests on are in the ledger. Where they cannot
    be, one that names a partner is not written; the own warning goes on.
    """

    nation: str
    scene: str
    lift_off_s: float
    regions: Regions
    record: Record
    policy: AlertPolicy = field(default_factory=AlertPolicy)
    prepared: list[AlertResult] = field(default_factory=list)
    _previous: dict[str, AlertPrepared] = field(default_factory=dict)
    _forecasts: dict[str, ImpactForecast] = field(default_factory=dict)
    _events: dict[str, str] = field(default_factory=dict)

    def take(self, word: PublicWord, now_s: float) -> None:
        """All that may be told at one moment; the alerts worth telling now are prepared."""
        if not self.regions.of(self.nation):
            return
        for told in word.impacts:
            forecast = self._forecast(told, now_s)
            self._forecasts[forecast.event] = forecast
        for event, forecast in self._forecasts.items():
            alert = prepare_alert(
                forecast,
                self._previous.get(event),
                self.policy,
                self.regions,
                nation=self.nation,
                now_s=now_s,
            )
            if alert is None:
                continue
            recorded = self.record(alert.identifier, word.decisions, now_s)
            if recorded or forecast.sources == (self.nation,):
                self._previous[event] = alert
                self.prepared.append(self._result(alert, now_s))

    def _forecast(self, told: PublicImpact, now_s: float) -> ImpactForecast:
        impact = told.impact
        # Counted here: neither an own nor a partner's name of an event is the public's to know.
        event = self._events.setdefault(told.event, f"e{len(self._events) + 1}")
        return ImpactForecast(
            event=f"{self.scene}-{event}".replace(" ", "-"),
            as_of_s=now_s,
            tracking="observed" if told.observed else "extrapolated",
            sources=told.sources,
            lat_deg=impact.lat_deg,
            lon_deg=impact.lon_deg,
            semi_major_m=impact.ellipse95.semi_major_m,
            semi_minor_m=impact.ellipse95.semi_minor_m,
            azimuth_deg=impact.ellipse95.azimuth_deg,
            time_s=parse_utc(impact.time),
            time_sigma_s=impact.time_sigma_s,
            launch_time_s=told.launch_time_s,
            if_thrust_ends=impact.if_thrust_ends,
        )

    def _result(self, alert: AlertPrepared, now_s: float) -> AlertResult:
        english, japanese, korean = alert.text("en"), alert.text("ja"), alert.text("ko")
        return AlertResult(
            nation=self.nation,
            at_s=round(now_s - self.lift_off_s, 6),
            identifier=alert.identifier,
            regions=alert.area.region_ids,
            headline_en=english.headline,
            headline_ja=japanese.headline,
            headline_ko=korean.headline,
            description_en=english.description,
            description_ja=japanese.description,
            description_ko=korean.description,
            cap_xml=alert.cap_xml,
        )
