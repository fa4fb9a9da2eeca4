"""A public alert drawn from a partner's data needs that partner's consent, settled beforehand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.mode import EXERCISE, TEST
from commonwatch.node.ledger_store import read_ledger
from commonwatch.release.agreement import Agreement, FieldGrant, PublicTerms, State, Terms
from commonwatch.release.agreement_file import parse_terms
from commonwatch.release.bulletin import Bulletin, Content
from commonwatch.release.decision import Decision, Ruling
from commonwatch.release.public import PUBLIC, decide_for_public
from commonwatch.world import replay_setup
from commonwatch.world.replay import replay
from commonwatch.world.replay_public import PublicDesk
from commonwatch.world.replay_result import AlertResult, ReplayResult
from commonwatch.world.replay_scene import ReplayScene
from commonwatch.world.replay_setup import ReplayOptions, nodes_of
from tests.sharing.builders import T0_S, TERMS, hold, in_force, sound_bulletin
from tests.sharing.scenes import SHORT, scene_named

IMPACT_ALONE = PublicTerms("agreed", (FieldGrant("expected_impact", "1", 10_000.0),))


def with_public(agreement: Agreement, public: PublicTerms | None) -> Agreement:
    return replace(agreement, terms=replace(agreement.terms, public=public))


@pytest.fixture
def bulletin(three) -> Bulletin:
    return sound_bulletin(three)


def ruled(bulletin: Bulletin, *agreements: Agreement, mode=EXERCISE) -> Ruling:
    return decide_for_public(bulletin, "JPN", agreements, mode=mode, now_s=T0_S + 1.0)


def why_not(ruling: Ruling) -> str:
    assert ruling.decision.outcome == "withhold"
    assert ruling.content is None
    assert ruling.floor is None
    assert ruling.decision.recipient == PUBLIC
    return ruling.decision.withheld[0].why


def test_by_default_nothing_may_be_told(bulletin):
    assert "public" in why_not(ruled(bulletin, with_public(in_force("KOR-JPN"), None)))


def test_what_is_consented_to_goes_as_precisely_as_agreed_and_no_more(bulletin):
    ruling = ruled(bulletin, with_public(in_force("KOR-JPN"), IMPACT_ALONE))
    assert ruling.decision.outcome == "release"
    assert ruling.content is not None
    assert ruling.content == Content(impact=ruling.content.impact)
    assert ruling.decision.coarsened == ("expected_impact",)
    assert bulletin.content is not None
    assert ruling.content.impact != bulletin.content.impact


def test_consent_is_no_longer_given_where_a_view_does_not_allow(bulletin):
    agreement = with_public(in_force("KOR-JPN"), IMPACT_ALONE)
    views = tuple(
        replace(view, state=State.SUSPENDED) if view.party == "KOR" else view
        for view in agreement.views
    )
    assert "suspended in the view of KOR" in why_not(
        ruled(bulletin, replace(agreement, views=views))
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"agreement_revision": 7},
        {"agreement": "none"},
        {"mode": "LIVE"},
        {"originator": "USA", "id": "USA-JPN-1"},
    ],
)
def test_what_did_not_come_under_this_agreement_is_not_told(bulletin, changes):
    agreement = with_public(in_force("KOR-JPN"), IMPACT_ALONE)
    why_not(ruled(msgspec.structs.replace(bulletin, **changes), agreement))


def test_another_modes_node_tells_nothing_of_it(bulletin):
    agreement = with_public(in_force("KOR-JPN"), IMPACT_ALONE)
    assert "mode" in why_not(ruled(bulletin, agreement, mode=TEST))


def test_what_rests_on_a_third_party_is_not_told(bulletin):
    lineage = msgspec.structs.replace(bulletin.lineage, parents=("USA-KOR-1",))
    agreement = with_public(in_force("KOR-JPN"), IMPACT_ALONE)
    assert "third party" in why_not(
        ruled(msgspec.structs.replace(bulletin, lineage=lineage), agreement)
    )


def test_an_error_tells_the_public_nothing_not_even_the_floor(bulletin):
    wrong = PublicTerms("agreed", (FieldGrant("burnout", "1", 500.0),))
    why_not(ruled(bulletin, with_public(in_force("KOR-JPN"), wrong)))


def test_an_agreement_says_it_in_its_own_table():
    text = (Path(replay_setup.__file__).parents[1] / "release/agreements/KOR-JPN.toml").read_text()
    assert parse_terms(text, "KOR-JPN.toml").public == TERMS["KOR-JPN"].public is not None
    head, tail = text.split("[public]")
    assert parse_terms(head + tail[tail.index("[[article]]") :], "x").public is None
    with pytest.raises(UnusableInput, match="unknown"):
        parse_terms(
            text.replace('[[public.field]]\npath = "path"', '[[public.field]]\npath = "x"'), "x"
        )


def test_an_impact_alone_makes_an_alert_of_the_partners_word(three):
    three.beat(T0_S)
    node = three.nodes["JPN"]
    hold(node, with_public(node.orders.agreement("KOR-JPN"), IMPACT_ALONE))
    hold(node, with_public(node.orders.agreement("JPN-USA"), None))
    word = PublicDesk("JPN", node).word((), (), T0_S + 1.0)
    (told,) = word.impacts
    assert told.sources == ("KOR",)
    assert {item.outcome for item in word.decisions} == {"release", "withhold"}
    assert node.record_for_public("alert-1", word.decisions, T0_S + 1.0)
    three.nodes["JPN"].journal.stopped = "the disk is full"
    assert PublicDesk("JPN", node).word((), (), T0_S + 1.0).impacts == ()


@pytest.fixture(scope="module")
def scene() -> ReplayScene:
    return scene_named(SHORT)


def replayed(scene: ReplayScene, folder: Path, nodes: str, terms: list[Terms]) -> ReplayResult:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay_setup, "shipped_terms", lambda: tuple(terms))
        options = ReplayOptions(nodes=nodes_of(nodes, scene))
        return replay(scene, options, folder, lambda _second: None)


def alerts_of(result: ReplayResult, nation: str) -> list[AlertResult]:
    return [alert for alert in result.alerts if alert.nation == nation]


def test_without_consent_the_alert_is_that_of_the_own_sensors_alone(scene, base):
    """Byte for byte, and at the same times: what may not be told moves nothing in the alert."""
    silent = [replace(item, public=None) for item in TERMS.values()]
    without = replayed(scene, base / "without", "KOR,JPN", silent)
    alone = replayed(scene, base / "alone", "KOR", silent)
    assert without.exchange["JPN->KOR"].received > 0
    assert alerts_of(without, "KOR") == alerts_of(alone, "KOR")
    for alert in without.alerts:
        assert f"<value>{alert.nation}</value>" in alert.cap_xml


def test_with_consent_the_decisions_are_in_the_ledger_before_the_alert(scene, base):
    result = replayed(scene, base / "with", "KOR,JPN", list(TERMS.values()))
    drawn = [alert for alert in alerts_of(result, "JPN") if "<value>KOR" in alert.cap_xml]
    assert drawn
    records = list(read_ledger(base / "with" / "JPN").records())
    for alert in drawn:
        decided = [
            (record.time_s, msgspec.msgpack.decode(record.body, type=Decision))
            for record in records
            if record.counterparty == PUBLIC and record.subject.startswith(f"{alert.identifier}:")
        ]
        assert any(
            decision.outcome == "release" and decision.track.startswith("KOR:")
            for _time_s, decision in decided
        )
        assert all(time_s <= scene.lift_off_s + alert.at_s for time_s, _decision in decided)
