"""Writes the results of validation into docs/validation.md: `uv run python docs/validated.py`."""

from pathlib import Path

import numpy as np
import pandas as pd

from citysim.validation.report import TABLE_FILE, page
from citysim.validation.samples import STAGES

PAGE = Path(__file__).parent / "validation.md"
KEPT = Path(__file__).parents[1] / "results" / "reference" / "validation" / TABLE_FILE
MARK = "<!-- the rest is made by docs/validated.py -->\n"
NOTHING = """
## Results

Not run yet in full: no table is kept in `results/reference/validation/`. What will be judged, by which statistic and
range, stands in `src/citysim/validation/patterns.toml`. `citysim validate --quick` shows it in minutes on the prior.
"""


def results(kept: Path = KEPT) -> str:
    """The part of the page that holds the results, from the kept table."""
    if not kept.is_file():
        return NOTHING
    table = pd.read_csv(kept)
    runs = [
        f"{stage} {int(np.nanmin(table[f'{stage}_runs']))} to {int(np.nanmax(table[f'{stage}_runs']))}"
        for stage in STAGES
        if table[f"{stage}_runs"].notna().any()
    ]
    missing = [stage for stage in STAGES if table[f"{stage}_runs"].isna().all()]
    lacks = f" Nothing has been run under the {' and the '.join(missing)}." if missing else ""
    return f"\n## Results\n\nRuns by statistic: {', '.join(runs)}.{lacks}\n\n{page(table)}"


def main() -> None:
    """Replace what stands below the mark."""
    head = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    PAGE.write_text(head + MARK + results(), encoding="utf-8")


if __name__ == "__main__":
    main()
