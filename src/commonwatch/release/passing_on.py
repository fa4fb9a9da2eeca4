"""What a nation was given as a candidate for a third one: marked anew, with one hop more."""

from __future__ import annotations

import math
from collections.abc import Iterable

from commonwatch.identity import Nation
from commonwatch.label import Label, LevelTable, derived_label
from commonwatch.lineage import Lineage, lineage_of
from commonwatch.mode import Mode
from commonwatch.release.agreement import Agreement
from commonwatch.release.bulletin import Bulletin, Content, OriginalMarking
from commonwatch.release.consent import Consent
from commonwatch.release.decision import Candidate
from commonwatch.release.facts import third_parties_of

# A launch is told with its error; what is surely before the first plot is earlier by so many.
BEGAN_SIGMAS = 4.0


def lineage_passed_on(bulletin: Bulletin) -> Lineage:
    """The lineage of what `bulletin` becomes at its recipient: it is a parent too."""
    told = bulletin.lineage
    return lineage_of(told.originators, told.sensors, (bulletin.id, *told.parents))


def candidate_passed_on(
    bulletin: Bulletin,
    label: Label,
    originals: tuple[OriginalMarking, ...],
    levels: LevelTable,
    holder: Nation,
    mode: Mode,
) -> Candidate:
    """What `holder` was given, to be put to the gate for another.

    `label` is the giver's marking as it is now, `originals` the originators' with it, `levels`
    those of the agreement that it came under. It is marked
    with the holder's own equivalent; whose it is stays named.
    """
    content = bulletin.content or Content()
    return Candidate(
        originator=holder,
        track=f"{bulletin.originator}:{bulletin.object}",
        event=f"{bulletin.originator}:{bulletin.event}",
        status=bulletin.status,
        label=derived_label((label,), levels, holder),
        lineage=lineage_passed_on(bulletin),
        mode=mode,
        content=content,
        began_s=_began_s(content),
        originals=original_markings_of(bulletin, label, originals),
        product=bulletin.product_named,
    )


def original_markings_of(
    bulletin: Bulletin, label: Label, originals: tuple[OriginalMarking, ...]
) -> tuple[OriginalMarking, ...]:
    """How each originator marked what `bulletin` tells, word for word.

    `label` is the marking of who told it, `originals` what it says of others', as they are now. Of
    an originator whose marking was not passed on nothing is said: the equivalent of another is not
    its own word.
    """
    told = originals
    kept = {one.originator for one in told}
    giver = bulletin.originator
    if giver in bulletin.lineage.originators and giver not in kept:
        told = (*told, OriginalMarking(giver, label.policy, label.level, label.categories))
    return tuple(sorted(told, key=lambda one: one.originator))


def is_to_be_asked(
    lineage: Lineage,
    holder: str,
    recipient: str,
    agreements: Iterable[Agreement],
    consents: Iterable[Consent],
) -> bool:
    """Whether the gate is asked to pass this on to `recipient`: where it could ever be let through.

    `consents` are all that were ever given, so that one withdrawn is told as the reason. Asked as
    the hub of an agreement with all of them, or where one of them consented to this hop. Nobody is
    told of what is its own, or went through its hands.
    """
    others = third_parties_of(lineage, holder)
    if recipient in others or recipient == holder:
        return False
    hub = any(
        item.terms.hub == holder and {*others, recipient} <= set(item.terms.parties)
        for item in agreements
    )
    return hub or any(
        item.by in others and item.holder == holder and recipient in item.recipients
        for item in consents
    )


def _began_s(content: Content) -> float:
    """Surely before its first plot, by the launch told; unknown where none is: before all else."""
    launch = content.launch
    return -math.inf if launch is None else launch.time_s - BEGAN_SIGMAS * launch.time_sigma_s
