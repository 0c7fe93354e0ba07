"""Sensitivity indices of functions with a known answer, through designs and analysis of experiments."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from citysim.analysis.contrasts import (
    Conditions,
    bounded_ratio,
    forms_of_cooperation,
    noise_share,
    quantities,
)
from citysim.analysis.cube import cube, laid_out
from citysim.analysis.sensitivity import TOLD, check_design, complete_blocks, indices_of
from citysim.errors import ConfigError, ResultError
from citysim.plan.config import DesignConfig, ExperimentConfig
from citysim.plan.design.axes import Range
from citysim.plan.design.points import sampled_shares
from citysim.plan.report import Stall

A, B = 7.0, 0.1
NAMES = ("contact_effect", "closure", "diplomacy_effect")


def design(kind: str, samples: int, names: tuple[str, ...] = NAMES, **more: object) -> DesignConfig:
    axes = dict.fromkeys(names, Range(0.0, 1.0))
    return DesignConfig(kind=kind, samples=samples, axes=axes, **more)


def ishigami(shares: np.ndarray) -> np.ndarray:
    """Ishigami & Homma (1990) over shares of −π … π; (points,)."""
    x = np.pi * (2 * shares - 1)
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def known_indices() -> tuple[np.ndarray, np.ndarray]:
    """Closed form of the Ishigami function's first and total indices."""
    first = np.array([0.5 * (1 + B * np.pi**4 / 5) ** 2, A**2 / 8, 0.0])
    third = 8 * B**2 * np.pi**8 / 225
    total = first + np.array([third, 0.0, third])
    variance = first.sum() + third
    return first / variance, total / variance


def seeded(y: np.ndarray, noise: float, seeds: int = 2) -> np.ndarray:
    """The same values under several seeds, float (points, seeds); a seed also shifts all points alike."""
    r = np.random.default_rng(5)
    return y[:, None] + r.normal(0, 10, seeds) + r.normal(0, noise, (len(y), seeds))


class TestSobol:
    @pytest.mark.parametrize("second_order", [False, True])
    def test_indices_of_the_ishigami_function_are_its_closed_form(self, second_order: bool) -> None:
        plan = design("saltelli", 1024, second_order=second_order)
        found = indices_of(plan, seeded(ishigami(sampled_shares(plan)), 0.0))
        first, total = known_indices()
        assert list(found["parameter"]) == list(NAMES)
        np.testing.assert_allclose(found["S1"], first, atol=0.03)
        np.testing.assert_allclose(found["ST"], total, atol=0.03)
        assert ((found["S1_lower"] <= first) & (first <= found["S1_upper"])).sum() >= 2
        assert list(found["S1_told"]) == ["above 0", "above 0", "covers 0"]
        assert list(found["ST_told"]) == ["above 0"] * 3
        np.testing.assert_allclose(found["ST_noise"], 0.0, atol=1e-12)

    def test_the_part_of_chance_is_found_and_marks_what_does_not_exceed_it(self) -> None:
        """Chance adds half of V to the mean of two seeds: a third of the variance, which an idle ST shows."""
        names = (*NAMES, "solidarity")
        plan = design("saltelli", 1024, names)
        y = ishigami(sampled_shares(plan))
        values = seeded(y, np.sqrt(y.var()))
        found = indices_of(plan, values).set_index("parameter")
        whole, row = complete_blocks(plan, quantity(values))
        assert whole.all()
        assert row["noise_share"] == pytest.approx(1 / 3, abs=0.03)
        idle = found.loc["solidarity"]
        assert idle["ST"] == pytest.approx(1 / 3, abs=0.05)
        assert idle["ST_noise"] == pytest.approx(idle["ST"], abs=0.05)
        assert idle["ST_told"] != "above 0"
        assert idle["S1_told"] != "above 0"
        assert found.loc["closure", "ST_told"] == "above 0"

    def test_one_seed_cannot_tell_the_part_of_chance(self) -> None:
        plan = design("saltelli", 64)
        found = indices_of(plan, seeded(ishigami(sampled_shares(plan)), 0.0, seeds=1))
        assert found["ST_noise"].isna().all()

    def test_base_points_that_lack_a_run_are_left_out(self) -> None:
        plan = design("saltelli", 256)
        values = seeded(ishigami(sampled_shares(plan)), 0.0)
        values[[3, 1000], [0, 1]] = np.nan
        whole, row = complete_blocks(plan, quantity(values))
        assert (row["blocks"], row["blocks_incomplete"]) == (254, 2)
        found = indices_of(plan, values, whole)
        np.testing.assert_allclose(found["ST"], known_indices()[1], atol=0.08)
        values[:] = np.nan
        with pytest.raises(ResultError, match="loss: 0 of 256 base points have all their runs, needed: 4"):
            complete_blocks(plan, quantity(values))


class TestMorris:
    NAMES = tuple(f"p{i}" for i in range(12))

    def effects(self, values: np.ndarray) -> pd.DataFrame:
        return indices_of(design("morris", 16, self.NAMES), values).set_index("parameter")

    def shares(self) -> np.ndarray:
        return sampled_shares(design("morris", 16, self.NAMES))

    def test_the_screen_finds_the_active_parameters_and_their_effects(self) -> None:
        x = self.shares()
        found = self.effects(seeded(4 * x[:, 0] - 2 * x[:, 5] + 6 * (x[:, 7] - 0.5) * (x[:, 8] - 0.5), 0.0))
        assert set(found.nlargest(4, "mu_star").index) == {"p0", "p5", "p7", "p8"}
        assert found.loc["p0", "mu"] == pytest.approx(4)
        assert found.loc["p5", ["mu", "mu_star"]].tolist() == pytest.approx([-2, 2])
        assert found.loc["p7", "sigma"] > 10 * found.loc["p0", "sigma"]
        idle = found.drop(index=["p0", "p5", "p7", "p8"])
        np.testing.assert_allclose(idle["mu_star"], 0, atol=1e-9)
        assert (idle["mu_star_told"] == "covers 0").all()
        assert found.loc[["p0", "p5", "p7", "p8"], "mu_star_told"].isin(TOLD).all()

    def test_chance_alone_makes_no_parameter_active(self) -> None:
        x = self.shares()
        found = self.effects(seeded(4 * x[:, 0], 0.3, seeds=4))
        assert found.loc["p0", "mu_star_told"] == "above 0"
        idle = found.drop(index="p0")
        assert (idle["mu_star_told"] != "above 0").all()
        np.testing.assert_allclose(idle["mu_star"] / idle["mu_star_noise"], 1, atol=0.6)

    def test_trajectories_that_lack_a_run_are_left_out_with_their_points(self) -> None:
        values = seeded(4 * self.shares()[:, 0], 0.0)
        values[20] = np.nan
        plan = design("morris", 16, self.NAMES)
        whole, _ = complete_blocks(plan, quantity(values))
        assert list(np.flatnonzero(~whole)) == [1]
        assert indices_of(plan, values, whole).loc[0, "mu"] == pytest.approx(4)


def conditions_of(outcome: str, values: dict[tuple[str, Stall], np.ndarray]) -> Conditions:
    """One outcome, float (points, seeds), of each form of cooperation and stall level."""
    rows = [
        {"draw": "prior", "seed": seed, "arm": form, "stall": stall, "point": point, outcome: y[point, seed]}
        for (form, stall), y in values.items()
        for point, seed in np.ndindex(*y.shape)
    ]
    made = cube(pd.DataFrame(rows), [outcome], ["arm", "stall", "point"], Path("nowhere"))
    axes = {name: sorted(set(made[name].values.tolist())) for name in ("arm", "stall", "point")}
    return Conditions(tuple(values), laid_out(made, **axes))


def quantity(values: np.ndarray):
    return next(iter(quantities(conditions_of("loss", {("none", 0.0): 0 * values, ("none", 1.0): values}))))


class TestQuantities:
    def test_parts_of_the_ratio_by_point_and_seed(self) -> None:
        """Losses: 1 without stall, 3 stalled; cooperation brings them to 2, 0.5 and 9."""
        y = {("none", 0.0): 1.0, ("none", 0.5): 3.0, ("both", 0.5): np.array([[2.0], [0.5], [9.0]])}
        conditions = conditions_of("loss", {key: np.broadcast_to(v, (3, 1)) for key, v in y.items()})
        found = {q.name: q for q in quantities(conditions)}
        assert found["lost"].values.ravel().tolist() == [2, 2, 2]
        assert found["restored"].values.ravel().tolist() == [1, 2.5, -6]
        assert found["gap"].values.ravel().tolist() == [-1, 0.5, -8]
        assert found["reached"].values.ravel().tolist() == [0, 1, 0]
        assert found["ratio"].values.ravel().tolist() == [0.5, 1.25, -1]
        assert found["ratio"].share_clipped == pytest.approx(1 / 3)
        assert {q.arm for q in found.values()} == {"none", "both"}

    def test_where_stall_costs_nothing_the_ratio_is_the_bound_that_it_tends_to(self) -> None:
        ratio, beyond = bounded_ratio(
            np.array([0.2, -0.2, 0.2, 0.0, np.nan]), np.array([0.0, -1.0, 1e-9, 0.0, 1.0])
        )
        np.testing.assert_array_equal(ratio, [3, -1, 3, 0, np.nan])
        assert beyond == pytest.approx(3 / 4)

    def test_an_outcome_without_a_run_at_no_stall_has_only_what_is_restored(self) -> None:
        one = np.ones((4, 2))
        y = {("none", "swept"): one, ("both", "swept"): 3 * one}
        found = list(quantities(conditions_of("development", y)))
        assert [q.name for q in found] == ["restored"]
        assert (found[0].values == 2).all()

    def test_what_a_seed_adds_to_all_points_is_no_noise(self) -> None:
        y = np.linspace(0, 1, 50)
        assert noise_share(seeded(y, 0.0)) == pytest.approx(0, abs=1e-12)
        assert np.isnan(noise_share(y[:, None]))


def config(arms: dict[str, dict[str, object]], plan: DesignConfig) -> ExperimentConfig:
    return ExperimentConfig(name="x", seeds=2, arms=arms, design=plan)


def test_arms_that_differ_in_stall_alone_are_one_form_of_cooperation() -> None:
    arms = {"unstalled": {"networks": False, "stall": 0.0}, "none": {"networks": False, "stall": 0.5}}
    arms["both"] = {"networks": True, "stall": 0.5}
    found = forms_of_cooperation(config(arms, design("morris", 4)))
    assert found == {"unstalled": ("none", 0.0), "none": ("none", 0.5), "both": ("both", 0.5)}
    del arms["both"]
    with pytest.raises(ConfigError, match="expected an arm that cooperates"):
        forms_of_cooperation(config(arms, design("morris", 4)))
    with pytest.raises(ConfigError, match="arms: found a; expected an arm 'none'"):
        forms_of_cooperation(config({"a": {"networks": True}}, design("morris", 4)))


def test_one_parameter_at_a_time_is_not_offered() -> None:
    with pytest.raises(ConfigError, match=r"design\.kind: found 'grid', allowed: saltelli, morris"):
        check_design(DesignConfig(kind="grid"))
