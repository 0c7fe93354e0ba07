"""The cube of uncertain parameters, and the tables that calibration works on."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysim.calibration.data import by_arm, sample_of
from citysim.calibration.history import prior_draws_of, whole_draws
from citysim.calibration.shrinkage import marginals
from citysim.calibration.space import Space, first_design
from citysim.model.parameters import parameter_specs

SPACE = Space.of(["closure", "join_focus"], fixed=["own_means"])


def test_all_uncertain_parameters_but_the_fixed_ones_are_in_it():
    uncertain = [spec.name for spec in parameter_specs().values() if spec.uncertain]
    assert list(Space.of(None).names) == list(Space.of(None).calibrated) == uncertain
    assert set(SPACE.names) == set(uncertain) - {"own_means"}
    assert SPACE.calibrated == ("join_focus", "closure")  # in the order of the model


def test_a_range_takes_the_place_of_a_prior():
    space = Space.of(["closure"], ranges={"closure": (1e-6, 1e-2)})
    ends = space.values(np.array([[0.0], [0.5], [1.0]]).repeat(len(space.names), axis=1))
    np.testing.assert_allclose(ends["closure"], [1e-6, 1e-4, 1e-2])
    low, high = parameter_specs()["join_focus"].prior
    np.testing.assert_allclose(ends["join_focus"], [low, (low + high) / 2, high])


@given(st.integers(0, 2**32 - 1))
def test_points_become_parameters_within_their_priors_and_back(seed):
    cube = np.random.default_rng(seed).random((5, len(SPACE.names)))
    values = SPACE.values(cube)
    for spec in SPACE.specs:
        assert values[spec.name].between(*spec.prior).all()
    np.testing.assert_allclose(SPACE.cube(values), cube, atol=1e-9)


def test_the_middle_of_a_logarithmic_prior_is_its_geometric_mean():
    values = SPACE.values(np.full((1, len(SPACE.names)), 0.5))
    low, high = parameter_specs()["closure"].prior
    assert values["closure"][0] == pytest.approx((low * high) ** 0.5)
    low, high = parameter_specs()["join_focus"].prior
    assert values["join_focus"][0] == pytest.approx((low + high) / 2)


def test_the_first_design_is_even_and_the_same_again():
    design = first_design(64, 7)
    np.testing.assert_array_equal(design, first_design(64, 7))
    # Sobol: each 64th of each parameter has exactly one point.
    assert all(len(set((design[:, i] * 64).astype(int))) == 64 for i in range(7))


def test_nuisances_of_a_posterior_are_those_of_the_prior_whatever_it_is():
    narrow = np.full((256, 2), 0.25)
    full = whole_draws(SPACE, narrow)
    assert (full[:, SPACE.columns] == 0.25).all()
    others = np.delete(full, SPACE.columns, axis=1)
    np.testing.assert_allclose(others.mean(axis=0), 0.5, atol=0.01)
    np.testing.assert_allclose(others.var(axis=0), 1 / 12, atol=0.005)


def test_what_is_held_at_a_value_is_drawn_from_its_prior():
    draws = prior_draws_of(["initial_coverage", "stall"], 256)
    assert list(draws) == ["initial_coverage"]  # stall is no uncertain parameter
    low, high = parameter_specs()["initial_coverage"].prior
    share = np.sort((draws["initial_coverage"] - low) / (high - low))
    np.testing.assert_allclose(share, (np.arange(256) + 0.5) / 256, atol=1 / 256)
    assert prior_draws_of([], 5).shape == (5, 0)


def test_shrinkage_of_the_prior_is_none_and_of_half_of_it_three_quarters():
    even = (np.arange(1000) + 0.5) / 1000
    cube = np.column_stack((even, 0.25 + even / 2))
    table = marginals(SPACE, cube, 500.0).set_index("parameter")
    assert not marginals(SPACE, cube, 5.0)["moved"].any()  # five draws may be as narrow by chance
    assert table.loc["join_focus", "shrinkage"] == pytest.approx(0.0, abs=0.01)
    assert not table.loc["join_focus", "moved"]
    assert table.loc["closure", "shrinkage"] == pytest.approx(0.75, abs=0.01)
    assert table.loc["closure", "moved"]
    assert list(table.index) == ["closure", "join_focus"]  # what moved most comes first
    low, high = parameter_specs()["join_focus"].prior
    assert table.loc["join_focus", "prior_lower"] == pytest.approx(low + 0.05 * (high - low))


def test_arms_of_a_seed_stand_side_by_side():
    runs = pd.DataFrame(
        {
            "run": ["a", "b", "c", "d", "e"],
            "arm": ["x", "y", "y", "x", "x"],
            "seed": [1, 1, 2, 2, 1],
            "draw": ["posterior"] * 4 + ["defaults"],
        }
    )
    statistics = pd.DataFrame({"run": list("edcba"), "ties.gini": [9.0, 4.0, 3.0, 2.0, 1.0]})
    table = by_arm(runs, statistics)
    assert table["x/ties.gini"].tolist() == [1.0, 4.0]
    assert table["y/ties.gini"].tolist() == [2.0, 3.0]
    cube = np.array([[0.1], [0.2]])
    sample = sample_of(cube, table.drop(index=1), ["y/ties.gini"], wave=3)
    assert (sample.cube.tolist(), sample.statistics.tolist(), sample.wave.tolist()) == ([[0.2]], [[3.0]], [3])
