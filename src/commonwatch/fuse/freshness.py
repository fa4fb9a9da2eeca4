"""How long a partner's newest word on an object can still be carried forward."""

from __future__ import annotations

from commonwatch.estimate.estimator import POWERED_LOST_S
from commonwatch.fuse.contribution import Contribution
from commonwatch.utc import parse_utc

# A coast is deterministic, but not past the ground; without a known impact it is kept for two
# hours.
IMPACT_SIGMAS = 3.0
IMPACT_GRACE_S = 3.0
COAST_KEPT_S = 7200.0


def is_fresh(contribution: Contribution, now_s: float) -> bool:
    """Whether this word says anything of `now_s`: a burning object that nobody sees is lost."""
    estimate = contribution.estimate
    if estimate.powered is not None:
        return now_s - estimate.last_plot_s <= POWERED_LOST_S
    impact = contribution.impact
    if impact is not None and not impact.if_thrust_ends:
        grace_s = IMPACT_SIGMAS * impact.time_sigma_s + IMPACT_GRACE_S
        return now_s <= parse_utc(impact.time) + grace_s
    return now_s - estimate.last_plot_s <= COAST_KEPT_S
