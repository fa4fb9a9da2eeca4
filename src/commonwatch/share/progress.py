"""How far each side of a direction is, signed: what was sealed, what is missed, what never comes.

By it a cut is made good: the recipient names the numbers that it misses, and the sender sends them
again out of its ledger. It is also the sign of life of a partner that has nothing to tell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import msgspec

from commonwatch.identity import PrivateKey, PublicKey, pre_authentication_encoding
from commonwatch.limits import PROGRESS_BYTES_MAX, PROGRESS_RANGES_MAX, SEQUENCE_MAX
from commonwatch.mode import Mode
from commonwatch.share.envelope import (
    Envelope,
    RefusedEnvelope,
    Signature,
    outer_frame,
    signer_of,
)
from commonwatch.share.replay_window import Range


class Progress(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One node's word to one other, of both directions between them.

    `sealed`: bundles of mine to you that may have left; `missing`: numbers of yours that I miss;
    `gone`: numbers of mine that you missed and that will never come. Ranges ascend and lie apart.
    """

    mode: str
    sender: str
    recipient: str
    at_s: float
    sealed: int
    missing: tuple[Range, ...] = ()
    gone: tuple[Range, ...] = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.at_s) or not 0 <= self.sealed <= SEQUENCE_MAX:
            raise ValueError("progress: a time is finite, a count not negative")
        for ranges in (self.missing, self.gone):
            if len(ranges) > PROGRESS_RANGES_MAX:
                raise ValueError(f"progress: at most {PROGRESS_RANGES_MAX} ranges")
            ends = [end for one in ranges for end in one]
            if ends and not (ends[0] >= 1 and ends[-1] <= SEQUENCE_MAX and _ascends(ranges)):
                raise ValueError("progress: ranges ascend and lie apart")


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Progress)


def seal_progress(progress: Progress, key: PrivateKey, mode: Mode) -> bytes:
    """The signed bytes of it."""
    payload = _encoder.encode(progress)
    kind = _payload_type(mode)
    signature = key.sign(pre_authentication_encoding(kind, payload))
    return _encoder.encode(Envelope(kind, payload, (Signature(key.public.key_id, signature),)))


def open_progress(
    raw: bytes, keys: Mapping[str, PublicKey], mode: Mode, recipient: str
) -> Progress:
    """What a partner signed for `recipient`; RefusedEnvelope where it did not."""
    if len(raw) > PROGRESS_BYTES_MAX:
        raise RefusedEnvelope(f"progress of {len(raw)} bytes; at most {PROGRESS_BYTES_MAX}")
    envelope = outer_frame(raw)
    if envelope.payload_type != _payload_type(mode) or envelope.contents:
        raise RefusedEnvelope(f"payload type is not that of progress of {mode.word}")
    signer = signer_of(envelope, keys)
    try:
        progress = _decoder.decode(envelope.payload)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RefusedEnvelope(f"progress: {str(error)[:120]}") from error
    if (progress.sender, progress.recipient) != (signer, recipient):
        raise RefusedEnvelope("progress: not from its signer to this node")
    if progress.mode != mode.word:
        raise RefusedEnvelope(f"progress of mode {progress.mode[:8]} at a node of {mode.word}")
    return progress


def ranges_of(numbers: list[int]) -> tuple[Range, ...]:
    """Ascending numbers as ranges, at most PROGRESS_RANGES_MAX, the lowest first."""
    found: list[Range] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found[:PROGRESS_RANGES_MAX])


def _ascends(ranges: tuple[Range, ...]) -> bool:
    return all(first <= last for first, last in ranges) and all(
        before[1] < after[0] for before, after in pairwise(ranges)
    )


def _payload_type(mode: Mode) -> str:
    return f"application/vnd.commonwatch.progress.v2.{mode.word.lower()}+msgpack"
