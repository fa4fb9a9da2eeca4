"""What is written is read back the same: our label, ADatP-4774 XML, CBOR and COSE."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given

from commonwatch.errors import UnusableInput
from commonwatch.label import Label
from commonwatch.marking.binding import Binding, BoundLabel, LabelledDocument, embedded
from commonwatch.marking.binding_xml import document_of, document_xml
from commonwatch.marking.confidentiality import NOBODY, confidentiality_of, label_of, label_time
from commonwatch.marking.cose import read_sign1
from commonwatch.marking.document_cose import (
    document_cbor,
    document_of_cbor,
    open_sealed,
    sealed_document,
)
from commonwatch.marking.label_xml import ORIGINATOR_LABEL, LabelReader, label_element
from commonwatch.mode import EXERCISE, LIVE
from tests.marking.labels import (
    CONFIDENTIALITY,
    CREATED,
    KEY,
    KOREAN,
    LABELS,
    REVIEW,
    document,
    documents,
)


@given(LABELS)
def test_any_label_to_xml_and_back(label):
    element = label_element(ORIGINATOR_LABEL, confidentiality_of(label, CREATED, REVIEW))
    reader = LabelReader()
    told = reader.label(element)
    assert reader.reasons == []
    assert label_of(told) == label


@given(LABELS)
def test_any_label_through_xml_and_cose_to_the_same_label(label):
    bound = BoundLabel("originator", confidentiality_of(label, CREATED, REVIEW))
    made = LabelledDocument((Binding((bound,), (embedded("urn:example:1", "text/plain", b"x"),)),))
    from_xml = document_of(document_xml(made), "xml")
    sealed = read_sign1(sealed_document(from_xml, KEY, EXERCISE), "cose")
    from_cose = open_sealed(sealed, {"KOR": KEY.public}, EXERCISE).document
    assert label_of(from_cose.bindings[0].original) == label


@given(CONFIDENTIALITY)
def test_any_foreign_label_keeps_every_text_verbatim(label):
    reader = LabelReader()
    assert reader.label(label_element(ORIGINATOR_LABEL, label)) == label
    assert reader.reasons == []


@given(documents())
def test_any_document_to_xml_and_back(made):
    raw = document_xml(made)
    assert document_of(raw, "document") == made
    assert document_xml(document_of(raw, "document")) == raw


@given(documents())
def test_any_document_to_cbor_and_cose_and_back(made):
    raw = document_cbor(made)
    assert document_of_cbor(raw, "document") == made
    sealed = sealed_document(made, KEY, EXERCISE)
    opened = open_sealed(read_sign1(sealed, "document"), {"KOR": KEY.public}, EXERCISE)
    assert (opened.nation, opened.document) == ("KOR", made)
    assert sealed_document(opened.document, KEY, EXERCISE) == sealed


def test_releasable_to_nobody_is_said_and_read_back_as_nobody():
    label = Label("KOR", "군사III급비밀", ("KOR",))
    told = confidentiality_of(label, CREATED, REVIEW)
    assert told.categories[0].values == (NOBODY,)
    assert label_of(told) == label


def test_a_label_without_a_release_list_is_releasable_to_nobody():
    told = msgspec.structs.replace(confidentiality_of(KOREAN, CREATED, REVIEW), categories=())
    assert label_of(told) == Label("KOR", "군사II급비밀", ("KOR",))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"level": ""}, "Classification"),
        ({"level": "극비\n"}, "Classification"),
        ({"level": " SECRET"}, "Classification"),
        ({"level": "a\x00b"}, "Classification"),
        ({"originators": ()}, "no originator"),
        ({"releasable_to": (NOBODY,)}, "no recipient"),
        ({"policy": "x" * 257}, "PolicyIdentifier"),
    ],
)
def test_a_label_that_cannot_be_written_is_refused(changes, why):
    with pytest.raises(UnusableInput, match=why):
        confidentiality_of(msgspec.structs.replace(KOREAN, **changes), CREATED, REVIEW)


@pytest.mark.parametrize("time", ["2023-03-15T22:10:00", "2023-02-30T00:00:00Z", "today", ""])
def test_a_time_without_a_zone_or_that_never_was_is_refused(time):
    with pytest.raises(UnusableInput, match="CreationDateTime"):
        confidentiality_of(KOREAN, time, REVIEW)


def test_times_are_utc_in_whole_seconds():
    # 2023-03-15T22:10:00Z is 1678918200 (POSIX); -1 is the last second of 1969.
    assert label_time(1_678_918_200.9) == "2023-03-15T22:10:00Z"
    assert label_time(-1.0) == "1969-12-31T23:59:59Z"


def test_a_document_of_an_exercise_is_none_of_a_live_node():
    sealed = read_sign1(sealed_document(document(), KEY, EXERCISE), "document")
    with pytest.raises(UnusableInput, match="protected header"):
        open_sealed(sealed, {"KOR": KEY.public}, LIVE)
