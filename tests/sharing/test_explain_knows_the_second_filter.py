"""`explain` says what the filter at the way out would hold back, as a node's decision does."""

from __future__ import annotations

import pytest

from commonwatch.cli import app
from commonwatch.identity import nation
from commonwatch.node import explain as explaining
from commonwatch.node.explain import Asked, explain, shipped_in
from commonwatch.release.agreement import State
from commonwatch.share.exit_filter import ExitFilter
from tests.sharing.builders import T0_S
from tests.sharing.hub import agree, consent, hub_world


@pytest.fixture
def hub(tmp_path):
    made = hub_world(tmp_path)
    agree(made, consent("JPN", "USA", "KOR"))
    yield made
    made.close()


def asked_of(hub, **changes):
    asked = Asked(
        field="expected_impact", originator=nation("JPN"), recipient=nation("KOR"),
        through=nation("USA"), **changes,
    )  # fmt: skip
    node = hub.nodes["USA"]
    return explain(asked, node.agreements, T0_S, node.consents.book)


def test_what_a_hub_marks_as_high_as_the_originator_goes(hub):
    for level, original in (("CONFIDENTIAL", "秘"), ("SECRET", "極秘"), ("SECRET", "秘")):
        assert asked_of(hub, level=level, original_level=original).outcome == "release"
    assert asked_of(hub).outcome == "release", "by what the agreement holds equal"


@pytest.mark.parametrize(
    ("original", "why"),
    [
        ("極秘", "its level CONFIDENTIAL is lower than JPN's, 極秘"),
        ("unheard of", "no agreement here says what the level unheard of of JPN equals"),
    ],
)
def test_what_a_hub_marks_lower_does_not_and_says_why(hub, original, why):
    decision = asked_of(hub, level="CONFIDENTIAL", original_level=original)
    assert decision.outcome == "withhold"
    assert [item.why for item in decision.withheld] == [f"the second filter: {why}"]


def test_what_the_filter_holds_back_of_ones_own_is_told_too(monkeypatch):
    asked = Asked(field="apogee", originator=nation("KOR"), recipient=nation("JPN"))
    held = shipped_in(State.IN_FORCE)
    assert explain(asked, held, 0.0).outcome == "release"

    class Refuses(ExitFilter):
        def reason_against(self, *_asked):
            return "it is odd"

    monkeypatch.setattr(explaining, "ExitFilter", Refuses)
    decision = explain(asked, held, 0.0)
    assert decision.outcome == "withhold"
    assert decision.errors == ("the second filter: it is odd",)


def test_the_command_line_takes_how_the_originator_marked_it(capsys):
    told = ("--from", "JPN", "--through", "USA", "--to", "KOR", "--original-level", "極秘")
    assert app.run(["agreement", "explain", "path", *told]) == 0
    assert capsys.readouterr().out.startswith("path from JPN through USA to KOR: withhold")
