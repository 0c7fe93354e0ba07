"""The labelled array of runs: every number at its labels, holes where runs are missing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.tables import known_runs, write_runs
from citysim.analysis.answers.estimates import replications
from citysim.analysis.cells import paired_cells
from citysim.analysis.cube import cube, laid_out
from citysim.analysis.results import read_results
from citysim.errors import ResultError

NOWHERE = Path("nowhere")
OUTCOMES = ["development", "loss"]


@pytest.fixture
def runs():
    """Two arms at three levels and two doses, in no order, but one run, and one level in words."""
    parts = [
        known_runs({"none": 0.0, "both": 0.5}, seeds=3, noise=0.1, rng=dose).assign(contact_effect=dose)
        for dose in (1, 0)
    ]
    table = pd.concat(parts).sample(frac=1, random_state=1).iloc[1:]
    levels = {0.0: "0.0", 0.5: "0.5", 1.0: "endogenous"}
    return table.assign(stall=table["stall"].map(levels)).reset_index(drop=True)


def test_every_number_is_at_its_labels(runs):
    keys = ["arm", "stall", "contact_effect"]
    values = laid_out(
        cube(runs, OUTCOMES, keys, NOWHERE),
        arm=["none", "both", "neither"],
        stall=[0.0, 0.5, "endogenous"],
        contact_effect=[0, 1],
    )
    assert values.dims == ("replication", "outcome", *keys)
    found = values.swap_dims(replication="seed")
    for row in runs.to_dict("records"):
        level = row["stall"] if row["stall"] == "endogenous" else float(row["stall"])
        at = {"seed": row["seed"], "arm": row["arm"], "contact_effect": row["contact_effect"]}
        assert found.sel(**at, stall=level).values.tolist() == [row[name] for name in OUTCOMES]
    assert np.isfinite(values).sum() == 2 * len(runs)
    assert values.sel(arm="neither").isnull().all()


def test_the_same_run_twice_is_told_where(runs):
    with pytest.raises(ResultError, match=r"nowhere/runs: more than one run for seed \d, arm (none|both), "):
        cube(pd.concat([runs, runs.iloc[:1]]), OUTCOMES, ["arm", "stall", "contact_effect"], NOWHERE)


def test_cells_and_replications_hold_the_same_numbers(tmp_path):
    drawn = known_runs({"none": 0.0, "both": 0.5}, seeds=4, noise=0.1)
    results = read_results(write_runs(tmp_path, drawn, known_runs({"none": 0.0}, seeds=2, draw="defaults")))
    (cells,) = paired_cells(results)
    wide = replications(results, OUTCOMES)
    for outcome, arm, stall in wide.columns:
        column = cells.drawn.sel(outcome=outcome, arm=arm, stall=stall).to_numpy()
        assert wide[outcome, arm, stall].to_numpy().tolist() == column.tolist()
    assert (cells.outcomes, cells.arms, cells.stalls) == (tuple(OUTCOMES), ("none", "both"), (0.0, 0.5, 1.0))
    assert cells.defaults.sizes["replication"] == 2
    assert cells.defaults.sel(arm="both").isnull().all()
