"""The exercise alerts that each nation would have prepared from what it knew."""

from __future__ import annotations

from dataclasses import dataclass, field

from commonwatch.estimate.assessment import Impact
from commonwatch.utc import parse_utc
from commonwatch.warn.alert import AlertPrepared, prepare_alert
from commonwatch.warn.alert_area import AlertPolicy
from commonwatch.warn.forecast import ImpactForecast
from commonwatch.warn.regions import Regions
from commonwatch.world.replay_result import AlertResult
from commonwatch.world.replay_view import Known


@dataclass(slots=True)
class AlertDesk:
    """Prepares one nation's alerts, event by event; nothing here is sent to anyone."""

    nation: str
    scene: str
    lift_off_s: float
    regions: Regions
    sensor_nations: dict[str, str]
    policy: AlertPolicy = field(default_factory=AlertPolicy)
    prepared: list[AlertResult] = field(default_factory=list)
    _previous: dict[str, AlertPrepared] = field(default_factory=dict)
    _forecasts: dict[str, ImpactForecast] = field(default_factory=dict)

    def take(self, objects: tuple[Known, ...], now_s: float) -> None:
        """Everything as known at one moment; the alerts worth telling now are prepared."""
        if not self.regions.of(self.nation):
            return
        for known in objects:
            if known.assessment.impact is not None:
                forecast = self._forecast(known, known.assessment.impact, now_s)
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
            if alert is not None:
                self._previous[event] = alert
                self.prepared.append(self._result(alert, now_s))

    def _forecast(self, known: Known, impact: Impact, now_s: float) -> ImpactForecast:
        told = known.assessment
        nations = {self.sensor_nations[name] for name in known.impact_sensors}
        return ImpactForecast(
            event=f"{self.scene}-{told.event}".replace(":", "-").replace(" ", "-"),
            as_of_s=now_s,
            tracking="observed" if told.status == "confirmed" else "extrapolated",
            sources=tuple(sorted(nations)),
            lat_deg=impact.lat_deg,
            lon_deg=impact.lon_deg,
            semi_major_m=impact.ellipse95.semi_major_m,
            semi_minor_m=impact.ellipse95.semi_minor_m,
            azimuth_deg=impact.ellipse95.azimuth_deg,
            time_s=parse_utc(impact.time),
            time_sigma_s=impact.time_sigma_s,
            launch_time_s=None if told.launch is None else parse_utc(told.launch.time),
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
