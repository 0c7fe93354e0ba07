"""Interventions in configs and results: which arms make one, what is refused, recomputation by hand."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from citysim.analysis.answers import intervention
from citysim.analysis.results import read_results
from citysim.errors import ConfigError, ResultError
from citysim.execute.rerun import repeat_run
from citysim.execute.runner import execute_plan, plan_experiment
from citysim.figures.answers.intervention import draw
from citysim.model.events.dates import quarter_of
from citysim.model.events.happen import course
from citysim.model.groups import EXPOSURES
from citysim.model.model import CityModel
from citysim.plan.config import config_toml, load_config
from citysim.plan.interventions import interventions
from citysim.plan.runs import run_specs
from citysim.plan.world import build_world
from citysim.store.manifest import any_manifest
from citysim.store.reader import load_results

TOP = """
name = "events"
seeds = 6
quarters = 12
analyses = ["intervention"]
"""
PAGE = (Path(__file__).parents[2] / "docs" / "interventions.md").read_text(encoding="utf-8")
REST = """
[uncertainty]
monte_carlo_seeds = 2

[world]
kind = "synthetic"
cities = 60
states = 6

[record]
outcomes = ["development", "loss", "engagement", "memberships", "tension", "population"]
groups = ["world"]

[arms.both]
networks = true

[arms.hit]
networks = true
"""
CRISIS = """
[[arms.hit.events]]
name = "heat"
kind = "crisis"
at = {low = "2023-Q3", high = "2024-Q3"}
type = "climate"
cities = [1, 2, 3]
severity = 0.5
"""
SAMPLED = '[design]\nkind = "sobol"\nsamples = 2\ncrisis_rate = {low = 0.1, high = 0.2}\n'
NO_PAIR = "analyses[1]: 'intervention' needs two arms that are equal but for [[arms.NAME.events]] of one"
STALL = "\n[design]\nstall = [0.0, 0.5]\n"

type Write = Callable[..., Path]


def found_in(text: str, tmp_path: Path, write: Write, out: str = "out") -> Path:
    execute_plan(plan_experiment(write(text), out=tmp_path / out), workers=1)
    return tmp_path / out


class TestPairs:
    @staticmethod
    def pairs(**arms: dict[str, object]) -> set[tuple[str, str]]:
        return {(pair.arm, pair.versus) for pair in interventions({}, arms, drawn=True)}

    EVENT = '[{"at":"2024-Q1","kind":"set","name":"%s","parameter":"closure","to":0.1}]'
    ONE, OTHER = EVENT % "a", EVENT % "b"
    TWO = ONE[:-1] + "," + OTHER[1:]

    def test_an_arm_is_held_against_the_same_without_its_events(self) -> None:
        with_, without = {"networks": True, "events": self.ONE}, {"networks": True}
        assert self.pairs(a=without, b=with_, c={"networks": False}) == {("b", "a")}

    def test_what_is_left_out_is_at_its_default(self) -> None:
        assert self.pairs(a={"networks": True}, b={"twinning": True, "events": self.ONE}) == {("b", "a")}

    def test_what_is_drawn_is_not_what_is_set(self) -> None:
        assert not self.pairs(a={"review_rate": 0.2}, b={"networks": True, "events": self.ONE})

    def test_an_arm_with_more_events_is_held_against_those_with_some_of_them(self) -> None:
        arms = {"a": {}, "b": {"events": self.ONE}, "c": {"events": self.TWO}, "d": {"events": self.OTHER}}
        assert self.pairs(**arms) == {("b", "a"), ("c", "a"), ("c", "b"), ("c", "d"), ("d", "a")}


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (TOP + REST, [NO_PAIR]),
        (
            TOP + REST.replace("[arms.hit]\nnetworks = true", "[arms.hit]\nnetworks = false") + CRISIS,
            [NO_PAIR],
        ),
        (
            TOP + REST.replace("[record]", "[record]\ntrajectories = false") + CRISIS,
            ["record.trajectories: found false, which 'intervention' needs"],
        ),
        (
            TOP + REST + CRISIS + SAMPLED,
            ["analyses[1]: 'intervention' needs a design of kind grid or list, whose points repeat"],
        ),
        (
            (TOP + REST).replace('"intervention"', "").replace('["world"]', '["world", "twins"]'),
            ["record.groups[2]: 'twins' needs dated events of an arm, [[arms.NAME.events]]"],
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(write: Write, text: str, faults: list[str]) -> None:
    path = write(text)
    with pytest.raises(ConfigError) as error:
        load_config(path)
    assert [message.removeprefix(f"{path}: ") for message in error.value.messages] == faults


def test_the_analysis_has_its_groups_recorded_and_leaves_ids_as_they_are(write: Write) -> None:
    config = load_config(write(TOP + REST + CRISIS))
    assert config.record.groups == ("world", *EXPOSURES)
    plain = load_config(write((TOP + REST + CRISIS).replace('["intervention"]', "[]")))
    assert plain.record.groups == ("world",)
    assert plain.record.exposed_to is None
    assert "twins" not in config_toml(plain)
    assert [spec.run for spec in run_specs(config, "w")] == [spec.run for spec in run_specs(plain, "w")]
    assert load_config(write(config_toml(config))) == config


def by_hand(folder: Path, group: str, outcome: str, stall: float, seed: int, kind: str) -> pd.Series:
    """Arm with the event less that without, by quarter since the event of this seed, so far."""
    runs = read_results(folder).runs.query("draw == 'prior' and seed == @seed and stall == @stall")
    run_of = runs.set_index("arm")["run"]
    table = load_results(folder).trajectories.query("group == @group").set_index(["run", "quarter"])
    with_, without = (table.loc[run_of[arm], outcome].astype(float) for arm in ("hit", "both"))
    difference, first = with_ - without, date_of_event(folder, run_of["hit"])
    after = difference.loc[first:]
    after = {"final": after, "sum": after.cumsum(), "mean": after.expanding().mean()}[kind]
    return after.set_axis(after.index - first)


def date_of_event(folder: Path, run: str) -> int:
    """The quarter of the event, as the model itself schedules it."""
    config = read_results(folder).config
    world = build_world(config.world)
    spec = next(spec for spec in run_specs(config, world.digest) if spec.run == run)
    model = CityModel(world, spec.parameters, rng=spec.seed, quarters=config.quarters)
    return course(model.setting).at[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hit")
    path = place / "x.toml"
    path.write_text(TOP + REST + CRISIS + STALL, encoding="utf-8")
    execute_plan(plan_experiment(path, out=place / "out"), workers=1)
    return place / "out"


@pytest.fixture(scope="module")
def table(folder: Path) -> pd.DataFrame:
    return intervention.table(read_results(folder))


@pytest.mark.parametrize(
    ("outcome", "kind"), [("development", "final"), ("loss", "sum"), ("engagement", "mean")]
)
@pytest.mark.parametrize("group", ["named", "everybody_else"])
def test_effects_are_those_computed_by_hand(
    folder: Path, table: pd.DataFrame, group: str, outcome: str, kind: str
) -> None:
    paths = pd.DataFrame({seed: by_hand(folder, group, outcome, 0.5, seed, kind) for seed in range(1, 7)})
    rows = table.query("group == @group and outcome == @outcome and stall == 0.5 and arm == 'hit'")
    path = rows.query("quantity == 'path' and quarters_since >= 0").set_index("quarters_since")
    np.testing.assert_allclose(path["mean"], paths.mean(axis=1), atol=1e-12)
    np.testing.assert_allclose(path["estimate"], paths.median(axis=1), atol=1e-12)
    assert path["n_seeds"].tolist() == paths.notna().sum(axis=1).tolist()
    ends = [paths[seed].dropna().iloc[-1] for seed in paths]
    end = rows.query("quantity == 'effect'").iloc[0]
    assert end["mean"] == pytest.approx(np.mean(ends), abs=1e-12)
    assert end["estimate"] == pytest.approx(np.median(ends), abs=1e-12)
    size = any_manifest(folder)["exposures"][group]
    weight = size["cities"] if outcome == "engagement" else size["people"] / 1e6
    total = rows.query("quantity == 'total'").iloc[0]
    assert total["mean"] == pytest.approx(weight * np.mean(ends), abs=1e-12)


def test_before_the_event_nothing_differs(table: pd.DataFrame) -> None:
    before = table.query("quarters_since < 0")
    assert len(before)
    assert (before[["estimate", "lower", "upper", "mean"]].fillna(0.0) == 0.0).all(axis=None)


def test_those_struck_lose_and_spillovers_add_up(table: pd.DataFrame) -> None:
    loss = table.query("outcome == 'loss' and stall == 0.5").set_index(["quantity", "group"])
    assert loss.loc[("effect", "named"), "lower"] > 0
    total = loss.loc["total", "mean"]
    parts = [name for name in EXPOSURES if name in total.index]
    assert total[parts].sum() == pytest.approx(total["world"])
    assert total["named"] + total["others"] == pytest.approx(total["world"])
    share = loss.loc[("spillover_share", "others"), "estimate"]
    assert share == pytest.approx(total["others"] / total["world"])


def test_rows_at_every_stall_level_with_monte_carlo_error(table: pd.DataFrame) -> None:
    ends = table.query("quantity == 'effect'")
    assert set(ends["stall"]) == {0.0, 0.5}
    assert (ends["n_seeds"] == 6).all()
    assert ends["monte_carlo_error"].notna().all()
    assert set(ends["outcome"]) == {"development", "loss", "engagement", "memberships", "population"}
    planned = ends[ends["planned"]]
    assert set(planned["stall"]) == {0.5}
    assert set(planned["outcome"]) == {"development", "loss"}


def test_an_event_that_changes_nothing_gives_nothing(write: Write, tmp_path: Path) -> None:
    nothing = CRISIS.replace("severity = 0.5", "severity = 0.0")
    null = intervention.table(read_results(found_in(TOP + REST + nothing, tmp_path, write)))
    assert len(null)
    values = null.loc[null["quantity"] != "spillover_share", ["estimate", "mean"]]
    assert (values == 0.0).all(axis=None)
    assert set(null["verdict"].dropna()) <= {"", "no effect shown", "undefined"}


def test_the_date_of_an_event_may_be_an_axis(write: Write, tmp_path: Path) -> None:
    axis = '\n[design]\n"events.heat.at" = ["2023-Q2", "2024-Q2"]\n'
    results = read_results(found_in(TOP + REST + CRISIS + axis, tmp_path, write))
    rows = intervention.table(results).query("quantity == 'path' and n_seeds == 6")
    last = rows.groupby("events.heat.at")["quarters_since"].max().to_dict()
    assert last == {at: 11 - quarter_of(at, 2023) for at in ("2023-Q2", "2024-Q2")}
    struck = rows.query("group == 'named' and outcome == 'loss' and quarters_since == 0")
    assert (struck["lower"] > 0).all()


def test_a_folder_goes_on_where_the_groups_are_the_same_alone(write: Write, tmp_path: Path) -> None:
    text = (TOP + REST + CRISIS).replace("seeds = 6", "seeds = 1")
    out = found_in(text, tmp_path, write)
    later = text.replace("severity = 0.5", "severity = 0.9").replace('high = "2024-Q3"', 'high = "2024-Q4"')
    execute_plan(plan_experiment(write(later), out=out), workers=1)
    others = text.replace("cities = [1, 2, 3]", "cities = [1, 2, 4]")
    with pytest.raises(ResultError, match="recorded with another events, by which its cities are grouped"):
        execute_plan(plan_experiment(write(others), out=out), workers=1)


def test_a_run_is_repeated_with_its_groups(folder: Path) -> None:
    run = read_results(folder).runs["run"].iloc[-1]
    repeat = repeat_run(folder, run)
    assert (repeat.compared, repeat.differences) == (True, ())


def test_the_figure_has_a_line_and_a_label_for_every_group(folder: Path, table: pd.DataFrame) -> None:
    results = read_results(folder)
    table.to_csv(folder / "intervention.csv", index=False)
    figure, caption = draw(results)
    named = {text.get_text().replace("\n", " ") for ax in figure.axes for text in ax.texts}
    groups = set(table.query("quantity == 'path'")["group"])
    assert named == {intervention.LABELS[group] for group in groups}
    assert "not validated" in caption.caption
    assert re.search(r"hit less twinning and networks, losses left over: cities named", caption.alt)


def test_the_page_has_every_group_and_quantity(table: pd.DataFrame) -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE)
    assert set(rows) == {*EXPOSURES, *table["quantity"], "quantity"}


def test_the_example_of_the_page_is_a_config(write: Write) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    config = load_config(write(f'name = "x"\nseeds = 1\n{example}'))
    assert config.analyses == ("intervention",)


SET = '[[arms.hit.events]]\nkind = "set"\nat = 2024\nparameter = "crisis_rate"\nto = 0.9\n'
ALL = '[[arms.hit.events]]\nkind = "stall"\nat = 2024\nto = 1.0\n'


@pytest.mark.parametrize(
    ("event", "group", "said"),
    [(SET, "everybody_else", "of everybody else (60) by"), (ALL, "named", "of the 60 cities named")],
)
def test_events_may_name_nobody_or_everybody(
    write: Write, tmp_path: Path, event: str, group: str, said: str
) -> None:
    results = read_results(found_in(TOP + REST + event, tmp_path, write))
    rows = intervention.table(results)
    others = {"others"} if group != "named" else set()
    assert set(rows["group"]) == {group, "world"} | others
    ends = rows.query("quantity == 'effect' and outcome == 'loss'").set_index("group")["mean"]
    assert ends[group] == pytest.approx(ends["world"]) != 0
    assert said in " ".join(intervention.words(rows))
    rows.to_csv(results.path / "intervention.csv", index=False)
    assert draw(results)


def test_folders_without_the_groups_say_what_to_do(write: Write, tmp_path: Path) -> None:
    plain = (TOP + REST + CRISIS).replace('["intervention"]', "[]")
    with pytest.raises(ResultError, match="no groups of cities by exposure to events; run it again"):
        intervention.table(read_results(found_in(plain, tmp_path, write)))
