"""Article 6 a, b in a replay: whole nodes, real plots, the hub of the trilateral arrangement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.ledger_store import read_ledger
from commonwatch.share.reconcile import Ledger, reconcile
from commonwatch.world import replay_setup
from commonwatch.world.replay import _second, _seconds, _settle
from commonwatch.world.replay_setup import ReplayNetwork, ReplayOptions
from tests.sharing.hub import BILATERAL, WITH_PATH, consent
from tests.sharing.scenes import SHORT, scene_named

CODES = ("KOR", "JPN", "USA")
# From the rise over Japan's horizon on.
FROM_S, SECONDS = 130.0, 60.0


@pytest.fixture(scope="module")
def scene():
    whole = scene_named(SHORT)
    first_s = whole.plots[0].time_s + FROM_S
    return replace(
        whole,
        plots=tuple(one for one in whole.plots if first_s <= one.time_s <= first_s + SECONDS),
    )


def replayed(scene, folder, monkeypatch, *, consents: bool, revoked_after_s: float | None = None):
    """What KOR holds of JPN's at each second, and the network's folder."""
    monkeypatch.setattr(replay_setup, "shipped_terms", lambda: (*BILATERAL, WITH_PATH))
    options = ReplayOptions(nodes=tuple(nation(code) for code in CODES), seed=1)
    network = ReplayNetwork(scene, options, folder)
    first_s = scene.plots[0].time_s
    given = consent("JPN", "USA", "KOR", granted_s=first_s - 60.0, expires_s=first_s + 9e5)
    sensors = {sensor.id: sensor.nation for sensor in scene.sensors}
    seen: list[tuple[float, tuple[str, ...]]] = []
    jpn, kor = network.nodes["JPN"], network.nodes["KOR"]
    if consents:
        jpn.node.consents.give(given, first_s - 30.0)
        for item in network.nodes.values():
            item.node.obey(first_s - 30.0)
    for now_s, plots in _seconds(network):
        if now_s > first_s + SECONDS:
            break
        if revoked_after_s is not None and now_s >= first_s + revoked_after_s:
            jpn.node.consents.revoke(given.id, "a dispute", now_s)
            revoked_after_s = None
        _second(network, sensors, plots, now_s)
        of_japan = [
            item.bulletin.id
            for item in kor.node.held()
            if "JPN" in item.bulletin.lineage.originators
        ]
        seen.append((now_s - first_s, tuple(of_japan)))
    contributors = {name for told in kor.watch._from_partners(now_s) for name in told.nations}
    _settle(network, now_s)
    public = network.keys["KOR"].public
    network.close()
    return seen, contributors, public


def differences(folder, public) -> list[str]:
    held = {}
    for code in CODES:
        read = read_ledger(folder / code)
        assert read.reasons(public[code]) == ()
        held[code] = Ledger(code, tuple(read.records()), read.bodies)
    return [
        why
        for one, other in (("KOR", "JPN"), ("KOR", "USA"), ("JPN", "USA"))
        for account in reconcile(held[one], held[other], public, EXERCISE)
        for why in account.differences
    ]


def test_korea_gets_what_japan_sees_through_the_hub_with_consent(scene, tmp_path, monkeypatch):
    seen, contributors, public = replayed(scene, tmp_path, monkeypatch, consents=True)
    assert "JPN" in contributors
    assert all(name.startswith("USA-KOR-") for _at_s, names in seen for name in names)
    assert differences(tmp_path, public) == []


def test_and_without_it_nothing_at_all(scene, tmp_path, monkeypatch):
    seen, contributors, public = replayed(scene, tmp_path, monkeypatch, consents=False)
    assert all(names == () for _at_s, names in seen)
    assert "JPN" not in contributors
    assert differences(tmp_path, public) == []


def test_withdrawn_in_the_midst_nothing_new_comes_after(scene, tmp_path, monkeypatch):
    seen, _contributors, public = replayed(
        scene, tmp_path, monkeypatch, consents=True, revoked_after_s=40.0
    )
    at_order = [names for at_s, names in seen if at_s < 40.0][-1]
    assert at_order
    after = [names for at_s, names in seen if at_s >= 41.0]
    assert all(names == after[0] for names in after)
    assert differences(tmp_path, public) == []
