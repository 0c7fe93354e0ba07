"""What a dry run says of time and disk is measured, and holds."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from citysim.execute import cost as estimate
from citysim.execute import simulation
from citysim.execute.cost import measure_cost, runs_done
from citysim.execute.runner import Plan, execute_plan
from citysim.plan.runs import RunSpec
from citysim.store.records import RunRecord

type Make = Callable[..., Plan]

#: Runs before those that are measured: the six once, then a short and a longer one.
_BEFORE = 8


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Let a run take some time to start and some for every quarter; gives the quarters of the runs done."""
    original = simulation.simulate

    def set_costs(start: float, quarter: float) -> list[int]:
        done: list[int] = []

        def simulate(spec: RunSpec, *rest: object) -> RunRecord:
            done.append(spec.quarters)
            return replace(original(spec, *rest), seconds=start + quarter * spec.quarters)

        monkeypatch.setattr(simulation, "simulate", simulate)
        return done

    return set_costs


def test_short_runs_are_measured_in_whole(plan: Make, costs: Callable[..., list[int]]) -> None:
    costs(0.01, 0.002)
    cost = measure_cost(plan("quarters=20"))
    assert (cost.quarters, cost.runs) == (20, 6)
    assert cost.run_seconds == pytest.approx(0.05)
    assert cost.seconds(10, workers=1) == pytest.approx(0.5)
    assert cost.seconds(10, workers=4) == pytest.approx(0.15), "three rounds of four workers"


@pytest.mark.parametrize(("start", "quarter"), [(0.1, 0.01), (0.0, 0.2), (2.0, 0.5)])
def test_long_runs_are_begun_and_what_is_left_is_reckoned(
    plan: Make, costs: Callable[..., list[int]], start: float, quarter: float
) -> None:
    done = costs(start, quarter)
    cost = measure_cost(plan("quarters=112"))
    assert cost.run_seconds == pytest.approx(start + 112 * quarter)
    assert cost.quarters < 112
    spent = sum(start + quarter * quarters for quarters in done[_BEFORE:])
    assert spent <= max(estimate.BUDGET_SECONDS, start + 12 * quarter) + 1e-9


def test_runs_that_become_slower_are_not_waited_for(plan: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    original = simulation.simulate

    def simulate(spec: RunSpec, *rest: object) -> RunRecord:
        return replace(original(spec, *rest), seconds=0.001 if spec.quarters <= 12 else 2.0)

    monkeypatch.setattr(simulation, "simulate", simulate)
    cost = measure_cost(plan("quarters=20"))
    assert (cost.runs, cost.quarters) == (2, 20)
    assert cost.run_seconds == pytest.approx(2.0)


def test_time_never_comes_out_negative_where_the_machine_was_busy_at_first(
    plan: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = simulation.simulate

    def simulate(spec: RunSpec, *rest: object) -> RunRecord:
        return replace(original(spec, *rest), seconds=30.0 if spec.quarters == 2 else 0.5)

    monkeypatch.setattr(simulation, "simulate", simulate)
    assert measure_cost(plan("quarters=112")).run_seconds == pytest.approx(0.5)


def test_all_arms_are_measured(plan: Make, counted: list[str]) -> None:
    made = plan("quarters=8")
    measure_cost(made)
    arms = {spec.run: spec.arm for spec in made.specs}
    assert [arms[run] for run in counted[_BEFORE:]] == ["none", "both"] * 3 or [
        arms[run] for run in counted[_BEFORE:]
    ] == ["both", "none"] * 3


@pytest.mark.parametrize("record", [(), ("record.cities=true",), ("record.trajectories=false",)])
def test_the_disk_is_what_the_tables_take_within_a_third(plan: Make, record: tuple[str, ...]) -> None:
    made = plan("quarters=24", "seeds=7", *record)
    cost = measure_cost(made)
    execute_plan(made, workers=1)
    taken = sum(file.stat().st_size for file in made.folder.rglob("*.parquet"))
    assert cost.disk(len(made.specs)) == pytest.approx(taken, rel=0.3)


def test_nothing_is_written_to_the_folder(plan: Make) -> None:
    made = plan()
    measure_cost(made)
    assert not made.folder.exists()


def test_a_run_that_fails_is_told(plan: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def simulate(*_: object) -> None:
        raise ZeroDivisionError("made to fail")

    monkeypatch.setattr(simulation, "simulate", simulate)
    cost = measure_cost(plan())
    assert cost.failure is not None
    assert cost.failure.endswith("ZeroDivisionError: made to fail")


def test_runs_that_are_done_are_counted_also_where_the_config_no_longer_asks_for_them(plan: Make) -> None:
    assert runs_done(plan().folder) == set()
    execute_plan(plan(), workers=1)
    execute_plan(plan("design.stall=[1]"), workers=1)
    assert runs_done(plan().folder) == {spec.run for spec in plan().specs}
    for block in plan().folder.glob("runs/*.parquet"):
        block.write_bytes(b"damaged")
    left = {spec.run for spec in plan().specs} - {spec.run for spec in plan("design.stall=[1]").specs}
    assert runs_done(plan().folder) == left
