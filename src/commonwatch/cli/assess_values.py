"""Values to agree on, from the command line."""

from __future__ import annotations

import math

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.utc import parse_utc
from commonwatch.warn.joint.agreed import AgreedBasis, AgreedValue, usual_values
from commonwatch.warn.joint.comparison import Comparison
from commonwatch.warn.joint.figures import Quantity

FORM = "QUANTITY=VALUE,SIGMA,BASIS, as in range=1000,29,sides"


def chosen_values(
    compared: Comparison, agree: tuple[str, ...], leave_open: tuple[str, ...]
) -> tuple[AgreedValue, ...]:
    """The usual values, those given in their place, and without those left open."""
    given = tuple(_value(text) for text in agree)
    dropped = {_quantity(text) for text in leave_open} | {value.quantity for value in given}
    usual = (value for value in usual_values(compared) if value.quantity not in dropped)
    return (*usual, *given)


def _quantity(text: str) -> Quantity:
    try:
        return Quantity(text)
    except ValueError as error:
        known = ", ".join(quantity.value for quantity in Quantity)
        raise UnusableInput(f"quantity `{text}`: there are {known}") from error


def _value(text: str) -> AgreedValue:
    name, _, rest = text.partition("=")
    parts = rest.split(",")
    if len(parts) != 3:
        raise UnusableInput(f"--agree {text}: need {FORM}")
    quantity = _quantity(name)
    value, sigma, basis = parts
    words = {AgreedBasis.SIDES.value, AgreedBasis.TRACKS.value, AgreedBasis.PHYSICS.value}
    one_side = None if basis in words else nation(basis)
    try:
        return AgreedValue(
            quantity=quantity,
            value=parse_utc(value) if quantity is Quantity.LAUNCH_TIME else _number(value),
            sigma=_number(sigma),
            basis=AgreedBasis.ONE_SIDE if one_side else AgreedBasis(basis),
            nation=one_side,
        )
    except ValueError as error:
        raise UnusableInput(f"--agree {text}: {error}; need {FORM}") from error


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no number to agree on")
    return value
