"""The officers of a desk or a node: their policy, approvals, and what a signature waits for.

A node goes by the policy in its own folder and by that of the desk that it follows, where it does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.identity import PrivateKey
from commonwatch.limits import APPROVALS_FILE_BYTES_MAX, OFFICERS_FILE_BYTES_MAX
from commonwatch.node.durable import read_bounded, replace_file
from commonwatch.node.keys import NodeKeys
from commonwatch.release.consent import Consent
from commonwatch.release.officers import (
    NEVER_NEEDS_TWO,
    Approval,
    Officers,
    SignedApproval,
    approval_of,
    approval_of_change,
    approval_of_consent,
    parse_officers,
    reason_against_change,
    reason_against_giving,
    reason_against_order,
    signed_approval,
)
from commonwatch.release.order import Order
from commonwatch.untrusted_json import decode_json

OFFICERS_FILE = "officers.toml"
APPROVALS_FILE = "approvals.jsonl"


def read_officers(desk: Path) -> Officers | None:
    """The policy of a desk; None where it has none, and one person's word is enough."""
    path = desk / OFFICERS_FILE
    if not path.exists():
        return None
    return parse_officers(read_bounded(path, OFFICERS_FILE_BYTES_MAX), str(path))


def install_officers(desk: Path, keys: NodeKeys, text: str, source: str, now_s: float) -> Officers:
    """Make this the policy of the desk; the one before must have two of its officers approve."""
    policy = parse_officers(text, source)
    if policy.nation != keys.nation:
        raise UnusableInput(
            f"{source}: officers of {policy.nation}, and the desk is {keys.nation}'s"
        )
    if any(one.key == keys.private.public for one in policy.officers):
        raise UnusableInput(f"{source}: the nation's own key is no person's")
    before = read_officers(desk)
    if before is not None:
        why = reason_against_change(
            policy.digest, keys.mode.word, read_approvals(desk), before, now_s
        )
        if why is not None:
            raise UnusableInput(why)
    replace_file(desk / OFFICERS_FILE, text.encode())
    return policy


def approve_order(
    desk: Path, order: Order, officer: str, key: PrivateKey, now_s: float
) -> Approval:
    """Lay an officer's approval of one order on the desk."""
    policy = _policy(desk)
    return _approved(desk, approval_of(order, officer, policy, now_s), key, policy)


def approve_consent(
    desk: Path, consent: Consent, officer: str, key: PrivateKey, now_s: float
) -> Approval:
    """Lay an officer's approval of one consent beside the policy."""
    policy = _policy(desk)
    return _approved(desk, approval_of_consent(consent, officer, policy, now_s), key, policy)


def approve_officers(
    desk: Path, text: str, mode: str, who: tuple[str, PrivateKey], now_s: float
) -> Approval:
    """Lay an officer's approval of another policy on the desk."""
    policy, (officer, key) = _policy(desk), who
    document = sha256(text.encode()).hexdigest()
    approval = approval_of_change(document, mode, officer, policy, now_s)
    return _approved(desk, approval, key, policy)


def require_approved(desk: Path, order: Order, now_s: float) -> None:
    """UnusableInput where the policy asks for officers who have not approved this order.

    To suspend asks nobody: not even for a policy that can be read.
    """
    if order.kind in NEVER_NEEDS_TWO:
        return
    policy = read_officers(desk)
    if policy is not None:
        why = reason_against_order(order, read_approvals(desk), policy, now_s)
        if why is not None:
            raise UnusableInput(why)


def require_approved_by(places: Iterable[Path], wanted: Order | Consent, now_s: float) -> None:
    """UnusableInput where the policy in any of these folders has not been satisfied."""
    for place in places:
        if isinstance(wanted, Consent):
            require_consent_approved(place, wanted, now_s)
        else:
            require_approved(place, wanted, now_s)


def require_consent_approved(desk: Path, consent: Consent, now_s: float) -> None:
    """UnusableInput where the policy asks for officers who have not approved this consent."""
    policy = read_officers(desk)
    if policy is not None:
        why = reason_against_giving(consent, read_approvals(desk), policy, now_s)
        if why is not None:
            raise UnusableInput(why)


def read_approvals(desk: Path) -> tuple[SignedApproval, ...]:
    """All approvals that lie on the desk; UnusableInput names the line that is none."""
    path = desk / APPROVALS_FILE
    if not path.exists():
        return ()
    found = []
    for number, line in enumerate(read_bounded(path, APPROVALS_FILE_BYTES_MAX).splitlines(), 1):
        where = f"{path}, line {number}: not an approval"
        found.append(decode_json(line, SignedApproval, where))
    return tuple(found)


def _policy(desk: Path) -> Officers:
    policy = read_officers(desk)
    if policy is None:
        raise UnusableInput(
            f"{desk}: no officers are named here; `commonwatch agreement officers` names them"
        )
    return policy


def _approved(desk: Path, approval: Approval, key: PrivateKey, policy: Officers) -> Approval:
    officer = policy.officer(approval.officer)
    if officer is None:
        known = ", ".join(one.id for one in policy.officers)
        raise UnusableInput(f"--officer {approval.officer}: the officers of this desk are {known}")
    if officer.key != key.public:
        raise UnusableInput(f"--officer {officer.id}: this key is not the one of {officer.id}")
    with (desk / APPROVALS_FILE).open("ab") as file:
        file.write(msgspec.json.encode(signed_approval(approval, key)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return approval
