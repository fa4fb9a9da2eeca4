"""Orders of a party that move an agreement from state to state, each signed by that party."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from commonwatch.errors import CommonwatchError
from commonwatch.foreign_text import reason_against_texts
from commonwatch.identity import PrivateKey, PublicKey, pre_authentication_encoding
from commonwatch.limits import ORDER_TEXT_CHARACTERS_MAX

ORDER_PAYLOAD_TYPE = "application/vnd.commonwatch.order.v1+msgpack"


class RefusedOrder(CommonwatchError):
    """An order that does not hold: unsigned, replayed, out of place, not this party's to give."""


class OrderKind(enum.StrEnum):
    """What a party may order.

    Suspending, notice and taking a signature back take one party; into force, restoring and an end
    at once take all.
    """

    SIGN = "sign"
    SUSPEND = "suspend"
    RESTORE = "restore"
    RESTORE_AND_RESUME = "restore and resume"  # and go on telling what is in the air already
    GIVE_NOTICE = "give notice"
    SUSPEND_NOTICE = "suspend notice"
    WITHDRAW_NOTICE = "withdraw notice"
    END = "end"
    WITHDRAW_SIGNATURE = "withdraw signature"  # from a draft that not all have signed


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One party's order on one agreement; `sequence` counts that party's orders on it from 1.

    `document` is the SHA-256 (hexadecimal) of the text that an order to sign signs.
    """

    agreement: str
    revision: int
    by: str
    kind: OrderKind
    sequence: int
    at_s: float
    mode: str
    document: str = ""

    def __post_init__(self) -> None:
        texts = (self.agreement, self.by, self.mode, self.document)
        against = reason_against_texts(texts, ORDER_TEXT_CHARACTERS_MAX)
        if against is not None:
            raise ValueError(f"order: {against}")
        if not abs(self.at_s) < float("inf"):
            raise ValueError("order: `at_s` must be finite")


class SignedOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="order"):
    """An order and the signature of the party that gave it."""

    order: Order
    signature: bytes


def signed(order: Order, key: PrivateKey) -> SignedOrder:
    """The order under its party's key."""
    return SignedOrder(order, key.sign(_signed_bytes(order)))


def verified(signed_order: SignedOrder, keys: Mapping[str, PublicKey]) -> Order:
    """The order, where the key of the party that it names signed it; RefusedOrder otherwise."""
    order = signed_order.order
    key = keys.get(order.by)
    if key is None:
        raise RefusedOrder(f"order by `{order.by}`: no key of that nation is known here")
    if not signed_order.signature:
        raise RefusedOrder(f"order to {order.kind} by {order.by}: its signature is missing")
    if not key.verifies(_signed_bytes(order), signed_order.signature):
        raise RefusedOrder(
            f"order to {order.kind} by {order.by}: the signature is not {order.by}'s"
        )
    return order


def _signed_bytes(order: Order) -> bytes:
    return pre_authentication_encoding(ORDER_PAYLOAD_TYPE, msgspec.msgpack.encode(order))
