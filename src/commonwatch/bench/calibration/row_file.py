"""Raw rows on disk, as JSON Lines: for other questions later, and to go on after an interruption.

The first line says which seed and which version of the simulated world and of the estimator the
rows are of; rows of another one are never mixed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

import commonwatch
from commonwatch.bench.calibration.rows import FlightRow
from commonwatch.errors import UnusableInput
from commonwatch.limits import CALIBRATION_ROWS_BYTES_MAX
from commonwatch.world.pass_folder import read_limited

Line = TypeVar("Line")

ROWS_FILE = "rows.jsonl"
# What decides the rows of a seed; all other files may change without making them stale.
DECIDING_PACKAGES = ("acquire", "estimate", "trajectory", "world")
DECIDING_FILES = (
    "bench/score.py",
    "bench/calibration/classes.py",
    "bench/calibration/flight.py",
    "bench/calibration/following.py",
    "bench/calibration/objects.py",
    "bench/calibration/rows.py",
    "bench/calibration/truth.py",
)


class Head(msgspec.Struct, frozen=True, tag_field="kind", tag="calibration-rows"):
    """The first line: the seed, and a digest of the program's files that decide the rows."""

    seed: int
    program: str


class Keep(Protocol):
    """Write a row down, at once."""

    def __call__(self, row: FlightRow) -> None:
        """Write it."""
        ...


def program_digest() -> str:
    """A digest of all source files that decide what the rows of a seed are."""
    root = Path(commonwatch.__file__).parent
    digest = hashlib.sha256()
    files = [root / name for name in DECIDING_FILES]
    for package in DECIDING_PACKAGES:
        files += [one for one in (root / package).rglob("*") if one.suffix in {".py", ".toml"}]
    for file in sorted(files):
        digest.update(f"{file.relative_to(root)}\n".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:32]


def kept_rows(folder: Path, seed: int) -> tuple[FlightRow, ...]:
    """The rows that a folder holds, none where there is no file; a last line cut short is left out.

    Raises UnusableInput where the file is of another seed or program, or is damaged.
    """
    file = folder / ROWS_FILE
    if not file.exists():
        return ()
    *lines, _cut = read_limited(file, CALIBRATION_ROWS_BYTES_MAX).split(b"\n")
    if not lines:
        return ()
    head = _decoded(file, 1, lines[0], Head)
    if head != Head(seed, program_digest()):
        raise UnusableInput(
            f"{file}: rows of seed {head.seed} by program {head.program[:8]}, not of seed {seed} "
            f"by {program_digest()[:8]}; keep these rows in another folder"
        )
    return tuple(
        _decoded(file, number, line, FlightRow) for number, line in enumerate(lines[1:], start=2)
    )


@contextmanager
def kept_in(folder: Path | None, seed: int) -> Iterator[Keep]:
    """Append rows to a folder's file for as long as the block runs; None keeps nothing.

    Raises UnusableInput where the folder cannot be written.
    """
    if folder is None:
        yield _keep_nothing
        return
    file = folder / ROWS_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _cut_off_what_is_half_written(file)
        stream = file.open("ab")
    except OSError as error:
        raise UnusableInput(f"--keep {folder}: cannot be written: {error}") from error
    with stream:

        def keep(row: FlightRow) -> None:
            stream.write(msgspec.json.encode(row) + b"\n")
            stream.flush()

        if stream.tell() == 0:
            stream.write(msgspec.json.encode(Head(seed, program_digest())) + b"\n")
        yield keep


def _cut_off_what_is_half_written(file: Path) -> None:
    """Leave whole lines only, so that the next one begins on a line of its own."""
    if not file.exists():
        return
    data = read_limited(file, CALIBRATION_ROWS_BYTES_MAX)
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with file.open("r+b") as stream:
            stream.truncate(whole)


def _decoded(file: Path, number: int, line: bytes, kind: type[Line]) -> Line:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.DecodeError as error:
        raise UnusableInput(f"{file}:{number}: not a line of kept rows: {error}") from error


def _keep_nothing(row: FlightRow) -> None:
    """Take the same argument as one that writes does."""
