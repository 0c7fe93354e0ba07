"""Designs: where their points lie, that they are the same every time, and that results find back to them."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from citysim.errors import ConfigError, ResultError
from citysim.execute.runner import Plan, execute_plan
from citysim.model.parameters import parameter_specs
from citysim.plan.config import DesignConfig, config_toml, load_config
from citysim.plan.design.axes import Range, Values
from citysim.plan.design.order import runs_of_points
from citysim.plan.design.points import (
    design_points,
    number_of_points,
    sampled_names,
    sampled_points,
    sampled_shares,
)
from citysim.plan.faults import Value
from citysim.plan.runs import design_table, run_specs

type Make = Callable[..., Plan]

SAMPLED = ["latin_hypercube", "sobol", "saltelli", "morris"]
LOG = Range(0.01, 0.04, "log")
LINEAR = Range(0.5, 1.0)
AXES = {"stall": LINEAR, "founding_rate": LOG, "contact_effect": Range(0.1, 0.7)}
PRIORS = {name: spec for name, spec in parameter_specs().items() if spec.prior and not spec.only}


def design(
    kind: str, samples: int = 8, axes: dict[str, object] | None = None, **keys: object
) -> DesignConfig:
    return DesignConfig(kind=kind, samples=samples, axes=axes or AXES, **keys)


class TestRanges:
    """A value lies within its range, evenly on its scale."""

    @given(
        low=st.floats(1e-6, 1e3),
        width=st.floats(1e-6, 1e3),
        share=st.floats(0, 1) | st.sampled_from([0.0, 1.0]),
        scale=st.sampled_from(["linear", "log"]),
    )
    def test_no_value_leaves_its_range_by_rounding(
        self, low: float, width: float, share: float, scale: str
    ) -> None:
        axis = Range(low, low + width, scale)
        assert axis.low <= axis.at(share) <= axis.high

    def test_the_middle_of_a_log_range_is_the_geometric_mean(self) -> None:
        assert LOG.at(0.5) == pytest.approx(0.02)
        assert LINEAR.at(0.5) == 0.75

    @pytest.mark.parametrize(
        ("scale", "share_of_first"), [("linear", 1 / 4), ("log", math.log(2) / math.log(5))]
    )
    def test_whole_numbers_part_their_range_evenly(self, scale: str, share_of_first: float) -> None:
        axis = Range(1, 4, scale)
        found = [axis.whole_at(share) for share in np.linspace(0, 1, 2001)]
        assert set(found) == {1, 2, 3, 4}
        assert found.count(1) / 2001 == pytest.approx(share_of_first, abs=1e-3)


class TestSampled:
    """What all sampled designs have in common."""

    @pytest.mark.parametrize("kind", SAMPLED)
    def test_points_are_the_same_every_time_whatever_was_drawn_before(self, kind: str) -> None:
        first = design_points(design(kind))
        np.random.seed(11)  # noqa: NPY002  the global stream is what must not matter
        before = np.random.get_state()  # noqa: NPY002
        assert design_points(design(kind)) == first
        after = np.random.get_state()  # noqa: NPY002
        assert after[2:] == before[2:]
        assert np.array_equal(after[1], before[1])

    @pytest.mark.parametrize("kind", SAMPLED)
    def test_points_lie_on_the_scales_of_their_ranges(self, kind: str) -> None:
        points = pd.DataFrame(sampled_points(design(kind)))
        shares = pd.DataFrame(sampled_shares(design(kind)), columns=sampled_names(design(kind)))
        assert ((shares >= 0) & (shares <= 1)).all(axis=None)
        np.testing.assert_allclose((points["stall"] - 0.5) / 0.5, shares["stall"], atol=1e-12)
        on_log = np.log(points["founding_rate"] / 0.01) / math.log(4)
        np.testing.assert_allclose(on_log, shares["founding_rate"], atol=1e-12)

    @pytest.mark.parametrize("kind", SAMPLED)
    @pytest.mark.parametrize(
        "lists", [{}, {"twinning": Values((True, False)), "scope": Values((True, False))}]
    )
    def test_the_number_of_points_is_known_beforehand(self, kind: str, lists: dict[str, Values]) -> None:
        made = design(kind, axes=lists | AXES)
        assert number_of_points(made) == len(design_points(made))

    @pytest.mark.parametrize("kind", SAMPLED)
    def test_a_list_is_crossed_with_every_sampled_point(self, kind: str) -> None:
        made = design(kind, axes={"twinning": Values((True, False))} | AXES)
        points = design_points(made)
        assert [point["twinning"] for point in points[:4]] == [True, False, True, False]
        alone = [{name: value for name, value in point.items() if name != "twinning"} for point in points]
        assert alone[::2] == alone[1::2] == sampled_points(made)

    @pytest.mark.parametrize("kind", ["sobol", "saltelli", "morris"])
    def test_twice_the_samples_keep_the_first_half(self, kind: str) -> None:
        few, many = design_points(design(kind, 8)), design_points(design(kind, 16))
        assert many[: len(few)] == few
        assert len(many) == 2 * len(few)

    @pytest.mark.parametrize("kind", SAMPLED)
    def test_whole_numbers_stay_whole_and_within_their_range(self, kind: str) -> None:
        axes = {"practices_per_domain": Range(3, 5), "max_networks": Range(1, 1000, "log")}
        points = pd.DataFrame(design_points(design(kind, 64, axes)))
        assert set(points["practices_per_domain"]) == {3, 4, 5}
        assert points["max_networks"].between(1, 1000).all()
        assert all(
            type(value) is int for point in design_points(design(kind, 4, axes)) for value in point.values()
        )


class TestGrids:
    """Designs of values."""

    def test_the_number_of_points_is_known_beforehand(self) -> None:
        axes = {"stall": Values((0.0, 0.5, 1.0)), "twinning": Values((True, False, True))}
        for kind, count in (("grid", 9), ("list", 3)):
            made = DesignConfig(kind=kind, axes=axes)
            assert number_of_points(made) == len(design_points(made)) == count
        assert number_of_points(DesignConfig()) == len(design_points(DesignConfig())) == 1


class TestLatinHypercube:
    """McKay, Beckman & Conover 1979."""

    @pytest.mark.parametrize("samples", [1, 5, 32])
    def test_every_stratum_of_every_range_holds_one_point(self, samples: int) -> None:
        strata = np.floor(sampled_shares(design("latin_hypercube", samples)) * samples)
        assert (np.sort(strata, axis=0) == np.arange(samples)[:, None]).all()


class TestSobol:
    """Scrambled digital net."""

    def test_every_stratum_and_every_square_holds_its_points(self) -> None:
        shares = sampled_shares(design("sobol", 64))
        assert (np.sort(np.floor(shares * 64), axis=0) == np.arange(64)[:, None]).all()
        squares = np.floor(shares[:, :2] * 4) @ [4, 1]
        assert (np.bincount(squares.astype(int), minlength=16) == 4).all()


class TestSaltelli:
    """Saltelli et al. 2010: matrices A, B, and A with one column of B."""

    def test_each_block_goes_from_a_to_b_by_one_column_at_a_time(self) -> None:
        d, n = len(AXES), 16
        blocks = sampled_shares(design("saltelli", n)).reshape(n, d + 2, d)
        a, crossed, b = blocks[:, 0], blocks[:, 1:-1], blocks[:, -1]
        assert (a != b).all()
        for column in range(d):
            own = np.arange(d) == column
            assert (crossed[:, column] == np.where(own, b, a)).all()

    def test_the_second_order_adds_b_with_one_column_of_a(self) -> None:
        d, n = len(AXES), 16
        blocks = sampled_shares(design("saltelli", n, second_order=True)).reshape(n, 2 * d + 2, d)
        a, crossed, b = blocks[:, 0], blocks[:, d + 1 : -1], blocks[:, -1]
        for column in range(d):
            own = np.arange(d) == column
            assert (crossed[:, column] == np.where(own, a, b)).all()

    def test_a_and_b_fill_every_stratum(self) -> None:
        d, n = len(AXES), 16
        blocks = sampled_shares(design("saltelli", n)).reshape(n, d + 2, d)
        for matrix in (blocks[:, 0], blocks[:, -1]):
            assert (np.sort(np.floor(matrix * n), axis=0) == np.arange(n)[:, None]).all()

    def test_salib_finds_the_indices_of_a_known_function_in_this_order(self) -> None:
        """Y = x₁ + 2 x₂ over the unit square: first and total indices 1/5, 4/5, and 0 for x₃."""
        from SALib.analyze import sobol

        from citysim.plan.design.points import salib_problem

        made = design("saltelli", 1024)
        x = sampled_shares(made)
        found = sobol.analyze(salib_problem(made), x[:, 0] + 2 * x[:, 1], calc_second_order=False, seed=1)
        np.testing.assert_allclose(found["S1"], [0.2, 0.8, 0.0], atol=0.02)
        np.testing.assert_allclose(found["ST"], [0.2, 0.8, 0.0], atol=0.02)


class TestMorris:
    """Morris 1991: trajectories on a grid of levels."""

    @pytest.mark.parametrize("levels", [2, 4, 8])
    def test_consecutive_points_of_a_trajectory_differ_in_one_axis_by_delta(self, levels: int) -> None:
        d, n = len(AXES), 12
        trajectories = sampled_shares(design("morris", n, levels=levels)).reshape(n, d + 1, d)
        steps = np.diff(trajectories, axis=1)
        assert (np.count_nonzero(np.abs(steps) > 1e-12, axis=2) == 1).all()
        np.testing.assert_allclose(np.abs(steps).sum(axis=2), levels / (2 * (levels - 1)))
        assert (np.count_nonzero(np.abs(steps) > 1e-12, axis=1) == 1).all(), "each axis moves once"

    def test_points_lie_on_the_levels(self) -> None:
        shares = sampled_shares(design("morris", 20, levels=4))
        assert set(np.unique(np.round(shares * 3, 9))) == {0.0, 1.0, 2.0, 3.0}

    def test_salib_finds_the_effects_of_a_known_function_in_this_order(self) -> None:
        from SALib.analyze import morris

        from citysim.plan.design.points import salib_problem

        made = design("morris", 20)
        x = sampled_shares(made)
        found = morris.analyze(salib_problem(made), x, 3 * x[:, 0] - x[:, 1], num_levels=4, seed=1)
        np.testing.assert_allclose(found["mu"], [3, -1, 0], atol=1e-9)
        np.testing.assert_allclose(found["mu_star"], [3, 1, 0], atol=1e-9)


OVER = "uncertainty={parameters='defaults'}"


class TestOverThePriors:
    """``over`` sweeps parameters over their own priors."""

    def test_one_word_sweeps_every_uncertain_parameter(self, plan: Make) -> None:
        axes = plan("design={kind='morris', samples=1, over='uncertain'}", OVER).config.axes
        assert list(axes) == list(PRIORS)
        assert all(axes[name] == Range(*spec.prior, spec.scale) for name, spec in PRIORS.items())

    def test_names_sweep_those(self, plan: Make) -> None:
        made = plan("design={kind='sobol', samples=2, over=['trust_growth', 'contact_effect']}")
        assert made.config.axes == {
            "trust_growth": Range(0.05, 0.2, "log"),
            "contact_effect": Range(0.0, 1.0),
        }

    def test_what_is_fixed_elsewhere_or_has_an_axis_of_its_own_keeps_it(self, plan: Make) -> None:
        made = plan(
            "design={kind='sobol', samples=2, over='uncertain', stall=[0, 1]}",
            "design.trust_growth={low=0.1, high=0.2}",
            "parameters.contact_effect=0.25",
            "arms.both.closure=0.3",
            OVER,
        )
        axes = made.config.axes
        assert axes["trust_growth"] == Range(0.1, 0.2)
        assert {"contact_effect", "closure"} & set(axes) == set()
        assert len(axes) == len(PRIORS) - 2 + 1
        assert next(iter(axes)) == "stall"
        assert {spec.parameters["contact_effect"] for spec in made.specs} == {0.25}

    def test_the_resolved_config_names_every_range(self, plan: Make, tmp_path: Path) -> None:
        config = plan("design={kind='saltelli', samples=2, stall=[0, 1], over='uncertain'}", OVER).config
        again = tmp_path / "again.toml"
        again.write_text(config_toml(config), encoding="utf-8")
        assert "over =" not in again.read_text(encoding="utf-8")
        read = load_config(again)
        assert read == config
        assert list(read.axes) == list(config.axes)
        assert design_points(read.design) == design_points(config.design)


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        (
            "kind='saltelli', samples=4, stall={low=0, high=1}",
            "design: kind = 'saltelli' needs at least two ranges {low = …, high = …}",
        ),
        (
            "kind='morris', samples=4, stall=[0, 1]",
            "design: kind = 'morris' needs at least two ranges {low = …, high = …}",
        ),
        (
            "kind='sobol', samples=4, stall=[0, 1]",
            "design: kind = 'sobol' needs at least one range {low = …, high = …}",
        ),
        (
            "kind='saltelli', samples=100, stall={low=0, high=1}, contact_effect={low=0, high=1}",
            "design.samples: found 100, a Sobol sequence needs a power of two, such as 64 or 128",
        ),
        (
            "kind='saltelli', stall={low=0, high=1}, contact_effect={low=0, high=1}",
            (
                "design.samples: missing; the base number N, a power of two; "
                "the points are N × (number of ranges + 2)"
            ),
        ),
        (
            "kind='morris', samples=4, levels=5, stall={low=0, high=1}, contact_effect={low=0, high=1}",
            "design.levels: found 5, expected an even number",
        ),
        (
            "kind='morris', samples=4, levels=0, stall={low=0, high=1}, contact_effect={low=0, high=1}",
            "design.levels: found 0, must be at least 2",
        ),
        (
            "kind='sobol', samples=4, levels=4, stall={low=0, high=1}",
            "design.levels: only for kind = 'morris'",
        ),
        ("second_order=true, stall=[0]", "design.second_order: only for kind = 'saltelli'"),
        (
            "kind='sobol', samples=4, second_ordr=true, stall={low=0, high=1}",
            "design.second_ordr: unknown key, did you mean 'second_order'?",
        ),
        ("kind='saltely'", "design.kind: found 'saltely', did you mean 'saltelli'?"),
        (
            "kind='sobol', samples=4, stall={low=0, high=1}, scope={low=0, high=1}",
            "design.scope: a range needs a parameter that is a number; allowed: true or false",
        ),
        (
            "stall=3",
            (
                "design.stall: found 3 (a whole number), "
                "expected a list of values or a range {low = …, high = …}"
            ),
        ),
        ("kind='sobol', samples=4, stall={low=0}", "design.stall.high: missing"),
        (
            "kind='sobol', samples=4, stall={low=0, high=1, scal='log'}",
            "design.stall.scal: unknown key, did you mean 'scale'?",
        ),
        (
            "kind='sobol', samples=4, stall={low=0, high=1, scale='Linear'}",
            "design.stall.scale: found 'Linear', did you mean 'linear'?",
        ),
        (
            "kind='sobol', samples=4, stall={low='endogenous', high=1}",
            "design.stall.low: found 'endogenous', expected a number",
        ),
        (
            "kind='sobol', samples=4, stall={low=true, high=1}",
            (
                "design.stall.low: found true, allowed: a number from 0 to 1 (share) or 'endogenous' or "
                "levels such as {2023 = 0.0, 2028 = 0.75}"
            ),
        ),
        (
            "over='uncertain', stall=[0]",
            "design.over: only for kind = 'latin_hypercube' or 'sobol' or 'saltelli' or 'morris'",
        ),
        (
            "kind='sobol', samples=4, over='uncertain'",
            "design.over: sweeps all that a replication would draw; set uncertainty.parameters = 'defaults'",
        ),
        (
            "kind='sobol', samples=4, over='uncertan', stall={low=0, high=1}",
            "design.over: found 'uncertan', did you mean 'uncertain'?",
        ),
        (
            "kind='sobol', samples=4, over=['contact_efect'], stall={low=0, high=1}",
            "design.over[1]: unknown parameter 'contact_efect', did you mean 'contact_effect'?",
        ),
        (
            "kind='sobol', samples=4, over=['contact_effect', 'max_networks'], stall={low=0, high=1}",
            (
                "design.over[2]: 'max_networks' has no prior to sweep; "
                "give it values or a range: max_networks = …"
            ),
        ),
        (
            "kind='sobol', samples=4, over=['contact_effect'], contact_effect={low=0, high=1}",
            "design.over[1]: 'contact_effect' has an axis of its own; keep one",
        ),
        (
            "kind='sobol', samples=4, over=3, stall={low=0, high=1}",
            "design.over: found 3, expected 'uncertain' or a list of parameters",
        ),
        (
            "kind='grid', networks=[true, false]",
            None,
        ),
        (
            "kind='grid', development=[true, false]",
            (
                "design.development: is a recorded outcome, too; "
                "make arms of it, or leave it out of record.outcomes"
            ),
        ),
    ],
)
def test_each_fault_of_a_design_is_one_line(
    write: Callable[..., Path], section: str, fault: str | None
) -> None:
    path = write()
    if fault is None:  # `networks` is not among the outcomes that the small config records
        assert load_config(path, [f"design={{{section}}}", "arms={a={scope=true}}"])
        return
    with pytest.raises(ConfigError) as caught:
        load_config(path, [f"design={{{section}}}"])
    lines = [
        line.removeprefix(f"{path}: ").removesuffix(" (from the command line)")
        for line in caught.value.messages
    ]
    assert lines == [fault]


def test_all_faults_of_a_range_are_told_at_once(write: Callable[..., Path]) -> None:
    path = write()
    with pytest.raises(ConfigError) as caught:
        load_config(path, ["design={kind='sobol', samples=4, stall={low=2, hi=1, scale='lg'}}"])
    keys = {line.removeprefix(f"{path}: ").split(": ")[0] for line in caught.value.messages}
    assert keys == {"design.stall.low", "design.stall.high", "design.stall.hi", "design.stall.scale"}


def test_an_axis_is_a_list_of_values_or_a_range_and_nothing_else() -> None:
    with pytest.raises(ValidationError, match="neither a list nor a range"):
        DesignConfig(axes={"stall": 0.5})


def test_a_name_in_over_is_set_nowhere_else(write: Callable[..., Path]) -> None:
    with pytest.raises(
        ConfigError, match=r"design\.closure: swept here and also set in arms\.both; keep one"
    ):
        load_config(write(), ["design={kind='sobol', samples=4, over=['closure']}", "arms.both.closure=0.5"])


def test_too_many_runs_are_told_before_the_points_are_made(
    plan: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("points were made")

    monkeypatch.setattr("citysim.plan.runs.design_points", never)
    with pytest.raises(ConfigError, match="design: 83,886,080 runs asked for, allowed: 5,000,000"):
        plan(
            "design={kind='saltelli', samples=524288, stall=[0, 1], over=['closure', 'contact_effect']}",
            "seeds=9",
        )


MORRIS = (
    "design={kind='morris', samples=6, levels=4, practices_per_domain={low=2, high=3}, stall={low=0, high=1}}"
)


class TestRunsOfPoints:
    """Runs go back into the order of the points, each computed once."""

    def test_points_that_rounding_makes_equal_are_one_run(self, plan: Make) -> None:
        axes = "max_networks={low=2, high=3}, practices_per_domain={low=2, high=3}"
        made = plan(f"design={{kind='morris', samples=6, {axes}}}")
        points = design_points(made.config.design)
        distinct = {tuple(point.values()) for point in points}
        assert len(points) == 18 > len(distinct)
        assert len(made.specs) == len({spec.run for spec in made.specs}) == 2 * 3 * len(distinct)

    def test_every_point_of_every_replication_and_arm_finds_its_run(self, plan: Make) -> None:
        made = plan(MORRIS, "arms={none={networks=false}, both={networks=true}}")
        table = design_table(made.config, made.specs)
        placed = runs_of_points(made.config, table.sample(frac=1, random_state=3))
        points = design_points(made.config.design)
        assert len(placed) == 3 * 2 * len(points)
        specs = {spec.run: spec for spec in made.specs}
        for row in placed.itertuples():
            spec = specs[row.run]
            assert spec.swept == points[row.point]
            assert (spec.seed, spec.draw, spec.arm) == (row.seed, row.draw, row.arm)
        cube = placed["point"].to_numpy().reshape(3, 2, len(points))
        assert (cube == np.arange(len(points))).all()
        assert (placed["arm"].to_numpy().reshape(cube.shape) == np.array([["none"], ["both"]])).all()

    def test_words_among_numbers_find_their_run(self, plan: Make) -> None:
        section = "kind='sobol', samples=2, stall=[0.5, 'endogenous'], contact_effect={low=0, high=1}"
        made = plan(f"design={{{section}}}")
        placed = runs_of_points(made.config, design_table(made.config, made.specs))
        assert list(placed["stall"][:4]) == ["0.5", "endogenous", "0.5", "endogenous"]
        assert placed["run"].nunique() == len(made.specs)

    def test_a_folder_without_a_points_run_is_one_line(self, plan: Make) -> None:
        made = plan(MORRIS)
        table = design_table(made.config, made.specs)
        with pytest.raises(ResultError, match=r"design\.parquet has no run for \d+ of the 108 points"):
            runs_of_points(made.config, table.iloc[1:])

    def test_an_analysis_reads_the_points_from_a_folder(self, plan: Make) -> None:
        """The final number of practices a domain is what the sampled points say, in their order."""
        made = plan(MORRIS, "seeds=1", "quarters=1", "uncertainty.monte_carlo_seeds=0")
        results = execute_plan(made, workers=1)
        placed = runs_of_points(results.config, results.design)
        expected: list[Value] = [p["practices_per_domain"] for p in design_points(made.config.design)]
        found = placed.merge(results.runs[["run", "practices_per_domain"]], on="run", suffixes=("_asked", ""))
        assert found["practices_per_domain"].tolist() == expected * 2


@pytest.mark.parametrize("kind", ["sobol", "saltelli"])
def test_twice_the_samples_compute_the_new_points_only_and_say_so(
    plan: Make, counted: list[str], kind: str
) -> None:
    section = f"kind='{kind}', contact_effect={{low=0, high=1}}, stall={{low=0, high=1}}"
    arms = "arms={both={networks=true}}"
    few = plan(f"design={{{section}, samples=2}}", arms, "seeds=1", "uncertainty.monte_carlo_seeds=0")
    many = plan(f"design={{{section}, samples=4}}", arms, "seeds=1", "uncertainty.monte_carlo_seeds=0")
    execute_plan(few, workers=1)
    before = set(counted)
    counted.clear()
    notes: list[str] = []

    class Heard:
        def note(self, text: str) -> None:
            notes.append(text)

        def warn(self, text: str) -> None:
            raise AssertionError(text)

        def update(self, done: int, failed: int, total: int) -> None:
            pass

    results = execute_plan(many, workers=1, progress=Heard())
    assert len(counted) == len(few.specs)
    assert not before & set(counted)
    assert notes == [f"{len(few.specs)} of {len(many.specs)} runs already done, {len(few.specs)} to do"]
    assert list(results.runs["run"]) == [spec.run for spec in many.specs]


def test_an_axis_at_minus_zero_is_the_run_at_zero(plan: Make) -> None:
    zero = run_specs(plan("design={stall=[0.0]}").config, "0" * 64)
    minus = run_specs(plan("design={stall=[-0.0]}").config, "0" * 64)
    assert [spec.run for spec in zero] == [spec.run for spec in minus]
