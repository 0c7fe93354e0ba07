"""Cross-validation: what some statistics of the record foretell of others, from the runs that are there.

Any selection of C and V statistics is another calibration, in time or in kind. No run is needed for it: the
weights of the waves make the runs a sample of the prior, and what calibrated runs would have shown of a V
statistic is the adjusted law of it given the C ones (``abc.foretold``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from citysim.arrays import Bools, Floats, Ints
from citysim.calibration.abc import DRAWS, Posterior, foretold, posterior, with_errors
from citysim.calibration.data import Sample, Targets
from citysim.calibration.predictive import quantile_of
from citysim.calibration.recovery import chosen_truths
from citysim.calibration.ridge import fit_ridge
from citysim.calibration.scales import Limits, as_it_is, spread_out, targets_spread_out, within_limits
from citysim.calibration.space import SEED
from citysim.calibration.waves import LACKED

#: Shares of draws that the intervals hold.
LEVELS = (0.5, 0.8, 0.9)
#: Runs of the first wave that are taken for the record.
TRUTHS = 100
_ERRORS, _BEFORE = 3, 4


@dataclass(frozen=True, eq=False)
class Crossed:
    """What K targets foretell: ``used`` of the C ones (K,), the V ones ``of`` (V,), places among the K.

    ``after`` and ``before``: draws of the runs at the posterior and at the prior, (D, V), in the statistics'
    units, NaN where too few runs have one. ``covered``: of T runs taken for the record with its errors,
    whether the interval of each level holds what they had, (T, V, levels), NaN as above.
    """

    targets: Targets
    used: Bools
    of: Ints
    parameters: Posterior
    after: Floats
    before: Floats
    limits: Limits
    covered: Floats


def crossvalidate(
    parameters: Floats,
    sample: Sample,
    targets: Targets,
    weights: Floats,
    limits: Limits,
    *,
    accepted: float,
    least_r2: float,
    draws: int = DRAWS,
    truths: int = TRUTHS,
) -> Crossed:
    """Posterior given the C statistics of ``targets``, and what it foretells of the V ones.

    ``parameters`` (n, Q) on the unit scale, ``sample``: the runs with the K statistics, ``weights`` (n,):
    what makes them a sample of the prior, ``limits``: least and greatest value of each statistic. Raises
    ``ResultError`` where too few runs have the C statistics.
    """
    scaled = replace(sample, statistics=spread_out(sample.statistics, limits))
    known = targets_spread_out(targets, limits)
    used, noise = calibrating(scaled, known, least_r2)
    unit = np.hypot(noise, known.error)[used]
    of = np.flatnonzero([use == "V" for use in targets.use])
    shown = with_errors(scaled, known)
    own = [limits[k] for k in of.tolist()]
    had = sample.statistics[:, of]
    values = scaled.statistics[:, of]
    error = targets.error[of]
    taken = with_errors(sample, targets)[:, of]  # of runs that are taken for the record

    def told(record: Floats, others: Bools) -> Floats:
        drawn = foretold(
            values[others],
            shown[others][:, used],
            record,
            weights[others],
            accepted=accepted,
            draws=draws,
            unit=unit,
        )
        return as_it_is(drawn, own)

    everyone = np.ones(len(weights), dtype=bool)
    chosen = chosen_truths(shown[:, used], sample.wave, truths)
    covered = np.full((len(chosen), len(of), len(LEVELS)), np.nan)
    for i, row in enumerate(chosen):
        others = everyone.copy()
        others[row] = False
        seen = within_limits(_shaken(told(shown[row, used], others), error, int(row)), own)
        covered[i] = _held(seen, within_limits(taken[[row]], own)[0])
    return Crossed(
        targets=targets,
        used=used,
        of=of,
        parameters=posterior(
            parameters,
            shown[:, used],
            known.value[used],
            weights,
            accepted=accepted,
            draws=draws,
            unit=unit,
        ),
        after=told(known.value[used], everyone),
        before=_before(had, weights, draws),
        limits=own,
        covered=covered,
    )


def calibrating(sample: Sample, targets: Targets, least_r2: float) -> tuple[Bools, Floats]:
    """C statistics that the parameters move, and that nearly all runs have, and the sd that is left, (K,).

    By R² of runs left out of a ridge regression on linear and squared terms of all parameters.
    """
    x = 2.0 * sample.cube - 1.0
    terms = np.column_stack((x, x**2))
    found, left = np.zeros(len(targets.name), dtype=bool), np.full(len(targets.name), np.nan)
    for k in np.flatnonzero(targets.calibrating):
        y = sample.statistics[:, k]
        has = np.isfinite(y)
        if (~has).mean() > LACKED or y[has].std() <= 1e-12 * max(abs(float(y[has].mean())), 1.0):
            continue
        law = fit_ridge(terms[has], y[has, None], np.ones(int(has.sum())))
        error = float(np.mean(law.left_out**2))
        found[k], left[k] = 1.0 - error / float(y[has].var()) >= least_r2, np.sqrt(error)
    return found, left


def crossed_table(name: str, found: Crossed) -> pd.DataFrame:
    """A row per statistic of ``targets``: whether it calibrated (C), or what was foretold of it (V).

    Columns ``cross`` (``name``), ``statistic, use, calibrated, record, bootstrap_sd, discrepancy_sd``; of V
    ``prior_lower`` and ``prior_upper`` (90 %) and ``median``; ``lower_50, upper_50 …`` of runs with the
    record's errors, ``alone_lower_50 …`` without; ``inside_50 …`` and ``alone_inside_50 …``: whether they
    hold the record; ``quantile`` of the record, and the continuous ranked probability score of draws with
    errors, ``crps``, and of the prior's, ``crps_prior`` (Gneiting & Raftery 2007; less is better).
    """
    targets, rows = found.targets, []
    place = {int(k): i for i, k in enumerate(found.of)}
    seen, before = (_with_errors(found, drawn) for drawn in (found.after, found.before))
    for k, statistic in enumerate(targets.name):
        record = float(targets.value[k])
        row: dict[str, object] = {
            "cross": name,
            "statistic": statistic,
            "use": targets.use[k],
            "calibrated": bool(found.used[k]),
            "record": record,
            "bootstrap_sd": targets.bootstrap[k],
            "discrepancy_sd": targets.discrepancy[k],
        }
        i = place.get(k)
        if i is not None and np.isfinite(found.after[:, i]).all():
            row |= _told(record, seen[:, i], found.after[:, i], before[:, i])
        rows.append(row)
    return pd.DataFrame(rows)


def _told(record: float, seen: Floats, alone: Floats, before: Floats) -> dict[str, object]:
    row: dict[str, object] = {}
    row["prior_lower"], row["prior_upper"] = np.quantile(before, (0.05, 0.95))
    row["median"] = float(np.median(seen))
    for label, drawn in (("", seen), ("alone_", alone)):
        for level in LEVELS:
            low, high = np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2))
            row[f"{label}lower_{level:.0%}".rstrip("%")] = low
            row[f"{label}upper_{level:.0%}".rstrip("%")] = high
            row[f"{label}inside_{level:.0%}".rstrip("%")] = bool(low <= record <= high)
    row["quantile"] = quantile_of(record, seen)
    row["crps"], row["crps_prior"] = crps(seen, record), crps(before, record)
    return row


def coverage_table(name: str, table: pd.DataFrame, found: Crossed) -> pd.DataFrame:
    """A row per level, with the record's errors and without: nominal coverage against that of the record.

    ``table``: of ``crossed_table``. ``statistics, covered, share``; ``lower`` and ``upper``: 95 % of the
    share by a binomial law, as if statistics were independent; ``usual_lower`` and ``usual_upper``: 5–95 % of
    that share over runs taken for the record, whose statistics go together as the record's do, ``usual`` its
    mean. The last three are of draws with errors alone.
    """
    rows = []
    told = table[table["use"] == "V"]
    for level, at in zip(LEVELS, range(len(LEVELS)), strict=True):
        for errors, label in ((True, ""), (False, "alone_")):
            column = f"{label}inside_{level:.0%}".rstrip("%")
            inside = told[column].dropna().astype(bool) if column in told else pd.Series(dtype=bool)
            n, hit = len(inside), int(inside.sum())
            interval = binomtest(hit, n).proportion_ci(0.95, method="wilson") if n else None
            row: dict[str, object] = {
                "cross": name,
                "level": level,
                "errors": errors,
                "statistics": n,
                "covered": hit,
                "share": hit / n if n else np.nan,
                "lower": float(interval.low) if interval else np.nan,
                "upper": float(interval.high) if interval else np.nan,
            }
            row |= _usual(found.covered[:, :, at]) if errors else {}
            rows.append(row)
    return pd.DataFrame(rows)


def _usual(covered: Floats) -> Mapping[str, float]:
    """Of runs taken for the record, (T, V): how large a share of their statistics is covered."""
    some = np.isfinite(covered).any(axis=1)
    if not some.any():
        return {}
    share = np.nanmean(covered[some], axis=1)
    low, high = np.quantile(share, (0.05, 0.95))
    return {"usual": float(share.mean()), "usual_lower": float(low), "usual_upper": float(high)}


def crps(draws: Floats, record: float) -> float:
    """Continuous ranked probability score of draws (D,): E|X − z| − E|X − X'| / 2."""
    own = np.sort(draws)
    n = len(own)
    spread = 2.0 * float(np.arange(1 - n, n, 2) @ own) / n**2
    return float(np.abs(own - record).mean() - 0.5 * spread)


def _with_errors(found: Crossed, drawn: Floats) -> Floats:
    return within_limits(_shaken(drawn, found.targets.error[found.of], 0), found.limits)


def _shaken(drawn: Floats, error: Floats, seed: int) -> Floats:
    """Draws with an error each as the record has."""
    rng = np.random.default_rng([SEED, _ERRORS, seed])
    return np.asarray(drawn + rng.standard_normal(drawn.shape) * error)


def _held(drawn: Floats, value: Floats) -> Floats:
    """Whether the interval of each level holds a value, (V, levels); NaN where there is none of either."""
    found = np.full((len(value), len(LEVELS)), np.nan)
    there = np.isfinite(value) & np.isfinite(drawn).all(axis=0)
    for at, level in enumerate(LEVELS):
        low, high = np.quantile(drawn[:, there], ((1 - level) / 2, (1 + level) / 2), axis=0)
        found[there, at] = (low <= value[there]) & (value[there] <= high)
    return found


def _before(had: Floats, weights: Floats, draws: int) -> Floats:
    """What runs at draws of the prior had, (draws, V)."""
    found = np.full((draws, had.shape[1]), np.nan)
    for column in range(had.shape[1]):
        there = np.flatnonzero(np.isfinite(had[:, column]) & (weights > 0))
        if len(there):
            rng = np.random.default_rng([SEED, _BEFORE, column])
            share = weights[there] / weights[there].sum()
            found[:, column] = had[rng.choice(there, draws, p=share), column]
    return found
