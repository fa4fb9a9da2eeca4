"""Shell: reads the files that come with `warn`, which itself opens none."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from commonwatch.warn.regions import Regions, parse_regions


@cache
def warning_regions() -> Regions:
    """The prefectures and provinces that come with the program."""
    return parse_regions(_bytes_of("regions.json"), "regions.json")


def cap_schema_bytes() -> bytes:
    """The OASIS schema of CAP 1.2, as it is written."""
    return _bytes_of("CAP-v1.2.xsd")


def _bytes_of(name: str) -> bytes:
    return files("commonwatch.warn").joinpath("data", name).read_bytes()
