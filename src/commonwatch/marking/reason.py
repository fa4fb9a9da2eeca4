"""Why a labelled document does not hold: where, by which clause, and what would be right."""

from __future__ import annotations

import msgspec

from commonwatch.foreign_text import printable
from commonwatch.limits import QUOTED_CHARACTERS_MAX

OWN_RULE = "Commonwatch rule"


class Reason(msgspec.Struct, frozen=True):
    """One reason; each of them refuses the document."""

    where: str
    clause: str
    text: str

    def line(self) -> str:
        """The reason as one line."""
        return f"{self.where}: {self.text} ({self.clause})"


def shown(text: str) -> str:
    """Foreign text as a reason quotes it: short, on one line, nothing a terminal acts on."""
    plain = printable(text, len(text))
    most = QUOTED_CHARACTERS_MAX
    return f"`{plain}`" if len(plain) <= most else f"`{plain[: most - 3]}...`"
