"""Remakes the transcript in docs/agreements.md: the same lines, with what they print now.

    python -m builders.build_transcript

From the root of a checkout. Read the difference before it is kept: it is who may see what.
"""

from __future__ import annotations

from pathlib import Path

from tests.transcripts import run_again

DOCUMENT = Path(__file__).parent.parent / "docs/agreements.md"

if __name__ == "__main__":
    DOCUMENT.write_text(run_again(DOCUMENT.read_text("utf-8")), "utf-8")
