"""What one nation's own sensors say of one object, as released to one partner."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal, get_args

import msgspec

from commonwatch.label import Label
from commonwatch.limits import (
    BULLETIN_DELAYED_FIELDS_MAX,
    BULLETIN_SOURCES_MAX,
    BULLETIN_TEXT_CHARACTERS_MAX,
)
from commonwatch.lineage import Lineage
from commonwatch.release.product import LAUNCH_WARNING

STATE_DIMENSION = 7  # position, velocity, logarithm of the inverse ballistic coefficient
INFORMATION_UPPER_LENGTH = STATE_DIMENSION * (STATE_DIMENSION + 1) // 2
BOOST_DIMENSION = 9  # position, velocity, specific force
COVARIANCE_UPPER_LENGTH = BOOST_DIMENSION * (BOOST_DIMENSION + 1) // 2


class GroundStatement(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A launch or an impact: POSIX seconds, degrees, 95 % ellipse (metres, degrees from north)."""

    time_s: float
    time_sigma_s: float
    lat_deg: float
    lon_deg: float
    semi_major_m: float
    semi_minor_m: float
    azimuth_deg: float
    if_thrust_ends: bool = False


class ApogeeStatement(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The highest point: POSIX seconds, metres above the ellipsoid."""

    time_s: float
    height_m: float
    height_sigma_m: float


class StateInformation(
    msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, tag="information"
):
    """Information of a coasting object at `epoch_s`, latest plot at `last_plot_s` (POSIX s).

    States: ECEF position (m), velocity (m/s), natural logarithm of the inverse ballistic
    coefficient (m2/kg). `matrix_upper` holds the upper triangle of the 7x7 information matrix row
    by row, `vector` the matrix times (estimate - reference). A prior that all nations hold in
    common is in neither, so that the sum over originators counts it once.
    """

    epoch_s: float
    last_plot_s: float
    reference: tuple[float, ...]
    vector: tuple[float, ...]
    matrix_upper: tuple[float, ...]

    def __post_init__(self) -> None:
        _require_length("reference", self.reference, STATE_DIMENSION)
        _require_length("vector", self.vector, STATE_DIMENSION)
        _require_length("matrix_upper", self.matrix_upper, INFORMATION_UPPER_LENGTH)


class BoostState(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, tag="boost"):
    """Mean and covariance of position, velocity, specific force (ECEF, SI) at `epoch_s`, in boost.

    Thrust is not deterministic, so that states of boost are not summed as information.
    """

    epoch_s: float
    last_plot_s: float
    mean: tuple[float, ...]
    covariance_upper: tuple[float, ...]

    def __post_init__(self) -> None:
        _require_length("mean", self.mean, BOOST_DIMENSION)
        _require_length("covariance_upper", self.covariance_upper, COVARIANCE_UPPER_LENGTH)


class DelayedField(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A field, by its path, that tells what was known `delay_s` seconds before the bulletin."""

    field: str
    delay_s: float


class Content(
    msgspec.Struct,
    frozen=True,
    gc=False,
    forbid_unknown_fields=True,
    omit_defaults=True,
    kw_only=True,
):
    """The fields that an agreement lets go one by one.

    A field withheld reads like one not known. `delayed` names the fields that are told late.
    """

    phase: str | None = None
    launch: GroundStatement | None = None
    path: StateInformation | BoostState | None = None
    burnout_s: float | None = None
    impact: GroundStatement | None = None
    apogee: ApogeeStatement | None = None
    delayed: tuple[DelayedField, ...] = ()


class FloorContent(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The floor: something was launched, roughly when, from about where, heading about whither.

    The truth lies within `precision_m` of the place and `time_precision_s` of the time 95 times of
    100.
    """

    time_s: float
    lat_deg: float
    lon_deg: float
    precision_m: float
    heading_deg: float | None
    time_precision_s: float


class OriginalMarking(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How an originator marked its own, word for word, in what others pass on (article 4)."""

    originator: str
    policy: str
    level: str
    categories: tuple[str, ...] = ()


Status = Literal["current", "ended", "withdrawn"]
STATUSES: tuple[str, ...] = get_args(Status)


class Bulletin(
    msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True, tag="bulletin"
):
    """One released statement, which supersedes every earlier one of its product on the same object.

    `sequence`, `object`, `event` and `revision` count what was released to this recipient and
    nothing else: what others get leaves no gap here. `ended` closes the object (it came down, or
    out of reach); `withdrawn` takes back all that was said of it. `originals` are there where it is
    passed on alone: absent, they are not on the wire, as they were not before there were any. So is
    `product` in what was released before bulletins named it.
    """

    id: str
    originator: str
    recipient: str
    sequence: int
    object: str
    event: str
    revision: int
    issued_s: float
    mode: str
    agreement: str
    agreement_revision: int
    status: Status
    label: Label
    lineage: Lineage
    content: Content | None = None
    floor: FloorContent | None = None
    originals: tuple[OriginalMarking, ...] | msgspec.UnsetType = msgspec.UNSET
    product: str | msgspec.UnsetType = msgspec.UNSET

    @property
    def product_named(self) -> str:
        """The product that it is a statement of.

        Before products were named, all that was released were launch warnings.
        """
        return LAUNCH_WARNING if self.product is msgspec.UNSET else self.product

    @property
    def original_markings(self) -> tuple[OriginalMarking, ...]:
        """The originators' own markings of what is passed on, in the order of their names."""
        return () if self.originals is msgspec.UNSET else self.originals

    def __post_init__(self) -> None:
        if self.id != bulletin_id(self.originator, self.recipient, self.sequence):
            raise ValueError("bulletin: `id` is not that of its originator, recipient and sequence")
        if (self.content is None) == (self.floor is None):
            raise ValueError("bulletin: holds either content or the floor")
        if self.sequence < 1 or self.revision < 1 or self.agreement_revision < 1:
            raise ValueError("bulletin: sequence and revisions count from 1")
        _require_bounded_texts(self)
        if self.originals is not msgspec.UNSET:
            _require_each_once(self.originals)
        content = self.content
        # Nearly always the sum of all numbers settles it; where it does not, each is looked at.
        surely = content is None or (not content.delayed and surely_finite(content))
        if not (
            is_finite(self.issued_s)
            and (surely or is_finite(content))
            and (self.floor is None or is_finite(self.floor))
        ):
            raise ValueError("bulletin: every number must be finite")


def bulletin_id(originator: str, recipient: str, sequence: int) -> str:
    """The id of the bulletin that `originator` released to `recipient` as number `sequence`."""
    return f"{originator}-{recipient}-{sequence}"


def giver_of(item: str) -> str:
    """Who released an item, from its id; of what is no item's id a name that no nation has."""
    return item.partition("-")[0]


def _require_length(name: str, values: tuple[float, ...], length: int) -> None:
    if len(values) != length:
        raise ValueError(f"`{name}` has {len(values)} numbers, needs {length}")


def _require_each_once(originals: tuple[OriginalMarking, ...]) -> None:
    names = [one.originator for one in originals]
    if not names or names != sorted(set(names)):
        raise ValueError("bulletin: `originals` name each originator once, in order, or are absent")
    if max(len(names), *(len(one.categories) for one in originals)) > BULLETIN_SOURCES_MAX:
        raise ValueError(f"bulletin: a list is longer than {BULLETIN_SOURCES_MAX}")
    for one in originals:
        texts = (one.originator, one.policy, one.level, *one.categories)
        if max(map(len, texts)) > BULLETIN_TEXT_CHARACTERS_MAX:
            raise ValueError(f"bulletin: a text is longer than {BULLETIN_TEXT_CHARACTERS_MAX}")
    if not "".join(texts).isprintable():
        raise ValueError("bulletin: a text holds what cannot be printed")


def _require_bounded_texts(bulletin: Bulletin) -> None:
    lists = (
        bulletin.lineage.originators,
        bulletin.lineage.sensors,
        bulletin.lineage.parents,
        bulletin.label.originators,
        bulletin.label.releasable_to,
        bulletin.label.categories,
    )
    if max(map(len, lists)) > BULLETIN_SOURCES_MAX:
        raise ValueError(f"bulletin: a list is longer than {BULLETIN_SOURCES_MAX}")
    phase = bulletin.content.phase if bulletin.content else None
    texts = [bulletin.id, bulletin.object, bulletin.event, bulletin.mode, bulletin.agreement]
    texts += [bulletin.product_named]
    texts += [bulletin.label.policy, bulletin.label.level, phase or ""]
    if bulletin.content is not None:
        texts += [item.field for item in bulletin.content.delayed]
        if len(bulletin.content.delayed) > BULLETIN_DELAYED_FIELDS_MAX:
            raise ValueError(f"bulletin: over {BULLETIN_DELAYED_FIELDS_MAX} delayed fields")
    for items in lists:
        texts += items
    if max(map(len, texts)) > BULLETIN_TEXT_CHARACTERS_MAX:
        raise ValueError(f"bulletin: a text is longer than {BULLETIN_TEXT_CHARACTERS_MAX}")


def is_finite(value: object) -> bool:
    """Whether every number in a field's value is finite."""
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.astuple(value)
    if isinstance(value, tuple):
        try:
            return all(map(math.isfinite, value))  # numbers alone, as nearly always
        except (TypeError, OverflowError):
            return all(map(is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def surely_finite(content: Content) -> bool:
    """Whether every number is finite; False in doubt, as where a sum overflows.

    A sum is not finite where one of its terms is not, and takes a fraction of the time.
    """
    total = content.burnout_s or 0.0
    try:
        for place in (content.launch, content.impact):
            if place is not None:
                total += (
                    place.time_s
                    + place.time_sigma_s
                    + place.lat_deg
                    + place.lon_deg
                    + place.semi_major_m
                    + place.semi_minor_m
                    + place.azimuth_deg
                )
        apogee, path = content.apogee, content.path
        if apogee is not None:
            total += apogee.time_s + apogee.height_m + apogee.height_sigma_m
        if path is not None:
            total += path.epoch_s + path.last_plot_s + _SUMS[type(path)](path)
        return math.isfinite(total)
    except (TypeError, OverflowError, LookupError, AttributeError):
        return False


def _information_sum(path: StateInformation) -> float:
    return sum(path.matrix_upper, sum(path.vector, sum(path.reference)))


def _boost_sum(path: BoostState) -> float:
    return sum(path.covariance_upper, sum(path.mean))


_SUMS: Mapping[type, Callable[..., float]] = {
    StateInformation: _information_sum,
    BoostState: _boost_sum,
}
