"""T20: one bit flipped anywhere on the disk under a ledger, after a clean stop or after a crash.

Whatever the bit: the ledger does not open and says why, or what it holds is what it held, to the
last byte, and it can be written to. A hundred offsets of each file; COMMONWATCH_FLIPS=10000 asks
for as many as one likes.
"""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.high_water import MARK_FILE, Mark, read_mark
from commonwatch.node.ledger_store import LEDGER_FILE, LedgerRead, LedgerStore, read_ledger
from commonwatch.share.ledger import Entry
from tests.sharing.builders import KEYS, T0_S, open_node, world

KEY = KEYS[nation("KOR")].private
FLIPS = int(os.environ.get("COMMONWATCH_FLIPS", "100"))
WAL_FILE = LEDGER_FILE + "-wal"
FILES = {"stopped": (LEDGER_FILE, MARK_FILE), "crashed": (LEDGER_FILE, WAL_FILE, MARK_FILE)}


@pytest.fixture(scope="module")
def places(base) -> dict[str, Path]:
    """The folder of a node that dealt with two partners: as a crash leaves it, and a clean stop."""
    made = world(base / "world")
    for second in range(12):
        if second == 8:  # what came before is folded into the database, the rest lies in the log
            made.nodes["KOR"].journal.store.close()
            made.nodes["KOR"] = open_node(base / "world", "KOR", made.bus)
        made.beat(T0_S + second)
        made.nodes["KOR"].show_head(T0_S + second)
    made.settle(T0_S + 12)
    shutil.copytree(base / "world" / "KOR", base / "crashed")
    made.close()
    shutil.copytree(base / "world" / "KOR", base / "stopped")
    assert (base / "crashed" / WAL_FILE).stat().st_size > 50_000
    assert not (base / "stopped" / WAL_FILE).exists()
    return {name: base / name for name in FILES}


def flips(path: Path, count: int) -> list[tuple[int, int]]:
    generator = random.Random(20)
    size = path.stat().st_size
    return [(generator.randrange(size), generator.randrange(8)) for _ in range(count)]


def content(read: LedgerRead) -> LedgerRead:
    return replace(read, mark=None)


@pytest.mark.parametrize("where", [(how, file) for how, files in FILES.items() for file in files])
def test_t20_a_flipped_bit_is_found_or_changed_nothing(places, base, where):
    how, name = where
    whole = content(read_ledger(shutil.copytree(places[how], base / "plain", dirs_exist_ok=True)))
    shutil.rmtree(base / "plain")
    why, raw = list[str](), (places[how] / name).read_bytes()
    for offset, bit in flips(places[how] / name, FLIPS if len(raw) > 100 else 8 * len(raw)):
        folder = shutil.copytree(places[how], base / "flipped")
        spoilt = bytearray(raw)
        spoilt[offset] ^= 1 << bit
        (folder / name).write_bytes(spoilt)
        try:
            opened = LedgerStore(folder, nation("KOR"), EXERCISE, KEY)
        except (CheckFailed, UnusableInput) as error:
            why.append(str(error))
        else:
            assert content(opened.read()) == whole, (name, offset, bit)
            opened.append([Entry("decision", "JPN", "after", b"")], T0_S + 13)
            opened.close()
            assert read_ledger(folder).reasons(KEY.public) == ()
        shutil.rmtree(folder)
    print(f"{how}, {name}: {len(why)} found")
    assert why
    assert all(why)


def test_t20_a_log_cut_by_a_bad_page_does_not_pass_for_one_that_was_never_written(places, base):
    """Without the mark SQLite takes what follows a bad page for never committed."""
    folder = shutil.copytree(places["crashed"], base / "cut")
    raw = bytearray((folder / WAL_FILE).read_bytes())
    raw[len(raw) - 100] ^= 1
    (folder / WAL_FILE).write_bytes(raw)
    reasons = read_ledger(folder).reasons(KEY.public)
    assert any("were durable" in reason and "are lost" in reason for reason in reasons)
    with pytest.raises(CheckFailed, match="are lost"):
        LedgerStore(folder, nation("KOR"), EXERCISE, KEY)
    (folder / MARK_FILE).unlink()
    assert read_ledger(folder).reasons(KEY.public) == (), "an older head, and as well signed"


def test_a_mark_from_before_a_loss_of_power_does_no_harm(tmp_path):
    store = LedgerStore(tmp_path, nation("KOR"), EXERCISE, KEY)
    store.append([Entry("decision", "JPN", "1", b"")], T0_S)
    older = (tmp_path / MARK_FILE).read_bytes()
    store.append([Entry("decision", "JPN", "2", b"")], T0_S)
    assert read_mark(tmp_path) == Mark(2, store.head.last_hash)
    store.close()
    for mark in (older, b""):
        (tmp_path / MARK_FILE).write_bytes(mark)
        again = LedgerStore(tmp_path, nation("KOR"), EXERCISE, KEY)
        assert again.head.size == 2
        again.close()
    (tmp_path / MARK_FILE).write_bytes(older[:-1])
    with pytest.raises(CheckFailed, match="altered"):
        LedgerStore(tmp_path, nation("KOR"), EXERCISE, KEY)


def test_t20_a_bulletin_altered_on_disk_is_not_served(tmp_path):
    made = world(tmp_path, ("KOR", "JPN"))
    made.beat(T0_S)
    made.settle(T0_S)
    store = made.nodes["JPN"].journal.store
    (digest,) = list(store.read().bodies)[:1]
    assert store.body(digest) is not None
    raw = store._connection.connection.driver_connection
    raw.execute("UPDATE body SET body = zeroblob(9) WHERE digest = ?", (digest,))
    raw.commit()
    with pytest.raises(CheckFailed, match="altered on disk"):
        store.body(digest)
    made.close()
