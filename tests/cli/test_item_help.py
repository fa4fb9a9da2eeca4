"""Every subverb of `item` ends its help with an example, and answers programs with --json."""

from __future__ import annotations

import importlib

import pytest

from commonwatch.cli import app as program

ITEM = importlib.import_module("commonwatch.cli.item")
NAMES = sorted(
    command.name or command.callback.__name__.replace("_", "-")
    for command in ITEM.app.registered_commands
)


def test_all_of_them_are_asked():
    assert {"list", "open", "recall", "take", "read", "copy", "register", "due"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_its_help_has_an_example_and_it_answers_in_json(name, capsys):
    assert program.run(["item", name, "--help"]) == 0
    told = capsys.readouterr().out
    assert f"commonwatch item {name} " in told.partition("Examples:")[2]
    assert "--json" in told
