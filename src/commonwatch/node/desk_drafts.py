"""Drafts that were taken off a desk: recorded, their text laid aside, and not taken up again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.identity import Nation
from commonwatch.limits import BOOK_DOCUMENTS_MAX, EXCHANGE_FILE_BYTES_MAX
from commonwatch.node.desk_files import (
    DOCUMENTS_FOLDER,
    DocumentText,
    WithdrawnDraft,
    document_name,
)
from commonwatch.node.durable import read_bounded
from commonwatch.release.agreement import State, Terms
from commonwatch.release.agreement_book import Book, Standing
from commonwatch.untrusted_json import decode_json
from commonwatch.utc import format_utc

WITHDRAWN_FILE = "withdrawn.jsonl"
WITHDRAWN_FOLDER = "withdrawn"


def read_withdrawn(desk: Path) -> tuple[WithdrawnDraft, ...]:
    """The drafts that were withdrawn at this desk; UnusableInput names a line that is none."""
    path = desk / WITHDRAWN_FILE
    if not path.exists():
        return ()
    found = []
    for number, line in enumerate(read_bounded(path, EXCHANGE_FILE_BYTES_MAX).splitlines(), 1):
        where = f"{path}, line {number}: no record of a withdrawn draft"
        right = "where it was cut off in writing, remove the line and withdraw the draft again"
        found.append(decode_json(line, WithdrawnDraft, where, right))
    return tuple(found)


def record_withdrawn(desk: Path, gone: WithdrawnDraft) -> None:
    """Record it, to the disk; then the text is laid aside."""
    with (desk / WITHDRAWN_FILE).open("ab") as file:
        file.write(msgspec.json.encode(gone) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    lay_aside(desk, (gone,))


def lay_aside(desk: Path, withdrawn: Iterable[WithdrawnDraft]) -> None:
    """Move the texts of withdrawn drafts out of the documents, where one is still among them."""
    for gone in withdrawn:
        name = document_name(gone.agreement, gone.revision)
        text = desk / DOCUMENTS_FOLDER / name
        if text.is_file() and sha256(text.read_bytes()).hexdigest() == gone.document:
            (desk / WITHDRAWN_FOLDER).mkdir(exist_ok=True)
            text.replace(desk / WITHDRAWN_FOLDER / f"{gone.document[:16]}.{name}")


def without_withdrawn(
    texts: Iterable[DocumentText], withdrawn: Iterable[WithdrawnDraft]
) -> tuple[DocumentText, ...]:
    """The documents that hold, also where a crash left a withdrawn one among them."""
    gone = {item.document for item in withdrawn}
    return tuple(item for item in texts if sha256(item.text.encode()).hexdigest() not in gone)


def withdrawn_words(terms: Terms, withdrawn: Iterable[WithdrawnDraft]) -> str | None:
    """Why this text is not taken up again; None where it was not withdrawn."""
    gone = next((item for item in withdrawn if item.document == terms.document), None)
    if gone is None:
        return None
    return (
        f"{terms.id} revision {terms.revision}: this text ({terms.document[:16]}) was withdrawn "
        f"here on {format_utc(gone.at_s)}; agree on another text, as a new revision"
    )


def withdrawal_of(
    agreement_id: str, revision: int, by: Nation, book: Book, told: Standing, now_s: float
) -> WithdrawnDraft:
    """The record of a withdrawal that may be; UnusableInput says why it may not.

    Only the last revision, so that none is missing between, and only where nobody has signed it.
    """
    every = told.revisions(agreement_id)
    name = f"{agreement_id} revision {revision}"
    draft = next((item for item in every if item.terms.revision == revision), None)
    if draft is None:
        held = ", ".join(str(item.terms.revision) for item in every) or "none"
        raise UnusableInput(f"{agreement_id}: no revision {revision} on this desk; held are {held}")
    if any(view.state is not State.DRAFT for view in draft.views):
        raise UnusableInput(f"{name} is no draft: all have signed it; suspend it, or give notice")
    signers = sorted(
        {
            item.order.by
            for item in book.orders
            if (item.order.agreement, item.order.revision) == (agreement_id, revision)
        }
    )
    if by in signers:
        raise UnusableInput(
            f"{name}: {by} has signed it: its text stays, and the signature is withdrawn by order"
        )
    if signers:
        # A signature that was given may be in a partner's hands, who may sign too and then suspend.
        raise UnusableInput(
            f"{name}: {', '.join(signers)} has signed it, and a signature is not taken back; "
            "propose a new revision, which replaces it when all sign that"
        )
    last = every[-1].terms.revision
    if last != revision:
        raise UnusableInput(f"{name}: withdraw revision {last} first; revisions leave no gap")
    return WithdrawnDraft(
        agreement=agreement_id,
        revision=revision,
        document=draft.terms.document,
        parties=draft.terms.parties,
        by=by,
        at_s=now_s,
    )


def require_room(withdrawn: tuple[WithdrawnDraft, ...]) -> None:
    """UnusableInput where no further withdrawal can be recorded."""
    if len(withdrawn) >= BOOK_DOCUMENTS_MAX:
        raise UnusableInput(f"more than {BOOK_DOCUMENTS_MAX} drafts were withdrawn at this desk")
