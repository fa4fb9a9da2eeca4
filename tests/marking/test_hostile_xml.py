"""XML of anyone: bombs, entities, unknown elements and hidden text are refused with the reason."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.errors import UnusableInput
from commonwatch.label import Label
from commonwatch.limits import MARKING_FILE_BYTES_MAX
from commonwatch.marking.binding_xml import document_of, document_xml, parse_document
from commonwatch.marking.confidentiality import label_of
from tests.marking.labels import KOREAN, document

SOUND = document_xml(document(KOREAN, beside=True)).decode()
EMBEDDED = document_xml(document(KOREAN)).decode()
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n else str()};" * 10}">' for n in range(10))
    + "]><a>&a9;</a>"
)


def reasons(text: str) -> list[str]:
    read = parse_document(text.encode(), "document")
    assert read.document is None
    return [reason.line() for reason in read.reasons]


def changed(old: str, new: str, text: str = SOUND) -> str:
    assert old in text
    return text.replace(old, new, 1)


def test_the_sound_one_holds():
    assert document_of(SOUND.encode(), "document") == document(KOREAN, beside=True)


@pytest.mark.parametrize(
    "text",
    [
        BILLION_LAUGHS,
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        '<!DOCTYPE a PUBLIC "-//x" "http://127.0.0.1:9/x.dtd"><a/>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_dtd_or_an_entity_is_refused_at_once(text, encoding):
    start = time.process_time()
    with pytest.raises(UnusableInput, match="DTD"):
        parse_document(text.encode(encoding), "document")
    assert time.process_time() - start < 0.1


@pytest.mark.parametrize("raw", [b"", b" ", b"{}", b"\xff\xfe", b"<a>", b"<a>" * 100_000])
def test_what_is_no_xml_is_refused(raw):
    with pytest.raises(UnusableInput):
        parse_document(raw, "document")


def test_more_bytes_than_the_limit_are_refused_unread():
    with pytest.raises(UnusableInput, match="more than"):
        parse_document(b"<a>" + b" " * MARKING_FILE_BYTES_MAX + b"</a>", "document")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        # The level hidden behind a comment: other readers might see SECRET or CRET alone.
        (changed("군사II급비밀", "군사II<!-- x -->급비밀"), "holds more than text"),
        (changed("<slab:Classification", "<?x y?><slab:Classification"), "processing instruction"),
        (changed(":4774:", ":4775:"), "must hold one originatorConfidentialityLabel"),
        (
            changed("<slab:Classification>", '<slab:Classification URI="urn:oid:1.2">'),
            "attribute `URI` is not known",
        ),
        (changed('Type="PERMISSIVE"', 'Type="permissive"'), "`Type` is `permissive`; must be"),
        (changed('Type="PERMISSIVE"', ""), "`Type` is ``; must be RESTRICTIVE"),
        (changed('TagName="Releasable To"', ""), "TagName: has 0 characters"),
        (changed("GenericValue>JPN</slab:GenericValue", "BitStringValue>01</slab:BitStringValue"),
         "`BitStringValue` of namespace"),
        (changed("<slab:GenericValue>JPN", "<slab:GenericValue> JPN"), "without spaces about it"),
        (changed(' ReviewDateTime="2024-03-15T22:10:00Z"', ""), "has no `ReviewDateTime`"),
        (changed("<slab:CreationDateTime>2023-03-15T22:10:00Z</slab:CreationDateTime>", ""),
         "that it must hold once"),
        (changed("22:10:00Z</slab:CreationDateTime>", "22:10:00</slab:CreationDateTime>"),
         "is no time with a zone"),
        (changed("<slab:CreationDateTime>",
                 "<slab:SuccessionHandling/><slab:CreationDateTime>"),
         "changes at a date by itself"),
        (changed("<slab:PolicyIdentifier>KOR</slab:PolicyIdentifier>", ""), "must hold once"),
        (changed("<slab:Classification>", "<slab:Classification>SECRET</slab:Classification>"
                 "<slab:Classification>"), "holds 2 of an element"),
        (changed("<slab:PolicyIdentifier>", '<slab:PolicyIdentifier URI="http://x">'), "urn:oid"),
        (changed('Type="PERMISSIVE"', 'Type="PERMISSIVE" URI="urn:oid:1"'), "urn:oid"),
        (changed('Type="PERMISSIVE"', f'Type="PERMISSIVE" URI="urn:oid:1{".1" * 200}"'), "urn:oid"),
        (changed("<slab:ConfidentialityInformation>", "<slab:ConfidentialityInformation>text"),
         "holds text between its elements"),
        (changed("<mb:Metadata>", '<mb:MetadataReference URI="x"/><mb:Metadata>'),
         "is not fetched"),
        (changed("#sha384", "#sha224"), "must be `http://www.w3.org/2001/04/xmldsig-more#sha384`"),
        (changed('<ds:Reference URI="urn:example:1"', '<ds:Reference URI="urn:example:2"'),
         "has a digest of `urn:example:2`, which is not bound"),
        (changed("<ds:DigestValue>", "<ds:DigestValue>!"), "is not base64"),
        (changed("<ds:DigestValue>", "<ds:DigestValue>AAAA"), "48 bytes"),
        (changed(">eyJ", ">!", EMBEDDED), "is not base64"),
        (changed("</mb:BindingInformation>", "<x/></mb:BindingInformation>"), "is unknown here"),
        (changed("<mb:MetadataBindingContainer ", "<ds:Object/><mb:MetadataBindingContainer "),
         "in another order"),
        ("<a/>", "need `BindingInformation`"),
    ],
)  # fmt: skip
def test_what_is_not_as_the_standards_say_is_refused_with_element_and_reason(text, why):
    found = reasons(text)
    assert any(why in line for line in found), found
    assert all(line.partition(":")[0] for line in found)
    with pytest.raises(UnusableInput, match="document: "):
        document_of(text.encode(), "document")


def test_a_label_that_is_bound_to_nothing_is_refused():
    start = SOUND.index("<slab:originator")
    end = SOUND.index("</mb:Metadata>")
    assert any("bound to nothing" in line for line in reasons(SOUND[start:end]))


def test_every_reason_is_told_not_the_first_alone():
    text = changed('Type="PERMISSIVE"', 'Type="x"')
    text = changed(' ReviewDateTime="2024-03-15T22:10:00Z"', "", text)
    text = changed("#sha384", "#md5", text)
    assert len(reasons(text)) == 3


def test_a_thousand_reasons_are_the_most_that_are_told():
    text = changed("</mb:BindingInformation>", "<x/>" * 5000 + "</mb:BindingInformation>")
    assert len(reasons(text)) == 1000


def test_foreign_text_in_a_reason_moves_no_terminal():
    text = changed('Type="PERMISSIVE"', 'Type="&#x85;&#x9b;2J&#x202e;"')
    assert all(line.isprintable() for line in reasons(text))


def test_an_element_of_the_public_description_is_read_with_its_spaces():
    # As public examples are set: a token with line breaks about it (xs:token collapses them).
    text = changed(
        "<slab:CreationDateTime>2023-03-15T22:10:00Z<",
        "<slab:CreationDateTime>\n     2023-03-15T22:10:00Z\n   <",
    )
    assert document_of(text.encode(), "document") == document(KOREAN, beside=True)


def test_prefixes_ids_and_the_declaration_mean_nothing():
    # The same names under default namespaces, as another program may write them.
    foreign = (
        '<BindingInformation xmlns="urn:nato:stanag:4778:bindinginformation:1:0">'
        "<MetadataBindingContainer><MetadataBinding><Metadata>"
        '<originatorConfidentialityLabel ReviewDateTime="2024-03-15T22:10:00Z" Id="x1"'
        ' xmlns="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0">'
        "<ConfidentialityInformation>"
        "<PolicyIdentifier>USA</PolicyIdentifier><Classification>SECRET</Classification>"
        '<Category TagName="Releasable To" Type="PERMISSIVE" URI="urn:oid:1.2.3">'
        "<GenericValue>KOR</GenericValue></Category></ConfidentialityInformation>"
        '<OriginatorID IDType="rfc822Name">a@example.org</OriginatorID>'
        "<CreationDateTime>2023-03-15T22:10:00+09:00</CreationDateTime>"
        '</originatorConfidentialityLabel></Metadata><DataReference URI="pack:///a/document.xml"/>'
        "</MetadataBinding></MetadataBindingContainer></BindingInformation>"
    )
    made = document_of(foreign.encode(), "foreign")
    assert label_of(made.bindings[0].original) == Label("USA", "SECRET", ("USA",), ("KOR",))
    assert made.bindings[0].data[0].sha384 is None
    assert document_of(document_xml(made), "ours") == made


@given(st.data())
def test_any_damage_is_refused_or_read_and_never_crashes(data):
    raw = bytearray(data.draw(st.sampled_from([SOUND, EMBEDDED])).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "double"])):
            case "flip":
                raw[place] ^= data.draw(st.integers(1, 255))
            case "cut":
                del raw[place : place + data.draw(st.integers(1, 200))]
            case _:
                raw[place:place] = raw[place : place + data.draw(st.integers(1, 200))]
    try:
        read = parse_document(bytes(raw), "document")
    except UnusableInput:
        return
    assert (read.document is None) == bool(read.reasons)
    if read.document is not None:
        assert document_of(document_xml(read.document), "document") == read.document
