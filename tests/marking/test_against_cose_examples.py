"""COSE_Sign1 against the published examples of the COSE working group, and CBOR against a twin.

github.com/cose-wg/Examples, eddsa-examples/eddsa-sig-01.json: key, Sig_structure and message. The
key is that of RFC 8032, section 7.1, test 1.
"""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.errors import UnusableInput
from commonwatch.identity import PrivateKey
from commonwatch.marking.cose import (
    decode_cbor,
    encode_cbor,
    read_sign1,
    reason_against,
    sign1,
)

KEY = PrivateKey(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
CONTENT = b"This is the content."
SIG_STRUCTURE = bytes.fromhex(
    "846A5369676E61747572653145A2012703004054546869732069732074686520636F6E74656E742E"
)
MESSAGE = bytes.fromhex(
    "D28445A201270300A10442313154546869732069732074686520636F6E74656E742E5840"
    "7142FD2FF96D56DB85BEE905A76BA1D0B7321A95C8C4D3607C5781932B7AFB87"
    "11497DFA751BF40B58B3BCC32300B1487F3DB34085EEF013BF08F4A44D6FEF0D"
)
# RFC8152/Appendix_C_2_1.json of the same examples: ES256, which is not ours.
ECDSA_MESSAGE = bytes.fromhex(
    "D28443A10126A10442313154546869732069732074686520636F6E74656E742E5840"
    "8EB33E4CA31D1C465AB05AAC34CC6B23D58FEF5C083106C4D25A91AEF0B0117E"
    "2AF9A291AA32E14AB834DC56ED2A223444547E01F11D3B0916E5A4C345CACB36"
)
TEXT_PLAIN = 0  # CoAP content format (RFC 7252)
KEYS = {b"11": KEY.public}


def test_signing_gives_the_published_bytes():
    message = sign1(CONTENT, TEXT_PLAIN, KEY, b"11")
    assert message.signed_bytes() == SIG_STRUCTURE
    assert message.encoded() == MESSAGE


def test_the_published_message_holds():
    message = read_sign1(MESSAGE, "example")
    assert message.payload == CONTENT
    assert reason_against(message, TEXT_PLAIN, KEYS) is None


def test_no_flipped_bit_of_the_published_message_holds():
    for bit in range(8 * len(MESSAGE)):
        altered = bytearray(MESSAGE)
        altered[bit // 8] ^= 1 << bit % 8
        try:
            message = read_sign1(bytes(altered), "example")
        except UnusableInput:
            continue
        assert reason_against(message, TEXT_PLAIN, KEYS) is not None, bit


def test_another_algorithm_is_not_believed():
    message = read_sign1(ECDSA_MESSAGE, "example")
    assert "protected header" in str(reason_against(message, TEXT_PLAIN, KEYS))


def test_another_key_and_another_content_type_are_refused():
    message = read_sign1(MESSAGE, "example")
    assert "not known" in str(reason_against(message, TEXT_PLAIN, {b"12": KEY.public}))
    other = PrivateKey(bytes(32)).public
    assert "does not hold" in str(reason_against(message, TEXT_PLAIN, {b"11": other}))
    assert "protected header" in str(reason_against(message, 1, KEYS))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xd2",
        b"\xd2\x84",
        MESSAGE[1:],  # without its tag
        MESSAGE + b"\x00",
        b"\xd1" + MESSAGE[1:],  # COSE_Mac0
        # Each of the four in its place is of another type.
        b"\xd2" + encode_cbor([{1: -8}, {4: b"11"}, CONTENT, bytes(64)]),
        b"\xd2" + encode_cbor([b"", {}, CONTENT, bytes(64)]),
        b"\xd2" + encode_cbor([b"", {4: b"11", 5: 1}, CONTENT, bytes(64)]),
        b"\xd2" + encode_cbor([b"", {4: b"11"}, None, bytes(64)]),
        b"\xd2" + encode_cbor([b"", {4: b"11"}, CONTENT, bytes(63)]),
    ],
)
def test_what_is_no_such_message_is_refused(raw):
    with pytest.raises(UnusableInput):
        read_sign1(raw, "example")


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        ("c5821b7fffffffffffffff01", "a big float of 2 to the 2^63"),
        ("c4821b7fffffffffffffff01", "a decimal fraction of 10 to the 2^63"),
        ("d8236128", "a regular expression"),
        ("c24101", "a number that needs no tag"),
        ("d81c80", "a value to share"),
        ("d9d9f700", "CBOR that says it is CBOR"),
        ("d864 00".replace(" ", ""), "a day"),
        ("da0001000000", "an unknown tag"),
        ("9f01ff", "a list without a length"),
        ("1801", "a number longer than it must be"),
        ("a2616101616102", "a key twice"),
        ("a2616201616101", "keys out of order"),
        ("5b7fffffffffffffff", "more bytes than there are"),
        ("9b7fffffffffffffff", "more items than there are"),
        ("81" * 200 + "00", "nested 200 deep"),
        ("61ff", "no UTF-8"),
        ("0000", "two values"),
        ("", "nothing"),
    ],
)
def test_cbor_that_is_not_written_here_is_refused(raw, what):
    with pytest.raises(UnusableInput):
        decode_cbor(bytes.fromhex(raw), what)


def naive_head(major: int, number: int) -> bytes:
    """RFC 8949, section 3: the major type and the shortest form of the number."""
    if number < 24:
        return bytes([major << 5 | number])
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | extra]) + number.to_bytes(size, "big")
    raise AssertionError(number)


def naive_cbor(value: object) -> bytes:
    """RFC 8949, section 4.2.1, of what documents are made of."""
    if isinstance(value, int):
        return naive_head(0, value) if value >= 0 else naive_head(1, -1 - value)
    if isinstance(value, bytes):
        return naive_head(2, len(value)) + value
    if isinstance(value, str):
        return naive_head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return naive_head(4, len(value)) + b"".join(map(naive_cbor, value))
    assert isinstance(value, dict)
    pairs = sorted((naive_cbor(key), naive_cbor(item)) for key, item in value.items())
    return naive_head(5, len(pairs)) + b"".join(key + item for key, item in pairs)


VALUES = st.recursive(
    st.integers(-(2**63), 2**63) | st.text(max_size=30) | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=12,
)


@given(VALUES)
def test_the_encoding_equals_its_naive_twin(value):
    raw = encode_cbor(value)
    assert raw == naive_cbor(value)
    assert decode_cbor(raw, "value") == value


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_or_read_and_written_the_same(raw):
    try:
        value = decode_cbor(raw, "bytes")
    except UnusableInput:
        return
    assert cbor2.dumps(value, canonical=True) == raw
