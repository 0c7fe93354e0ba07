"""The posterior of a linear Gaussian model is the one of the closed form, and known parameters are found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from toys import TOY

from citysim.calibration.abc import posterior, with_errors
from citysim.calibration.predictive import coverage, predictive
from citysim.calibration.recovery import FALSE_ALARM, chosen_truths, recover, recovery_table
from citysim.calibration.space import first_design
from citysim.errors import ResultError

RUNS = 1024


@pytest.fixture(scope="module")
def sample():
    return TOY.sample(RUNS)


@pytest.fixture(scope="module")
def shown(sample):
    return with_errors(sample, TOY.targets(np.zeros(4)))


@pytest.mark.parametrize("truth", [(0.4, 0.6, 0.5), (0.5, 0.5, 0.5), (0.35, 0.45, 0.6)])
def test_it_is_that_of_the_closed_form(sample, shown, truth):
    """Means within .6 of the exact sd, sd within 45 %: with other seeds of the runs and the record 2 of 100
    records failed this (the posterior is of 300 runs, and their parameters are uniform, not Gaussian).
    """
    record = TOY.run(np.array([[*truth, *[0.5] * 5]]), np.random.default_rng(1))[0]
    mean, sd = TOY.exact(record)
    found = posterior(sample.cube, shown, record, np.ones(RUNS))
    off = np.abs(found.cube.mean(axis=0)[:3] - mean) / sd
    assert (off < 0.6).all(), off
    ratio = found.cube.std(axis=0)[:3] / sd
    assert ((ratio > 0.7) & (ratio < 1.45)).all(), ratio
    # What nothing depends on stays uniform.
    np.testing.assert_allclose(found.cube[:, 3:].mean(axis=0), 0.5, atol=0.1)
    np.testing.assert_allclose(found.cube[:, 3:].std(axis=0), 1 / np.sqrt(12), rtol=0.15)


@given(st.floats(-3, 3), st.floats(0.01, 100), st.permutations(range(4)))
@settings(max_examples=10)
def test_units_and_order_of_the_statistics_do_not_matter(shift, scale, order):
    sample = TOY.sample(128)
    record = sample.statistics[5]
    one = posterior(sample.cube, sample.statistics, record, np.ones(128))
    order = list(order)
    other = posterior(
        sample.cube,
        (shift + scale * sample.statistics)[:, order],
        (shift + scale * record)[order],
        np.ones(128),
    )
    np.testing.assert_allclose(one.cube, other.cube, rtol=1e-5, atol=1e-7)
    assert ((one.cube > 0) & (one.cube < 1)).all()


def test_few_runs_move_what_they_know_and_little_else():
    """Of 95 parameters that nothing depends on 2.3 % move by chance, more than 9 in under 0.1 % of cases."""
    rng = np.random.default_rng(3)
    cube = rng.random((160, 100))
    statistics = cube[:, :5] @ rng.standard_normal((5, 30)) + 0.3 * rng.standard_normal((160, 30))
    for record in (statistics[0], statistics.mean(axis=0) + 4.0 * statistics.std(axis=0)):
        found = posterior(cube[1:], statistics[1:], record, np.ones(159), accepted=0.7)
        shrinkage = 1.0 - 12.0 * found.cube.var(axis=0)
        moved = shrinkage > 2.0 * np.sqrt(0.8 / found.effective)
        assert moved[:5].all()
        assert moved[5:].sum() <= 9


def test_runs_without_a_statistic_are_left_out(sample, shown):
    lacking = shown.copy()
    lacking[::2, 1] = np.nan
    whole = np.ones(RUNS, dtype=bool)
    whole[::2] = False
    record = sample.statistics[7]
    one = posterior(sample.cube, lacking, record, np.ones(RUNS))
    other = posterior(sample.cube[whole], shown[whole], record, np.ones(RUNS // 2))
    np.testing.assert_array_equal(one.cube, other.cube)
    assert not (one.source % 2 == 0).any()


def test_too_few_runs_are_said(sample, shown):
    with pytest.raises(ResultError, match="30 runs have all statistics, at least 40 are needed"):
        posterior(sample.cube[:30], shown[:30], shown[40], np.ones(30))


def test_known_parameters_are_found_as_often_as_they_should_be(sample, shown):
    """Coverage over 200 truths and 8 parameters within .85 to .95; ranks uniform, false alarm .05."""
    found = recover(sample.cube, shown, np.ones(RUNS), chosen_truths(shown, sample.wave, 200))
    table = recovery_table(tuple("abcdefgh"), found).set_index("parameter")
    assert 0.85 < table.loc["all", "coverage"] < 0.95
    assert 0.8 <= table.loc["all", "first"] <= 1.0
    assert table.loc["all", "p_adjusted"] > FALSE_ALARM


def test_ranks_of_a_posterior_that_is_too_narrow_are_not_uniform(sample, shown):
    found = recover(sample.cube, shown, np.ones(RUNS), chosen_truths(shown, sample.wave, 200))
    # The same draws squeezed to half their width about their middle: ranks pile up at both ends.
    squeezed = np.clip(np.rint(50 + 2.0 * (found.rank - 50)), 0, 99).astype(np.int64)
    narrow = type(found)(found.covered, squeezed, found.truth)
    assert recovery_table(tuple("abcdefgh"), narrow)["p_adjusted"].iloc[-1] < 1e-6


def test_the_record_is_placed_among_runs():
    targets = TOY.targets(np.array([0.0, 10.0, 0.5, 0.5]))
    runs = np.tile(np.linspace(0, 1, 101)[:, None], (1, 4))
    runs[:, 3] = np.nan
    table = predictive(targets, runs, runs, used=("arm/toy.2",))
    assert table["inside"].tolist() == [False, False, True, False]
    assert table["quantile"].tolist()[:3] == pytest.approx([0.5 / 101, 1.0, 0.5])
    assert table["calibrated"].tolist() == [False, False, True, False]
    assert coverage(table, "C") == (1, 4)
    assert coverage(table, "V") == (0, 0)


def test_truths_lie_evenly_over_every_parameter():
    """As 200 of 512 by chance do: 111 tests in ten bins, smallest p after Holm above 10⁻⁴.

    Every second or third of a Sobol sequence fails, its p is below 10⁻⁶.
    """
    cube = first_design(512, 111)
    chosen = chosen_truths(cube, np.zeros(512, dtype=np.int64), 200)
    every = np.unique(np.linspace(0, 511, 200).astype(np.int64))
    least = [
        min(chisquare(np.bincount((cube[rows, i] * 10).astype(int), minlength=10)).pvalue for i in range(111))
        for rows in (chosen, every)
    ]
    assert least[0] * 111 > 1e-4
    assert least[1] < 1e-6
