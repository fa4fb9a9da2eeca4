"""What a partner may not know leaves no trace in what it is sent: bytes, order and times.

Whole replays, with and without the source that it may not know of, compared envelope by envelope.
Run with --every-scene for all that ship.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from commonwatch.node.agreements import shipped_terms
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.release.agreement import FieldGrant, FurtherProduct
from commonwatch.release.product import TRAJECTORY
from commonwatch.world import replay as replay_module
from commonwatch.world import replay_setup
from commonwatch.world.replay import replay
from commonwatch.world.replay_result import ReplayResult
from commonwatch.world.replay_scene import ReplayScene
from commonwatch.world.replay_setup import SUSPENDED, ReplayOptions, nodes_of
from tests.sharing.scenes import names_of_scenes, scene_named, with_more_sensors

Sent = dict[tuple[str, str], list[tuple[float, str, bytes]]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "scene" in metafunc.fixturenames:
        metafunc.parametrize("scene", names_of_scenes(metafunc.config), indirect=True)


@pytest.fixture(scope="module")
def scene(request) -> ReplayScene:
    return scene_named(request.param)


def sent_in(scene: ReplayScene, folder: Path, **options: object) -> tuple[Sent, ReplayResult]:
    """Every envelope of each direction: time on the replay's clock, lane, bytes."""
    sent: Sent = {}
    untimed: list[tuple[str, str, str, bytes]] = []
    real = EmbeddedBus.send

    def tapped(bus: EmbeddedBus, sender: str, recipient: str, lane, raw: bytes, *more) -> bool:
        untimed.append((sender, recipient, lane, raw))
        return real(bus, sender, recipient, lane, raw, *more)

    def second_is_over(since_first_plot_s: float) -> None:
        now_s = scene.plots[0].time_s + since_first_plot_s
        for sender, recipient, lane, raw in untimed:
            sent.setdefault((sender, recipient), []).append((round(now_s, 3), lane, raw))
        untimed.clear()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmbeddedBus, "send", tapped)
        # A scene that was cut leaves its objects in the air: no hour of coasting is waited for.
        patch.setattr(replay_module, "AFTER_LAST_PLOT_MAX_S", 60.0)
        nodes = nodes_of(str(options.pop("nodes", "KOR,JPN,USA")), scene)
        chosen = ReplayOptions(nodes=nodes, **options)  # type: ignore[arg-type]
        result = replay(scene, chosen, folder, second_is_over)
    second_is_over(math.inf)  # what left while settling, whenever the scene's first plot was
    return sent, result


@pytest.fixture(scope="module")
def plain(scene, base) -> Sent:
    sent, _result = sent_in(scene, base / f"plain-{scene.name}")
    assert sum(map(len, sent.values())) > 50
    return sent


def test_a_fourth_nation_and_a_sensor_not_covered_change_nothing(scene, plain, base):
    more, result = sent_in(
        with_more_sensors(scene), base / f"more-{scene.name}", nodes="KOR,JPN,USA,AUS"
    )
    assert result.nodes["AUS"].alone.plots > 0
    assert "KOR-X" in {name for view in result.nodes["KOR"].alone.impact for name in view.sources}
    for way in plain:
        assert more.get(way, []) == plain.get(way, [])
    assert set(more) == set(plain)


def test_a_suspended_pair_changes_nothing_for_the_third(scene, plain, base):
    sent, _result = sent_in(scene, base / f"suspended-{scene.name}", agreement=SUSPENDED)
    for way in (("KOR", "USA"), ("USA", "KOR"), ("JPN", "USA"), ("USA", "JPN")):
        assert sent.get(way, []) == plain.get(way, [])
    assert ("KOR", "JPN") not in sent
    assert ("JPN", "KOR") not in sent


def test_what_kor_tells_jpn_is_nowhere_in_what_jpn_tells_the_usa(scene, plain, base):
    kor = {one.id for one in scene.sensors if one.nation == "KOR"}
    blind = replace(scene, plots=tuple(plot for plot in scene.plots if plot.sensor not in kor))
    sent, _result = sent_in(blind, base / f"blind-{scene.name}")
    for way in (("JPN", "USA"), ("USA", "JPN")):
        assert sent.get(way, []) == plain.get(way, [])


def test_a_trajectory_for_one_partner_changes_nothing_for_the_others(scene, plain, base):
    """KOR tells the United States trajectories too; with JPN the product is named, and empty."""
    path = FurtherProduct(TRAJECTORY, (FieldGrant("path", "agreed here", delay_s=20.0),))
    further = {"KOR-USA": (path,), "KOR-JPN": (FurtherProduct(TRAJECTORY),)}
    terms = tuple(replace(one, further_products=further.get(one.id, ())) for one in shipped_terms())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay_setup, "shipped_terms", lambda: terms)
        sent, result = sent_in(scene, base / f"trajectory-{scene.name}")
    for way in (("KOR", "JPN"), ("JPN", "KOR"), ("JPN", "USA"), ("USA", "JPN")):
        assert sent.get(way, []) == plain.get(way, [])
    assert sent["KOR", "USA"] != plain["KOR", "USA"]
    assert result.exchange["KOR->USA"].products[TRAJECTORY].released > 0
    assert result.exchange["KOR->JPN"].products[TRAJECTORY].released == 0
    assert result.exchange["KOR->JPN"].products[TRAJECTORY].withheld > 0
    assert result.ledgers_agree
