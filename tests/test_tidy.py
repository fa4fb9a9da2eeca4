"""The house rules hold in every file of the checkout."""

from __future__ import annotations

import pytest

from tests.house_rules import RULES, Rule, SourceFile, tracked_files


@pytest.fixture(scope="module")
def files() -> list[SourceFile]:
    return tracked_files()


def test_the_checkout_is_seen(files):
    seen = {str(file.path) for file in files}
    assert {"README.md", "src/commonwatch/errors.py", "tests/test_tidy.py"} <= seen


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_house_rule(rule: Rule, files: list[SourceFile]):
    reasons = [reason for file in files for reason in rule(file)]
    assert not reasons, "\n".join(reasons)
