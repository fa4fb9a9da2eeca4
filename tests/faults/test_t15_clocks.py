"""T15: a node's clock is wrong, steps or runs wild (libfaketime): it is said, and nothing moves."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from commonwatch.node.service.steady_clock import APART_MAX_S, SteadyClock
from tests.sharing import services as services_module
from tests.sharing.builders import T0_S, assessment, own_estimate, world
from tests.sharing.links import until
from tests.sharing.services import WAIT_S_MAX, joined_services

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
FLAGGED_S_MAX = 30.0
needs_faketime = pytest.mark.skipif(
    LIBRARY is None, reason="no clock is moved here: on Debian, apt-get install faketime"
)
# The library answers EINVAL to a sleep until a moment of the monotonic clock, as Python sleeps.
PROGRAM_THAT_SLEEPS_BY_SELECT = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds)
from commonwatch.cli.app import main
main()
"""


@pytest.fixture
def pair(tmp_path, monkeypatch):
    """KOR with the right time, JPN with that of a file."""
    made = joined_services(tmp_path, ("KOR", "JPN"))
    made["JPN"].clock = tmp_path / "clock"
    made["JPN"].clock.write_text("-5m\n")
    real = services_module.subprocess.Popen

    def mistimed(line, **more):
        if str(line[-1]).endswith("/JPN"):
            more["env"] = {
                **os.environ, "LD_PRELOAD": str(LIBRARY), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_TIMESTAMP_FILE": str(made["JPN"].clock),
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
            }  # fmt: skip
            line = [sys.executable, "-c", PROGRAM_THAT_SLEEPS_BY_SELECT, *map(str, line[1:])]
        return real(line, **more)

    with monkeypatch.context() as patch:
        patch.setattr(services_module.subprocess, "Popen", mistimed)
        try:
            for service in made.values():
                service.start()
            yield made
        finally:
            for service in made.values():
                if service.process is not None:
                    service.end(signal.SIGKILL)


def says(service, event: str) -> bool:
    return f'"{event}"' in service.log()


@needs_faketime
def test_t15_five_minutes_behind_an_hours_step_and_ten_times_too_fast(pair):
    korea, japan = pair["KOR"], pair["JPN"]
    for service in pair.values():
        until(lambda one=service: says(one, "partner-clock-apart"), "said", FLAGGED_S_MAX)
    assert korea.metrics()['partner_clock_seconds{partner="JPN"}'] == pytest.approx(-300.0, abs=5.0)
    assert not says(korea, "clock-apart")
    assert not says(japan, "clock-apart"), "it cannot know by itself"

    before_s = korea.metrics()['partner_clock_seconds{partner="JPN"}']
    for moved in ("+55m\n", "-5m x10\n"):
        japan.clock.write_text(moved)
        until(lambda: japan.get("/ready")[0] == 503, "it says so", FLAGGED_S_MAX)
        assert "clock stepped or runs wild" in japan.get("/ready")[1]
        time.sleep(1.0)
        told_s = korea.metrics()['partner_clock_seconds{partner="JPN"}']
        assert told_s == pytest.approx(before_s, abs=5.0), "what partners hear did not step"
        assert korea.metrics()['link_up{partner="JPN"}'] == 1.0
        if moved.startswith("+55m"):
            japan.clock.write_text("-5m\n")
            until(lambda: japan.get("/ready")[0] == 200, "right again", WAIT_S_MAX)
    # Nothing was told of, and nothing ordered.
    assert [line for service in pair.values() for line in service.out()] == []
    assert {service.end(signal.SIGTERM) for service in pair.values()} == {0}


def test_the_node_goes_by_time_gone_by_and_follows_a_clock_that_is_steered():
    clock = SteadyClock(1000.0, 5.0)
    assert clock.now_s(1001.0, 6.0) == 1001.0
    assert clock.now_s(1002.001, 7.0) == pytest.approx(1002.0005), "steered: followed slowly"
    assert clock.trouble is None
    for second in range(30):
        now_s = clock.now_s(1002.0 + 3600.0 + second, 7.0 + second)
    assert now_s == pytest.approx(1031.0, abs=0.1)
    assert clock.apart_s > APART_MAX_S
    assert "clock stepped" in clock.trouble
    for second in range(3):
        clock.now_s(1032.0 + second, 37.0 + second)
    assert clock.trouble is None, "set right again"
    assert clock.now_s(0.0, 39.0) == pytest.approx(1034.0, abs=0.1), "no time passed, none moved"


def test_t15_a_partner_whose_clock_was_set_back_is_sent_what_it_misses(tmp_path):
    """Its words are dated before those of its last run: they count, but as no sign of life."""
    made = world(tmp_path, ("KOR", "JPN"))
    kor, jpn = made.nodes["KOR"], made.nodes["JPN"]
    jpn.report_progress(T0_S + 3600.0)
    kor.obey(T0_S)
    assert kor.resuming.clock_offset_s("JPN") == 3600.0
    assert kor.release((own_estimate(T0_S),), (assessment(T0_S),), T0_S).released
    assert made.bus.drain("JPN", "live"), "lost on the way"
    for at_s in (T0_S + 1.0, T0_S + 2.0, T0_S + 3.0):
        kor.report_progress(at_s)
        jpn.obey(at_s)
        jpn.report_progress(at_s)
        kor.obey(at_s)
    assert kor.resuming.heard_s("JPN") == T0_S
    assert jpn.receive(T0_S + 4.0), "what was lost came again"
    made.close()
