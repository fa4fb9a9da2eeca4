"""Why something would be released or not, by agreements; or was, by a ledger's decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import msgspec

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.identity import Nation
from commonwatch.label import Label
from commonwatch.limits import FIELD_DELAY_MAX_S
from commonwatch.lineage import lineage_of
from commonwatch.marking.portions import MarkedWhole, PortionLabel
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import shipped_terms
from commonwatch.node.outbound import Outbound
from commonwatch.node.policies import shipped_table
from commonwatch.release.agreement import Agreement, State, drafted
from commonwatch.release.bulletin import (
    BOOST_DIMENSION,
    ApogeeStatement,
    BoostState,
    Content,
    GroundStatement,
    OriginalMarking,
    StateInformation,
)
from commonwatch.release.consent import NO_CONSENTS, ConsentBook
from commonwatch.release.decision import (
    EVERY_TRACK,
    Candidate,
    Decision,
    KnownBefore,
    Ruling,
    held_back_by,
)
from commonwatch.release.fields import FIELD_PATHS
from commonwatch.release.gate import decide
from commonwatch.release.product import LAUNCH_WARNING
from commonwatch.release.standing import standing_of
from commonwatch.share.exit_filter import ExitFilter
from commonwatch.share.ledger import Record

ASKED_SENSOR = "asked"
_PLACE = GroundStatement(0.0, 1.0, 40.0, 130.0, 1000.0, 500.0, 0.0)
_IDENTITY_UPPER = tuple(
    float(row == column) for row in range(BOOST_DIMENSION) for column in range(row, BOOST_DIMENSION)
)
_CONTENT: Mapping[str, Content] = {
    "path/phase": Content(phase="ballistic"),
    "launch_point": Content(launch=_PLACE),
    "path/state_information": Content(
        path=StateInformation(0.0, 0.0, (0.0,) * 7, (0.0,) * 7, (0.0,) * 28)
    ),
    "path/boost_state": Content(
        path=BoostState(0.0, 0.0, (0.0,) * BOOST_DIMENSION, _IDENTITY_UPPER)
    ),
    "burnout": Content(burnout_s=0.0),
    "expected_impact": Content(impact=_PLACE),
    "apogee": Content(apogee=ApogeeStatement(0.0, 1.0, 1.0)),
}


@dataclass(frozen=True, slots=True)
class AskedPortion:
    """How a part of the statement is marked; what is None is as the whole."""

    path: str
    level: str | None = None
    categories: tuple[str, ...] | None = None
    releasable_to: tuple[str, ...] | None = None

    def label_like(self, whole: Label) -> PortionLabel:
        """Its label, where the whole has this one."""
        given = (self.level, self.categories, self.releasable_to)
        told = zip(("level", "categories", "releasable_to"), given, strict=True)
        changes = {name: value for name, value in told if value is not None}
        return PortionLabel(self.path, msgspec.structs.replace(whole, **changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to the gate: which field of which product, whose, for whom, marked how, seen how.

    `level` None: the lowest of who tells it. `releasable_to` None: to the recipient; empty: to
    nobody. `through` who passes it on; None: the originator tells it. `sensor` is the name of the
    sensor that saw it. `original_level` is how the originator of what is passed on marked it; None:
    as an agreement says that `level` equals.
    """

    field: str
    originator: Nation
    recipient: Nation
    level: str | None = None
    sensor_kind: str = "radar"
    categories: tuple[str, ...] = ()
    releasable_to: tuple[str, ...] | None = None
    product: str = LAUNCH_WARNING
    sensor: str = ASKED_SENSOR
    portions: tuple[AskedPortion, ...] = ()
    through: Nation | None = None
    original_level: str | None = None


def shipped_in(state: State) -> tuple[Agreement, ...]:
    """The agreements that replays run under, in this state in every view."""
    return tuple(_in_state(drafted(terms), state) for terms in shipped_terms())


def explain(
    asked: Asked,
    agreements: tuple[Agreement, ...],
    now_s: float,
    consents: ConsentBook = NO_CONSENTS,
) -> Decision:
    """What gate and second filter of a node answer for one field under these agreements at `now_s`.

    The field is taken as known long enough for any delay; the reasons say how late it goes.
    """
    path = _path(asked.field)
    sensor = Sensor(
        asked.sensor, asked.originator, asked.sensor_kind, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0,
        0.0, 0.0,
    )  # fmt: skip
    named = (asked.recipient,) if asked.releasable_to is None else asked.releasable_to
    level = _level(asked, agreements, now_s)
    teller = asked.originator if asked.through is None else asked.through
    label = Label(teller, level, (asked.originator,), named, asked.categories)
    parents = () if asked.through is None else (f"{asked.originator}-{teller}-1",)
    candidate = Candidate(
        originator=teller,
        track=ASKED_SENSOR,
        event=ASKED_SENSOR,
        status="current",
        label=label,
        lineage=lineage_of((asked.originator,), (asked.sensor,), parents),
        mode=EXERCISE,
        content=_CONTENT[path],
        # As if known for longer than any delay: what is asked is whether it goes, and how late.
        earlier=(KnownBefore(now_s - FIELD_DELAY_MAX_S, _CONTENT[path]),),
        began_s=now_s,
        portions=tuple(item.label_like(label) for item in asked.portions),
        product=asked.product,
        originals=() if asked.through is None else _originals(asked, level, agreements),
    )
    ruling = decide(
        candidate,
        asked.recipient,
        agreements,
        sensors={asked.sensor: sensor},
        mode=EXERCISE,
        now_s=now_s,
        table=shipped_table(),
        consents=consents,
    )
    return _by_second_filter(asked, candidate, ruling, (agreements, consents), now_s).decision


def _by_second_filter(
    asked: Asked,
    candidate: Candidate,
    ruling: Ruling,
    known: tuple[tuple[Agreement, ...], ConsentBook],
    now_s: float,
) -> Ruling:
    """The ruling, or why the filter at the way out would hold back what it lets go."""
    agreements, consents = known
    label = candidate.label
    if label is None or ruling.label is None:
        return ruling
    binding = standing_of(candidate.originator, asked.recipient, agreements, now_s).binding
    parties = {party for item in binding for party in item.terms.parties}
    bulletin = Outbound().bulletin(candidate, ruling, parties, now_s)
    second = ExitFilter(
        candidate.originator, EXERCISE, {asked.sensor: asked.originator}, lambda: consents
    )
    marked = MarkedWhole(label, tuple(candidate.portions))
    why = second.reason_against(bulletin, asked.recipient, marked, agreements, now_s)
    return ruling if why is None else held_back_by(ruling, f"the second filter: {why}")


def _originals(
    asked: Asked, level: str, agreements: tuple[Agreement, ...]
) -> tuple[OriginalMarking, ...]:
    """How the originator marked it, as asked; none where nothing says what the level equals."""
    equal = [
        own
        for agreement in agreements
        for row in agreement.terms.levels.rows
        if (asked.through, level) in row.markings
        for owner, own in row.markings
        if owner == asked.originator
    ]
    told = asked.original_level or (equal[0] if equal else None)
    own = asked.originator
    return () if told is None else (OriginalMarking(own, own, told, asked.categories),)


def decisions_in(
    records: tuple[Record, ...], partner: str | None, item: str | None
) -> tuple[tuple[Record, Decision], ...]:
    """The decisions in a ledger, of one partner and one item (bulletin or track) where asked.

    With those on an item come the ones on all tracks, of the partners that it was decided for.
    """
    every = [
        (record, decision)
        for record, decision in _decisions(records)
        if partner in {None, decision.recipient}
    ]
    if item is None:
        return tuple(every)
    named = {id(told) for record, told in every if item in {record.subject, told.track}}
    of = {told.recipient for _record, told in every if id(told) in named}
    return tuple(
        (record, told)
        for record, told in every
        if id(told) in named or (told.track == EVERY_TRACK and told.recipient in of)
    )


def _decisions(records: tuple[Record, ...]) -> Iterator[tuple[Record, Decision]]:
    for record in records:
        if record.kind in {"decision", "canary"}:
            yield record, msgspec.msgpack.decode(record.body, type=Decision)


def _path(field: str) -> str:
    path = "path/state_information" if field == "path" else field
    if path not in _CONTENT:
        known = ", ".join(name for name in FIELD_PATHS if name in _CONTENT)
        raise UnusableInput(f"field `{field}`: unknown; fields are path, {known}")
    return path


def _level(asked: Asked, agreements: tuple[Agreement, ...], now_s: float) -> str:
    """The level asked for, else the originator's lowest in what binds it and the recipient."""
    if asked.level is not None:
        return asked.level
    teller = asked.originator if asked.through is None else asked.through
    binding = standing_of(teller, asked.recipient, agreements, now_s).binding
    markings = [
        level
        for agreement in binding
        for row in agreement.terms.levels.rows
        for owner, level in row.markings
        if owner == teller
    ]
    return markings[0] if markings else ""


def _in_state(agreement: Agreement, state: State) -> Agreement:
    return replace(agreement, views=tuple(replace(view, state=state) for view in agreement.views))
