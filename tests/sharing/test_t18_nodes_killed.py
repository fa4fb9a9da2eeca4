"""T18: nodes killed with kill -9 while they share; what was receipted is there, names go on."""

from __future__ import annotations

import json
import math
import signal
import time

from commonwatch.cli import app
from commonwatch.utc import parse_utc
from tests.sharing.links import until
from tests.sharing.services import WAIT_S_MAX, Service, example_plots, joined_services

SECONDS = 170.0


def fed(services: dict[str, Service], plots, begin_s: int, end_s: int) -> None:
    """Second by second to all, as fast as they read, and nobody waits for anybody."""
    for at_s in range(begin_s, end_s):
        for code, service in services.items():
            own = [
                plot for plot in plots
                if at_s - 1 < parse_utc(plot["time"]) <= at_s and plot["sensor"].startswith(code)
            ]  # fmt: skip
            service.say(own, float(at_s))


def released(service: Service, to: str) -> float:
    return service.metrics().get(f'bulletins_released_total{{partner="{to}"}}', 0.0)


def own_names(service: Service) -> set[str]:
    return {line["track"] for line in service.out() if line["kind"] == "assessment"}


def test_killed_four_times_nothing_receipted_is_lost(tmp_path, capsys):
    services = joined_services(tmp_path, ("KOR", "JPN"))
    korea, japan = services["KOR"], services["JPN"]
    plots = example_plots(SECONDS)
    begin_s = math.ceil(parse_utc(plots[0]["time"]))
    steps = [round(begin_s + SECONDS * part) for part in (0.0, 0.85, 0.9, 0.95, 1.0)]
    try:
        for service in services.values():
            service.start()
        fed(services, plots, steps[0], steps[1])
        until(lambda: released(korea, "JPN") > 0, "KOR has something to tell", WAIT_S_MAX)
        before = own_names(korea)
        for number, killed in enumerate((japan, korea, japan)):
            fed(services, plots, steps[number + 1], steps[number + 2])
            killed.end(signal.SIGKILL)
            killed.start()
        until(
            lambda: korea.metrics()['link_up{partner="JPN"}'] == 1.0
            and japan.metrics()['link_up{partner="KOR"}'] == 1.0,
            "the link is up again", WAIT_S_MAX,
        )  # fmt: skip
        time.sleep(2.0)
        japan.end(signal.SIGKILL)
        japan.start()
        time.sleep(4.0)  # what was missed is asked for and receipted
        assert {service.end(signal.SIGTERM) for service in services.values()} == {0}
    finally:
        for service in services.values():
            if service.process is not None:
                service.end(signal.SIGKILL)
    assert "tracks-taken-up" in korea.log()
    assert before
    assert own_names(korea) == before, "a track goes on under its own name"
    capsys.readouterr()
    folders = [str(service.folder) for service in services.values()]
    assert app.run(["ledger", "reconcile", *folders, "--json"]) == 0
    for way in json.loads(capsys.readouterr().out)["directions"]:
        assert way["receipts"] == way["received"] == way["released"] > 0
    for folder in folders:
        assert app.run(["ledger", "verify", folder]) == 0
