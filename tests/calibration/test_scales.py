"""Scales of statistics: back and forth is nothing, spread hardly depends on size, errors are carried over."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import TOY

from citysim.calibration.scales import (
    as_it_is,
    spread_out,
    targets_spread_out,
    within_limits,
)
from citysim.patterns.families import limits_of

ALL = [(0.0, np.inf), (0.0, 1.0), (-np.inf, np.inf), (-1.0, 1.0)]


@given(st.floats(0, 1e6), st.floats(0, 1), st.floats(-10, 10), st.floats(-1, 1))
def test_back_and_forth_is_nothing(count, share, number, correlation):
    values = np.array([[count, share, number, correlation]])
    np.testing.assert_allclose(as_it_is(spread_out(values, ALL), ALL), values, rtol=1e-9, atol=1e-9)


def test_counts_of_chance_have_one_spread():
    """√ of Poisson numbers has sd ½ whatever their mean; 100,000 draws, within 2 %."""
    rng = np.random.default_rng(1)
    counts = np.column_stack([rng.poisson(mean, 100_000) for mean in (30.0, 300.0)]).astype(float)
    sd = spread_out(counts, ALL[:1] * 2).std(axis=0)
    np.testing.assert_allclose(sd, 0.5, rtol=0.02)


def test_errors_are_carried_over():
    """To first order an sd σ of √z is σ / 2√z, of arcsine √z σ / 2√(z(1 − z)); nothing reaches below 0."""
    limits = [(0.0, np.inf), (0.0, 1.0), (-np.inf, np.inf), (0.0, np.inf)]
    targets = replace(
        TOY.targets(np.array([4.0, 0.2, -3.0, 1.0])),
        bootstrap=np.array([0.01, 0.001, 0.5, 2.0]),
        discrepancy=np.zeros(4),
    )
    own = targets_spread_out(targets, limits)
    assert own.value == pytest.approx([2.0, np.arcsin(np.sqrt(0.2)), -3.0, 1.0])
    assert own.bootstrap == pytest.approx([0.0025, 0.001 / 0.8, 0.5, np.sqrt(3.0) / 2.0], rel=1e-4)
    assert own.discrepancy.tolist() == [0.0] * 4


def test_limits_are_those_of_the_statistics():
    targets = replace(
        TOY.targets(np.zeros(4)), of_runs=("a/ties.mean", "a/ties.without", "b/x.y", "a/ties.z")
    )
    assert limits_of(targets.statistics) == [(0.0, np.inf), (0.0, 1.0), (-np.inf, np.inf), (-np.inf, np.inf)]


def test_nothing_is_beyond_its_limits():
    shares = within_limits(np.array([[-0.2, -3.0], [1.3, 4.0]]), [(0.0, 1.0), (0.0, np.inf)])
    assert shares.tolist() == [[0.0, 0.0], [1.0, 4.0]]
