"""`commonwatch bench` as its users call it."""

from __future__ import annotations

import importlib.util
import json

import pytest

from commonwatch.bench import listing
from commonwatch.cli import app

from .conftest import IS_THERE
from .passes import first_minute

needs_stone_soup = pytest.mark.skipif(
    not IS_THERE, reason="Stone Soup is not installed: `make bench` runs this lane"
)


def test_it_lists_the_benchmarks(capsys):
    assert app.run(["bench"]) == 0
    lines = capsys.readouterr().out.splitlines()
    named = [line.split()[0] for line in lines]
    assert named == [one.name for one in listing.BENCHMARKS]
    assert {"stonesoup", "speed", "arcs", "calibration"} <= set(named)


def test_the_list_says_which_peers_are_there(capsysbinary):
    assert app.run(["bench", "--json"]) == 0
    told = json.loads(capsysbinary.readouterr().out)
    assert told["kind"] == "benchmarks"
    for one in told["benchmarks"]:
        peer = one["peer"]
        assert one["ready"] == (peer is None or importlib.util.find_spec(peer) is not None)


@pytest.mark.parametrize("name", ["stonesoup", "speed", "arcs", "all"])
def test_without_the_peer_it_says_how_to_get_it(name, monkeypatch, capsys):
    monkeypatch.setattr(listing.Benchmark, "is_ready", False)
    assert app.run(["bench", name]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "`make bench`" in err


@pytest.mark.parametrize(
    "arguments", [["no-such"], ["all", "--json"], ["stonesoup", "--passes", "0"]]
)
def test_what_it_cannot_do(arguments, capsys):
    assert app.run(["bench", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@needs_stone_soup
def test_both_trackers_on_a_slice_of_a_pass():
    from commonwatch.bench.beside_stonesoup import beside_stonesoup
    from commonwatch.bench.table import lines_of

    told_of = []
    answer = beside_stonesoup([first_minute], 1, 1, lambda done, what: told_of.append((done, what)))
    assert [done for done, _what in told_of] == [0, 1, 2, 3]
    ours, *peers = answer.contenders
    assert ours.name == "Commonwatch"
    assert min(one.cpu_s for one in answer.contenders) > 0.0
    for theirs, ratio in zip(peers, answer.ratios, strict=True):
        assert ratio.cpu == pytest.approx(ours.cpu_s / theirs.cpu_s, rel=0.05)
    lines = list(lines_of(answer))
    assert any(line.startswith("completeness") for line in lines)
    assert "stonesoup" in lines[-1]
