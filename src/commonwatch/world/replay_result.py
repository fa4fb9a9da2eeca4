"""What a replay found: every node's view, alone and shared, and what crossed between them."""

from __future__ import annotations

import msgspec


class ImpactView(msgspec.Struct, frozen=True):
    """A node's answer to "where will it come down", `at_s` seconds after lift-off."""

    at_s: float
    error_m: float | None
    semi_major_m: float
    semi_minor_m: float
    area_km2: float
    sources: tuple[str, ...]
    lat_deg: float
    lon_deg: float
    azimuth_deg: float
    impact_at_s: float
    time_sigma_s: float
    if_thrust_ends: bool


class PathPoint(msgspec.Struct, frozen=True):
    """Where a node held the object to be, `at_s` after lift-off; 1-sigma of position."""

    at_s: float
    lat_deg: float
    lon_deg: float
    height_m: float
    sigma_m: float
    status: str
    phase: str


class LaunchView(msgspec.Struct, frozen=True):
    """A node's last answer to "from where and when was it launched"."""

    at_s: float
    launch_time_s: float
    time_sigma_s: float
    lat_deg: float
    lon_deg: float
    semi_major_m: float
    semi_minor_m: float
    azimuth_deg: float
    error_m: float | None


class View(msgspec.Struct, frozen=True):
    """One nation's knowledge, alone or with what partners released; seconds after lift-off."""

    first_plot_s: float | None
    confirmed_s: float | None
    first_impact_s: float | None
    events: int
    tracks: int
    plots: int
    impact: tuple[ImpactView, ...]
    path: tuple[PathPoint, ...]
    launch: LaunchView | None
    burnout_s: float | None
    apogee_km: float | None


class NodeResult(msgspec.Struct, frozen=True):
    """One node, as it would have known the launch alone and as it knew it under the agreements."""

    alone: View
    shared: View


class ProductResult(msgspec.Struct, frozen=True):
    """How often a product went in one direction, and how often it was kept back."""

    released: int
    withheld: int


class DirectionResult(msgspec.Struct, frozen=True):
    """What crossed in one direction between two nodes.

    `withheld` counts launch warnings, `products` both of each product.
    """

    released: int
    withheld: int
    received: int
    receipts: int
    bytes: int
    after_suspension: int
    products: dict[str, ProductResult] = {}


class TimelineEntry(msgspec.Struct, frozen=True):
    """One thing that happened between nodes: a bulletin, its receipt, a refusal, an order."""

    at_s: float
    kind: str  # bulletin | receipt | withheld | suspended | restored | alert
    source: str
    target: str
    text: str


class AlertResult(msgspec.Struct, frozen=True):
    """An alert of status Exercise as a node would have prepared it."""

    nation: str
    at_s: float
    identifier: str
    regions: tuple[str, ...]
    headline_en: str
    headline_ja: str
    headline_ko: str
    description_en: str
    description_ja: str
    description_ko: str
    cap_xml: str


class TruthPath(msgspec.Struct, frozen=True):
    """The flight itself, every few seconds, in columns of equal length."""

    at_s: tuple[float, ...]
    lat_deg: tuple[float, ...]
    lon_deg: tuple[float, ...]
    height_m: tuple[float, ...]
    launch_lat_deg: float
    launch_lon_deg: float
    impact_lat_deg: float
    impact_lon_deg: float
    impact_at_s: float
    burnout_at_s: float
    apogee_at_s: float
    apogee_km: float
    range_km: float


class SensorView(msgspec.Struct, frozen=True):
    """A notional sensor, for the map."""

    id: str
    nation: str
    kind: str
    lat_deg: float
    lon_deg: float


class ReplayResult(msgspec.Struct, frozen=True, tag_field="kind", tag="replay"):
    """The one JSON object that `replay --json` prints."""

    launch: str
    lift_off: str
    agreement: str
    nodes: dict[str, NodeResult]
    exchange: dict[str, DirectionResult]
    ledgers_agree: bool
    alerts: tuple[AlertResult, ...]
    timeline: tuple[TimelineEntry, ...]
    truth: TruthPath | None
    sensors: tuple[SensorView, ...]
    published: dict[str, str]
    sources: tuple[str, ...]
