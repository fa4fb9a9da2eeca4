"""Certificates of the links: each is its own root, and exactly those of the partners are trusted.

No authority stands between: what a server trusts is a list of end certificates, none of which may
sign another. So nobody can make one in a partner's name, another partner included (ADR 0022).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from commonwatch.errors import UnusableInput
from commonwatch.identity import Nation
from commonwatch.limits import LINK_CERTIFICATE_BYTES_MAX, LINK_CERTIFICATE_DAYS_MAX
from commonwatch.mode import Mode

# Clocks of partners differ a little; a certificate made just now holds there already.
_VALID_BEFORE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class LinkIdentity:
    """A nation's certificate for its links, and the private key of it, both PEM."""

    certificate_pem: bytes
    private_pem: bytes

    def __repr__(self) -> str:
        return "LinkIdentity(withheld)"


def name_on_link(nation: Nation, mode: Mode) -> str:
    """The name that a certificate carries: another mode's is another name."""
    return f"{nation.lower()}.{mode.word.lower()}.commonwatch"


def new_link_identity(
    nation: Nation, mode: Mode, hosts: Sequence[str], now_s: float, days: int = 90
) -> LinkIdentity:
    """A new key from the system's randomness and its certificate.

    `hosts`: addresses and host names at which partners reach this nation's server; `now_s` POSIX
    seconds, `days` of validity from then, at most LINK_CERTIFICATE_DAYS_MAX.
    """
    if not 1 <= days <= LINK_CERTIFICATE_DAYS_MAX:
        raise UnusableInput(f"certificate for {days} days: 1 to {LINK_CERTIFICATE_DAYS_MAX}")
    key = Ed25519PrivateKey.generate()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name_on_link(nation, mode))])
    names = [x509.DNSName(name_on_link(nation, mode)), *map(_name_of_host, hosts)]
    begins = datetime.fromtimestamp(now_s, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins - _VALID_BEFORE)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            ),
            critical=False,
        )
        .sign(key, None)
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return LinkIdentity(certificate.public_bytes(Encoding.PEM), private)


def checked_certificate(pem: bytes, nation: Nation, mode: Mode, now_s: float) -> bytes:
    """The one certificate in `pem`, where it is this nation's for links of this mode, anew as PEM.

    UnusableInput where it is another's or another mode's, may sign others, was not signed by its
    own key, or does not hold at `now_s`.
    """
    what = f"link certificate of {nation}"
    certificate = _read(pem, what)
    expected = name_on_link(nation, mode)
    names = _names(certificate, what)
    # Names of places may stand beside; a name of any node, this one's alone.
    of_nodes = {name for name in names if name.endswith(".commonwatch")}
    if of_nodes != {expected}:
        told = ", ".join(sorted(of_nodes))[:80] or "no node"
        raise UnusableInput(f"{what}: it names {told}; need {expected}")
    if _may_sign(certificate):
        raise UnusableInput(f"{what}: it may sign other certificates; need one that may not")
    try:
        key = certificate.public_key()
        if not isinstance(key, Ed25519PublicKey) or certificate.issuer != certificate.subject:
            raise UnusableInput(f"{what}: need an Ed25519 key, and itself as its issuer")
        key.verify(certificate.signature, certificate.tbs_certificate_bytes)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise UnusableInput(f"{what}: it is not signed by its own key") from error
    at = datetime.fromtimestamp(now_s, UTC)
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise UnusableInput(
            f"{what}: holds from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} to "
            f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC, not at {at:%Y-%m-%d %H:%M}"
        )
    return certificate.public_bytes(Encoding.PEM)


def _read(pem: bytes, what: str) -> x509.Certificate:
    if len(pem) > LINK_CERTIFICATE_BYTES_MAX:
        raise UnusableInput(f"{what}: longer than {LINK_CERTIFICATE_BYTES_MAX} bytes")
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise UnusableInput(f"{what}: no PEM certificate: {str(error)[:80]}") from error
    if len(found) != 1:
        raise UnusableInput(f"{what}: {len(found)} certificates; need one")
    return found[0]


def _names(certificate: x509.Certificate, what: str) -> set[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError) as error:
        raise UnusableInput(f"{what}: it names no node") from error
    return {str(item.value).lower() for item in extension.value}


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return True  # not said, so not excluded
    return constraints.value.ca


def _name_of_host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
