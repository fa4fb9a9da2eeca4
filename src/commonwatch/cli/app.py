"""The program `commonwatch`: finds the verb that was asked for, imports only that verb, runs it.

How to write a verb. A verb is one module, `commonwatch.cli.<verb>` (a dash in the verb is an
underscore in the module), listed in VERBS below. It exposes

    EXAMPLES: tuple[str, ...]     whole command lines, each starting with "commonwatch "; they end
                                  the verb's --help and the test suite runs each of them from the
                                  root of a checkout, so each must exit with status 0 and be quick

and either, for a verb that is one command, a plain function

    def command(...) -> None:     options as typing.Annotated; its docstring is the help

or, for a verb with subcommands (`agreement show`, `ledger verify`), a Typer application

    app = typer.Typer()           @app.command() for each subcommand; @app.callback(
                                  invoke_without_command=True) where the bare verb does something

Only `typer`, the standard library and `commonwatch.errors` are imported at the head of a verb's
module; everything that needs NumPy, SciPy, Numba or SQLAlchemy is imported inside the function, so
that each --help answers at once. A verb prints its answer with print() or, for --json, with
`commonwatch.cli.output.print_json`; progress goes through `commonwatch.cli.progress`; a verb that
calls compiled kernels calls `commonwatch.cli.kernels.ready_kernels()` first.

A verb never calls sys.exit and never catches what it cannot mend. It returns (exit status 0) or
raises: `UnusableInput` (status 2, one line on standard error), `CheckFailed` (status 3, each reason
a line on standard output), anything else (status 1, a fault of ours: one line on standard error).
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch import __version__
from commonwatch.errors import MESSAGE_CHARACTERS_MAX, CheckFailed, UnusableInput
from commonwatch.foreign_text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType, TracebackType

EXIT_DONE = 0
EXIT_FAULT_OF_OURS = 1
EXIT_UNUSABLE = 2
EXIT_CHECK_FAILED = 3
EXIT_INTERRUPTED = 130  # POSIX: 128 + SIGINT

# In the order of the help. The lines stand here so that --help need not import the verbs; up to
# 60 characters fit a terminal of 80.
VERBS: Mapping[str, str] = MappingProxyType(
    {
        "demo": "The launch of 2023-03-16 as three nations saw it.",
        "launches": "Published launches that come with the program.",
        "reconstruct": "A flight from published figures; whether physics agrees.",
        "track": "Assessments from plots.",
        "replay": "A launch or a pass through whole nodes, alone and shared.",
        "node": "One nation's node as a service: make, check, join, run.",
        "agreement": "What may go to whom, and why it goes or does not.",
        "consent": "Who may pass on what to a third nation: write, sign, list, revoke.",
        "label": "Labelled documents (NATO ADatP-4774): show, check, export.",
        "ledger": "Verify, export, reconcile, audit ledgers; prove, check.",
        "assess": "A joint assessment of a launch: propose, compare, sign.",
        "item": "What was released, afterwards: find, recall, destroy, read.",
        "alert": "Alerts to the public; check any CAP 1.2 file.",
        "bench": "The benchmarks, each beside its peer.",
    }
)


def main() -> None:
    """Run the program with the arguments of the process and end it with the status of cli.md."""
    sys.excepthook = tell_fault_of_ours
    if not __debug__:
        _complain("python -O switches off checks that guard what is released; start without -O")
        sys.exit(EXIT_UNUSABLE)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and answer its exit status; a fault of ours propagates."""
    try:
        _invoke(list(arguments) or ["--help"])
        sys.stdout.flush()
    except typer.Exit as wanted:
        return wanted.exit_code
    except UnusableInput as error:
        _complain(str(error))
        return EXIT_UNUSABLE
    except CheckFailed as failed:
        print("\n".join(one_line(reason, MESSAGE_CHARACTERS_MAX) for reason in failed.reasons))
        return EXIT_CHECK_FAILED
    except typer.TyperException as error:
        _complain(f"{error.format_message()} {_where_to_read_on(error)}")
        return EXIT_UNUSABLE
    except BrokenPipeError:
        _leave_broken_pipe()
        return EXIT_DONE
    except OSError as error:
        if not _is_of_the_arguments(error, arguments):
            raise
        _complain(f"{error.filename}: {error.strerror}")
        return EXIT_UNUSABLE
    except (KeyboardInterrupt, typer.Abort):
        _complain("interrupted")
        return EXIT_INTERRUPTED
    return EXIT_DONE


def tell_fault_of_ours(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Say in one line what broke; as an exception hook it leaves the exit status at 1."""
    if os.environ.get("COMMONWATCH_TRACEBACK"):
        traceback.print_exception(kind, error, trace)
        return
    _complain(f"a fault of ours: {kind.__name__}: {error} (COMMONWATCH_TRACEBACK=1 shows more)")


def _invoke(arguments: list[str]) -> None:
    asked = next((argument for argument in arguments if not argument.startswith("-")), None)
    # Typer's own main() ends the process and prints panels; make_context and invoke only raise.
    program = typer.main.get_command(_program(asked))
    with program.make_context("commonwatch", arguments) as context:
        program.invoke(context)


def _program(asked: str | None) -> typer.Typer:
    program = typer.Typer(
        help="Partner nations share launch warnings and trajectories, under agreements that hold.",
        epilog="Every sensor is notional, and every alert is an exercise.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    program.callback()(_options_of_the_program)
    for verb in VERBS:
        if verb == asked:
            _add_verb(program, verb, importlib.import_module(_module_name(verb)))
        else:
            program.command(verb, help=VERBS[verb])(_not_asked_for)
    return program


def _add_verb(program: typer.Typer, verb: str, module: ModuleType) -> None:
    epilog = _examples(module.EXAMPLES)
    if hasattr(module, "app"):
        for subcommand in module.app.registered_commands:
            name = subcommand.name or subcommand.callback.__name__.replace("_", "-")
            start = f"commonwatch {verb} {name}"
            subcommand.epilog = _examples([line for line in module.EXAMPLES if start in line])
        program.add_typer(
            module.app,
            name=verb,
            short_help=VERBS[verb],
            epilog=epilog,
            no_args_is_help=False,  # a missing subcommand is one line and status 2, like all else
        )
    else:
        program.command(verb, short_help=VERBS[verb], epilog=epilog)(module.command)


def _examples(lines: Sequence[str]) -> str:
    """The end of a --help; the mark in its first line keeps the lines as they are."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def _print_version(asked: bool) -> None:
    if asked:
        print(f"commonwatch {__version__}")
        raise typer.Exit(EXIT_DONE)


def _options_of_the_program(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
) -> None:
    """Take the options that stand before the verb."""


def _not_asked_for() -> None:
    """Hold the place of a verb that this command line does not call."""


def _module_name(verb: str) -> str:
    return f"commonwatch.cli.{verb.replace('-', '_')}"


def _is_of_the_arguments(error: OSError, arguments: Sequence[str]) -> bool:
    # A path that the user named, or one below it, is the user's to mend; any other is ours.
    if error.filename is None or error.strerror is None:
        return False
    name = os.fspath(error.filename)
    given = [argument.partition("=")[2] or argument for argument in arguments]
    # (An empty path is the folder where one stands.)
    paths = [path or "." for path in given]
    return any(name == path or name.startswith(path.rstrip("/") + "/") for path in paths)


def _where_to_read_on(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)  # usage errors have one
    return f"See `{context.command_path} --help`." if context is not None else ""


def _complain(message: str) -> None:
    print(f"commonwatch: {one_line(message, MESSAGE_CHARACTERS_MAX)}", file=sys.stderr)


def _leave_broken_pipe() -> None:
    # Who reads our output has gone (`| head`). Python would complain again as it flushes at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
