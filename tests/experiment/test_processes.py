"""One function over many things, in processes."""

import math
import operator
import os
from functools import partial

import pytest

from citysim.errors import MachineError
from citysim.execute.processes import each_in_processes

in_two = partial(each_in_processes, processes=2, preload="citysim.errors")


def test_results_stand_in_the_order_of_the_things():
    assert in_two(math.factorial, range(7)) == [1, 1, 2, 6, 24, 120, 720]


def test_nothing_to_do_is_done():
    assert in_two(math.factorial, []) == []


def test_what_the_function_raises_is_raised_with_its_place():
    with pytest.raises(ZeroDivisionError) as error:
        in_two(partial(operator.truediv, 1.0), [2.0, 0.0])
    assert "ZeroDivisionError" in str(error.value.__cause__)  # the traceback of there


def test_a_process_that_dies_is_a_fault_of_the_machine():
    with pytest.raises(MachineError, match="killed, or out of memory"):
        in_two(os._exit, [1, 1])
