"""The house rules that no off-the-shelf checker knows; each answers its reasons, one a line.

A rule takes one file and yields what is wrong with it. tests/test_tidy.py runs all rules over all
files; tests/canaries/test_tidy_can_fail.py breaks each rule once.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TypeGuard

ROOT = Path(__file__).resolve().parent.parent

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
LINE_CHARACTERS_MAX = 100

PURE_FOLDERS = ("trajectory", "acquire", "estimate", "fuse", "release", "share", "warn", "marking")
PURE_FLAT_FILES = (
    "label.py", "lineage.py", "mode.py", "identity.py", "limits.py", "errors.py",
    "untrusted_xml.py", "untrusted_json.py", "foreign_text.py",
)  # fmt: skip
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "functions", "tools", "stuff"}

# Spelled in two parts, so that this file itself does not hold what it forbids.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry.npmjs", "org"),
        ("registry.yarnpkg", "com"),
        ("deb.debian", "org"),
        ("security.debian", "org"),
        ("proxy.golang", "org"),
        ("static.crates", "io"),
        ("conda.anaconda", "org"),
    )
)
PLACES_OF_ONE_MACHINE = tuple(
    "/" + place for place in ("work/", "root/", "home/", "opt/", "Users/")
)
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "HA" + "CK")) + r")\b")

EFFECTS = {
    "asyncio", "http", "requests", "select", "selectors", "socket", "socketserver", "ssl", "urllib",
    "fileinput", "glob", "gzip", "importlib", "mmap", "os", "pathlib", "shutil", "subprocess",
    "sys", "tempfile", "zipfile", "dbm", "shelve", "sqlalchemy", "sqlite3", "concurrent",
    "multiprocessing", "queue", "signal", "threading", "time", "random", "secrets", "uuid",
    "logging", "rich", "typer",
}  # fmt: skip
EFFECT_CALLS = {"open", "print", "input", "exec", "eval", "breakpoint"}
CLOCK_CALLS = {"now", "utcnow", "today"}


@dataclass(frozen=True)
class SourceFile:
    """A tracked file: its path from the root of the checkout, and its text."""

    path: PurePosixPath
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def is_python(self) -> bool:
        return self.path.suffix == ".py"

    @property
    def in_package(self) -> bool:
        return self.path.parts[:2] == ("src", "commonwatch")

    @property
    def is_pure(self) -> bool:
        inside = self.path.parts[2:]
        return self.in_package and (
            inside[0] in PURE_FOLDERS or inside in [(f,) for f in PURE_FLAT_FILES]
        )

    @property
    def is_kernel(self) -> bool:
        return self.in_package and self.path.parts[2:4] == ("trajectory", "kernels")


Rule = Callable[[SourceFile], Iterator[str]]


def file_is_short(file: SourceFile) -> Iterator[str]:
    if file.is_python and len(file.lines) > FILE_LINES_MAX:
        yield f"{file.path}: {len(file.lines)} lines, over {FILE_LINES_MAX}: which concepts?"


def functions_are_short(file: SourceFile) -> Iterator[str]:
    for node in _walk(file):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield f"{_at(file, node)}: `{node.name}`: {length} lines, over {FUNCTION_LINES_MAX}"


def lines_are_short(file: SourceFile) -> Iterator[str]:
    if file.path.suffix in {".py", ".sh", ".toml"} or file.path.name == "Makefile":
        for number, line in enumerate(file.lines, 1):
            if len(line) > LINE_CHARACTERS_MAX:
                yield f"{file.path}:{number}: {len(line)} characters, over {LINE_CHARACTERS_MAX}"


def no_drawer(file: SourceFile) -> Iterator[str]:
    if file.is_python:
        for part in file.path.with_suffix("").parts:
            if part in DRAWERS and file.in_package:
                yield f"{file.path}: `{part}` is a drawer, not a concept"


def no_broad_except(file: SourceFile) -> Iterator[str]:
    for node in _walk(file):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _raises_again(node):
            yield f"{_at(file, node)}: this except catches what it cannot mend"
        suppresses = isinstance(node, ast.Call) and _name(node.func) == "suppress"
        if suppresses and any(_is_broad(argument) for argument in node.args):
            yield f"{_at(file, node)}: this suppress hides what it cannot mend"


def no_keywords_passed_through(file: SourceFile) -> Iterator[str]:
    if file.in_package:
        for node in _walk(file):
            if isinstance(node, ast.arguments) and node.kwarg is not None:
                yield f"{_at(file, node.kwarg)}: `**{node.kwarg.arg}` hides what is accepted"


def pure_core_has_no_effects(file: SourceFile) -> Iterator[str]:
    if not file.is_pure:
        return
    for node in _walk(file):
        for module in _imported(node):
            if module.split(".")[0] in EFFECTS or module.startswith("numpy.random"):
                yield f"{_at(file, node)}: the pure core imports `{module}`"
        if isinstance(node, ast.Call):
            called = _name(node.func)
            if called in EFFECT_CALLS and isinstance(node.func, ast.Name):
                yield f"{_at(file, node)}: the pure core calls `{called}`"
            if called in CLOCK_CALLS and isinstance(node.func, ast.Attribute):
                yield f"{_at(file, node)}: the pure core asks a clock; `now` is an argument"
        if isinstance(node, ast.Attribute) and node.attr == "random":
            yield f"{_at(file, node)}: the pure core draws random numbers"


def pure_values_are_frozen(file: SourceFile) -> Iterator[str]:
    if not file.is_pure:
        return
    for node in _walk(file):
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue  # a private class is scratch paper, not a value that is passed on
        for decorator in node.decorator_list:
            if _name(decorator) == "dataclass":
                yield from _needs(file, node, decorator, ("frozen", "slots"))
        if any(_name(base) == "Struct" for base in node.bases) and "frozen" not in _true(
            node.keywords
        ):
            yield f"{_at(file, node)}: `{node.name}` must be frozen=True"


def kernels_are_bounded(file: SourceFile) -> Iterator[str]:
    if not file.is_kernel:
        return
    for node in _walk(file):
        if isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and node.test.value:
            yield f"{_at(file, node)}: a loop without a bound"
        if isinstance(node, ast.Call) and {"fastmath", "parallel"} & _true(node.keywords):
            yield f"{_at(file, node)}: nations compare results: neither fastmath nor parallel"
        if _calls_numba(node) and "cache" not in _true(node.keywords):
            yield f"{_at(file, node)}: a kernel must be cached (cache=True)"


def no_registry_host(file: SourceFile) -> Iterator[str]:
    for number, line in enumerate(file.lines, 1):
        for host in REGISTRY_HOSTS:
            if host in line:
                yield f"{file.path}:{number}: names the package registry {host}"


def no_place_of_one_machine(file: SourceFile) -> Iterator[str]:
    for number, line in enumerate(file.lines, 1):
        for place in PLACES_OF_ONE_MACHINE:
            if re.search(rf"(?<![\w.)\]}}<>*/-]){re.escape(place)}\w", line):
                yield f"{file.path}:{number}: `{place}` exists on one machine only"


def nothing_unfinished(file: SourceFile) -> Iterator[str]:
    if file.is_python:
        for number, line in enumerate(file.lines, 1):
            if mark := UNFINISHED.search(line):
                yield f"{file.path}:{number}: `{mark.group()}` belongs in an issue, or done"


def readme_names_both_commands(file: SourceFile) -> Iterator[str]:
    if file.path == PurePosixPath("README.md"):
        for command in ("make demo", "make test"):
            if command not in file.lines:
                yield f"README.md: no line of its own says `{command}`"


RULES: tuple[Rule, ...] = (
    file_is_short,
    functions_are_short,
    lines_are_short,
    no_drawer,
    no_broad_except,
    no_keywords_passed_through,
    pure_core_has_no_effects,
    pure_values_are_frozen,
    kernels_are_bounded,
    no_registry_host,
    no_place_of_one_machine,
    nothing_unfinished,
    readme_names_both_commands,
)


def tracked_files(root: Path = ROOT) -> list[SourceFile]:
    """Every text file of the checkout that git tracks or would track."""
    # The checkout may belong to another user than the one who tests it.
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={root}", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    files = []
    for name in sorted(filter(None, listed.split("\0"))):
        path = root / name
        if path.is_file():
            raw = path.read_bytes()
            if b"\0" not in raw[:8192]:  # what git calls binary
                files.append(SourceFile(PurePosixPath(name), raw.decode("utf-8", "replace")))
    return files


def _walk(file: SourceFile) -> Iterator[ast.AST]:
    if file.is_python:
        yield from ast.walk(file.tree)


def _at(file: SourceFile, node: ast.expr | ast.stmt | ast.ExceptHandler | ast.arg | ast.AST) -> str:
    return f"{file.path}:{getattr(node, 'lineno', 0)}"


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _raises_again(handler: ast.ExceptHandler) -> bool:
    # To clear up and let the same error go on is not to catch it.
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _calls_numba(node: ast.AST) -> TypeGuard[ast.Call]:
    # njit(...)(function) is two calls; the inner one has the options.
    return (
        isinstance(node, ast.Call)
        and not isinstance(node.func, ast.Call)
        and _name(node.func) in {"njit", "jit"}
    )


def _is_broad(node: ast.expr | None) -> bool:
    if node is None:
        return True
    kinds = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(_name(kind) in {"Exception", "BaseException"} for kind in kinds)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)][:1]
    return []


def _true(keywords: list[ast.keyword]) -> set[str]:
    return {
        keyword.arg
        for keyword in keywords
        if keyword.arg and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
    }


def _needs(
    file: SourceFile, node: ast.ClassDef, decorator: ast.expr, wanted: tuple[str, ...]
) -> Iterator[str]:
    given = _true(decorator.keywords) if isinstance(decorator, ast.Call) else set()
    for word in wanted:
        if word not in given:
            yield f"{_at(file, node)}: `{node.name}` must be {word}=True"
