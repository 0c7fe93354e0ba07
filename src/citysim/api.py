"""What ``import citysim`` gives for whole experiments: run one, read one, and its effects."""

import warnings
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from citysim.analysis.headline import all_effects, headline_table
from citysim.analysis.results import read_results
from citysim.execute.bar import observer_for
from citysim.execute.runner import Observer, execute_plan, plan_experiment
from citysim.plan.config import ExperimentConfig
from citysim.plan.posterior import posterior_settings
from citysim.store import reader as stored


class Results(stored.StoredResults):
    """The runs of one experiment, in design order, and the effects worked out from them."""

    def effects(self) -> pd.DataFrame:
        """Paired effects with intervals, as in ``effects.csv``; computed anew, and written nowhere."""
        return all_effects(read_results(self.path))

    def headline(self) -> pd.DataFrame:
        """The compensation ratio by arm, stall and outcome, as in ``headline.csv``; computed anew."""
        return headline_table(read_results(self.path))


def load_results(path: Path | str) -> Results:
    """The results in a folder. Raises ``ResultError`` where it is not a result folder."""
    return Results(stored.load_results(path).path)


def run_experiment(
    config: ExperimentConfig | Path | str,
    *,
    workers: int | str | None = None,
    executor: str | None = None,
    scheduler: str | None = None,
    out: Path | str | None = None,
    seeds: int | Iterable[int] | None = None,
    overrides: Iterable[str] = (),
    posterior: Path | str | None = None,
    fresh: bool = False,
    retry_failed: bool = False,
    shard: str | None = None,
    progress: bool | Observer | None = None,
) -> Results:
    """Compute the runs of an experiment that are not done yet, and read the results.

    ``config``: path of a TOML file, or a loaded config. ``workers``: processes, or ``"auto"``.
    ``executor``: ``"local"``, ``"slurm"`` or ``"dask"``, with ``scheduler`` the address of a running cluster.
    ``out``: result folder, by default ``results/NAME``. ``seeds``: number of replications, or the seeds.
    ``overrides``: ``KEY=VALUE`` texts. ``posterior``: a file of draws, as ``citysim calibrate`` writes it,
    for the parameters in place of the config's. ``fresh``: delete earlier runs first.
    ``retry_failed``: try again what failed earlier, which is left alone otherwise.
    ``shard``: ``"I/N"``, the I-th of N parts. ``progress``: whether a bar shows how it goes, or what
    hears of it instead; by default a bar in a terminal or notebook, nothing where output is a file or a pipe.

    A run that raises is in ``Results.failures`` and the sweep goes on; a warning at the end tells how many
    did. ``KeyboardInterrupt`` (and SIGTERM)
    is raised on after what is finished has been written.
    Raises ``ConfigError``, ``DataError`` or ``ResultError``.
    """
    plan = plan_experiment(
        config, out=out, seeds=seeds, overrides=[*posterior_settings(posterior), *overrides]
    )
    with observer_for(progress) as observer:
        done = execute_plan(
            plan,
            workers=workers,
            executor=executor,
            scheduler=scheduler,
            fresh=fresh,
            retry_failed=retry_failed,
            shard=shard,
            progress=observer,
        )
    results = Results(done.path)
    if failed := results.failed_in_words():
        warnings.warn(
            f"{failed}; results.failures has every one with its traceback (kept in {results.path}), "
            "and retry_failed=True tries them again",
            stacklevel=2,
        )
    return results
