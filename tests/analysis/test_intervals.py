import numpy as np
import pytest
from scipy import stats

from citysim.analysis.intervals import (
    LEVEL,
    bootstrap_ratio,
    expanded_level,
    mean_and_error,
    median_interval,
    ratio_of_means,
    sign_test,
    spread,
    wilson,
)

#: Simulated coverage may stray this many standard errors: one false alarm in about 16,000 runs of a test.
SIGMAS = 4.0


def tolerance(trials, level=LEVEL):
    """Allowed deviation of a simulated coverage."""
    return SIGMAS * np.sqrt(level * (1 - level) / trials)


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

    @pytest.mark.parametrize(("n", "held"), [(16, 15 / 17), (39, LEVEL), (64, LEVEL)])
    def test_holds_a_further_replication_as_often_as_it_says(self, n, held):
        trials = 8000
        draws = np.random.default_rng(1).lognormal(size=(n, trials))
        further = np.random.default_rng(2).lognormal(size=trials)
        over = spread(draws)
        covered = ((over.lower <= further) & (further <= over.upper)).mean()
        assert covered == pytest.approx(held, abs=tolerance(trials, held))

    def test_is_no_confidence_interval_and_stays_wide_however_many_replications(self):
        values = np.random.default_rng(3).normal(size=2000)
        over = spread(values)
        low, high = median_interval(values)
        assert over.upper - over.lower > 3
        assert high - low < 0.15


class TestMedianInterval:
    @pytest.mark.parametrize("n", [3, 5, 6, 16, 17, 64])
    @pytest.mark.parametrize("level", [LEVEL, 0.999])
    def test_agrees_with_scipy_and_so_does_the_sign_test(self, n, level):
        values = np.random.default_rng(n).normal(0.4, 1, n)
        known = stats.quantile_test(values, q=0, p=0.5)
        low, high = known.confidence_interval(level)
        found = median_interval(values, level)
        assert np.allclose(found, (-np.inf, np.inf) if np.isnan(low) else (low, high))
        assert sign_test(values) == pytest.approx(known.pvalue)

    @pytest.mark.parametrize("n", [16, 64])
    def test_holds_the_median_of_a_skewed_population_as_often_as_the_binomial_law_says(self, n):
        trials = 8000
        low, high = median_interval(np.random.default_rng(4).lognormal(sigma=1.5, size=(n, trials)))
        k = stats.binom.ppf((1 - LEVEL) / 2, n, 0.5)
        exact = 1 - 2 * stats.binom.cdf(k - 1, n, 0.5)
        assert LEVEL <= exact < LEVEL + 0.05  # order statistics come in steps
        covered = ((low <= 1) & (high >= 1)).mean()
        assert covered == pytest.approx(exact, abs=tolerance(trials, exact))

    def test_leaves_out_zero_exactly_where_the_sign_test_is_below_the_level(self):
        values = np.random.default_rng(5).normal(0.4, 1, (16, 500)).round(1)  # with zeros and ties
        low, high = median_interval(values)
        assert np.array_equal((low > 0) | (high < 0), sign_test(values) <= 1 - LEVEL)
        assert 0.1 < (sign_test(values) <= 1 - LEVEL).mean() < 0.9

    def test_equal_runs_have_an_interval_of_width_zero_and_no_effect(self):
        assert median_interval(np.zeros(16)) == (0, 0)
        assert sign_test(np.zeros(16)) == 1

    def test_gaps_are_left_out_cell_by_cell_and_without_values_all_is_nan(self):
        values = np.column_stack([np.r_[np.arange(1.0, 7.0), np.nan], np.full(7, np.nan)])
        low, high = median_interval(values)
        assert (low[0], high[0]) == median_interval(np.arange(1.0, 7.0)) == (1, 6)
        assert np.isnan([low[1], high[1], sign_test(values)[1]]).all()
        assert np.isnan(median_interval(np.empty((0, 2)))).all()


class TestWilson:
    @pytest.mark.parametrize(("successes", "trials"), [(0, 5), (3, 16), (16, 16), (500, 1000)])
    def test_agrees_with_scipy(self, successes, trials):
        known = stats.binomtest(successes, trials).proportion_ci(confidence_level=LEVEL, method="wilson")
        found = wilson(np.array(successes), np.array(trials))
        assert np.allclose(found, (known.low, known.high))

    @pytest.mark.parametrize("n", [16, 64])
    def test_holds_the_probability_nine_times_in_ten_on_average(self, n):
        p = np.linspace(0.025, 0.975, 96)[:, None]
        low, high = wilson(np.arange(n + 1), np.full(n + 1, n))
        exact = (stats.binom.pmf(np.arange(n + 1), n, p) * ((low <= p) & (p <= high))).sum(axis=1)
        assert exact.mean() == pytest.approx(LEVEL, abs=0.01)
        assert exact.min() > 0.82  # counts come in steps, so no interval holds it evenly often

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

    @pytest.mark.parametrize("n", [8, 16, 64])
    def test_covers_the_true_ratio_nine_times_in_ten(self, n):
        trials = 6000
        r = np.random.default_rng(3)
        bottom = r.normal(1, 0.3, (n, trials))
        ratio = ratio_of_means(0.6 * bottom + r.normal(0, 0.4, (n, trials)), bottom)
        covered = ((ratio.lower <= 0.6) & (ratio.upper >= 0.6)).mean()
        assert covered == pytest.approx(LEVEL, abs=tolerance(trials))

    @pytest.mark.parametrize(("n", "least"), [(16, 0.82), (64, 0.86)])
    def test_covers_a_little_too_rarely_where_effects_are_skewed(self, n, least):
        trials = 6000
        r = np.random.default_rng(3)
        bottom = r.lognormal(0, 0.6, (n, trials))
        ratio = ratio_of_means(r.lognormal(-0.5, 0.6, (n, trials)) * bottom, bottom)
        true = np.exp(-0.5 + 0.6**2 / 2)
        covered = ((ratio.lower <= true) & (ratio.upper >= true)).mean()
        assert least < covered < LEVEL

    def test_delta_error_is_the_spread_of_the_ratio(self):
        trials, n = 4000, 60
        r = np.random.default_rng(4)
        bottom = r.normal(1, 0.3, (n, trials))
        ratio = ratio_of_means(0.6 * bottom + r.normal(0, 0.4, (n, trials)), bottom)
        assert ratio.error.mean() == pytest.approx(ratio.value.std(), rel=0.06)


class TestBootstrap:
    @pytest.mark.parametrize(("n", "share"), [(16, 0.15), (80, 0.1)])
    def test_agrees_with_fieller_within_a_share_of_the_width(self, n, share):
        r = np.random.default_rng(5)
        bottom = r.normal(1, 0.3, n)
        top = 0.6 * bottom + r.normal(0, 0.3, n)
        exact = ratio_of_means(top, bottom)
        width = exact.upper - exact.lower
        assert np.allclose(bootstrap_ratio(top, bottom), (exact.lower, exact.upper), atol=share * width)

    def test_agrees_with_fieller_that_there_is_no_ratio_where_the_denominator_may_be_zero(self):
        r = np.random.default_rng(5)
        top, bottom = r.normal(1, 1, 20), r.normal(0, 1, 20)
        for middle in (0.0, 0.1, 5.0):
            shifted = bottom - bottom.mean() + middle
            exact = ratio_of_means(top, shifted)
            unbounded = [np.isinf(ends).all() for ends in (bootstrap_ratio(top, shifted), exact.lower)]
            assert unbounded == [middle < 1] * 2

    @pytest.mark.parametrize("n", [16, 64])
    def test_covers_the_true_ratio_nine_times_in_ten(self, n):
        trials = 400
        r = np.random.default_rng(8)
        bottom = r.normal(1, 0.3, (trials, n))
        top = 0.6 * bottom + r.normal(0, 0.4, (trials, n))
        found = np.array([bootstrap_ratio(*pair) for pair in zip(top, bottom, strict=True)])
        covered = ((found[:, 0] <= 0.6) & (found[:, 1] >= 0.6)).mean()
        assert covered == pytest.approx(LEVEL, abs=tolerance(trials))

    def test_expanded_percentiles_are_as_wide_as_the_t_interval(self):
        values = np.random.default_rng(9).normal(3, 1, 12)
        low, high = bootstrap_ratio(values, np.ones(12))
        known = stats.t.interval(LEVEL, 11, values.mean(), stats.sem(values))
        assert high - low == pytest.approx(known[1] - known[0], rel=0.1)
        assert LEVEL < expanded_level(64) < expanded_level(16) < 1

    def test_is_the_same_every_time(self):
        top, bottom = np.random.default_rng(6).normal(1, 0.2, (2, 20))
        assert bootstrap_ratio(top, bottom) == bootstrap_ratio(top, bottom)

    def test_counts_whose_resamples_average_zero_have_no_interval(self):
        counts = np.array([0.0, 0.0, 0.0, 1.0, 0.0])
        assert bootstrap_ratio(np.ones(5), counts) == (-np.inf, np.inf)

    def test_one_pair_has_no_interval(self):
        assert np.isnan(bootstrap_ratio(np.array([1.0, np.nan]), np.array([1.0, 1.0]))).all()


def test_mean_and_error_agree_with_scipy_where_nothing_is_missing():
    values = np.random.default_rng(7).normal(size=(9, 3))
    mean, error = mean_and_error(values)
    assert np.allclose(mean, values.mean(axis=0))
    assert np.allclose(error, stats.sem(values, axis=0))
