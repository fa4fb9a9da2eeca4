"""Each check of `make check` is shown one thing that it must refuse, and its reason is read.

The package is copied, one line is added to the copy, and the very configuration of this checkout
judges it. That the copy passes without the line is what `make check` itself shows.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house_rules import ROOT

CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in CONFIGURATION["tool"]["importlinter"]["contracts"]
}
# contract -> modules that must not import, and what they import all the same
OFFENCES = {
    "upstream": [
        ("acquire/probe.py", "import commonwatch.estimate"),
        ("estimate/probe.py", "from commonwatch.release import gate"),
        ("trajectory/probe.py", "import commonwatch.acquire"),
        ("fuse/probe.py", "import commonwatch.world"),
        ("release/probe.py", "import commonwatch.node"),
        ("node/probe.py", "import commonwatch.cli.app"),
        ("errors.py", "import commonwatch.trajectory"),
        ("catalogue/probe.py", "import commonwatch.label"),
        ("marking/probe.py", "import commonwatch.release"),
        ("label.py", "import commonwatch.marking"),
    ],
    "bulletins-alone": [
        ("share/probe.py", "import commonwatch.estimate"),
        ("warn/probe.py", "from commonwatch.acquire import plot"),
        ("warn/probe.py", "import commonwatch.fuse"),
    ],
    "pure-core": [
        ("estimate/probe.py", "import time"),
        ("release/probe.py", "from socket import create_connection"),
        ("trajectory/probe.py", "import random"),
        ("warn/probe.py", "from pathlib import Path"),
        ("share/probe.py", "import sqlite3"),
        ("fuse/probe.py", "import threading"),
        ("acquire/probe.py", "def late():\n    import os"),
        ("marking/probe.py", "import os"),
    ],
    "compiled-code": [
        ("estimate/probe.py", "import numba"),
        ("trajectory/probe.py", "import numba"),
    ],
    "stateless-physics": [
        ("trajectory/probe.py", "import commonwatch.label"),
        ("trajectory/probe.py", "import commonwatch.marking"),
    ],
    "report": [
        ("report/probe.py", "import commonwatch.release"),
        ("report/probe.py", "import commonwatch.world"),
    ],
}


def run(tool: str, *arguments: str, where: Path) -> subprocess.CompletedProcess[str]:
    """Run a checker over a copy of the tree, with the copy before the installed package."""
    return subprocess.run(
        [str(Path(sys.executable).with_name(tool)), *arguments],
        cwd=where,
        env=os.environ | {"PYTHONPATH": str(where / "src"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        check=False,
        text=True,
    )


def test_every_contract_has_a_canary():
    assert set(OFFENCES) == set(CONTRACTS)


@pytest.fixture(scope="module")
def broken_imports(tmp_path_factory) -> str:
    """What import-linter says of a copy with every offence at once, each in a file of its own."""
    where = tmp_path_factory.mktemp("imports")
    shutil.copy(ROOT / "pyproject.toml", where)
    sources = shutil.ignore_patterns("__pycache__", "*.json", "*.csv", "*.xsd", "*.gz")
    shutil.copytree(ROOT / "src" / "commonwatch", where / "src" / "commonwatch", ignore=sources)
    for contract, offences in OFFENCES.items():
        for number, (path, line) in enumerate(offences):
            place = where / "src" / "commonwatch" / offender(contract, number, path)
            with place.open("a", encoding="utf-8") as file:
                file.write(f"\n{line}\n")
    done = run("lint-imports", "--no-cache", where=where)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def offender(contract: str, number: int, path: str) -> str:
    return path.replace("probe", f"probe_{contract.replace('-', '_')}_{number}")


@pytest.mark.parametrize(
    ("contract", "number", "path", "line"),
    [
        (contract, number, path, line)
        for contract, offences in OFFENCES.items()
        for number, (path, line) in enumerate(offences)
    ],
)
def test_import_contract_names_the_offence(contract, number, path, line, broken_imports):
    assert f"{CONTRACTS[contract]} BROKEN" in broken_imports
    chapter = broken_imports.partition("Broken contracts")[2].partition(
        f"\n{CONTRACTS[contract]}\n"
    )[2]
    importer = "commonwatch." + offender(contract, number, path)[:-3].replace("/", ".")
    imported = line.split("import" if "from" not in line else "from")[1].split()[0]
    own = [found for found in chapter.splitlines() if f"{importer} -> {imported}" in found]
    assert own, f"import-linter did not name {importer} -> {imported}:\n{chapter}"


def canary_tree(where: Path, name: str, text: str) -> None:
    package = where / "src" / "commonwatch"
    package.mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", where)
    for path in ("__init__.py", "errors.py"):
        shutil.copy(ROOT / "src" / "commonwatch" / path, package)
    (package / name).write_text(text, "utf-8")


HEAD = '"""A canary."""\n\nfrom __future__ import annotations\n'


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("BLE001", "\ntry:\n    X = 1\nexcept Exception:\n    X = 2\n"),
        ("D103", "\n\ndef f() -> None:\n    f()\n"),
        ("DTZ005", "\nimport datetime\n\nNOW = datetime.datetime.now()\n"),
        ("E501", f"\nX = '{'x' * 100}'\n"),
        ("F401", "\nimport json\n"),
        ("NPY002", "\nimport numpy as np\n\nX = np.random.rand(3)\n"),
        ("S301", "\nimport pickle\n\nX = pickle.loads(b'')\n"),
    ],
)  # fmt: skip
def test_ruff_refuses(code, text, tmp_path):
    canary_tree(tmp_path, "canary.py", HEAD + text)
    done = run("ruff", "check", "--no-cache", "--output-format=concise", where=tmp_path)
    assert done.returncode == 1
    assert f" {code} " in done.stdout


def test_ruff_passes_what_is_in_order(tmp_path):
    canary_tree(tmp_path, "canary.py", HEAD)
    done = run("ruff", "check", "--no-cache", where=tmp_path)
    assert done.returncode == 0, done.stdout


def test_ruff_format_refuses_another_layout(tmp_path):
    canary_tree(tmp_path, "canary.py", HEAD + "\nX=[ 1,2 ]\n")
    done = run("ruff", "format", "--check", "--no-cache", where=tmp_path)
    assert done.returncode == 1
    assert "canary.py" in done.stdout


def test_mypy_strict_refuses(tmp_path):
    text = (
        "\n\ndef untyped(x):\n    return x\n"  # no-untyped-def
        "\n\ndef wrong() -> int:\n    return 'one'\n"  # return-value
        "\n\nX: list = []\n"  # type-arg
        "\n\ndef optional(x: str | None) -> int:\n    return len(x)\n"  # arg-type
    )
    canary_tree(tmp_path, "canary.py", HEAD + text)
    done = run("mypy", "--cache-dir", os.devnull, where=tmp_path)
    assert done.returncode == 1
    for code in ("no-untyped-def", "return-value", "type-arg", "arg-type"):
        assert f"[{code}]" in done.stdout, done.stdout


def test_a_failing_test_fails_the_run(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_canary.py").write_text(
        "def test_it():\n    assert 1 == 2\n", "utf-8"
    )
    done = run("pytest", "-q", "-p", "no:cacheprovider", where=tmp_path)
    assert done.returncode == 1
    assert "1 failed" in done.stdout
