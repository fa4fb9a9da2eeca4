"""Labels, documents and strategies for the tests of marking."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from commonwatch.identity import PrivateKey
from commonwatch.label import Label
from commonwatch.marking.binding import (
    Binding,
    BoundData,
    BoundLabel,
    LabelledDocument,
    detached,
    embedded,
)
from commonwatch.marking.confidentiality import (
    CATEGORY_TYPES,
    ID_TYPES,
    NOBODY,
    Category,
    ConfidentialityLabel,
    OriginatorId,
    confidentiality_of,
)
from commonwatch.node.agreements import shipped_terms

LEVELS = {terms.id: terms.levels for terms in shipped_terms()}
CREATED, REVIEW = "2023-03-15T22:10:00Z", "2024-03-15T22:10:00Z"
KOREAN = Label("KOR", "군사II급비밀", ("KOR",), ("JPN", "USA"), ("launch-warning",))
JAPANESE = Label("JPN", "特定秘密", ("JPN",), ("KOR",))
KEY = PrivateKey(bytes(range(32)))
DATA = b'{"id":"KOR-JPN-1"}'

# What a label may hold: printable, no space about it or two in a row.
TEXT = st.text(
    st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=20
).filter(lambda text: text.isprintable() and text == " ".join(text.split()) and text != NOBODY)
LABELS = st.builds(
    Label,
    policy=TEXT,
    level=TEXT,
    originators=st.lists(TEXT, min_size=1, max_size=4).map(tuple),
    releasable_to=st.lists(TEXT, max_size=4).map(tuple),
    categories=st.lists(TEXT, max_size=4).map(tuple),
)
TIMES = st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
CATEGORIES = st.lists(
    st.builds(
        Category,
        type=st.sampled_from(CATEGORY_TYPES),
        tag=TEXT,
        values=st.lists(TEXT, min_size=1, max_size=3).map(tuple),
        uri=st.none() | st.just("urn:oid:1.3.26.1.4.2"),
    ),
    max_size=4,
    unique_by=lambda item: (item.type, item.tag),
).map(tuple)
CONFIDENTIALITY = st.builds(
    ConfidentialityLabel,
    policy=TEXT,
    level=TEXT,
    created=TIMES,
    review=TIMES,
    categories=CATEGORIES,
    privacy_mark=st.none() | TEXT,
    policy_uri=st.none() | st.just("urn:oid:1.3.26.1.3.1"),
    originator_id=st.none()
    | st.builds(OriginatorId, id_type=st.sampled_from(ID_TYPES), value=TEXT),
)
PATHS = st.lists(
    st.lists(st.text("abc", min_size=1, max_size=2), min_size=1, max_size=3).map("/".join),
    max_size=4,
    unique=True,
)


@st.composite
def documents(draw: st.DrawFn) -> LabelledDocument:
    labels = draw(
        st.lists(CONFIDENTIALITY, min_size=1, max_size=3, unique_by=lambda item: item.policy)
    )
    bound = tuple(
        BoundLabel("alternative" if place else "originator", label)
        for place, label in enumerate(labels)
    )
    raw = draw(st.binary(max_size=40))
    data = draw(st.sampled_from([embedded, detached]))("urn:example:1", "application/json", raw)
    portions = [
        Binding(
            (BoundLabel("originator", draw(CONFIDENTIALITY)),),
            (BoundData(f"urn:example:1#{path}", "application/json"),),
        )
        for path in draw(PATHS)
    ]
    return LabelledDocument((Binding(bound, (data,)), *portions))


def told(label: Label) -> ConfidentialityLabel:
    return confidentiality_of(label, CREATED, REVIEW)


def document(
    label: Label = KOREAN,
    *alternatives: Label,
    portions: tuple[tuple[str, Label], ...] = (),
    beside: bool = False,
) -> LabelledDocument:
    whole = Binding(
        (
            BoundLabel("originator", told(label)),
            *(BoundLabel("alternative", told(item)) for item in alternatives),
        ),
        ((detached if beside else embedded)("urn:example:1", "application/json", DATA),),
    )
    return LabelledDocument(
        (
            whole,
            *(
                Binding(
                    (BoundLabel("originator", told(item)),),
                    (BoundData(f"urn:example:1#{path}", "application/json"),),
                )
                for path, item in portions
            ),
        )
    )
