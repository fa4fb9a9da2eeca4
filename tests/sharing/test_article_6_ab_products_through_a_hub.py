"""Articles 6 a and b through the hub: what came as a trajectory goes on as nothing else."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from commonwatch.release.agreement import FieldGrant, FurtherProduct
from commonwatch.release.decision import Decision
from commonwatch.release.product import LAUNCH_WARNING, TRAJECTORY
from commonwatch.release.told import fields_told
from tests.sharing.builders import kinds
from tests.sharing.hub import BILATERAL, WITH_PATH, agree, beats, consent, hub_world

PATH = FurtherProduct(TRAJECTORY, (FieldGrant("path", "x"), FieldGrant("apogee", "x")))
WARNING = tuple(FieldGrant(path, "x") for path in ("launch_point", "expected_impact"))
JPN_USA, KOR_USA = BILATERAL


def with_products(*terms, carries):
    """Warnings are bare everywhere; the path goes as a trajectory where that is carried."""
    return tuple(
        replace(one, fields=WARNING, further_products=(PATH,) if one.id in carries else ())
        for one in terms
    )


@pytest.fixture
def hub(tmp_path, request):
    made = hub_world(tmp_path, with_products(JPN_USA, KOR_USA, WITH_PATH, carries=request.param))
    agree(made, consent("JPN", "USA", "KOR"))
    beats(made, 3)
    yield made
    made.close()


def passed_on(made):
    return [
        one.bulletin
        for one in made.nodes["KOR"].held()
        if "JPN" in one.bulletin.lineage.originators
    ]


@pytest.mark.parametrize("hub", [("JPN-USA", "KOR-USA", "TRILATERAL-2014")], indirect=True)
def test_each_product_goes_on_as_what_it_came(hub):
    told = {one.product: fields_told(one.content) for one in passed_on(hub)}
    assert told == {
        LAUNCH_WARNING: ("launch_point", "expected_impact"),
        TRAJECTORY: ("path/phase", "path/state_information", "apogee"),
    }


@pytest.mark.parametrize("hub", [("JPN-USA", "TRILATERAL-2014")], indirect=True)
def test_a_trajectory_does_not_go_on_where_one_agreement_does_not_carry_it(hub):
    held = {one.bulletin.product for one in hub.nodes["USA"].held()}
    assert held == {LAUNCH_WARNING, TRAJECTORY}
    assert {one.product for one in passed_on(hub)} == {LAUNCH_WARNING}
    kept = [
        told
        for record in kinds(hub, "USA", "decision")
        if (told := msgspec.msgpack.decode(record.body, type=Decision)).track.startswith("JPN:")
        and told.product == TRAJECTORY
    ]
    assert {one.outcome for one in kept} == {"withhold"}
    assert "KOR-USA: `trajectory` is none of its products" in kept[0].withheld[0].why
