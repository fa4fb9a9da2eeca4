"""The policies that come with the program, and the one table that remembers their answers."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from commonwatch.release.cedar import Policies
from commonwatch.release.table import DecisionTable

POLICY_FILE = "release.cedar"
SCHEMA_FILE = "release.cedarschema"


def shipped_policies() -> Policies:
    """The policies of release, read and checked against their schema."""
    folder = resources.files("commonwatch.release") / "policies"
    texts = [(folder / name).read_text("utf-8") for name in (POLICY_FILE, SCHEMA_FILE)]
    return Policies(texts[0], texts[1], POLICY_FILE)


@lru_cache(maxsize=1)
def shipped_table() -> DecisionTable:
    """The table of the shipped policies; all nodes of this process may share it."""
    return DecisionTable(shipped_policies())
