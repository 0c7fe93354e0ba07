"""Medians and quantile intervals, confidence intervals of medians, proportions and ratios of means.

A spread (``spread``) holds nine in ten replications; a confidence interval (all others) holds a quantity of
the population of replications, such as its median, in nine of ten experiments.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy  # parts are imported when used; scipy.stats would take longer than all tables of a sweep

from citysim.arrays import Floats, Ints

#: Every interval of the project holds 90 %.
LEVEL = 0.90
TAIL = (1 - LEVEL) / 2
#: Quantile of the normal law at 1 − TAIL.
Z = 1.6448536269514722
#: Below this many replications their whole range holds a further one less than two times in three.
MIN_REPLICATIONS = 5
#: From here on 5–95 % quantiles lie inside the range of the replications: 1/(n + 1) ≤ .05.
FEWEST_FOR_QUANTILES = 19
#: Above 999 the resampling error of a 5 % quantile is small beside the interval.
RESAMPLES = 1999


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and interval of a quantity over replications; arrays of equal shape."""

    median: Floats
    lower: Floats
    upper: Floats
    count: Ints


def spread(values: Floats) -> Spread:
    """Median and 5–95 % quantiles over axis 0, NaN left out.

    Quantiles take the plotting position k/(n + 1), so that the interval holds a further replication
    with probability .90 for n ≥ 19; for fewer it is their range, which holds one with (n − 1)/(n + 1).
    One replication has no interval: NaN.
    """
    known = np.isfinite(values)
    count = known.sum(axis=0)
    if len(values) == 0:
        nothing = np.full(count.shape, np.nan)
        return Spread(nothing, nothing, nothing, count)
    if len(values) == 1:
        nothing = np.full(count.shape, np.nan)
        return Spread(np.where(known[0], values[0], np.nan) + 0.0, nothing, nothing, count)
    ordered = np.sort(np.where(known, values, np.nan), axis=0)  # NaN last
    below, above = np.take_along_axis(ordered, np.stack([(count - 1) // 2, count // 2]), axis=0)
    lower, upper = np.where(count < 2, np.nan, _plotted(ordered, count))
    return Spread((below + above) / 2 + 0.0, lower, upper, count)  # 0 has no sign


def _plotted(ordered: Floats, count: Ints) -> Floats:
    """5 and 95 % quantiles at plotting position k/(n + 1), the bits of NumPy's ``weibull``: (2, …).

    NumPy's ``nanquantile`` goes through the columns one by one.
    """
    share = np.array([TAIL, 1 - TAIL]).reshape(2, *[1] * count.ndim)
    place = count * share + share - 1
    step = np.floor(place)
    first, last = place < 0, place >= count - 1
    start = np.where(last, -1, np.where(first, 0, step)).astype(int)
    at = np.where(last, count - 1, start)
    low = np.take_along_axis(ordered, at, axis=0)
    high = np.take_along_axis(ordered, np.where(first | last, at, at + 1), axis=0)
    part = place - start
    rise = high - low
    return np.asarray(np.where(part >= 0.5, high - rise * (1 - part), low + rise * part))


def median_interval(values: Floats, confidence: float = LEVEL) -> tuple[Floats, Floats]:
    """Confidence interval of the median over axis 0, NaN left out.

    From x₍k₎ to x₍n+1−k₎ with the largest k for which P(Bin(n, ½) < k) ≤ (1 − ``confidence``)/2: holds the
    median at least that often whatever the distribution (Thompson 1936). −∞ … ∞ where n is too small for it,
    at 90 % below 5; NaN without values.
    """
    count = np.isfinite(values).sum(axis=0)
    if len(values) == 0:
        return np.full(count.shape, np.nan), np.full(count.shape, np.nan)
    ordered = np.sort(np.where(np.isfinite(values), values, np.nan), axis=0)  # NaN last
    k = _below_median((1 - confidence) / 2, count)
    bounded = k > 0
    places = np.where(bounded, np.stack([k - 1, count - k]), 0)
    lower, upper = np.take_along_axis(ordered, places, axis=0)
    lower, upper = np.where(bounded, lower, -np.inf), np.where(bounded, upper, np.inf)
    return np.where(count > 0, lower, np.nan), np.where(count > 0, upper, np.nan)


def _at_least(k: Ints, n: int | Ints) -> Floats:
    """P(Bin(n, ½) ≥ k), by symmetry also P(Bin(n, ½) ≤ n − k)."""
    return np.asarray(scipy.special.betainc(k, n - k + 1, 0.5))


def _below_median(chance: float, count: Ints) -> Ints:
    """Largest k with P(Bin(n, ½) < k) ≤ ``chance`` for every n of ``count``."""
    sizes, place = np.unique(count, return_inverse=True)
    at_most = (_at_least(n - np.arange(n // 2 + 1), n) for n in sizes.tolist())
    found = [np.searchsorted(shares, chance) for shares in at_most]
    return np.array(found, dtype=int)[place].reshape(count.shape)


def sign_test(values: Floats) -> Floats:
    """Two-sided p of the sign test that the median over axis 0 is 0, NaN left out; NaN without values.

    The p at which ``median_interval`` just leaves out 0. Zeros count for the null hypothesis.
    """
    count = np.isfinite(values).sum(axis=0)
    agreeing = np.maximum((values > 0).sum(axis=0), (values < 0).sum(axis=0))
    return np.where(count > 0, sign_test_of(agreeing, count), np.nan)


def sign_test_of(agreeing: Ints, count: int | Ints) -> Floats:
    """Two-sided p of the sign test where ``agreeing`` of ``count`` values have the more frequent sign."""
    return np.minimum(2 * _at_least(agreeing, count), 1.0)


def wilson(successes: Ints, trials: Ints) -> tuple[Floats, Floats]:
    """Wilson's score interval of a proportion (Wilson 1927); NaN without trials."""
    n = np.where(trials > 0, trials, np.nan)
    p = successes / n
    centre = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ratio of two paired means: value, delta-method standard error, Fieller's interval, pairs."""

    value: Floats
    error: Floats
    lower: Floats
    upper: Floats
    count: Ints


def ratio_of_means(numerator: Floats, denominator: Floats) -> Ratio:
    """Ratio of the means over axis 0 of paired samples, with Fieller's 90 % interval (Fieller 1954).

    The interval is −∞ … ∞ where the mean denominator cannot be told from 0, since no bounded one
    exists there. Pairs with a NaN are left out; error and interval are NaN with fewer than two pairs.
    """
    keep = np.isfinite(numerator) & np.isfinite(denominator)
    n = keep.sum(axis=0)
    top, bottom = np.where(keep, numerator, 0.0), np.where(keep, denominator, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = top.sum(axis=0) / n, bottom.sum(axis=0) / n
        scale = np.where(n > 1, n * (n - 1.0), np.nan)  # (co)variance of the means
        v_aa = (keep * (top - a) ** 2).sum(axis=0) / scale
        v_bb = (keep * (bottom - b) ** 2).sum(axis=0) / scale
        v_ab = (keep * (top - a) * (bottom - b)).sum(axis=0) / scale
        value = np.where(b != 0, a / b, np.nan)
        error = np.sqrt(np.maximum(v_aa - 2 * value * v_ab + value**2 * v_bb, 0)) / np.abs(b)
        t2 = scipy.special.stdtrit(np.maximum(n - 1, 1), 1 - TAIL) ** 2
        square, middle = b**2 - t2 * v_bb, a * b - t2 * v_ab
        root = np.sqrt(np.maximum(middle**2 - square * (a**2 - t2 * v_aa), 0))
        lower, upper = (middle - root) / square, (middle + root) / square
    unbounded = (n > 1) & (square <= 0)
    return Ratio(value, error, np.where(unbounded, -np.inf, lower), np.where(unbounded, np.inf, upper), n)


def mean_and_error(values: Floats) -> tuple[Floats, Floats]:
    """Mean over axis 0 and its standard error, NaN left out; the error is NaN with fewer than two."""
    keep = np.isfinite(values)
    n = keep.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(keep, values, 0.0).sum(axis=0) / n
        square = np.where(keep, (values - mean) ** 2, 0.0).sum(axis=0)
        error = np.sqrt(square / np.where(n > 1, n * (n - 1.0), np.nan))
    return mean, error


def bootstrap_ratio(numerator: Floats, denominator: Floats, seed: int = 0) -> tuple[float, float]:
    """90 % interval of a ratio of paired means, pairs resampled: a check on Fieller's.

    Percentiles, expanded for small samples (``expanded_level``). −∞ … ∞ where the interval of the mean
    denominator holds 0; NaN with fewer than two pairs. All of equally many pairs share their resamples.
    """
    keep = np.isfinite(numerator) & np.isfinite(denominator)
    pairs = int(keep.sum())
    if pairs < 2:
        return np.nan, np.nan
    tail = (1 - expanded_level(pairs)) / 2
    bottom = _resampled(denominator[keep].tobytes(), seed)
    bottom_low, bottom_high = _percentiles(bottom, tail)
    if bottom_low <= 0 <= bottom_high:
        return -np.inf, np.inf
    top = numerator[keep][_resamples(pairs, seed)].mean(axis=-1)
    low, high = _percentiles(top / np.where(bottom == 0, np.nan, bottom), tail)
    return low, high


@lru_cache(maxsize=4)
def _resamples(pairs: int, seed: int) -> Ints:
    """Which pairs each resample has, (resamples, pairs)."""
    return np.random.default_rng(seed).integers(0, pairs, (RESAMPLES, pairs))


@lru_cache(maxsize=64)
def _resampled(values: bytes, seed: int) -> Floats:
    """Means of the resamples of some float64; what stall costs is the same for all arms."""
    numbers = np.frombuffer(values)
    return np.asarray(numbers[_resamples(len(numbers), seed)].mean(axis=-1))


def _percentiles(values: Floats, tail: float) -> tuple[float, float]:
    """Quantiles at ``tail`` and 1 − ``tail``, linear between order statistics; NaN if one of them is."""
    shares = np.array([tail, 1 - tail])
    place = shares * len(values) + (1 - shares)
    at, part = (place // 1).astype(int), place % 1
    ordered = np.sort(values)
    if np.isnan(ordered[-1]):
        return np.nan, np.nan
    low, high = (1 - part) * ordered[at - 1] + part * ordered[np.minimum(at, len(values) - 1)]
    return float(low), float(high)


@lru_cache(maxsize=64)
def expanded_level(pairs: int) -> float:
    """Level at which percentiles of resampled means are as wide as the t interval (Hesterberg 2015).

    Resampling knows neither the n − 1 of the variance nor Student's t: at 16 pairs its plain 90 % holds 86 %.
    """
    t = scipy.special.stdtrit(pairs - 1, 1 - TAIL)
    return float(1 - 2 * scipy.special.ndtr(-(np.sqrt(pairs / (pairs - 1)) * t)))
