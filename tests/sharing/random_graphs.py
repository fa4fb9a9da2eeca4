"""Random graphs of nations, agreements, labels, consents and states, mostly right in each part."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, replace
from functools import lru_cache

from hypothesis import strategies as st

from commonwatch.identity import PrivateKey, nation
from commonwatch.label import EquivalentLevels, LevelTable
from commonwatch.lineage import lineage_of
from commonwatch.marking.portions import PortionLabel
from commonwatch.mode import EXERCISE, LIVE
from commonwatch.release.agreement import (
    Agreement,
    FieldGrant,
    FurtherProduct,
    PartyView,
    State,
)
from commonwatch.release.consent import Consent, ConsentBook, consent_book, signed_consent
from commonwatch.release.decision import Candidate
from commonwatch.release.duration import Duration
from commonwatch.release.product import JOINT_ASSESSMENT, LAUNCH_WARNING, TRAJECTORY
from tests.sharing.builders import KEYS, PUBLIC, SENSORS, T0_S, TERMS, label
from tests.sharing.naive_gate import GivenConsent
from tests.sharing.test_gate import CANDIDATE

NOW_S = T0_S + 300.0
BATCH = 50
CODES = ("KOR", "JPN", "USA")
RECIPIENTS = (*CODES, "AUS")
UNKNOWN_KEY = PrivateKey(bytes(32))
PURPOSE = TERMS["KOR-JPN"].purpose
NAMES_OF_LEVELS = {"CONFIDENTIAL", "SECRET"}


def _trilateral_levels() -> LevelTable:
    rows = []
    for common in ("CONFIDENTIAL", "SECRET"):
        found = [row for t in TERMS.values() for row in t.levels.rows if row.common == common]
        rows.append(EquivalentLevels(common, tuple({m: 0 for row in found for m in row.markings})))
    return LevelTable(tuple(rows))


TRILATERAL = replace(
    TERMS["KOR-JPN"],
    id="TRILATERAL",
    parties=tuple(nation(code) for code in CODES),
    levels=_trilateral_levels(),
)
SUCCESSORS = tuple(replace(TERMS[name], id=f"{name}-2") for name in sorted(TERMS))
BASES = (*(TERMS[name] for name in sorted(TERMS)), TRILATERAL, *SUCCESSORS)
FIELD_SETS = (
    ("launch_point", "path", "expected_impact", "burnout", "apogee"),
    ("launch_point", "path/phase"),
    ("path",),
    (),
)
PURPOSES = (PURPOSE, PURPOSE, "", "something else")
FURTHER = (
    (FurtherProduct(TRAJECTORY, (FieldGrant("path", "x"), FieldGrant("apogee", "x"))),),
    (
        FurtherProduct(TRAJECTORY),
        FurtherProduct(JOINT_ASSESSMENT, (FieldGrant("launch_point", "x"),)),
    ),
)
PRODUCTS = (LAUNCH_WARNING, TRAJECTORY, JOINT_ASSESSMENT, "something else")
# Fields, what is above and below them, and what is no field although it begins like one.
PORTIONS = (
    "launch_point", "path", "path/phase", "path/state_information", "expected_impact", "apogee",
    "launch_point/time", "path/phase/name", "apo", "launch_points", "path/ph",
)  # fmt: skip
# Few terms, met again and again: so that rows of the table are used and not only made.
VARIANTS = {
    base.id: tuple(
        replace(
            base,
            fields=tuple(FieldGrant(path, "x") for path in paths),
            ceiling=ceiling,
            sensor_kinds=kinds,
            sensors=names,
            further_products=FURTHER[number % len(FURTHER)],
            purpose=PURPOSES[number % len(PURPOSES)],
        )
        for number, (paths, (ceiling, kinds, names)) in enumerate(
            itertools.product(
                FIELD_SETS,
                (
                    ("SECRET", ("radar", "infrared"), ()),
                    ("CONFIDENTIAL", ("radar", "infrared"), ()),
                    ("SECRET", ("infrared",), ()),
                    ("SECRET", ("infrared",), ("KOR-1", "USA-1")),
                    ("SECRET", (), ("KOR-1", "JPN-1", "KOR-X")),
                ),
            )
        )
    )
    for base in BASES
}
# Terms that end by themselves: just before, now, just after.
EXPIRING = {
    base.id: tuple(
        replace(base, duration=Duration(end_s=NOW_S + later_s)) for later_s in (-1.0, 0.0, 1.0)
    )
    for base in BASES
}


@dataclass(frozen=True)
class Graph:
    """What one node knows when it is asked to release one candidate."""

    candidate: Candidate
    agreements: tuple[Agreement, ...]
    given: tuple[GivenConsent, ...]
    sensors: dict
    now_s: float = NOW_S

    @property
    def book(self) -> ConsentBook:
        books = [_book_of(item) for item in self.given]
        return ConsentBook(tuple(consent for book in books for consent in book.consents))


@lru_cache(maxsize=100_000)
def _book_of(given: GivenConsent) -> ConsentBook:
    """Signed and verified in earnest, once for each consent and signer: that takes 0.2 ms."""
    return consent_book((signed_consent(given.consent, _key_of(given.signer)),), PUBLIC)


def _key_of(signer: str) -> PrivateKey:
    return KEYS[nation(signer)].private if signer in CODES else UNKNOWN_KEY


def batches() -> st.SearchStrategy[range]:
    """Seeds of graphs, many at a time: drawing each part by itself takes ten times as long.

    A graph is its seed, so that there is nothing to shrink.
    """
    return st.integers(0, 2**32 - 1).map(lambda first: range(first * BATCH, (first + 1) * BATCH))


def graph_of(seed: int) -> Graph:
    chance = random.Random(seed)

    def right_or(right, *wrong, of=10):
        return right if not wrong or chance.randrange(of) else chance.choice(wrong)

    giver = chance.choice(CODES)
    others = [code for code in CODES if code != giver]
    rests_on = chance.choice([(), (), (others[0],), (others[1],), tuple(others)])
    agreements = _agreements(chance, right_or)
    candidate = _candidate(chance, right_or, giver, rests_on)
    return Graph(
        candidate,
        agreements,
        tuple(_consent(chance, right_or, giver, other) for other in rests_on for _ in range(2)),
        right_or(SENSORS, {}, of=20),
    )


def _candidate(chance, right_or, giver, rests_on) -> Candidate:
    originators = tuple(sorted({giver, *rests_on}))
    told = right_or(originators, rests_on or originators)
    parents = tuple(f"{other}-{giver}-1" for other in rests_on)
    mark = label(
        giver,
        policy=right_or(giver, "USA", "", of=16),
        level=right_or(
            label(giver).level, "군사II급비밀", "極秘", "SECRET", "군사I급비밀", "", of=6
        ),
        originators=right_or(told, (giver,), (), CODES, of=16),
        releasable_to=right_or(tuple(c for c in CODES if c != giver), (), ("JPN",), ("AUS",), of=8),
        categories=right_or((), ("launch-warning",), ("launch-warning/x",), ("launch-warning-x",)),
    )
    lineage = lineage_of(
        told,
        right_or(tuple(f"{code}-1" for code in told), (), ("KOR-X",), ("USA-IR",), ("nobody",)),
        right_or(parents, ("JPN-KOR-9",), (), of=6),
    )
    return replace(
        CANDIDATE,
        originator=nation(giver),
        label=right_or(mark, None, of=20),
        lineage=lineage,
        mode=right_or(EXERCISE, LIVE, of=20),
        portions=_portions(chance, right_or, giver, told),
        product=right_or(LAUNCH_WARNING, *PRODUCTS, of=4),
    )


def _portions(chance, right_or, giver, originators) -> tuple[PortionLabel, ...]:
    if chance.randrange(3):
        return ()
    fields, others = PORTIONS[:6], PORTIONS[6:8]
    names = [
        chance.choice(right_or(fields, others, PORTIONS, of=8))
        for _ in range(chance.randrange(1, 4))
    ]
    if chance.randrange(20):  # else a path may be marked twice
        names = list(dict.fromkeys(names))
    return tuple(PortionLabel(name, _mark(right_or, giver, originators)) for name in names)


def _mark(right_or, giver, originators):
    """Right, or wrong in one thing."""
    changes = right_or(
        {},
        {"level": "군사II급비밀"},
        {"level": "極秘"},
        {"level": "군사I급비밀"},
        {"level": ""},
        {"policy": "USA"},
        {"originators": (giver,)},
        {"originators": ()},
        {"releasable_to": ()},
        {"releasable_to": ("JPN",)},
        {"categories": ("launch-warning",)},
        {"categories": ("launch-warning-x",)},
        of=2,
    )
    return label(giver, **{"originators": originators, **changes})


def _agreements(chance, right_or):
    found = []
    for name in chance.choices(sorted(VARIANTS), k=chance.randrange(1, 6)):
        terms = right_or(VARIANTS[name][0], *VARIANTS[name], of=3)
        terms = right_or(terms, *EXPIRING[name], of=4)
        ends_s = chance.choice([None, NOW_S + 1.0, NOW_S, NOW_S - 1.0])
        views = _views(chance, right_or, terms)
        found.append(Agreement(terms, views, ends_s, since_s=T0_S))
        if any(view.state is State.DRAFT for view in views):
            # Now and then a party has suspended it before all had signed.
            restored_by = chance.choice([None, None, (), terms.parties[:1]])
            found[-1] = replace(found[-1], draft_restored_by=restored_by)
    if chance.randrange(8):  # else one may be there twice: revisions that overlap
        found = list({item.terms.id: item for item in found}.values())
    return tuple(found)


def _views(chance, right_or, terms) -> tuple[PartyView, ...]:
    """Mostly in force; now and then all parties hold the same other state, or one another."""
    of_all = right_or(State.IN_FORCE, *State, of=3)
    resumes = chance.choice([State.IN_FORCE, State.NOTICE_GIVEN])
    views = []
    for party in terms.parties:
        state = right_or(of_all, *State, of=24)
        resumed = resumes if state is State.SUSPENDED else None
        views.append(PartyView(party, state, resumes=resumed))
    return tuple(views)


def _consent(chance, right_or, giver, other) -> GivenConsent:
    items = (f"{other}-{giver}-1",)
    every = tuple(f"{code}-{giver}-1" for code in CODES)
    covered = chance.choice(
        [
            ((), FIELD_SETS[0]), ((), FIELD_SETS[0]), ((), ("path",)), ((), ("launch_point",)),
            (every, ()), (items, ()), ((), ()), (items, ("path",)),
        ]
    )  # fmt: skip
    consent = Consent(
        id="c",
        by=right_or(other, *CODES, of=20),
        holder=right_or(giver, *CODES, of=20),
        recipients=right_or(CODES, ("JPN",), (), ("AUS",), of=8),
        purpose=right_or(PURPOSE, "launch warning", "", of=20),
        mode=right_or("EXERCISE", "LIVE", of=20),
        granted_s=right_or(T0_S, NOW_S, NOW_S + 1.0),
        expires_s=right_or(NOW_S + 1.0, NOW_S, T0_S),
        items=covered[0],
        fields=covered[1],
    )
    return GivenConsent(consent, right_or(consent.by, *CODES, "nobody"))
