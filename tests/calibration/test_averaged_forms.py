"""Weights of calibrated forms of the model, on toys whose weights are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from citysim.calibration.average import _stacked, families, log_density, weights_of


def test_the_density_of_a_gaussian_record_about_gaussian_runs_is_gaussian() -> None:
    """10,000 runs: the mean of their kernels is off by about 1 %, the tolerance is 5 % of the density."""
    runs = np.random.default_rng(1).normal(2.0, 1.0, (10_000, 3))
    value, error = np.array([2.5, 4.0, 2.0]), np.array([0.5, 0.5, 2.0])
    expected = stats.norm.logpdf(value, 2.0, np.hypot(1.0, error))
    np.testing.assert_allclose(log_density(runs, value, error), expected, atol=0.05)


def test_a_statistic_without_runs_or_width_has_no_density() -> None:
    runs = np.full((20, 2), np.nan)
    runs[:, 1] = 3.0
    assert np.isnan(log_density(runs, np.zeros(2), np.zeros(2))).all()


def test_families_are_those_of_statistics_whatever_the_arm() -> None:
    assert families(["grown/ties.mean", "dated/ties.gini@list", "dated/joins.C40.growth"]) == [
        "ties",
        "ties",
        "joins",
    ]


def test_equal_forms_share_their_weight() -> None:
    densities = np.random.default_rng(2).normal(size=(12, 1)) * np.ones((1, 3))
    found = weights_of(densities, [str(k) for k in range(12)])
    np.testing.assert_allclose(found.stacking, 1 / 3)
    np.testing.assert_allclose(found.pseudo_bma, 1 / 3)


def test_forms_that_each_foretell_a_half_are_both_kept_by_stacking() -> None:
    """Form 1 has density e on three of ten statistics and 1 on the rest, form 2 the other way round.

    The derivative of .3 log(1 + w (e − 1)) + .7 log(e − w (e − 1)) is 0 at w = (.3 e − .7)/(e − 1).
    """
    e = 20.0
    densities = np.zeros((10, 2))
    densities[:3, 0], densities[3:, 1] = np.log(e), np.log(e)
    w = (0.3 * e - 0.7) / (e - 1)
    found = weights_of(densities, [str(k) for k in range(10)])
    np.testing.assert_allclose(found.stacking, [w, 1 - w], atol=1e-4)
    assert found.lower[0] < w < found.upper[0]
    assert found.pseudo_bma[1] > 0.9  # surer, as it takes one form to be true


def test_a_family_counts_once_however_many_statistics_it_has() -> None:
    densities = np.array([[2.0, 0.0], [0.0, 2.0]])
    once = weights_of(densities, ["a", "b"])
    many = weights_of(np.vstack((np.repeat(densities[:1], 30, axis=0), densities[1:])), ["a"] * 30 + ["b"])
    np.testing.assert_allclose(once.stacking, [0.5, 0.5], atol=1e-6)
    np.testing.assert_allclose(many.stacking, once.stacking, atol=1e-6)
    np.testing.assert_allclose(many.pseudo_bma, once.pseudo_bma, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), forms=st.integers(1, 4), spread=st.sampled_from([0.1, 3.0, 300.0]))
def test_weights_are_shares_and_no_other_mixture_scores_better(seed: int, forms: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    densities = spread * rng.normal(size=(8, forms))
    counts = np.full((1, 8), 1 / 8)
    (w,) = _stacked(densities, counts)
    assert w.sum() == pytest.approx(1)
    assert (w >= 0).all()

    def score(weights: np.ndarray) -> float:
        p = np.exp(densities - densities.max(axis=1, keepdims=True))
        return float(np.log(np.maximum(p @ weights, 1e-300)).mean())

    for other in rng.dirichlet(np.ones(forms), size=20):
        assert score(w) >= score(other) - 2e-3
