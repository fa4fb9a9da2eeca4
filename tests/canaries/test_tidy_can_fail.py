"""Each house rule is broken once, and once kept, to prove that it can tell the two apart."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tests import house_rules
from tests.house_rules import RULES, SourceFile

KERNEL = "src/commonwatch/trajectory/kernels/probe.py"
PURE = "src/commonwatch/estimate/probe.py"
SHELL = "src/commonwatch/node/probe.py"

# rule -> (path, text that breaks it, text that keeps it)
CASES = {
    "file_is_short": [(SHELL, "x = 1\n" * 501, "x = 1\n" * 500)],
    "functions_are_short": [
        (SHELL, "def f():\n" + "    x = 1\n" * 70, "def f():\n" + "    x = 1\n" * 69),
        (SHELL, "class A:\n  async def f():\n" + "    x = 1\n" * 70, "x = 1\n"),
    ],
    "lines_are_short": [(SHELL, "#" * 101, "#" * 100), ("Makefile", "a" * 101, "a" * 100)],
    "no_drawer": [
        ("src/commonwatch/node/utils.py", "", None),
        ("src/commonwatch/helpers/ring.py", "", None),
    ],
    "no_broad_except": [
        (
            SHELL,
            "try:\n    f()\nexcept Exception:\n    g()\n",
            "try:\n    f()\nexcept OSError:\n    g()\n",
        ),
        (
            SHELL,
            "try:\n    f()\nexcept:\n    g()\n",
            "try:\n    f()\nexcept:\n    g()\n    raise\n",
        ),
        (SHELL, "try:\n    f()\nexcept (OSError, BaseException):\n    g()\n", "x = 1\n"),
        (
            SHELL,
            "with contextlib.suppress(Exception):\n    f()\n",
            "with suppress(OSError):\n    f()\n",
        ),
    ],
    "no_keywords_passed_through": [(SHELL, "def f(**rest): ...\n", "def f(*, rest): ...\n")],
    "pure_core_has_no_effects": [
        (PURE, "import time\n", "import math\n"),
        (PURE, "def f():\n    from os.path import join\n", "from math import pi\n"),
        (PURE, "import sqlite3 as base\n", "import numpy as np\n"),
        (PURE, "import socket\n", "import zlib\n"),
        (PURE, "open('x')\n", "store.open('x')\n"),
        (PURE, "datetime.now(UTC)\n", "now_s = 1.0\n"),
        (PURE, "np.random.default_rng(1)\n", "np.linalg.inv(a)\n"),
        ("src/commonwatch/label.py", "import threading\n", "import enum\n"),
        ("src/commonwatch/untrusted_xml.py", "import urllib.request\n", "import re\n"),
        (SHELL.replace("node", "marking"), "import time\n", "import hashlib\n"),
        (SHELL.replace("node", "warn"), "import random\n", "import json\n"),
    ],
    "pure_values_are_frozen": [
        (PURE, "@dataclass\nclass A: ...\n", "@dataclass(frozen=True, slots=True)\nclass A: ...\n"),
        (PURE, "@dataclass(frozen=True)\nclass A: ...\n", "class A: ...\n"),
        (PURE, "class A(msgspec.Struct): ...\n", "class A(msgspec.Struct, frozen=True): ...\n"),
    ],
    "kernels_are_bounded": [
        (KERNEL, "while True:\n    f()\n", "for _ in range(9):\n    f()\n"),
        (
            KERNEL,
            "@njit(cache=True, fastmath=True)\ndef f(): ...\n",
            "@njit(cache=True)\ndef f(): ...\n",
        ),
        (KERNEL, "@numba.njit()\ndef f(): ...\n", "@kernel\ndef f(): ...\n"),
    ],
    "no_registry_host": [
        ("docs/probe.md", "get it from " + host, "get it from its registry")
        for host in house_rules.REGISTRY_HOSTS
    ],
    "no_place_of_one_machine": [
        ("docs/probe.md", f"see {place}somewhere", "see docs/somewhere, or a/work/of/art")
        for place in house_rules.PLACES_OF_ONE_MACHINE
    ],
    "nothing_unfinished": [(SHELL, "# TO" + "DO: mend\n", "# done\n")],
    "readme_names_both_commands": [
        ("README.md", "make demo\n", "make demo\nmake test\n"),
        ("README.md", "make test\n", "make demo\nmake test\n"),
    ],
}


def test_every_rule_has_a_canary():
    assert set(CASES) == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(
    ("name", "path", "broken", "kept"),
    [(name, *case) for name, cases in CASES.items() for case in cases],
)
def test_rule_tells_broken_from_kept(name, path, broken, kept):
    rule = getattr(house_rules, name)
    assert list(rule(SourceFile(PurePosixPath(path), broken)))
    if kept is not None:
        assert not list(rule(SourceFile(PurePosixPath(path), kept)))


def test_rules_of_the_pure_core_leave_the_shell_alone():
    file = SourceFile(PurePosixPath(SHELL), "import time\nimport socket\nopen('x')\n")
    assert not list(house_rules.pure_core_has_no_effects(file))
