"""Figure of page 1: one panel that shows what the short answer of an analysis says, in plain words."""

from collections.abc import Callable, Mapping

import pandas as pd

from citysim.analysis.results import RunSet
from citysim.analysis.stall import shown_stall
from citysim.analysis.tables import read_answer
from citysim.figures.caption import Drawn
from citysim.figures.in_short import cooperation, events, networks, shocks
from citysim.figures.rows import rows_at
from citysim.plan.report import Stall

#: Analysis → what draws its picture, of the rows of its table at the stall level shown.
PICTURES: Mapping[str, Callable[[pd.DataFrame, Stall], Drawn]] = {
    "added_value": networks.added_value,
    "contact": shocks.contact,
    "factorial": cooperation.factorial,
    "gains": cooperation.gains,
    "hindcast": events.hindcast,
    "intervention": events.intervention,
    "ledger": shocks.ledger,
    "number": networks.number,
    "pathway": cooperation.pathway,
}


def draw(results: RunSet) -> Drawn | None:
    """The picture of the first analysis that a config names; None where it names none.

    Raises ``ResultError`` where its table has no rows at the stall level shown.
    """
    if not results.config.analyses:
        return None
    name, stall = results.config.analyses[0], shown_stall(results)
    return PICTURES[name](rows_at(read_answer(results.out, name), stall), stall)
