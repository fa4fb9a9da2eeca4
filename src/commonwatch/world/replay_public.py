"""What a nation may tell its own people: its own sensors' word, and partners' as consented to.

The objects are put together from these alone, so that what must not be told moves nothing in the
alert: not its place, its time, nor whether there is one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from commonwatch.estimate.assessment import Impact
from commonwatch.fuse.closing import Closings, Key
from commonwatch.fuse.contribution import Contribution
from commonwatch.fuse.freshness import is_fresh
from commonwatch.fuse.one_word import one_word_each
from commonwatch.fuse.picture import PictureObject, picture
from commonwatch.node.node import Node
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.candidate import (
    contribution_from,
    contribution_key,
    impact_from,
)
from commonwatch.release.decision import Decision
from commonwatch.release.product import LAUNCH_WARNING
from commonwatch.release.public import decide_for_public, own_to_public
from commonwatch.utc import parse_utc
from commonwatch.warn.geodesic import rough_distance_m


@dataclass(frozen=True, slots=True)
class PublicImpact:
    """Where something is expected to come down, as the people may be told; whose word it is."""

    event: str
    observed: bool
    launch_time_s: float | None
    impact: Impact
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublicWord:
    """All that may be told at one moment, and the decisions that it rests on."""

    impacts: tuple[PublicImpact, ...]
    decisions: tuple[Decision, ...]


@dataclass(slots=True)
class PublicDesk:
    """Asks for every partner's word whether the public may have it, and fuses what it may."""

    nation: str
    node: Node
    closings: Closings = field(default_factory=Closings)
    _came_down: set[Key] = field(default_factory=set)

    def word(
        self, own: Sequence[Contribution], own_down: Collection[Key], now_s: float
    ) -> PublicWord:
        """From the own sensors' word and what is held of partners; `own_down` came down."""
        decisions = [own_to_public(one.estimate, self.node.setup.mode, now_s) for one in own]
        allowed: list[Bulletin] = []
        # Without a ledger nothing of a partner's is told; the own warning goes on from memory.
        for held in () if self.node.stopped else self.node.held():
            ruling = decide_for_public(
                held.bulletin,
                self.nation,
                self.node.agreements,
                mode=self.node.setup.mode,
                now_s=now_s,
            )
            decisions.append(ruling.decision)
            if ruling.content is not None:
                allowed.append(msgspec.structs.replace(held.bulletin, content=ruling.content))
        return PublicWord(self._impacts(own, allowed, own_down, now_s), tuple(decisions))

    def _impacts(
        self,
        own: Sequence[Contribution],
        allowed: Sequence[Bulletin],
        own_down: Collection[Key],
        now_s: float,
    ) -> tuple[PublicImpact, ...]:
        self._came_down |= set(own_down)
        self._came_down |= {contribution_key(one) for one in allowed if one.status == "ended"}
        heard = [said for one in allowed if (said := contribution_from(one)) is not None]
        fresh = one_word_each((one for one in heard if is_fresh(one, now_s)), now_s)
        self.closings = self.closings.after((*own, *fresh), self._came_down, now_s)
        partners = self.closings.open(fresh)
        # With no word from anyone else there is nothing to fuse: the own answer stands as it is.
        every = (
            [
                _of_object(one)
                for one in picture(self.nation, (*self.closings.open(own), *partners), now_s)
            ]
            if partners
            else [_of_own(one) for one in own]
        )
        fused = [one for one in every if one is not None]
        with_path = {one.key for one in fresh}
        alone = [
            told
            for one in _once_each(allowed)
            if contribution_key(one) not in with_path
            and (told := _of_impact_alone(one, now_s)) is not None
        ]
        return (*fused, *(one for one in alone if not any(_is_same(one, it) for it in fused)))


def _of_own(told: Contribution) -> PublicImpact | None:
    if told.impact is None:
        return None
    one = told.estimate
    launch_s = None if one.launch is None else parse_utc(one.launch.time)
    return PublicImpact(
        one.event, one.status == "confirmed", launch_s, told.impact, (told.originator,)
    )


def _of_object(told: PictureObject) -> PublicImpact | None:
    one = told.assessment
    if one.impact is None:
        return None
    launch_s = None if one.launch is None else parse_utc(one.launch.time)
    return PublicImpact(
        one.event, one.status == "confirmed", launch_s, one.impact, told.contributors
    )


def _once_each(allowed: Sequence[Bulletin]) -> tuple[Bulletin, ...]:
    """Of an object of which several products were told the launch warning, else the first."""
    first = sorted(allowed, key=lambda one: one.product_named != LAUNCH_WARNING)
    return tuple({contribution_key(one): one for one in reversed(first)}.values())


def _of_impact_alone(bulletin: Bulletin, now_s: float) -> PublicImpact | None:
    """A partner's own words on the impact, where its path is not for the public."""
    impact = impact_from(bulletin)
    content = bulletin.content
    if impact is None or content is None or content.path is not None:
        return None
    if bulletin.status != "current" or now_s > parse_utc(impact.time):
        return None
    launch = content.launch
    return PublicImpact(
        event=f"{bulletin.originator}:{bulletin.event}",
        observed=False,
        launch_time_s=None if launch is None else launch.time_s,
        impact=impact,
        sources=(bulletin.originator,),
    )


def _is_same(one: PublicImpact, other: PublicImpact) -> bool:
    """Whether two places of impact may be one: their regions touch, as circles."""
    near, far = one.impact, other.impact
    apart_m = rough_distance_m(
        near.lat_deg, near.lon_deg, np.array([far.lat_deg]), np.array([far.lon_deg])
    )
    return float(apart_m[0]) <= near.ellipse95.semi_major_m + far.ellipse95.semi_major_m
