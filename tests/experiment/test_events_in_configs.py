"""Dated events in configs: what is read, refused, swept, counted, kept and repeated."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from citysim.errors import ConfigError
from citysim.execute.rerun import repeat_run
from citysim.execute.runner import execute_plan, plan_experiment
from citysim.model.events.kinds import KINDS
from citysim.model.events.text import read
from citysim.plan.config import config_toml, load_config
from citysim.plan.runs import run_specs, swept_names
from citysim.store.export.columns import meaning
from citysim.world.world import World

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)

BASE = """
name = "dated"
seeds = 2
quarters = 8

[uncertainty]
monte_carlo_seeds = 0

[world]
kind = "synthetic"
cities = 30
states = 5

[record]
outcomes = ["development", "loss", "memberships"]
groups = ["world"]
"""
ARMS = """
[arms.none]
networks = false

[arms.both]
networks = true
"""
CRISIS = """
[[arms.both.events]]
name = "heat"
kind = "crisis"
at = 2024
type = "climate"
cities = [1, 2]
severity = 0.5
"""
GENERAL = """
[[events]]
kind = "stall"
at = "2023-Q3"
to = 0.5
"""

type Write = Callable[..., Path]


def faults(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as error:
        plan_experiment(path)
    return [message.removeprefix(f"{path}: ") for message in error.value.messages]


def test_arms_have_the_events_of_all_and_their_own(write: Write) -> None:
    specs = run_specs(load_config(write(BASE + GENERAL + ARMS + CRISIS)), "world")
    names = {spec.arm: [event.name for event in read(str(spec.parameters["events"]))] for spec in specs}
    assert names == {"none": ["stall-1"], "both": ["stall-1", "heat"]}


def test_default_names_of_an_arm_go_on_from_those_of_all(write: Write) -> None:
    own = '[[arms.both.events]]\nkind = "stall"\nat = 2024\nto = 0.0\n'
    config = load_config(write(BASE + GENERAL + ARMS + own))
    assert [event.name for event in read(config.arms["both"]["events"])] == ["stall-2"]


def test_events_make_other_runs_and_an_arm_without_keeps_its_own(write: Write) -> None:
    def ids(text: str) -> dict[str, set[str]]:
        runs = run_specs(load_config(write(BASE + text)), "world")
        return {arm: {spec.run for spec in runs if spec.arm == arm} for arm in ("none", "both")}

    without, own, general = ids(ARMS), ids(ARMS + CRISIS), ids(GENERAL + ARMS)
    assert own["none"] == without["none"]
    assert not own["both"] & without["both"]
    assert not general["none"] & without["none"]


def test_a_run_without_events_has_no_parameter_of_them(write: Write) -> None:
    config = load_config(write(BASE + ARMS))
    assert not any({"events", "paths"} & spec.parameters.keys() for spec in run_specs(config, "world"))
    assert "events" not in config_toml(config)


@pytest.mark.parametrize("text", [GENERAL + ARMS, ARMS + CRISIS, GENERAL + ARMS + CRISIS])
def test_the_resolved_config_reads_back_the_same(write: Write, text: str) -> None:
    config = load_config(write(BASE + text + "[design]\nclosure = [0.0, {2023 = 0.0, 2025 = 0.1}]\n"))
    again = load_config(write(config_toml(config)))
    assert again == config
    assert [s.run for s in run_specs(again, "w")] == [s.run for s in run_specs(config, "w")]


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        ("at = 2024", "events[1].kind: missing; one of"),
        ('kind = "crises"\nat = 2024', "events[1].kind: found 'crises', allowed: join"),
        ('kind = "close"\nnetwork = "x"', "events[1].at: missing"),
        ('kind = "close"\nnetwork = "x"\nat = 2024\nwhen = 3', "events[1].when: unknown key"),
        (
            'kind = "close"\nnetwork = "x"\nat = 2025',
            "events[1].at: found 2025-Q1, the run has 2023-Q1 to 2024-Q4",
        ),
        ('kind = "close"\nnetwork = "x"\nat = "2022-Q4"', "events[1].at: found 2022-Q4, the run has"),
        ('kind = "stall"\nat = 2024\nto = 1.5', "events[1].to: found 1.5, must be at most 1.0"),
        ('kind = "twin"\nat = 2024\npairs = [[1, 2], [3]]', "events[1].pairs[2]: found 1, expected two"),
        (
            'kind = "set"\nat = 2024\nto = 1.0\nparameter = "crises"',
            "events[1].parameter: 'crises' is a switch",
        ),
        ('kind = "join"\nat = 2024\ncities = [99]\nnetwork = "C4O"', "events[1].cities[1]: found 99"),
        ('kind = "peace"\nat = 2024\nstates = ["X", "Y"]', "events[1].states: found 'X'"),
        ('kind = "crisis"\nat = 2024\ntype = "war"\ncountries = ["X"]', "events[1].countries: found 'X'"),
    ],
)
def test_every_fault_is_told_at_its_place(write: Write, event: str, fault: str) -> None:
    found = faults(write(f"{BASE}\n[[events]]\n{event}\n{ARMS}"))
    assert found[0].startswith(fault)


def test_a_fault_of_an_arm_is_told_once_and_in_that_arm(write: Write) -> None:
    text = BASE + ARMS + CRISIS.replace("[1, 2]", '["Atlantis", 1]')
    assert faults(write(text)) == [
        "arms.both.events[1].cities[1]: found 'Atlantis', the world has no city of a name like it"
    ]


def test_a_fault_is_told_in_its_own_arm_where_another_has_an_event_of_that_name(write: Write) -> None:
    other = CRISIS.replace("arms.both", "arms.none")
    text = BASE + ARMS + other + CRISIS.replace("[1, 2]", '["Atlantis", 1]')
    assert faults(write(text))[0].startswith("arms.both.events[1].cities[1]: found 'Atlantis'")


def test_two_events_of_a_name_are_refused(write: Write) -> None:
    text = BASE + ARMS + CRISIS + CRISIS
    assert faults(write(text)) == ["arms.both.events[2].name: another event is named 'heat', too"]


class TestAxes:
    DESIGN = '[design]\n"events.heat.at" = [2024, "2024-Q3"]\n"events.heat.severity" = [0.1, 0.5]\n'

    def test_every_arm_is_run_at_every_point(self, write: Write) -> None:
        config = load_config(write(BASE + ARMS + CRISIS + self.DESIGN))
        specs = run_specs(config, "world")
        assert swept_names(config) == ["stall", "events.heat.at", "events.heat.severity"]
        assert len(specs) == 2 * 2 * 4
        for spec in specs:
            if spec.arm == "both":
                (event,) = read(str(spec.parameters["events"]))
                assert [event.at, event.severity] == list(spec.swept.values())
            else:
                assert "events" not in spec.parameters

    def test_nested_tables_are_the_same_axes(self, write: Write) -> None:
        nested = self.DESIGN.replace('"', "", 2).replace('"events.heat.severity"', "events.heat.severity")
        one, other = (load_config(write(BASE + ARMS + CRISIS + text)) for text in (self.DESIGN, nested))
        assert one == other

    @pytest.mark.parametrize(
        ("axis", "fault"),
        [
            ('"events.cold.at" = [2024]', "[1]: unknown event 'cold', allowed: heat"),
            ('"events.heat.to" = [0.1]', "[1]: 'to' of 'heat' is no axis, allowed: at, severity, quarters"),
            ('"events.heat.at" = [2024, 2030]', "[2]: found 2030-Q1, the run has 2023-Q1 to 2024-Q4"),
            ('"events.heat.severity" = [0.1, 2]', "[2]: found 2, must be at most 1.0"),
            ('"events.heat.severity" = 0.1', ": found 0.1, expected a list of values"),
        ],
    )
    def test_what_is_no_axis_is_refused(self, write: Write, axis: str, fault: str) -> None:
        name = axis.split('"')[1]
        assert faults(write(f"{BASE}{ARMS}{CRISIS}[design]\n{axis}\n")) == [f"design.{name}{fault}"]

    def test_its_column_has_a_meaning(self) -> None:
        assert meaning("runs", "events.heat.at") == ("", "at of the event 'heat'")


def test_a_sweep_with_events_is_kept_counted_and_repeated(
    write: Write, tmp_path: Path, small_world: World
) -> None:
    network = small_world.network_name[0]
    many = f'[[arms.both.events]]\nkind = "close"\nat = 2024\nnetwork = "{network}"\n'
    twice = many.replace("at = 2024", 'at = "2024-Q1"\nname = "again"')
    path = write(BASE + ARMS + CRISIS + many + twice + TestAxes.DESIGN)
    results = execute_plan(plan_experiment(path, out=tmp_path / "out"), workers=1)
    runs = results.runs
    assert (runs.query("arm == 'none'")[["events_taken", "events_not_taken"]] == 0).all(axis=None)
    both = runs.query("arm == 'both'")
    assert set(both["events.heat.at"]) == {"2024-Q1", "2024-Q3"}
    assert (both["events_taken"] + both["events_not_taken"] == 4).all()
    assert (both["events_not_taken"] >= 1).all()
    repeat = repeat_run(tmp_path / "out", both["run"].iloc[0])
    assert (repeat.compared, repeat.differences) == (True, ())
    assert list(repeat.outcome.events) == ["heat", "close-1", "again"]


def test_runs_kept_before_there_were_events_are_continued(write: Write, tmp_path: Path) -> None:
    out = tmp_path / "out"
    execute_plan(plan_experiment(write(BASE + ARMS), out=out), workers=1)
    with_arm = BASE + ARMS + "\n[arms.hot]\nnetworks = true\n" + CRISIS.replace("arms.both", "arms.hot")
    results = execute_plan(plan_experiment(write(with_arm), out=out), workers=1)
    counts = results.runs.set_index("arm")["events_taken"]
    assert counts["hot"].tolist() == [2, 2]
    assert counts["both"].tolist() == counts["none"].tolist() == [0, 0]
    assert len(results.manifest["sessions"]) == 2
    assert results.manifest["sessions"][1]["computed"] == 2


def test_every_kind_has_a_row_on_the_page() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE)) == {*KINDS, "kind", "at", "name"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_page_is_a_config(write: Write, example: str) -> None:
    arms = "[arms.none]\nnetworks = false\n"
    config = load_config(write(f'name = "x"\nseeds = 1\n{arms}{example}'))
    assert config.events or config.arms["both"]["events"]
