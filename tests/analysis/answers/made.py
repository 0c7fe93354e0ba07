"""Results made of known values, and the rates at which analyses may err."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from citysim import run_experiment
from citysim.analysis.headline import write_tables
from citysim.analysis.intervals import LEVEL
from citysim.analysis.results import RunSet, read_results
from citysim.analysis.tables import read_answer
from citysim.briefing import write_briefing
from citysim.briefing.context import context_of
from citysim.figures import draw_all
from citysim.figures.caption import IN_SHORT
from citysim.plan.config import load_config
from citysim.plan.runs import run_specs

#: Chance of a false alarm of one comparison of rates; seeds are fixed, so what has passed passes always.
ALARM = 1e-6
EXPERIMENTS = Path(__file__).parents[3] / "experiments"


def made_runs(points, value, seeds=16, rng=1):
    """A run per point (a dict with arm and stall) and seed; ``value(point, shared, own)`` gives its outcomes.

    ``shared`` is a generator that is equal for all points of a seed, ``own`` one of the point's own.
    """
    rows = []
    for seed in range(1, seeds + 1):
        for i, point in enumerate(points):
            draws = {
                "shared": np.random.default_rng([rng, seed]),
                "own": np.random.default_rng([rng, seed, i]),
            }
            keys = {"run": f"{seed}-{i}", "seed": seed, "draw": "prior", **point}
            rows.append(keys | value(point, **draws))
    return pd.DataFrame(rows)


def made_results(runs, config, outcomes, sweep=()):
    """Results without a folder."""
    return RunSet(Path("nowhere"), runs, tuple(config.arms), tuple(outcomes), tuple(sweep), config, len(runs))


def config_of(name, *overrides):
    """The config of an experiment of this project."""
    return load_config(EXPERIMENTS / f"{name}.toml", overrides)


def size_of(name, *overrides):
    """Number of runs that an experiment of this project asks for."""
    return len(run_specs(config_of(name, *overrides), "any world"))


def ran(name, analysis, folder, *overrides):
    """Table and briefing of an experiment of this project on a tiny world, with all figures drawn.

    Page 1 has the picture of its short answer, and the figure of the analysis is in the details.
    """
    small = ("seeds=2", "quarters=4", "world.cities=40", "uncertainty.monte_carlo_seeds=0", *overrides)
    results = run_experiment(EXPERIMENTS / f"{name}.toml", workers=1, out=folder / "out", overrides=small)
    write_tables(results.path)
    assert {f"{analysis}.png", f"{analysis}.svg"} <= {path.name for path in draw_all(results.path)}
    context = context_of(read_results(results.path))
    assert context.picture.caption.name == context.short.picture == IN_SHORT
    assert context.about_picture == ""
    assert analysis in [picture.caption.name for picture in context.pictures]
    return read_answer(results.path, analysis), write_briefing(results.path)[1].read_text(encoding="utf-8")


def at_most(hits, trials, rate=1 - LEVEL):
    """Whether so many hits are what a rate of at most ``rate`` gives."""
    return hits <= stats.binom.isf(ALARM, trials, rate)


def about(hits, trials, rate):
    """Whether so many hits are what a rate of ``rate`` gives."""
    low, high = stats.binom.ppf([ALARM / 2, 1 - ALARM / 2], trials, rate)
    return low <= hits <= high
