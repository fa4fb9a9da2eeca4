"""Shares, means and medians with their 95 % intervals, and what an honest estimator's would be."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import msgspec
import numpy as np
from scipy import stats

CONFIDENCE = 0.95

OK = "ok"
# The value misses the band, but so few flights could miss it by chance.
UNSURE = "unsure"
OFF = "off"
WORST_FIRST = (OFF, UNSURE, OK)


class Measured(msgspec.Struct, frozen=True):
    """A statistic of `count` flights with its 95 % interval, and the verdict about it."""

    count: int
    value: float
    low: float
    high: float
    verdict: str = OK


def clopper_pearson(inside: int, count: int) -> tuple[float, float]:
    """95 % interval of a share of which `inside` out of `count`, at least one, were seen.

    Clopper and Pearson 1934, Biometrika 26, 404-413: exact, and never too narrow.
    """
    tail = 0.5 * (1.0 - CONFIDENCE)
    low = stats.beta.ppf(tail, inside, count - inside + 1) if inside > 0 else 0.0
    high = stats.beta.ppf(1.0 - tail, inside + 1, count - inside) if inside < count else 1.0
    return float(low), float(high)


def verdict(value: float, low: float, high: float, band: tuple[float, float]) -> str:
    """OFF where the whole interval misses the band, UNSURE where the value alone does."""
    if high < band[0] or low > band[1]:
        return OFF
    return OK if band[0] <= value <= band[1] else UNSURE


def share(inside: int, count: int, band: tuple[float, float] = (0.0, 1.0)) -> Measured:
    """A share with its exact binomial interval, judged against a band."""
    low, high = clopper_pearson(inside, count)
    value = inside / count
    return Measured(count, value, low, high, verdict(value, low, high, band))


def root_mean_square(squares: Sequence[float], band: tuple[float, float]) -> Measured:
    """The root of the mean of at least two squares; the interval is Student's, of their mean."""
    count = len(squares)
    mean = statistics.fmean(squares)
    quantile = stats.t.ppf(0.5 * (1.0 + CONFIDENCE), count - 1)
    half = float(quantile) * statistics.stdev(squares) / math.sqrt(count)
    value, low, high = (math.sqrt(max(one, 0.0)) for one in (mean, mean - half, mean + half))
    return Measured(count, value, low, high, verdict(value, low, high, band))


def median(values: Sequence[float], band: tuple[float, float] = (-math.inf, math.inf)) -> Measured:
    """The median of at least one value, judged against a band."""
    found = quantile(values, 0.5)
    return msgspec.structs.replace(found, verdict=verdict(found.value, found.low, found.high, band))


def quantile(values: Sequence[float], below: float) -> Measured:
    """The value with a share `below` under it; its interval lies between two of the values.

    By the binomial of their ranks: Conover 1999, Practical Nonparametric Statistics, section 3.2.
    """
    ordered = sorted(values)
    count = len(ordered)
    tail = 0.5 * (1.0 - CONFIDENCE)
    first, last = (int(stats.binom.ppf(p, count, below)) for p in (tail, 1.0 - tail))
    value = float(np.quantile(ordered, below))
    return Measured(count, value, ordered[max(first - 1, 0)], ordered[min(last, count - 1)])


def nees_band(count: int, components: int) -> tuple[float, float]:
    """Between which values the mean of `count` honest NEES of so many components lies at 95 %.

    Their sum is chi-square with count times components degrees of freedom. Bar-Shalom, Li and
    Kirubarajan 2001, Estimation with Applications to Tracking and Navigation, section 5.4.2.
    """
    freedom = count * components
    tail = 0.5 * (1.0 - CONFIDENCE)
    return (
        float(stats.chi2.ppf(tail, freedom)) / count,
        float(stats.chi2.ppf(1.0 - tail, freedom)) / count,
    )


def mean_nees(squares: Sequence[float], components: int) -> Measured:
    """The mean NEES; `low` and `high` are the band in which an honest one lies."""
    low, high = nees_band(len(squares), components)
    value = statistics.fmean(squares)
    return Measured(len(squares), value, low, high, OK if low <= value <= high else OFF)


def worst(verdicts: Sequence[str]) -> str:
    """The worst of some verdicts; OK where there is none."""
    return next((one for one in WORST_FIRST if one in verdicts), OK)
