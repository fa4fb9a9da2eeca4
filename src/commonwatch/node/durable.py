"""Small files that are whole after a crash, and read with a bound."""

from __future__ import annotations

import os
from pathlib import Path

from commonwatch.errors import UnusableInput


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet, to the disk; FileExistsError where it is."""
    with path.open("x", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, text: bytes) -> None:
    """Put `text` in the place of a file: after a crash there is the old one or the new one."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_bounded(path: Path, limit_bytes: int) -> str:
    """The text of a file of at most so many bytes, with its line ends as they are."""
    with path.open("rb") as file:
        raw = file.read(limit_bytes + 1)
    if len(raw) > limit_bytes:
        raise UnusableInput(f"{path}: longer than {limit_bytes} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnusableInput(f"{path}: not UTF-8 text: {error}") from error
