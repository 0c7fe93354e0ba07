"""The bare loop: no driver at all."""

import citysim.model.model  # noqa: F401  before the clock
from driven import CHECKED, Sweep, city_model

KEEPS = "one number a run and outcome, in memory"


def run(sweep: Sweep, workers: int) -> float:
    """Run after run, in this process."""
    kept = [city_model(**one, quarters=sweep.quarters).run().summary() for one in sweep.runs]
    return sum(summary[CHECKED] for summary in kept) / len(kept)
