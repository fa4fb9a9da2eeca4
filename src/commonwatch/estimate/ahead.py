"""What is ahead of a track from one moment on, worked out when it is first asked for.

An answer costs a flight of all its points to the ground; one that nobody asks for costs nothing.
Whenever it is asked for, it is the same.
"""

from __future__ import annotations

from commonwatch.estimate.assessment import Apogee, Impact
from commonwatch.estimate.coast_filter import CoastFilter
from commonwatch.estimate.glide import outlook_of_glide
from commonwatch.estimate.ground import apogee_point, impact_point
from commonwatch.estimate.motion import Motion
from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.estimate.predict import (
    LEAN_FOR_S,
    Outlook,
    full_outlook,
    leant_on,
    outlook_if_thrust_ends,
)


class Ahead:
    """Descent, impact and apogee of a track as it moves at a moment (POSIX s).

    `before` is what was ahead of the track when it was last seen; `may_lean`: both are coasts
    without doubt, so that this one may lean on that one's slopes.
    """

    def __init__(
        self, motion: Motion, now_s: float, before: Ahead | None, *, may_lean: bool
    ) -> None:
        self._now_s = now_s
        self.before = before
        self._may_lean = may_lean
        coast = motion.coast if motion.coasts else None
        self._coast: CoastFilter | None = None if coast is None else coast.without_biases()
        self._powered: PoweredFilter | None = motion.powered
        self._glides = motion.glides
        self.worked_out: Outlook | None = None
        self._alone: Outlook | None = None
        self._impact: Impact | None = None
        self.told_apogee: Apogee | None = None
        self.is_apogee_known = False

    @property
    def outlook(self) -> Outlook:
        """The descent, or how likely there is none."""
        if self.worked_out is None:
            for one in reversed(self._unknown()):
                one.work_out()
            self.forget_before()
        return self._known()

    @property
    def impact(self) -> Impact | None:
        """Where and when it comes down, as it is told."""
        descent = self.outlook.descent
        if self._impact is None and descent is not None:
            self._impact = impact_point(descent, self._coast is None and not self._glides)
        return self._impact

    @property
    def apogee(self) -> Apogee | None:
        """The highest point: the one ahead, else the one that was told last."""
        passed = []
        one: Ahead | None = self
        while one is not None and not one.is_apogee_known:
            one.told_apogee = one.apogee_ahead()
            passed.append(one)
            one = one.before if one.told_apogee is None else None
        told = None if one is None else one.told_apogee
        for later in reversed(passed):
            told = told if later.told_apogee is None else later.told_apogee
            later.told_apogee, later.is_apogee_known = told, True
            later.forget_before()
        return self.told_apogee

    def apogee_ahead(self) -> Apogee | None:
        """The apogee of a coast that has not passed it."""
        descent = None if self._coast is None else self.outlook.descent
        if descent is None or not descent.apogee_s > self._now_s:
            return None
        return apogee_point(descent)

    def _known(self) -> Outlook:
        """The outlook, worked out."""
        return self.alone() if self.worked_out is None else self.worked_out

    def alone(self) -> Outlook:
        """The outlook from this moment alone."""
        if self._alone is None:
            if self._coast is not None:
                self._alone = full_outlook(self._coast)
            elif self._powered is None:
                self._alone = Outlook(None, 0.0)
            elif self._glides:
                self._alone = outlook_of_glide(self._powered)
            else:
                self._alone = outlook_if_thrust_ends(self._powered)
        return self._alone

    def _unknown(self) -> list[Ahead]:
        """This one and those before it that it rests on and that are not worked out, newest first.

        None of them where nothing within reach could be leant on.
        """
        rests_on = [self]
        if self._stands_alone():
            return rests_on
        while (older := rests_on[-1].leans_on()) is not None and older.worked_out is None:
            rests_on.append(older)
        return rests_on

    def leans_on(self) -> Ahead | None:
        """The one before, where this one may lean on it."""
        return self.before if self._may_lean else None

    def _stands_alone(self) -> bool:
        """Whether no answer within reach before it left slopes to lean on."""
        older = self.leans_on()
        while older is not None and self._is_in_reach_of(older):
            if older.worked_out is not None:
                return older.worked_out.slopes is None
            if older.alone().slopes is not None:
                return False
            older = older.leans_on()
        return True

    def _is_in_reach_of(self, older: Ahead) -> bool:
        """Whether an answer of then may still be leant on now."""
        if self._coast is None or older._coast is None:
            return False
        return self._coast.time_s <= older._coast.time_s + LEAN_FOR_S

    def work_out(self) -> None:
        """The outlook, those before it that it may lean on being worked out or of no use."""
        older = self.leans_on()
        if self._coast is not None and older is not None and older.worked_out is not None:
            self.worked_out = leant_on(self._coast, older.worked_out)
        if self.worked_out is None:
            self.worked_out = self.alone()

    def forget_before(self) -> None:
        """Let go of what was before, once nothing more will be asked of it."""
        if self.worked_out is not None and self.is_apogee_known:
            self.before = None
