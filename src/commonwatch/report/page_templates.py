"""Where the pages' templates come from, and how strictly they are filled in."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined


def page_templates() -> Environment:
    """The templates of this package: what is put in is escaped, what is missing is an error."""
    return Environment(
        loader=PackageLoader("commonwatch.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
