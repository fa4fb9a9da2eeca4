"""Transcripts in the documentation: what a line prints when it is run again."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.house_rules import ROOT

PROGRAM = Path(sys.executable).with_name("commonwatch")
BLOCK = re.compile(r"^```console\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
SECONDS_MAX = 60
# Times, key ids and checksums differ from run to run.
PASSING = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z|\b[0-9a-f]{64}\b|\b[0-9a-f]{16}\b")


def lasting(text: str) -> str:
    """The text without what differs from run to run."""
    return PASSING.sub("…", text)


def run_again(document: str) -> str:
    """The document with each console block as it would be written now, all in one folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "docs").symlink_to(ROOT / "docs")
        return BLOCK.sub(lambda block: _block(block[1], folder), document)


def _block(text: str, folder: Path) -> str:
    lines = [line for line in text.splitlines() if line.startswith("$ ")]
    return "```console\n" + "".join(_line(line, folder) for line in lines) + "```"


def _line(line: str, folder: Path) -> str:
    words = shlex.split(line.removeprefix("$ "))
    assert words[0] == "commonwatch", line
    redirection = words.index(">") if ">" in words else len(words)
    done = subprocess.run(
        [str(PROGRAM), *words[1:redirection]],
        cwd=folder,
        capture_output=True,
        check=False,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=SECONDS_MAX,
    )
    assert done.returncode in {0, 2}, f"{line}\n{done.stderr}"
    if redirection == len(words):
        return f"{line}\n{done.stdout}{done.stderr}"
    assert done.returncode == 0, f"{line}\n{done.stderr}"
    (folder / words[redirection + 1]).write_text(done.stdout, "utf-8")
    return f"{line}\n"
