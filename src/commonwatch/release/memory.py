"""What the gate remembers between two questions: how two nations stand, and what it answered.

A standing is good from one moment at which an agreement's state may change until the next. What was
answered is kept with the standing and goes with it. Agreements never change, so that an order, a
signature or a new revision makes another set of them, which begins with nothing remembered.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from commonwatch.limits import AGREEMENT_SETS_MAX, RULINGS_REMEMBERED_MAX, STANDINGS_MAX
from commonwatch.release.agreement import Agreement, instants_of
from commonwatch.release.gap import held_back_before_s
from commonwatch.release.remembered import Remembered
from commonwatch.release.standing import Standing, standing_of

FIRST_MOMENT_S = math.nextafter(-math.inf, 0.0)


@dataclass(frozen=True, slots=True)
class Pair:
    """How two nations stand from `from_s` until before `until_s`, and what was answered since.

    What of the originator's own began at `held_back_before_s` or later no gap holds back.
    """

    standing: Standing
    from_s: float
    until_s: float
    held_back_before_s: float
    rulings: dict[Hashable, Remembered] = field(default_factory=dict)

    def remember(self, key: Hashable, remembered: Remembered) -> None:
        """Keep an answer; the oldest goes where there are too many."""
        if len(self.rulings) >= RULINGS_REMEMBERED_MAX:
            self.rulings.pop(next(iter(self.rulings)), None)
        self.rulings[key] = remembered


@dataclass(frozen=True, slots=True)
class _Held:
    """A set of agreements, held so that their ids stay theirs, and the pairs asked about."""

    agreements: tuple[Agreement, ...]
    pairs: dict[tuple[str, str], Pair] = field(default_factory=dict)


class GateMemory:
    """The pairs of the newest sets of agreements; bounded, the oldest go first."""

    def __init__(self) -> None:
        self._sets: dict[tuple[int, ...], _Held] = {}
        self._newest = _Held(())

    def pair(self, one: str, other: str, agreements: Sequence[Agreement], now_s: float) -> Pair:
        """How these two stand at `now_s` under these agreements, with what was answered since."""
        held = self._newest
        # A tuple holds the same for ever, a list does not.
        if held.agreements is not agreements:
            held = self._newest = self._held(tuple(agreements))
        pair = held.pairs.get((one, other))
        if pair is None or not pair.from_s <= now_s < pair.until_s:
            if len(held.pairs) >= STANDINGS_MAX:
                held.pairs.clear()
            pair = held.pairs[one, other] = _pair(one, other, held.agreements, now_s)
        return pair

    def _held(self, agreements: tuple[Agreement, ...]) -> _Held:
        key = tuple(map(id, agreements))
        found = self._sets.get(key)
        if found is None:
            if len(self._sets) >= AGREEMENT_SETS_MAX:
                self._sets.pop(next(iter(self._sets)), None)
            found = self._sets[key] = _Held(agreements)
        return found


def _pair(one: str, other: str, agreements: tuple[Agreement, ...], now_s: float) -> Pair:
    standing = standing_of(one, other, agreements, now_s)
    moments_s = [moment_s for item in agreements for moment_s in instants_of(item)]
    known = math.isfinite(now_s) and all(map(math.isfinite, moments_s))
    return Pair(
        standing,
        # Of a clock or a term that is no number nothing is foreseen.
        max((m for m in moments_s if m <= now_s), default=FIRST_MOMENT_S) if known else now_s,
        min((m for m in moments_s if m > now_s), default=math.inf) if known else now_s,
        held_back_before_s(one, other, agreements),
    )
