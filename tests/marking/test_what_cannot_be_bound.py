"""Bindings that contradict themselves cannot be made in either form, whoever signed them."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.label import Label
from commonwatch.limits import (
    MARKING_BINDINGS_MAX,
    MARKING_CATEGORIES_MAX,
    MARKING_FILE_BYTES_MAX,
    MARKING_VALUES_MAX,
)
from commonwatch.marking.binding import Binding, BoundData, BoundLabel, LabelledDocument, detached
from commonwatch.marking.check import HeldTo, check_document, reasons_against
from commonwatch.marking.confidentiality import Category, OriginatorId, label_of
from commonwatch.marking.cose import encode_cbor, read_sign1, sign1
from commonwatch.marking.document_cose import content_type, document_cbor, open_sealed
from commonwatch.marking.portions import MarkedWhole, PortionLabel
from commonwatch.mode import EXERCISE
from tests.marking.labels import JAPANESE, KEY, KOREAN, LEVELS, document, told

WHOLE = detached("urn:example:1", "text/plain", b"x")
PORTION = BoundData("urn:example:1#path", "text/plain")
ORIGINAL = BoundLabel("originator", told(KOREAN))
OTHER = BoundLabel("alternative", told(JAPANESE))


@pytest.mark.parametrize(
    ("labels", "data", "why"),
    [
        ((), (WHOLE,), "originator's label first"),
        ((OTHER,), (WHOLE,), "originator's label first"),
        ((OTHER, ORIGINAL), (WHOLE,), "originator's label first"),
        ((ORIGINAL, ORIGINAL), (WHOLE,), "originator's label first"),
        ((ORIGINAL, BoundLabel("alternative", told(KOREAN))), (WHOLE,), "two labels of one policy"),
        ((ORIGINAL,), (), "1 to 64 data"),
        ((ORIGINAL,), (WHOLE, PORTION), "a portion is bound by itself"),
    ],
)
def test_a_binding(labels, data, why):
    with pytest.raises(ValueError, match=why):
        Binding(labels, data)


@pytest.mark.parametrize(
    ("bindings", "why"),
    [
        ((), "1 to 256 bindings"),
        ((Binding((ORIGINAL,), (PORTION,)),), "the whole is bound first"),
        ((Binding((ORIGINAL,), (WHOLE, WHOLE)),), "two data of one reference"),
        ((Binding((ORIGINAL,), (WHOLE,)),) * 2, "each further binding is of a portion"),
        (
            (
                Binding((ORIGINAL,), (WHOLE,)),
                Binding((ORIGINAL,), (BoundData("urn:example:2#path", "text/plain"),)),
            ),
            "each further binding is of a portion",
        ),
        (
            (Binding((ORIGINAL,), (WHOLE,)), *(Binding((ORIGINAL,), (PORTION,)),) * 2),
            "one portion is bound twice",
        ),
        ((Binding((ORIGINAL,), (WHOLE,)),) * (MARKING_BINDINGS_MAX + 1), "1 to 256 bindings"),
    ],
)
def test_a_document(bindings, why):
    with pytest.raises(ValueError, match=why):
        LabelledDocument(bindings)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reference": ""}, "plain characters"),
        ({"reference": "urn:예"}, "plain characters"),
        ({"content_type": "text/plain\n"}, "plain characters"),
        ({"sha384": b"x"}, "48 bytes"),
        ({"embedded": b"x"}, "not both"),
        ({"embedded": bytes(MARKING_FILE_BYTES_MAX + 1), "sha384": None}, "more than"),
        ({"reference": "urn:example:1#path"}, "a portion is a path"),
        ({"reference": "urn:example:1#a//b", "sha384": None}, "a portion is a path"),
        ({"reference": "urn:example:1#", "sha384": None}, "a portion is a path"),
        ({"reference": "urn:example:1#a", "sha384": None, "embedded": b""}, "a portion is a path"),
    ],
)
def test_data(changes, why):
    values = {**msgspec.structs.asdict(WHOLE), **changes}
    with pytest.raises(ValueError, match=why):
        BoundData(**values)


def test_a_label_of_too_many_or_contradicting_categories():
    with pytest.raises(ValueError, match="values; 1 to"):
        Category("RESTRICTIVE", "x", ())
    with pytest.raises(ValueError, match="values; 1 to"):
        Category("RESTRICTIVE", "x", ("y",) * (MARKING_VALUES_MAX + 1))
    many = tuple(Category("INFORMATIVE", str(n), ("y",)) for n in range(MARKING_CATEGORIES_MAX + 1))
    label = msgspec.structs.asdict(told(KOREAN))
    with pytest.raises(ValueError, match="categories"):
        type(told(KOREAN))(**{**label, "categories": many})
    with pytest.raises(ValueError, match="two of the same"):
        type(told(KOREAN))(**{**label, "categories": many[:1] * 2})
    with pytest.raises(ValueError, match="IDType"):
        OriginatorId("nickname", "x")


def test_nobody_and_others_is_refused():
    category = Category("PERMISSIVE", "Releasable To", ("NOBODY", "JPN"))
    label = msgspec.structs.replace(told(KOREAN), categories=(category,))
    with pytest.raises(UnusableInput, match="`NOBODY` and others"):
        label_of(label)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        encode_cbor(1),
        encode_cbor({"bindings": []}),
        encode_cbor({"bindings": [{"labels": [], "data": []}]}),
        encode_cbor({"bindings": None, "more": 1}),
        document_cbor(document()).replace(b"originator", b"authorship", 1),
        # A digest that is not there must be left out, not written as null.
        document_cbor(document()).replace(b"\xa3hembedded", b"\xa4hembedded", 1),
    ],
)
def test_what_is_well_signed_but_no_document_is_refused(payload):
    message = sign1(payload, content_type(EXERCISE), KEY, KEY.public.key_id.encode())
    keys = {"KOR": KEY.public}
    with pytest.raises(UnusableInput):
        open_sealed(read_sign1(message.encoded(), "document"), keys, EXERCISE)
    found = check_document(message.encoded(), "document", HeldTo(mode=EXERCISE, keys=keys))
    assert [reason.where for reason in found.reasons] == ["signature"]
    assert (found.signer, found.document) == (None, None)


def test_a_field_that_says_null_is_another_encoding_and_refused():
    value = {"reference": "urn:example:1", "content_type": "text/plain", "sha384": None}
    whole = msgspec.to_builtins(document(), builtin_types=(bytes,))
    whole["bindings"][0]["data"] = [value]
    message = sign1(encode_cbor(whole), content_type(EXERCISE), KEY, KEY.public.key_id.encode())
    with pytest.raises(UnusableInput, match="must be left out"):
        open_sealed(read_sign1(message.encoded(), "document"), {"KOR": KEY.public}, EXERCISE)


def test_a_policy_that_is_no_nation_and_an_unknown_category_are_told():
    held = HeldTo(mode=EXERCISE, levels=LEVELS["KOR-JPN"])
    foreign = told(Label("NATO", "SECRET", ("KOR",)))
    context = Category("PERMISSIVE", "Context", ("NATO",))
    label = msgspec.structs.replace(foreign, categories=(context,))
    made = LabelledDocument((Binding((BoundLabel("originator", label),), (WHOLE,)),))
    texts = [reason.text for reason in reasons_against(made, held)]
    assert any("`NATO` is no nation" in text for text in texts)
    assert any("no level of NATO" in text for text in texts)
    assert any("`Context` is PERMISSIVE and unknown here" in text for text in texts)
    portion = LabelledDocument(
        (made.bindings[0], Binding((BoundLabel("originator", label),), (PORTION,)))
    )
    assert len(list(reasons_against(portion, held))) == 2 * len(texts)


def test_more_portions_than_the_limit_are_refused():
    many = tuple(PortionLabel(f"a{n}", KOREAN) for n in range(MARKING_BINDINGS_MAX + 1))
    with pytest.raises(UnusableInput, match="more than"):
        MarkedWhole(KOREAN, many)
