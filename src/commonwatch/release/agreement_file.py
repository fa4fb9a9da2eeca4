"""An agreement's terms from their TOML text. What is missing, unknown or malformed is refused."""

from __future__ import annotations

import tomllib
from typing import Annotated

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.label import EquivalentLevels, LevelTable
from commonwatch.limits import (
    AGREEMENT_FILE_BYTES_MAX,
    AGREEMENT_PARTIES_MAX,
    FIELD_DELAY_MAX_S,
)
from commonwatch.release.agreement import Article, FieldGrant, FloorTerms, PublicTerms, Terms
from commonwatch.release.fields import FIELD_PATHS

Positive = Annotated[float, msgspec.Meta(gt=0.0)]
Delay = Annotated[float, msgspec.Meta(ge=0.0, le=FIELD_DELAY_MAX_S)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Field(msgspec.Struct, forbid_unknown_fields=True):
    path: Text
    article: Text
    precision_m: Positive | None = None
    delay_s: Delay = 0.0


class _Floor(msgspec.Struct, forbid_unknown_fields=True):
    article: Text
    time_precision_s: Positive
    position_precision_m: Positive
    heading_precision_deg: Positive


class _Public(msgspec.Struct, forbid_unknown_fields=True):
    """`[public]`: what may stand in an alert to a party's public; without it nothing may."""

    article: Text
    field: tuple[_Field, ...] = ()


class _Article(msgspec.Struct, forbid_unknown_fields=True):
    reference: Text
    duty: Text
    basis: Text


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """The keys of the file, as `agreement show` explains them."""

    id: Text
    revision: Annotated[int, msgspec.Meta(ge=1)]
    title: Text
    parties: Annotated[tuple[str, ...], msgspec.Meta(min_length=2)]
    product: Text
    sensor_kinds: tuple[Text, ...]
    ceiling: Text
    categories: tuple[Text, ...]
    notice_days: Annotated[int, msgspec.Meta(ge=1)]
    source: Text
    level: Annotated[tuple[dict[str, str | tuple[Text, ...]], ...], msgspec.Meta(min_length=1)]
    field: tuple[_Field, ...] = ()
    floor: _Floor | None = None
    public: _Public | None = None
    article: tuple[_Article, ...] = ()


def parse_terms(toml_text: str, source: str) -> Terms:
    """The terms in `toml_text`; `source` names the file.

    UnusableInput says what is wrong and where.
    """
    if len(toml_text.encode()) > AGREEMENT_FILE_BYTES_MAX:
        raise UnusableInput(f"{source}: longer than {AGREEMENT_FILE_BYTES_MAX} bytes")
    try:
        told = msgspec.convert(tomllib.loads(toml_text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise UnusableInput(f"{source}: {error}") from error
    parties = tuple(nation(code) for code in told.parties)
    if len(set(parties)) != len(parties) or len(parties) > AGREEMENT_PARTIES_MAX:
        raise UnusableInput(f"{source}: parties must differ and be at most {AGREEMENT_PARTIES_MAX}")
    floor = told.floor
    return Terms(
        id=told.id,
        revision=told.revision,
        title=told.title,
        parties=parties,
        product=told.product,
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
        articles=tuple(Article(item.reference, item.duty, item.basis) for item in told.article),
        source=told.source,
        public=None
        if told.public is None
        else PublicTerms(told.public.article, _grants(told.public.field, source)),
    )


def _grants(entries: tuple[_Field, ...], source: str) -> tuple[FieldGrant, ...]:
    known = {"/".join(path.split("/")[:n]) for path in FIELD_PATHS for n in (1, 2)}
    for item in entries:
        if item.path not in known:
            raise UnusableInput(
                f"{source}: field `{item.path}` is unknown; fields are {', '.join(sorted(known))}"
            )
    return tuple(
        FieldGrant(item.path, item.article, item.precision_m, item.delay_s) for item in entries
    )


def _levels(told: _File, source: str) -> LevelTable:
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
        if not isinstance(common, str):
            raise UnusableInput(f"{source}: level {number}: `common` must name it")
        rows.append(EquivalentLevels(common, tuple(markings)))
    every = [marking for row in rows for marking in row.markings]
    if len(set(every)) != len(every) or len({row.common for row in rows}) != len(rows):
        raise UnusableInput(f"{source}: a level stands in two rows; each belongs to one")
    if told.ceiling not in {row.common for row in rows}:
        raise UnusableInput(f"{source}: ceiling `{told.ceiling}` is none of the levels")
    return LevelTable(tuple(rows))
