"""Numbers of every setting and of every pair of settings, with their intervals, packed."""

from typing import Any

import numpy as np

from citysim.analysis.intervals import Spread, spread
from citysim.analysis.labels import outcome_label, outcome_unit
from citysim.analysis.results import RunSet
from citysim.analysis.yearly import YEAR, over_a_year
from citysim.arrays import Floats
from citysim.errors import ResultError
from citysim.explorer.packing import Pack
from citysim.explorer.settings import Settings
from citysim.model.outcomes import OUTCOMES

#: What a course and one of differences are rounded to: at least so many steps in an outcome's range.
_STEPS, _STEPS_APART = 1000, 500


def outcomes_of(results: RunSet) -> list[dict[str, Any]]:
    """Every recorded outcome as the page describes it."""
    known = [OUTCOMES[name] for name in results.outcomes]
    return [
        {
            "name": outcome.name,
            "label": outcome_label(outcome.name),
            "unit": outcome_unit(outcome.name),
            "better": outcome.better,
            "summary": outcome.summary,
        }
        for outcome in known
    ]


def numbers_of(settings: Settings, pack: Pack) -> dict[str, Any]:
    """Outcomes over the run: ``level`` of every setting and ``pair`` differences, first less second.

    Each is median, 5 % and 95 % over replications and their number, (4, settings or pairs, outcomes); a pair
    is compared within each replication. The same as in ``effects.csv``.
    """
    values = settings.laid_out(settings.runs[list(settings.results.outcomes)].to_numpy(float))
    pairs = settings.pairs()
    return {
        "level": pack.exact(with_ends(spread(values))),
        "pairs": pack.whole(pairs),
        "pair": pack.exact(with_ends(spread(values[:, pairs[:, 0]] - values[:, pairs[:, 1]]))),
    }


def courses_of(settings: Settings, pack: Pack) -> dict[str, Any]:
    """Outcomes of the world over time, by setting every quarter and by pair of settings every year.

    Each by outcome, (3, settings or pairs, times): median, 5 % and 95 % over replications, rounded. Of an
    outcome that adds up it is the sum of the last four quarters, as in the figures. ``years``: end of every
    quarter. Raises ``ResultError`` where no trajectories of the world were recorded.
    """
    results = settings.results
    years, recorded = _quarters(settings)
    pairs = settings.pairs()
    yearly = slice(YEAR - 1, None, YEAR)
    level, pair = {}, {}
    for place, name in enumerate(results.outcomes):
        values = recorded[..., place]
        if np.isnan(values).all():
            continue
        if OUTCOMES[name].summary == "sum":
            values = _over_a_year(values)
        laid = settings.laid_out(values)
        level[name] = pack.rounded(with_ends(spread(laid))[:3], steps=_STEPS, smooth=True)
        if OUTCOMES[name].better:
            apart = laid[:, pairs[:, 0], yearly] - laid[:, pairs[:, 1], yearly]
            pair[name] = pack.rounded(with_ends(spread(apart))[:3], steps=_STEPS_APART, smooth=True)
    return {"years": years.tolist(), "yearly": [YEAR - 1, YEAR], "level": level, "pair": pair}


def _quarters(settings: Settings) -> tuple[Floats, Floats]:
    """End of every quarter, and the recorded outcomes of the world, (runs, quarters, outcomes)."""
    results = settings.results
    table = results.trajectories(results.outcomes, ["world"], settings.runs["run"])
    if table is None or table.empty:
        raise ResultError(
            f"{results.path}: holds no trajectories of the world; set [record] trajectories = true"
        )
    years = np.sort(table["year"].unique()).astype(float)
    run = settings.runs.reset_index().set_index("run")["index"]
    values = np.full((len(run), len(years), len(results.outcomes)), np.nan)
    values[table["run"].map(run).to_numpy(int), table["quarter"].to_numpy(int)] = table[
        list(results.outcomes)
    ].to_numpy(float)
    return years, values


def _over_a_year(values: Floats) -> Floats:
    """Sums of the last four quarters, (runs, quarters); NaN before there are four."""
    summed = np.full_like(values, np.nan)
    if values.shape[1] >= YEAR:
        summed[:, YEAR - 1 :] = over_a_year(values, axis=1)
    return summed


def with_ends(found: Spread) -> Floats:
    """Median, 5 % and 95 % over replications and their count on a first axis."""
    return np.stack([found.median, found.lower, found.upper, found.count.astype(float)])
