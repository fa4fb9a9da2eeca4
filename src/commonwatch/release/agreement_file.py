"""An agreement's terms from and to their TOML text.

What is missing, unknown or malformed is refused.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
import tomli_w

from commonwatch.errors import UnusableInput
from commonwatch.identity import Nation, nation
from commonwatch.label import EquivalentLevels, LevelTable
from commonwatch.limits import (
    AGREEMENT_FILE_BYTES_MAX,
    AGREEMENT_PARTIES_MAX,
    FIELD_DELAY_MAX_S,
    ITEM_DAYS_MAX,
)
from commonwatch.release.agreement import (
    Article,
    FieldGrant,
    FloorTerms,
    FurtherProduct,
    Parent,
    PublicTerms,
    Terms,
)
from commonwatch.release.duration import Duration, first_end_s
from commonwatch.release.fields import FIELD_PATHS, WITHOUT_PLACE
from commonwatch.release.product import FURTHER_PRODUCTS, LAUNCH_WARNING
from commonwatch.utc import YEAR_10000_S, parse_utc

YEARS_MAX = 100

# Nobody waits longer for the end of an agreement, and dates have an end too.
NOTICE_DAYS_MAX = 3650
# Coarser than half the Earth's circumference, or a year, is no precision.
PRECISION_MAX = 4e7
# A terminal shows a text as it is: no control character, nothing that turns the direction of
# writing; a line break where a text may have several lines.
_UNSHOWN = r"\x7f-\x9f\u2028-\u202e\u2066-\u2069"

Positive = Annotated[float, msgspec.Meta(gt=0.0, le=PRECISION_MAX)]
Delay = Annotated[float, msgspec.Meta(ge=0.0, le=FIELD_DELAY_MAX_S)]
Text = Annotated[str, msgspec.Meta(pattern=rf"^[^\x00-\x09\x0b-\x1f{_UNSHOWN}]+\Z")]
Line = Annotated[str, msgspec.Meta(pattern=rf"^[^\x00-\x1f{_UNSHOWN}]+\Z")]
# As Line; a command line would take a dash for an option.
Name = Annotated[str, msgspec.Meta(pattern=rf"^[^-\x00-\x1f{_UNSHOWN}][^\x00-\x1f{_UNSHOWN}]*\Z")]
Years = Annotated[int, msgspec.Meta(ge=1, le=YEARS_MAX)]


class FieldEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[[field]]`: what may go, how precisely (metres) and how late (seconds)."""

    path: Line
    article: Text
    precision_m: Positive | None = None
    delay_s: Delay = 0.0


class ProductEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[[further_product]]`: a product besides the first, with fields of its own."""

    name: Line
    field: tuple[FieldEntry, ...] = ()


class FloorEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[floor]`: the bulletin that goes where an error keeps the details back."""

    article: Text
    time_precision_s: Positive
    position_precision_m: Positive
    heading_precision_deg: Positive


class PublicEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[public]`: what may stand in an alert to a party's public; without it nothing may."""

    article: Text
    field: tuple[FieldEntry, ...] = ()


class ArticleEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[[article]]`: a duty; `goes_on` where it outlives the agreement."""

    reference: Line
    duty: Text
    basis: Text
    goes_on: bool = False


class DurationEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[duration]`: `years` or `end`; days as 2026-11-23 or moments as 2026-11-22T15:00:00Z."""

    years: Years | None = None
    start: Text | None = None
    end: Text | None = None
    extended_by_years: Annotated[int, msgspec.Meta(ge=0, le=YEARS_MAX)] = 0


class ParentEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[parent]]`: an agreement that this one rests on, from this revision on, and its parties."""

    id: Name
    revision: Annotated[int, msgspec.Meta(ge=1)]
    parties: Annotated[tuple[str, ...], msgspec.Meta(min_length=2)]


class AgreementFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The keys of the file, as docs/agreements.md explains them."""

    id: Name
    revision: Annotated[int, msgspec.Meta(ge=1)]
    title: Line
    parties: tuple[str, ...]
    product: Line
    sensor_kinds: tuple[Line, ...]
    ceiling: Line
    categories: tuple[Line, ...]
    notice_days: Annotated[int, msgspec.Meta(ge=1, le=NOTICE_DAYS_MAX)]
    source: Text
    # (`Line` in the place of `str` here makes msgspec 0.22 free its pattern twice.)
    level: Annotated[tuple[dict[str, str | tuple[Line, ...]], ...], msgspec.Meta(min_length=1)]
    purpose: Text | None = None
    further_products: tuple[Line, ...] = ()
    further_product: tuple[ProductEntry, ...] = ()
    sensors: tuple[Line, ...] = ()
    hub: str | None = None
    duration: DurationEntry | None = None
    parent: tuple[ParentEntry, ...] = ()
    field: tuple[FieldEntry, ...] = ()
    floor: FloorEntry | None = None
    public: PublicEntry | None = None
    article: tuple[ArticleEntry, ...] = ()
    keep_days: Annotated[float, msgspec.Meta(gt=0.0, le=ITEM_DAYS_MAX)] | None = None


def read_file(toml_text: str, source: str) -> AgreementFile:
    """The keys of `toml_text`; UnusableInput names its `source` where it is malformed."""
    if len(toml_text.encode()) > AGREEMENT_FILE_BYTES_MAX:
        raise UnusableInput(f"{source}: longer than {AGREEMENT_FILE_BYTES_MAX} bytes")
    try:
        keys = tomllib.loads(toml_text)
        for path, value in _numbers(keys, ""):
            if not math.isfinite(value):
                raise UnusableInput(f"{source}: $.{path}: {value} is no finite number; write one")
        told = msgspec.convert(keys, AgreementFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise UnusableInput(f"{source}: {error}") from error
    _require_sensors(told, source)
    return told


def _numbers(told: object, path: str) -> Iterator[tuple[str, float]]:
    """Every number with a fraction in what TOML holds, and the key that it stands under."""
    match told:
        case float():
            yield path, told
        case dict():
            for key, value in told.items():
                yield from _numbers(value, f"{path}.{key}" if path else str(key))
        case list():
            for number, value in enumerate(told):
                yield from _numbers(value, f"{path}[{number}]")
        case _:
            pass


def written_file(told: AgreementFile) -> str:
    """The TOML text of these keys; `parse_terms` reads it back."""
    return tomli_w.dumps(msgspec.to_builtins(told))


def parse_terms(toml_text: str, source: str) -> Terms:
    """The terms in `toml_text`; `source` names the file.

    UnusableInput says what is wrong and where.
    """
    told = read_file(toml_text, source)
    parties = _parties(told, source)
    floor = told.floor
    return Terms(
        id=told.id,
        revision=told.revision,
        title=told.title,
        parties=parties,
        product=_product(told, source),
        sensor_kinds=told.sensor_kinds,
        fields=_grants(told.field, source),
        levels=_levels(told, source),
        ceiling=told.ceiling,
        categories=told.categories,
        notice_days=told.notice_days,
        floor=None
        if floor is None
        else FloorTerms(
            floor.article,
            floor.time_precision_s,
            floor.position_precision_m,
            floor.heading_precision_deg,
        ),
        articles=tuple(
            Article(item.reference, item.duty, item.basis, item.goes_on) for item in told.article
        ),
        source=told.source,
        public=None
        if told.public is None
        else PublicTerms(told.public.article, _grants(told.public.field, source)),
        purpose=told.purpose or "",
        further_products=_further_products(told, source),
        sensors=told.sensors,
        duration=_duration(told, source),
        parents=_parents(told, source),
        hub=_hub(told, source),
        keep_days=told.keep_days,
        document=hashlib.sha256(toml_text.encode()).hexdigest(),
    )


def _parties(told: AgreementFile, source: str) -> tuple[Nation, ...]:
    if len(told.parties) < 2:
        raise UnusableInput(
            f"{source}: parties of length {len(told.parties)}: who has no partner releases to "
            'nobody; name at least two nations, as in parties = ["KOR", "JPN"]'
        )
    parties = _nations(told.parties, f"{source}: parties")
    if len(set(parties)) != len(parties) or len(parties) > AGREEMENT_PARTIES_MAX:
        raise UnusableInput(f"{source}: parties must differ and be at most {AGREEMENT_PARTIES_MAX}")
    return parties


def _product(told: AgreementFile, source: str) -> str:
    named = [*told.further_products, *(item.name for item in told.further_product)]
    unknown = sorted(set(named) - set(FURTHER_PRODUCTS))
    if told.product != LAUNCH_WARNING or unknown:
        wrong = told.product if told.product != LAUNCH_WARNING else unknown[0]
        raise UnusableInput(
            f"{source}: product `{wrong}` is unknown; the product is {LAUNCH_WARNING}, "
            f"further_products are {', '.join(FURTHER_PRODUCTS)}"
        )
    if len(set(named)) != len(named):
        raise UnusableInput(
            f"{source}: a further product is named twice; write it in `further_products`, "
            "of which nothing goes, or as [[further_product]] with its fields"
        )
    return told.product


def _further_products(told: AgreementFile, source: str) -> tuple[FurtherProduct, ...]:
    return (
        *(FurtherProduct(name) for name in told.further_products),
        *(FurtherProduct(item.name, _grants(item.field, source)) for item in told.further_product),
    )


def _require_sensors(told: AgreementFile, source: str) -> None:
    if not told.sensor_kinds and not told.sensors:
        raise UnusableInput(
            f"{source}: no sensor is covered, so that nothing could go - at `$.sensor_kinds`; name "
            'classes, as in sensor_kinds = ["radar"], or sensors = ["KOR-1"]'
        )


def _hub(told: AgreementFile, source: str) -> Nation | None:
    if told.hub is None:
        return None
    if told.hub not in told.parties:
        raise UnusableInput(f"{source}: hub `{told.hub}` is no party; name one of the parties")
    return nation(told.hub)


def _parents(told: AgreementFile, source: str) -> tuple[Parent, ...]:
    names = [item.id for item in told.parent]
    if told.id in names or len(set(names)) != len(names):
        raise UnusableInput(f"{source}: parents must differ from {told.id} and from each other")
    return tuple(
        Parent(
            item.id,
            item.revision,
            _nations(item.parties, f"{source}: parent `{item.id}`: parties"),
        )
        for item in told.parent
    )


def _nations(codes: Iterable[str], where: str) -> tuple[Nation, ...]:
    try:
        return tuple(nation(code) for code in codes)
    except UnusableInput as error:
        raise UnusableInput(f"{where}: {error}") from error


def _duration(told: AgreementFile, source: str) -> Duration | None:
    entry = told.duration
    if entry is None:
        return None
    if (entry.years is None) == (entry.end is None):
        raise UnusableInput(f"{source}: duration: write `years` or `end`, one of the two")
    if entry.start is not None and told.revision > 1:
        raise UnusableInput(
            f"{source}: duration: a later revision starts when all have signed it, "
            "else it would overlap the one before; leave `start` out"
        )
    start_s = None if entry.start is None else _moment_s(entry.start, f"{source}: start")
    end_s = None if entry.end is None else _moment_s(entry.end, f"{source}: end")
    if start_s is not None and end_s is not None and end_s <= start_s:
        raise UnusableInput(f"{source}: duration: the end is not after the start")
    duration = Duration(start_s, entry.years, end_s, entry.extended_by_years)
    if start_s is not None:
        _require_on_calendar(duration, start_s, source)
    return duration


def _require_on_calendar(duration: Duration, start_s: float, source: str) -> None:
    if first_end_s(duration, start_s) >= YEAR_10000_S:
        raise UnusableInput(
            f"{source}: duration: it ends after the year 9999; write an earlier start"
        )


def _moment_s(text: str, where: str) -> float:
    try:
        return parse_utc(f"{text}T00:00:00Z" if "T" not in text else text)
    except ValueError as error:
        raise UnusableInput(f"{where}: {error}; a day is written 2026-11-23") from error


def _grants(entries: tuple[FieldEntry, ...], source: str) -> tuple[FieldGrant, ...]:
    known = {"/".join(path.split("/")[:n]) for path in FIELD_PATHS for n in (1, 2)}
    for item in entries:
        if item.path not in known:
            raise UnusableInput(
                f"{source}: field `{item.path}` is unknown; fields are {', '.join(sorted(known))}"
            )
        if item.precision_m is not None and item.path in WITHOUT_PLACE:
            raise UnusableInput(
                f"{source}: field `{item.path}` has a precision in metres, and holds no place; "
                "leave precision_m out: it goes as known, or late with delay_s. Precisions are of "
                f"{', '.join(sorted(known - WITHOUT_PLACE))}"
            )
    paths = [item.path for item in entries]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise UnusableInput(
            f"{source}: field `{twice}` is granted twice; write it once, with its precision and "
            "delay"
        )
    return tuple(
        FieldGrant(item.path, item.article, item.precision_m, item.delay_s) for item in entries
    )


def _levels(told: AgreementFile, source: str) -> LevelTable:
    rows = []
    for number, table in enumerate(told.level, 1):
        markings: list[tuple[str, str]] = []
        for owner, names in table.items():
            if owner == "common":
                continue
            if owner not in told.parties or isinstance(names, str):
                raise UnusableInput(
                    f"{source}: level {number}: `{owner}` must be a party with a list of its levels"
                )
            markings += [(owner, name) for name in names]
        common = table.get("common")
        if not isinstance(common, str) or not common.isprintable():
            raise UnusableInput(f"{source}: level {number}: `common` must name it")
        rows.append(EquivalentLevels(common, tuple(markings)))
    every = [marking for row in rows for marking in row.markings]
    if len(set(every)) != len(every) or len({row.common for row in rows}) != len(rows):
        raise UnusableInput(f"{source}: a level stands in two rows; each belongs to one")
    if told.ceiling not in {row.common for row in rows}:
        known = ", ".join(row.common for row in rows)
        raise UnusableInput(f"{source}: ceiling `{told.ceiling}` is none of the levels {known}")
    _require_level_of_each(told, rows, source)
    return LevelTable(tuple(rows))


def _require_level_of_each(told: AgreementFile, rows: list[EquivalentLevels], source: str) -> None:
    """UnusableInput where a party shares no level with another one, up to the ceiling."""
    up_to = [row.common for row in rows].index(told.ceiling) + 1
    shared = [{owner for owner, _level in row.markings} for row in rows[:up_to]]
    for party in told.parties:
        if not any(party in owners and len(owners) > 1 for owners in shared):
            raise UnusableInput(
                f"{source}: no level of {party} equals one of another party up to {told.ceiling}: "
                f"nothing could go to or from {party}; write it in a row, as in "
                f'{party} = ["SECRET"]'
            )
