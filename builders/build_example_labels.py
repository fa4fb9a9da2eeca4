"""Remakes docs/examples/labelled.xml and .cose: a bulletin as Japan holds it.

    python builders/build_example_labels.py

The COSE document is signed with the exercise key of the replay that the ledger comes from.
"""

from __future__ import annotations

from pathlib import Path

from commonwatch.identity import nation
from commonwatch.marking.binding_xml import document_xml
from commonwatch.marking.document_cose import sealed_document
from commonwatch.mode import EXERCISE
from commonwatch.node.keys import exercise_keys
from commonwatch.node.labelled import bulletin_in, labelled_bulletin
from commonwatch.node.ledger_export import find_ledger

EXAMPLES = Path(__file__).parent.parent / "docs/examples"
HOLDER = nation("JPN")
BULLETIN = "KOR-JPN-1"
REPLAY_SEED = 1


def make(folder: Path) -> None:
    """Write both forms of one document."""
    bulletin = bulletin_in(find_ledger(EXAMPLES / "ledger" / f"{HOLDER}.jsonl"), BULLETIN)
    document = labelled_bulletin(bulletin, HOLDER, (), beside=False).document
    key = exercise_keys((HOLDER,), REPLAY_SEED, EXERCISE)[HOLDER].private
    (folder / "labelled.xml").write_bytes(document_xml(document))
    (folder / "labelled.cose").write_bytes(sealed_document(document, key, EXERCISE))


if __name__ == "__main__":
    make(EXAMPLES)
