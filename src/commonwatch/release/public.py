"""The public is a recipient: what of a partner's bulletin may stand in a public alert.

Consent is settled beforehand, in the agreement under which the bulletin came (`[public]`), and
covers being named as a source. By default nothing may be told. What a nation's own sensors say is
the nation's own to tell.
"""

from __future__ import annotations

from collections.abc import Sequence

from commonwatch.errors import CommonwatchError
from commonwatch.estimate.own_estimate import OwnEstimate
from commonwatch.identity import nation
from commonwatch.mode import Mode
from commonwatch.release.agreement import Agreement
from commonwatch.release.bulletin import Bulletin, Content
from commonwatch.release.decision import Candidate, Decision, Outcome, Ruling, Withheld
from commonwatch.release.fields import FieldRuling, rule_fields
from commonwatch.release.standing import standing_of
from commonwatch.release.together import grants_together

PUBLIC = "PUBLIC"
# What may be met in data that nobody foresaw. Each of them denies.
ERRORS_THAT_DENY = (CommonwatchError, ValueError, LookupError, ArithmeticError, TypeError)


def decide_for_public(
    bulletin: Bulletin, told_by: str, agreements: Sequence[Agreement], *, mode: Mode, now_s: float
) -> Ruling:
    """What of a partner's bulletin `told_by` may use in an alert to its public at `now_s`, and why.

    No floor is told: without consent the public hears nothing of it.
    """
    if bulletin.mode != mode.word:
        return _withheld(bulletin, now_s, (f"mode: {bulletin.mode[:8]} at a node of {mode.word}",))
    standing = standing_of(bulletin.originator, told_by, agreements, now_s)
    under = [item.terms for item in standing.binding if item.terms.id == bulletin.agreement]
    if standing.against or len(under) != 1:
        missing = () if under else (f"no agreement {bulletin.agreement[:40]} binds both",)
        return _withheld(bulletin, now_s, (*standing.against, *missing))
    terms = under[0]
    if terms.revision != bulletin.agreement_revision:
        return _withheld(bulletin, now_s, (f"{terms.id}: came under another revision",))
    told = [(item.terms.id, item.terms.public) for item in standing.binding]
    silent = [name for name, public in told if public is None]
    if silent:
        why = f"{' and '.join(silent)}: nothing of it may be told to the public"
        return _withheld(bulletin, now_s, (why,))
    agreed = [public for _name, public in told if public is not None]
    lineage = bulletin.lineage
    if lineage.originators != (bulletin.originator,) or lineage.parents:
        return _withheld(bulletin, now_s, ("third party: it rests on more than one originator",))
    try:
        fields = rule_fields(
            _candidate(bulletin, mode),
            grants_together([public.fields for public in agreed]),
            f"{terms.id} to the public",
            now_s,
        )
    except ERRORS_THAT_DENY as error:
        return _withheld(bulletin, now_s, (), (f"fields: {type(error).__name__}: {error}",))
    if fields.errors or fields.content == Content():
        rules = ("no field may go",)
        return _withheld(bulletin, now_s, rules, fields.errors, fields.withheld)
    return _released(bulletin, now_s, "; ".join(public.article for public in agreed), fields)


def own_to_public(own: OwnEstimate, mode: Mode, now_s: float) -> Decision:
    """The decision on what the own sensors alone say: the nation's own to tell its people."""
    return Decision(
        recipient=PUBLIC,
        track=own.track,
        event=own.event,
        status="current",
        mode=mode.word,
        decided_s=now_s,
        outcome="release",
        agreement=None,
        agreement_revision=None,
        rules=("own sensors alone: this nation's own to tell its people",),
    )


def _candidate(bulletin: Bulletin, mode: Mode) -> Candidate:
    return Candidate(
        originator=nation(bulletin.originator),
        track=bulletin.object,
        event=bulletin.event,
        status=bulletin.status,
        label=bulletin.label,
        lineage=bulletin.lineage,
        mode=mode,
        content=bulletin.content or Content(),
        product=bulletin.product_named,
    )


def _released(bulletin: Bulletin, now_s: float, article: str, fields: FieldRuling) -> Ruling:
    decision = _decision(
        bulletin,
        now_s,
        "release",
        (article, *fields.rules),
        fields.withheld,
        coarsened=fields.coarsened,
    )
    return Ruling(decision, content=fields.content)


def _withheld(
    bulletin: Bulletin,
    now_s: float,
    rules: tuple[str, ...],
    errors: tuple[str, ...] = (),
    withheld: tuple[Withheld, ...] = (),
) -> Ruling:
    why = "; ".join((*rules, *errors)) or "default deny"
    kept_back = (Withheld("*", why), *withheld)
    return Ruling(
        _decision(bulletin, now_s, "withhold", rules or ("default deny",), kept_back, errors)
    )


def _decision(
    bulletin: Bulletin,
    now_s: float,
    outcome: Outcome,
    rules: tuple[str, ...],
    withheld: tuple[Withheld, ...],
    errors: tuple[str, ...] = (),
    *,
    coarsened: tuple[str, ...] = (),
) -> Decision:
    return Decision(
        recipient=PUBLIC,
        track=f"{bulletin.originator}:{bulletin.object}",
        event=f"{bulletin.originator}:{bulletin.event}",
        status=bulletin.status,
        mode=bulletin.mode,
        decided_s=now_s,
        outcome=outcome,
        agreement=bulletin.agreement,
        agreement_revision=bulletin.agreement_revision,
        rules=rules,
        coarsened=coarsened,
        withheld=withheld,
        errors=errors,
        product=bulletin.product_named,
    )
