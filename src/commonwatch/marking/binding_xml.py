"""The XML form of a labelled document: NATO ADatP-4778, edition A version 1.

BindingInformation holds one container with a binding for the whole and one for each portion, then
digests of what is referred to: a `ds:Manifest` in a `ds:Object`, as the schema lets other elements
follow. A signature, where there is one, stands first; it is made and verified by the node.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from lxml import etree

from commonwatch.errors import UnusableInput
from commonwatch.limits import MARKING_FILE_BYTES_MAX
from commonwatch.marking.binding import (
    Binding,
    BoundData,
    BoundLabel,
    LabelledDocument,
    Role,
)
from commonwatch.marking.label_xml import (
    ALTERNATIVE_LABEL,
    ORIGINATOR_LABEL,
    LabelReader,
    label_element,
)
from commonwatch.marking.reason import Reason, shown
from commonwatch.untrusted_xml import parse_untrusted

BINDING_NAMESPACE = "urn:nato:stanag:4778:bindinginformation:1:0"
SIGNATURE_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"
XMIME_NAMESPACE = "http://www.w3.org/2005/05/xmlmime"
# ADatP-4778 wants one element within `Data`. For bytes that are no XML this is ours.
OCTETS_NAMESPACE = "urn:commonwatch:octets:1"
SHA_384 = "http://www.w3.org/2001/04/xmldsig-more#sha384"
DIGESTS_ID = "digests"
BINDINGS_ID = "bindings"
MECHANISM = "ADatP-4778"
NEEDED = "a BindingInformation document (ADatP-4778)"

_ROOT = f"{{{BINDING_NAMESPACE}}}BindingInformation"
_CONTENT_TYPE = f"{{{XMIME_NAMESPACE}}}contentType"
_ROLES: tuple[tuple[str, Role], ...] = (
    (ORIGINATOR_LABEL, "originator"),
    (ALTERNATIVE_LABEL, "alternative"),
)


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """The document, None where a reason stands against it, and whether it claims a signature."""

    document: LabelledDocument | None
    reasons: tuple[Reason, ...]
    has_signature: bool


def document_element(document: LabelledDocument) -> etree._Element:
    """The document as its root element, unsigned."""
    root = etree.Element(
        _ROOT,
        nsmap={"mb": BINDING_NAMESPACE, "xmime": XMIME_NAMESPACE, "ds": SIGNATURE_NAMESPACE},
    )
    container = _add(root, BINDING_NAMESPACE, "MetadataBindingContainer")
    container.set("Id", BINDINGS_ID)
    for number, binding in enumerate(document.bindings, 1):
        element = _add(container, BINDING_NAMESPACE, "MetadataBinding")
        element.set("Id", f"binding-{number}")
        for item in binding.labels:
            tag = next(tag for tag, role in _ROLES if role == item.role)
            metadata = _add(element, BINDING_NAMESPACE, "Metadata")
            metadata.append(label_element(tag, item.label))
        for data in binding.data:
            _add_data(element, data)
    _add_digests(root, document)
    return root


def document_xml(document: LabelledDocument) -> bytes:
    """The document as UTF-8, unsigned; the same document gives the same bytes."""
    raw: bytes = etree.tostring(
        document_element(document), xml_declaration=True, encoding="UTF-8", pretty_print=True
    )
    return raw


def parse_document(raw: bytes, source: str) -> DocumentRead:
    """Read a document of anyone; every reason against it is told.

    Raises UnusableInput as `parse_untrusted`.
    """
    return read_document(parse_untrusted(raw, source, NEEDED, MARKING_FILE_BYTES_MAX))


def document_of(raw: bytes, source: str) -> LabelledDocument:
    """As `parse_document`, for who needs a document that holds: UnusableInput with all reasons."""
    read = parse_document(raw, source)
    if read.document is None or read.reasons:
        raise UnusableInput(f"{source}: " + "; ".join(reason.line() for reason in read.reasons))
    return read.document


def read_document(root: etree._Element) -> DocumentRead:
    """The document that this element holds, and every reason against it."""
    reader = _DocumentReader()
    document = reader.document(root)
    signed = root.find(f"{{{SIGNATURE_NAMESPACE}}}Signature") is not None
    reasons = tuple(reader.reasons)
    return DocumentRead(None if reasons else document, reasons, signed)


class _DocumentReader(LabelReader):
    def document(self, root: etree._Element) -> LabelledDocument | None:
        if root.tag in {tag for tag, _role in _ROLES}:
            self.label(root)
            self.refuse(root, "is bound to nothing; a label holds for what it is bound to")
            return None
        if root.tag != _ROOT:
            name = etree.QName(root)
            told = f"{shown(name.localname)} of namespace {shown(name.namespace or '')}"
            self.refuse(root, f"is {told}; need `BindingInformation` of `{BINDING_NAMESPACE}`")
            return None
        self.attributes(root, ())
        containers, objects = self._parts(root)
        digests = self._digests(objects)
        bindings = [self._binding(element, digests) for element in self._bindings(containers)]
        known = tuple(binding for binding in bindings if binding is not None)
        if len(known) != len(bindings):
            return None
        bound = {item.reference for binding in known for item in binding.data}
        for reference in digests:
            if reference not in bound:
                self.refuse(root, f"has a digest of {shown(reference)}, which is not bound")
        return self.made(root, lambda: LabelledDocument(known))

    def _parts(self, root: etree._Element) -> tuple[list[etree._Element], list[etree._Element]]:
        # Signatures, containers, then the digests: the order of ADatP-4778.
        order = (
            f"{{{SIGNATURE_NAMESPACE}}}Signature",
            f"{{{BINDING_NAMESPACE}}}MetadataBindingContainer",
            f"{{{SIGNATURE_NAMESPACE}}}Object",
        )
        places = []
        for child in root:
            if child.tag in order:
                places.append(order.index(child.tag))
            else:
                self.refuse(
                    root, f"holds {shown(str(child.tag))}, which is unknown here", MECHANISM
                )
        if places != sorted(places):
            self.refuse(root, "holds signature, containers and digests in another order", MECHANISM)
        if places.count(0) > 1:
            self.refuse(root, "holds more than one signature; one is verified here")
        if root.text and root.text.strip():
            self.refuse(root, "holds text between its elements", MECHANISM)
        return list(root.iterchildren(order[1])), list(root.iterchildren(order[2]))

    def _bindings(self, containers: list[etree._Element]) -> list[etree._Element]:
        found = []
        for container in containers:
            self.attributes(container, ("Id",))
            found += self.children(container, ("MetadataBinding",), BINDING_NAMESPACE)[
                "MetadataBinding"
            ]
        return found

    def _binding(self, root: etree._Element, digests: dict[str, bytes]) -> Binding | None:
        self.attributes(root, ("Id",))
        parts = self.children(
            root, ("Metadata", "MetadataReference", "Data", "DataReference"), BINDING_NAMESPACE
        )
        for element in parts["MetadataReference"]:
            self.refuse(element, "a label elsewhere is not fetched; it must stand here", MECHANISM)
        labels = [self._bound_label(element) for element in parts["Metadata"]]
        data = [self._embedded(element) for element in parts["Data"]]
        data += [self._referred(element, digests) for element in parts["DataReference"]]
        known_labels = tuple(item for item in labels if item is not None)
        known_data = tuple(item for item in data if item is not None)
        if len(known_labels) != len(labels) or len(known_data) != len(data):
            return None
        if not known_labels:
            self.refuse(root, "holds no label; data without one goes to nobody", MECHANISM)
            return None
        return self.made(root, lambda: Binding(known_labels, known_data))

    def _bound_label(self, root: etree._Element) -> BoundLabel | None:
        self.attributes(root, (_CONTENT_TYPE,))
        role = next((role for tag, role in _ROLES if len(root) and root[0].tag == tag), None)
        if role is None or len(root) != 1:
            self.refuse(
                root,
                "must hold one originatorConfidentialityLabel or alternativeConfidentialityLabel",
                MECHANISM,
            )
            return None
        label = self.label(root[0])
        return None if label is None else BoundLabel(role, label)

    def _embedded(self, root: etree._Element) -> BoundData | None:
        self.attributes(root, (_CONTENT_TYPE,))
        found = self.children(root, ("Octets",), OCTETS_NAMESPACE)["Octets"]
        octets = self.one(root, found)
        if octets is None:
            return None
        text = self.text(octets, ("Reference",))
        try:
            raw = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            self.refuse(octets, "is not base64")
            return None
        return self.made(
            root,
            lambda: BoundData(octets.get("Reference", ""), root.get(_CONTENT_TYPE, ""), raw),
        )

    def _referred(self, root: etree._Element, digests: dict[str, bytes]) -> BoundData | None:
        self.attributes(root, ("URI", _CONTENT_TYPE))
        if len(root):
            self.refuse(root, "selects by transforms, which is not done here", MECHANISM)
        reference = root.get("URI", "")
        kind = root.get(_CONTENT_TYPE, "text/xml; charset=utf-8")  # the schema's default
        return self.made(root, lambda: BoundData(reference, kind, sha384=digests.get(reference)))

    def _digests(self, objects: list[etree._Element]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for element in objects:
            self.attributes(element, ("Id",))
            for manifest in self.children(element, ("Manifest",), SIGNATURE_NAMESPACE)["Manifest"]:
                self.attributes(manifest, ())
                parts = self.children(manifest, ("Reference",), SIGNATURE_NAMESPACE)
                for reference in parts["Reference"]:
                    self._digest(reference, found)
        return found

    def _digest(self, root: etree._Element, found: dict[str, bytes]) -> None:
        self.attributes(root, ("URI",))
        parts = self.children(root, ("DigestMethod", "DigestValue"), SIGNATURE_NAMESPACE)
        method = self.one(root, parts["DigestMethod"])
        value = self.token(self.one(root, parts["DigestValue"]))
        if method is None or value is None:
            return
        self.text(method, ("Algorithm",))
        if method.get("Algorithm") != SHA_384:
            self.refuse(method, f"is {shown(method.get('Algorithm', ''))}; must be `{SHA_384}`")
        reference = root.get("URI", "")
        if reference in found:
            self.refuse(root, f"is a second digest of {shown(reference)}")
        try:
            found[reference] = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            self.refuse(root, "holds a digest that is not base64")


def _add_data(parent: etree._Element, data: BoundData) -> None:
    if data.embedded is None:
        element = _add(parent, BINDING_NAMESPACE, "DataReference")
        element.set("URI", data.reference)
    else:
        element = _add(parent, BINDING_NAMESPACE, "Data")
        octets = etree.SubElement(
            element, f"{{{OCTETS_NAMESPACE}}}Octets", nsmap={"o": OCTETS_NAMESPACE}
        )
        octets.set("Reference", data.reference)
        octets.text = base64.b64encode(data.embedded).decode()
    element.set(_CONTENT_TYPE, data.content_type)


def _add_digests(root: etree._Element, document: LabelledDocument) -> None:
    # A reference may be bound more than once; its digest stands once.
    digests = {
        data.reference: data.sha384
        for binding in document.bindings
        for data in binding.data
        if data.sha384 is not None
    }
    if not digests:
        return
    holder = _add(root, SIGNATURE_NAMESPACE, "Object")
    holder.set("Id", DIGESTS_ID)
    manifest = _add(holder, SIGNATURE_NAMESPACE, "Manifest")
    for reference, sha384 in digests.items():
        element = _add(manifest, SIGNATURE_NAMESPACE, "Reference")
        element.set("URI", reference)
        _add(element, SIGNATURE_NAMESPACE, "DigestMethod").set("Algorithm", SHA_384)
        _add(element, SIGNATURE_NAMESPACE, "DigestValue").text = base64.b64encode(sha384).decode()


def _add(parent: etree._Element, namespace: str, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{namespace}}}{name}")
