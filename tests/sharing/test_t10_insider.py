"""T10, an insider releases too much: two officers for a change of policy, two filters after it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from commonwatch.cli import app
from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.limits import APPROVAL_AGE_MAX_S
from commonwatch.marking.portions import MarkedWhole, PortionLabel
from commonwatch.mode import EXERCISE
from commonwatch.node.agreement_desk import AgreementDesk, open_desk
from commonwatch.node.agreements import worked_example_texts
from commonwatch.node.desk_officers import (
    APPROVALS_FILE,
    OFFICERS_FILE,
    approve_officers,
    approve_order,
    install_officers,
)
from commonwatch.node.keys import key_from_seed, write_key
from commonwatch.release.bulletin import Content, FloorContent, OriginalMarking
from commonwatch.release.consent import NO_CONSENTS, Consent, consent_book, signed_consent
from commonwatch.release.decision import Decision
from commonwatch.release.officers import parse_officers
from commonwatch.release.order import OrderKind
from commonwatch.release.product import LAUNCH_WARNING
from commonwatch.release.told import fields_told
from commonwatch.share.exit_filter import ExitFilter
from tests.sharing.builders import (
    KEYS,
    PUBLIC,
    SENSORS,
    T0_S,
    assessment,
    in_force,
    kinds,
    label,
    own_estimate,
    sound_bulletin,
)

# --- Two officers -------------------------------------------------------------------------------

OWN = {
    name: key_from_seed(number, nation("KOR"), EXERCISE)
    for number, name in enumerate(("kim", "lee", "han"), 7)
}
TWO_FOR = ("sign", "restore", "restore and resume", "withdraw notice", "end")
(TEXT,) = (text for name, text in worked_example_texts() if 'id = "KOR-JPN"' in text)


def policy(*names: str, two_for: tuple[str, ...] = TWO_FOR) -> str:
    lines = ['nation = "KOR"', f"two_for = {list(two_for)}".replace("'", '"')]
    for name in names:
        lines += ["[[officer]]", f'id = "{name}"', f'public_key = "{OWN[name].public.raw.hex()}"']
    return "\n".join(lines) + "\n"


@pytest.fixture
def desk(tmp_path) -> AgreementDesk:
    made = open_desk(tmp_path / "desk", "KOR")
    made.propose(TEXT, "kor-jpn.toml", T0_S)
    install_officers(made.folder, made.keys, policy("kim", "lee", "han"), "officers.toml", T0_S)
    return made


def approve(desk: AgreementDesk, name: str, kind: OrderKind, at_s: float = T0_S) -> None:
    order = desk.next_order("KOR-JPN", kind, at_s)
    approve_order(desk.folder, order, name, OWN[name], at_s)


def refused(desk: AgreementDesk, kind: OrderKind, at_s: float = T0_S) -> str:
    before = desk.book.orders
    with pytest.raises(UnusableInput) as told:
        desk.give("KOR-JPN", kind, at_s)
    assert desk.book.orders == before == AgreementDesk(desk.folder).book.orders
    return str(told.value)


def test_t10_the_nation_signs_only_what_two_different_persons_approved(desk):
    assert "nobody approved it; of kim, lee, han one must" in refused(desk, OrderKind.SIGN)
    approve(desk, "kim", OrderKind.SIGN)
    approve(desk, "kim", OrderKind.SIGN)  # the same person twice is one person
    assert "kim approved it; of lee, han one must" in refused(desk, OrderKind.SIGN)
    approve(desk, "lee", OrderKind.SIGN)
    assert desk.give("KOR-JPN", OrderKind.SIGN, T0_S).order.kind is OrderKind.SIGN


def test_an_approval_is_of_one_order_and_of_no_other(desk):
    for name in ("kim", "lee"):
        approve(desk, name, OrderKind.SIGN)
    desk.give("KOR-JPN", OrderKind.SIGN, T0_S)
    # Their word to sign is no word to end, and none on another number or text.
    assert "nobody approved it" in refused(desk, OrderKind.END)
    desk.propose(TEXT.replace("revision = 1", "revision = 2", 1), "two.toml", T0_S)
    assert "nobody approved it" in refused(desk, OrderKind.SIGN)


@pytest.mark.parametrize("late_s", [-60.0, APPROVAL_AGE_MAX_S + 1.0])
def test_an_approval_is_good_for_a_day_and_not_before_it_was_given(desk, late_s):
    for name in ("kim", "lee"):
        approve(desk, name, OrderKind.SIGN)
    assert "nobody approved it" in refused(desk, OrderKind.SIGN, T0_S + late_s)


def test_to_suspend_takes_one_and_never_waits(desk):
    for name in ("kim", "lee"):
        approve(desk, name, OrderKind.SIGN)
    desk.give("KOR-JPN", OrderKind.SIGN, T0_S)
    with pytest.raises(UnusableInput, match="it is draft"):
        desk.give("KOR-JPN", OrderKind.SUSPEND, T0_S + 1.0)  # no second signature yet: a draft
    with pytest.raises(UnusableInput, match="never waits"):
        parse_officers(policy("kim", "lee", two_for=("suspend",)), "officers.toml")


def test_a_forged_approval_counts_for_nothing(desk):
    approve(desk, "kim", OrderKind.SIGN)
    file = desk.folder / APPROVALS_FILE
    line = file.read_text()
    # Kim's signature under Lee's name; then Kim's key in the hands of "lee".
    file.write_text(line + line.replace('"officer":"kim"', '"officer":"lee"'))
    assert "kim approved it" in refused(desk, OrderKind.SIGN)
    order = desk.next_order("KOR-JPN", OrderKind.SIGN, T0_S)
    with pytest.raises(UnusableInput, match="not the one of lee"):
        approve_order(desk.folder, order, "lee", OWN["kim"], T0_S)
    with pytest.raises(UnusableInput, match="the officers of this desk are kim, lee, han"):
        approve_order(desk.folder, order, "mallory", OWN["kim"], T0_S)


def test_one_officer_alone_does_not_change_who_the_officers_are(desk):
    smaller = policy("kim", "lee", two_for=("end",))
    before = (desk.folder / OFFICERS_FILE).read_text()

    def change() -> None:
        install_officers(desk.folder, desk.keys, smaller, "new.toml", T0_S)

    with pytest.raises(UnusableInput, match="nobody approved it"):
        change()
    approve_officers(desk.folder, smaller, "EXERCISE", ("kim", OWN["kim"]), T0_S)
    with pytest.raises(UnusableInput, match="kim approved it"):
        change()
    assert (desk.folder / OFFICERS_FILE).read_text() == before
    approve_officers(desk.folder, smaller, "EXERCISE", ("han", OWN["han"]), T0_S)
    change()
    assert (desk.folder / OFFICERS_FILE).read_text() == smaller


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (policy("kim"), "2 to 64 officers, not 1"),
        (policy("kim", "kim"), "each has their own"),
        (policy("kim", "lee").replace('id = "lee"', 'id = "kim"'), "each has their own"),
        (policy("kim", "lee", two_for=("sing",)), "two_for `sing`: write of sign, restore"),
        (policy("kim", "lee").replace("KOR", "JPN"), "officers of JPN, and the desk is KOR's"),
        (policy("kim", "lee").replace(OWN["lee"].public.raw.hex(), "0"), "lee: public_key"),
        ("two_for = [", "officers.toml"),
        (policy("kim", "lee") + "colour = 1\n", "colour"),
    ],
)  # fmt: skip
def test_a_policy_that_does_not_hold_is_refused_with_the_reason(desk, text, why):
    with pytest.raises(UnusableInput, match=re.escape(why)):
        install_officers(desk.folder, desk.keys, text, "officers.toml", T0_S)


def test_the_nations_key_is_no_officers(desk):
    own = policy("kim", "lee").replace(
        OWN["lee"].public.raw.hex(), desk.keys.private.public.raw.hex()
    )
    with pytest.raises(UnusableInput, match="no person's"):
        install_officers(desk.folder, desk.keys, own, "officers.toml", T0_S)


def run(*words: object, status: int = 0) -> None:
    assert app.run([str(word) for word in words]) == status


def test_from_the_command_line_two_officers_sign(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run("agreement", "propose", "--like", "KOR-JPN", "--as", "KOR")
    for name in ("kim", "lee"):
        write_key(tmp_path / f"{name}.key", OWN[name])
    Path("officers.toml").write_text(policy("kim", "lee"))
    run("agreement", "officers", "officers.toml")
    assert "kim, lee; two of them to end, restore" in capsys.readouterr().out
    run("agreement", "sign", "KOR-JPN", status=2)
    assert "2 officers, and nobody approved it" in capsys.readouterr().err
    for name in ("kim", "lee"):
        run("agreement", "approve", "sign", "KOR-JPN", "--officer", name, "--key", f"{name}.key")
    run("agreement", "sign", "KOR-JPN")
    assert "KOR signs order 1 on KOR-JPN" in capsys.readouterr().out
    run("agreement", "approve", "sin", "KOR-JPN", "--officer", "kim", "--key", "kim.key", status=2)
    assert "write one of sign, suspend" in capsys.readouterr().err


# --- Two filters ---------------------------------------------------------------------------------


def release(made) -> tuple:
    outcome = made.nodes["KOR"].release((own_estimate(T0_S),), (assessment(T0_S),), T0_S)
    return outcome.released, outcome.decisions


def of_warning(decisions, recipient):
    """The decision on the launch warning; there is one on each other product too."""
    mine = [one for one in decisions if one.recipient == recipient]
    assert {one.outcome for one in mine} == {"withhold"}
    (held,) = (one for one in mine if one.product == LAUNCH_WARNING)
    return held


def test_t10_what_the_second_filter_holds_back_stays_though_the_gate_lets_it_go(three, monkeypatch):
    def against(_self, bulletin, recipient, *_rest):
        return "it may not" if recipient == "JPN" else None

    monkeypatch.setattr(ExitFilter, "reason_against", against)
    released, decisions = release(three)
    assert {one.recipient for one in released} == {"USA"}
    held = of_warning(decisions, "JPN")
    assert (held.outcome, held.errors) == ("withhold", ("the second filter: it may not",))
    assert three.bus.drain("JPN", "live") == ()
    records = kinds(three, "KOR", "decision")
    recorded = [msgspec.msgpack.decode(one.body, type=Decision) for one in records]
    assert held in recorded
    # Held back, it leaves no gap in what the partner counts afterwards.
    monkeypatch.undo()
    three.nodes["KOR"].release((own_estimate(T0_S + 1),), (assessment(T0_S + 1),), T0_S + 1)
    (first,) = (one for one in three.nodes["JPN"].receive(T0_S + 1) if one.originator == "KOR")
    assert (first.sequence, first.revision, first.object) == (1, 1, "o1")


def test_t10_a_gate_that_lets_all_go_is_stopped_by_the_second_filter(three, monkeypatch):
    """The gate is broken on purpose: it releases what the label does not allow."""
    from commonwatch.node import releasing

    real = releasing.decide

    def broken(candidate, recipient, *rest, **named):
        return real(replace(candidate, label=label("KOR")), recipient, *rest, **named)

    monkeypatch.setattr(releasing, "decide", broken)
    node = three.nodes["KOR"]
    node.setup = replace(node.setup, label=label("KOR", releasable_to=("USA",)))
    released, decisions = release(three)
    assert {one.recipient for one in released} == {"USA"}
    held = of_warning(decisions, "JPN")
    assert held.errors == ("the second filter: its label names more than path/phase may go to",)


@pytest.mark.parametrize("which", ["gate", "second filter"])
def test_t10_a_filter_killed_nothing_flows(three, monkeypatch, which):
    from commonwatch.node import releasing

    def killed(*_arguments, **_named):
        raise RuntimeError("killed")

    if which == "gate":
        monkeypatch.setattr(releasing, "decide", killed)
    else:
        monkeypatch.setattr(ExitFilter, "reason_against", killed)
    with pytest.raises(RuntimeError, match="killed"):
        release(three)
    three.nodes["KOR"].commit(T0_S)
    for partner in ("JPN", "USA"):
        assert three.bus.drain(partner, "live") == ()
    assert kinds(three, "KOR", "sent") == []


WHOSE = {name: str(one.nation) for name, one in SENSORS.items()}
MARKED = MarkedWhole(label("KOR"), ())
SECOND = ExitFilter("KOR", EXERCISE, WHOSE, lambda: NO_CONSENTS)


@pytest.fixture
def bulletin(three):
    return sound_bulletin(three)


def second(bulletin, recipient="JPN", agreements=None, now_s=T0_S) -> str | None:
    agreements = agreements or (in_force("KOR-JPN"),)
    return SECOND.reason_against(bulletin, recipient, MARKED, agreements, now_s)


def test_the_second_filter_lets_an_honest_bulletin_go(bulletin):
    assert second(bulletin) is None


def test_the_second_filter_holds_back_each_thing_by_itself(bulletin):
    changed = msgspec.structs.replace
    marking, lineage = bulletin.label, bulletin.lineage
    unknown = changed(marking, level="군사I급비밀")
    cases = {
        "it is KOR's to JPN": (bulletin, "USA"),
        "its status ??? is unknown": (changed(bulletin, status="???"), "JPN"),
        "it is of mode LIVE": (changed(bulletin, mode="LIVE"), "JPN"),
        "does not bind both": (changed(bulletin, agreement="KOR-USA"), "JPN"),
        "its label is JPN's": (changed(bulletin, label=changed(marking, policy="JPN")), "JPN"),
        "its level 군사I급비밀": (changed(bulletin, label=unknown), "JPN"),
        "does not name JPN": (changed(bulletin, label=changed(marking, releasable_to=())), "JPN"),
        "no party of an agreement": (
            changed(bulletin, label=changed(marking, releasable_to=("JPN", "USA"))), "JPN",
        ),
        "its category X is unknown": (
            changed(bulletin, label=changed(marking, categories=("X",))), "JPN",
        ),
        "names no sensor": (changed(bulletin, lineage=changed(lineage, sensors=())), "JPN"),
        "more than its own sensors": (
            changed(bulletin, lineage=changed(lineage, sensors=("KOR-1", "USA-1"))), "JPN",
        ),
        "agreed on no floor": (
            changed(
                bulletin, content=None, floor=FloorContent(T0_S, 1.0, 2.0, 1e5, None, 60.0)
            ), "JPN",
        ),
    }  # fmt: skip
    for why, (altered, recipient) in cases.items():
        agreements = (in_force("KOR-JPN"), in_force("KOR-USA"))
        if "floor" in why:
            terms = replace(agreements[0].terms, floor=None)
            agreements = (replace(agreements[0], terms=terms),)
        assert why in (second(altered, recipient, agreements) or ""), why


def test_the_second_filter_reads_how_each_part_was_marked(bulletin):
    agreements = (in_force("KOR-JPN"),)
    changed = msgspec.structs.replace
    whole = bulletin.label
    cases = {
        "names more than launch_point may go to": changed(whole, releasable_to=()),
        "is lower than that of launch_point": changed(whole, level="군사II급비밀"),
        "leaves out a category of launch_point": changed(whole, categories=("X",)),
    }
    assert whole.level == "군사III급비밀"
    for why, part in cases.items():
        marked = MarkedWhole(whole, (PortionLabel("launch_point", part),))
        told = SECOND.reason_against(bulletin, "JPN", marked, agreements, T0_S)
        assert why in (told or ""), why
    assert SECOND.reason_against(bulletin, "JPN", None, agreements, T0_S) is not None


def test_the_second_filter_lets_what_rests_on_another_go_by_its_consent_alone(bulletin):
    lineage = msgspec.structs.replace(
        bulletin.lineage,
        originators=("KOR", "USA"),
        sensors=("KOR-1", "USA-1"),
        parents=("USA-KOR-1",),
    )
    fused = msgspec.structs.replace(bulletin, lineage=lineage)
    assert second(fused) == (
        "no consent of USA to this hop is known here: " + ", ".join(fields_told(fused.content))
    )
    consent = Consent(
        id="USA-1",
        by="USA",
        holder="KOR",
        recipients=("JPN",),
        purpose=in_force("KOR-JPN").terms.purpose,
        mode="EXERCISE",
        granted_s=T0_S - 1.0,
        expires_s=T0_S + 1.0,
        fields=fields_told(fused.content),
    )
    book = consent_book((signed_consent(consent, KEYS[nation("USA")].private),), PUBLIC)
    consented = ExitFilter("KOR", EXERCISE, WHOSE, lambda: book)
    agreements = (in_force("KOR-JPN"), in_force("KOR-USA"))
    unmarked = consented.reason_against(fused, "JPN", MARKED, agreements, T0_S)
    assert unmarked == "it does not show how USA marked it"
    original = OriginalMarking("USA", "USA", "CONFIDENTIAL")
    fused = msgspec.structs.replace(fused, originals=(original,))
    assert consented.reason_against(fused, "JPN", MARKED, agreements, T0_S) is None
    assert consented.reason_against(fused, "JPN", MARKED, agreements, T0_S + 1.0) is not None


def test_the_second_filter_holds_back_a_field_that_the_agreement_does_not_name(bulletin):
    agreement = in_force("KOR-JPN")
    fewer = tuple(one for one in agreement.terms.fields if one.path != "launch_point")
    assert len(fewer) < len(agreement.terms.fields)
    narrowed = replace(agreement, terms=replace(agreement.terms, fields=fewer))
    assert second(bulletin, agreements=(narrowed,)) == (
        "it tells launch_point, of which KOR-JPN says nothing"
    )
    blank = msgspec.structs.replace(bulletin, content=Content())
    assert second(blank, agreements=(narrowed,)) is None


def test_the_second_filter_holds_back_a_known_level_above_the_ceiling(bulletin):
    agreement = in_force("KOR-JPN")
    higher = msgspec.structs.replace(bulletin.label, level="군사II급비밀")
    secret = msgspec.structs.replace(bulletin, label=higher)
    ranked = agreement.terms.levels.rank_of_common
    assert (
        ranked("CONFIDENTIAL")
        < ranked("SECRET")
        == agreement.terms.levels.rank("KOR", higher.level)
    )
    for ceiling, why in (
        ("SECRET", None),
        ("CONFIDENTIAL", "its level 군사II급비밀 is not one that KOR-JPN lets go"),
    ):
        terms = replace(agreement.terms, ceiling=ceiling)
        assert second(secret, agreements=(replace(agreement, terms=terms),)) == why
    lower = replace(agreement, terms=replace(agreement.terms, ceiling="CONFIDENTIAL"))
    assert second(bulletin, agreements=(lower,)) is None, "what is at the ceiling goes"


def test_the_second_filter_holds_back_under_a_suspended_agreement(three, bulletin):
    three.nodes["KOR"].order_suspend("KOR-JPN", T0_S + 1.0)
    held = three.nodes["KOR"].agreements
    assert "suspended in the view of" in (second(bulletin, agreements=held) or "")
