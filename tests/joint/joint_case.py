"""One launch agreed by two parties, for tests."""

from __future__ import annotations

from functools import cache

from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.joint_files import compare_published
from commonwatch.node.joint_proposal import proposal
from commonwatch.node.keys import key_from_seed
from commonwatch.warn.joint.agreed import usual_values
from commonwatch.warn.joint.assessment import SignedAssessment, signed_also

PRIVATE = {code: key_from_seed(1, nation(code), EXERCISE) for code in ("JPN", "KOR", "USA")}
PUBLIC = {code: key.public for code, key in PRIVATE.items()}
NOW_S = 1.7e9


@cache
def proposed(launch_id: str = "NK20220304-01") -> SignedAssessment:
    compared = compare_published(launch_id, None)
    return proposal(compared, usual_values(compared), "JPN", (), NOW_S)


def signed_by(signed: SignedAssessment, *parties: str) -> SignedAssessment:
    for party in parties:
        signed = signed_also(signed, party, PUBLIC, PRIVATE[party], NOW_S, EXERCISE)
    return signed
