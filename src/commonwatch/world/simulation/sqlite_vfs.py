"""SQLite's own code on simulated disks: a VFS in the SQLite library that Python's sqlite3 uses.

The ledger's store is not touched and not replaced: its SQLite asks us for files instead of the
operating system (https://www.sqlite.org/vfs.html). One connection a database, as a node has it;
the index of the write-ahead log lies in memory and goes with the process.
"""

from __future__ import annotations

import _sqlite3
import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass, field
from random import Random

from commonwatch.errors import UnusableInput
from commonwatch.world.simulation.disk import DiskFailed, SimulatedDisk, SimulatedFile

OK, IOERR, FULL, CANTOPEN, NOTFOUND = 0, 10, 13, 14, 12
IOERR_READ, IOERR_SHORT_READ = IOERR | 1 << 8, IOERR | 2 << 8
OPEN_MAIN_DB, OPEN_DELETE_ON_CLOSE = 0x100, 0x8
# As the unix VFS tells it: a write leaves the bytes beside it alone when power is lost.
POWERSAFE_OVERWRITE = 0x1000
PATH_BYTES_MAX = 512
EPOCH_JULIAN_MS = 210_866_760_000_000

_METHODS_OF_FILE: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("xClose", ()),
    ("xRead", (c_void_p, c_int, c_int64)),
    ("xWrite", (c_void_p, c_int, c_int64)),
    ("xTruncate", (c_int64,)),
    ("xSync", (c_int,)),
    ("xFileSize", (POINTER(c_int64),)),
    ("xLock", (c_int,)),
    ("xUnlock", (c_int,)),
    ("xCheckReservedLock", (POINTER(c_int),)),
    ("xFileControl", (c_int, c_void_p)),
    ("xSectorSize", ()),
    ("xDeviceCharacteristics", ()),
    ("xShmMap", (c_int, c_int, c_int, POINTER(c_void_p))),
    ("xShmLock", (c_int, c_int, c_int)),
    ("xShmBarrier", ()),
    ("xShmUnmap", (c_int,)),
)
_METHODS_OF_VFS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("xOpen", (c_void_p, c_void_p, c_int, POINTER(c_int))),
    ("xDelete", (c_char_p, c_int)),
    ("xAccess", (c_char_p, c_int, POINTER(c_int))),
    ("xFullPathname", (c_char_p, c_int, c_void_p)),
    ("xDlOpen", (c_char_p,)),
    ("xDlError", (c_int, c_void_p)),
    ("xDlSym", (c_void_p, c_char_p)),
    ("xDlClose", (c_void_p,)),
    ("xRandomness", (c_int, c_void_p)),
    ("xSleep", (c_int,)),
    ("xCurrentTime", (c_void_p,)),
    ("xGetLastError", (c_int, c_void_p)),
    ("xCurrentTimeInt64", (POINTER(c_int64),)),
)
# Functions that we leave out: SQLite asks for none of them here.
_ABSENT = {"xDlOpen", "xDlError", "xDlSym", "xDlClose", "xCurrentTime", "xGetLastError"}


class _IoMethods(Structure):
    _fields_ = (("iVersion", c_int), *((name, c_void_p) for name, _more in _METHODS_OF_FILE))


class _File(Structure):
    _fields_ = (("methods", c_void_p),)


class _Vfs(Structure):
    _fields_ = (
        ("iVersion", c_int),
        ("szOsFile", c_int),
        ("mxPathname", c_int),
        ("pNext", c_void_p),
        ("zName", c_char_p),
        ("pAppData", c_void_p),
        *((name, c_void_p) for name, _more in _METHODS_OF_VFS),
    )


@dataclass(slots=True)
class _Open:
    """A file as one connection has it open; `index` are the pages of the log's index."""

    disk: SimulatedDisk
    file: SimulatedFile
    path: str
    deleted_on_close: bool
    index: list[ctypes.Array[ctypes.c_char]] = field(default_factory=list)


class SimulatedSqlite:
    """While `installed`, every database that is opened lies on one of `disks`, by its folder."""

    def __init__(self, draws: Random) -> None:
        self.disks: dict[str, SimulatedDisk] = {}
        self._draws = draws
        self._open: dict[int, _Open] = {}
        self._kept: list[object] = []
        library = ctypes.CDLL(_sqlite3.__file__)
        try:
            self._register, self._unregister = (
                library.sqlite3_vfs_register,
                library.sqlite3_vfs_unregister,
            )
            self._find, self._randomness = library.sqlite3_vfs_find, library.sqlite3_randomness
        except AttributeError as error:
            raise UnusableInput(
                "simulation: this Python has its SQLite built in and does not show it; use one "
                "that is linked with the system's SQLite library, as Debian's is"
            ) from error
        self._find.restype = c_void_p
        self._register.argtypes, self._unregister.argtypes = (c_void_p, c_int), (c_void_p,)
        self._randomness.argtypes = (c_int, c_void_p)
        self._methods = _IoMethods(2)
        self._fill(self._methods, _METHODS_OF_FILE, set())
        self._vfs = _Vfs(2, ctypes.sizeof(_File), PATH_BYTES_MAX, None, b"commonwatch-simulation")
        self._fill(self._vfs, _METHODS_OF_VFS, _ABSENT)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Meanwhile it is SQLite's usual place for files, and what SQLite draws is drawn here."""
        before = self._find(None)
        self._register(ctypes.addressof(self._vfs), 1)
        self._randomness(0, None)
        try:
            yield
        finally:
            self._register(before, 1)
            self._unregister(ctypes.addressof(self._vfs))
            self._randomness(0, None)

    def _fill(
        self, into: Structure, methods: tuple[tuple[str, tuple[type, ...]], ...], absent: set[str]
    ) -> None:
        for name, arguments in methods:
            if name in absent:
                continue
            does: Callable[..., int | None] = getattr(self, f"_{name}")
            made = ctypes.CFUNCTYPE(c_int, c_void_p, *arguments)(does)
            self._kept.append(made)
            setattr(into, name, ctypes.cast(made, c_void_p).value)

    def _disk_of(self, path: str) -> SimulatedDisk | None:
        return self.disks.get(path.rpartition("/")[0])

    # What SQLite asks of a VFS; names, arguments and answers are those of its interface.

    def _xOpen(  # noqa: N802
        self, _vfs: int, name: int | None, file: int, flags: int, out: object
    ) -> int:
        del out
        # Without methods SQLite does not close what could not be opened.
        _File.from_address(file).methods = None
        path = ctypes.string_at(name).decode() if name else ""
        disk = self._disk_of(path) if path else SimulatedDisk()
        if disk is None or disk.dead:
            return CANTOPEN
        held = disk.opened(path)
        self._open[file] = _Open(disk, held, path, bool(flags & OPEN_DELETE_ON_CLOSE))
        _File.from_address(file).methods = ctypes.addressof(self._methods)
        return OK

    def _xDelete(self, _vfs: int, name: bytes, _sync: int) -> int:  # noqa: N802
        disk = self._disk_of(name.decode())
        if disk is None or disk.dead:
            return IOERR
        disk.files.pop(name.decode(), None)
        return OK

    def _xAccess(  # noqa: N802
        self, _vfs: int, name: bytes, _flags: int, out: ctypes._Pointer[c_int]
    ) -> int:
        disk = self._disk_of(name.decode())
        out[0] = int(disk is not None and name.decode() in disk.files)
        return OK

    def _xFullPathname(self, _vfs: int, name: bytes, size: int, out: int) -> int:  # noqa: N802
        if len(name) >= size:
            return CANTOPEN
        ctypes.memmove(out, name + b"\0", len(name) + 1)
        return OK

    def _xRandomness(self, _vfs: int, count: int, out: int) -> int:  # noqa: N802
        ctypes.memmove(out, self._draws.randbytes(count), count)
        return count

    def _xSleep(self, _vfs: int, microseconds: int) -> int:  # noqa: N802
        return microseconds

    def _xCurrentTimeInt64(self, _vfs: int, out: ctypes._Pointer[c_int64]) -> int:  # noqa: N802
        out[0] = EPOCH_JULIAN_MS
        return OK

    def _xClose(self, file: int) -> int:  # noqa: N802
        opened = self._open.pop(file)
        if opened.deleted_on_close and not opened.disk.dead:
            opened.disk.files.pop(opened.path, None)
        return OK

    def _xRead(self, file: int, out: int, count: int, offset: int) -> int:  # noqa: N802
        opened = self._open[file]
        if opened.disk.dead:
            return IOERR_READ
        found = bytes(opened.file.content[offset : offset + count])
        ctypes.memmove(out, found.ljust(count, b"\0"), count)
        return OK if len(found) == count else IOERR_SHORT_READ

    def _xWrite(self, file: int, data: int, count: int, offset: int) -> int:  # noqa: N802
        opened, raw = self._open[file], ctypes.string_at(data, count)
        return _told(lambda: opened.disk.write(opened.file, offset, raw))

    def _xTruncate(self, file: int, size: int) -> int:  # noqa: N802
        opened = self._open[file]
        return _told(lambda: opened.disk.cut(opened.file, size))

    def _xSync(self, file: int, _flags: int) -> int:  # noqa: N802
        opened = self._open[file]
        return _told(lambda: opened.disk.sync(opened.file))

    def _xFileSize(self, file: int, out: ctypes._Pointer[c_int64]) -> int:  # noqa: N802
        out[0] = len(self._open[file].file.content)
        return OK

    def _xLock(self, _file: int, _level: int) -> int:  # noqa: N802
        return OK

    def _xUnlock(self, _file: int, _level: int) -> int:  # noqa: N802
        return OK

    def _xCheckReservedLock(self, _file: int, out: ctypes._Pointer[c_int]) -> int:  # noqa: N802
        out[0] = 0
        return OK

    def _xFileControl(self, _file: int, _operation: int, _argument: int) -> int:  # noqa: N802
        return NOTFOUND

    def _xSectorSize(self, _file: int) -> int:  # noqa: N802
        return 4096

    def _xDeviceCharacteristics(self, _file: int) -> int:  # noqa: N802
        return POWERSAFE_OVERWRITE

    def _xShmMap(  # noqa: N802
        self, file: int, page: int, size: int, extend: int, out: ctypes._Pointer[c_void_p]
    ) -> int:
        index = self._open[file].index
        while extend and len(index) <= page:
            index.append(ctypes.create_string_buffer(size))
        out[0] = ctypes.addressof(index[page]) if page < len(index) else None
        return OK

    def _xShmLock(self, _file: int, _first: int, _count: int, _flags: int) -> int:  # noqa: N802
        return OK

    def _xShmBarrier(self, _file: int) -> int:  # noqa: N802
        return OK

    def _xShmUnmap(self, file: int, _delete: int) -> int:  # noqa: N802
        self._open[file].index.clear()
        return OK


def _told(act: Callable[[], None]) -> int:
    try:
        act()
    except DiskFailed as error:
        return FULL if error.failure == "full" else IOERR
    return OK
