"""Whether the method finds parameters that are known: runs of the first wave taken for the record.

The statistics of such a run, with the errors of the record, are the pseudo-data; the posterior is made from
all the other runs. Its 90 % intervals should hold the run's parameters in 90 % of cases, and the rank of each
parameter among the posterior's draws should be uniform (simulation-based calibration, Talts et al. 2018).
"""

from dataclasses import dataclass
from statistics import fmean

import numpy as np
import pandas as pd
from scipy.stats import binomtest, chisquare

from citysim.analysis.multiplicity import holm
from citysim.arrays import Floats, Ints
from citysim.calibration.abc import ACCEPTED, posterior
from citysim.calibration.space import SEED

#: Truths whose intervals are counted, and whose ranks are tested.
TRUTHS, RANKED = 20, 200
#: Draws that a truth is ranked among, and bins of its rank.
RANKS, BINS = 99, 10
#: Chance that the test of ranks finds fault with any parameter where there is none.
FALSE_ALARM = 0.05
_TAIL = 0.05
_CHOICE = 3


@dataclass(frozen=True, eq=False)
class Recovered:
    """Of T truths and Q parameters: ``covered`` and ``rank`` (0 … ``RANKS``), (T, Q)."""

    covered: Floats
    rank: Ints
    truth: Floats


def recover(
    parameters: Floats,
    shown: Floats,
    weights: Floats,
    truths: Ints,
    accepted: float = ACCEPTED,
    unit: Floats | None = None,
) -> Recovered:
    """Posteriors of some runs from all others; arguments as of ``posterior``, ``truths`` are rows (T,).

    The runs of ``truths`` must be drawn from the prior, as those of the first wave are.
    """
    covered = np.zeros((len(truths), parameters.shape[1]))
    rank = np.zeros((len(truths), parameters.shape[1]), dtype=np.int64)
    for i, row in enumerate(truths):
        others = np.arange(len(parameters)) != row
        found = posterior(
            parameters[others],
            shown[others],
            shown[row],
            weights[others],
            accepted=accepted,
            seed=int(row) + 1,
            unit=unit,
        )
        low, high = np.quantile(found.cube, (_TAIL, 1 - _TAIL), axis=0)
        covered[i] = (low <= parameters[row]) & (parameters[row] <= high)
        rank[i] = (found.cube[:RANKS] < parameters[row]).sum(axis=0)
    return Recovered(covered, rank, parameters[truths])


def chosen_truths(shown: Floats, wave: Ints, count: int) -> Ints:
    """Rows of the first wave that have all statistics, at most ``count``, drawn by chance.

    Every second or third point of a Sobol sequence lies in one half of the range of some parameters.
    """
    rows = np.flatnonzero((wave == 0) & np.isfinite(shown).all(axis=1))
    chosen = np.random.default_rng([SEED, _CHOICE]).permutation(len(rows))[:count]
    return np.asarray(rows[np.sort(chosen)])


def recovery_table(names: tuple[str, ...], found: Recovered) -> pd.DataFrame:
    """A row per parameter, and ``all``: coverage with its 95 % interval, and the test of its ranks.

    ``coverage`` of the 90 % intervals over all truths, ``first`` over the first ``TRUTHS`` of them;
    ``chi_square`` and ``p`` of ten bins of ranks, ``p_adjusted`` for all parameters (Holm 1979): below
    ``FALSE_ALARM`` the ranks are not uniform. The interval of ``all`` takes truths for independent, and the
    parameters of one truth for one.
    """
    p = np.array([_uniform(found.rank[:, i]) for i in range(len(names))])
    adjusted = holm(p[:, 1])
    rows = [
        _row(name, found.covered[:, i]) | {"chi_square": p[i, 0], "p": p[i, 1], "p_adjusted": adjusted[i]}
        for i, name in enumerate(names)
    ]
    overall = found.covered.mean(axis=1)
    margin = 1.96 * float(overall.std(ddof=1)) / np.sqrt(len(overall)) if len(overall) > 1 else np.nan
    rows.append(
        {
            "parameter": "all",
            "truths": len(overall),
            "coverage": float(overall.mean()),
            "coverage_lower": float(overall.mean()) - margin,
            "coverage_upper": min(float(overall.mean()) + margin, 1.0),
            "first": float(overall[_first(len(overall))].mean()),
            "chi_square": np.nan,
            "p": float(p[:, 1].min(initial=1.0)),
            "p_adjusted": float(adjusted.min(initial=1.0)),
        }
    )
    return pd.DataFrame(rows)


def _first(truths: int) -> Ints:
    return np.asarray(np.unique(np.linspace(0, truths - 1, min(TRUTHS, truths)).astype(np.int64)))


def _row(name: str, covered: Floats) -> dict[str, object]:
    interval = binomtest(int(covered.sum()), len(covered)).proportion_ci(0.95, method="wilson")
    return {
        "parameter": name,
        "truths": len(covered),
        "coverage": fmean(covered),
        "coverage_lower": float(interval.low),
        "coverage_upper": float(interval.high),
        "first": float(covered[_first(len(covered))].mean()),
    }


def _uniform(rank: Ints) -> tuple[float, float]:
    """Chi-square of the ranks in bins of equal width, and its p."""
    counts = np.bincount(rank * BINS // (RANKS + 1), minlength=BINS)
    found = chisquare(counts)
    return float(found.statistic), float(found.pvalue)
