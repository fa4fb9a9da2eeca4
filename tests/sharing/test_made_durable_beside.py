"""A writer beside the node's thread: nothing leaves before it is durable, nothing waits for it."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import msgspec
import pytest

from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.group_writer import AtOnce, Beside
from commonwatch.node.ledger_store import LedgerUnavailable
from commonwatch.share.ledger import Purge
from tests.sharing.builders import (
    T0_S,
    accounts,
    assessment,
    kinds,
    own_estimate,
    world,
)

TRACKS = tuple(f"t{number}" for number in range(1, 4))


class Slow:
    """A disk that takes as long as the test says."""

    def __init__(self):
        self.waiting = []

    def write(self, store, entries, now_s, destroy):
        done = Future()
        self.waiting.append((store, entries, now_s, destroy, done))
        return done

    def let_go(self):
        for store, entries, now_s, destroy, done in self.waiting:
            try:
                store.append(entries, now_s, destroy)
            except LedgerUnavailable as error:
                done.set_exception(error)
            else:
                done.set_result(None)
        self.waiting = []


@pytest.fixture
def slow(tmp_path):
    made = world(tmp_path, ("KOR", "JPN"))
    disk = Slow()
    made.nodes["KOR"].write_by(disk)
    yield made, disk
    made.close()


def release(made, now_s, tracks=TRACKS):
    return made.nodes["KOR"].release(
        tuple(own_estimate(now_s, track) for track in tracks),
        tuple(assessment(now_s, track) for track in tracks),
        now_s,
    )


def test_what_was_released_leaves_when_its_group_is_durable_and_not_before(slow):
    made, disk = slow
    ids = {one.id for one in release(made, T0_S).released if one.recipient == "JPN"}
    assert len(ids) == len(TRACKS)
    made.nodes["KOR"].send_durable(T0_S)
    assert made.bus.drain("JPN", "live") == ()
    assert not kinds(made, "KOR", "decision") + kinds(made, "KOR", "sent")
    disk.let_go()
    assert made.bus.drain("JPN", "live") == (), "the node's own thread sends"
    made.nodes["KOR"].send_durable(T0_S)
    assert len(made.bus.drain("JPN", "live")) == 1
    assert ids <= {one.subject for one in kinds(made, "KOR", "decision")}
    assert len(kinds(made, "KOR", "sent")) == 1


def test_what_is_noted_meanwhile_is_one_group_and_follows_by_itself(slow):
    made, disk = slow
    for beat in range(4):
        release(made, T0_S + 10.0 * beat)
    assert len(disk.waiting) == 1, "one group under way, whatever was asked for"
    for _ in range(2):
        disk.let_go()
        made.nodes["KOR"].send_durable(T0_S + 40.0)
    assert not disk.waiting
    assert not made.nodes["KOR"].journal.waits
    assert len(made.bus.drain("JPN", "live")) == 4
    times_s = [one.time_s for one in kinds(made, "KOR", "sent")]
    assert times_s == [T0_S, T0_S + 40.0, T0_S + 40.0, T0_S + 40.0]


def test_a_suspension_takes_back_what_waits_for_a_group_under_way(slow):
    made, disk = slow
    node = made.nodes["KOR"]
    release(made, T0_S)
    node.write_by(AtOnce())  # for the groups that follow
    threading.Timer(0.05, disk.let_go).start()
    node.order_suspend("KOR-JPN", T0_S + 0.01)  # waits for both groups
    assert made.bus.drain("JPN", "live") == ()
    (sent,) = kinds(made, "KOR", "sent")
    purged = [
        digest.hex()
        for one in kinds(made, "KOR", "purged")
        for digest in msgspec.msgpack.decode(one.body, type=Purge).digests
    ]
    assert purged == [sent.subject]


def test_a_gate_that_closes_while_the_disk_is_busy_is_asked_again(slow):
    made, disk = slow
    node = made.nodes["KOR"]
    release(made, T0_S)
    node.hold_back("KOR-JPN")
    disk.let_go()
    node.journal._finish(node._may_send(T0_S))
    assert made.bus.drain("JPN", "live") == ()


def test_a_group_that_may_not_be_durable_stops_the_node_and_nothing_leaves(slow, monkeypatch):
    made, disk = slow
    node = made.nodes["KOR"]
    release(made, T0_S)
    release(made, T0_S + 10.0)

    def fails(*_given):
        raise LedgerUnavailable("ledger: the disk is gone")

    monkeypatch.setattr(node.journal.store, "append", fails)
    disk.let_go()
    node.send_durable(T0_S + 10.0)
    assert node.stopped == "ledger: the disk is gone"
    assert not disk.waiting, "nothing is written after it"
    release(made, T0_S + 20.0)
    assert made.bus.drain("JPN", "live") == ()


def test_what_must_be_durable_waits_for_what_is_under_way(slow):
    made, disk = slow
    node = made.nodes["KOR"]
    release(made, T0_S)
    threading.Timer(0.05, disk.let_go).start()
    node.journal._finish(node._may_send(T0_S))
    assert len(kinds(made, "KOR", "sent")) == 1
    assert len(made.bus.drain("JPN", "live")) == 1


def test_how_far_it_is_counts_nothing_that_is_under_way(slow):
    made, disk = slow
    journal = made.nodes["KOR"].journal
    before = journal.may_have_left("JPN")
    release(made, T0_S)
    release(made, T0_S + 10.0)
    assert journal.may_have_left("JPN") == before
    disk.let_go()
    made.nodes["KOR"].send_durable(T0_S + 10.0)
    assert journal.may_have_left("JPN") == before + 1


def test_a_thread_beside_gives_the_same_transfers_as_the_own_thread(tmp_path):
    told = []
    for name in ("at once", "beside"):
        made = world(tmp_path / name, ("KOR", "JPN"), EmbeddedBus())
        woken, writers = threading.Event(), []
        if name == "beside":
            for node in made.nodes.values():
                writers.append(Beside(woken.set))
                node.write_by(writers[-1])
        for beat in range(20):
            now_s = T0_S + 10.0 * beat
            release(made, now_s)
            for node in (made.nodes["KOR"], made.nodes["JPN"]):
                node.commit(now_s)
                node.receive(now_s)
                node.commit_soon(now_s)
        made.settle(T0_S + 300.0)
        assert woken.is_set() == (name == "beside")
        for writer in writers:
            writer.close()
        made.close()
        account = accounts(made, "KOR", "JPN")["KOR->JPN"]
        assert account.receipts == account.released == 20 * len(TRACKS)
        told.append([one.subject for one in kinds(made, "JPN", "received")])
    assert told[0] == told[1]
