"""The plots that tracks in the air rest on, kept on disk so that a start takes the tracks up again.

The estimator gives the same answer for the same plots, so that tracks keep their names and partners
see the same objects go on. Own plots were acknowledged to nobody: they are written before they are
used, and not synced; what a power loss takes of them costs a track its past, and nothing else.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from commonwatch.acquire.plot import Plot
from commonwatch.errors import UnusableInput
from commonwatch.limits import PLOTS_KEPT_ANEW_BYTES, PLOTS_KEPT_BYTES_MAX


class _Begun(msgspec.Struct, frozen=True, tag_field="kind", tag="begun"):
    """The first line: so many tracks were named before."""

    tracks: int


class _Second(msgspec.Struct, frozen=True, tag_field="kind", tag="second"):
    """A closed second with its plots, each as its fields in order."""

    time_s: float
    plots: tuple[tuple[float, str, float, float, float | None, float | None], ...]


_Line = _Begun | _Second
_decoder = msgspec.json.Decoder(_Line)


class KeptPlots:
    """The file; `begun`: how many tracks were named before its first second."""

    def __init__(self, path: Path) -> None:
        """Open or make it; UnusableInput where what is there is none."""
        self._path = path
        self.begun = 0
        self.seconds: tuple[tuple[float, tuple[Plot, ...]], ...] = tuple(self._read())
        self.failed: str | None = None
        self._file = path.open("ab", buffering=0)
        path.chmod(0o600)
        if not self._file.tell():
            self._write(_Begun(self.begun))

    @property
    def is_full(self) -> bool:
        """Whether nothing more is kept: a start would then not know what is in the air."""
        return self.failed is not None or self._file.tell() >= PLOTS_KEPT_BYTES_MAX

    def keep(self, time_s: float, plots: Sequence[Plot]) -> None:
        """Write a second before it is used; where it cannot be, it is used all the same."""
        if not self.is_full:
            told = tuple(
                (p.time_s, p.sensor, p.azimuth_deg, p.elevation_deg, p.range_m, p.range_rate_m_s)
                for p in plots
            )
            try:
                self._write(_Second(time_s, told))
            except OSError as error:
                # The own picture does not wait for a disk. Of what is kept nothing lies behind a
                # gap: no more is written.
                self.failed = f"{self._path.name}: cannot be written: {error.strerror}"

    def nothing_flies(self, begun: int) -> None:
        """Begin anew where much is kept that no track rests on any more."""
        if self.failed is not None or self._file.tell() < PLOTS_KEPT_ANEW_BYTES:
            return
        beside = self._path.with_suffix(".new")
        try:
            beside.write_bytes(msgspec.json.encode(_Begun(begun)) + b"\n")
            beside.chmod(0o600)
            beside.replace(self._path)
        except OSError:
            return  # what was kept stays; tried again
        self._file.close()
        self._file = self._path.open("ab", buffering=0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: _Line) -> None:
        text = msgspec.json.encode(line) + b"\n"
        if self._file.write(text) != len(text):  # a disk that is nearly full takes a part
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _read(self) -> Iterator[tuple[float, tuple[Plot, ...]]]:
        if not self._path.exists():
            return
        if self._path.stat().st_size > 2 * PLOTS_KEPT_BYTES_MAX:
            raise UnusableInput(f"{self._path}: longer than {2 * PLOTS_KEPT_BYTES_MAX} bytes")
        whole = 0
        with self._path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    break  # cut off as it was written: its second was not used
                whole += len(line)
                try:
                    read = _decoder.decode(line)
                except msgspec.DecodeError as error:
                    raise UnusableInput(
                        f"{self._path}, line {number}: not what the node wrote: {error}; move the "
                        "file away, and tracks in the air begin anew"
                    ) from error
                if isinstance(read, _Begun):
                    self.begun = read.tracks
                else:
                    yield read.time_s, tuple(Plot(*plot) for plot in read.plots)
        os.truncate(self._path, whole)
