"""What the policies answer under several agreements at once: a condition of any of them holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from commonwatch.release.fields import FIELD_PATHS
from commonwatch.release.table import Answer


def answer_together(answers: Sequence[Answer]) -> Answer:
    """What the policies say under all of these agreements at once."""
    if len(answers) == 1:
        return answers[0]
    permitted = all(item.permits for item in answers)
    withheld = [kept for item in answers for kept in item.withheld]
    return Answer(
        permits=_once(item.permits for item in answers) if permitted else (),
        denials=_once(item.denials for item in answers),
        errors=_once(item.errors for item in answers),
        floor=frozenset.intersection(*(item.floor for item in answers)),
        fields=frozenset.intersection(*(item.fields for item in answers)),
        withheld=tuple(
            next(kept for kept in withheld if kept.field == path)
            for path in FIELD_PATHS
            if any(kept.field == path for kept in withheld)
        ),
    )


def _once(texts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for some in texts for text in some))
