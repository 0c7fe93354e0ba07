"""Contact and conflict: known doses come out, nothing is found where nothing is, words say what is there."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from citysim.analysis.answers import contact
from citysim.analysis.results import RunSet
from citysim.errors import ResultError
from citysim.plan.config import load_config
from citysim.plan.design.points import number_of_points
from citysim.plan.runs import number_of_replications

EXPERIMENT = Path(__file__).parents[3] / "experiments" / "peace.toml"
ALARM = 1e-6
DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)
OUTCOMES = ("conflict_hazard", "conflict", "tension", "violence", "ties_in_conflict")


@pytest.fixture(scope="module")
def config():
    return load_config(EXPERIMENT)


def made(config, slope, *, seeds=24, noise=0.05, rng=1, sweep=("contact_effect",)):
    """Runs in which cooperation changes each outcome by ``slope[outcome]`` times the dose (else 0)."""
    r = np.random.default_rng(rng)
    rows = []
    for seed in range(seeds):
        base = r.normal(3.0, 0.5)
        for arm in ("none", "both"):
            for dose in DOSES:
                values = {
                    name: base + (arm == "both") * slope.get(name, 0.0) * dose + r.normal(0, noise)
                    for name in OUTCOMES[:4]
                }
                values["ties_in_conflict"] = 0.7 if arm == "both" else np.nan
                rows.append({"run": len(rows), "arm": arm, "seed": seed, "draw": "prior", "stall": 0.5,
                             "contact_effect": dose, **values})  # fmt: skip
    runs = pd.DataFrame(rows)
    return RunSet(Path("nowhere"), runs, ("none", "both"), OUTCOMES, sweep, config, len(runs))


def test_known_slopes_and_differences_come_out(config):
    table = contact.table(made(config, {"conflict_hazard": -0.8}, noise=1e-6))
    slope = table[(table["quantity"] == "slope")].set_index("outcome")
    assert slope.loc["conflict_hazard", "estimate"] == pytest.approx(-0.8, abs=1e-4)
    assert slope.loc["conflict_hazard", "verdict"] == "better"
    hazard = table[(table["quantity"] == "difference") & (table["outcome"] == "conflict_hazard")]
    assert hazard["estimate"].to_numpy() == pytest.approx(-0.8 * np.array(DOSES), abs=1e-4)
    assert hazard["planned"].tolist() == [False] * 4 + [True]
    falls = table[(table["quantity"] == "falls") & (table["outcome"] == "conflict_hazard")]
    assert falls["estimate"].tolist() == [1.0]


def test_needed_replications_are_those_of_a_t_test(config):
    """sd .1 against a tenth of about 3: a difference of three deviations, which few replications show."""
    table = contact.table(made(config, {}, noise=0.1 / np.sqrt(2), seeds=200))
    needed = table.loc[table["quantity"] == "difference", ["outcome", "needed"]].set_index("outcome")[
        "needed"
    ]
    assert needed.loc["conflict"].between(2, 5).all()


def test_words_say_what_the_table_says(config):
    text = " ".join(contact.words(contact.table(made(config, {"conflict_hazard": -0.8, "violence": 0.5}))))
    assert "70 % of the ties between states in conflict are live" in text
    assert "expected conflict onsets lower for sure" in text
    assert "outbreaks of urban violence higher for sure" in text
    assert "mean tension of pairs of states not shown to differ" in text
    assert "too few" in contact.words(contact.table(made(config, {}, seeds=4)))[0]


def test_an_experiment_without_doses_is_refused(config):
    results = made(config, {})
    one = results.runs[results.runs["contact_effect"] == 0.5]
    without = RunSet(results.path, one, results.arms, OUTCOMES, (), config, len(one))
    with pytest.raises(ResultError, match="does not sweep contact_effect"):
        contact.table(without)


@pytest.mark.parametrize("experiments", [pytest.param(200, marks=pytest.mark.long)])
def test_null_and_coverage(config, experiments):
    """Without an effect at most 10 % of experiments call one; adjusted intervals hold a known one in 90 %."""
    called = held = 0
    slopes = {"conflict_hazard": -0.2, "conflict": 0.1, "tension": -0.05}
    for i in range(experiments):
        table = contact.table(made(config, {}, rng=i))
        called += table["verdict"].isin(["better", "worse"]).any()
        table = contact.table(made(config, slopes, rng=1000 + i))
        found = table[table["quantity"] == "slope"].set_index("outcome")
        true = pd.Series(slopes).reindex(found.index, fill_value=0.0)
        held += ((found["lower_adjusted"] <= true) & (true <= found["upper_adjusted"])).all()
    assert called <= stats.binom.isf(ALARM, experiments, 0.10)
    assert held >= stats.binom.ppf(ALARM, experiments, 0.90)


def test_the_experiment_has_the_size_it_claims(config):
    assert number_of_points(config.design) * len(config.arms) * number_of_replications(config) <= 2000
    assert config.analyses == ("contact",)
