"""Interventions: planted effects come out by exposure, nothing is found where nothing is, words say it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from citysim.analysis.answers import intervention
from citysim.analysis.results import RunSet
from citysim.analysis.since import LEAD, since
from citysim.figures.answers.intervention import apart, intervention_figure
from citysim.model.groups import EXPOSURES
from citysim.plan.config import load_config

CONFIG = """
name = "made"
seeds = 20
quarters = 12
analyses = ["intervention"]

[world]
kind = "synthetic"
cities = 60
states = 6

[arms.without]
networks = true

[arms.with]
networks = true

[[arms.with.events]]
kind = "close"
at = "2024-Q1"
network = "any"
"""
#: Cities and people of each group; nobody is a twin.
SIZES = {name: (2.0 + place, 1e6 * (place + 1)) for place, name in enumerate(EXPOSURES)}
SIZES["twins"] = (0.0, 0.0)
BEGINS, QUARTERS = 4, 12
ALARM = 1e-6


class Made(RunSet):
    """Results whose trajectories are given."""

    def exposures(self):
        return SIZES

    def trajectories(self, outcomes, groups, runs=None, *, last=False):
        table = self.__dict__["made"]
        return table[table["run"].isin(list(runs)) & table["group"].isin(list(groups))]


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("made") / "made.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return load_config(path)


def made(config, gain, *, seeds=20, noise=1e-4, rng=1, not_taken=0):
    """From the event on, arm "with" gains ``gain[group]`` of development in each group."""
    r = np.random.default_rng(rng)
    rows, runs = [], []
    for seed in range(1, seeds + 1):
        base = r.normal(0.5, 0.1, (QUARTERS, len(EXPOSURES)))
        for arm in ("without", "with"):
            run = f"{arm}{seed}"
            counts = {"events_taken": 1, "events_not_taken": int(arm == "with" and seed <= not_taken)}
            runs.append({"run": run, "arm": arm, "seed": seed, "draw": "prior", "stall": 0.5,
                         "development": 0.5, **counts})  # fmt: skip
            for quarter in range(QUARTERS):
                for place, group in enumerate(EXPOSURES):
                    after = arm == "with" and quarter >= BEGINS
                    value = base[quarter, place] + after * (gain.get(group, 0.0) + r.normal(0, noise))
                    value = np.nan if group == "twins" else value
                    rows.append({"run": run, "quarter": quarter, "group": group, "development": value})
    table = pd.DataFrame(runs)
    results = Made(Path("nowhere"), table, ("without", "with"), ("development",), (), config, len(table))
    results.__dict__["made"] = pd.DataFrame(rows)
    return results


PLANTED = {"named": 0.05, "co_members": 0.02, "everybody_else": -0.001}


def test_planted_effects_come_out_by_group(config):
    table = intervention.table(made(config, PLANTED))
    ends = table[table["quantity"] == "effect"].set_index("group")
    assert "twins" not in ends.index
    for group in ("named", "co_members", "neighbours", "same_state", "everybody_else"):
        assert ends.loc[group, "estimate"] == pytest.approx(PLANTED.get(group, 0.0), abs=1e-4)
    assert ends.loc[list(PLANTED), "verdict"].tolist() == ["better", "better", "worse"]
    people = pd.Series({name: size[1] for name, size in SIZES.items()})[1:]
    others = people * pd.Series(PLANTED).reindex(people.index, fill_value=0.0)
    assert ends.loc["others", "estimate"] == pytest.approx(others.sum() / people.sum(), abs=1e-4)
    paths = table[(table["quantity"] == "path") & (table["group"] == "named")].set_index("quarters_since")
    assert paths.index.tolist() == list(range(-LEAD, QUARTERS - BEGINS))
    assert (paths.loc[:-1, "estimate"] == 0).all()
    assert paths.loc[0:, "estimate"].to_numpy() == pytest.approx(0.05, abs=1e-3)


def test_direct_and_spillover_add_up(config):
    table = intervention.table(made(config, PLANTED)).set_index(["quantity", "group"])
    direct, others, world = table.loc["total", "mean"][["named", "others", "world"]]
    assert direct == pytest.approx(0.05 * SIZES["named"][1] / 1e6, rel=0.01)
    assert direct + others == pytest.approx(world)
    share = table.loc[("spillover_share", "others")]
    assert share["estimate"] == pytest.approx(others / world)
    assert share["confidence_lower"] < share["estimate"] < share["confidence_upper"]
    less = table.loc[("direct_less_spillover", "named"), "mean"]
    effect = table.loc["effect", "mean"]
    assert less == pytest.approx(effect["named"] - effect["others"])


def test_words_say_what_the_table_says(config):
    text = " ".join(intervention.words(intervention.table(made(config, PLANTED))))
    assert "the events of “with” (less “without”) change development of the 2 cities named" in text
    assert "better in the median for sure" in text
    assert "of everybody else (7) by −0.00" in text
    assert "falls to those that are not named" in text
    assert "not validated" in text
    assert "could not come to all" not in text
    some = " ".join(intervention.words(intervention.table(made(config, {}, not_taken=5))))
    assert "In 25 % of replications an event could not come to all that it names." in some
    assert "no share of it is spillover" in some
    assert "too few" in intervention.words(intervention.table(made(config, PLANTED, seeds=4)))[0]


def test_null_calls_nothing_too_often(config):
    tables = (intervention.table(made(config, {}, rng=i)) for i in range(12))
    calls = sum(table["verdict"].isin(["better", "worse"]).any() for table in tables)
    assert calls <= stats.binom.isf(ALARM, 12, 0.10)


def test_the_figure_says_how_many_replications(config):
    _, caption = intervention_figure(intervention.table(made(config, PLANTED)), 0.5)
    assert "20 paired replications" in caption.caption


@given(
    difference=arrays.arrays(float, (3, 8, 2, 3), elements=st.floats(-1, 1)),
    begins=st.lists(st.integers(0, 7), min_size=3, max_size=3),
)
def test_time_is_counted_since_each_replications_own_date(difference, begins):
    found = since(difference, np.array(begins), ["final", "sum", "mean"])
    assert found.shape[1] == LEAD + 8 - min(begins)
    for replication, first in enumerate(begins):
        own = difference[replication, first:]
        after = found[replication, LEAD : LEAD + len(own)]
        np.testing.assert_allclose(after[..., 0], own[..., 0])
        np.testing.assert_allclose(after[..., 1], np.cumsum(own[..., 1], axis=0), atol=1e-12)
        np.testing.assert_allclose(after[-1, :, 2], own[..., 2].mean(axis=0), atol=1e-12)
        assert np.isnan(found[replication, LEAD + len(own) :]).all()


@given(ends=st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_labels_keep_apart_and_in_order(ends):
    places = apart(np.array(ends))
    order = np.argsort(ends, kind="stable")
    assert (np.diff(places[order]) > 0.1).all()
