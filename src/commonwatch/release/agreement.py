"""An agreement between nations: its terms, and each party's own view of the state it is in."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from commonwatch.errors import require
from commonwatch.identity import Nation
from commonwatch.label import LevelTable
from commonwatch.limits import ORDER_CLOCK_TOLERANCE_S
from commonwatch.release.duration import Duration, first_end_s
from commonwatch.release.order import SignedOrder
from commonwatch.utc import told_utc


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

    `precision_m` rounds its position to a grid of that spacing, None: as known. `delay_s` is how
    long after it was known it may go, 0 and up.
    """

    path: str
    article: str
    precision_m: float | None = None
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class FurtherProduct:
    """A product besides the first, and what of it may go: without a field nothing does."""

    name: str
    fields: tuple[FieldGrant, ...] = ()


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
    """One duty and where it is written; `basis` says how its text is known.

    `goes_on` where the duty outlives the agreement.
    """

    reference: str
    duty: str
    basis: str
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Parent:
    """An agreement that another one rests on; each revision from `revision` on will do.

    `parties` are those of the parent. What its parties exchange under the child rests on it.
    """

    id: str
    revision: int
    parties: tuple[Nation, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the parties agreed; a change of any of it is a new revision.

    `fields` are those of `product`; each further one has its own. Sensors are covered by their kind
    (`sensor_kinds`) or by name (`sensors`). With a `hub`, only the hub and
    another party exchange directly. `document` is the SHA-256 of the text, in hexadecimal digits:
    what is signed is that text. `keep_days`: how long a receiver may keep an item (article 6 h).
    """

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
    purpose: str = ""
    further_products: tuple[FurtherProduct, ...] = ()
    sensors: tuple[str, ...] = ()
    duration: Duration | None = None
    parents: tuple[Parent, ...] = ()
    hub: Nation | None = None
    document: str = ""
    public: PublicTerms | None = None
    keep_days: float | None = None

    @property
    def products(self) -> tuple[str, ...]:
        """All that is exchanged under the agreement."""
        return (self.product, *(item.name for item in self.further_products))

    def fields_of(self, product: str) -> tuple[FieldGrant, ...]:
        """What of a product may go; nothing of one that the agreement does not name."""
        if product == self.product:
            return self.fields
        return next((item.fields for item in self.further_products if item.name == product), ())

    def basis_of(self, product: str) -> str:
        """What grants the fields of a product, in the words of a decision."""
        return self.id if product == self.product else f"{self.id} on {product}"

    def binds(self, one: str, other: str) -> bool:
        """Whether both are parties, two different ones, that exchange with each other directly."""
        if one == other or one not in self.parties or other not in self.parties:
            return False
        return self.hub is None or self.hub in {one, other}


@dataclass(frozen=True, slots=True)
class Notice:
    """One party's notice to end, from when it is given until that party withdraws it.

    `ends_s` is when it ends the agreement. While it is `suspended`, as in 2019, it ends nothing.
    """

    ends_s: float
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class PartyView:
    """The state as one party holds it, and the signed order of whoever brought it there.

    `consents` is the party's signature on the step that needs all of them (into force, restore).
    `resumes` is the state that a restored agreement goes back to. `agrees_to_end` until the party
    orders otherwise. `withdrawn` where it has taken back its signature on a draft: for good.
    `notice` is the party's own.
    """

    party: Nation
    state: State
    consents: bool = False
    resumes: State | None = None
    sequence: int = 0
    because: SignedOrder | None = None
    agrees_to_end: bool = False
    withdrawn: bool = False
    notice: Notice | None = None

    @property
    def state_in_life(self) -> State:
        """The state, or the one that a suspended agreement would go back to."""
        if self.state is State.SUSPENDED and self.resumes is not None:
            return self.resumes
        return self.state


@dataclass(frozen=True, slots=True)
class Agreement:
    """Terms and one view a party; release needs every view to allow it.

    `since_s` is when the last party signed, `ends_s` when the earliest notice that runs ends it.
    What began before `nothing_before_s` was in the air during a suspension and stays back.
    `superseded_by` is the revision that took its place. `newest_order_s` is the time of the newest
    order on it that may be of a clock that is wrong: until that has come it holds back. Of a
    draft that is suspended, `draft_restored_by` are the parties that ordered to restore it since;
    else None.
    """

    terms: Terms
    views: tuple[PartyView, ...]
    ends_s: float | None = None
    since_s: float | None = None
    superseded_by: int | None = None
    nothing_before_s: float = -math.inf
    newest_order_s: float | None = None
    draft_restored_by: tuple[Nation, ...] | None = None

    def __post_init__(self) -> None:
        require(
            tuple(view.party for view in self.views) == self.terms.parties,
            "an agreement holds one view for each party, in their order",
        )

    def view_of(self, party: str) -> PartyView:
        """The view that this party holds."""
        for view in self.views:
            if view.party == party:
                return view
        raise LookupError(f"{party} is no party of {self.terms.id}")


def drafted(terms: Terms) -> Agreement:
    """An agreement that nobody has signed yet."""
    return Agreement(terms, tuple(PartyView(party, State.DRAFT) for party in terms.parties))


def state_at(agreement: Agreement, party: str, now_s: float) -> State:
    """The state as a party holds it at `now_s`: it has not begun, holds, or has run out by then."""
    view, duration = agreement.view_of(party), agreement.terms.duration
    if view.state in {State.DRAFT, State.ENDED}:
        return view.state
    if duration is not None and duration.start_s is not None and now_s < duration.start_s:
        return State.DRAFT
    expiry_s = expires_s(agreement)
    if expiry_s is not None and now_s >= expiry_s:
        return State.ENDED
    noticed = view.state_in_life is State.NOTICE_GIVEN
    if noticed and agreement.ends_s is not None and now_s >= agreement.ends_s:
        return State.ENDED
    return view.state


def expires_s(agreement: Agreement) -> float | None:
    """When it ends by itself, without notice; None where it extends, has no term or is a draft."""
    duration = agreement.terms.duration
    if duration is None or duration.extended_by_years or agreement.since_s is None:
        return None
    return first_end_s(duration, agreement.since_s)


def instants_of(agreement: Agreement) -> tuple[float, ...]:
    """When `state_at` may answer anew: between two of these moments a state stays what it is."""
    duration = agreement.terms.duration
    start_s = None if duration is None else duration.start_s
    told = (start_s, expires_s(agreement), agreement.ends_s, believed_from_s(agreement))
    return tuple(moment_s for moment_s in told if moment_s is not None)


def believed_from_s(agreement: Agreement) -> float | None:
    """From when on the newest order is one of a clock that may be right; None without orders."""
    newest_s = agreement.newest_order_s
    return None if newest_s is None else newest_s - ORDER_CLOCK_TOLERANCE_S


def is_ahead(agreement: Agreement, now_s: float) -> bool:
    """Whether an order on it is dated ahead of `now_s`, further than clocks may differ."""
    from_s = believed_from_s(agreement)
    return from_s is not None and not now_s >= from_s


def reasons_against_release(agreement: Agreement, now_s: float) -> tuple[str, ...]:
    """Why this agreement by itself allows no release now, one reason a party's view.

    Empty where it allows. Whether anything goes between two is `standing.standing_of`'s to say.
    """
    against = tuple(
        f"{agreement.terms.id}: {state.value} in the view of {party}"
        f"{_because(agreement, party, state)}"
        for party in agreement.terms.parties
        if (state := state_at(agreement, party, now_s)) not in STATES_THAT_ALLOW_RELEASE
    )
    return (*against, _ahead(agreement)) if is_ahead(agreement, now_s) else against


def _ahead(agreement: Agreement) -> str:
    newest_s = agreement.newest_order_s or 0.0
    # A time that no calendar has is told as the number it is.
    told = told_utc(newest_s)
    return (
        f"{agreement.terms.id} revision {agreement.terms.revision}: an order on it is dated "
        f"{told}, ahead of the time here: held back until then; set the clocks right, or agree "
        "on a new revision"
    )


def _because(agreement: Agreement, party: str, state: State) -> str:
    """What makes it a draft, or what took its place; nothing where the state says all."""
    if state is State.ENDED and agreement.superseded_by is not None:
        return f", superseded by revision {agreement.superseded_by}"
    if state is not State.SUSPENDED and agreement.view_of(party).state is State.SUSPENDED:
        return ", suspended before: it holds back until all parties order its end"
    if state is not State.DRAFT:
        return ""
    held = (
        ""
        if agreement.draft_restored_by is None
        else f"; revision {agreement.terms.revision} is suspended: all restore it together, or "
        "end it"
    )
    back = withdrawn_by(agreement)
    if back:
        return f", {' and '.join(back)} withdrew the signature on it{held}"
    missing = unsigned_by(agreement)
    if missing:
        return f", the signature of {' and '.join(missing)} is missing{held}"
    return ", it has not started yet"


def withdrawn_by(agreement: Agreement) -> tuple[str, ...]:
    """The parties that took back their signature on it before all had signed."""
    return tuple(view.party for view in agreement.views if view.withdrawn)


def notice_of(agreement: Agreement) -> tuple[Nation, ...]:
    """The parties whose notice runs: neither withdrawn nor suspended."""
    return tuple(
        view.party
        for view in agreement.views
        if view.notice is not None and not view.notice.suspended
    )


def unsigned_by(agreement: Agreement) -> tuple[str, ...]:
    """The parties that have not signed a draft."""
    return tuple(
        view.party for view in agreement.views if view.state is State.DRAFT and not view.consents
    )
