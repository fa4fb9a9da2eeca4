"""The joint statement as one A4 page of HTML that asks nothing of any other machine."""

from __future__ import annotations

from commonwatch.report.page_templates import page_templates
from commonwatch.warn.joint.statement import Statement


def render_joint_page(statement: Statement) -> str:
    """The page in UTF-8; the same statement gives the same page to the byte."""
    return (
        page_templates()
        .get_template("joint_statement.html.j2")
        .render(statement=statement, words=statement.words)
    )
