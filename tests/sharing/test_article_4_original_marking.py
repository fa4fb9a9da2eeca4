"""Article 4: the original marking is kept verbatim where a hub passes it on, its equivalent added.

The recipient sees both, and takes nothing that a hub marked lower than its originator did.
"""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.cli.item_answer import lines_of, table_of
from commonwatch.label import Label
from commonwatch.limits import BULLETIN_SOURCES_MAX
from commonwatch.node.labelled import labelled_bulletin, reasons_against_content
from commonwatch.release.bulletin import Bulletin, OriginalMarking, bulletin_id
from commonwatch.share.inventory import inventory
from commonwatch.share.item_book import ItemBook, with_heard
from commonwatch.share.item_message import Relabel
from commonwatch.share.passed_on import reason_against_marking
from tests.sharing.builders import (
    LEVELS,
    T0_S,
    TERMS,
    forged_bundle,
    kinds,
    label,
    ledger,
    own_estimate,
    sent_bundles,
    sound_bulletin,
)
from tests.sharing.hub import (
    EXAMPLES,
    FOUR,
    FOUR_NATIONS,
    agree,
    beats,
    consent,
    hub_world,
    why_withheld,
)
from tests.sharing.items import heading, refusals, said_by

TO_KOR = consent("JPN", "USA", "KOR")
OF_JAPAN = OriginalMarking("JPN", "JPN", "秘")


@pytest.fixture
def hub(tmp_path):
    made = hub_world(tmp_path)
    agree(made, TO_KOR)
    yield made
    made.close()


def passed_to_kor(hub):
    return [one for one in hub.nodes["KOR"].held() if one.bulletin.lineage.parents]


def test_what_a_hub_passes_on_bears_the_givers_own_words_beside_the_hubs(hub):
    beats(hub)
    (held,) = passed_to_kor(hub)
    assert held.bulletin.original_markings == (OF_JAPAN,)
    assert (held.bulletin.label.policy, held.bulletin.label.level) == ("USA", "CONFIDENTIAL")
    account = next(one for one in inventory(ledger(hub, "KOR")) if one.item == held.bulletin.id)
    line = next(lines_of(account, T0_S, whole=False))
    assert "CONFIDENTIAL, 秘 as JPN marked it" in line
    assert table_of(account, T0_S)["originals"] == (OF_JAPAN,)


def test_what_was_relabelled_is_passed_on_with_the_newer_marking(hub):
    hub.beat(T0_S)
    higher = label("JPN", level="極秘")
    hub.nodes["JPN"].items.relabel(["JPN-USA-1"], higher, "reclassified", T0_S + 0.5)
    hub.nodes["USA"].obey(T0_S + 0.6)
    beats(hub, 1, first=1)
    (first,) = [
        one
        for bundle in sent_bundles(hub, "USA")
        for one in bundle.bulletins
        if one.lineage.parents == ("JPN-USA-1",)
    ]
    assert first.original_markings == (OriginalMarking("JPN", "JPN", "極秘"),)
    assert first.label.level == "SECRET"
    assert [one.bulletin.id for one in passed_to_kor(hub)] == [first.id]


def test_through_two_hubs_it_is_still_the_first_marking(tmp_path):
    made = hub_world(tmp_path, (FOUR,), FOUR_NATIONS)
    agree(
        made,
        consent("JPN", "USA", "KOR"),
        consent("JPN", "KOR", "AUS"),
        consent("USA", "KOR", "AUS"),
    )
    for second in range(4):
        for code in ("JPN", "USA", "KOR", "AUS"):
            node, now_s = made.nodes[code], T0_S + second
            if code == "JPN" and second == 0:
                node.release((own_estimate(now_s, sources=("JPN-1",)),), (), now_s)
                made.bus.purge("JPN", "KOR")
                made.bus.purge("JPN", "AUS")
            elif code != "JPN":
                node.release((), (), now_s)
            node.receive(now_s)
    (held,) = made.nodes["AUS"].held()
    made.close()
    assert held.bulletin.original_markings == (OF_JAPAN,)
    assert held.bulletin.label.policy == "KOR"


def forged(hub, **changes):
    """What the hub honestly passes on to KOR, changed, under a validly signed envelope."""
    beats(hub, 1)
    outcome = hub.nodes["USA"].release((), (), T0_S + 1.0)
    (bulletin,) = [one for one in outcome.released if one.lineage.parents]
    hub.bus.purge("USA", "KOR")
    changed = msgspec.structs.replace(
        bulletin, sequence=77, id=bulletin_id("USA", "KOR", 77), **changes
    )
    forged_bundle(hub, "USA", "KOR", changed)
    accepted = hub.nodes["KOR"].receive(T0_S + 1.0)
    hub.nodes["KOR"].commit(T0_S + 1.0)
    return accepted, refusals(hub, "KOR", "refused")


def marking(**changes: object) -> OriginalMarking:
    return msgspec.structs.replace(OF_JAPAN, **changes)


@pytest.mark.parametrize(
    ("originals", "why"),
    [
        (msgspec.UNSET, "does not show how JPN marked it"),
        ((marking(level="極秘"),), "CONFIDENTIAL is lower than JPN's, 極秘"),
        ((marking(level="特定秘密"),), "is lower than JPN's"),
        ((marking(level="機密"),), "says what the level"),
        ((marking(level=""),), "says what the level"),
        ((marking(policy="USA", level="CONFIDENTIAL"),), "is of the policy USA"),
        ((marking(categories=("EYES ONLY",)),), "leaves out a category of JPN's"),
        ((marking(originator="AUS", policy="AUS"), OF_JAPAN), "no originator of it"),
    ],
)
def test_a_hub_that_lowers_or_hides_the_marking_is_refused(hub, originals, why):
    accepted, reasons = forged(hub, originals=originals)
    assert accepted == ()
    assert any(why in reason for reason in reasons), reasons


def test_marked_higher_by_the_hub_it_is_taken(hub):
    """The twin of the one above: only what lowers is refused."""
    secret = Label("USA", "SECRET", ("JPN",), ("KOR", "USA"))
    accepted, reasons = forged(hub, label=secret)
    assert (len(accepted), reasons) == (1, [])


def test_where_the_marking_was_not_passed_on_the_hubs_own_way_out_holds_it_back(hub, monkeypatch):
    monkeypatch.setattr(
        "commonwatch.release.passing_on.original_markings_of",
        lambda *_told: (),
    )
    beats(hub)
    assert passed_to_kor(hub) == []
    assert "does not show how JPN marked it" in why_withheld(hub, "USA", "KOR", "JPN:o1")


def test_own_words_read_as_before_byte_for_byte(three):
    """What is not passed on has no such field: it is not in its bytes, nor looked for in them."""
    bulletin = sound_bulletin(three)
    raw = msgspec.msgpack.encode(bulletin)
    assert "originals" not in msgspec.msgpack.decode(raw)
    assert msgspec.msgpack.decode(raw, type=Bulletin) == bulletin
    assert bulletin.original_markings == ()
    assert kinds(three, "KOR", "sent")


@pytest.mark.parametrize(
    "originals",
    [
        (),
        (OF_JAPAN, OF_JAPAN),
        (OF_JAPAN, marking(originator="AUS")),
        (marking(level="x" * 129),),
        (marking(categories=("c",) * (BULLETIN_SOURCES_MAX + 1)),),
    ],
)
def test_markings_out_of_order_twice_or_without_end_are_no_bulletin(three, originals):
    with pytest.raises(ValueError, match="bulletin"):
        msgspec.structs.replace(sound_bulletin(three), originals=originals)


def test_where_only_two_and_two_agreed_the_recipient_compares_by_its_own_levels(hub):
    """The hub's level and the giver's are in no one table: Korea's own level is equal to both."""
    bulletin = next(iter(forged(hub)[0]))
    tables = [TERMS[name].levels for name in ("KOR-USA", "KOR-JPN")]
    assert reason_against_marking(bulletin, tables) is None
    for level, why in (("極秘", "is lower than JPN's"), ("機密", "no agreement here says")):
        higher = msgspec.structs.replace(bulletin, originals=(marking(level=level),))
        assert why in (reason_against_marking(higher, tables) or "")
    assert "no agreement here says" in (reason_against_marking(bulletin, tables[:1]) or "")


def relabelled(hub, level: str, at_s: float) -> None:
    (held,) = passed_to_kor(hub)
    own = [name for name in held.bulletin.lineage.parents if name.startswith("JPN-")]
    hub.nodes["JPN"].items.relabel(own, label("JPN", level=level), "anew", at_s)
    for _ in range(2):
        hub.settle(at_s + 0.1)


def test_a_relabelling_through_a_hub_carries_the_givers_new_marking_word_for_word(hub):
    beats(hub)
    relabelled(hub, "極秘", T0_S + 5.0)
    (held,) = passed_to_kor(hub)
    assert held.label.level == "SECRET"
    assert held.originals == (OriginalMarking("JPN", "JPN", "極秘"),)
    assert held.bulletin.original_markings == (OF_JAPAN,), "the bulletin stays as it came"
    account = next(one for one in inventory(ledger(hub, "KOR")) if one.item == held.bulletin.id)
    assert account.originals == held.originals
    assert "SECRET, 極秘 as JPN marked it" in next(lines_of(account, T0_S, whole=False))
    relabelled(hub, "秘", T0_S + 6.0)
    (held,) = passed_to_kor(hub)
    assert (held.label.level, held.originals) == ("CONFIDENTIAL", (OF_JAPAN,))


def test_a_hub_does_not_relabel_below_what_it_says_of_the_originator(hub):
    """By itself, or as a hub of before does that tells no original with it."""
    beats(hub)
    relabelled(hub, "極秘", T0_S + 5.0)
    (held,) = passed_to_kor(hub)
    lower = msgspec.structs.replace(held.label, level="CONFIDENTIAL")
    for number, originals in enumerate(((OriginalMarking("JPN", "JPN", "極秘"),), msgspec.UNSET)):
        head = msgspec.structs.replace(heading("USA", "KOR", 50 + number), at_s=T0_S + 7.0)
        said_by(hub, "USA", "KOR", Relabel(
            head=head, items=(held.bulletin.id,), label=lower, why="x", originals=originals,
        ))  # fmt: skip
    hub.settle(T0_S + 8.0)
    (after,) = passed_to_kor(hub)
    assert (after.label, after.originals) == (held.label, held.originals)
    assert [why for why in refusals(hub, "KOR") if "is lower than JPN's, 極秘" in why]


def test_what_raises_a_marking_is_followed_whatever_it_says_of_originals(hub):
    beats(hub)
    (held,) = passed_to_kor(hub)
    for number, level in enumerate(("SECRET", "TOP SECRET")):
        head = msgspec.structs.replace(heading("USA", "KOR", 50 + number), at_s=T0_S + 7.0)
        higher = msgspec.structs.replace(held.label, level=level)
        said_by(hub, "USA", "KOR", Relabel(
            head=head, items=(held.bulletin.id,), label=higher, why="x",
            originals=(OriginalMarking("JPN", "JPN", "no such level"),),
        ))  # fmt: skip
        hub.settle(T0_S + 8.0)
        assert [one.label.level for one in passed_to_kor(hub)] == [level]


def says(hub, number: int, level: str, *told: str, originators: tuple[str, ...] = ("JPN",)) -> None:
    """The hub itself relabels what it passed on, and tells these levels for Japan's, or none."""
    (held,) = passed_to_kor(hub)
    said_by(hub, "USA", "KOR", Relabel(
        head=msgspec.structs.replace(heading("USA", "KOR", 50 + number), at_s=T0_S + 7.0),
        items=(held.bulletin.id,),
        label=msgspec.structs.replace(held.label, level=level, originators=originators),
        why="x",
        originals=tuple(marking(level=one) for one in told) or msgspec.UNSET,
    ))  # fmt: skip
    hub.settle(T0_S + 8.0 + number)


def marked_at_kor(hub) -> tuple[str, tuple[str, ...]]:
    (held,) = passed_to_kor(hub)
    return held.label.level, tuple(one.level for one in held.originals)


@pytest.mark.parametrize("unknown", ["TOP SECRET", "", "COSMIC"])
def test_a_hub_does_not_lower_in_two_steps_what_it_may_not_lower_in_one(hub, unknown):
    beats(hub)
    relabelled(hub, "極秘", T0_S + 5.0)
    says(hub, 0, unknown, "極秘")
    assert marked_at_kor(hub) == (unknown, ("極秘",))
    says(hub, 1, "CONFIDENTIAL", "極秘")
    assert marked_at_kor(hub) == (unknown, ("極秘",))
    assert [why for why in refusals(hub, "KOR") if "is lower than JPN's, 極秘" in why]
    says(hub, 2, "SECRET", "極秘")
    assert marked_at_kor(hub) == ("SECRET", ("極秘",)), "the twin: what is not too low is followed"


def test_from_one_unknown_level_to_another_it_is_followed(hub):
    """Nobody may read it under either."""
    beats(hub)
    says(hub, 0, "TOP SECRET", "極秘")
    says(hub, 1, "COSMIC", "極秘")
    assert marked_at_kor(hub) == ("COSMIC", ("極秘",))
    assert passed_to_kor(hub)[0].equivalent_level == ""


def test_a_hub_that_tells_no_original_does_not_make_the_known_one_forgotten(hub):
    """With a part of its own in it, it may relabel and be silent of others': theirs still hold."""
    beats(hub)
    relabelled(hub, "極秘", T0_S + 5.0)
    both = ("JPN", "USA")
    says(hub, 0, "TOP SECRET", originators=both)
    assert marked_at_kor(hub) == ("TOP SECRET", ("極秘",))
    says(hub, 1, "CONFIDENTIAL", originators=both)
    assert marked_at_kor(hub) == ("TOP SECRET", ("極秘",))
    assert [why for why in refusals(hub, "KOR") if "is lower than JPN's, 極秘" in why]


def test_a_book_forgets_no_originator_for_others_that_are_told_without_end():
    told = tuple(marking(originator=f"A{n:04}") for n in range(BULLETIN_SOURCES_MAX))
    book = ItemBook()
    for sequence, originals in enumerate(((marking(level="極秘"),), told, ()), start=1):
        book = with_heard(book, Relabel(
            head=heading("USA", "KOR", sequence), items=("USA-KOR-1",), label=label("USA"),
            why="x", originals=originals or msgspec.UNSET,
        ))  # fmt: skip
        assert marking(level="極秘") in book.originals_of("USA-KOR-1", ())
        assert len(book.originals_of("USA-KOR-1", ())) <= BULLETIN_SOURCES_MAX


def test_what_a_hub_tells_as_the_originators_new_marking_takes_the_place_of_the_known(hub):
    """Nothing here proves or disproves it: the hub's signature stands for it, in the ledger."""
    beats(hub)
    relabelled(hub, "極秘", T0_S + 5.0)
    says(hub, 0, "TOP SECRET", "極秘")
    says(hub, 1, "CONFIDENTIAL", "秘")
    assert marked_at_kor(hub) == ("CONFIDENTIAL", ("秘",))


@pytest.mark.parametrize("on_the_way", [(), ("SECRET",), ("TOP SECRET",)])
def test_the_original_told_last_is_shown_where_the_hubs_level_comes_back(hub, on_the_way):
    """With nothing in between, the hub's level stays the one that it came with."""
    beats(hub)
    for number, level in enumerate(on_the_way):
        says(hub, number, level, "極秘")
    told = "秘" if on_the_way else "no such level"
    says(hub, 9, "CONFIDENTIAL", told)
    assert marked_at_kor(hub) == ("CONFIDENTIAL", (told,))
    (held,) = passed_to_kor(hub)
    account = next(one for one in inventory(ledger(hub, "KOR")) if one.item == held.bulletin.id)
    assert held.originals == account.originals


def test_of_two_levels_that_equal_one_of_the_hubs_the_newer_is_shown(tmp_path, monkeypatch):
    monkeypatch.setitem(LEVELS, "JPN", "極秘")
    monkeypatch.setitem(LEVELS, "USA", "SECRET")
    made = hub_world(tmp_path)
    agree(made, TO_KOR)
    beats(made)
    assert marked_at_kor(made) == ("SECRET", ("極秘",))
    relabelled(made, "特定秘密", T0_S + 5.0)
    assert marked_at_kor(made) == ("SECRET", ("特定秘密",))
    relabelled(made, "極秘", T0_S + 6.0)
    assert marked_at_kor(made) == ("SECRET", ("極秘",))
    made.close()


def test_an_exported_label_shows_how_the_originator_marked_it(hub):
    beats(hub)
    (held,) = passed_to_kor(hub)
    made = labelled_bulletin(held.bulletin, "KOR", (), beside=False, terms=tuple(EXAMPLES.values()))
    (whole,) = made.document.bindings
    told = {item.tag: (item.type, item.values) for item in whole.original.categories}
    assert told["Original Marking"] == ("INFORMATIVE", ("JPN 秘",))
    assert reasons_against_content(made.document) == ()
    without = msgspec.structs.replace(held.bulletin, originals=msgspec.UNSET)
    other = labelled_bulletin(without, "KOR", (), beside=False, terms=tuple(EXAMPLES.values()))
    swapped = msgspec.structs.replace(whole, data=other.document.bindings[0].data)
    document = msgspec.structs.replace(made.document, bindings=(swapped,))
    assert "the bulletin's own label is another" in reasons_against_content(document)[0]
