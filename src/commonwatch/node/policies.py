"""The policies that come with the program, and the one table that remembers their answers."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import msgspec

from commonwatch.release.cedar import Policies
from commonwatch.release.rules_revision import RulesRevision, parse_revisions, rules_digest
from commonwatch.release.table import DecisionTable

POLICY_FILE = "release.cedar"
SCHEMA_FILE = "release.cedarschema"
REVISIONS_FILE = "revisions.toml"


def shipped_policies() -> Policies:
    """The policies of release, read and checked against their schema."""
    return Policies(_text(POLICY_FILE), _text(SCHEMA_FILE), POLICY_FILE)


def shipped_rules() -> RulesRevision:
    """The newest revision of these policies, with the digest of what is there, altered or not."""
    newest = parse_revisions(_text(REVISIONS_FILE), REVISIONS_FILE)[-1]
    digest = rules_digest((_text(POLICY_FILE), _text(SCHEMA_FILE)))
    return msgspec.structs.replace(newest, digest=digest)


def _text(name: str) -> str:
    return (resources.files("commonwatch.release") / "policies" / name).read_text("utf-8")


@lru_cache(maxsize=1)
def shipped_table() -> DecisionTable:
    """The table of the shipped policies; all nodes of this process may share it."""
    return DecisionTable(shipped_policies())
