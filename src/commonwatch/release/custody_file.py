"""A register of persons from its TOML text. What is missing, unknown or malformed is refused."""

from __future__ import annotations

import tomllib
from typing import Annotated

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.limits import CUSTODY_FILE_BYTES_MAX, CUSTODY_PERSONS_MAX
from commonwatch.release.custody import Need, Person, Register
from commonwatch.utc import parse_utc

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class _Need(msgspec.Struct, forbid_unknown_fields=True):
    agreement: Text
    product: Text | None = None
    incidents: tuple[Text, ...] | None = None


class _Person(msgspec.Struct, forbid_unknown_fields=True):
    id: Text
    clearance: Text
    authorised_from: Text
    authorised_until: Text
    nation: Text | None = None
    role: str = ""
    need: tuple[_Need, ...] = ()


class _Retention(msgspec.Struct, forbid_unknown_fields=True):
    agreement: Text
    days: Annotated[float, msgspec.Meta(gt=0.0)]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    nation: Text
    facility: Text | None = None
    person: tuple[_Person, ...] = ()
    retention: tuple[_Retention, ...] = ()


def parse_register(toml_text: str, source: str) -> Register:
    """The register in `toml_text`; `source` names the file.

    UnusableInput says what is wrong and where.
    """
    if len(toml_text.encode()) > CUSTODY_FILE_BYTES_MAX:
        raise UnusableInput(f"{source}: longer than {CUSTODY_FILE_BYTES_MAX} bytes")
    try:
        told = msgspec.convert(tomllib.loads(toml_text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise UnusableInput(f"{source}: {error}") from error
    names = [person.id for person in told.person]
    if len(set(names)) != len(names) or len(names) > CUSTODY_PERSONS_MAX:
        raise UnusableInput(f"{source}: ids must differ, of at most {CUSTODY_PERSONS_MAX} persons")
    agreements = [item.agreement for item in told.retention]
    if len(set(agreements)) != len(agreements):
        raise UnusableInput(f"{source}: an agreement has two times of retention")
    return Register(
        nation(told.nation),
        tuple(_person(item, told.nation, source) for item in told.person),
        tuple((item.agreement, item.days) for item in told.retention),
        told.facility or "",
    )


def _person(told: _Person, own: str, source: str) -> Person:
    try:
        from_s, until_s = parse_utc(told.authorised_from), parse_utc(told.authorised_until)
    except ValueError as error:
        raise UnusableInput(f"{source}: person `{told.id}`: {error}") from error
    if not from_s < until_s:
        raise UnusableInput(f"{source}: person `{told.id}`: authorised until before from")
    for item in told.need:
        if item.incidents == ():
            raise UnusableInput(
                f"{source}: person `{told.id}`: an empty list of incidents needs nothing; "
                "leave it out for all incidents"
            )
    needs = tuple(Need(item.agreement, item.product, item.incidents or ()) for item in told.need)
    owner = nation(told.nation or own)
    return Person(told.id, owner, told.clearance, from_s, until_s, needs, told.role)
