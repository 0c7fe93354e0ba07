"""Parameter draws, designs and the identity of a run."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from citysim.errors import ConfigError
from citysim.execute.rerun import repeat_run
from citysim.execute.runner import Plan, Shard, execute_plan, plan_experiment
from citysim.model.parameters import parameter_specs
from citysim.plan.config import load_config
from citysim.plan.design.points import design_points
from citysim.plan.draws import BLOCK, prior_draws
from citysim.plan.runs import design_table, posterior_note, run_specs
from citysim.store.reader import load_results

SPECS = {name: spec for name, spec in parameter_specs().items() if spec.uncertain}


def test_sixteen_seeds_hit_every_sixteenth_of_every_prior_once() -> None:
    draws = prior_draws(range(1, BLOCK + 1))
    for name, spec in SPECS.items():
        assert spec.prior is not None
        low, high = spec.prior
        values = np.array([float(draw[name]) for draw in draws.values()])
        if spec.scale == "log":
            share = np.log(values / low) / math.log(high / low)
        else:
            share = (values - low) / (high - low)
        assert sorted(np.floor(share * BLOCK)) == list(range(BLOCK)), name


def test_more_seeds_keep_the_earlier_draws() -> None:
    few, many = prior_draws([1, 5]), prior_draws(range(40))
    assert few[1] == many[1]
    assert few[5] == many[5]
    assert many[1] != many[17]


def test_parameters_are_drawn_apart_from_each_other() -> None:
    draws = prior_draws(range(1, 65))
    linear = [name for name, spec in SPECS.items() if spec.scale == "linear"][:8]
    values = np.array([[float(draw[name]) for name in linear] for draw in draws.values()])
    between = np.corrcoef(values, rowvar=False)[np.triu_indices(len(linear), 1)]
    assert np.abs(between).max() < 0.5


def test_fixing_a_parameter_leaves_the_draws_of_the_others(plan: Callable[..., Plan]) -> None:
    free, fixed = plan(), plan("parameters.contact_effect=0.125")
    before, after = free.specs[0].parameters, fixed.specs[0].parameters
    assert after["contact_effect"] == 0.125
    assert {**before, "contact_effect": 0.125} == after


def test_arms_and_points_of_a_replication_share_its_draw(plan: Callable[..., Plan]) -> None:
    first = [spec for spec in plan().specs if spec.seed == 1 and spec.draw == "prior"]
    assert len(first) == 4
    assert len({tuple(spec.parameters[name] for name in SPECS) for spec in first}) == 1


def test_the_arm_and_the_sweep_win_over_the_draw(plan: Callable[..., Plan]) -> None:
    specs = plan("arms.both.contact_effect=0.5", "design.trust_growth=[0.25]").specs
    assert {spec.parameters["contact_effect"] for spec in specs if spec.arm == "both"} == {0.5}
    assert {spec.parameters["trust_growth"] for spec in specs} == {0.25}


def test_the_replications_at_the_defaults_come_last(plan: Callable[..., Plan]) -> None:
    specs = plan("uncertainty.monte_carlo_seeds=3").specs
    at_defaults = [spec for spec in specs if spec.draw == "defaults"]
    assert specs[-len(at_defaults) :] == at_defaults
    assert sorted({spec.seed for spec in at_defaults}) == [1, 2, 3]
    for spec in at_defaults:
        assert all(spec.parameters[name] == SPECS[name].default for name in SPECS)


def test_uncertainty_defaults_draws_nothing(plan: Callable[..., Plan]) -> None:
    specs = plan("uncertainty.parameters=defaults").specs
    assert {(spec.seed, spec.draw) for spec in specs} == {(1, "defaults"), (2, "defaults")}


DRAWS = "contact_effect,practices_per_domain\n0.25,3\n0.5,4\n"
POSTERIOR = "uncertainty={parameters='posterior', file='draws.csv', monte_carlo_seeds=0}"


def drawn(made: Plan) -> set[tuple[object, ...]]:
    return {
        (s.seed, s.parameters["contact_effect"], s.parameters["practices_per_domain"]) for s in made.specs
    }


def test_a_posterior_gives_each_seed_its_row(plan: Callable[..., Plan], tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text(DRAWS)
    assert drawn(plan(POSTERIOR, "seeds=[2, 1]")) == {(2, 0.5, 4), (1, 0.25, 3)}


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + DRAWS,
        DRAWS.replace(",", ";").replace(".", ",").replace("\n", "\r\n"),
        "\ufeff" + DRAWS.replace(",", ";").replace(".", ",").replace("\n", "\r\n"),
        DRAWS.replace(",", ";"),
        DRAWS.replace(",", "\t"),
        DRAWS.replace(",", "\t").replace(".", ","),
    ],
    ids=["BOM", "semicolons", "BOM and semicolons", "semicolons and points", "tabs", "tabs and commas"],
)
def test_a_posterior_is_read_as_a_spreadsheet_writes_it(
    plan: Callable[..., Plan], tmp_path: Path, text: str
) -> None:
    (tmp_path / "draws.csv").write_text(text, encoding="utf-8", newline="")
    assert drawn(plan(POSTERIOR)) == {(1, 0.25, 3), (2, 0.5, 4)}


def test_one_column_with_decimal_commas_is_one_column(plan: Callable[..., Plan], tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text("contact_effect\n0,25\n0,5\n")
    assert {value for _, value, _ in drawn(plan(POSTERIOR))} == {0.25, 0.5}


_NONE = "as seed s takes row s; name seeds from 1 to 2, or give a file with more draws"
_FEW = "as seed s takes row s; set seeds to 2 at most, or give a file with more draws"


@pytest.mark.parametrize(
    ("seeds", "fault"),
    [
        ("3", f", seeds = 3 needs 3, {_FEW}"),
        ("[1, 1001]", f" and none for seed 1001, {_NONE}"),
        ("[0, 1]", f" and none for seed 0, {_NONE}"),
        ("[3, 1, 4, 5, 6]", f" and none for seed 3, 4, 5, …, {_NONE}"),
    ],
)
def test_a_seed_without_a_draw_is_refused(
    write: Callable[..., Path], tmp_path: Path, seeds: str, fault: str
) -> None:
    (tmp_path / "draws.csv").write_text(DRAWS)
    with pytest.raises(ConfigError) as caught:
        plan_experiment(write(), out=tmp_path / "out", overrides=[POSTERIOR, f"seeds={seeds}"])
    assert caught.value.messages == (
        f"{tmp_path / 'x.toml'}: uncertainty.file: {tmp_path}/draws.csv holds 2 draws{fault}",
    )


def test_a_folder_whose_seeds_took_draws_again_is_read_and_goes_on(
    write: Callable[..., Path], plan: Callable[..., Plan], tmp_path: Path
) -> None:
    (tmp_path / "draws.csv").write_text(DRAWS)
    # As an earlier version did: the plan is made without asking for the number of draws.
    results = execute_plan(plan(POSTERIOR, "seeds=3"), workers=1, shard="1/2")
    left = results.missing
    assert left
    asked = [POSTERIOR, "seeds=3"]
    again = plan_experiment(write(), out=tmp_path / "out", overrides=asked)
    assert execute_plan(again, workers=1).missing == 0
    assert not repeat_run(tmp_path / "out", again.specs[0].run).differences
    assert len(load_results(tmp_path / "out").config.replications) == 3
    for other in (["seeds=4"], ["uncertainty.file='more.csv'"]):
        (tmp_path / "more.csv").write_text(DRAWS.replace("0.5", "0.625"))
        with pytest.raises(ConfigError, match="holds 2 draws"):
            plan_experiment(write(), out=tmp_path / "out", overrides=[*asked, *other])


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (DRAWS, "2 replications, 2 distinct draws of 2 parameters"),
        (
            DRAWS.replace("0.5,4", "0.25,3"),
            "2 replications, 1 distinct draw of 2 parameters",
        ),
        (
            "contact_effect\n0.25\n0.25\n0.5\n",
            "2 replications, 1 distinct draw of 1 parameter",
        ),
    ],
)
def test_distinct_draws_are_counted_and_unlisted_parameters_named(
    plan: Callable[..., Plan], tmp_path: Path, text: str, note: str
) -> None:
    (tmp_path / "draws.csv").write_text(text)
    said = posterior_note(plan(POSTERIOR).config)
    note += " from a posterior; "
    assert said is not None
    assert said.startswith(note)
    counting = [name for name, spec in SPECS.items() if not spec.only]  # of forms that no run has, none does
    left = [name for name in counting if name not in text.partition("\n")[0].split(",")]
    rest = f"{len(left)} uncertain parameters it does not list stay at their defaults ({', '.join(left[:6])}"
    assert said.removeprefix(note) == f"{rest} and {len(left) - 6} more)"
    one = plan(POSTERIOR, "seeds=1")
    for spec in one.specs:
        assert all(spec.parameters[name] == SPECS[name].default for name in left)


def test_what_is_set_or_swept_is_not_said_to_stay_at_its_default(
    plan: Callable[..., Plan], tmp_path: Path
) -> None:
    left = [name for name in SPECS if name != "contact_effect"]
    (tmp_path / "draws.csv").write_text("contact_effect\n0.25\n0.5\n")
    fixed = [f"parameters.{name}={SPECS[name].default}" for name in left[2:]]
    swept = f"design.{left[0]}=[{SPECS[left[0]].default}]"
    said = posterior_note(plan(POSTERIOR, swept, *fixed).config)
    assert said is not None
    assert said.endswith(f"; the uncertain parameter it does not list stays at its default ({left[1]})")
    assert posterior_note(plan().config) is None


@pytest.mark.parametrize("kind", ["int16", "int64", "float32", "float64", "Int64", "object"])
def test_an_id_does_not_hang_on_how_a_value_was_written(
    plan: Callable[..., Plan], tmp_path: Path, kind: str
) -> None:
    draws = pd.DataFrame({"practices_per_domain": [3, 4], "max_networks": [100, 200]})
    draws.to_csv(tmp_path / "draws.csv", index=False)
    draws.astype(kind).to_parquet(tmp_path / "draws.parquet")
    ids = [
        [spec.run for spec in plan(f"uncertainty={{parameters='posterior', file='draws.{end}'}}").specs]
        for end in ("csv", "parquet")
    ]
    assert ids[0] == ids[1]


def test_a_run_is_known_by_what_it_is_and_not_by_its_place(plan: Callable[..., Plan]) -> None:
    before = {spec.run for spec in plan().specs}
    wider = {spec.run for spec in plan("design.stall=[0.5, 1, 0]", "seeds=3").specs}
    assert before < wider
    assert len(wider) == 2 * 3 * 4


@pytest.mark.parametrize("change", ["quarters=3", "parameters.tension_from_conflict=0.2"])
def test_whatever_decides_a_run_changes_its_id(plan: Callable[..., Plan], change: str) -> None:
    assert not {spec.run for spec in plan().specs} & {spec.run for spec in plan(change).specs}


def test_another_world_gives_other_runs(plan: Callable[..., Plan]) -> None:
    made = plan()
    other = run_specs(made.config, "0" * 64)
    assert not {spec.run for spec in made.specs} & {spec.run for spec in other}


def test_a_grid_takes_every_combination_and_a_list_row_by_row(plan: Callable[..., Plan]) -> None:
    axes = "stall=[0, 1], twinning=[true, false]"
    arms = "arms={a={networks=true}}"
    grid = plan(f"design={{{axes}}}", arms).config.design
    rows = plan(f"design={{kind='list', {axes}}}", arms).config.design
    assert len(design_points(grid)) == 4
    assert design_points(rows) == [{"stall": 0.0, "twinning": True}, {"stall": 1.0, "twinning": False}]


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_a_sampled_design_fills_every_stratum_of_its_ranges(plan: Callable[..., Plan], kind: str) -> None:
    ranges = "stall={low=0.5, high=1}, founding_rate={low=0.01, high=0.04, scale='log'}"
    points = design_points(plan(f"design={{kind='{kind}', samples=8, {ranges}}}").config.design)
    stall = [(float(point["stall"]) - 0.5) / 0.5 for point in points]
    founding = [math.log(float(point["founding_rate"]) / 0.01) / math.log(4) for point in points]
    assert sorted(math.floor(8 * share) for share in stall) == list(range(8))
    assert sorted(math.floor(8 * share) for share in founding) == list(range(8))


def test_the_design_table_holds_swept_and_drawn_values(plan: Callable[..., Plan]) -> None:
    made = plan("parameters.contact_effect=0.5")
    table = design_table(made.config, made.specs)
    assert list(table.columns[:5]) == ["run", "arm", "seed", "draw", "stall"]
    assert "contact_effect" not in table
    assert "trust_growth" in table
    assert len(table) == len(made.specs) == 12


def test_stall_is_a_column_also_where_it_is_not_swept(plan: Callable[..., Plan]) -> None:
    made = plan("design={contact_effect=[0.1]}", "parameters.stall=endogenous")
    table = design_table(made.config, made.specs)
    assert set(table["stall"]) == {"endogenous"}


def test_shards_part_the_runs(plan: Callable[..., Plan]) -> None:
    specs = plan("seeds=8").specs
    parts = [[spec.run for spec in specs if Shard(i, 3).holds(spec)] for i in (1, 2, 3)]
    assert sorted(run for part in parts for run in part) == sorted(spec.run for spec in specs)
    assert all(parts)


def test_a_config_reads_the_same_on_every_reading(write: Callable[..., Path]) -> None:
    path = write()
    assert load_config(path) == load_config(path)
