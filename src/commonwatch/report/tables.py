"""The report's tables as rows of words."""

from __future__ import annotations

from dataclasses import dataclass

from commonwatch.report import findings, words
from commonwatch.report.projection import ground_range_km, unit_vector
from commonwatch.world.replay_result import ReplayResult, View


@dataclass(frozen=True, slots=True)
class Table:
    """A caption, column heads, and rows whose first cell is the row's head."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    css_class: str = ""


def knowledge_table(result: ReplayResult) -> Table:
    """What each nation knew when, alone and shared, and how many times smaller."""
    points = findings.checkpoints(findings.moments(result))
    heads = (
        "Nation", "View", "First own plot", "Confirmed", "First impact estimate",
        *(f"Area {point.name} ({words.clock(point.at_s)})" for point in points), "Sensors",
    )  # fmt: skip
    rows = []
    for code, node in result.nodes.items():
        comparisons = findings.compare(result, code)
        for name, view in (("alone", node.alone), ("shared", node.shared)):
            sides = [c.alone if name == "alone" else c.shared for c in comparisons]
            areas = [words.area(side.area_km2 if side else None) for side in sides]
            rows.append((words.nation(code), name, *_times(view), *areas, _sensors(view)))
        ratios = [words.times(comparison.ratio) for comparison in comparisons]
        rows.append((words.nation(code), "times smaller", "", "", _sooner(node.alone, node.shared),
                     *ratios, ""))  # fmt: skip
    return Table("What each nation knew when", heads, tuple(rows), "knowledge")


def _times(view: View) -> tuple[str, str, str]:
    return (
        words.clock(view.first_plot_s),
        words.clock(view.confirmed_s),
        words.clock(view.first_impact_s),
    )


def _sooner(alone: View, shared: View) -> str:
    if alone.first_impact_s is None or shared.first_impact_s is None:
        return ""
    gain_s = alone.first_impact_s - shared.first_impact_s
    return f"{gain_s:.0f} s sooner" if gain_s >= 1.0 else ""


def _sensors(view: View) -> str:
    """Every sensor that any of the view's answers rests on."""
    names = sorted({source for impact in view.impact for source in impact.sources})
    return ", ".join(names) or words.NOTHING


def area_table(result: ReplayResult, code: str) -> Table:
    """The plot of areas as numbers: every tenth answer."""
    node = result.nodes[code]
    shared = {impact.at_s: impact for impact in node.shared.impact}
    alone = {impact.at_s: impact for impact in node.alone.impact}
    every = sorted({*shared, *alone})
    chosen = [at_s for k, at_s in enumerate(every) if k < 12 or k % 20 == 0]
    rows = []
    for at_s in chosen:
        a, s = alone.get(at_s), shared.get(at_s)
        ratio = a.area_km2 / s.area_km2 if a and s and s.area_km2 > 0.0 else None
        rows.append((words.clock(at_s), words.area(a.area_km2 if a else None),
                     words.area(s.area_km2 if s else None), words.times(ratio)))  # fmt: skip
    return Table(
        f"{words.nation(code)}: area of the 95 % ellipse",
        ("After lift-off", "Alone", "Shared", "Times smaller"),
        tuple(rows),
    )


def ellipse_table(result: ReplayResult) -> Table:
    """The ellipses of the small maps as numbers."""
    rows = []
    for code in result.nodes:
        for comparison in findings.compare(result, code):
            for name, view in (("alone", comparison.alone), ("shared", comparison.shared)):
                if view is not None:
                    rows.append((
                        words.nation(code), name, comparison.checkpoint.name,
                        words.length(view.semi_major_m), words.length(view.semi_minor_m),
                        f"{view.azimuth_deg % 180:.0f}°", words.length(view.error_m),
                    ))  # fmt: skip
    return Table(
        "95 % impact ellipses at the checkpoints",
        ("Nation", "View", "When", "Long half-axis", "Short half-axis", "Azimuth",
         "Miss of the true point"),
        tuple(rows),
    )  # fmt: skip


def flight_table(result: ReplayResult) -> Table:
    """The arc as numbers: about twenty points."""
    flight = findings.flight(result)
    step = max(1, len(flight) // 20)
    seen = findings.own_spans(result)
    rows = []
    for point in (*flight[::step], *flight[-1:]):
        watching = [code for code, many in seen.items() if findings.in_any(point.at_s, [many])]
        rows.append((words.clock(point.at_s), words.coordinates(point.lat_deg, point.lon_deg),
                     f"{words.figure(point.height_km)}{words.NBSP}km",
                     ", ".join(watching) or "nobody"))  # fmt: skip
    return Table("The flight", ("After lift-off", "Over", "Height", "In sight of"), tuple(rows))


def profile_table(result: ReplayResult) -> Table:
    """Altitude against ground range as numbers."""
    flight, ends = findings.flight(result), findings.endpoints(result)
    rows = []
    if ends is not None:
        start, step = unit_vector(*ends[0]), max(1, len(flight) // 20)
        for point in (*flight[::step], *flight[-1:]):
            range_km = ground_range_km(start, unit_vector(point.lat_deg, point.lon_deg))
            rows.append((words.clock(point.at_s), f"{range_km:,.0f}{words.NBSP}km",
                         f"{words.figure(point.height_km)}{words.NBSP}km"))  # fmt: skip
    return Table(
        "Altitude against ground range", ("After lift-off", "Ground range", "Altitude"),
        tuple(rows),
    )  # fmt: skip


def sensor_table(result: ReplayResult) -> Table:
    """The sensors, all notional."""
    rows = tuple(
        (s.id, words.nation(s.nation), s.kind, words.coordinates(s.lat_deg, s.lon_deg), "notional")
        for s in result.sensors
    )
    return Table("Sensors", ("Sensor", "Nation", "Kind", "At or above", "Source"), rows)


def exchange_table(result: ReplayResult) -> Table:
    """What crossed in each direction."""
    rows = tuple(
        (f"{source} → {target}", f"{d.released:,}", f"{d.withheld:,}", f"{d.received:,}",
         f"{d.receipts:,}", words.size(d.bytes), words.size(d.after_suspension))
        for source, target, d in findings.directions(result)
    )  # fmt: skip
    heads = ("Direction", "Released", "Withheld", "Received", "Receipts", "Volume",
             "After suspension")  # fmt: skip
    return Table("What crossed, by direction", heads, rows, "numbers")


def published_table(result: ReplayResult) -> Table:
    """Published figures beside those of the flight as it was rebuilt from them."""
    rebuilt = _rebuilt(result)
    rows, used = [], set()
    for name, keys, value in rebuilt:
        told = [(k, v) for k, v in result.published.items() if any(key in k for key in keys)]
        told = [(k, v) for k, v in told if k not in used]
        used |= {k for k, _ in told}
        rows.append((name, "; ".join(v for _, v in told) or words.NOTHING, value))
    rows += [
        (words.capitalised(key.replace("_", " ")), value, words.NOTHING)
        for key, value in result.published.items()
        if key not in used
    ]
    return Table(
        "Published figures beside the flight rebuilt from them",
        ("Figure", "Published", "Rebuilt for this replay"), tuple(rows),
    )  # fmt: skip


def _rebuilt(result: ReplayResult) -> list[tuple[str, tuple[str, ...], str]]:
    truth = result.truth
    if truth is None:
        return []
    minutes, seconds = divmod(round(truth.impact_at_s), 60)
    return [
        ("Apogee", ("apogee",), f"{words.figure(truth.apogee_km, 5)}{words.NBSP}km"),
        ("Ground range", ("range",), f"{words.figure(truth.range_km, 5)}{words.NBSP}km"),
        ("Flight time", ("flight_time", "flight time", "duration"),
         f"{minutes} min {seconds} s ({round(truth.impact_at_s):,}{words.NBSP}s)"),
        ("Launch point", ("launch_lat", "launch point", "launch_point", "site"),
         words.coordinates(truth.launch_lat_deg, truth.launch_lon_deg)),
        ("Impact point", ("impact",),
         words.coordinates(truth.impact_lat_deg, truth.impact_lon_deg)),
    ]  # fmt: skip
