import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysim.analysis.intervals import sign_test
from citysim.analysis.likelihood import SCALE, agreeing, chance_of, likelihood


@pytest.mark.parametrize(
    ("probability", "term"),
    [
        (1.0, "virtually certain"),
        (0.99, "virtually certain"),
        (0.95, "very likely"),
        (0.90, "very likely"),
        (0.8, "likely"),
        (0.66, "likely"),
        (0.5, "about as likely as not"),
        (0.34, "about as likely as not"),
        (0.33, "unlikely"),
        (0.2, "unlikely"),
        (0.10, "very unlikely"),
        (0.05, "very unlikely"),
        (0.01, "exceptionally unlikely"),
        (0.0, "exceptionally unlikely"),
    ],
)
def test_terms_of_the_scale(probability, term):
    assert likelihood(probability) == term


@given(st.floats(0, 1))
def test_a_term_covers_its_probability_and_is_the_narrowest_that_does(probability):
    lower, upper = SCALE[likelihood(probability)]
    assert lower <= probability <= upper
    widths = [high - low for low, high in SCALE.values() if low < probability < high]
    assert upper - lower <= min(widths, default=1.0)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_has_no_term(value):
    with pytest.raises(ValueError, match="between 0 and 1"):
        likelihood(value)


def test_few_cases_make_nothing_certain():
    assert likelihood(chance_of(5, 5)) == "likely"
    assert likelihood(chance_of(64, 64)) == "very likely"
    assert likelihood(chance_of(500, 500)) == "virtually certain"


@pytest.mark.parametrize("count", [5, 24, 64])
def test_the_sign_test_tells_how_many_agree(count):
    for above in range(count // 2 + 1, count + 1):
        values = np.where(np.arange(count) < above, 1.0, -1.0)
        assert agreeing(float(sign_test(values)), count) == above
    assert agreeing(1.0, count) == -(-count // 2)
