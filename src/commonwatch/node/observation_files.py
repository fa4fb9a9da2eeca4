"""Observation files from disk: sizes and lines are capped before they are read."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.read_plots import PlotsRead, read_plots
from commonwatch.acquire.read_sensors import parse_sensors
from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.limits import (
    PLOT_LINE_BYTES_MAX,
    PLOT_LINES_MAX,
    PLOTS_FILE_BYTES_MAX,
    REJECTED_REPORTED_MAX,
    SENSORS_FILE_BYTES_MAX,
)


@dataclass(frozen=True, slots=True)
class Observations:
    """Plots in order of time with the sensors that made them.

    `complaints` has a line for each rejected one.
    """

    plots: tuple[Plot, ...]
    rejected: int
    complaints: tuple[str, ...]
    sensors: tuple[Sensor, ...]

    @property
    def duration_s(self) -> float:
        """From the first plot to the last."""
        return self.plots[-1].time_s - self.plots[0].time_s


def read_sensors_file(file: Path) -> tuple[Sensor, ...]:
    """The sensors of a sensors.toml; raises UnusableInput where it cannot be used."""
    _require_size(file, SENSORS_FILE_BYTES_MAX)
    try:
        with file.open("rb") as stream:
            # What is no regular file tells no size beforehand.
            data = stream.read(SENSORS_FILE_BYTES_MAX + 1)
        text = data.decode("utf-8")
    except OSError as error:
        raise UnusableInput(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnusableInput(
            f"{file}: not UTF-8 text at byte {error.start}; a sensors file is TOML"
        ) from error
    if len(data) > SENSORS_FILE_BYTES_MAX:
        raise UnusableInput(f"{file}: more than {SENSORS_FILE_BYTES_MAX} bytes; give a smaller one")
    return parse_sensors(text, str(file))


def read_observations(
    plots_file: Path, sensors_file: Path, *, strict: bool = False
) -> Observations:
    """Plots and sensors from their files.

    Raises UnusableInput where a file cannot be used at all, where no line is a plot, and, if
    `strict`, at the first line that is not taken.
    """
    sensors = read_sensors_file(sensors_file)
    _require_size(plots_file, PLOTS_FILE_BYTES_MAX)
    read = _read_plots(plots_file, {sensor.id: sensor for sensor in sensors})
    complaints = [
        f"{plots_file}:{one.line}: rejected: {one.reason}"
        for one in read.rejected[:REJECTED_REPORTED_MAX]
    ]
    if strict and complaints:
        raise UnusableInput(complaints[0])
    if not read.plots:
        first = f"; {complaints[0]}" if complaints else "; it is empty"
        raise UnusableInput(f"{plots_file}: no line of it is a plot{first}")
    if len(read.rejected) > len(complaints):
        complaints.append(
            f"{plots_file}: {len(read.rejected) - len(complaints)} more lines rejected"
        )
    return Observations(read.plots, len(read.rejected), tuple(complaints), sensors)


def _read_plots(file: Path, sensors: dict[str, Sensor]) -> PlotsRead:
    """All lines of a plots file, packed or not."""
    try:
        with file.open("rb") as packed:
            # As gzip starts (RFC 1952, section 2.3.1), whatever the file's name. Opened once: what
            # was read of a pipe is gone.
            if packed.peek(2)[:2] != b"\x1f\x8b":
                return read_plots(_lines(packed, file), sensors)
            with gzip.open(packed, "rb") as stream:
                return read_plots(_lines(cast("BinaryIO", stream), file), sensors)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnusableInput(f"{file}: compressed data are broken or cut short: {error}") from error
    except OSError as error:
        raise UnusableInput(f"{file}: cannot be read: {error.strerror or error}") from error


def _lines(stream: BinaryIO, file: Path) -> Iterator[bytes]:
    """Lines, each cut a byte over the limit (and so rejected later).

    Unpacked bytes are counted too.
    """
    total = 0
    count = 0
    while line := stream.readline(PLOT_LINE_BYTES_MAX + 1):
        total += len(line)
        count += 1
        rest = line
        while (
            rest
            and not rest.endswith(b"\n")
            and len(rest) > PLOT_LINE_BYTES_MAX
            and total <= PLOTS_FILE_BYTES_MAX
        ):
            rest = stream.readline(PLOT_LINE_BYTES_MAX + 1)
            total += len(rest)
        if total > PLOTS_FILE_BYTES_MAX:
            raise UnusableInput(
                f"{file}: unpacks to more than {PLOTS_FILE_BYTES_MAX} bytes; split it"
            )
        if count > PLOT_LINES_MAX:
            raise UnusableInput(f"{file}: more than {PLOT_LINES_MAX} lines; split it")
        yield line


def _require_size(file: Path, bytes_max: int) -> None:
    """Refuse what is no file, or a larger one, before a byte of it is read."""
    try:
        size = file.stat().st_size
    except OSError as error:
        raise UnusableInput(f"{file}: cannot be read: {error.strerror}") from error
    if file.is_dir():
        raise UnusableInput(f"{file}: is a folder; name the file in it")
    if size > bytes_max:
        raise UnusableInput(f"{file}: {size} bytes; at most {bytes_max} are read")
