"""Two results of one experiment, before and after a calibration."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.tables import CONFIG, known_runs, write_runs
from citysim.analysis.cells import paired_cells
from citysim.analysis.compare import check_same, compare_table, in_words, read_pair, share_values
from citysim.analysis.headline import write_tables
from citysim.analysis.moved import MOVED, forms_in_words, shrinkage, stay_in_words, stay_prior
from citysim.analysis.results import read_results
from citysim.errors import ResultError
from citysim.plan.draws import prior_draws
from citysim.plan.posterior import described


def results(path: Path, ratio: float, spread: float, *, rng: int = 0, config: str = CONFIG) -> Path:
    """C of both about ``ratio``, in 120 replications."""
    ratios = {"none": 0.0, "networks": 0.3, "both": ratio}
    drawn = known_runs(ratios, seeds=120, spread=spread, shared=0.0, rng=rng)
    defaults = known_runs(ratios, seeds=20, draw="defaults", noise=0.02, rng=rng + 50)
    path.mkdir()
    write_runs(path, drawn.assign(run=path.name + drawn["run"]), defaults, config=config)
    write_tables(path)
    return path


def test_what_has_narrowed_and_moved_is_told(tmp_path: Path) -> None:
    before = results(tmp_path / "prior", 0.5, 0.5)
    after = results(tmp_path / "posterior", 0.5, 0.1, rng=7)
    table = compare_table(*read_pair(before, after))
    rows = table[(table["estimand"] == "compensation") & (table["arm"] == "both") & (table["stall"] == 1.0)]
    assert set(rows["verdict_before"]) == {"no effect shown"}
    assert (rows["verdict_after"] == "partly").all()
    assert rows["verdict_moved"].all()
    # A fifth of the spread: the bootstrap interval of the change lies below 0 and holds −.8.
    np.testing.assert_allclose(rows["width_change"], -0.8, atol=0.12)
    assert (rows["width_change_upper"] < -0.5).all()
    assert (rows["width_change_lower"] <= rows["width_change"]).all()
    said = " ".join(in_words(table, "both", 1.0))
    assert "to 'partly'" in said
    assert "The interval is narrower for" in said


def test_two_samples_of_one_law_are_told_apart_seldom(tmp_path: Path) -> None:
    before = results(tmp_path / "a", 0.5, 0.3)
    after = results(tmp_path / "b", 0.5, 0.3, rng=11)
    table = compare_table(*read_pair(before, after))
    rows = table[(table["estimand"] == "compensation") & (table["arm"] == "both")]
    told = (rows["width_change_lower"] > 0) | (rows["width_change_upper"] < 0)
    assert told.mean() <= 0.5  # of 4 rows at 10 %: three or four have a chance of .004


def test_shares_by_replication_are_those_of_the_headline(tmp_path: Path) -> None:
    folder = read_results(results(tmp_path / "a", 0.5, 0.3))
    (cells,) = paired_cells(folder)
    head = pd.read_csv(folder.path / "headline.csv")
    row = head[
        (head["estimand"] == "compensation")
        & (head["arm"] == "both")
        & (head["stall"] == 1)
        & (head["outcome"] == "loss")
    ].iloc[0]
    outcomes = [name for name in cells.outcomes if name in set(head["outcome"])]
    values = share_values(cells)["compensation"][
        :, outcomes.index("loss"), cells.arms.index("both"), cells.stalls.index(1.0)
    ]
    assert np.nanmedian(values) == pytest.approx(row["estimate"])
    assert np.isfinite(values).sum() == row["n_states_matter"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("cities = 60", "cities = 61"), "world.cities is 60 and 61"),
        (
            ("[arms.both]\ntwinning = true", "[arms.both]\ntwinning = true\nstate_fund = 0.1"),
            "arms.both.state_fund is",
        ),
        (("[0.0, 0.5, 1.0]", "[0.0, 0.5, 0.75, 1.0]"), "design.axes.stall is"),
    ],
)
def test_other_experiments_are_refused_in_one_line(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    before = results(tmp_path / "a", 0.5, 0.3)
    after = results(tmp_path / "b", 0.5, 0.3, config=CONFIG.replace(*change))
    with pytest.raises(ResultError, match="differ in more than the draws") as raised:
        read_pair(before, after)
    assert named in str(raised.value)
    assert "\n" not in str(raised.value)
    first, other = read_results(before), read_results(after)
    check_same(first, other, but=("world.", "arms.", "design."))


def test_forms_that_come_with_a_posterior_may_differ_and_are_named(tmp_path: Path) -> None:
    before = results(tmp_path / "a", 0.5, 0.3)
    draws = pd.DataFrame({"contact_effect": [0.5] * 32})
    described(draws, {"rupture_form": "burst"}, []).to_parquet(tmp_path / "p.parquet")
    posterior = '[uncertainty]\nparameters = "posterior"\nfile = "../p.parquet"\n'
    config = CONFIG + posterior + '[parameters]\nrupture_form = "burst"\n'
    after = results(tmp_path / "b", 0.5, 0.3, config=config)
    _, other = read_pair(before, after)
    assert "rupture_form “burst” (default “steady”)" in str(forms_in_words(other))
    assert forms_in_words(read_results(before)) is None


def test_the_same_draws_are_refused(tmp_path: Path) -> None:
    folder = results(tmp_path / "a", 0.5, 0.3)
    with pytest.raises(ResultError, match="have the same draws"):
        read_pair(folder, folder)


def test_questions_and_seeds_may_differ(tmp_path: Path) -> None:
    other = CONFIG.replace("Is a known effect found?", "Another?").replace("seeds = 20", "seeds = 30")
    read_pair(results(tmp_path / "a", 0.5, 0.3), results(tmp_path / "b", 0.5, 0.3, config=other))


def test_shrinkage_of_prior_draws_is_none_and_of_a_tenth_of_the_range_nearly_all() -> None:
    """512 draws of the prior: shrinkage 0 with sd .04, in blocks of a Latin hypercube far less."""
    draws = pd.DataFrame(list(prior_draws(range(1, 513)).values()))[["attention_budget", "contact_effect"]]
    assert shrinkage(draws).abs().max() < MOVED
    narrow = draws.assign(contact_effect=0.4 + 0.1 * draws["contact_effect"])
    assert shrinkage(narrow)["contact_effect"] == pytest.approx(0.99, abs=0.002)


def test_parameters_that_stay_at_the_prior_are_named(tmp_path: Path) -> None:
    draws = pd.DataFrame(list(prior_draws(range(1, 129)).values()))[["attention_budget", "contact_effect"]]
    draws.assign(contact_effect=0.4 + 0.1 * draws["contact_effect"]).to_csv(tmp_path / "p.csv", index=False)
    config = CONFIG + '[uncertainty]\nparameters = "posterior"\nfile = "../p.csv"\n'
    found = read_results(results(tmp_path / "a", 0.5, 0.3, config=config))
    assert stay_prior(found) == (["attention_budget"], 2)
    assert "1 of the 2 parameters that are drawn stay at the prior" in str(stay_in_words(found))
    assert stay_in_words(read_results(results(tmp_path / "b", 0.5, 0.3))) is None


def test_what_a_calibration_says_it_moved_is_believed(tmp_path: Path) -> None:
    """It may have begun from wider ranges than the priors, so spread alone does not tell."""
    draws = pd.DataFrame(list(prior_draws(range(1, 129)).values()))[["attention_budget", "contact_effect"]]
    described(draws, {}, ["contact_effect"]).to_parquet(tmp_path / "p.parquet")
    config = CONFIG + '[uncertainty]\nparameters = "posterior"\nfile = "../p.parquet"\n'
    found = read_results(results(tmp_path / "a", 0.5, 0.3, config=config))
    assert stay_prior(found) == (["attention_budget"], 2)
