"""A short launch through whole nodes: alone, shared, suspended, and their ledgers."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from commonwatch.catalogue.published import load
from commonwatch.cli import app
from commonwatch.errors import UnusableInput
from commonwatch.node.ledger_store import LEDGER_FILE, read_ledger
from commonwatch.share.envelope import recorded_bundle
from commonwatch.world.pass_folder import plot_line, sensors_toml
from commonwatch.world.replay import replay
from commonwatch.world.replay_result import ReplayResult
from commonwatch.world.replay_scene import ReplayScene, scene_of_launch, scene_of_pass
from commonwatch.world.replay_setup import ReplayOptions, nodes_of

LAUNCH = "NK20170528-01"  # six minutes, 120 km up, 400 km far


@pytest.fixture(scope="module")
def scene() -> ReplayScene:
    return scene_of_launch(load().find(LAUNCH), seed=1)


def run(
    scene: ReplayScene, folder: Path, nodes: str = "KOR,JPN,USA", **options: object
) -> ReplayResult:
    chosen = ReplayOptions(nodes=nodes_of(nodes, scene), **options)  # type: ignore[arg-type]
    return replay(scene, chosen, folder, lambda _second: None)


@pytest.fixture(scope="module")
def in_force(scene, base) -> ReplayResult:
    return run(scene, base / "in-force")


@pytest.fixture(scope="module")
def suspended(scene, base) -> ReplayResult:
    return run(scene, base / "suspended", agreement="suspended")


@pytest.fixture(scope="module")
def interrupted(scene, base) -> ReplayResult:
    return run(scene, base / "interrupted", suspend_at_s=150.0, restore_at_s=200.0)


def crossed(result: ReplayResult, way: str) -> tuple[int, ...]:
    one = result.exchange[way]
    return one.released, one.received, one.receipts, one.bytes


def test_each_product_is_counted_and_one_that_is_not_carried_is_no_statement(in_force, suspended):
    for way, one in in_force.exchange.items():
        counts = {name: (told.released, told.withheld) for name, told in one.products.items()}
        assert counts == {"launch warning": (one.released, 0)}, way
    told = suspended.exchange["KOR->JPN"]
    assert (told.products["launch warning"].released, told.released) == (0, 0)
    assert told.products["launch warning"].withheld == told.withheld > 0


def test_everything_released_is_received_receipted_and_reconciled(in_force):
    assert in_force.ledgers_agree
    for one in in_force.exchange.values():
        assert one.released == one.received == one.receipts
        assert one.bytes > 0 or not one.released
    assert in_force.exchange["KOR->JPN"].released > 0


def test_the_same_command_gives_the_same_bytes(scene, base, in_force):
    again = run(scene, base / "again")
    assert msgspec.json.encode(again) == msgspec.json.encode(in_force)


def test_suspended_not_one_byte_crosses_between_the_parties(suspended):
    for way in ("KOR->JPN", "JPN->KOR"):
        assert crossed(suspended, way) == (0, 0, 0, 0)
        assert suspended.exchange[way].after_suspension == 0
        assert suspended.exchange[way].withheld > 0 or way == "JPN->KOR"
    assert suspended.exchange["KOR->USA"].released > 0
    assert suspended.ledgers_agree


@pytest.mark.parametrize("code", ["KOR", "JPN"])
def test_suspended_nothing_goes_round_through_the_third(scene, base, suspended, code):
    without = run(scene, base / f"only-{code}", nodes=f"{code},USA")
    assert suspended.nodes[code].shared == without.nodes[code].shared
    assert suspended.nodes[code].alone == without.nodes[code].alone


def test_a_third_at_the_table_changes_no_byte_between_two(scene, base, in_force):
    assert in_force.launch == LAUNCH
    two = run(scene, base / "two", nodes="KOR,JPN")
    for way in ("KOR->JPN", "JPN->KOR"):
        sender, recipient = way.split("->")

        def envelopes(folder: str, sender: str = sender, recipient: str = recipient):
            read = read_ledger(base / folder / sender)
            return [
                recorded_bundle(record.body, read.bodies)
                for record in read.records()
                if record.kind in {"sent", "receipted"} and record.counterparty == recipient
            ]

        with_third, alone = envelopes("in-force"), envelopes("two")
        assert with_third == alone
    assert two.ledgers_agree


def test_suspended_in_between_nothing_leaves_until_both_have_restored(interrupted, base):
    read = read_ledger(base / "interrupted" / "KOR")
    issued = [
        bulletin.issued_s
        for record in read.records()
        if record.kind == "sent" and record.counterparty == "JPN"
        for bulletin in recorded_bundle(record.body, read.bodies).bulletins
    ]
    lift_off_s = scene_of_launch(load().find(LAUNCH), seed=1).lift_off_s
    after = [time_s - lift_off_s for time_s in issued]
    assert any(second < 150.0 for second in after)
    assert not any(150.0 <= second < 200.0 for second in after)
    assert any(second >= 200.0 for second in after)
    for way in ("KOR->JPN", "JPN->KOR"):
        assert interrupted.exchange[way].after_suspension == 0
    assert interrupted.ledgers_agree
    kinds = [entry.kind for entry in interrupted.timeline]
    assert kinds.count("suspended") == 1
    assert kinds.count("restored") == 2


def test_shared_the_ellipse_is_never_larger_than_the_better_of_those_alone(in_force):
    alone = [
        {view.at_s: view.area_km2 for view in node.alone.impact} for node in in_force.nodes.values()
    ]
    compared = 0
    for node in in_force.nodes.values():
        for view in node.shared.impact:
            areas = [areas[view.at_s] for areas in alone if view.at_s in areas]
            if areas:
                compared += 1
                assert view.area_km2 <= min(areas) * (1.0 + 1e-9)
    assert compared > 20


def test_a_nation_whose_sensors_see_nothing_knows_by_others(in_force):
    japan = in_force.nodes["JPN"]
    assert len(japan.shared.impact) > len(japan.alone.impact)
    assert japan.shared.first_impact_s is not None


def test_every_alert_is_an_exercise(in_force):
    for alert in in_force.alerts:
        assert "<status>Exercise</status>" in alert.cap_xml


def cli(*arguments: str) -> int:
    return app.run(list(arguments))


def test_kept_data_verifies_and_reconciles_from_the_command_line(base, in_force, capsys):
    assert in_force.ledgers_agree
    folder = base / "in-force"
    assert cli("ledger", "verify", str(folder / "JPN")) == 0
    assert "unbroken" in capsys.readouterr().out
    assert cli("ledger", "reconcile", str(folder / "JPN"), str(folder / "KOR"), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["agree"]
    assert told["directions"][1]["released"] == in_force.exchange["KOR->JPN"].released


def test_an_export_for_one_partner_names_no_other_and_reconciles(base, in_force, capsys, tmp_path):
    assert in_force.ledgers_agree
    folder = base / "in-force"
    assert cli("ledger", "export", str(folder / "KOR"), "--partner", "JPN") == 0
    text = capsys.readouterr().out
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["counterparty"] for line in lines[1:]} <= {"JPN"}
    assert set(lines[0]["identity"]["public_keys"]) == {"KOR", "JPN"}
    export = tmp_path / "KOR.jsonl"
    export.write_text(text)
    assert cli("ledger", "reconcile", str(export), str(folder / "JPN")) == 0
    assert cli("ledger", "verify", str(export)) == 2
    lines_less = "\n".join(line for line in text.splitlines() if '"kind":"sent"' not in line)
    export.write_text(lines_less + "\n")
    capsys.readouterr()
    assert cli("ledger", "reconcile", str(export), str(folder / "JPN")) == 3
    assert "never released" in capsys.readouterr().out


def test_an_altered_ledger_fails_the_check_with_its_reason(base, in_force, capsys, tmp_path):
    assert in_force.ledgers_agree
    for file in (base / "in-force" / "KOR").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with sqlite3.connect(tmp_path / LEDGER_FILE) as raw:
        record = raw.execute("SELECT record FROM record WHERE sequence = 9").fetchone()[0]
        raw.execute("UPDATE record SET record = ? WHERE sequence = 9", (record[::-1],))
    raw.close()
    assert cli("ledger", "verify", str(tmp_path)) == 3
    assert "record 9: its bytes do not give its hash" in capsys.readouterr().out
    assert cli("ledger", "verify", str(tmp_path), "--json") == 3
    assert not json.loads(capsys.readouterr().out)["holds"]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("NK19000101-01",),
        (LAUNCH, "--pass", "somewhere"),
        (LAUNCH, "--nodes", "KOR,KOR"),
        (LAUNCH, "--nodes", "KOR,XYZ"),
        (LAUNCH, "--agreement", "perhaps"),
        (LAUNCH, "--agreement", "suspended", "--suspend-at", "10"),
        (LAUNCH, "--restore-at", "10"),
        (LAUNCH, "--nodes", "KOR,USA", "--suspend-at", "10"),
        (LAUNCH, "--speed", "0"),
        (LAUNCH, "--speed", "fast"),
        ("--pass", "/nowhere/at/all"),
    ],
)
def test_what_cannot_be_replayed_is_told_in_one_line(arguments, capsys):
    assert cli("replay", *arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1


def test_keep_never_writes_into_what_is_there(tmp_path, capsys):
    (tmp_path / "something").write_text("of the user's")
    assert cli("replay", LAUNCH, "--keep", str(tmp_path)) == 2
    assert "name a new folder" in capsys.readouterr().err


def test_a_pass_of_nations_without_an_agreement_shares_nothing(scene, tmp_path):
    folder = tmp_path / "pass"
    folder.mkdir()
    renamed = {"KOR": "AUS", "JPN": "NZL", "USA": "AUS"}
    sensors = tuple(replace(item, nation=renamed[item.nation]) for item in scene.sensors)
    (folder / "sensors.toml").write_text(sensors_toml(sensors), encoding="utf-8")
    (folder / "plots.jsonl").write_bytes(b"".join(map(plot_line, scene.plots)))
    read = scene_of_pass(folder)
    result = replay(
        read, ReplayOptions(nodes=nodes_of(None, read)), tmp_path / "kept", lambda _second: None
    )
    assert set(result.nodes) == {"AUS", "NZL"}
    assert crossed(result, "AUS->NZL") == (0, 0, 0, 0)
    assert result.nodes["AUS"].shared.impact == result.nodes["AUS"].alone.impact
    assert result.truth is None


def test_a_pass_without_a_usable_plot_is_told(tmp_path):
    (tmp_path / "sensors.toml").write_text(sensors_toml(()), encoding="utf-8")
    (tmp_path / "plots.jsonl").write_bytes(b"{}\n")
    with pytest.raises(UnusableInput):
        scene_of_pass(tmp_path)


def test_text_where_bytes_belong_is_an_altered_record(scene, base):
    """SQLite keeps whatever type is written into a column."""
    folder = base / "text-for-bytes"
    run(scene, folder)
    with sqlite3.connect(folder / "JPN" / LEDGER_FILE) as connection:
        connection.execute("UPDATE record SET record = 'hello' WHERE sequence = 5")
    reasons = read_ledger(folder / "JPN").reasons(None)
    assert any(reason.startswith("record 5:") for reason in reasons)


@pytest.mark.parametrize("at_s", [float("nan"), float("inf"), 1e300, -1e300])
def test_an_order_at_no_time_is_refused(scene, base, at_s):
    with pytest.raises(UnusableInput, match="--suspend-at"):
        run(scene, base / "never", suspend_at_s=at_s)
