"""Who gains: known gains come out, nothing is found where nothing is, words say what the table says."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from citysim.analysis.answers import gains
from citysim.analysis.results import RunSet
from citysim.model.groups import GROUPS
from citysim.plan.config import load_config
from citysim.plan.design.points import number_of_points
from citysim.plan.runs import number_of_replications

EXPERIMENT = Path(__file__).parents[3] / "experiments" / "urban_2050.toml"
ALARM = 1e-6


class Made(RunSet):
    """Results whose groups are given."""

    def groups(self) -> pd.DataFrame:
        return self.__dict__["made"]


@pytest.fixture(scope="module")
def config():
    return load_config(EXPERIMENT)


def made(config, gain, *, seeds=24, noise=0.01, rng=1):
    """Groups in which arm "both" gains ``gain[group]`` of development and loses as much marginalisation."""
    r = np.random.default_rng(rng)
    rows = []
    for seed in range(seeds):
        base = r.normal(0.5, 0.1)
        for arm in ("none", "both"):
            for group in GROUPS:
                effect = (arm == "both") * gain.get(group, 0.0)
                own = r.normal(0, noise, 2)
                values = {"development": base + effect + own[0], "marginalisation": base - effect + own[1]}
                rows.append({"run": f"{seed}{arm}", "arm": arm, "seed": seed, "draw": "prior", "stall": 0.5,
                             "group": group, **values})  # fmt: skip
    table = pd.DataFrame(rows)
    runs = table[table["group"] == "world"].drop(columns="group").reset_index(drop=True)
    results = Made(
        Path("nowhere"), runs, ("none", "both"), ("development", "marginalisation"), (), config, len(runs)
    )
    results.__dict__["made"] = table
    return results


def rows_of(table, quantity, outcome="development"):
    return table[(table["quantity"] == quantity) & (table["outcome"] == outcome)].set_index("group")


def test_known_gains_and_gaps_come_out(config):
    gain = dict.fromkeys(GROUPS, 0.05) | {"high_income": 0.15, "africa": -0.05}
    table = gains.table(made(config, gain, noise=1e-6))
    found = rows_of(table[table["arm"] == "both"], "gain")
    assert found["estimate"].to_dict() == pytest.approx({g: gain[g] for g in GROUPS}, abs=1e-5)
    assert found.loc["africa", "verdict"] == "worse"
    gaps = rows_of(table, "gap")
    assert gaps.loc["income", "estimate"] == pytest.approx(0.10, abs=1e-5)
    assert gaps.loc["income", "verdict"] == "better"
    assert rows_of(table, "gain", "marginalisation").loc["high_income", "verdict"] == "better"


def test_words_say_what_the_table_says(config):
    everywhere = dict.fromkeys(GROUPS, 0.05)
    text = " ".join(gains.words(gains.table(made(config, everywhere | {"high_income": 0.2}))))
    assert "all 17 groups of cities gain for sure" in text
    assert "high-income countries more than low-income countries" in text
    assert "the Global North not shown to differ from the Global South" in text
    nothing = gains.words(gains.table(made(config, {})))
    assert "for none of 17 groups" in nothing[0]
    harm = gains.words(gains.table(made(config, everywhere | {"asia": -0.2})))
    assert "Asia lose for sure" in harm[0]
    assert "too few" in gains.words(gains.table(made(config, everywhere, seeds=4)))[0]


@pytest.mark.parametrize("experiments", [pytest.param(200, marks=pytest.mark.long)])
def test_null_and_coverage(config, experiments):
    """Without any gain at most 10 % of experiments call one; with one, adjusted intervals hold it in 90 %."""
    called = held = 0
    gain = {group: 0.02 * i for i, group in enumerate(GROUPS)}
    for i in range(experiments):
        called += gains.table(made(config, {}, rng=i))["verdict"].isin(["better", "worse"]).any()
        found = rows_of(gains.table(made(config, gain, rng=1000 + i)), "gain")
        true = pd.Series(gain).reindex(found.index)
        held += ((found["lower_adjusted"] <= true) & (true <= found["upper_adjusted"])).all()
    assert called <= stats.binom.isf(ALARM, experiments, 0.10)
    assert held >= stats.binom.ppf(ALARM, experiments, 0.90)


def test_the_experiment_has_the_size_it_claims(config):
    runs = number_of_points(config.design) * len(config.arms) * number_of_replications(config)
    assert runs <= 2000
    assert config.analyses == ("gains",)
    assert config.record.groups_summary
