"""Envelopes: verified before parsed, one canonical encoding, of one mode, for one reader."""

from __future__ import annotations

import hashlib
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.identity import nation, pre_authentication_encoding
from commonwatch.limits import ENVELOPE_BYTES_MAX, SEQUENCE_JUMP_MAX
from commonwatch.mode import EXERCISE, LIVE, TEST
from commonwatch.node.keys import exercise_keys
from commonwatch.share.envelope import (
    Envelope,
    Named,
    RefusedEnvelope,
    Signature,
    envelope_digest,
    manifest_of,
    open_envelope,
    open_for,
    parted,
    payload_type,
    seal,
)
from commonwatch.share.message import NO_DIGEST, Bundle, Receipt
from commonwatch.share.replay_window import ReplayWindow
from tests.sharing.builders import KEYS, T0_S

KOR = KEYS[nation("KOR")]
RECEIPT = Receipt("JPN-KOR-1", 1, bytes(32), "accepted", "", T0_S)
BUNDLE = Bundle(
    mode="EXERCISE",
    sender="KOR",
    recipient="JPN",
    lane="receipt",
    sequence=1,
    previous=NO_DIGEST,
    sent_s=T0_S,
    messages=(RECEIPT,),
)
RAW = seal(BUNDLE, KOR.private, EXERCISE)


MANIFEST = manifest_of(BUNDLE)
CONTENT = msgspec.msgpack.encode(RECEIPT)


def resealed(payload: bytes, mode=EXERCISE, key=KOR.private, contents=(CONTENT,)) -> bytes:
    kind = payload_type(mode)
    signature = key.sign(pre_authentication_encoding(kind, payload))
    return msgspec.msgpack.encode(
        Envelope(kind, payload, (Signature(key.public.key_id, signature),), contents)
    )


def refused(raw: bytes, mode=EXERCISE) -> str:
    with pytest.raises(RefusedEnvelope) as error:
        open_for(raw, KOR.public, mode, "JPN")
    return str(error.value)


def test_what_was_sealed_opens_to_the_same_and_seals_to_the_same_bytes():
    assert open_for(RAW, KOR.public, EXERCISE, "JPN").bundle == BUNDLE
    assert seal(BUNDLE, KOR.private, EXERCISE) == RAW


def test_t3_every_flipped_bit_is_refused():
    for bit in range(8 * len(RAW)):
        altered = bytearray(RAW)
        altered[bit // 8] ^= 1 << bit % 8
        refused(bytes(altered))


def test_t3_every_truncation_and_every_addition_is_refused():
    for length in range(len(RAW)):
        refused(RAW[:length])
    refused(RAW + b"\x00")


@given(st.binary(max_size=400))
def test_t3_garbage_is_refused(raw):
    refused(raw)


def test_t7_size_is_looked_at_before_anything_else():
    assert "at most" in refused(bytes(ENVELOPE_BYTES_MAX + 1))


def test_t7_deep_nesting_is_refused():
    refused(b"\x91" * 100_000)
    refused(resealed(b"\x91" * 100_000))


def test_another_encoding_of_the_same_bundle_is_refused_though_signed():
    # A float written as an integer, an integer written longer: MessagePack has many spellings.
    told = msgspec.msgpack.decode(msgspec.msgpack.encode(MANIFEST))
    told["sent_s"] = int(told["sent_s"])
    assert "canonical" in refused(resealed(msgspec.msgpack.encode(told)))
    padded = msgspec.msgpack.encode(MANIFEST).replace(
        b"\xa8sequence\x01", b"\xa8sequence\xcc\x01", 1
    )
    assert "canonical" in refused(resealed(padded))
    assert "canonical" in refused(
        resealed(msgspec.msgpack.encode(dict(reversed(list(told.items())))))
    )


def named(content: bytes) -> bytes:
    """The payload of a bundle of this one message."""
    contents = (Named("", hashlib.sha256(content).digest()),)
    return msgspec.msgpack.encode(msgspec.structs.replace(MANIFEST, contents=contents))


def test_another_message_than_was_signed_is_refused():
    payload = msgspec.msgpack.encode(MANIFEST)
    assert "not the one that was signed" in refused(resealed(payload, contents=(CONTENT + b" ",)))
    assert "not as many" in refused(resealed(payload, contents=()))
    assert "not as many" in refused(resealed(payload, contents=(CONTENT, CONTENT)))


def test_another_encoding_of_a_message_is_refused_though_signed():
    told = msgspec.msgpack.decode(CONTENT)
    told["received_s"] = int(told["received_s"])
    content = msgspec.msgpack.encode(told)
    assert "canonical" in refused(resealed(named(content), contents=(content,)))


def test_a_message_is_named_by_its_own_id_alone():
    wrong = Named("KOR-JPN-1", hashlib.sha256(CONTENT).digest())
    payload = msgspec.msgpack.encode(msgspec.structs.replace(MANIFEST, contents=(wrong,)))
    assert "another id" in refused(resealed(payload))


def test_garbage_in_place_of_a_message_is_refused_though_signed():
    for content in (b"", b"\x91" * 100_000, b"\xc0", msgspec.msgpack.encode({"type": "gone"})):
        assert "contents" in refused(resealed(named(content), contents=(content,)))


def test_an_envelope_that_a_carrier_spoilt_has_another_digest_than_the_one_that_was_sent():
    frame, contents = parted(RAW)
    assert envelope_digest(RAW) == open_envelope(RAW, KOR.public, EXERCISE).digest
    assert envelope_digest(RAW) == hashlib.sha256(frame).digest()
    spoilt = resealed(msgspec.msgpack.encode(MANIFEST), contents=(contents[0][:-1] + b"x",))
    assert envelope_digest(spoilt) != envelope_digest(RAW)


def test_an_unknown_field_is_refused_though_signed():
    told = msgspec.msgpack.decode(msgspec.msgpack.encode(MANIFEST))
    assert "payload" in refused(resealed(msgspec.msgpack.encode({**told, "caveat": "none"})))


def test_t24_a_key_speaks_for_its_own_nation_alone():
    stolen = msgspec.structs.replace(MANIFEST, sender="USA")
    assert "under the key of KOR" in refused(resealed(msgspec.msgpack.encode(stolen)))


def test_an_unknown_key_is_refused():
    stranger = exercise_keys([nation("AUS")], 9, EXERCISE)[nation("AUS")].private
    assert "not known" in refused(resealed(msgspec.msgpack.encode(MANIFEST), key=stranger))


def test_addressed_to_another_is_refused():
    with pytest.raises(RefusedEnvelope, match="addressed to JPN"):
        open_for(RAW, KOR.public, EXERCISE, "USA")


def test_a_second_signature_that_does_not_hold_is_not_overlooked():
    envelope = msgspec.msgpack.decode(RAW, type=Envelope)
    bad = Signature(KEYS[nation("USA")].private.public.key_id, bytes(64))
    both = msgspec.structs.replace(envelope, signatures=(*envelope.signatures, bad))
    assert "does not hold" in refused(msgspec.msgpack.encode(both))
    none = msgspec.structs.replace(envelope, signatures=())
    assert "signatures" in refused(msgspec.msgpack.encode(none))


@pytest.mark.parametrize("mode", [LIVE, TEST])
def test_t21_an_exercise_is_refused_by_every_other_mode(mode):
    assert "payload type" in refused(RAW, mode)
    # Nor does it help to seal the exercise's payload as the other type, with the same key.
    crossed = resealed(msgspec.msgpack.encode(MANIFEST), mode)
    with pytest.raises(RefusedEnvelope, match="mode EXERCISE"):
        open_envelope(crossed, KOR.public, mode)


def test_t21_keys_of_modes_differ():
    word = {exercise_keys(KEYS, 1, mode)[nation("KOR")].private.seed for mode in (EXERCISE, TEST)}
    assert len(word) == 2


def test_a_bundle_is_bounded_and_of_one_lane():
    with pytest.raises(ValueError, match="1 to 32"):
        msgspec.structs.replace(BUNDLE, messages=(RECEIPT,) * 33)
    with pytest.raises(ValueError, match="lane"):
        msgspec.structs.replace(BUNDLE, lane="live")


@given(st.lists(st.integers(-2, 40) | st.integers(1_000_000, 1_001_100), max_size=60))
def test_t4_the_window_admits_each_number_once(sequences):
    """The slow twin keeps every number ever seen."""
    window, seen = ReplayWindow(), set()
    for sequence in sequences:
        highest = max(seen, default=0)
        twin = sequence >= 1 and sequence not in seen and sequence <= highest + SEQUENCE_JUMP_MAX
        assert (window.reason_against(sequence) is None) == twin
        told = {number for first, last in window.missing(60) for number in range(first, last + 1)}
        assert told == set(range(1, 61)) - seen
        if twin:
            window, seen = window.with_seen(sequence), seen | {sequence}


def test_t4_of_too_many_gaps_the_lowest_is_given_up_and_nothing_counts_twice(monkeypatch):
    monkeypatch.setattr("commonwatch.share.replay_window.REPLAY_GAPS_MAX", 3)
    window = ReplayWindow()
    for sequence in (2, 4, 6, 8, 10):
        window = window.with_seen(sequence)
    assert window.missing(11) == ((5, 5), (7, 7), (9, 9), (11, 11))
    for sequence in (1, 3):
        assert "older than the last 3 gaps" in (window.reason_against(sequence) or "")
    for sequence in (2, 4, 6, 8, 10):
        assert window.reason_against(sequence) is not None
    assert window.reason_against(5) is None


def test_t5_a_leap_to_2_to_the_63_does_not_lock_the_sender_out():
    window = ReplayWindow().with_seen(1)
    assert "leaps" in (window.reason_against(2**63) or "")
    assert window.reason_against(2) is None


def test_t3_twenty_thousand_random_mutations_are_all_refused():
    generator = random.Random(3)
    for _ in range(20_000):
        altered = bytearray(RAW)
        for _ in range(generator.randint(1, 4)):
            where = generator.randrange(len(altered))
            altered[where] = generator.randrange(256)
        if bytes(altered) != RAW:
            refused(bytes(altered))
