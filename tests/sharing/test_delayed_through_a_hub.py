"""What an agreement delays is not passed on by a hub, and the decision and `explain` say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.explain import Asked, explain
from commonwatch.release.bulletin import DelayedField
from commonwatch.release.consent import ConsentBook
from tests.sharing.builders import T0_S
from tests.sharing.hub import (
    BILATERAL,
    WITH_PATH,
    agree,
    consent,
    hub_world,
    why_withheld,
)

TO_KOR = consent("JPN", "USA", "KOR")
DELAYED = replace(
    WITH_PATH,
    fields=tuple(
        replace(grant, delay_s=60.0) if grant.path.startswith("path") else grant
        for grant in WITH_PATH.fields
    ),
)
WHY = "delays it by 60 s: nothing is passed on late"


@pytest.fixture(params=["path", "all"])
def hub(request, tmp_path):
    every = tuple(replace(grant, delay_s=60.0) for grant in DELAYED.fields)
    terms = DELAYED if request.param == "path" else replace(DELAYED, fields=every)
    made = hub_world(tmp_path, (*BILATERAL, terms))
    agree(made, TO_KOR)
    yield made
    made.close()


def test_the_decision_names_the_delay_and_all_else_goes(hub, request):
    for second in (0, 1, 2, 70, 75, 80):
        hub.beat(T0_S + second)
    hub.settle(T0_S + 81)
    why = why_withheld(hub, "USA", "KOR", "JPN:o1")
    assert WHY in why
    assert "not known 60 s ago" not in why
    told = [one.bulletin.content for one in hub.nodes["KOR"].held() if one.bulletin.lineage.parents]
    if request.node.callspec.params["hub"] == "all":
        assert told == []
    else:
        (content,) = told
        assert content.path is None
        assert content.impact is not None


def test_explain_says_so_too(hub):
    node = hub.nodes["USA"]
    asked = Asked(
        field="path", originator=nation("JPN"), recipient=nation("KOR"), through=nation("USA")
    )
    consents: ConsentBook = node.consents.book
    decision = explain(asked, node.agreements, T0_S, consents)
    assert decision.mode == EXERCISE.word
    assert decision.outcome == "withhold"
    assert any(WHY in item.why for item in decision.withheld), decision.withheld


def test_what_came_late_is_told_as_late_where_it_is_passed_on(tmp_path):
    japan_usa, korea_usa = BILATERAL
    late = replace(
        japan_usa,
        fields=tuple(
            replace(grant, delay_s=60.0) if grant.path == "expected_impact" else grant
            for grant in japan_usa.fields
        ),
    )
    made = hub_world(tmp_path, (late, korea_usa, WITH_PATH))
    agree(made, TO_KOR)
    for second in (0, 1, 2, 70, 75, 80):
        made.beat(T0_S + second)
    made.settle(T0_S + 81)
    (content,) = [
        one.bulletin.content for one in made.nodes["KOR"].held() if one.bulletin.lineage.parents
    ]
    made.close()
    assert content.impact is not None
    assert content.delayed == (DelayedField("expected_impact", 60.0),)
