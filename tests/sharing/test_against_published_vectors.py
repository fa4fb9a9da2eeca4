"""Signatures, envelopes and leaf hashes against the vectors that their standards print."""

from __future__ import annotations

import hashlib

import pytest

from commonwatch.identity import (
    ISO_3166_1_ALPHA_3,
    PrivateKey,
    PublicKey,
    pre_authentication_encoding,
)
from commonwatch.share.ledger import record_hash

# RFC 8032, section 7.1, tests 1 to 3: secret key, public key, message, signature.
RFC_8032_VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032_VECTORS)
def test_ed25519_signs_and_verifies_as_rfc_8032(secret, public, message, signature):
    key = PrivateKey(bytes.fromhex(secret))
    assert key.public.raw.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert PublicKey(bytes.fromhex(public)).verifies(
        bytes.fromhex(message), bytes.fromhex(signature)
    )


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032_VECTORS)
def test_ed25519_refuses_every_flipped_bit_of_a_signature(secret, public, message, signature):
    key, sound = PublicKey(bytes.fromhex(public)), bytes.fromhex(signature)
    for bit in range(8 * len(sound)):
        altered = bytearray(sound)
        altered[bit // 8] ^= 1 << bit % 8
        assert not key.verifies(bytes.fromhex(message), bytes(altered))


def test_pre_authentication_encoding_as_dsse_protocol_prints_it():
    # DSSE v1.0, protocol.md, test vectors.
    assert (
        pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_leaf_hash_of_the_empty_entry_as_rfc_6962():
    # The leaf hash of an empty entry in the RFC 6962 reference implementation's tests.
    assert (
        record_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )


def test_key_id_is_the_head_of_the_keys_sha_256():
    key = PublicKey(bytes.fromhex(RFC_8032_VECTORS[0][1]))
    assert key.key_id == hashlib.sha256(key.raw).hexdigest()[:16]


def test_iso_3166_has_249_officially_assigned_codes():
    assert len(ISO_3166_1_ALPHA_3) == 249


def test_a_private_key_never_shows_itself():
    key = PrivateKey(bytes.fromhex(RFC_8032_VECTORS[0][0]))
    assert RFC_8032_VECTORS[0][0] not in repr(key) + str(key) + f"{key}"
