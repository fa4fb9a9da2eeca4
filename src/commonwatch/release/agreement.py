"""An agreement between nations: its terms, and each party's own view of the state it is in."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from commonwatch.errors import require
from commonwatch.identity import Nation
from commonwatch.label import LevelTable
from commonwatch.release.order import SignedOrder


class State(enum.StrEnum):
    """States that agreements of this kind have been in, 2016 to 2023."""

    DRAFT = "draft"
    IN_FORCE = "in force"
    NOTICE_GIVEN = "notice given"
    NOTICE_SUSPENDED = "notice suspended"
    SUSPENDED = "suspended"
    ENDED = "ended"


# Notice to end does not stop the exchange before its term has run (Japan-ROK agreement, article
# 21).
STATES_THAT_ALLOW_RELEASE = frozenset({State.IN_FORCE, State.NOTICE_GIVEN, State.NOTICE_SUSPENDED})


@dataclass(frozen=True, slots=True)
class FieldGrant:
    """A field that may go.

    `precision_m` rounds its position to a grid of that spacing, None: as known. `delay_s`: it tells
    what was known so many seconds before.
    """

    path: str
    article: str
    precision_m: float | None = None
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class FloorTerms:
    """What may go where an error keeps the details back: agreed beforehand, coarse on purpose."""

    article: str
    time_precision_s: float
    position_precision_m: float
    heading_precision_deg: float


@dataclass(frozen=True, slots=True)
class PublicTerms:
    """What of a party's data another may use in an alert to its public, naming the source."""

    article: str
    fields: tuple[FieldGrant, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """One duty and where it is written; `basis` says how its text is known."""

    reference: str
    duty: str
    basis: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What the parties agreed; a change of any of it is a new revision."""

    id: str
    revision: int
    title: str
    parties: tuple[Nation, ...]
    product: str
    sensor_kinds: tuple[str, ...]
    fields: tuple[FieldGrant, ...]
    levels: LevelTable
    ceiling: str
    categories: tuple[str, ...]
    notice_days: int
    floor: FloorTerms | None
    articles: tuple[Article, ...]
    source: str
    public: PublicTerms | None = None

    def binds(self, one: str, other: str) -> bool:
        """Whether both are parties, and two different ones."""
        return one != other and one in self.parties and other in self.parties


@dataclass(frozen=True, slots=True)
class PartyView:
    """The state as one party holds it, and the signed order of whoever brought it there.

    `consents` is the party's signature on the step that needs all of them (into force, restore).
    `resumes` is the state that a restored agreement goes back to.
    """

    party: Nation
    state: State
    consents: bool = False
    resumes: State | None = None
    sequence: int = 0
    because: SignedOrder | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Terms and one view a party; release needs every view to allow it.

    What began before `nothing_before_s` was in the air during a suspension and stays back.
    """

    terms: Terms
    views: tuple[PartyView, ...]
    ends_s: float | None = None
    notice_by: Nation | None = None
    nothing_before_s: float = -math.inf

    def __post_init__(self) -> None:
        require(
            tuple(view.party for view in self.views) == self.terms.parties,
            "an agreement holds one view for each party, in their order",
        )

    def view_of(self, party: str) -> PartyView:
        """The view that this party holds."""
        return next(view for view in self.views if view.party == party)


def drafted(terms: Terms) -> Agreement:
    """An agreement that nobody has signed yet."""
    return Agreement(terms, tuple(PartyView(party, State.DRAFT) for party in terms.parties))


def state_at(agreement: Agreement, party: str, now_s: float) -> State:
    """The state as a party holds it at `now_s`: a notice whose term has run out has ended it."""
    state = agreement.view_of(party).state
    if state is State.NOTICE_GIVEN and agreement.ends_s is not None and now_s >= agreement.ends_s:
        return State.ENDED
    return state


def reasons_against_release(agreement: Agreement, now_s: float) -> tuple[str, ...]:
    """Why this agreement allows no release now, one reason a party's view.

    Empty where it allows.
    """
    return tuple(
        f"{agreement.terms.id}: {state.value} in the view of {party}"
        for party in agreement.terms.parties
        if (state := state_at(agreement, party, now_s)) not in STATES_THAT_ALLOW_RELEASE
    )
