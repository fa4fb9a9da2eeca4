"""T19: the disk under a real node is full: it says so, stops telling partners, and watches on."""

from __future__ import annotations

import errno
import math
import shutil
import signal
import subprocess

import pytest

from commonwatch.node.folder import read_keys
from commonwatch.node.ledger_store import LEDGER_FILE, read_ledger
from commonwatch.node.service.kept_plots import KeptPlots
from commonwatch.utc import parse_utc
from tests.sharing import services as services_module
from tests.sharing.links import until
from tests.sharing.services import PROGRAM, WAIT_S_MAX, example_plots, joined_services

SECONDS, FULL_AFTER = 165.0, 150
IN_A_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
# The node's folder in memory, with room for little; then the program in the place of the shell.
ON_A_SMALL_DISK = """
cp -a "$2" "$2.before" && mount -t tmpfs -o size=4m none "$2" && cp -a "$2.before/." "$2" \
    && exec "$1" node run "$2"
"""


def can_mount() -> bool:
    line = [*IN_A_NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"]
    try:
        return subprocess.run(line, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def fill(path) -> None:
    with path.open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def fed(service, plots, begin_s: int, end_s: int) -> None:
    for at_s in range(begin_s, end_s):
        own = [
            plot for plot in plots
            if at_s - 1 < parse_utc(plot["time"]) <= at_s and plot["sensor"].startswith("KOR")
        ]  # fmt: skip
        service.say(own, float(at_s))
    until(lambda: service.metrics()["data_seconds"] >= end_s - 1, "it is read", WAIT_S_MAX)


@pytest.fixture
def korea(tmp_path, monkeypatch):
    made = joined_services(tmp_path, ("KOR", "JPN"))["KOR"]
    real = subprocess.Popen

    def on_a_small_disk(line, **more):
        if line[0] != PROGRAM:
            return real(line, **more)
        program, _node, _run, folder = line
        return real([*IN_A_NAMESPACE, "sh", "-c", ON_A_SMALL_DISK, "sh", program, folder], **more)

    try:
        with monkeypatch.context() as patch:
            patch.setattr(services_module.subprocess, "Popen", on_a_small_disk)
            made.start()
        yield made
    finally:
        if made.process is not None:
            made.end(signal.SIGKILL)


@pytest.mark.skipif(not can_mount(), reason="no disk is filled here: no mount in a user namespace")
def test_t19_a_full_disk_stops_what_goes_to_partners_and_not_the_own_picture(korea, tmp_path):
    plots = example_plots(SECONDS)
    begin_s = math.ceil(parse_utc(plots[0]["time"]))
    fed(korea, plots, begin_s, begin_s + FULL_AFTER)
    until(lambda: korea.metrics()["ledger_records_total"] > 3, "it records", WAIT_S_MAX)
    assert korea.get("/ready") == (200, "ready\n")

    inside = tmp_path.joinpath(f"/proc/{korea.process.pid}/root", *korea.folder.parts[1:])
    fill(inside / "filler")
    told = len(korea.out())
    durable = korea.metrics()["ledger_records_total"]
    fed(korea, plots, begin_s + FULL_AFTER, begin_s + round(SECONDS))
    until(lambda: korea.get("/ready")[0] == 503, "it says that it is not ready", WAIT_S_MAX)
    reasons = korea.get("/ready")[1]
    assert "the ledger cannot be written: nothing is released or receipted" in reasons
    assert korea.get("/health") == (200, "alive\n")
    until(lambda: len(korea.out()) > told + 5, "the own picture goes on", WAIT_S_MAX)
    assert '"release-stopped"' in korea.log()

    found = tmp_path / "found"
    found.mkdir()
    for path in inside.glob(f"{LEDGER_FILE.partition('.')[0]}.*"):
        shutil.copy(path, found)
    read = read_ledger(found)
    assert read.reasons(read_keys(korea.folder).private.public) == ()
    assert len(read.stored) >= durable
    assert korea.end(signal.SIGTERM) == 0


def test_what_is_kept_has_no_gap_where_a_write_failed(tmp_path):
    class Full:
        """A file on a disk that takes a part of a line, then nothing."""

        def __init__(self, real) -> None:
            self.real, self.tell, self.close = real, real.tell, real.close

        def write(self, text: bytes) -> int:
            return self.real.write(text[:5])

    kept = KeptPlots(tmp_path / "plots.jsonl")
    kept.keep(1.0, [])
    kept._file = Full(kept._file)
    kept.keep(2.0, [])
    assert kept.failed == "plots.jsonl: cannot be written: No space left on device"
    assert kept.is_full
    kept._file = kept._file.real
    kept.keep(3.0, [])
    kept.close()
    again = KeptPlots(tmp_path / "plots.jsonl")
    assert [time_s for time_s, _plots in again.seconds] == [1.0]
    again.close()
