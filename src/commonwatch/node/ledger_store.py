"""The ledger on disk: SQLite in WAL mode, synchronous=FULL, one writer, all of a group or nothing.

Bulletins lie in a table of their own beside the chain, by their SHA-256. To destroy one is to
delete it in the group that records why, with its pages overwritten (secure_delete), and to fold the
write-ahead log back, in which it may still stand.

Trusted for nothing: whoever owns the file may alter it, and `verify_chain` with the signed head
finds it. What a crash leaves: before COMMIT nothing of the group; after it all of it. An error
during a commit leaves it unknown which, so that nothing is retried: the store refuses all further
writes and must be opened anew, which reads and verifies the chain from its first record.
"""

from __future__ import annotations

import fcntl
import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import IO

from sqlalchemy import (
    Column,
    Connection,
    Dialect,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql import ClauseElement

from commonwatch.errors import CheckFailed, CommonwatchError, UnusableInput
from commonwatch.identity import Nation, PrivateKey, PublicKey
from commonwatch.limits import REASONS_REPORTED_MAX
from commonwatch.mode import Mode
from commonwatch.node.high_water import HighWater, Mark, read_mark
from commonwatch.share.bodies import faults_of_bodies
from commonwatch.share.ledger import (
    Entry,
    Head,
    Record,
    Stored,
    appended,
    empty_head,
    head_holds,
    read_record,
    record_hash,
    signed_head,
    verify_chain,
)
from commonwatch.share.merkle import Tree

LEDGER_FILE = "ledger.db"
LOCK_FILE = "ledger.lock"

_tables = MetaData()
_records = Table(
    "record",
    _tables,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("record", LargeBinary, nullable=False),
)
_bodies = Table(
    "body",
    _tables,
    Column("digest", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
_head = Table(
    "head",
    _tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("nation", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("last_hash", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True)
class _Statements:
    """What a commit executes, as text: made once, as making it costs more than to execute it."""

    record: str
    body: str
    destroy: str
    head: str

    @staticmethod
    def of(dialect: Dialect) -> _Statements:
        """For a database of this dialect, with values by their place."""

        def text(statement: ClauseElement) -> str:
            return str(statement.compile(dialect=dialect))

        return _Statements(
            text(insert(_records)),
            # The same bytes may come twice; they are kept once.
            text(insert(_bodies).prefix_with("OR IGNORE")),
            text(delete(_bodies).where(_bodies.c.digest == bindparam("digest"))),
            text(update(_head)),
        )


class LedgerUnavailable(CommonwatchError):
    """The ledger could not be written; whether the last group is on disk is not known."""


@dataclass(frozen=True, slots=True)
class LedgerRead:
    """A ledger as found on disk: its head, the signature on it, its records as stored.

    `bodies` are the bulletins beside the chain, by SHA-256; `left_out`: some may be missing on
    purpose, as in an export. `mark`: how far it was durable once, where that is known.
    """

    head: Head
    signature: bytes
    stored: tuple[Stored, ...]
    bodies: Mapping[bytes, bytes] = field(default_factory=dict)
    left_out: bool = False
    mark: Mark | None = None

    def reasons(self, key: PublicKey | None) -> tuple[str, ...]:
        """Every reason why this is not a whole ledger of the nation with this key."""
        reasons = list(verify_chain(self.stored, self.head))
        reasons += self._lost()
        if not reasons:
            faults = faults_of_bodies(tuple(self.records()), self.bodies, left_out=self.left_out)
            reasons += islice(faults, REASONS_REPORTED_MAX)
        if key is None:
            reasons.append(f"no public key of {self.head.nation} to verify the head with")
        elif not head_holds(self.head, self.signature, key):
            reasons.append(f"the head is not signed by {self.head.nation}")
        return tuple(reasons)

    def _lost(self) -> Iterator[str]:
        """Why records that were durable are not there."""
        if self.mark is None:
            return
        if self.mark.size > len(self.stored):
            yield (
                f"{len(self.stored)} records where {self.mark.size} were durable: the last "
                f"{self.mark.size - len(self.stored)} are lost; partners hold what was dealt with "
                "them"
            )
        elif self.mark.size and self.stored[self.mark.size - 1].hash != self.mark.last_hash:
            yield f"record {self.mark.size} is not the one that was durable"

    def records(self) -> Iterator[Record]:
        """The records, decoded, in order."""
        return (read_record(item) for item in self.stored)


class LedgerStore:
    """One node's ledger, open for writing by this process alone.

    `head` and `tree` stand for what is durable.
    """

    def __init__(self, folder: Path, nation: Nation, mode: Mode, key: PrivateKey) -> None:
        """Open or make the ledger in `folder`; CheckFailed where what is there does not verify."""
        folder.mkdir(parents=True, exist_ok=True)
        self._key = key
        self._failed: str | None = None
        # A group may be written beside the thread that reads.
        self._one_at_a_time = Lock()
        # What was destroyed before a crash may stand in the log still.
        self._unfolded = True
        self._path = folder / LEDGER_FILE
        self._lock = _locked(folder / LOCK_FILE)
        self._engine = _engine(self._path)
        self._statements = _Statements.of(self._engine.dialect)
        with ExitStack() as undo:
            undo.callback(self._let_go)
            with _readable(self._path):
                mark = read_mark(folder)
                self._connection = self._engine.connect()
                self.head, self.tree = self._opened(nation, mode, key.public, mark)
            self._make_sure()
            with _readable(self._path):
                self._high_water = HighWater(folder, Mark(self.head.size, self.head.last_hash))
            undo.pop_all()

    @property
    def folder(self) -> Path:
        """The node's folder, in which it lies."""
        return self._path.parent

    def append(self, entries: Sequence[Entry], now_s: float, destroy: Sequence[bytes] = ()) -> None:
        """Make a group of entries durable, all or none; with it, destroy bulletins by SHA-256.

        LedgerUnavailable where that is not certain.
        """
        with self._one_at_a_time:
            self._append(entries, now_s, destroy)

    def _append(self, entries: Sequence[Entry], now_s: float, destroy: Sequence[bytes]) -> None:
        if self._failed is not None:
            raise LedgerUnavailable(self._failed)
        head, stored = appended(self.head, entries, now_s)
        rows = [(item.sequence, item.hash, item.record) for item in stored]
        contents = [
            (hashlib.sha256(body).digest(), body) for entry in entries for body in entry.contents
        ]
        try:
            with self._connection.begin():
                if rows:
                    self._connection.exec_driver_sql(self._statements.record, rows)
                if contents:
                    self._connection.exec_driver_sql(self._statements.body, contents)
                for digest in destroy:
                    self._connection.exec_driver_sql(self._statements.destroy, (digest,))
                self._connection.exec_driver_sql(self._statements.head, self._head_row(head))
            self._high_water.write(Mark(head.size, head.last_hash))
            self._fold_log(bool(destroy))
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            # Never retried: a failed fsync may be followed by one that succeeds with the data gone.
            self._failed = _why(error)
            raise LedgerUnavailable(self._failed) from error
        self.head = head
        self.tree = self.tree.with_leaves(item.hash for item in stored)

    @property
    def unfolded(self) -> bool:
        """Whether destroyed bytes may still stand in the write-ahead log, as somebody reads it."""
        return self._unfolded

    @property
    def failed(self) -> str | None:
        """Why nothing can be made durable any more, None where it can."""
        return self._failed

    def _make_sure(self) -> None:
        """Put on the disk what was read: after a sync that failed it may be in memory alone.

        The system shows such pages until the power is lost, and the next sync tells nothing.
        """
        try:
            self._fold_log(False)
        except sqlite3.Error as error:
            self._failed = _why(error)

    def _fold_log(self, destroyed: bool) -> None:
        """Fold the write-ahead log back and truncate it; tried again with each group until done."""
        self._unfolded = self._unfolded or destroyed
        if self._unfolded:
            raw = self._connection.connection.driver_connection
            assert raw is not None
            busy, _frames, _folded = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._unfolded = bool(busy)

    def read(self) -> LedgerRead:
        """What is on disk now."""
        with self._one_at_a_time, _readable(self._path):
            read = _read(self._connection, Mark(self.head.size, self.head.last_hash))
            self._connection.rollback()
        if read is None:
            raise UnusableInput("ledger: it has no head")
        return read

    def record(self, sequence: int) -> Record:
        """The record of this number; UnusableInput where there is none or it was altered."""
        with self._one_at_a_time, _readable(self._path):
            row = self._connection.execute(
                select(_records).where(_records.c.sequence == sequence)
            ).first()
            self._connection.rollback()
        if row is None:
            raise UnusableInput(f"ledger: no record {sequence}")
        stored = Stored(row.sequence, _bytes(row.record), _bytes(row.hash))
        if record_hash(stored.record) != stored.hash:
            raise UnusableInput(f"ledger: record {sequence} was altered")
        return read_record(stored)

    def body(self, digest: bytes) -> bytes | None:
        """The bulletin beside the chain with this SHA-256; None where it is not there.

        CheckFailed where its bytes do not give it: they are not served.
        """
        with self._one_at_a_time, _readable(self._path):
            found = self._connection.execute(
                select(_bodies.c.body).where(_bodies.c.digest == digest)
            ).scalar_one_or_none()
            self._connection.rollback()
        if found is not None and hashlib.sha256(_bytes(found)).digest() != digest:
            raise CheckFailed((f"{self._path}: bulletin {digest.hex()[:16]} was altered on disk",))
        return None if found is None else _bytes(found)

    def close(self) -> None:
        """Let go of the files and of the writer's lock."""
        with self._one_at_a_time:
            self._connection.close()
        self._high_water.close()
        self._let_go()

    def _let_go(self) -> None:
        self._engine.dispose()
        self._lock.close()

    def _opened(
        self, nation: Nation, mode: Mode, key: PublicKey, mark: Mark | None
    ) -> tuple[Head, Tree]:
        with self._connection.begin():
            # Space that is wrongly counted as free would be written over one day.
            (told,) = self._connection.exec_driver_sql("PRAGMA integrity_check(1)").one()
            if told != "ok":
                raise CheckFailed((f"{self._path}: damaged: {' '.join(str(told).split())[:200]}",))
            _tables.create_all(self._connection)
            read = _read(self._connection, mark)
            if read is None and mark is not None and mark.size:
                raise CheckFailed((f"{self._path}: empty where {mark.size} records were durable",))
            if read is None:
                head = empty_head(nation, mode.word)
                self._connection.execute(insert(_head).values(self._head_row(head)))
                return head, Tree()
        if (read.head.nation, read.head.mode) != (nation, mode.word):
            raise UnusableInput(
                f"ledger: belongs to {read.head.nation} in mode {read.head.mode}, "
                f"not to {nation} in mode {mode.word}"
            )
        reasons = read.reasons(key)
        if reasons:
            raise CheckFailed(reasons)
        return read.head, Tree().with_leaves(item.hash for item in read.stored)

    def _head_row(self, head: Head) -> tuple[int, str, str, int, bytes, bytes]:
        signature = signed_head(head, self._key)
        return 1, head.nation, head.mode, head.size, head.last_hash, signature


def read_ledger(folder: Path) -> LedgerRead:
    """Read a ledger without taking the writer's place; UnusableInput where there is none."""
    path = folder / LEDGER_FILE
    if not path.is_file():
        raise UnusableInput(f"{path}: no such ledger; give a node's folder")
    engine = _engine(path)
    try:
        with _readable(path):
            mark = read_mark(folder)  # before the ledger, which may be written meanwhile
            with engine.connect() as connection:
                read = _read(connection, mark)
    finally:
        engine.dispose()
    if read is None:
        raise UnusableInput(f"{path}: a ledger without a head")
    return read


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What cannot be read is told with its file; nothing of it is served."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        raise UnusableInput(f"{path}: not readable as a ledger: {reason}") from error
    except UnicodeDecodeError as error:
        # SQLite quotes a spoilt name of a table in its own words on it.
        raise UnusableInput(f"{path}: not readable as a ledger: a name is not UTF-8") from error
    except OSError as error:
        raise UnusableInput(f"{error.filename or path}: {error.strerror}") from error


def _read(connection: Connection, mark: Mark | None) -> LedgerRead | None:
    head = connection.execute(select(_head)).first()
    if head is None:
        return None
    rows = connection.execute(select(_records).order_by(_records.c.sequence))
    return LedgerRead(
        Head(head.nation, head.mode, head.size, head.last_hash),
        _bytes(head.signature),
        tuple(Stored(row.sequence, _bytes(row.record), _bytes(row.hash)) for row in rows),
        {_bytes(row.digest): _bytes(row.body) for row in connection.execute(select(_bodies))},
        mark=mark,
    )


def _bytes(column: object) -> bytes:
    """What a column holds as bytes: SQLite stores any type in any column, and a hand may have."""
    return column if isinstance(column, bytes) else repr(column).encode()


def _why(error: Exception) -> str:
    return f"ledger: {type(error).__name__}: {str(error).splitlines()[0][:160]}"


def _locked(path: Path) -> IO[str]:
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise UnusableInput(f"{path.parent}: another process writes this ledger") from error
    return lock


def _engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def durable(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    return engine
