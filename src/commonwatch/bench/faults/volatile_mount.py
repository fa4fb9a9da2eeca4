"""A volatile disk mounted by FUSE, as a process: each folder in it is a disk of its own.

Commands on standard input, each a line, each answered by one:
  cut FOLDER K          the power is lost in the K-th change of that folder ("cut" when it is)
  left FOLDER SEED DIR  write what is found afterwards to a directory, and forget the folder
"""

from __future__ import annotations

import errno
import os
import random
import stat
import sys
import threading
import warnings
from pathlib import Path

import mfusepy

from commonwatch.bench.faults.volatile import Cut, Disk, File, Written

FOLDER_FILES_MAX = 64


class _Folder:
    """A disk, the changes until its power is lost, and whether it is."""

    def __init__(self, *, lies: bool) -> None:
        self.disk = Disk(lies=lies)
        self.changes_left: int | None = None
        self.dark = False


class Volatile(mfusepy.Operations):
    """What the kernel asks of the file system. One thread."""

    use_ns = True

    def __init__(self, *, lies: bool) -> None:
        self._lies = lies
        self.folders: dict[str, _Folder] = {}
        self._open: dict[int, tuple[_Folder, File]] = {}
        self._handles = 0
        self._guard = threading.Lock()

    def cut_at(self, name: str, k: int) -> None:
        """Lose the power of a folder in its k-th change from now."""
        with self._guard:
            self.folders[name].changes_left = k

    def left(self, name: str, seed: int, to: Path) -> None:
        """Write what is found after the loss, and forget the folder."""
        with self._guard:
            folder = self.folders.pop(name)
        to.mkdir()
        for file, content in folder.disk.left(random.Random(seed)).items():  # noqa: S311  # faults
            (to / file).write_bytes(content)

    # --- what the kernel asks; names are the library's ---

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        """Kind and size of what lies at a path."""
        del fh
        with self._guard:
            if path == "/" or path[1:] in self.folders:
                return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
            size = len(self._file(path).now)
            return {"st_mode": stat.S_IFREG | 0o644, "st_nlink": 1, "st_size": size}

    def readdir(self, path: str, fh: int) -> list[str]:
        """Names in a folder."""
        del fh
        with self._guard:
            names = self.folders if path == "/" else self._folder(path).disk.names
            return [".", "..", *names]

    def mkdir(self, path: str, mode: int) -> int:
        """A new disk."""
        del mode
        with self._guard:
            self.folders[path[1:]] = _Folder(lies=self._lies)
        return 0

    def create(self, path: str, mode: int, fi: int | None = None) -> int:
        """A new file, open."""
        del mode, fi
        with self._guard:
            folder, name = self._changing(path)
            return self._handle(folder, folder.disk.create(name))

    def open(self, path: str, flags: int) -> int:
        """Open a file that is there."""
        with self._guard:
            file = self._file(path)
            if flags & os.O_TRUNC:
                self._changing(path)
                file.do(Cut(0))
            return self._handle(self._folder(path), file)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        """Bytes as they are now."""
        del path
        with self._guard:
            folder, file = self._open[fh]
            _require_power(folder)
            return bytes(file.now[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        """Change bytes; not synced."""
        del path
        with self._guard:
            folder, file = self._open[fh]
            _require_power(folder)
            file.do(Written(offset, bytes(data)))
            _count(folder)
            return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        """Cut off or grow; not synced."""
        with self._guard:
            folder, file = (self._folder(path), self._file(path)) if fh is None else self._open[fh]
            _require_power(folder)
            file.do(Cut(length))
            _count(folder)
            return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        """Sync a file; where the power is lost meanwhile, it is not."""
        del datasync, path
        with self._guard:
            folder, file = self._open[fh]
            _require_power(folder)
            _count(folder)
            if not self._lies:
                file.sync()
            return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        """Sync names."""
        del datasync, fh
        with self._guard:
            folder = self._folder(path)
            _require_power(folder)
            _count(folder)
            folder.disk.sync_names()
            return 0

    def unlink(self, path: str) -> int:
        """Take a name away; not synced."""
        with self._guard:
            folder, name = self._changing(path)
            folder.disk.remove(name)
            return 0

    def rename(self, old: str, new: str) -> int:
        """Put a file in the place of a name; not synced."""
        with self._guard:
            folder, name = self._changing(old)
            folder.disk.rename(name, new.rpartition("/")[2])
            return 0

    def release(self, path: str, fh: int) -> int:
        """Close a file."""
        del path
        with self._guard:
            self._open.pop(fh, None)
        return 0

    def chmod(self, path: str, mode: int) -> int:
        """Modes are not kept."""
        del path, mode
        return 0

    def chown(self, path: str, uid: int, gid: int) -> int:
        """Nor owners."""
        del path, uid, gid
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        """Nor times."""
        del path, times
        return 0

    def _folder(self, path: str) -> _Folder:
        folder = self.folders.get(path[1:].partition("/")[0])
        if folder is None:
            raise mfusepy.FuseOSError(errno.ENOENT)
        return folder

    def _file(self, path: str) -> File:
        file = self._folder(path).disk.names.get(path.rpartition("/")[2])
        if file is None:
            raise mfusepy.FuseOSError(errno.ENOENT)
        return file

    def _changing(self, path: str) -> tuple[_Folder, str]:
        folder = self._folder(path)
        _require_power(folder)
        if len(folder.disk.names) >= FOLDER_FILES_MAX:
            raise mfusepy.FuseOSError(errno.ENOSPC)
        _count(folder)
        return folder, path.rpartition("/")[2]

    def _handle(self, folder: _Folder, file: File) -> int:
        self._handles += 1
        self._open[self._handles] = (folder, file)
        return self._handles


def _require_power(folder: _Folder) -> None:
    if folder.dark:
        raise mfusepy.FuseOSError(errno.EIO)


def _count(folder: _Folder) -> None:
    """One change more; where it is the last, the power is gone before it is answered."""
    if folder.changes_left is not None:
        folder.changes_left -= 1
        if folder.changes_left <= 0:
            folder.dark = True
            _say("cut")
            raise mfusepy.FuseOSError(errno.EIO)


def _say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def _obey(files: Volatile) -> None:
    for line in sys.stdin:
        match line.split():
            case ["cut", folder, k]:
                files.cut_at(folder, int(k))
            case ["left", folder, seed, to]:
                files.left(folder, int(seed), Path(to))
            case _:
                _say("what?")
                continue
        _say("done")


def main() -> None:
    """Mount at a directory until it is unmounted."""
    place, *more = sys.argv[1:]
    warnings.simplefilter("ignore")
    files = Volatile(lies="lies" in more)
    threading.Thread(target=_obey, args=(files,), daemon=True).start()
    mfusepy.FUSE(
        files, place, foreground=True, nothreads=True, fsname="volatile",
        attr_timeout=0, entry_timeout=0, negative_timeout=0,
    )  # fmt: skip


if __name__ == "__main__":
    main()
