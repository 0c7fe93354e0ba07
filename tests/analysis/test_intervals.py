import numpy as np
import pytest
from scipy import stats

from citysim.analysis.intervals import (
    LEVEL,
    bootstrap_ratio,
    mean_and_error,
    ratio_of_means,
    spread,
    wilson,
)

#: Simulated coverage may stray this many standard errors: one false alarm in about 16,000 runs of a test.
SIGMAS = 4.0


def tolerance(trials):
    """Allowed deviation of a simulated coverage of 90 %."""
    return SIGMAS * np.sqrt(LEVEL * (1 - LEVEL) / trials)


class TestSpread:
    def test_nineteen_replications_give_their_range(self):
        over = spread(np.arange(1.0, 20.0))
        assert (over.lower, over.median, over.upper, over.count) == (1, 10, 19, 19)

    def test_one_replication_has_no_interval(self):
        over = spread(np.array([3.0]))
        assert over.median == 3
        assert np.isnan([over.lower, over.upper]).all()

    def test_missing_replications_are_left_out_cell_by_cell(self):
        over = spread(np.array([[1.0, 1.0], [2.0, np.nan], [3.0, 5.0]]))
        assert over.median.tolist() == [2, 3]
        assert over.count.tolist() == [3, 2]

    def test_without_any_replication_all_is_nan(self):
        over = spread(np.full((4, 2), np.nan))
        assert np.isnan([over.median, over.lower, over.upper]).all()

    def test_holds_a_further_replication_nine_times_in_ten(self):
        trials = 8000
        draws = np.random.default_rng(1).lognormal(size=(39, trials))
        further = np.random.default_rng(2).lognormal(size=trials)
        over = spread(draws)
        covered = ((over.lower <= further) & (further <= over.upper)).mean()
        assert covered == pytest.approx(LEVEL, abs=tolerance(trials))


class TestWilson:
    @pytest.mark.parametrize(("successes", "trials"), [(0, 5), (3, 16), (16, 16), (500, 1000)])
    def test_agrees_with_scipy(self, successes, trials):
        known = stats.binomtest(successes, trials).proportion_ci(confidence_level=LEVEL, method="wilson")
        found = wilson(np.array(successes), np.array(trials))
        assert np.allclose(found, (known.low, known.high))

    def test_no_trials_no_interval(self):
        assert np.isnan(wilson(np.array(0), np.array(0))).all()


class TestRatioOfMeans:
    def test_with_a_sure_denominator_it_is_the_t_interval(self):
        top = np.random.default_rng(1).normal(1, 1, 12)
        ratio = ratio_of_means(top, np.full(12, 2.0))
        known = stats.t.interval(LEVEL, 11, top.mean(), stats.sem(top))
        assert np.allclose((ratio.lower, ratio.upper), np.array(known) / 2)
        assert ratio.error == pytest.approx(stats.sem(top) / 2)

    def test_proportional_pairs_leave_no_error(self):
        bottom = np.random.default_rng(1).normal(1, 0.2, 12)
        ratio = ratio_of_means(0.7 * bottom, bottom)
        assert np.allclose((ratio.value, ratio.lower, ratio.upper), 0.7)
        assert ratio.error == pytest.approx(0, abs=1e-9)

    def test_is_unbounded_where_the_denominator_may_be_zero(self):
        r = np.random.default_rng(1)
        ratio = ratio_of_means(r.normal(1, 1, 20), r.normal(0, 1, 20))
        assert (ratio.lower, ratio.upper) == (-np.inf, np.inf)

    def test_one_pair_has_a_value_and_no_interval(self):
        ratio = ratio_of_means(np.array([1.0]), np.array([2.0]))
        assert ratio.value == 0.5
        assert np.isnan([ratio.error, ratio.lower, ratio.upper]).all()

    def test_pairs_with_a_gap_are_left_out(self):
        top, bottom = np.array([1.0, np.nan, 3.0]), np.array([2.0, 9.0, 2.0])
        ratio = ratio_of_means(top, bottom)
        assert (ratio.value, ratio.count) == (1.0, 2)

    def test_covers_the_true_ratio_nine_times_in_ten(self):
        trials, n = 6000, 16
        r = np.random.default_rng(3)
        bottom = r.normal(1, 0.5, (n, trials))
        ratio = ratio_of_means(0.6 * bottom + r.normal(0, 0.4, (n, trials)), bottom)
        covered = ((ratio.lower <= 0.6) & (ratio.upper >= 0.6)).mean()
        assert covered == pytest.approx(LEVEL, abs=tolerance(trials))

    def test_delta_error_is_the_spread_of_the_ratio(self):
        trials, n = 4000, 60
        r = np.random.default_rng(4)
        bottom = r.normal(1, 0.3, (n, trials))
        ratio = ratio_of_means(0.6 * bottom + r.normal(0, 0.4, (n, trials)), bottom)
        assert ratio.error.mean() == pytest.approx(ratio.value.std(), rel=0.06)


class TestBootstrap:
    def test_agrees_with_fieller_within_a_tenth_of_the_width(self):
        r = np.random.default_rng(5)
        bottom = r.normal(1, 0.3, 80)
        top = 0.6 * bottom + r.normal(0, 0.3, 80)
        exact = ratio_of_means(top, bottom)
        width = exact.upper - exact.lower
        assert np.allclose(bootstrap_ratio(top, bottom), (exact.lower, exact.upper), atol=0.1 * width)

    def test_is_the_same_every_time(self):
        top, bottom = np.random.default_rng(6).normal(1, 0.2, (2, 20))
        assert bootstrap_ratio(top, bottom) == bootstrap_ratio(top, bottom)

    def test_counts_whose_resamples_average_zero_have_no_interval(self):
        counts = np.array([0.0, 0.0, 0.0, 1.0, 0.0])
        assert np.isnan(bootstrap_ratio(np.ones(5), counts)).all()

    def test_one_pair_has_no_interval(self):
        assert np.isnan(bootstrap_ratio(np.array([1.0, np.nan]), np.array([1.0, 1.0]))).all()


def test_mean_and_error_agree_with_scipy_where_nothing_is_missing():
    values = np.random.default_rng(7).normal(size=(9, 3))
    mean, error = mean_and_error(values)
    assert np.allclose(mean, values.mean(axis=0))
    assert np.allclose(error, stats.sem(values, axis=0))
