"""Suspension ordered at every event of a scene: each node's release and receive, one after another.

The estimates of a replay are worked out once; then real nodes live through them again and again,
the order at another event each time. Run with --every-scene for every second of all that ship.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.ledger_store import read_ledger
from commonwatch.node.node import OwnWord
from commonwatch.release.decision import Decision
from commonwatch.share.envelope import recorded_bundle
from commonwatch.world.replay_scene import ReplayScene
from commonwatch.world.replay_setup import ReplayNetwork, ReplayOptions, nodes_of
from tests.sharing.links import LinkedBus
from tests.sharing.scenes import names_of_scenes, scene_named

PAIR = ("KOR", "JPN")
# Suspended at an event, restored so many events later, suspended again at the one after that: with
# every first event below this, every event of the scene has its turn.
CYCLE = 12
RESTORED_AFTER = 5

TRANSPORTS = ("embedded", "nats")

Words = list[tuple[float, dict[str, OwnWord]]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "words" in metafunc.fixturenames:
        metafunc.parametrize("words", names_of_scenes(metafunc.config), indirect=True)


@dataclass
class Scripted:
    """What every nation's sensors said, second by second, of one scene."""

    scene: ReplayScene
    words: Words


@pytest.fixture(scope="module")
def words(request, base) -> Scripted:
    scene = scene_named(request.param)
    network = network_of(scene, base / f"estimates-{scene.name}")
    sensors = {sensor.id: sensor.nation for sensor in scene.sensors}
    said: Words = []
    second, at = scene.plots[0].time_s // 1.0 + 1.0, 0
    while at < len(scene.plots):
        now = [plot for plot in scene.plots[at:] if plot.time_s <= second]
        at += len(now)
        for code, item in network.nodes.items():
            item.observe([plot for plot in now if sensors[plot.sensor] == code], second)
        said.append(
            (
                second,
                {c: OwnWord(item.watch.own, item.watch.told) for c, item in network.nodes.items()},
            )
        )
        second += 1.0
    network.close()
    telling = [i for i, (_s, by) in enumerate(said) if by["KOR"].estimates]
    if not request.config.getoption("--every-scene"):
        # The beginning, the middle and the end of what KOR has to say.
        first, middle, last = telling[0], telling[len(telling) // 2], telling[-1]
        chosen = {
            *range(first - 1, first + 24),
            *range(middle, middle + 12),
            *range(last - 12, last + 3),
        }
        said = [said[i] for i in sorted(chosen) if i < len(said)]
    return Scripted(scene, said)


def network_of(
    scene: ReplayScene, folder: Path, bus: EmbeddedBus | LinkedBus | None = None
) -> ReplayNetwork:
    options = ReplayOptions(nodes=nodes_of("KOR,JPN,USA", scene))
    return ReplayNetwork(scene, options, folder, bus)


@dataclass
class Run:
    """Nodes living through a script; `log` is what left between the pair."""

    network: ReplayNetwork
    script: Words
    now_s: float = 0.0
    log: list[bytes] = field(default_factory=list)
    accepted: list[tuple[int, str, float]] = field(default_factory=list)

    def steps(self) -> Iterator[int]:
        """Before each event its number; then the event happens."""
        number = 0
        for now_s, words in self.script:
            self.now_s = now_s
            for release in (True, False):
                for code, item in self.network.nodes.items():
                    yield number
                    word = words[code]
                    if release:
                        item.node.release(word.estimates, word.assessments, self.now_s)
                    else:
                        for one in item.node.receive(self.now_s):
                            if {one.originator, code} == set(PAIR):
                                self.accepted.append((number, code, one.issued_s))
                    number += 1

    def order(self, code: str, what: str) -> None:
        node = self.network.nodes[code].node
        if what == "suspend":
            node.order_suspend("KOR-JPN", self.now_s)
        else:
            node.order_restore("KOR-JPN", self.now_s, resume_open_objects=what == "resume")
            for item in self.network.nodes.values():
                item.node.obey(self.now_s)


@pytest.fixture
def run(words, tmp_path, new_bus, monkeypatch) -> Iterator[Run]:
    bus = new_bus()
    made = Run(network_of(words.scene, tmp_path, bus), words.words)
    real = type(bus).send

    def tapped(bus, sender: str, recipient: str, lane, raw: bytes, *more) -> bool:
        if lane == "live" and {sender, recipient} == set(PAIR):
            made.log.append(raw)
        return real(bus, sender, recipient, lane, raw, *more)

    monkeypatch.setattr(type(bus), "send", tapped)
    yield made
    made.network.close()


@pytest.mark.parametrize("first", range(CYCLE))
def test_from_the_order_on_nothing_crosses_until_both_have_restored(run, first, tmp_path):
    suspensions, suspended_s, sent_then = 0, None, 0
    gaps: list[tuple[float, float]] = []
    accepted_then = 0
    for number in run.steps():
        cycle, turn = divmod(number - first, CYCLE)
        by, other = PAIR if cycle % 2 else PAIR[::-1]
        if cycle >= 0 and turn == 0:
            run.order(by, "suspend")
            suspensions, suspended_s = suspensions + 1, run.now_s
            sent_then, accepted_then = len(run.log), len(run.accepted)
        elif suspended_s is not None:
            assert len(run.log) == sent_then, "released after the order"
            assert len(run.accepted) == accepted_then, "delivered after the order"
            if turn == RESTORED_AFTER - 1:
                run.order(other, "resume")
            elif turn == RESTORED_AFTER:
                run.order(by, "resume")
                gaps.append((suspended_s, run.now_s))
                suspended_s = None
    assert suspensions > 10
    # What was issued in a gap came neither then nor later.
    for _event, _code, issued_s in run.accepted:
        assert not any(start < issued_s < end for start, end in gaps)
    for code in PAIR:
        read = read_ledger(tmp_path / code)
        ledger = list(read.records())
        canaries = [
            msgspec.msgpack.decode(record.body, type=Decision).outcome
            for record in ledger
            if record.kind == "canary"
        ]
        # The other party obeys at its next event; an order that was still under way at the end
        # proves itself at one side alone.
        assert suspensions - 1 <= len(canaries) <= suspensions
        assert set(canaries) == {"withhold"}
        for record in ledger:
            if record.kind == "sent" and record.counterparty in PAIR:
                sealed_s = recorded_bundle(record.body, read.bodies).sent_s
                assert not any(start < sealed_s < end for start, end in gaps)
    assert run.log, "between the gaps it flowed"


def test_restored_without_a_word_on_what_is_in_the_air_it_is_not_told_on(run, tmp_path):
    restored_s = None
    middle = len(run.script) * 6 // 2
    for number in run.steps():
        if number == middle:
            run.order("KOR", "suspend")
        elif number == middle + 4:
            run.order("JPN", "restore")
        elif number == middle + 5:
            run.order("KOR", "resume")  # one alone says so
            restored_s = run.now_s
    assert restored_s is not None
    assert run.log, "until then something was told"
    for code in PAIR:
        in_the_air = {
            one.event
            for now_s, words in run.script
            for one in words[code].estimates
            if now_s <= restored_s
        }
        told = released_since(tmp_path / code, restored_s)
        assert not in_the_air & told
        # What was launched later is told of; in a scene of one launch there is no such thing.
        if len(in_the_air) == len(
            {one.event for _s, by in run.script for one in by[code].estimates}
        ):
            assert told == set()


def released_since(folder: Path, at_s: float) -> set[str]:
    """Events that a node told its partner of the pair something about after that time."""
    decisions = [
        msgspec.msgpack.decode(record.body, type=Decision)
        for record in read_ledger(folder).records()
        if record.kind == "decision" and record.counterparty in PAIR
    ]
    return {one.event for one in decisions if one.outcome != "withhold" and one.decided_s > at_s}
