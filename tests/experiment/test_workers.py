"""How many workers there are."""

import os
import subprocess
import sys

import pytest

from citysim.execute.threads import worker_count


@pytest.mark.parametrize("given", [3, "3"])
def test_a_number_is_taken_as_it_is(given: int | str) -> None:
    assert worker_count(given) == 3


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="macOS binds no process to processors")
def test_auto_is_one_per_processor_that_this_process_may_use() -> None:
    """As a batch system or ``taskset`` leaves them, on every Python."""
    assert worker_count("auto") == len(os.sched_getaffinity(0))
    program = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from citysim.execute.threads import worker_count
print(worker_count("auto"))
"""
    bound = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert bound.stdout == "1\n"
