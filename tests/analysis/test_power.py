"""How many replications an effect needs, against another program and against simulated tests."""

import numpy as np
import pytest
from scipy import stats

from citysim.analysis.power import POWER, power_of_t_test, replications_needed


@pytest.mark.parametrize(
    ("effect", "number"),
    [(0.1, 857.73), (0.2, 215.45), (0.5, 35.65), (0.8, 14.84), (1.0, 10.08), (2.0, 3.93)],
)
def test_as_many_as_statsmodels_says(effect, number):
    """``statsmodels.stats.power.TTestPower().solve_power(effect, alpha=0.1, power=0.9)``, version 0.15."""
    assert replications_needed(effect, 1.0) == np.ceil(number)
    assert replications_needed(-7 * effect, 7.0) == np.ceil(number)


def test_the_power_is_statsmodels_power():
    assert power_of_t_test(0.5, 20) == pytest.approx(0.6952201757664364)


def test_the_number_finds_the_effect_nine_times_in_ten_and_one_less_does_not():
    number = int(replications_needed(0.5, 1.0))
    rng, trials = np.random.default_rng(1), 20_000
    p = stats.ttest_1samp(rng.normal(0.5, 1, (trials, number)), 0, axis=1).pvalue
    found = (p <= 0.1).mean()
    assert found == pytest.approx(power_of_t_test(0.5, number), abs=5 * np.sqrt(0.09 / trials))
    assert power_of_t_test(0.5, number - 1) < POWER <= power_of_t_test(0.5, number)


def test_the_sign_test_needs_about_half_as_many_again():
    rng, number = np.random.default_rng(2), int(replications_needed(0.2, 1.0) * np.pi / 2)
    above = (rng.normal(0.2, 1, (4000, number)) > 0).sum(axis=1)
    p = 2 * stats.binom.sf(np.maximum(above, number - above) - 1, number, 0.5)
    assert (p <= 0.1).mean() == pytest.approx(POWER, abs=0.04)


def test_ends():
    assert replications_needed(0.0, 1.0) == np.inf
    assert np.isnan(replications_needed(np.nan, 1.0))
    assert np.isnan(replications_needed(1.0, np.nan))
    assert replications_needed(1.0, 0.0) == replications_needed(1e9, 1.0) <= 3
    assert replications_needed(1e-6, 1.0) == pytest.approx((1.6449 + 1.2816) ** 2 * 1e12, rel=1e-3)
