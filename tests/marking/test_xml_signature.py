"""The XML signature: what is altered, added, moved, or signed by another is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from commonwatch.errors import UnusableInput
from commonwatch.marking.binding_xml import document_of, document_xml
from commonwatch.marking.check import HeldTo, check_document
from commonwatch.mode import EXERCISE
from commonwatch.node.label_signature import signed_xml, xml_signature
from tests.marking.labels import JAPANESE, KOREAN, LEVELS, document

FROM = datetime(2023, 1, 1, tzinfo=UTC)
NOW_S = 1_678_918_200.0  # 2023-03-15T22:10:00Z
DAYS = timedelta(days=365)
MB = "{urn:nato:stanag:4778:bindinginformation:1:0}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"


def pair(
    country: str, curve: ec.EllipticCurve | None = None, days_from: datetime = FROM
) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(curve or ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, country)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(days_from)
        .not_valid_after(days_from + DAYS)
        .sign(key, hashes.SHA256())
    )
    return pem(key), made.public_bytes(serialization.Encoding.PEM)


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


KEY, CERTIFICATE = pair("KR")
OTHER_KEY, OTHER_CERTIFICATE = pair("JP")
LOWER = document(KOREAN, portions=(("path", KOREAN),), beside=True)
SIGNED = signed_xml(LOWER, KEY, CERTIFICATE)


def signer(raw: bytes, certificate: bytes = CERTIFICATE, now_s: float = NOW_S) -> str | None:
    return xml_signature(raw, "document", [certificate], now_s).signer


@pytest.mark.parametrize(
    "made", [LOWER, document(KOREAN), document(KOREAN, JAPANESE), document(JAPANESE, beside=True)]
)
def test_a_signed_document_says_the_same_and_its_signature_holds(made):
    raw = signed_xml(made, KEY, CERTIFICATE)
    assert document_of(raw, "document") == made
    assert signer(raw) == "C=KR"
    assert etree.fromstring(raw)[0].tag == f"{DS}Signature"  # ADatP-4778: it stands first


def test_the_algorithms_are_those_that_adatp_4778_2_makes_mandatory():
    root = etree.fromstring(SIGNED)
    methods = {item.get("Algorithm") for item in root.iter(f"{DS}DigestMethod")}
    assert methods == {"http://www.w3.org/2001/04/xmldsig-more#sha384"}
    assert root.find(f".//{DS}SignatureMethod").get("Algorithm").endswith("#ecdsa-sha256")
    assert root.find(f".//{DS}X509Data/{DS}X509Certificate") is not None
    assert root.find(f".//{DS}KeyValue") is None


def test_it_holds_whatever_other_certificates_are_trusted_too():
    trusted = [OTHER_CERTIFICATE, CERTIFICATE]
    assert xml_signature(SIGNED, "document", trusted, NOW_S).signer == "C=KR"


def test_the_certificate_that_comes_with_it_proves_nothing():
    forged = signed_xml(LOWER, OTHER_KEY, OTHER_CERTIFICATE)
    assert signer(forged) is None
    assert xml_signature(forged, "document", [], NOW_S).signer is None


@pytest.mark.parametrize("now_s", [FROM.timestamp() - 1.0, (FROM + DAYS).timestamp() + 1.0])
def test_a_certificate_that_is_not_yet_or_no_longer_valid_is_refused(now_s):
    assert signer(SIGNED, now_s=now_s) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("군사II급비밀", "군사III급비밀"),
        (">JPN<", ">PRK<"),
        ("RESTRICTIVE", "INFORMATIVE"),
        ("2023-03-15T22:10:00Z", "2023-03-15T22:10:01Z"),
        ("urn:example:1#path", "urn:example:1#apogee"),
        ("application/json", "text/plain"),
    ],
)
def test_altered_content_is_refused(old, new):
    text = SIGNED.decode()
    assert old in text
    assert signer(text.replace(old, new, 1).encode()) is None


def test_another_digest_of_what_is_beside_is_refused():
    other = document_xml(document(KOREAN, beside=True)).decode()
    root = etree.fromstring(SIGNED)
    value = root.find(f"{DS}Object/{DS}Manifest/{DS}Reference/{DS}DigestValue")
    assert value.text in other
    value.text = value.text[::-1].replace("=", "A")
    assert signer(etree.tostring(root)) is None


def test_a_binding_taken_out_is_refused():
    root = etree.fromstring(SIGNED)
    container = root.find(f"{MB}MetadataBindingContainer")
    container.remove(container[1])
    assert signer(etree.tostring(root)) is None


@pytest.mark.parametrize("with_id", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_a_container_added_beside_the_signed_one_is_refused(with_id, first):
    # Signature wrapping: the signed part stays whole, what is read is another part.
    root = etree.fromstring(SIGNED)
    extra = etree.fromstring(document_xml(document(JAPANESE))).find(f"{MB}MetadataBindingContainer")
    for number, element in enumerate([extra, *extra]):
        element.attrib.pop("Id")
        if with_id:
            element.set("Id", f"added-{number}")
    root.insert(1 if first else 2, extra)
    assert signer(etree.tostring(root)) is None


def test_the_signed_part_moved_away_and_another_of_its_name_in_its_place_is_refused():
    root = etree.fromstring(SIGNED)
    container = root.find(f"{MB}MetadataBindingContainer")
    extra = etree.fromstring(document_xml(document(JAPANESE))).find(f"{MB}MetadataBindingContainer")
    root.replace(container, extra)
    for place in (root.find(f"{DS}Signature/{DS}KeyInfo"), root.find(f"{DS}Signature")):
        holder = etree.SubElement(place, f"{DS}Object")
        holder.append(container)
        assert signer(etree.tostring(root)) is None
        place.remove(holder)


def test_digests_that_nobody_signed_are_refused():
    made = document_xml(LOWER)
    root = etree.fromstring(signed_xml(document(KOREAN), KEY, CERTIFICATE))
    root.append(etree.fromstring(made).find(f"{DS}Object"))
    assert signer(etree.tostring(root)) is None


def test_a_document_with_a_signature_that_nobody_verified_does_not_hold():
    held = HeldTo(mode=EXERCISE, levels=LEVELS["KOR-JPN"])
    found = check_document(SIGNED, "document", held)
    assert [reason.where for reason in found.reasons] == ["Signature"]
    verified = xml_signature(SIGNED, "document", [CERTIFICATE], NOW_S)
    found = check_document(SIGNED, "document", held, verified)
    assert (found.signer, found.reasons) == ("C=KR", ())


def test_a_document_whose_signature_was_taken_off_does_not_hold_before_keys_or_certificates():
    root = etree.fromstring(SIGNED)
    root.remove(root.find(f"{DS}Signature"))
    stripped = etree.tostring(root)
    held = HeldTo(mode=EXERCISE, levels=LEVELS["KOR-JPN"])
    assert check_document(stripped, "document", held).reasons == ()
    with_keys = HeldTo(mode=EXERCISE, levels=LEVELS["KOR-JPN"], keys={})
    verified = xml_signature(stripped, "document", [CERTIFICATE], NOW_S)
    for found in (
        check_document(stripped, "document", with_keys),
        check_document(stripped, "document", held, verified),
    ):
        assert [reason.text[:12] for reason in found.reasons] == ["is not there"]


def test_an_unsigned_document_is_not_told_to_be_signed():
    assert signer(document_xml(LOWER)) is None


@pytest.mark.parametrize(
    ("key", "certificate", "why"),
    [
        (OTHER_KEY, CERTIFICATE, "another key's"),
        (b"no key", CERTIFICATE, "private key"),
        (KEY, b"no certificate", "certificate"),
        (pair("KR", ec.SECP384R1())[0], CERTIFICATE, "P-256"),
        (pem(rsa.generate_private_key(65537, 2048)), CERTIFICATE, "P-256"),
    ],
)
def test_a_key_that_does_not_fit_is_refused(key, certificate, why):
    with pytest.raises(UnusableInput, match=why):
        signed_xml(LOWER, key, certificate)
