"""A confidentiality label in the terms of ADatP-4774, and how our own label maps to it.

The syntax holds any policy. Which categories mean something here is said by `label_of`: one that
restricts or permits and is not known refuses the label, as ADatP-4774 leaves its meaning to the
policy; one that only informs is kept and has no effect.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.label import Label
from commonwatch.limits import (
    MARKING_CATEGORIES_MAX,
    MARKING_TEXT_CHARACTERS_MAX,
    MARKING_VALUES_MAX,
)
from commonwatch.marking.reason import shown

CategoryType = Literal["RESTRICTIVE", "PERMISSIVE", "INFORMATIVE"]
CATEGORY_TYPES: tuple[CategoryType, ...] = ("RESTRICTIVE", "PERMISSIVE", "INFORMATIVE")

# Tag names of the categories that our labels have. The first is also that of the NATO policy.
RELEASABLE_TO = "Releasable To"
HANDLING = "Handling"
ORIGINATOR = "Originator"
# A label that releases to nobody says so: that a category is missing other readers may take for
# no restriction. A value that is unknown to them refuses.
NOBODY = "NOBODY"

_OBJECT_IDENTIFIER = re.compile(r"urn:oid:[0-9]+(\.[0-9]+)+")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A category of a label: its type, tag name and values, in the order they were written.

    `uri` names the set that the tag is of, `urn:oid:...`, or None.
    """

    type: CategoryType
    tag: str
    values: tuple[str, ...]
    uri: str | None = None

    def __post_init__(self) -> None:
        _require_text("TagName", self.tag)
        if not 1 <= len(self.values) <= MARKING_VALUES_MAX:
            raise ValueError(f"Category: has {len(self.values)} values; 1 to {MARKING_VALUES_MAX}")
        for value in self.values:
            _require_text("GenericValue", value)
        _require_object_identifier("Category", self.uri)


# What ADatP-4774 allows an originator to be named by.
ID_TYPES = (
    "rfc822Name", "dNSName", "directoryName", "uniformResourceIdentifier", "iPAddress",
    "x400Address", "userPrincipalName", "jID",
)  # fmt: skip


class OriginatorId(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who set the label, and what kind of name that is."""

    id_type: str
    value: str

    def __post_init__(self) -> None:
        if self.id_type not in ID_TYPES:
            raise ValueError(f"OriginatorID: `IDType` must be one of {', '.join(ID_TYPES)}")
        _require_text("OriginatorID", self.value)


class ConfidentialityLabel(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A label as ADatP-4774 writes it, every text kept verbatim.

    `created` and `review` are xs:dateTime with a zone. `policy_uri` is `urn:oid:...` or None.
    """

    policy: str
    level: str
    created: str
    review: str
    categories: tuple[Category, ...] = ()
    privacy_mark: str | None = None
    policy_uri: str | None = None
    originator_id: OriginatorId | None = None

    def __post_init__(self) -> None:
        _require_text("PolicyIdentifier", self.policy)
        _require_text("Classification", self.level)
        _require_date_time("CreationDateTime", self.created)
        _require_date_time("ReviewDateTime", self.review)
        if self.privacy_mark is not None:
            _require_text("PrivacyMark", self.privacy_mark)
        _require_object_identifier("PolicyIdentifier", self.policy_uri)
        if len(self.categories) > MARKING_CATEGORIES_MAX:
            raise ValueError(f"more than {MARKING_CATEGORIES_MAX} categories")
        kinds = [(item.type, item.tag) for item in self.categories]
        if len(set(kinds)) != len(kinds):
            raise ValueError(
                "Category: two of the same Type and TagName; write their values in one"
            )


def label_time(time_s: float) -> str:
    """POSIX seconds, cut to whole ones, as xs:dateTime in UTC; the years 1 to 9999."""
    return datetime.fromtimestamp(time_s // 1, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


def confidentiality_of(label: Label, created: str, review: str) -> ConfidentialityLabel:
    """Our label in the terms of ADatP-4774; `label_of` gives it back.

    Raises UnusableInput where the label has no level or originator, or a text cannot be written.
    """
    if not label.originators:
        raise UnusableInput("label: names no originator; whose it is must be said")
    if NOBODY in label.releasable_to:
        raise UnusableInput(f"label: `{NOBODY}` is no recipient; an empty list releases to nobody")
    try:
        categories = [Category("PERMISSIVE", RELEASABLE_TO, label.releasable_to or (NOBODY,))]
        if label.categories:
            categories.append(Category("RESTRICTIVE", HANDLING, label.categories))
        categories.append(Category("INFORMATIVE", ORIGINATOR, label.originators))
        return ConfidentialityLabel(label.policy, label.level, created, review, tuple(categories))
    except ValueError as error:
        raise UnusableInput(f"label of {shown(label.policy)}: {error}") from error


def label_of(told: ConfidentialityLabel) -> Label:
    """Our label from one in the terms of ADatP-4774; what is missing in it can only restrict.

    Raises UnusableInput where a category restricts or permits and its meaning is not known here.
    """
    reasons = reasons_against_categories(told)
    if reasons:
        raise UnusableInput("; ".join(reasons))
    releasable = _values(told, "PERMISSIVE", RELEASABLE_TO)
    return Label(
        policy=told.policy,
        level=told.level,
        # Who does not say whose it is, says that it is the nation's of the policy.
        originators=_values(told, "INFORMATIVE", ORIGINATOR) or (told.policy,),
        releasable_to=() if releasable == (NOBODY,) else releasable,
        categories=_values(told, "RESTRICTIVE", HANDLING),
    )


def reasons_against_categories(told: ConfidentialityLabel) -> tuple[str, ...]:
    """Each category whose effect is not known here, and what would be."""
    reasons = [
        f"category {shown(item.tag)} is {item.type} and unknown here; known are "
        f"PERMISSIVE `{RELEASABLE_TO}` and RESTRICTIVE `{HANDLING}`"
        for item in told.categories
        if item.type != "INFORMATIVE"
        and (item.type, item.tag) not in {("PERMISSIVE", RELEASABLE_TO), ("RESTRICTIVE", HANDLING)}
    ]
    releasable = _values(told, "PERMISSIVE", RELEASABLE_TO)
    if NOBODY in releasable and len(releasable) > 1:
        reasons.append(f"category `{RELEASABLE_TO}` names `{NOBODY}` and others")
    return tuple(reasons)


def _values(told: ConfidentialityLabel, kind: CategoryType, tag: str) -> tuple[str, ...]:
    return next(
        (item.values for item in told.categories if (item.type, item.tag) == (kind, tag)), ()
    )


def _require_text(name: str, text: str) -> None:
    # xs:token has no space about it or twice within it; a control character XML cannot hold.
    if not text or len(text) > MARKING_TEXT_CHARACTERS_MAX:
        raise ValueError(f"{name}: has {len(text)} characters; 1 to {MARKING_TEXT_CHARACTERS_MAX}")
    if not text.isprintable() or text != " ".join(text.split()):
        raise ValueError(f"{name}: must be printable, without spaces about it or two in a row")


def _require_object_identifier(name: str, uri: str | None) -> None:
    if uri is not None and not (
        len(uri) <= MARKING_TEXT_CHARACTERS_MAX and _OBJECT_IDENTIFIER.fullmatch(uri)
    ):
        raise ValueError(f"{name}: `URI` must be `urn:oid:` and an object identifier")


def _require_date_time(name: str, text: str) -> None:
    try:
        if not _DATE_TIME.fullmatch(text):
            raise ValueError(text)
        datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"{name}: {shown(text)} is no time with a zone, as 2023-03-15T22:10:00Z"
        ) from error
