"""Runs put back into the order of a design's points, as an analysis of the design needs them."""

import pandas as pd

from citysim.errors import ResultError
from citysim.plan.config import ExperimentConfig
from citysim.plan.design.points import Point, design_points


def runs_of_points(config: ExperimentConfig, design: pd.DataFrame) -> pd.DataFrame:
    """The run of every replication × arm × design point: ``seed, draw, arm, point``, swept values, ``run``.

    ``design`` is a result folder's ``design.parquet``. ``point`` is the place in ``design_points(config)``;
    points that rounding to whole numbers makes equal have the same run. Replication by replication, arm by
    arm, so that ``reshape(replications, arms, points)`` holds for every column.
    Raises ``ResultError`` where the folder's design has no run for a point.
    """
    points = _point_table(design_points(config.design), design)
    swept = list(points.columns)
    replications = design[["seed", "draw"]].drop_duplicates(ignore_index=True)
    arms = pd.DataFrame({"arm": list(config.arms)})
    wanted = replications.merge(arms, how="cross").merge(
        points.rename_axis("point").reset_index(), how="cross"
    )
    runs = wanted.merge(
        design[["seed", "draw", "arm", *swept, "run"]],
        on=["seed", "draw", "arm", *swept],
        how="left",
        validate="many_to_one",
    )
    lost = int(runs["run"].isna().sum())
    if lost:
        raise ResultError(
            f"design.parquet has no run for {lost:,} of the {len(runs):,} points of its config.toml, as of "
            "another version of SciPy or SALib; run the experiment again"
        )
    return runs


def _point_table(points: list[Point], design: pd.DataFrame) -> pd.DataFrame:
    """One row per point, its columns typed as in ``design``, where numbers beside words are text."""
    table = pd.DataFrame(points, index=range(len(points)))
    texts = [name for name in table.columns if pd.api.types.is_string_dtype(design[name])]
    return table.astype(dict.fromkeys(texts, str))
