"""Three nations' nodes as processes, joined over NATS: the same picture as in one process."""

from __future__ import annotations

import json
import math
import re
import signal
import time
from itertools import permutations
from pathlib import Path

import msgspec
import pytest

from commonwatch.cli import app
from commonwatch.node.service.log import LogLine
from commonwatch.node.service.service import PictureLineObject
from commonwatch.utc import format_utc, parse_utc
from commonwatch.world.replay import _second, _seconds
from commonwatch.world.replay_scene import scene_of_pass
from commonwatch.world.replay_setup import MARKINGS, ReplayNetwork, ReplayOptions, nodes_of
from tests.sharing.links import until
from tests.sharing.services import EXAMPLE_PASS, WAIT_S_MAX, Service, example_plots, joined_services

CODES = ("KOR", "JPN", "USA")
SECONDS, AFTER = 150.0, 12
EVERY_S = 10


def pass_of(folder: Path, plots: list[dict[str, object]]) -> Path:
    folder.mkdir()
    (folder / "plots.jsonl").write_text("".join(json.dumps(plot) + "\n" for plot in plots))
    (folder / "sensors.toml").write_text((EXAMPLE_PASS / "sensors.toml").read_text())
    return folder


def replayed(
    folder: Path, plots: list[dict[str, object]], desks: Path
) -> dict[tuple[str, str], str]:
    """The shared pictures of the in-process replay, by nation and time."""
    scene = scene_of_pass(pass_of(folder / "pass", plots))
    options = ReplayOptions(nodes=nodes_of(",".join(CODES), scene), agreements=desks)
    network = ReplayNetwork(scene, options, folder / "kept")
    sensors = {sensor.id: sensor.nation for sensor in scene.sensors}
    pictures = {}
    last_s = math.ceil(scene.plots[-1].time_s)
    for now_s, taken in _seconds(network):
        if now_s > last_s:
            break
        _second(network, sensors, taken, now_s)
        if now_s % EVERY_S == 0.0:
            for code, item in network.nodes.items():
                told = [
                    PictureLineObject(one.assessment, one.originators, one.contributors)
                    for one in item.picture
                ]
                pictures[code, format_utc(now_s)] = json.loads(msgspec.json.encode(told))
    network.close()
    return {key: told for key, told in pictures.items() if told}


def is_quiet(services: dict[str, Service], at_s: float) -> bool:
    """Whether all have closed a second, and have what was released to them."""
    found = {code: service.metrics() for code, service in services.items()}
    if any(one.get("data_seconds") != at_s for one in found.values()):
        return False
    return all(
        found[one].get(f'bulletins_released_total{{partner="{other}"}}', 0)
        == found[other].get(f'bulletins_received_total{{partner="{one}"}}', 0)
        for one, other in permutations(services, 2)
    )


def feed(
    services: dict[str, Service], plots: list[dict[str, object]], begin_s: float, end_s: float
):
    """Second by second to all; the next one when everything of the last has arrived."""
    for at_s in range(round(begin_s), round(end_s) + 1):
        for code, service in services.items():
            own = [
                plot for plot in plots
                if at_s - 1 < parse_utc(plot["time"]) <= at_s and plot["sensor"].startswith(code)
            ]  # fmt: skip
            service.say(own, float(at_s))
        until(lambda at_s=at_s: is_quiet(services, at_s), f"second {at_s} is told", WAIT_S_MAX)


@pytest.fixture
def services(tmp_path):
    made = joined_services(tmp_path, CODES, EVERY_S)
    try:
        for service in made.values():
            service.start()
        until(
            lambda: all(
                value == 1.0
                for service in made.values()
                for name, value in service.metrics().items()
                if name.startswith("link_up")
            ),
            "all links are up",
            WAIT_S_MAX,
        )
        yield made
    finally:
        for service in made.values():
            if service.process is not None:
                service.end(signal.SIGKILL)


def test_the_shared_picture_is_that_of_one_process(services, tmp_path, capsys):
    plots = example_plots(SECONDS)
    begin_s = math.ceil(parse_utc(plots[0]["time"]))
    end_s = math.ceil(parse_utc(plots[-1]["time"]))
    whole = example_plots(SECONDS + 60.0)
    expected = replayed(tmp_path, plots, tmp_path / "desks")
    feed(services, plots, begin_s, end_s)

    before = {code: service.metrics() for code, service in services.items()}
    desk = str(services["KOR"].desk)
    assert app.run(["agreement", "suspend", "KOR-JPN", "--desk", desk]) == 0
    ledger = "ledger_records_total"
    until(
        lambda: (
            services["JPN"].metrics()[ledger] > before["JPN"][ledger]
            and "orders-taken-up" in services["KOR"].log()
        ),
        "the order is obeyed on both sides",
        WAIT_S_MAX,
    )
    time.sleep(0.5)
    feed(services, whole, end_s + 1, end_s + AFTER)
    after = {code: service.metrics() for code, service in services.items()}
    for one, other in permutations(CODES, 2):
        way = f'bulletins_released_total{{partner="{other}"}}'
        came = f'bulletins_received_total{{partner="{one}"}}'
        goes = {one, other} != {"KOR", "JPN"}
        assert (after[one].get(way, 0) > before[one].get(way, 0)) is goes, (one, other)
        assert (after[other].get(came, 0) > before[other].get(came, 0)) is goes

    until(  # the last receipts have come and are recorded
        lambda: all(service.metrics()["link_waiting" + f'{{partner="{other}"}}'] == 0
                    for code, service in services.items() for other in CODES if other != code),
        "nothing waits", WAIT_S_MAX,
    )  # fmt: skip
    time.sleep(1.5)
    assert {service.end(signal.SIGTERM) for service in services.values()} == {0}
    told = {
        (code, line["time"]): line["objects"]
        for code, service in services.items()
        for line in service.out()
        if line["kind"] == "picture" and parse_utc(line["time"]) <= end_s and line["objects"]
    }
    assert len(expected) > 20
    assert told == expected
    assert any(len(one["originators"]) == 3 for objects in told.values() for one in objects)

    capsys.readouterr()
    for one, other in (("KOR", "JPN"), ("KOR", "USA"), ("JPN", "USA")):
        folders = [str(services[code].folder) for code in (one, other)]
        assert app.run(["ledger", "reconcile", *folders, "--json"]) == 0
        for way in json.loads(capsys.readouterr().out)["directions"]:
            assert way["receipts"] == way["released"] == way["received"] > 0
    logs_hold_no_content(services, plots)


def logs_hold_no_content(services: dict[str, Service], plots: list[dict[str, object]]) -> None:
    for service in services.values():
        log = service.log()
        lines = [msgspec.json.decode(line, type=LogLine) for line in log.splitlines()]
        assert {"started", "link-up", "stopped"} <= {line.event for line in lines}
        words = {word for mark in MARKINGS.values() for word in (mark, ascii(mark))}
        words |= {plot["sensor"] for plot in plots}
        words |= {str(plot[key]) for plot in plots for key in ("azimuth_deg", "elevation_deg")}
        assert not [word for word in words if word in log]
        # No number with a fraction but the times of the lines themselves.
        untimed = re.sub(r'"time":"[^"]+"', "", log)
        assert not re.search(r"\d\.\d", untimed)
