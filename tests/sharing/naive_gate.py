"""The gate written once more, slowly and plainly, from the articles of the agreement of 2016-11-23.

It shares nothing with commonwatch.release but the values that it is asked about: no policy, no
table, no helper. It answers which fields may go under each agreement that is alive.
"""

from __future__ import annotations

from dataclasses import dataclass

from commonwatch.release.agreement import Agreement
from commonwatch.release.consent import Consent
from commonwatch.release.decision import Candidate

ALIVE = ("in force", "notice given", "notice suspended")
ALL_FIELDS = (
    "path/phase", "launch_point", "path/state_information", "burnout", "expected_impact", "apogee",
)  # fmt: skip
KNOWN_FIELDS = (*ALL_FIELDS, "path/boost_state")


@dataclass(frozen=True)
class GivenConsent:
    """A consent, and who really signed it: a nation, or nobody whose key is known."""

    consent: Consent
    signer: str


def fields_by_agreement(
    candidate: Candidate,
    recipient: str,
    agreements: tuple[Agreement, ...],
    consents: tuple[GivenConsent, ...],
    sensors: dict,
    mode_word: str,
    now_s: float,
) -> dict[str, set[str]]:
    """Of every agreement that binds both, by id, the fields that may go under it."""
    giver = candidate.originator
    both = [a for a in agreements if giver in a.terms.parties and recipient in a.terms.parties]
    if giver == recipient or not both:
        return {}
    # Articles 20 and 21, and 2019: one that is closed and not settled holds all of it. What was
    # never signed by all, or has ended in peace, is as if it were not there.
    if any(closed(a, now_s) for a in both):
        return {}
    both = [a for a in both if alive(a, now_s)]
    # Two revisions of one agreement: nobody knows which holds.
    ids = [a.terms.id for a in both]
    if len(ids) > len(set(ids)):
        return {}
    if candidate.mode.word != mode_word:
        return {}
    found = {}
    for agreement in both:
        found[agreement.terms.id] = {
            path
            for path in ALL_FIELDS
            if marked_well(candidate, recipient, agreement, path)
            and seen_by_covered_sensors(candidate, agreement, sensors)
            and any(covers(grant.path, path) for grant in granted(candidate, agreement))
            and others_agree(candidate, recipient, agreement, agreements, consents, path, now_s)
        }
    return found


def all_let_go(found: dict[str, set[str]]) -> set[str]:
    """Of several agreements, what each lets go: no condition of any was given up."""
    return set.intersection(*found.values()) if found else set()


def alive(agreement: Agreement, now_s: float) -> bool:
    return all(
        view.state.value in ALIVE and not has_run_out(agreement, view.state.value, now_s)
        for view in agreement.views
    )


def closed(agreement: Agreement, now_s: float) -> bool:
    """Whether it holds back what another would let go.

    Article 20: what one party closed in a dispute is not opened by the end of a term, nor by one
    party's notice. Where the parties do not hold the same, nobody knows, and it is closed.
    """
    if alive(agreement, now_s):
        return False
    words = [view.state.value for view in agreement.views]
    # So is what a party suspended before all had signed it, as far as is known here.
    if "suspended" in words or agreement.draft_restored_by is not None:
        return True
    in_peace = all(word == "draft" for word in words) or all(
        word == "ended" or (word in ALIVE and has_run_out(agreement, word, now_s)) for word in words
    )
    return not in_peace


def has_run_out(agreement: Agreement, word: str, now_s: float) -> bool:
    # Article 21: the end of a term that is not extended, or 90 days after the notice.
    term = agreement.terms.duration
    ends_by_itself = term is not None and term.extended_by_years == 0
    if ends_by_itself and agreement.since_s is not None and now_s >= term.end_s:
        return True
    return word == "notice given" and agreement.ends_s is not None and now_s >= agreement.ends_s


def granted(candidate: Candidate, agreement: Agreement) -> list:
    # Article 6 b: no other use. What is granted of one product is not granted of another.
    terms = agreement.terms
    found = list(terms.fields) if candidate.product == terms.product else []
    for further in terms.further_products:
        if further.name == candidate.product:
            found.extend(further.fields)
    return found


def marked_well(candidate: Candidate, recipient: str, agreement: Agreement, path: str) -> bool:
    # Article 2: any form of information bears a classification; a part of it may bear its own.
    if candidate.label is None or not is_the_originators(candidate.label, candidate):
        return False
    marked = [portion.path for portion in candidate.portions]
    if len(marked) > len(set(marked)):
        return False
    for name in marked:
        if not any(covers(name, known) or covers(known, name) for known in KNOWN_FIELDS):
            return False
    return all(
        may_have(label, candidate, recipient, agreement) for label in labels_on(candidate, path)
    )


def labels_on(candidate: Candidate, path: str) -> list:
    """What is marked on a field: the nearest marking from the whole down to it, and all inside."""
    nearest, found = candidate.label, []
    words = path.split("/")
    for count in range(1, len(words) + 1):
        for portion in candidate.portions:
            if portion.path.split("/") == words[:count]:
                nearest = portion.label
    for portion in candidate.portions:
        inside = portion.path.split("/")
        if len(inside) > len(words) and inside[: len(words)] == words:
            found.append(portion.label)
    return [nearest, *found]


def is_the_originators(label, candidate: Candidate) -> bool:
    # Article 4: the giver marks, and the giver's name stays, each of them.
    if label.policy != candidate.originator:
        return False
    return set(label.originators) == set(candidate.lineage.originators)


def may_have(label, candidate: Candidate, recipient: str, agreement: Agreement) -> bool:
    if not is_the_originators(label, candidate):
        return False
    # Article 6 a: only to whom it is releasable.
    if recipient not in label.releasable_to:
        return False
    if any(not any(covers(k, c) for k in agreement.terms.categories) for c in label.categories):
        return False
    # Article 4: equivalent levels, up to the highest that is exchanged.
    for row in agreement.terms.levels.rows:
        if (label.policy, label.level) in row.markings:
            return any(owner == recipient for owner, _level in row.markings)
        if row.common == agreement.terms.ceiling:
            return False
    return False


def seen_by_covered_sensors(candidate: Candidate, agreement: Agreement, sensors: dict) -> bool:
    if not candidate.lineage.sensors or not candidate.lineage.originators:
        return False
    for name in candidate.lineage.sensors:
        if name not in sensors:
            return False
        if sensors[name].nation not in candidate.lineage.originators:
            return False
        by_class = sensors[name].kind in agreement.terms.sensor_kinds
        if not by_class and name not in agreement.terms.sensors:
            return False
    return True


def others_agree(
    candidate: Candidate,
    recipient: str,
    agreement: Agreement,
    agreements: tuple[Agreement, ...],
    consents: tuple[GivenConsent, ...],
    path: str,
    now_s: float,
) -> bool:
    # Article 6 a, b: no third country, no other use, without prior written approval.
    giver = candidate.originator
    others = [name for name in candidate.lineage.originators if name != giver]
    if not others:
        return not candidate.lineage.parents
    # Hop by hop: whoever gave on a part of it approves too.
    for parent in candidate.lineage.parents:
        nation_that_gave = parent.split("-")[0]
        if nation_that_gave != giver and nation_that_gave not in others:
            others.append(nation_that_gave)
    for other in others:
        for nation in (giver, recipient):
            theirs = [a for a in agreements if {other, nation} <= set(a.terms.parties)]
            if other == nation:
                continue
            if any(closed(a, now_s) for a in theirs):
                return False
            # None at all is no hindrance; to have had one and to have none now is.
            living = [a for a in theirs if alive(a, now_s)]
            if theirs and not living:
                return False
            if len(living) > len({a.terms.id for a in living}):
                return False
        if not any(
            approves(given, other, candidate, recipient, agreement, path, now_s)
            for given in consents
        ):
            return False
    return True


def approves(
    given: GivenConsent,
    other: str,
    candidate: Candidate,
    recipient: str,
    agreement: Agreement,
    path: str,
    now_s: float,
) -> bool:
    consent = given.consent
    if consent.by != other or given.signer != other:
        return False
    if consent.holder != candidate.originator or recipient not in consent.recipients:
        return False
    # Article 6 b: no other use than the one that it was given for, in the agreement's own words.
    if consent.purpose == "" or consent.purpose != agreement.terms.purpose:
        return False
    if consent.mode != candidate.mode.word:
        return False
    if now_s < consent.granted_s or now_s >= consent.expires_s:
        return False
    if consent.items and not consent.fields:
        parents = candidate.lineage.parents
        return len(parents) > 0 and all(parent in consent.items for parent in parents)
    if consent.fields and not consent.items:
        return any(covers(named, path) for named in consent.fields)
    return False


def covers(granted: str, asked: str) -> bool:
    return granted == asked or asked.startswith(granted + "/")
