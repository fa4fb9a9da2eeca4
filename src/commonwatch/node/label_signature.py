"""The XML signature of a labelled document: made and verified with signxml and X.509.

As ADatP-4778.2 profiles it: exclusive canonicalisation, SHA-384 digests, ECDSA with SHA-256, and
the certificate in the signature. Keys of a node are Ed25519, which that profile does not list, so
that the XML form has a key and a certificate of its own. Who trusts a signature names the
certificates; one that comes with the document proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from commonwatch.errors import UnusableInput
from commonwatch.limits import MARKING_FILE_BYTES_MAX
from commonwatch.marking.binding import LabelledDocument
from commonwatch.marking.binding_xml import (
    BINDING_NAMESPACE,
    NEEDED,
    SIGNATURE_NAMESPACE,
    document_element,
    read_document,
)
from commonwatch.marking.check import XmlSignature
from commonwatch.untrusted_xml import parse_untrusted

_BINDING = f"{{{BINDING_NAMESPACE}}}MetadataBinding"
_SIGNATURE = f"{{{SIGNATURE_NAMESPACE}}}Signature"


def signed_xml(document: LabelledDocument, key_pem: bytes, certificate_pem: bytes) -> bytes:
    """The document with an enveloped signature over its bindings and digests, as UTF-8.

    Raises UnusableInput where key and certificate are no pair of ECDSA on P-256.
    """
    key, certificate = _pair(key_pem, certificate_pem)
    root = document_element(document)
    place = etree.Element(_SIGNATURE, Id="placeholder")
    root.insert(0, place)
    signer = XMLSigner(
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA384,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    # signxml copies the tree and answers the copy.
    signed = signer.sign(
        root, key=key, cert=[certificate], reference_uri=list(_references(root) or ())
    )
    raw: bytes = etree.tostring(signed, xml_declaration=True, encoding="UTF-8")
    return raw


def xml_signature(
    raw: bytes, source: str, certificates: Sequence[bytes], now_s: float
) -> XmlSignature:
    """Whose signature holds over the whole of the document at `now_s` (POSIX s), or why none does.

    `certificates` are those that are trusted, in PEM. Raises UnusableInput for what is no XML, or
    no certificate.
    """
    root = parse_untrusted(raw, source, NEEDED, MARKING_FILE_BYTES_MAX)
    trusted = [_certificate(pem) for pem in certificates]
    read = read_document(root)
    if read.document is None:
        return XmlSignature(reason="was not verified: the document itself does not hold")
    if not trusted:
        return XmlSignature()
    # What must be signed follows from the document, not from what the signature says it signed.
    wanted = _references(root)
    if wanted is None or len(set(wanted)) != len(wanted):
        return XmlSignature(reason="cannot cover a part of the document without an `Id` of its own")
    told = root.findall(f"{_SIGNATURE}/{{*}}SignedInfo/{{*}}Reference")
    if sorted(item.get("URI", "") for item in told) != sorted(wanted):
        return XmlSignature(reason=f"does not cover {', '.join(wanted)}, once each")
    if any(len(root.xpath("//*[@Id=$id]", id=uri[1:])) != 1 for uri in wanted):
        return XmlSignature(reason="covers an `Id` that stands twice in the document")
    reasons = [_against(raw, certificate, len(wanted), now_s) for certificate in trusted]
    for certificate, reason in zip(trusted, reasons, strict=True):
        if reason is None:
            return XmlSignature(signer=certificate.subject.rfc4514_string())
    return XmlSignature(reason="; ".join(dict.fromkeys(filter(None, reasons))))


def _references(root: etree._Element) -> tuple[str, ...] | None:
    # The profile wants a reference to each binding. The containers and digests are covered too, so
    # that none can be added, taken out or moved. None where a part has no Id.
    parts = [child for child in root if child.tag != _SIGNATURE]
    bindings = [inner for part in parts for inner in part if inner.tag == _BINDING]
    ids = [part.get("Id") for part in (*parts, *bindings)]
    return None if None in ids else tuple(f"#{name}" for name in ids)


def _against(
    raw: bytes, certificate: x509.Certificate, references: int, now_s: float
) -> str | None:
    expected = SignatureConfiguration(
        location="./",
        expect_references=references,
        signature_methods=frozenset({SignatureMethod.ECDSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA384}),
        verification_time=datetime.fromtimestamp(now_s, tz=UTC),
    )
    try:
        XMLVerifier().verify(raw, x509_cert=certificate, expect_config=expected, id_attribute="Id")
    except (SignXMLException, etree.LxmlError, ValueError, KeyError, TypeError) as error:
        first = (str(error) or type(error).__name__).splitlines()[0]
        return f"does not hold: {first[:160]}"
    return None


def _pair(
    key_pem: bytes, certificate_pem: bytes
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    certificate = _certificate(certificate_pem)
    try:
        key = load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnusableInput(f"private key: not PEM without a password: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UnusableInput("private key: needs ECDSA on the curve P-256")
    if key.public_key() != certificate.public_key():
        raise UnusableInput("certificate: is another key's")
    return key, certificate


def _certificate(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise UnusableInput(f"certificate: not X.509 in PEM: {error}") from error
