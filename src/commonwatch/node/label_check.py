"""A labelled document of anyone, held to all that a node can hold it to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import msgspec

from commonwatch.limits import MARKING_REASONS_MAX
from commonwatch.marking.check import (
    NOT_VERIFIED,
    Form,
    HeldTo,
    check_document,
    form_of,
    reasons_against_times,
)
from commonwatch.marking.reason import OWN_RULE, Reason
from commonwatch.node.labelled import reasons_against_content


class LabelChecked(msgspec.Struct, frozen=True, tag_field="kind", tag="label_check"):
    """What `label check --json` prints. `signer` is whose signature held: a nation or a name."""

    file: str
    form: Form
    ok: bool
    signer: str | None
    reasons: tuple[Reason, ...]


def check_labelled(
    raw: bytes, source: str, held_to: HeldTo, certificates: Sequence[bytes], now_s: float
) -> LabelChecked:
    """Every reason against the document: form, signature, times, levels, portions, content.

    `certificates` (PEM) are those whose XML signatures are trusted; signatures and times are held
    to `now_s` (POSIX s). Raises UnusableInput for bytes that are neither XML nor COSE.
    """
    signature = NOT_VERIFIED
    if certificates and form_of(raw) == "xml":
        from commonwatch.node.label_signature import xml_signature

        signature = xml_signature(raw, source, certificates, now_s)
    found = check_document(raw, source, held_to, signature)
    reasons = list(found.reasons)
    if found.document is not None:
        reasons += islice(reasons_against_times(found.document, now_s), MARKING_REASONS_MAX)
        reasons += [
            Reason("binding 1", OWN_RULE, text) for text in reasons_against_content(found.document)
        ]
    return LabelChecked(source, found.form, not reasons, found.signer, tuple(reasons))
