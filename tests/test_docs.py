"""Documentation is tested: examples run, every verb is told of, links lead somewhere."""

from __future__ import annotations

import functools
import importlib
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from commonwatch.cli.app import VERBS
from tests.house_rules import ROOT
from tests.transcripts import BLOCK, lasting, run_again

PROGRAM = Path(sys.executable).with_name("commonwatch")
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text("utf-8") if (ROOT / "README.md").exists() else ""
EXAMPLE_SECONDS_MAX = 120


def blocks_of(text: str) -> list[tuple[str, ...]]:
    """The command lines of each shell block; a block may build on its own earlier lines."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    lines = [
        tuple(
            line
            for line in block.replace("\\\n", " ").splitlines()
            if line.startswith("commonwatch ")
        )
        for block in blocks
    ]
    return [block for block in lines if block]


def blocks_of_readme() -> list[tuple[str, ...]]:
    return blocks_of(README)


def examples_of(verb: str) -> tuple[str, ...]:
    return importlib.import_module(f"commonwatch.cli.{verb.replace('-', '_')}").EXAMPLES


@functools.cache
def run_in_a_copy_of_the_checkout(lines: tuple[str, ...]) -> None:
    """Run the lines in turn where the checkout's files can be read and new ones made."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for entry in ROOT.iterdir():
            if entry.name not in {".git", ".venv"}:
                (folder / entry.name).symlink_to(entry)
        for line in lines:
            words = shlex.split(line, comments=True)
            redirection = words.index(">") if ">" in words else len(words)
            done = subprocess.run(
                [str(PROGRAM), *words[1:redirection]],
                cwd=folder,
                capture_output=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=EXAMPLE_SECONDS_MAX,
            )
            assert done.returncode == 0, f"{line}\n{done.stderr.decode()}"
            assert done.stdout, f"{line}\nprinted nothing"
            assert b"Traceback" not in done.stderr
            for target in words[redirection + 1 :]:
                (folder / target).write_bytes(done.stdout)


@pytest.mark.parametrize("verb", VERBS)
def test_examples_in_the_help_run(verb):
    examples = examples_of(verb)
    assert examples
    # Lines of another verb prepare what those of this one need.
    assert all(line.split()[0] == "commonwatch" for line in examples)
    assert any(line.startswith(f"commonwatch {verb}") for line in examples)
    run_in_a_copy_of_the_checkout(tuple(examples))


@pytest.mark.parametrize("lines", blocks_of_readme(), ids="; ".join)
def test_examples_in_the_readme_run(lines):
    run_in_a_copy_of_the_checkout(lines)


@pytest.mark.parametrize(
    "lines",
    blocks_of((ROOT / "docs" / "joint-assessment.md").read_text("utf-8")),
    ids="; ".join,
)
def test_examples_of_the_joint_assessment_run(lines):
    run_in_a_copy_of_the_checkout(lines)


@pytest.mark.parametrize(
    "lines", blocks_of((ROOT / "docs" / "consents.md").read_text("utf-8")), ids="; ".join
)
def test_examples_of_consents_run(lines):
    run_in_a_copy_of_the_checkout(lines)


@pytest.mark.parametrize(
    "lines", blocks_of((ROOT / "docs" / "node.md").read_text("utf-8")), ids="; ".join
)
def test_examples_of_a_node_run(lines):
    run_in_a_copy_of_the_checkout(lines)


def test_the_transcript_of_the_release_officer_is_what_the_program_prints():
    text = (ROOT / "docs" / "agreements.md").read_text("utf-8")
    orders = ("propose", "sign", "suspend", "restore", "explain", "give-notice", "end")
    assert all(f"$ commonwatch agreement {order} " in text for order in orders)
    assert len(BLOCK.findall(text)) > 5
    assert lasting(run_again(text)) == lasting(text), "python -m builders.build_transcript"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_an_example_in_the_readme(verb):
    assert any(line.split()[1] == verb for block in blocks_of_readme() for line in block)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text("utf-8"))
    broken = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("decision", sorted(ROOT.glob("docs/adr/*.md")), ids=lambda path: path.stem)
def test_decisions_tell_their_cost(decision):
    text = decision.read_text("utf-8")
    assert re.match(rf"# {int(decision.name[:4])}\. ", text)
    for part in ("**Context.**", "**Decision.**", "**Cost.**"):
        assert part in text


def test_the_changelog_explains_its_star():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "★" in text.partition("\n## ")[0]
