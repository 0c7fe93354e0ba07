"""The verdict on a prediction: by constructed runs whose answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysim.validation.catalogue import Part
from citysim.validation.judge import (
    HOLDS,
    MISSES,
    NOT_RUN,
    PARTLY,
    Prediction,
    Range,
    accepted,
    sentence,
    together,
    verdict,
)

RANGE = Range(1.0, 2.0, 1.5)


def predicted(*values: float) -> Prediction | None:
    return Prediction.of(np.array(values), RANGE)


def part(**ends) -> Part:
    return Part("held", "held", "both", "ties.mean", "for a test", **ends)


class TestVerdict:
    def test_holds_where_the_median_lies_in_the_range(self):
        assert verdict(RANGE, predicted(0.0, 1.4, 1.5, 1.6, 9.0)) == HOLDS

    def test_partly_where_the_interval_alone_reaches_into_it(self):
        assert verdict(RANGE, predicted(1.5, 2.5, 2.6, 2.7)) == PARTLY

    def test_misses_where_it_does_not(self):
        assert verdict(RANGE, predicted(2.5, 2.6, 2.7)) == MISSES
        assert verdict(RANGE, predicted(0.5, 0.6, 0.7)) == MISSES

    def test_an_open_range_has_one_end(self):
        assert verdict(Range(0.0, np.inf, np.nan), predicted(5.0)) == HOLDS
        assert verdict(Range(0.0, np.inf, np.nan), predicted(-1.0)) == MISSES

    def test_runs_without_a_value_do_not_count(self):
        found = predicted(1.5, np.nan, np.nan)
        assert found is not None
        assert (found.runs, found.inside) == (1, 1.0)
        assert predicted(np.nan) is None
        assert verdict(RANGE, predicted(np.nan)) == NOT_RUN

    @given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.floats(-5, 5), st.floats(0, 5))
    def test_a_wider_range_never_makes_it_worse(self, values, low, width):
        order = (MISSES, PARTLY, HOLDS)
        narrow, wide = Range(low, low + width, np.nan), Range(low - 1, low + width + 1, np.nan)
        found = [verdict(each, Prediction.of(np.array(values), each)) for each in (narrow, wide)]
        assert order.index(found[0]) <= order.index(found[1])


class TestAccepted:
    def test_as_published(self):
        found = accepted(part(low=1.0), None)
        assert found is not None
        assert (found.low, found.high) == (1.0, np.inf)

    def test_of_the_record_by_factors_of_its_value_or_its_interval_if_that_is_wider(self):
        assert accepted(part(factor=(0.5, 2.0)), (4.0, 3.0, 9.0)) == Range(2.0, 9.0, 4.0)

    def test_of_the_record_by_shifts(self):
        assert accepted(part(shift=(-0.5, 0.5)), (-4.0, -4.1, -3.9)) == Range(-4.5, -3.5, -4.0)

    def test_a_factor_of_a_negative_value(self):
        assert accepted(part(factor=(0.5, 2.0)), (-1.0, -1.0, -1.0)) == Range(-2.0, -0.5, -1.0)

    def test_without_an_interval_the_widening_alone(self):
        assert accepted(part(shift=(-1.0, 1.0)), (3.0, np.nan, np.nan)) == Range(2.0, 4.0, 3.0)

    def test_without_a_record_nothing(self):
        assert accepted(part(shift=(-1.0, 1.0)), None) is None


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([HOLDS, HOLDS], HOLDS),
        ([HOLDS, MISSES], PARTLY),
        ([MISSES, MISSES], MISSES),
        ([MISSES, NOT_RUN], MISSES),
        ([NOT_RUN], NOT_RUN),
        ([PARTLY, HOLDS], PARTLY),
    ],
)
def test_a_pattern_holds_if_all_its_parts_do(parts, whole):
    assert together(parts) == whole


class TestSentence:
    def test_how_far_above_by_a_factor(self):
        text = sentence(RANGE, predicted(4.0, 4.0, 4.0))
        assert text.startswith("The median of 3 runs, 4, lies above 2, by a factor of 2; ")
        assert text.endswith("does not reach it.")

    def test_below_zero_by_the_difference(self):
        assert "lies below 1, by 1.5;" in sentence(RANGE, predicted(-0.5))

    def test_within(self):
        text = sentence(RANGE, predicted(1.5, 1.5, 1.5, 3.0))
        assert text == "The median of 4 runs, 1.5, lies in the range, and 75 % of the runs do."

    def test_nothing_run(self):
        assert sentence(RANGE, None) == "No run has this statistic."
