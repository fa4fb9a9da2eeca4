"""What `replay` says to people, and the messages that it writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commonwatch.release.product import LAUNCH_WARNING

if TYPE_CHECKING:
    from commonwatch.world.replay_result import ReplayResult, View

CHECKPOINTS_S = (60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)


def print_answer(result: ReplayResult) -> None:
    """A table of what each nation knew, and of what crossed."""
    print(f"{result.launch}, lift-off {result.lift_off}, agreement {result.agreement}")
    print("Every sensor is notional; every alert is an exercise.\n")
    heads = "".join(f"{f'{at:.0f} s':>12}" for at in CHECKPOINTS_S)
    print(f"{'':12}{'confirmed':>10}{'impact':>10}   95 % area (km2) after{heads}")
    for nation, node in result.nodes.items():
        for name, view in (("alone", node.alone), ("shared", node.shared)):
            print(f"{nation} {name:8}{_s(view.confirmed_s):>10}{_s(view.first_impact_s):>10}"
                  f"{'':24}{_areas(view)}")  # fmt: skip
    print(f"\n{'':12}{'released':>10}{'withheld':>10}{'received':>10}{'receipts':>10}{'bytes':>12}")
    for way, crossed in result.exchange.items():
        print(f"{way:12}{crossed.released:>10}{crossed.withheld:>10}{crossed.received:>10}"
              f"{crossed.receipts:>10}{crossed.bytes:>12}")  # fmt: skip
        for product, told in crossed.products.items():
            if product != LAUNCH_WARNING:
                print(f"  {product:10}{told.released:>10}{told.withheld:>10}")
    agree = "agree to the last record" if result.ledgers_agree else "DO NOT AGREE"
    print(f"\nThe ledgers {agree}. Alerts prepared: {len(result.alerts)}.")


def write_alerts(result: ReplayResult, folder: Path) -> None:
    """One file for each CAP message, numbered in the order in which they were prepared."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, alert in enumerate(result.alerts, 1):
        file = folder / f"{number:03d}-{alert.nation}.xml"
        file.write_text(alert.cap_xml, encoding="utf-8")


def _s(value: float | None) -> str:
    return "never" if value is None else f"{value:.0f} s"


def _areas(view: View) -> str:
    texts = []
    for at_s in CHECKPOINTS_S:
        near = [item for item in view.impact if abs(item.at_s - at_s) <= 5.0]
        texts.append(f"{min(item.area_km2 for item in near):12.4g}" if near else f"{'-':>12}")
    return "".join(texts)
