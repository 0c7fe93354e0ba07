"""Figures of the analyses that a config names, one module each."""

from collections.abc import Callable

from citysim.analysis.results import Results
from citysim.figures.answers import added_value, contact, factorial, gains, ledger, number, pathway
from citysim.figures.caption import Drawn

#: Analysis → what draws its table.
ANSWER_FIGURES: dict[str, Callable[[Results], Drawn]] = {
    "added_value": added_value.draw,
    "ledger": ledger.draw,
    "factorial": factorial.draw,
    "number": number.draw,
    "pathway": pathway.draw,
    "contact": contact.draw,
    "gains": gains.draw,
}
