"""What may go to whom: agreements are proposed, signed, suspended, restored, ended, explained."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.cli.agreement_officers import approve, officer_key, officers
from commonwatch.cli.agreement_orders import (
    AsJson,
    drop_key,
    end,
    export,
    give_notice,
    import_,
    restore,
    sign,
    suspend,
    suspend_notice,
    withdraw_draft,
    withdraw_notice,
)
from commonwatch.cli.agreement_propose import propose
from commonwatch.cli.explain_options import (
    Categories,
    Consents,
    InState,
    Item,
    Level,
    OfDesk,
    OfLedger,
    OriginalLevel,
    Originator,
    Portions,
    Product,
    Recipient,
    ReleasableTo,
    SensorKind,
    SensorName,
    Through,
)
from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from commonwatch.node.explain import Asked
    from commonwatch.release.agreement import Agreement, Terms
    from commonwatch.release.consent import ConsentBook
    from commonwatch.release.decision import Decision

EXAMPLES = (
    "commonwatch agreement show",
    "commonwatch agreement show KOR-JPN",
    "commonwatch agreement propose --like KOR-JPN --desk desk-of-kor --as KOR",
    "commonwatch agreement sign KOR-JPN --desk desk-of-kor",
    "commonwatch agreement show KOR-JPN --desk desk-of-kor",
    "commonwatch agreement export --desk desk-of-kor --to JPN > from-kor.json",
    "commonwatch agreement import from-kor.json --trust KOR --desk desk-of-jpn --as JPN",
    "commonwatch agreement sign KOR-JPN --desk desk-of-jpn",
    "commonwatch agreement give-notice KOR-JPN --desk desk-of-jpn",
    "commonwatch agreement suspend-notice KOR-JPN --desk desk-of-jpn",
    "commonwatch agreement withdraw-notice KOR-JPN --desk desk-of-jpn",
    "commonwatch agreement suspend KOR-JPN --desk desk-of-jpn",
    "commonwatch agreement restore KOR-JPN --desk desk-of-jpn",
    "commonwatch agreement end KOR-JPN --desk desk-of-jpn",
    "commonwatch agreement officer-key kim --out kim.key",
    "commonwatch agreement officers --desk desk-of-kor",
    "commonwatch agreement drop-key KOR --desk desk-of-jpn",
    "commonwatch agreement propose --like KOR-JPN --notice-days 180 --desk desk-of-kor",
    "commonwatch agreement withdraw-draft KOR-JPN --revision 2 --desk desk-of-kor",
    "commonwatch agreement explain expected_impact --from KOR --to JPN",
    "commonwatch agreement explain expected_impact --from KOR --to JPN --state suspended",
    "commonwatch agreement explain apogee --from KOR --to JPN --portion 'apogee: level=TOP'",
    "commonwatch agreement explain path --from KOR --to JPN --product trajectory",
    "commonwatch agreement explain path --from JPN --to KOR --desk desk-of-jpn",
    "commonwatch agreement explain path --from JPN --through USA --to KOR",
    "commonwatch agreement explain t1 --to JPN --ledger docs/examples/ledger/KOR.jsonl",
    "commonwatch agreement decisions docs/examples/ledger/KOR.jsonl --partner JPN",
)

app = typer.Typer(no_args_is_help=True)
for command in (
    propose,
    sign,
    suspend,
    restore,
    give_notice,
    suspend_notice,
    withdraw_notice,
    end,
    export,
):
    app.command()(command)
app.command("import")(import_)
app.command("withdraw-draft")(withdraw_draft)
app.command("officer-key")(officer_key)
app.command("drop-key")(drop_key)
app.command("officers")(officers)
app.command("approve")(approve)


@app.command()
def show(
    agreement: Annotated[
        str | None, typer.Argument(help="Its id; all where none is given.")
    ] = None,
    *,
    desk: Annotated[
        Path | None,
        typer.Option(help="The agreements of a desk, or of a node's folder, and how they stand."),
    ] = None,
    revision: Annotated[
        int | None, typer.Option(help="Which revision's text; the newest where none is given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a desk's agreements, or the worked examples that come with the program."""
    from commonwatch.cli.agreement_answer import print_standing, print_terms, standing_answer
    from commonwatch.cli.output import print_json
    from commonwatch.node.accounts import agreements_held
    from commonwatch.node.agreements import worked_examples
    from commonwatch.release.agreement_book import Standing

    held = Standing(()) if desk is None else agreements_held(desk)
    every = worked_examples() if desk is None else tuple(item.terms for item in held.agreements)
    terms = _asked_terms(every, agreement, revision)
    now_s = time.time()
    told = [
        standing_answer(item, held.agreements, now_s)
        for item in reversed(held.agreements)
        if agreement in {None, item.terms.id}
    ]
    if as_json:
        print_json({"kind": "agreements", "agreements": terms, "standing": told})
        return
    if not terms:
        print("no agreement is on this desk yet")
    for item in terms if agreement is None else ():
        print(f"{item.id}  revision {item.revision}  {item.title}")
    if agreement is not None:
        print_terms(terms[0])
        others = [str(item.revision) for item in terms[1:]]
        if others:
            print(f"former revisions: {', '.join(others)}; --revision shows one")
    for answer in told:
        print_standing(answer, held.void)


def _asked_terms(
    every: tuple[Terms, ...], agreement: str | None, revision: int | None
) -> tuple[Terms, ...]:
    """The revisions that are asked for, of each agreement the newest first."""
    if revision is not None and agreement is None:
        raise UnusableInput("--revision: say of which agreement, as in `show KOR-JPN --revision 1`")
    known = sorted(every, key=lambda item: (item.id, -item.revision))
    found = [item for item in known if agreement in {None, item.id}]
    if agreement is not None and not found:
        ids = ", ".join(dict.fromkeys(item.id for item in known)) or "none"
        raise UnusableInput(f"agreement `{agreement}`: there are {ids}")
    chosen = [item for item in found if revision in {None, item.revision}]
    if not chosen and revision is not None:
        revisions = ", ".join(str(item.revision) for item in found)
        raise UnusableInput(f"{agreement}: no revision {revision}; there are {revisions}")
    return tuple(chosen)


@app.command()
def explain(
    item: Item,
    *,
    recipient: Recipient,
    originator: Originator = None,
    level: Level = None,
    category: Categories = None,
    releasable_to: ReleasableTo = None,
    sensor_kind: SensorKind = "radar",
    sensor: SensorName = None,
    product: Product = None,
    portion: Portions = None,
    through: Through = None,
    original_level: OriginalLevel = None,
    consents: Consents = None,
    state: InState = None,
    desk: OfDesk = None,
    ledger: OfLedger = None,
    as_json: AsJson = False,
) -> None:
    """Ask the gate that nodes use why something would be released or not; or what it decided."""
    from commonwatch.cli.agreement_answer import explanation
    from commonwatch.cli.explain_options import asked_portion, names_in
    from commonwatch.cli.output import print_json
    from commonwatch.identity import nation
    from commonwatch.node.explain import ASKED_SENSOR, Asked
    from commonwatch.node.explain import explain as ask
    from commonwatch.release.product import LAUNCH_WARNING

    if ledger is not None:
        _explain_recorded(ledger, item, str(nation(recipient)), as_json=as_json)
        return
    if originator is None:
        raise UnusableInput("--from: say whose sensors saw it, as in --from KOR")
    asked = Asked(
        field=item,
        originator=nation(originator),
        recipient=nation(recipient),
        level=level,
        sensor_kind=sensor_kind,
        categories=tuple(category or ()),
        through=None if through is None else nation(through),
        releasable_to=names_in(releasable_to),
        product=product or LAUNCH_WARNING,
        sensor=sensor or ASKED_SENSOR,
        portions=tuple(map(asked_portion, portion or ())),
        original_level=original_level,
    )
    now_s = 0.0 if desk is None and consents is None else time.time()
    held = _agreements_asked(desk, state)
    decision = ask(asked, held, now_s, _consents_asked(through, consents))
    if as_json:
        print_json(explanation(asked, decision, held, now_s))
    else:
        _print_explained(asked, decision)


@app.command()
def decisions(
    ledger: Annotated[Path, typer.Argument(help="A node's folder, or a file that export wrote.")],
    *,
    partner: Annotated[str | None, typer.Option(help="Only what concerned this partner.")] = None,
    item: Annotated[str | None, typer.Option(help="Only this bulletin or track.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell from a node's ledger what its gate decided and why, equal decisions together."""
    from commonwatch.cli.output import print_json
    from commonwatch.node.explain import decisions_in
    from commonwatch.node.ledger_export import find_ledger

    found = decisions_in(find_ledger(ledger).ledger().records, partner, item)
    if not found:
        raise UnusableInput(f"{ledger}: holds no decision on that")
    every = [told for _record, told in found]
    if as_json:
        print_json({"kind": "decisions", "decisions": every})
    else:
        _print_groups(every)


def _agreements_asked(desk: Path | None, state: str | None) -> tuple[Agreement, ...]:
    """Those of a desk or a node, or the shipped ones in a state."""
    from commonwatch.node.accounts import agreements_held
    from commonwatch.node.explain import shipped_in
    from commonwatch.release.agreement import State

    if desk is not None:
        if state is not None:
            raise UnusableInput("--state: with --desk the agreements are asked as they stand")
        return agreements_held(desk).agreements
    try:
        held = State(state or State.IN_FORCE)
    except ValueError as error:
        known = ", ".join(item.value for item in State)
        raise UnusableInput(f"--state {state}: states are {known}") from error
    return shipped_in(held)


def _print_explained(asked: Asked, decision: Decision) -> None:
    from commonwatch.cli.agreement_answer import print_reasons

    way = "" if asked.through is None else f" through {asked.through}"
    print(
        f"{asked.field} from {asked.originator}{way} to {asked.recipient}: {decision.outcome} "
        f"({decision.product})"
    )
    print_reasons(decision)


def _consents_asked(through: str | None, place: Path | None) -> ConsentBook:
    from commonwatch.node.ledger_export import find_ledger
    from commonwatch.release.consent import NO_CONSENTS
    from commonwatch.share.consent_history import consents_in

    if place is None:
        return NO_CONSENTS
    if through is None:
        raise UnusableInput("--consents: only what is passed on needs one; add --through USA, say")
    return consents_in(find_ledger(place).ledger().records).known.book


def _explain_recorded(ledger: Path, item: str, recipient: str, *, as_json: bool) -> None:
    """What was decided on an item for one recipient; also where nothing ever was, and why."""
    from commonwatch.cli.output import print_json
    from commonwatch.node.explain import decisions_in
    from commonwatch.node.ledger_export import find_ledger

    found = find_ledger(ledger)
    every = decisions_in(found.ledger().records, None, item)
    if not every:
        raise UnusableInput(f"{ledger}: holds no decision on `{item}`, for nobody")
    told = [decision for _record, decision in every if decision.recipient == recipient]
    asked_for = sorted({decision.recipient for _record, decision in every})
    if as_json:
        print_json({"kind": "decisions", "decisions": told, "asked_for": asked_for})
    elif told:
        _print_groups(told)
    else:
        print(f"{item} to {recipient}: never released")
        if found.partner is not None:
            print(f"  this export tells of {found.partner} alone; ask the whole ledger")
        else:
            print(f"  no agreement of {found.identity.nation} named {recipient} as a partner,")
            print(f"  so the gate was never asked; it was for {', '.join(asked_for)}")


def _print_groups(every: list[Decision]) -> None:
    from commonwatch.cli.agreement_answer import print_reasons
    from commonwatch.utc import format_utc

    groups: dict[tuple[object, ...], list[Decision]] = {}
    for told in every:
        key = (
            told.recipient, told.track, told.product,
            told.outcome, told.rules, told.withheld, told.errors,
        )  # fmt: skip
        groups.setdefault(key, []).append(told)
    for same in groups.values():
        first, last = same[0], same[-1]
        print(
            f"{first.track} to {first.recipient}: {first.outcome} ({first.product}), "
            f"{len(same)} times from "
            f"{format_utc(first.decided_s)} to {format_utc(last.decided_s)}"
        )
        print_reasons(first)
