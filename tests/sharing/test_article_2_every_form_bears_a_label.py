"""Article 2: any form of information bears a classification; what bears none goes nowhere."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import msgspec
import pytest

from commonwatch.identity import nation
from commonwatch.label import UNKNOWN_LEVEL
from commonwatch.marking.binding_xml import document_xml
from commonwatch.mode import EXERCISE
from commonwatch.node.labelled import labelled_bulletin
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.candidate import candidates_from
from commonwatch.share.bodies import named_in
from commonwatch.share.envelope import Named, RefusedEnvelope, manifest_of, open_for
from commonwatch.share.unanswered import unanswered
from tests.sharing.builders import (
    LEVELS,
    PUBLIC,
    T0_S,
    assessment,
    kinds,
    label,
    ledger,
    own_estimate,
    sent_bundles,
)
from tests.sharing.items import refusals
from tests.sharing.test_article_7_readers import CUSTODY
from tests.sharing.test_envelope import resealed


def test_article_2_every_bulletin_of_every_stream_bears_its_originators_level(three):
    for second in range(3):
        three.beat(T0_S + second)
    seen = 0
    for code in three.nodes:
        for bundle in sent_bundles(three, code):
            for bulletin in bundle.bulletins:
                assert bulletin.label.policy == bulletin.originator == code
                assert bulletin.label.level == LEVELS[code]
                assert bulletin.label.releasable_to
                seen += 1
    assert seen == 18


def test_article_2_it_is_marked_at_rest_when_it_is_shown_and_when_it_is_handed_out(three):
    three.beat(T0_S)
    three.settle(T0_S)
    held = ledger(three, "JPN")
    bodies = [
        held.bodies[named.digest]
        for record in held.records
        for named in named_in(record)
        if named.digest in held.bodies
    ]
    assert len(bodies) == 4, "two received, two sent"
    for body in bodies:
        assert msgspec.msgpack.decode(body, type=Bulletin).label.level in LEVELS.values()
    shown = three.nodes["JPN"].reading.read("KOR-JPN-1", "sato", "watch", CUSTODY, T0_S + 1.0)
    assert shown.marking.label.level == "군사III급비밀"
    document = document_xml(labelled_bulletin(shown.bulletin, "JPN", (), beside=False).document)
    assert "군사III급비밀" in document.decode()
    assert "秘" in document.decode(), "the receiver's equivalent stands beside it"


def without_label(bulletin: Bulletin) -> bytes:
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(bulletin))
    del fields["label"]
    return msgspec.msgpack.encode(fields)


def test_a_bulletin_whose_label_was_left_out_does_not_open_though_it_is_signed(three):
    three.beat(T0_S)
    (bundle, *_rest) = (one for one in sent_bundles(three, "KOR") if one.recipient == "JPN")
    with pytest.raises(msgspec.ValidationError, match="label"):
        msgspec.msgpack.decode(without_label(bundle.bulletins[0]), type=Bulletin)

    content = without_label(bundle.bulletins[0])
    bare = msgspec.structs.replace(
        manifest_of(bundle), sequence=99, contents=(Named("KOR-JPN-1", sha256(content).digest()),)
    )
    raw = resealed(msgspec.msgpack.encode(bare), contents=(content,))
    with pytest.raises(RefusedEnvelope, match="label"):
        open_for(raw, PUBLIC, EXERCISE, "JPN")
    three.bus.send("KOR", "JPN", "live", raw)
    assert three.nodes["JPN"].receive(T0_S + 1.0) == ()
    three.settle(T0_S + 1.0)
    assert any("label" in why for why in refusals(three, "JPN", "refused"))


@pytest.mark.parametrize("level", [UNKNOWN_LEVEL, "SECRET", "군사I급비밀"])
def test_what_own_sensors_say_under_no_known_level_goes_to_nobody(three, level):
    node = three.nodes["KOR"]
    node.setup = replace(node.setup, label=label("KOR", level=level))
    outcome = node.release((own_estimate(T0_S),), (assessment(T0_S),), T0_S)
    assert outcome.released == ()
    assert {one.outcome for one in outcome.decisions} == {"withhold"}
    assert unanswered(ledger(three, "KOR")) == ()
    assert kinds(three, "KOR", "sent") == []


def test_a_candidate_bears_its_nodes_label_in_every_form_of_it():
    made = candidates_from(
        (own_estimate(T0_S),), (assessment(T0_S),),
        originator=nation("KOR"), label=label("KOR"), mode=EXERCISE,
    )  # fmt: skip
    assert [one.label for one in made] == [label("KOR")]
