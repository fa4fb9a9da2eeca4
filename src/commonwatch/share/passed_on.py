"""May a bulletin that rests on another nation's data be taken? Only what that nation let pass.

The recipient sees for itself: every nation whose data it is, and each through whose hands it came,
consented to this hop, to this recipient and for this purpose, as far as consents are known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from commonwatch.label import Label, LevelTable
from commonwatch.release.agreement import Agreement, State
from commonwatch.release.bulletin import Bulletin, OriginalMarking, giver_of
from commonwatch.release.consent import ConsentBook, PassingOn
from commonwatch.release.facts import third_parties_of
from commonwatch.release.fields import FIELD_PATHS
from commonwatch.release.standing import standing_of
from commonwatch.release.told import fields_told
from commonwatch.share.item_rules import parties_of


def reason_against_lineage(bulletin: Bulletin, sensor_nations: Mapping[str, str]) -> str | None:
    """Why the lineage of what is passed on does not show where it comes from, or None."""
    lineage, sender, recipient = bulletin.lineage, bulletin.originator, bulletin.recipient
    others = third_parties_of(lineage, sender)
    if not others or not lineage.parents:
        return "it rests on more than its own sensors, and names no bulletin that it was made from"
    for item in lineage.parents:
        parties = parties_of(item)
        if parties is None:
            return f"its parent {item[:40]} is no item: an item is named as in KOR-JPN-17"
        if recipient in parties:
            return f"it came through the hands of {recipient} itself"
    if recipient in lineage.originators:
        return f"it rests on {recipient}'s own data"
    given = {parties_of(item) for item in lineage.parents}
    for name in lineage.originators:
        if name != sender and name not in {giver_of(item) for item in lineage.parents}:
            return f"no bulletin of {name[:8]}, whose data it holds, is among its parents"
    if not any(parties is not None and parties[1] == sender for parties in given):
        return f"none of its parents was given to {sender}"
    if not lineage.sensors:
        return "it names no sensor"
    for name in lineage.sensors:
        if sensor_nations.get(name) not in lineage.originators:
            return f"sensor {name[:40]} is not known here as its originators'"
    return None


def reason_against_marking(bulletin: Bulletin, tables: Sequence[LevelTable]) -> str | None:
    """Why the label is less than how each originator marked it, or None (article 4).

    `tables` are the levels of the agreements that are signed here: one at least must know both
    markings, or two that have a level equal to each in common, and none may hold the label for
    lower.
    """
    label = bulletin.label
    originals = {one.originator: one for one in bulletin.original_markings}
    others = third_parties_of(bulletin.lineage, bulletin.originator)
    if not set(originals) <= set(bulletin.lineage.originators):
        return "it bears an original marking of who is no originator of it"
    for name in others:
        if name in bulletin.lineage.originators and name not in originals:
            return f"it does not show how {name[:8]} marked it"
    for name, one in originals.items():
        if one.policy != name:
            return f"the original marking of {name[:8]} is of the policy {one.policy[:8]}"
        compared = tuple(_compared(label, one, tables))
        if not compared:
            return f"no agreement here says what the level {one.level[:20]} of {name[:8]} equals"
        if any(told < original for told, original in compared):
            return f"its level {label.level[:20]} is lower than {name[:8]}'s, {one.level[:20]}"
        if not set(one.categories) <= set(label.categories):
            return f"its label leaves out a category of {name[:8]}'s"
    return None


def _compared(
    label: Label, one: OriginalMarking, tables: Sequence[LevelTable]
) -> Iterator[tuple[int, int]]:
    """The label's place and the original marking's in each table, by what the tables hold equal."""
    for known_in in tables:
        rank = known_in.rank(one.policy, one.level)
        equals = () if rank is None else known_in.rows[rank].markings
        for table in tables:
            told = table.rank(label.policy, label.level)
            for policy, level in equals:
                original = table.rank(policy, level)
                if told is not None and original is not None:
                    yield told, original


def reason_against_hop(
    bulletin: Bulletin,
    agreements: Sequence[Agreement],
    consents: ConsentBook,
    now_s: float,
) -> str | None:
    """Whose consent to this hop is missing here, or what stands in its way; None where nothing.

    Each agreement in force between sender and recipient has a purpose, and each must be consented
    to.
    """
    if bulletin.content is None:
        return "a floor is agreed between two, and this rests on a third party"
    told = fields_told(bulletin.content)
    sender, recipient = bulletin.originator, bulletin.recipient
    binding = standing_of(sender, recipient, agreements, now_s).binding
    purposes = {item.terms.purpose for item in binding}
    for name in third_parties_of(bulletin.lineage, sender):
        for purpose in sorted(purposes):
            hop = PassingOn(sender, recipient, purpose, bulletin.mode, bulletin.lineage.parents)
            covered = consents.fields_covered(name, hop, told or FIELD_PATHS, now_s)
            if not covered or not set(told) <= set(covered):
                left = ", ".join(path for path in told if path not in covered)
                return f"no consent of {name} to this hop is known here{left and f': {left}'}"
        standing = standing_of(name, bulletin.recipient, agreements, now_s)
        if standing.states and standing.against:
            return f"an agreement with {name} does not allow it"
    signed = [item for item in agreements if all(v.state is not State.DRAFT for v in item.views)]
    return reason_against_marking(bulletin, [item.terms.levels for item in signed])
