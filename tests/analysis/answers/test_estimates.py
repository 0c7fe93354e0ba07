"""What every answer is made of: pairing of replications, and intervals that hold together.

Rates are held against the binomial law; with fixed seeds a comparison that has passed passes always.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.tables import known_runs, write_runs
from citysim.analysis.answers.estimates import ESTIMATES, estimates, replications
from citysim.analysis.results import read_results
from citysim.errors import ResultError

ALARM = 1e-6
RATIO = {"none": 0.0, "both": 1.0}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    runs = [known_runs(RATIO, seeds=8, rng=1), known_runs(RATIO, seeds=2, draw="defaults", rng=2)]
    return read_results(write_runs(tmp_path_factory.mktemp("known"), *runs))


def quantities(values, outcome="development"):
    columns = pd.MultiIndex.from_product([[outcome], range(values.shape[1])], names=["outcome", "which"])
    return pd.DataFrame(values, columns=columns)


def test_replications_are_paired_by_seed_and_leave_out_the_defaults(results):
    table = replications(results, ["development", "loss"])
    assert list(table.columns.names) == ["outcome", "arm", "stall"]
    assert len(table) == 8
    runs = results.runs.set_index(["draw", "seed", "arm", "stall"])
    assert table.loc[3, ("loss", "both", 0.5)] == runs.loc[("prior", 3, "both", 0.5), "loss"]


def test_what_was_not_recorded_is_named(results):
    with pytest.raises(ResultError, match="did not record reach, which this analysis needs"):
        replications(results, ["development", "reach"])
    with pytest.raises(ResultError, match="holds no groups"):
        replications(results, ["development"], groups=["world"])


def test_columns_are_those_promised_and_known_numbers_come_out():
    table = estimates(quantities(np.arange(1.0, 20.0)[:, None] * [1.0, -1.0]))
    assert tuple(table.columns) == ("outcome", "which", *ESTIMATES)
    assert table["estimate"].tolist() == [10.0, -10.0]
    assert (table["lower"].iloc[0], table["upper"].iloc[0]) == (1.0, 19.0)
    assert table["mean"].tolist() == [10.0, -10.0]
    assert table["p_value"].tolist() == pytest.approx([2 * 0.5**19] * 2)
    assert table["verdict"].tolist() == ["better", "worse"]


@pytest.mark.parametrize(
    ("values", "outcome", "verdict"),
    [
        (np.full((20, 1), 0.1), "loss", "worse"),
        (np.full((20, 1), 0.1), "memberships", "more"),
        (np.full((20, 1), -0.1), "memberships", "less"),
        (np.tile([[-1.0], [1.0]], (10, 1)), "development", "no effect shown"),
        (np.full((4, 1), 0.1), "development", "too few"),
    ],
)
def test_verdicts(values, outcome, verdict):
    assert estimates(quantities(values, outcome))["verdict"].tolist() == [verdict]


def test_what_was_not_planned_is_neither_judged_nor_counted():
    values = quantities(np.random.default_rng(1).normal(0.3, 1, (24, 6)))
    planned = np.array([True, False, False, True, False, False])
    table, both = estimates(values, planned=planned), estimates(values.iloc[:, [0, 3]])
    assert table["verdict"].tolist()[1:3] == ["", ""]
    assert table.loc[~planned, ["p_adjusted", "lower_adjusted"]].isna().all().all()
    kept = ["lower_adjusted", "upper_adjusted", "p_adjusted"]
    assert np.array_equal(table.loc[planned, kept], both[kept])


def test_a_quantity_that_is_no_difference_is_not_tested():
    table = estimates(quantities(np.ones((20, 2))), tested=False)
    assert table["p_value"].isna().all()
    assert table["verdict"].tolist() == ["", ""]


@pytest.mark.parametrize("experiments", [60, pytest.param(1000, marks=pytest.mark.long)])
@pytest.mark.parametrize("shared", [0.0, 0.9])
def test_nothing_is_found_where_nothing_is(experiments, shared):
    """One false call or more among 20 quantities in at most 10 % of experiments."""
    r = np.random.default_rng(5)
    calls = 0
    for _ in range(experiments):
        common, own = r.normal(size=(24, 1)), r.normal(size=(24, 20))
        table = estimates(quantities(np.sqrt(shared) * common + np.sqrt(1 - shared) * own))
        called = table["verdict"].isin(["better", "worse"])
        assert (table.loc[called, "p_adjusted"] <= 0.1).all()
        calls += bool((table["p_adjusted"] <= 0.1).any() or called.any())
    assert calls <= stats.binom.isf(ALARM, experiments, 0.10)


@pytest.mark.parametrize("experiments", [60, pytest.param(1000, marks=pytest.mark.long)])
def test_intervals_that_hold_together_do(experiments):
    """All 20 medians within their adjusted intervals in at least 90 % of experiments."""
    r = np.random.default_rng(6)
    effects = np.linspace(-1, 1, 20)
    whole = 0
    for _ in range(experiments):
        table = estimates(quantities(effects + r.standard_t(3, size=(40, 20))))
        whole += bool(((table["lower_adjusted"] <= effects) & (effects <= table["upper_adjusted"])).all())
    assert whole >= stats.binom.ppf(ALARM, experiments, 0.90)
