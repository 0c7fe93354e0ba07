"""What the benchmarks share."""

import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from citysim.execute.threads import one_thread

_MARK = "CITYSIM_BENCHMARK_THREADS"


def on_one_thread() -> None:
    """Run the script anew with one thread in all linear algebra, which must be said before numpy loads."""
    if os.environ.get(_MARK) is None:
        one_thread()
        os.environ[_MARK] = "1"
        sys.exit(subprocess.run([sys.executable, *sys.argv], check=False).returncode)


def spread(values: Sequence[float], unit: str = "") -> str:
    """Median and range as text."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:,.3g}{unit} ({low:,.3g}–{high:,.3g})"


def chromium(playwright: Any) -> Any:
    """A browser without a graphics card, to be closed."""
    program = shutil.which("chromium")
    if program is None:
        sys.exit("error: chromium: not found on the path")
    options = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
    return playwright.chromium.launch(executable_path=program, args=options)
