"""`agreement explain` on marked parts, sensors by name and products; `propose` of these."""

from __future__ import annotations

import json

import pytest

from commonwatch.cli import app
from commonwatch.cli.explain_options import asked_portion
from commonwatch.errors import UnusableInput
from commonwatch.node.explain import AskedPortion
from commonwatch.release.fields import FIELD_PATHS


def explained(capsys, *options: str) -> str:
    assert app.run(["agreement", "explain", *options, "--from", "KOR", "--to", "JPN"]) == 0
    return capsys.readouterr().out


def test_a_part_that_may_not_go_stays_and_the_answer_says_why(capsys):
    told = explained(capsys, "apogee", "--portion", "apogee: level=TOP")
    assert "apogee from KOR to JPN: withhold" in told
    assert "withheld: apogee: label of portion `apogee`: level `TOP` of KOR is unknown" in told
    assert "known are 군사III급비밀, 군사II급비밀" in told
    assert "path from KOR to JPN: release" in explained(
        capsys, "path", "--portion", "apogee: level=TOP"
    )
    assert "not releasable to JPN" in explained(
        capsys, "apogee", "--portion", "apogee: releasable_to=USA"
    )


def test_a_sensor_that_is_not_covered_and_a_product_that_is_none(capsys):
    told = explained(capsys, "path", "--sensor", "KOR-9", "--sensor-kind", "sonar")
    assert "does not cover sonar sensors; it covers radar, infrared sensors" in told
    told = explained(capsys, "path", "--product", "trajectory")
    assert "`trajectory` is none of its products; they are launch warning" in told


@pytest.mark.parametrize(
    ("text", "portion"),
    [
        ("apogee", AskedPortion("apogee")),
        ("apogee: level=TOP SECRET", AskedPortion("apogee", "TOP SECRET")),
        (
            "path/phase: category=a, b; releasable_to=",
            AskedPortion("path/phase", None, ("a", "b"), ()),
        ),
    ],
)
def test_a_portion_is_read_as_it_is_written(text, portion):
    assert asked_portion(text) == portion


@pytest.mark.parametrize("text", ["a: b", "a: level", "a: levels=x", "a: level=x; level=y"])
def test_a_portion_that_cannot_be_read_is_refused_with_how_it_is_written(text):
    with pytest.raises(UnusableInput, match="write each of level, category, releasable_to"):
        asked_portion(text)


def test_a_proposal_with_further_products_and_named_sensors_can_be_asked_about(tmp_path, capsys):
    desk = str(tmp_path)
    further = "trajectory: path precision_m=1000 delay_s=60, apogee; joint assessment:"
    assert (
        app.run([
            "agreement", "propose", "--like", "KOR-JPN", "--id", "NEW", "--sensor-kinds", "",
            "--sensors", "KOR-1", "--further-products", further, "--desk", desk, "--as", "KOR",
        ])
        == 0
    )  # fmt: skip
    capsys.readouterr()
    assert app.run(["agreement", "show", "NEW", "--desk", desk]) == 0
    told = capsys.readouterr().out
    assert "product: launch warning, trajectory, joint assessment" in told
    assert "fields that may go of the trajectory:\n  path, to 1000 m, 60 s later" in told
    assert "fields that may go of the joint assessment: none" in told
    assert "sensors: KOR-1; " in told
    assert app.run(["agreement", "show", "NEW", "--desk", desk, "--json"]) == 0
    (terms,) = json.loads(capsys.readouterr().out)["agreements"]
    assert [item["name"] for item in terms["further_products"]] == [
        "trajectory",
        "joint assessment",
    ]


@pytest.mark.parametrize("path", FIELD_PATHS)
def test_every_field_that_an_agreement_can_name_can_be_asked_about(path, capsys):
    assert app.run(["agreement", "explain", path, "--from", "KOR", "--to", "JPN"]) in {0, 3}
    assert capsys.readouterr().out.startswith(f"{path} from KOR to JPN: ")
