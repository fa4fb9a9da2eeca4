"""The exit statuses and the one line on standard error that the command line promises."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Annotated

import pytest
import typer

from commonwatch.cli import app
from commonwatch.errors import BrokenInvariant, CheckFailed, UnusableInput

PROGRAM = str(Path(sys.executable).with_name("commonwatch"))


@pytest.fixture
def verb(monkeypatch):
    """Adds a verb `probe` to the program, made of a given function."""

    def add(command):
        module = ModuleType("commonwatch.cli.probe")
        module.command = command
        module.EXAMPLES = ("commonwatch probe 1",)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(app, "VERBS", {**app.VERBS, "probe": "Probes."})

    return add


def raising(error):
    def command() -> None:
        """Probe."""
        raise error

    return command


def test_done(verb, capsys):
    def command(count: Annotated[int, typer.Argument(help="How many.")]) -> None:
        """Probe."""
        print(count + 1)

    verb(command)
    assert app.run(["probe", "2"]) == 0
    assert capsys.readouterr() == ("3\n", "")


def test_unusable_input_is_one_line(verb, capsys):
    verb(raising(UnusableInput("plots.jsonl, line 3:\n`range_m` is negative")))
    assert app.run(["probe"]) == 2
    assert capsys.readouterr() == ("", "commonwatch: plots.jsonl, line 3: `range_m` is negative\n")


def test_failed_check_prints_each_reason_on_a_line(verb, capsys):
    verb(raising(CheckFailed(("sent: missing", "identifier: has a space"))))
    assert app.run(["probe"]) == 3
    assert capsys.readouterr() == ("sent: missing\nidentifier: has a space\n", "")


def test_fault_of_ours_propagates_to_the_hook(verb, capsys, monkeypatch):
    monkeypatch.delenv("COMMONWATCH_TRACEBACK", raising=False)
    verb(raising(BrokenInvariant("information matrix is not symmetric")))
    with pytest.raises(BrokenInvariant) as caught:
        app.run(["probe"])
    app.tell_fault_of_ours(caught.type, caught.value, caught.tb)
    told = capsys.readouterr().err
    assert told.startswith("commonwatch: a fault of ours: BrokenInvariant: information matrix")
    assert told.count("\n") == 1
    assert "COMMONWATCH_TRACEBACK=1" in told


def test_traceback_on_demand(capsys, monkeypatch):
    monkeypatch.setenv("COMMONWATCH_TRACEBACK", "1")
    app.tell_fault_of_ours(ValueError, ValueError("why"), None)
    assert capsys.readouterr().err == "ValueError: why\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-verb"],
        ["--no-such-option"],
        ["probe", "not-a-number"],
        ["probe"],
        ["probe", "1", "2"],
        ["probe", "1", "--no-such-option"],
    ],
)
def test_bad_arguments(verb, capsys, arguments):
    def command(count: int) -> None:
        """Probe."""

    verb(command)
    assert app.run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("commonwatch: ")
    assert err.count("\n") == 1


def test_a_file_that_the_user_named_and_that_is_not_there(verb, capsys):
    def command(path: Path) -> None:
        """Probe."""
        path.read_bytes()

    verb(command)
    assert app.run(["probe", "no/such/file"]) == 2
    assert capsys.readouterr().err == "commonwatch: no/such/file: No such file or directory\n"


def test_a_file_of_our_own_that_is_not_there_is_our_fault(verb):
    def command(path: Path) -> None:
        """Probe."""
        path.with_name("data-of-the-package").read_bytes()

    verb(command)
    with pytest.raises(FileNotFoundError):
        app.run(["probe", "no/such/file"])


def test_help_of_a_verb_ends_with_its_examples(verb, capsys):
    verb(raising(BrokenInvariant("not called")))
    assert app.run(["probe", "--help"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("Examples:\n    commonwatch probe 1")


def test_every_verb_has_its_module_and_every_module_of_a_verb_its_line():
    here = Path(app.__file__).parent
    modules = {path.stem for path in here.glob("*.py") if "EXAMPLES" in path.read_text("utf-8")}
    assert {verb.replace("-", "_") for verb in app.VERBS} == modules - {"app"}


# The process itself: what only a process can show.


def start(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, check=False, text=True
    )


def test_without_a_verb_it_helps():
    assert start(PROGRAM).stdout == start(PROGRAM, "--help").stdout
    assert "commonwatch" in start(PROGRAM, "--version").stdout


def test_it_does_not_start_without_assertions():
    done = start(PROGRAM, "--help", PYTHONOPTIMIZE="1")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_a_fault_of_ours_ends_with_status_1():
    text = (
        "import sys; from commonwatch.cli import app\n"
        "def broken(_): raise ZeroDivisionError('division by zero')\n"
        "app.run = broken; app.main()"
    )
    done = start(sys.executable, "-c", text, COMMONWATCH_TRACEBACK="")
    assert done.returncode == 1
    assert done.stderr.startswith("commonwatch: a fault of ours: ZeroDivisionError")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_leaves_is_no_fault():
    text = (
        "import sys; from commonwatch.cli import app\n"
        "def much(_):\n    for _ in range(100_000): print('x' * 20)\n"
        "app._invoke = much; app.main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 0


def test_help_answers_in_half_a_second():
    def seconds() -> float:
        before = time.perf_counter()
        assert start(PROGRAM, "--help").returncode == 0
        return time.perf_counter() - before

    assert min(seconds() for _ in range(5)) < 0.5


@pytest.mark.parametrize("arguments", [["--help"], *([verb, "--help"] for verb in app.VERBS)])
def test_help_imports_nothing_heavy(arguments):
    text = (
        f"import sys; from commonwatch.cli import app; status = app.run({arguments!r})\n"
        "heavy = {'numpy', 'scipy', 'numba', 'sqlalchemy', 'lxml', 'shapely', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)), status, file=sys.stderr)"
    )
    assert start(sys.executable, "-c", text).stderr == "[] 0\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["assess", "verify", "", "--keys", "notional"],
        ["agreement", "import", "", "--desk", "desk", "--as", "JPN"],
        ["ledger", "check", "", "--keys", ""],
        ["item", "register", ""],
    ],
)
def test_an_empty_path_is_the_users_to_mend(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert app.run(arguments) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
