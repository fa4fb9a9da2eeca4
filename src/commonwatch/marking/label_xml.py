"""The XML form of a confidentiality label: NATO ADatP-4774, edition A version 1.

Names and structure are those that public documents tell (docs/labels.md says which). Read strictly:
each element and attribute must be known, in its place and of a known namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from lxml import etree

from commonwatch.limits import MARKING_REASONS_MAX
from commonwatch.marking.confidentiality import (
    CATEGORY_TYPES,
    Category,
    CategoryType,
    ConfidentialityLabel,
    OriginatorId,
)
from commonwatch.marking.reason import Reason, shown
from commonwatch.untrusted_xml import path_of

LABEL_NAMESPACE = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"
SYNTAX = "ADatP-4774"
# A binding holds these two; the label of the metadata itself is not made here.
ORIGINATOR_LABEL = f"{{{LABEL_NAMESPACE}}}originatorConfidentialityLabel"
ALTERNATIVE_LABEL = f"{{{LABEL_NAMESPACE}}}alternativeConfidentialityLabel"

_Made = TypeVar("_Made")


def label_element(tag: str, label: ConfidentialityLabel) -> etree._Element:
    """The label as an element of this tag, ORIGINATOR_LABEL or ALTERNATIVE_LABEL."""
    root = etree.Element(tag, nsmap={"slab": LABEL_NAMESPACE}, ReviewDateTime=label.review)
    information = _add(root, "ConfidentialityInformation")
    policy = _add(information, "PolicyIdentifier", label.policy)
    if label.policy_uri is not None:
        policy.set("URI", label.policy_uri)
    _add(information, "Classification", label.level)
    if label.privacy_mark is not None:
        _add(information, "PrivacyMark", label.privacy_mark)
    for category in label.categories:
        element = _add(information, "Category")
        element.set("Type", category.type)
        element.set("TagName", category.tag)
        if category.uri is not None:
            element.set("URI", category.uri)
        for value in category.values:
            _add(element, "GenericValue", value)
    if label.originator_id is not None:
        _add(root, "OriginatorID", label.originator_id.value).set(
            "IDType", label.originator_id.id_type
        )
    _add(root, "CreationDateTime", label.created)
    return root


class LabelReader:
    """Reads labels from elements and collects every reason why one does not hold."""

    def __init__(self) -> None:
        self.reasons: list[Reason] = []

    def refuse(self, element: etree._Element, text: str, clause: str = SYNTAX) -> None:
        """Note a reason against this element; beyond the limit none is told any more."""
        if len(self.reasons) < MARKING_REASONS_MAX:
            self.reasons.append(Reason(path_of(element), clause, text))

    def label(self, root: etree._Element) -> ConfidentialityLabel | None:
        """The label that this element holds; None where a reason was noted against it."""
        before = len(self.reasons)
        parts = self.children(
            root,
            (
                "ConfidentialityInformation",
                "OriginatorID",
                "CreationDateTime",
                "SuccessionHandling",
            ),
        )
        self.attributes(root, ("Id", "ReviewDateTime"))
        for element in parts["SuccessionHandling"]:
            self.refuse(
                element,
                "a label that changes at a date by itself is not applied here; "
                "the originator gives a new one when it changes",
            )
        information = self.one(root, parts["ConfidentialityInformation"])
        created = self.token(self.one(root, parts["CreationDateTime"]))
        review = root.get("ReviewDateTime")
        if review is None:
            self.refuse(root, "has no `ReviewDateTime`; needed where nothing succeeds the label")
        originator = self._originator_id(root, parts["OriginatorID"])
        told = None if information is None else self._information(information)
        if told is None or created is None or review is None or len(self.reasons) > before:
            return None
        policy, uri, level, mark, categories = told
        return self.made(
            root,
            lambda: ConfidentialityLabel(
                policy, level, created, review, categories, mark, uri, originator
            ),
        )

    def _information(
        self, root: etree._Element
    ) -> tuple[str, str | None, str, str | None, tuple[Category, ...]] | None:
        self.attributes(root, ())
        parts = self.children(
            root, ("PolicyIdentifier", "Classification", "PrivacyMark", "Category")
        )
        policy_element = self.one(root, parts["PolicyIdentifier"])
        policy = self.token(policy_element, ("URI",))
        level = self.token(self.one(root, parts["Classification"]))
        marks = [self.text(element) for element in parts["PrivacyMark"]]
        if len(marks) > 1:
            self.refuse(root, "has more than one `PrivacyMark`")
        categories = [self._category(element) for element in parts["Category"]]
        if policy_element is None or policy is None or level is None or None in categories:
            return None
        known = tuple(item for item in categories if item is not None)
        return policy, policy_element.get("URI"), level, marks[0] if marks else None, known

    def _category(self, root: etree._Element) -> Category | None:
        self.attributes(root, ("Type", "TagName", "URI"))
        values = self.children(root, ("GenericValue",))["GenericValue"]
        texts = tuple(self.text(value) for value in values)
        kind = _category_type(root.get("Type", ""))
        if kind is None:
            told = shown(root.get("Type", ""))
            self.refuse(root, f"`Type` is {told}; must be {', '.join(CATEGORY_TYPES)}")
            return None
        return self.made(
            root, lambda: Category(kind, root.get("TagName", ""), texts, root.get("URI"))
        )

    def _originator_id(
        self, root: etree._Element, found: Sequence[etree._Element]
    ) -> OriginatorId | None:
        if not found:
            return None
        element = self.one(root, found)
        told = self.token(element, ("IDType",))
        if element is None or told is None:
            return None
        return self.made(element, lambda: OriginatorId(element.get("IDType", ""), told))

    def made(self, element: etree._Element, make: Callable[[], _Made]) -> _Made | None:
        """What `make` gives; where it raises ValueError, None and its reason."""
        try:
            return make()
        except ValueError as error:
            self.refuse(element, str(error))
            return None

    def one(self, root: etree._Element, found: Sequence[etree._Element]) -> etree._Element | None:
        """The first; a reason where there is another than one."""
        if len(found) != 1:
            self.refuse(root, f"holds {len(found)} of an element that it must hold once")
        return found[0] if found else None

    def children(
        self, root: etree._Element, names: Sequence[str], namespace: str = LABEL_NAMESPACE
    ) -> dict[str, list[etree._Element]]:
        """The child elements by name; a reason for each unknown, misplaced one or text between."""
        found: dict[str, list[etree._Element]] = {name: [] for name in names}
        latest = 0
        texts = [root.text, *(child.tail for child in root)]
        if any(text and text.strip() for text in texts):
            self.refuse(root, "holds text between its elements")
        for child in root:
            if len(self.reasons) >= MARKING_REASONS_MAX:
                break
            if not isinstance(child.tag, str):
                self.refuse(root, "holds a comment or a processing instruction", "Commonwatch rule")
                continue
            name = etree.QName(child)
            if name.namespace != namespace or name.localname not in found:
                told = f"{shown(name.localname)} of namespace {shown(name.namespace or '')}"
                self.refuse(child, f"{told} is unknown here; known are {', '.join(names)}")
                continue
            place = list(names).index(name.localname)
            if place < latest:
                self.refuse(child, f"stands after `{names[latest]}`, must stand before it")
            latest = max(latest, place)
            found[name.localname].append(child)
        return found

    def attributes(self, root: etree._Element, names: Sequence[str]) -> None:
        """A reason for each attribute that is not among `names`."""
        for name in root.attrib:
            if name not in names:
                self.refuse(root, f"attribute {shown(str(name))} is not known here")

    def text(self, element: etree._Element, attributes: Sequence[str] = ()) -> str:
        """The text of an element that holds nothing else."""
        self.attributes(element, attributes)
        if len(element):
            self.refuse(element, "holds more than text")
        return element.text or ""

    def token(self, element: etree._Element | None, attributes: Sequence[str] = ()) -> str | None:
        """As `text`, its space collapsed as xs:token says; None of no element."""
        if element is None:
            return None
        return " ".join(self.text(element, attributes).split())


def _category_type(text: str) -> CategoryType | None:
    return next((kind for kind in CATEGORY_TYPES if kind == text), None)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{LABEL_NAMESPACE}}}{name}")
    element.text = text
    return element
