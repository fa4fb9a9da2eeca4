"""Who speaks: nations as ISO 3166-1 alpha-3 codes, Ed25519 public keys, ids, signatures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import NewType

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from commonwatch.errors import UnusableInput
from commonwatch.limits import KEYS_EXPANDED_MAX

Nation = NewType("Nation", str)
KeyId = NewType("KeyId", str)

KEY_ID_HEX_DIGITS = 16
ED25519_PUBLIC_KEY_BYTES = 32
ED25519_SIGNATURE_BYTES = 64

# ISO 3166-1 alpha-3, all 249 officially assigned codes.
_ALPHA_3_CODES = (
    "ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA "
    "BGD BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN "
    "CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU "
    "EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB "
    "GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL "
    "ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO "
    "LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR "
    "MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER "
    "PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM "
    "SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK "
    "TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM "
    "VUT WLF WSM YEM ZAF ZMB ZWE "
)
ISO_3166_1_ALPHA_3 = frozenset(_ALPHA_3_CODES.split())


def nation(code: str) -> Nation:
    """The nation with this ISO 3166-1 alpha-3 code; UnusableInput where there is none."""
    if code not in ISO_3166_1_ALPHA_3:
        raise UnusableInput(
            f"nation `{code}`: not an ISO 3166-1 alpha-3 code; write three capitals, as in KOR"
        )
    return Nation(code)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key (RFC 8032): 32 bytes."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != ED25519_PUBLIC_KEY_BYTES:
            raise UnusableInput(
                f"public key of {len(self.raw)} bytes: "
                f"an Ed25519 key has {ED25519_PUBLIC_KEY_BYTES}"
            )

    @property
    def key_id(self) -> KeyId:
        """First 16 hexadecimal digits of the key's SHA-256: a hint which key to try, no proof."""
        return KeyId(hashlib.sha256(self.raw).hexdigest()[:KEY_ID_HEX_DIGITS])

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `message` (RFC 8032, section 5.1.7)."""
        if len(signature) != ED25519_SIGNATURE_BYTES:
            return False
        try:
            VerifyKey(self.raw).verify(message, signature)
        except BadSignatureError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An Ed25519 private key: 32 secret bytes. It never shows itself in a message or a log."""

    seed: bytes

    def __repr__(self) -> str:
        return "PrivateKey(withheld)"

    @property
    def public(self) -> PublicKey:
        """The public key that belongs to it."""
        return PublicKey(bytes(_signing_key(self.seed).verify_key))

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over `message`; the same message gives the same bytes."""
        return _signing_key(self.seed).sign(message).signature


@lru_cache(maxsize=KEYS_EXPANDED_MAX)
def _signing_key(seed: bytes) -> SigningKey:
    # Expanding a seed costs as much as a signature; a node signs with one key.
    return SigningKey(seed)


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """What a signature covers: DSSE v1.0 PAE(type, body), so that no type stands for another."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
