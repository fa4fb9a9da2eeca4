"""What one agreement does at one moment: it lets go, holds back whatever others say, or is silent.

An ended agreement stops its own release only (article 21) and keeps nothing back that another one
allows. One that ended while it was suspended still holds back: the end of a term, or notice by one
party, must not unlock what a dispute closed (article 20). All parties together settle that, by
ordering its end.
"""

from __future__ import annotations

import enum
import math

from commonwatch.release.agreement import (
    STATES_THAT_ALLOW_RELEASE,
    Agreement,
    State,
    is_ahead,
    state_at,
)


class Bearing(enum.StrEnum):
    """What an agreement has to do with a release now."""

    LETS_GO = "lets go"
    HOLDS_BACK = "holds back"
    SILENT = "silent"


def bearing_of(agreement: Agreement, now_s: float) -> Bearing:
    """What it does by itself, whatever it rests on; in doubt it holds back.

    In doubt is what an order moves that is dated ahead of this clock: one of the two is wrong.
    Silent is what all parties hold for a draft, or for ended without having been suspended.
    """
    states = {state_at(agreement, party, now_s) for party in agreement.terms.parties}
    if not math.isfinite(now_s) or is_suspended(agreement) or is_ahead(agreement, now_s):
        return Bearing.HOLDS_BACK
    if states <= STATES_THAT_ALLOW_RELEASE:
        return Bearing.LETS_GO
    if states in ({State.DRAFT}, {State.ENDED}):
        return Bearing.SILENT
    return Bearing.HOLDS_BACK


def is_suspended(agreement: Agreement) -> bool:
    """Whether it was suspended and not settled by all, also where its term has run out since.

    So is a draft that a party has suspended: it knows of signatures that are not here, or its clock
    is behind theirs.
    """
    in_life = any(view.state is State.SUSPENDED for view in agreement.views)
    return in_life or agreement.draft_restored_by is not None


def has_restored(agreement: Agreement, party: str) -> bool:
    """Whether this party has ordered to restore what is suspended, so that it waits for others."""
    if agreement.draft_restored_by is not None:
        return party in agreement.draft_restored_by
    return agreement.view_of(party).consents
