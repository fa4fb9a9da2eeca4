"""Each rule that the schema cannot hold: a good and a bad example."""

from __future__ import annotations

import runpy
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from commonwatch.errors import UnusableInput
from commonwatch.limits import CAP_FILE_BYTES_MAX, CAP_REASONS_MAX
from commonwatch.warn.cap import CAP_NAMESPACE
from commonwatch.warn.cap_check import check_cap, compile_schema
from commonwatch.warn.cap_read import parse_cap
from commonwatch.warn_files import cap_schema_bytes

SCHEMA = compile_schema(cap_schema_bytes())
XSD = etree.XMLSchema(etree.fromstring(cap_schema_bytes()))
SENT = "2026-01-01T09:00:00+09:00"
REFERENCE = "a@b.example,first,2026-01-01T08:00:00+09:00"
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
SQUARE = "40,140 40,141 41,141 41,140 40,140"


def message(  # a plain, sound message, and what a case changes of it
    *, kind="Alert", head="", info="", area="", polygon=SQUARE, sent=SENT, scope="Public",
    status="Actual", after_scope="", identifier="id-1", infos=None, expires="10:00:00+09:00",
):  # fmt: skip
    block = infos if infos is not None else (
        f"<info><language>en</language><category>Safety</category><event>Flood</event>"
        f"<urgency>Immediate</urgency><severity>Severe</severity><certainty>Likely</certainty>"
        f"{info}<expires>2026-01-01T{expires}</expires>{head}"
        f"<area><areaDesc>A valley</areaDesc><polygon>{polygon}</polygon>{area}</area></info>"
    )  # fmt: skip
    return (
        f'<alert xmlns="{CAP_NAMESPACE}"><identifier>{identifier}</identifier>'
        f"<sender>a@b.example</sender><sent>{sent}</sent><status>{status}</status>"
        f"<msgType>{kind}</msgType><scope>{scope}</scope>{after_scope}{block}</alert>"
    )


def language(code, *, area="40,140 40,141 41,141 41,140 40,140", headline=None, severity="Severe"):
    headline = headline or {"en": "Flood", "ja": "洪水です", "ko": "홍수입니다"}[code]
    return (
        f"<info><language>{code}</language><category>Safety</category><event>Flood</event>"
        f"<urgency>Immediate</urgency><severity>{severity}</severity><certainty>Likely</certainty>"
        f"<expires>2026-01-01T10:00:00+09:00</expires><headline>{headline}</headline>"
        f"<area><areaDesc>A</areaDesc><polygon>{area}</polygon></area></info>"
    )


def resource(inside):
    return (
        "<resource><resourceDesc>Map</resourceDesc><mimeType>image/png</mimeType>"
        f"{inside}</resource>"
    )


def note(text):
    return f"<note>{text}</note>"


def references(text):
    return f"<references>{text}</references>"


def found(text):
    return check_cap(parse_cap(text.encode(), "case"), SCHEMA)


def test_the_plain_message_is_sound():
    assert found(message()) == ()


SEVEN = {
    "Cancel without references": message(kind="Cancel"),
    "open polygon": message(polygon="40,140 40,141 41,141 41,140"),
    "three points": message(polygon="40,140 40,141 40,140"),
    "self-crossing polygon": message(polygon="40,140 41,141 41,140 40,141 40,140"),
    "latitude 95": message(polygon="40,140 40,141 95,141 41,140 40,140"),
    "unknown status": message(status="Real"),
    "time without a zone": message(sent="2026-01-01T09:00:00Z"),
}


@pytest.mark.parametrize("case", SEVEN)
def test_seven_bad_alerts_of_seven_are_refused(case):
    assert any(reason.level == "error" for reason in found(SEVEN[case]))


def test_the_schema_alone_lets_five_of_them_through():
    passed = [case for case, text in SEVEN.items() if XSD.validate(etree.fromstring(text))]
    assert passed == list(SEVEN)[:5]


# rule: (good example, bad example, level, end of the element's path, part of the clause)
RULES = {
    "identifier has no space": (
        message(identifier="urn:a-b.c"), message(identifier="a b"),
        "error", "identifier", "3.2.1 identifier"),
    "identifier has no comma": (
        message(identifier="a_b"), message(identifier="a,b"),
        "error", "identifier", "3.2.1 identifier"),
    "identifier is given": (
        message(identifier="1"), message(identifier=""), "error", "identifier", "3.2.1 identifier"),
    "Update has references": (
        message(kind="Update", after_scope=references(REFERENCE)), message(kind="Update"),
        "error", "msgType", "3.2.1 msgType and references"),
    "Ack has references": (
        message(kind="Ack", after_scope=references(REFERENCE)), message(kind="Ack"),
        "error", "msgType", "3.2.1 msgType and references"),
    "references are triples": (
        message(kind="Cancel", after_scope=references(f"{REFERENCE}\n {REFERENCE}")),
        message(kind="Cancel", after_scope=references("first")),
        "error", "references", "3.2.1 references"),
    "a message does not refer to itself": (
        message(kind="Cancel", after_scope=references(f"a@b.example,id-0,{SENT}")),
        message(kind="Cancel", after_scope=references(f"a@b.example,id-1,{SENT}")),
        "error", "references", "3.2.1 references"),
    "references are earlier": (
        message(kind="Cancel", after_scope=references(f"a@b.example,id-0,{SENT}")),
        message(kind="Cancel", after_scope=references("c,d,2026-01-01T09:00:01+09:00")),
        "error", "references", "3.2.1 references"),
    "Restricted says to whom": (
        message(scope="Restricted", after_scope="<restriction>staff</restriction>"),
        message(scope="Restricted"), "error", "alert", "3.2.1 restriction"),
    "restriction is for Restricted": (
        message(scope="Restricted", after_scope="<restriction>staff</restriction>"),
        message(after_scope="<restriction>staff</restriction>"),
        "warning", "restriction", "3.2.1 restriction"),
    "Private has addresses": (
        message(scope="Private", after_scope="<addresses>x</addresses>"),
        message(scope="Private"), "error", "alert", "3.2.1 addresses"),
    "an Exercise is named": (
        message(status="Exercise", after_scope=note("Drill 7")), message(status="Exercise"),
        "warning", "alert", "3.2.1 status"),
    "an Error explains": (
        message(kind="Error", after_scope=note("garbled") + references(REFERENCE)),
        message(kind="Error", after_scope=references(REFERENCE)),
        "warning", "alert", "3.2.1 msgType"),
    "an alert has info": (message(), message(infos=""), "warning", "alert", "3.2.1 info"),
    "UTC is -00:00": (
        message(sent="2026-01-01T00:00:00-00:00"), message(sent="2026-01-01T00:00:00+00:00"),
        "warning", "sent", "3.3.2"),
    "onset before expiry": (
        message(info="<onset>2026-01-01T10:00:00+09:00</onset>"),
        message(info="<onset>2026-01-01T10:00:01+09:00</onset>"),
        "error", "expires", "3.2.2 expires and onset"),
    "effective before expiry": (
        message(info="<effective>2026-01-01T01:00:00-00:00</effective>"),
        message(info="<effective>2026-01-01T01:00:01-00:00</effective>"),
        "error", "expires", "3.2.2 expires and effective"),
    "not expired when sent": (
        message(expires="09:00:00+09:00"), message(expires="08:59:59+09:00"),
        "error", "expires", "3.2.2 expires"),
    "the event is named": (
        message(), message().replace("Flood", " "), "error", "event", "3.2.2 event"),
    "a short headline": (
        message(head=f"<headline>{'a' * 160}</headline>"),
        message(head=f"<headline>{'a' * 161}</headline>"),
        "warning", "headline", "3.2.2 headline"),
    "web is absolute": (
        message(head="<web>https://a.example/b</web>"), message(head="<web>www.a.example</web>"),
        "error", "web", "3.2.2 web"),
    "the text is in its language": (
        message(infos=language("ko")), message(infos=language("ko", headline="A flood")),
        "error", "headline", "Commonwatch rule"),
    "the text is translated": (
        message(infos=language("en") + language("ja")),
        message(infos=language("ja", headline="洪水") + language("zh", headline="洪水")
                .replace(">zh<", ">zh-Hant<")),
        "warning", "headline", "Commonwatch rule"),
    "languages name the same areas": (
        message(infos=language("en") + language("ja") + language("ko")),
        message(infos=language("en") + language("ja", area="1,1 1,2 2,2 1,1")),
        "error", "info[2]", "Commonwatch rule"),
    "languages name the same levels": (
        message(infos=language("en") + language("ko")),
        message(infos=language("en") + language("ko", severity="Minor")),
        "error", "info[2]", "Commonwatch rule"),
    "a relative resource is carried": (
        message(head=resource("<uri>m.png</uri><derefUri>aGk=</derefUri>")),
        message(head=resource("<uri>m.png</uri>")), "error", "uri", "3.2.3 uri"),
    "a MIME type": (
        message(head=resource("")), message(head=resource("").replace("image/png", "picture")),
        "error", "mimeType", "3.2.3 mimeType"),
    "a size": (
        message(head=resource("<size>7</size>")), message(head=resource("<size>-7</size>")),
        "error", "size", "3.2.3 size"),
    "a SHA-1 digest": (
        message(head=resource(f"<digest>{'0f' * 20}</digest>")),
        message(head=resource("<digest>0f</digest>")), "error", "digest", "3.2.3 digest"),
    "the area is named": (
        message(), message().replace("A valley", ""), "error", "areaDesc", "3.2.4 areaDesc"),
    "the area is a place": (
        message(), message().replace(f"<polygon>{SQUARE}</polygon>", ""),
        "warning", "area", "3.2.4 area"),
    "pairs are numbers": (
        message(polygon="40.5,-140 40,-139.25 +41,-139 40.5,-140"),
        message(polygon="40,140 40;141 41,141 40,140"), "error", "polygon", "3.2.4 polygon"),
    "longitude in range": (
        message(polygon="0,179 0,180 1,180 0,179"), message(polygon="0,179 0,181 1,180 0,179"),
        "error", "polygon", "3.3.1"),
    "it encloses something": (
        message(polygon="0,0 0,1 1e-4,1 0,0".replace("1e-4", "0.0001")),
        message(polygon="0,0 0,1 0,2 0,0"), "error", "polygon", "Commonwatch rule"),
    "it does not touch itself": (
        message(polygon="0,0 0,2 2,2 2,0 0,0"),
        message(polygon="0,0 1,1 0,2 2,2 1,1 2,0 0,0"), "warning", "polygon", "Commonwatch rule"),
    "a circle": (
        message(area="<circle>32.9,-115.1 0</circle>"),
        message(area="<circle>32.9,-115.1</circle>"),
        "error", "circle", "3.2.4 circle"),
    "a circle's centre": (
        message(area="<circle>-90,180 5.5</circle>"), message(area="<circle>91,0 5</circle>"),
        "error", "circle", "3.3.1"),
    "a circle's radius": (
        message(area="<circle>0,0 20004</circle>"), message(area="<circle>0,0 -1</circle>"),
        "error", "circle", "3.2.4 circle"),
    "a geocode has a value": (
        message(area="<geocode><valueName>X</valueName><value>1</value></geocode>"),
        message(area="<geocode><valueName>X</valueName><value/></geocode>"),
        "error", "geocode", "3.2.4 geocode"),
    "an ISO code is one": (
        message(area="<geocode><valueName>ISO3166-2</valueName><value>JP-01</value></geocode>"),
        message(area="<geocode><valueName>ISO3166-2</valueName><value>Hokkaido</value></geocode>"),
        "error", "geocode", "3.2.4 geocode"),
    "ceiling above altitude": (
        message(area="<altitude>100</altitude><ceiling>100.5</ceiling>"),
        message(area="<altitude>100</altitude><ceiling>99</ceiling>"),
        "error", "ceiling", "3.2.4 ceiling"),
    "ceiling with altitude": (
        message(area="<altitude>100</altitude>"), message(area="<ceiling>99</ceiling>"),
        "error", "ceiling", "3.2.4 ceiling"),
    "no expiry": (
        message(), message().replace("<expires>2026-01-01T10:00:00+09:00</expires>", ""),
        "warning", "info", "3.2.2 expires"),
    "no area": (
        message(), message(infos=language("en").split("<area>")[0] + "</info>"),
        "warning", "info", "3.2.2 area"),
    "a signature is not checked": (
        message(),
        message().replace("</alert>", f'<Signature xmlns="{XMLDSIG}"/></alert>'),
        "warning", "Signature", "3.3.4.1"),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_a_good_and_a_bad_example(rule):
    good, bad, level, element, clause = RULES[rule]

    def told(text):
        return [
            reason
            for reason in found(text)
            if reason.level == level
            and reason.element.endswith(element)
            and clause in reason.clause
        ]

    assert told(good) == []
    assert [reason for reason in found(good) if reason.level == "error"] == []
    assert len(told(bad)) >= 1
    # The schema has nothing to say of it: else the rule would not be needed.
    assert XSD.validate(etree.fromstring(bad.encode()))


@pytest.mark.parametrize(
    "ring",
    [
        "10,179 10,-179 12,-179 12,179 10,179",  # across the antimeridian, not cut
        "10,170 10,180 12,180 12,170 10,170",
        "80,0 80,90 80,180 80,-90 80,0",  # round the pole
        "80,-180 80,0 80,180 90,180 90,-180 80,-180",  # the same, closed along the edge
        "-90,-180 -90,180 90,180 90,-180 -90,-180",  # the world
    ],
)
def test_rings_over_the_edges_of_the_chart_are_no_crossings(ring):
    assert found(message(polygon=ring)) == ()


def test_a_crossing_over_the_antimeridian_is_one():
    (reason,) = found(message(polygon="10,179 12,-179 12,179 10,-179 10,179"))
    assert "crosses itself" in reason.text


def test_every_reason_is_told_and_names_its_element():
    text = message(kind="Cancel", identifier="a b", polygon="40,140 95,141 41,141 41,200")
    told = [(reason.element, reason.text) for reason in found(text)]
    assert [element for element, _ in told] == [
        "alert/identifier", "alert/msgType", "alert/info/area/polygon",
        "alert/info/area/polygon", "alert/info/area/polygon",
    ]  # fmt: skip
    assert "latitude 95" in told[2][1]
    assert "longitude 200" in told[3][1]
    assert "open" in told[4][1]


def test_reasons_are_bounded_and_the_last_one_says_so():
    rings = "".join("<polygon>95,0 95,1 96,1 95,0</polygon>" for _ in range(CAP_REASONS_MAX))
    told = found(message(area="").replace(f"<polygon>{SQUARE}</polygon>", rings))
    assert len(told) == CAP_REASONS_MAX
    assert told[-1].text == "more reasons than are told"


def test_another_version_or_document_is_named_for_what_it_is():
    old = message().replace("cap:1.2", "cap:1.1")
    (reason,) = found(old)
    assert "urn:oasis:names:tc:emergency:cap:1.1" in reason.text
    (reason,) = found("<html/>")
    assert reason.level == "error"


def test_foreign_text_cannot_write_to_the_terminal():
    for reason in found(message(identifier="a b\n\u202e\u009b31m", polygon="1,\u009b2 3,4")):
        assert reason.line().isprintable()


BOMB = (
    '<!DOCTYPE a [<!ENTITY b "bbbb">'
    + "".join(
        f'<!ENTITY {new} "&{old};&{old};&{old};&{old};">' for old, new in pairwise("bcdefghijk")
    )
    + "]><alert>&k;</alert>"
)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (bytes(range(256)) * 40, "not XML"),
        (b"\0" * 4096, "not XML"),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 99, "not XML"),
        (message().encode()[:300], "not XML"),
        (message().encode()[:-1], "not XML"),
        (BOMB.encode(), "DTD or entities"),
        (BOMB.encode("utf-16"), "DTD or entities"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><alert/>', "DTD or entities"),
        (b"<a>" * 100_000, "not XML"),
        (b" " * CAP_FILE_BYTES_MAX + b"<a/>", "more than"),
    ],
)
def test_what_is_no_safe_xml_is_refused_in_one_line(raw, why):
    with pytest.raises(UnusableInput, match=why) as refused:
        parse_cap(raw, "case")
    assert str(refused.value).isprintable()


def test_the_example_in_the_documents_is_sound_and_current():
    root = Path(__file__).resolve().parents[2]
    raw = (root / "docs/examples/alert.xml").read_bytes()
    assert (
        raw.decode() == runpy.run_path(str(root / "builders/build_example_alert.py"))["example"]()
    )
    assert check_cap(parse_cap(raw, "example"), SCHEMA) == ()
