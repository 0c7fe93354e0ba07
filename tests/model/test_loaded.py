"""Kernels that come back from disk: called, linked into others and freed as if compiled here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LOOPS = """
import numpy as np
from citysim.model.compiled import compiled

@compiled
def inner(x):
    return 3.0 * x

@compiled
def outer(values):
    out = np.empty(len(values))
    for i in range(len(values)):
        out[i] = inner(values[i])
    return out

def hits(kernel):
    return sum(kernel.stats.cache_hits.values())
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "loops.py").write_text(LOOPS)
    return tmp_path


def ran(place: Path, code: str) -> str:
    """What a new process prints, whose kernels are kept in ``place``."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(place / "cache"), "PYTHONPATH": str(place)}
    code = f"import sys; import numpy as np; from loops import *\n{code}"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_kernel_is_loaded_without_what_compiles_it(place: Path) -> None:
    code = "print(inner(2.0), hits(inner), 'numba.np.linalg' in sys.modules)"
    assert ran(place, code) == "6.0 0 True"
    assert ran(place, code) == "6.0 1 False"


def test_a_kernel_that_was_loaded_is_compiled_into_another(place: Path) -> None:
    assert ran(place, "print(inner(2.0))") == "6.0"
    code = "print(inner(2.0), *outer(np.arange(3.0)), hits(inner), hits(outer))"
    assert ran(place, code) == "6.0 0.0 3.0 6.0 1 0"
    # and what was compiled so comes back by itself
    assert ran(place, code) == "6.0 0.0 3.0 6.0 1 1"


def test_a_kernel_that_was_loaded_is_compiled_for_other_types(place: Path) -> None:
    assert ran(place, "print(inner(2.0))") == "6.0"
    code = "print(inner(2.0), inner(2), inner(np.float32(2)), hits(inner), len(inner.signatures))"
    assert ran(place, code) == "6.0 6.0 6.0 1 3"


def test_arrays_of_a_loaded_kernel_are_freed(place: Path) -> None:
    code = """
import resource
found = outer(np.ones(1_000_000))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(100):
    found = outer(found / 3)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
unit = 1024 if sys.platform == "darwin" else 1
print(hits(outer), found[0] == 3.0, grown // unit < 200_000)  # 800 MB, if nothing were freed
"""
    ran(place, code)
    assert ran(place, code) == "1 True True"
