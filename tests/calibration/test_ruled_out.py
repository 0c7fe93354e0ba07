"""Implausibility, what it leaves of the prior, and the weights that give the prior back."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citysim.calibration.data import Sample, Targets
from citysim.calibration.emulate import Emulator
from citysim.calibration.implausibility import Region, not_ruled_out
from citysim.calibration.space import first_design
from citysim.calibration.waves import study
from citysim.calibration.weights import prior_weights
from citysim.errors import ResultError


@dataclass(frozen=True)
class Itself:
    """A law that is its only input."""

    def predict(self, inputs):
        """Inputs are from −1 to 1."""
        return (inputs[:, 0] + 1.0) / 2.0, np.zeros(len(inputs))


def itself(column):
    return Emulator("ridge", np.array([column]), 1.0, 0.0, 0.0, 1.0, Itself())


def region(half, columns=(0,), rank=1, record=0.5):
    """All points within ``half`` of the record in each of some columns."""
    count = len(columns)
    error = np.full(count, half / 3.0)
    targets = Targets(
        ("a/b.c",) * count, ("a/b.c",) * count, np.full(count, record), error, np.zeros(count), ("C",) * count
    )
    return Region([itself(column) for column in columns], targets, 3.0, rank)


def test_implausibility_is_the_distance_in_sd():
    one = region(0.3)
    np.testing.assert_allclose(one.measure(np.array([[0.5], [0.6], [0.2]])), [0.0, 1.0, 3.0], atol=1e-12)
    assert one.holds(np.array([[0.79], [0.81]])).tolist() == [True, False]
    two = region(0.3, (0, 1), rank=2)
    assert two.measure(np.array([[0.9, 0.6]])) == pytest.approx(1.0)  # the second highest


@pytest.mark.parametrize(("half", "columns"), [(0.2, (0,)), (0.05, (0, 1, 2)), (0.01, (0, 1))])
def test_the_share_left_is_the_one_of_the_closed_form(half, columns):
    """Share (2 half)^d; tolerance five standard errors, a third where subsets are nested by steps."""
    points, left = not_ruled_out([region(half, columns)], 500, 4, wave=1)
    exact = (2 * half) ** len(columns)
    assert left.share == pytest.approx(exact, abs=5 * left.error if exact > 0.02 else 0.33 * exact)
    assert points.shape == (500, 4)
    assert (np.abs(points[:, list(columns)] - 0.5) < half).all()
    # Uniform within: sd of half / √3, and of 1 / √12 in what is free; five standard errors of an sd of 500.
    assert points[:, 0].std() == pytest.approx(half / np.sqrt(3), rel=0.16)
    assert points[:, 3].std() == pytest.approx(1 / np.sqrt(12), rel=0.16)
    np.testing.assert_array_equal(points, not_ruled_out([region(half, columns)], 500, 4, wave=1)[0])


def test_nothing_left_is_said():
    with pytest.raises(ResultError, match="wave 2: no point of the prior is left"):
        not_ruled_out([region(0.1, record=7.0)], 10, 2, wave=2)


@pytest.mark.long
@given(st.lists(st.floats(0.05, 0.95), min_size=4, max_size=4))
@settings(max_examples=15)
def test_the_truth_of_a_deterministic_model_is_not_ruled_out(truth):
    """Without chance the record is the model's own; its only error is a hundredth of the range."""

    def model(x):
        return np.column_stack(
            (np.exp(x[:, 0]) * x[:, 1], np.sin(3 * x[:, 1]) + x[:, 2], x[:, 2] - x[:, 0] ** 2)
        )

    cube = first_design(128, 4)
    sample = Sample(cube, model(cube), np.zeros(128, dtype=np.int64))
    record = model(np.array([truth]))[0]
    names = ("a/b.c", "a/b.d", "a/b.e")
    targets = Targets(names, names, record, np.full(3, 0.02), np.zeros(3), ("C",) * 3)
    found = study(sample, targets, list("wxyz"), least_r2=0.1, cut=3.0, rank=1)
    assert found.used.all()
    assert found.region.holds(np.array([truth])).all()


def test_weights_make_two_waves_the_prior_again():
    """Mean of the first parameter .5 and of its square 1/3; five standard errors of 4,000 points."""
    rng = np.random.default_rng(0)
    inside = region(0.2)
    second, left = not_ruled_out([inside], 2000, 3, wave=1)
    cube = np.concatenate((rng.random((2000, 3)), second))
    sample = Sample(cube, np.zeros((4000, 0)), np.repeat([0, 1], 2000))
    weights = prior_weights(sample, [[], [inside]], [1.0, left.share])
    assert weights.mean() == pytest.approx(1.0)
    assert np.average(cube[:, 0], weights=weights) == pytest.approx(0.5, abs=0.03)
    assert np.average(cube[:, 0] ** 2, weights=weights) == pytest.approx(1 / 3, abs=0.03)
    # Mixture: inside, half the runs at density 1 and half at 2.5; outside half at 1.
    within = inside.holds(cube)
    assert weights[~within][0] / weights[within][0] == pytest.approx((0.5 + 0.5 / left.share) / 0.5, rel=1e-9)
