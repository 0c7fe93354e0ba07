"""Global sensitivity: which uncertain parameters make a result vary.

Sobol indices (Sobol 2001; estimators of Saltelli et al. 2010) of a ``saltelli`` design, elementary effects
(Morris 1991; µ* of Campolongo et al. 2007) of a ``morris`` design. Both over the whole prior, so that
interactions count; one parameter at a time around the defaults would miss them and is not offered.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from citysim.analysis.contrasts import (
    LEAST_RATIO,
    MOST_RATIO,
    Quantity,
    noise_share,
    quantities,
    quantity_keys,
    read_conditions,
)
from citysim.analysis.intervals import LEVEL, TAIL, Z
from citysim.analysis.results import RunSet, read_results
from citysim.analysis.tables import read_csv, write_csvs
from citysim.arrays import Bools, Floats
from citysim.errors import ConfigError, ResultError
from citysim.language import N_, gettext
from citysim.plan.config import DesignConfig
from citysim.plan.design.points import salib_problem, sampled_names, sampled_shares

KINDS = ("saltelli", "morris")
INDICES_FILE, QUANTITIES_FILE = "sensitivity.csv", "sensitivity_quantities.csv"
KEYS = ("quantity", "outcome", "arm", "stall")
#: Bootstrap resamples of base points or trajectories, and the seed that makes them the same every time.
RESAMPLES, BOOTSTRAP_SEED = 500, 20230621
#: With fewer base points or trajectories a bootstrap has next to nothing to resample.
FEWEST_BLOCKS = 4
#: What an interval says: see ``_with_interval``.
COVERS, CHANCE, ALONE, ABOVE = "covers 0", "within chance", "above 0 alone", "above 0"
TOLD = (ALONE, ABOVE)
#: What the quantities are that indices are of.
_QUANTITIES = {
    "ratio": N_("C, bounded to {least} … {most}"),
    "gap": N_("restored − lost, at or above 0 where C ≥ 1"),
    "reached": N_("whether C ≥ 1"),
    "restored": N_("what cooperation gives"),
    "lost": N_("what stall takes"),
    "substitution": N_("of what stall takes, given because of it, bounded to {least} … {most}"),
    "more": N_("what cooperation gives more than without stall"),
}


def quantity_label(quantity: str) -> str:
    """A quantity by its name in the tables, and in words of the language."""
    words = gettext(_QUANTITIES[quantity], least=f"{LEAST_RATIO:g}", most=f"{MOST_RATIO:g}")
    return f"{quantity} ({words})"


def check_design(design: DesignConfig) -> None:
    """Raise ``ConfigError`` where a design is neither Saltelli's nor Morris's."""
    if design.kind not in KINDS:
        raise ConfigError(
            f"design.kind: found '{design.kind}', allowed: {', '.join(KINDS)}; "
            "for all uncertain parameters set samples = N, over = 'uncertain'"
        )


def block_length(design: DesignConfig) -> int:
    """Points of one base point with its crossed ones (``saltelli``), or of one trajectory (``morris``)."""
    count = len(sampled_names(design))
    return count + 1 if design.kind == "morris" else (2 if design.second_order else 1) * count + 2


def write_sensitivity(results_dir: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write and give the indices, a row per quantity and parameter, and the quantities, a row each.

    Raises ``ConfigError`` where the experiment is not one of global sensitivity, ``ResultError`` where the
    folder has too few runs or cannot be read or written.
    """
    results = read_results(results_dir)
    check_design(results.config.design)
    indices, described = sensitivity_tables(results)
    write_csvs({INDICES_FILE: indices, QUANTITIES_FILE: described}, results_dir)
    return indices, described


def read_indices(results_dir: Path) -> pd.DataFrame:
    """The indices as written. Raises ``ResultError`` where they are missing or damaged."""
    return read_csv(results_dir / INDICES_FILE, f"citysim sensitivity CONFIG --out {results_dir}")


def sensitivity_tables(results: RunSet) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Indices and quantities of an experiment, as ``write_sensitivity`` writes them."""
    design = results.config.design
    indices, described = [], []
    for quantity in quantities(read_conditions(results)):
        whole, row = complete_blocks(design, quantity)
        described.append(row)
        if not row["constant"]:
            indices.append(indices_of(design, quantity.values, whole).assign(**quantity_keys(quantity)))
    if not described:
        raise ResultError(f"{results.path}: no outcome with a better direction at a stall level above 0")
    if not indices:
        raise ResultError(f"{results.path}: no quantity varies over the design, so nothing has an index")
    table = pd.concat(indices, ignore_index=True)
    return table[[*KEYS, *(name for name in table if name not in KEYS)]], pd.DataFrame(described)


def complete_blocks(design: DesignConfig, quantity: Quantity) -> tuple[Bools, dict[str, Any]]:
    """Which blocks have all their runs, as the estimators need it, and what the quantity is like there.

    Raises ``ResultError`` where fewer than ``FEWEST_BLOCKS`` have.
    """
    seeds = quantity.values.shape[1]
    blocks = quantity.values.reshape(-1, block_length(design), seeds)
    whole = np.isfinite(blocks).all(axis=(1, 2))
    if whole.sum() < FEWEST_BLOCKS:
        what = "base points" if design.kind == "saltelli" else "trajectories"
        raise ResultError(
            f"{quantity.outcome}: {whole.sum()} of {len(whole)} {what} have all their runs, needed: "
            f"{FEWEST_BLOCKS}; finish the runs, or raise design.samples"
        )
    # Saltelli's variance is that of the points which are crossed.
    kept = blocks[whole] if design.kind == "morris" else blocks[whole][:, [0, -1]]
    values = kept.reshape(-1, seeds)
    means = values.mean(axis=1)
    return whole, {
        **quantity_keys(quantity),
        "mean": means.mean(),
        "sd": means.std(ddof=1),
        "noise_share": noise_share(values),
        "share_clipped": quantity.share_clipped,
        "seeds": seeds,
        "blocks": int(whole.sum()),
        "blocks_incomplete": int((~whole).sum()),
        "constant": bool(np.ptp(means) <= 1e-12 * max(1.0, float(np.abs(means).max()))),
    }


def indices_of(design: DesignConfig, values: Floats, whole: Bools | None = None) -> pd.DataFrame:
    """Sensitivity of the mean over seeds to every sampled parameter, one row each.

    ``values``: float (points, seeds) in the order of ``sampled_shares(design)``; ``whole``: bool (blocks,),
    those to use.
    """
    blocks = values.reshape(-1, block_length(design), values.shape[1])
    kept = np.ones(len(blocks), bool) if whole is None else whole
    table = _ANALYSES[design.kind](design, blocks[kept], kept)
    return table.assign(blocks=int(kept.sum()), seeds=values.shape[1])


def _sobol_indices(design: DesignConfig, blocks: Floats, _: Bools) -> pd.DataFrame:
    """First-order index ``S1`` and total index ``ST`` with 90 % intervals (bootstrap over base points).

    ``ST_noise`` is what the random numbers alone add to ST: the variance between seeds of the difference
    that changing the parameter makes, over 2 V. NaN with one seed, where it cannot be known.
    """
    from SALib.analyze import sobol  # noqa: PLC0415  slow to import, and only this analysis needs it

    problem = salib_problem(design)
    found = sobol.analyze(
        problem,
        blocks.mean(axis=2).ravel(),
        calc_second_order=bool(design.second_order),
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        seed=BOOTSTRAP_SEED,
    )
    table = pd.DataFrame({"parameter": problem["names"]})
    for index, noise in (("S1", None), ("ST", _total_noise(blocks, len(table)))):
        table = _with_interval(table, index, found[index], found[f"{index}_conf"], noise)
    return table


def _total_noise(blocks: Floats, count: int) -> Floats:
    """Noise in ST of every parameter: mean over base points of Var(a − ab over seeds) / seeds, over 2 V."""
    seeds = blocks.shape[2]
    if seeds < 2:
        return np.full(count, np.nan)
    steps = blocks[:, :1] - blocks[:, 1 : count + 1]
    variance = blocks[:, [0, -1]].mean(axis=2).var()
    return np.asarray(steps.var(axis=2, ddof=1).mean(axis=0) / seeds / (2 * variance))


def _morris_effects(design: DesignConfig, blocks: Floats, kept: Bools) -> pd.DataFrame:
    """Elementary effects over the parameter's range: mean ``mu``, mean size ``mu_star``, spread ``sigma``.

    ``mu_star`` with a 90 % interval (bootstrap over trajectories); ``mu_star_noise`` is the size that
    random numbers alone would give it, √(2/π) of their standard deviation. NaN with one seed.
    """
    from SALib.analyze import morris  # noqa: PLC0415  slow to import, and only this analysis needs it

    problem = salib_problem(design)
    count = len(problem["names"])
    shares = sampled_shares(design).reshape(len(kept), count + 1, count)[kept]
    found = morris.analyze(
        problem,
        shares.reshape(-1, count),
        blocks.mean(axis=2).ravel(),
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        num_levels=design.levels or 4,
        seed=BOOTSTRAP_SEED,
    )
    mu, star, half, sigma = (
        np.asarray(found[name], float) for name in ("mu", "mu_star", "mu_star_conf", "sigma")
    )
    table = pd.DataFrame({"parameter": problem["names"], "mu": mu, "sigma": sigma})
    return _with_interval(table, "mu_star", star, half, _effect_noise(shares, blocks))


def _effect_noise(shares: Floats, blocks: Floats) -> Floats:
    """Size of the elementary effects that the random numbers alone make, by parameter."""
    count, seeds = shares.shape[2], blocks.shape[2]
    if seeds < 2:
        return np.full(count, np.nan)
    steps = np.diff(shares, axis=1)
    changed = np.abs(steps).argmax(axis=2)
    length = np.take_along_axis(steps, changed[..., None], axis=2)
    variance = (np.diff(blocks, axis=1) / length).var(axis=2, ddof=1) / seeds
    by_parameter = np.array([variance[changed == j].mean() for j in range(count)])
    return np.sqrt(2 / np.pi * by_parameter)


def _with_interval(
    table: pd.DataFrame, index: str, value: Floats, half: Floats, noise: Floats | None
) -> pd.DataFrame:
    """Add an index, its interval and whether it can be told from 0 and, where known, from the noise.

    ``above 0``: also by the interval widened for as many parameters (Bonferroni); ``above 0 alone``: only by
    its own; ``within chance``: it holds what the random numbers alone give.
    """
    floor = np.zeros(len(table)) if noise is None else np.nan_to_num(noise)
    wider = half * stats.norm.ppf(1 - TAIL / len(table)) / Z
    least = value - half
    words = np.select([value - wider > floor, least > floor, least > 0], [ABOVE, ALONE, CHANCE], COVERS)
    columns = {index: value, f"{index}_lower": value - half, f"{index}_upper": value + half}
    if noise is not None:
        columns[f"{index}_noise"] = noise
    return table.assign(**columns, **{f"{index}_told": words})


_ANALYSES: dict[str, Callable[[DesignConfig, Floats, Bools], pd.DataFrame]] = {
    "saltelli": _sobol_indices,
    "morris": _morris_effects,
}
